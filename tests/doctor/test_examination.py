"""All checks together, of a server that runs and of one that does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chatsvc.doctor import examination
from chatsvc.doctor.examination import CHECKS, examine
from chatsvc.doctor.finding import Finding, Level
from chatsvc.doctor.server import Port, Server
from tests.doctor.examining import DoctorTestCase


class ExaminationTests(DoctorTestCase):
    def sees_no_fault(self, server: Server) -> None:
        """See that nothing is wrong, and nothing changes."""
        before = {each: each.stat().st_mtime_ns for each in self.folder.iterdir()}
        found = list(examine(server))
        after = {each: each.stat().st_mtime_ns for each in self.folder.iterdir()}
        faults = [each.finding.what for each in found if each.finding.level is Level.FAULT]
        # How fast the disk is that tests run on is not the matter.
        self.assertEqual([each for each in faults if "(fsync)" not in each], [])
        self.assertFalse([each for each in found if "could not be looked at" in each.finding.what])
        self.assertLessEqual({each.subject for each in found}, set(CHECKS))
        self.assertEqual(before.keys(), after.keys())
        self.assertEqual(before[self.store], after[self.store])

    def test_a_server_that_runs(self) -> None:
        port, _ = self.serves_somewhere()
        ports = (Port("--port", port, ("::", "0.0.0.0")),)
        url = f"http://localhost:{port}/"
        ann = self.calls(port)
        ann.sees_some("Welcome")
        for _ in range(10):  # on a busy machine, the doctor may stay so long that it is announced
            self.sees_no_fault(Server(store=self.store, ports=ports, url=url))
            ann.types("/bc still here")
            if "joined" not in ann.sees_some("still here"):
                return
        self.fail("the doctor was announced each time")

    def test_a_server_that_does_not_run(self) -> None:
        self.keeps_something()
        ports = (Port("--listen", path=self.folder / "chat.sock"),)
        self.sees_no_fault(Server(store=self.store, ports=ports))

    def test_one_check_that_fails_does_not_end_the_others(self) -> None:
        def fails(_: Server) -> Iterator[Finding]:
            raise OSError(13, "Permission denied")

        def finds(_: Server) -> Iterator[Finding]:
            yield Finding(Level.OK, "fine.")

        self.patch(examination, "CHECKS", {"one": (fails, finds)})
        found = [each.finding for each in examine(Server())]
        self.assertEqual([each.level for each in found], [Level.WARNING, Level.OK])
        self.assertIn("Permission denied", found[0].what)

    def test_a_folder_that_does_not_exist(self) -> None:
        for examined in examine(Server(store=Path("/nowhere/chat.sqlite"))):
            self.assertNotIn("could not be looked at", examined.finding.what, examined)
