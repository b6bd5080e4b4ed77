"""The page in Firefox: from the link to the first line, and over a lost connection.

Skipped where there is none (`make browser`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from unittest import SkipTest

from tests.browser.browsing import DESK, PHONE, SMALL
from tests.browser.firefox import FIREFOX, Firefox
from tests.browser.test_phones import WIDE
from tests.patience import PATIENCE, only_long
from tests.processes import ProcessTestCase, free_port

ENTER = "\ue007"
TEXTS = (
    "[...document.querySelectorAll('#rows > .said:not(.pending) .body')].map((e) => e.textContent)"
)
STATE = "document.body.dataset.state"


@only_long
class FirefoxTests(ProcessTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if FIREFOX is None:
            raise SkipTest("firefox is not installed")

    def setUp(self) -> None:
        super().setUp()
        assert FIREFOX is not None
        self.port, self.web, debug = free_port(), free_port(), free_port()
        self.serve()
        profile = Path(self.folder, "profile")
        profile.mkdir()
        self.starts(
            FIREFOX, "--headless", "--no-remote", "--profile", profile,
            f"--remote-debugging-port={debug}", HOME=str(self.folder),
        )  # fmt: skip
        self.ann = Firefox(debug)
        self.addCleanup(self.ann.close)

    def serve(self) -> None:
        """Start the server, at the same port and with the same store each time."""
        self.server = self.serves(
            f"--port={self.port}", f"--web=tcp:{self.web}:interface=127.0.0.1", "--throttle=off"
        )
        self.calls(self.web).socket.close()  # it listens

    def opens(self, size: tuple[int, int]) -> None:
        """Ann opens the page, and is in."""
        self.ann.opens(f"http://127.0.0.1:{self.web}/", size)
        self.until(lambda: self.ann.evaluates(STATE) == "up", "a connection")

    def until(self, call: Callable[[], bool], what: object) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not call():
            assert time.monotonic() < deadline, what
            time.sleep(0.05)

    def sees(self, text: str) -> None:
        """Wait until a message is on the page."""
        self.until(lambda: text in self.ann.evaluates(TEXTS), text)

    def test_from_the_link_to_the_first_line_in_two_taps(self) -> None:
        bob = self.calls(self.port)
        for size in (PHONE, SMALL):
            self.opens(size)
            self.ann.taps("#text")
            self.ann.types(f"hello from {size[0]} pixels")
            self.ann.taps("#send")
            bob.sees_some(f"hello from {size[0]} pixels")
            self.sees(f"hello from {size[0]} pixels")
            self.assertEqual(self.ann.evaluates(f"({WIDE})()"), [])
        self.assertEqual(self.ann.faults, [])

    def test_the_server_is_killed_and_comes_back(self) -> None:
        self.opens(DESK)
        self.ann.taps("#text")
        self.ann.types(f"before{ENTER}")
        self.sees("before")
        self.assertEqual(self.ann.faults, [])
        self.server.kill()
        self.server.wait()
        self.until(lambda: self.ann.evaluates(STATE) == "waiting", "the loss")
        self.ann.types(f"meanwhile{ENTER}")
        self.serve()
        self.ann.evaluates("dispatchEvent(new Event('online'))")  # tries at once
        self.sees("meanwhile")
        self.assertEqual(self.ann.evaluates(TEXTS), ["before", "meanwhile"])
