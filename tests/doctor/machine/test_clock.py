"""The clock, by processes in which it is another time."""

from __future__ import annotations

import shutil
import time

from chatsvc.doctor.machine import clock
from chatsvc.doctor.server import Server
from chatsvc.stores.sqlite.file import File
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase
from tests.stores.files import said


class ClockTests(DoctorTestCase):
    def faketime(self, *how: str) -> list[str]:
        """The start of a command for which it is another time."""
        if shutil.which("faketime") is None:
            self.skipTest("there is no faketime")
        return ["env", "NO_FAKE_STAT=1", "faketime", *how]

    def test_as_it_should_be(self) -> None:
        self.keeps_something()
        self.finds(clock.check_time, Server(store=self.store), OK, "it is 20")

    def test_before_chatsvc_was_installed(self) -> None:
        slow = self.faketime("2001-02-03 04:05:06")
        words = "but chatsvc was installed at 20"
        self.finds_elsewhere(slow, clock.check_time, FAULT, words)

    def test_behind_the_newest_message(self) -> None:
        file = File(str(self.store), "normal")
        file.open()
        file.append([said(1)._replace(at=time.time() + 3600)])
        file.close()
        self.finds(clock.check_time, Server(store=self.store), FAULT, "it is slow now, or it was")

    def test_something_sets_it(self) -> None:
        quick = self.faketime("-f", "+0 x3")
        environment = {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        found = self.finds_elsewhere(
            quick, clock.check_steady, WARNING, "something sets it", environment=environment
        )
        self.assertIn("one time service at most", found.mend)

    def test_nothing_sets_it(self) -> None:
        self.assertEqual(list(clock.check_steady(Server())), [])

    def test_a_time_service(self) -> None:
        # Whether there is one is this machine's affair; `adjtimex` tells the same.
        [found] = clock.check_service(Server())
        self.assertIn("keeps the clock", found.what)
