"""What the service manager is told: only that which is so."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from twisted.internet.defer import Deferred

from chatsvc.service.systemd import reports
from chatsvc.service.systemd.notify import Manager as Notified
from chatsvc.service.systemd.reports import Reports
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from tests.harness import ChatTestCase
from tests.service.systemd.managing import Manager

WATCHDOG = 20.0  # seconds


class Moody(MemoryStore):
    """Fails, or hangs, when it is told to."""

    error: Exception | None = None
    hanging: Deferred[None] | None = None

    async def put(self, name: str, value: str | None, version: int) -> None:
        if self.hanging is not None:
            await self.hanging
        if self.error is not None:
            raise self.error
        await super().put(name, value, version)


class ReportsTestCase(ChatTestCase):
    watchdog: float | None = WATCHDOG

    def setUp(self) -> None:
        self.store = Moody(1000, 10**6)
        self.ann, self.bob, self.cat = self.start(store=self.store)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = str(Path(folder.name) / "notify")
        self.manager = Manager(path)
        self.addCleanup(self.manager.socket.close)
        self.manager.socket.setblocking(False)
        notified = Notified(path, self.watchdog)
        self.addCleanup(notified.close)
        self.reports = Reports(notified, self.server.chat)
        self.reports.startService()

    def told(self, seconds: float = 0.0) -> list[dict[str, str]]:
        """What is reported within some seconds."""
        found = self._read()
        for _ in range(int(seconds * 10)):
            self.server.clock.advance(0.1)
            found += self._read()
        return found

    def _read(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        while True:
            try:
                text = self.manager.socket.recv(4096).decode()
            except BlockingIOError:
                return found
            found.append(dict(line.split("=", 1) for line in text.splitlines()))

    def beats(self, seconds: float) -> int:
        return sum("WATCHDOG" in each for each in self.told(seconds))


class ReportsTests(ReportsTestCase):
    def test_patience_while_the_store_is_opened(self) -> None:
        first, second = self.told()
        self.assertEqual(first, {"STATUS": "Opening the store."})
        more = self.told(3 * reports.EXTEND_EVERY + 1)
        self.assertEqual(more, [{"EXTEND_TIMEOUT_USEC": "60000000"}] * 3)
        self.assertEqual(second, more[0])
        self.reports.ready()
        ready, *rest = self.told(3 * reports.EXTEND_EVERY)
        self.assertEqual(ready, {"READY": "1", "STATUS": "People: 3. Rooms: 1."})
        self.assertFalse([each for each in rest if "EXTEND_TIMEOUT_USEC" in each])

    def test_the_watchdog_hears_twice_as_often_as_it_wants(self) -> None:
        self.reports.ready()
        self.assertIn(self.beats(10 * WATCHDOG), (20, 21))

    def test_a_store_that_hangs_silences_it(self) -> None:
        self.reports.ready()
        self.assertGreater(self.beats(WATCHDOG), 0)
        self.store.hanging = Deferred()
        self.assertLessEqual(self.beats(WATCHDOG), 1)
        self.assertEqual(self.beats(10 * WATCHDOG), 0)
        self.store.hanging.callback(None)
        self.assertGreater(self.beats(WATCHDOG), 0)

    def test_a_store_that_fails_does_not(self) -> None:
        self.reports.ready()
        self.told()
        self.store.error = StoreError("the disk is full\x1b[2J\n")
        found = self.told(WATCHDOG)
        self.assertTrue(all("WATCHDOG" in each for each in found))
        self.assertEqual(
            found[-1]["STATUS"], "The store fails: the disk is full . People: 3. Rooms: 1."
        )
        self.store.error = None
        self.assertEqual(self.told(WATCHDOG)[-1]["STATUS"], "People: 3. Rooms: 1.")

    def test_a_bug_in_the_check_silences_it(self) -> None:
        logged = self.logged()
        self.reports.ready()
        self.told()
        self.store.error = ValueError()
        self.assertEqual(self.beats(3 * WATCHDOG), 0)
        self.assertIn("ValueError", logged[0])
        self.store.error = None
        self.assertGreater(self.beats(WATCHDOG), 0)

    def test_the_end(self) -> None:
        self.reports.ready()
        self.told()
        self.reports.stopService()
        [ending] = self.told(10 * WATCHDOG)
        self.assertEqual(ending["STOPPING"], "1")


class UnwatchedTests(ReportsTestCase):
    watchdog = None

    def test_only_the_status_is_told(self) -> None:
        self.reports.ready()
        self.told()
        self.ann.types("/join #ops")
        self.ann.hears()
        found = self.told(3 * reports.STATUS_EVERY + 1)
        self.assertEqual(found, [{"STATUS": "People: 3. Rooms: 2."}] * 3)


class ManagerTests(ChatTestCase):
    def test_what_of_the_environment_is_taken(self) -> None:
        mine = str(os.getpid())
        for environment, watchdog in (
            ({"NOTIFY_SOCKET": "/x"}, None),
            ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "3000000"}, 3.0),
            ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "500000", "WATCHDOG_PID": mine}, 0.5),
            ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
            ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"}, None),
            ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "0"}, None),
        ):
            left = environment | {"OTHER": "1"}
            manager = Notified.of(left)
            assert manager is not None
            self.addCleanup(manager.close)
            self.assertEqual((manager.watchdog, left), (watchdog, {"OTHER": "1"}))
        for address in ("", "vsock:2:1234", "relative"):
            self.assertIsNone(Notified.of({"NOTIFY_SOCKET": address}))
        self.assertIsNone(Notified.of({}))
