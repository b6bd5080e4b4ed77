"""The page in Firefox: what people do there first and most, and what only a real browser shows.

Skipped where there is none (`make browser`).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar
from unittest import SkipTest

from tests.browser.browsing import DESK, PHONE, SMALL
from tests.browser.firefox import FIREFOX, Firefox
from tests.browser.test_history import MOST, ROWS, SCROLL, SEEN
from tests.browser.test_hostile import ALLOWED, BATCH, ELEMENTS, END, LINKS, LIST, OWN
from tests.browser.test_phones import WIDE
from tests.patience import PATIENCE, only_long
from tests.processes import ProcessTestCase, free_port

TAB, ENTER, SHIFT, CONTROL, ALT, ESCAPE, UP = "\ue004\ue007\ue008\ue009\ue00a\ue00c\ue013"
TEXTS = (
    "[...document.querySelectorAll('#rows > .said:not(.pending) .body')].map((e) => e.textContent)"
)
WAITING = "[...document.querySelectorAll('#rows > .pending .body')].map((e) => e.textContent)"
STATE = "document.body.dataset.state"
TITLE = "document.getElementById('title').textContent"
NAME = "document.getElementById('your-name').textContent"
ACCOUNT = "document.getElementById('your-account').textContent"
FOCUS = "document.activeElement.id"
DIALOG = "document.querySelector('dialog[open]')?.id"
TYPED = "document.getElementById('text').value"
FOCUSED = "document.activeElement.querySelector('.body')?.textContent"  # a message
# On how many lines each "/" of a command stands, with the letter after it.
LINES = "[...document.querySelectorAll('.answer pre span')].map((e) => e.getClientRects().length)"


@only_long
class FirefoxTests(ProcessTestCase):
    ann: ClassVar[Firefox]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if FIREFOX is None:
            raise SkipTest("firefox is not installed")
        profile = tempfile.TemporaryDirectory()
        cls.addClassCleanup(profile.cleanup)
        cls.ann = Firefox(Path(profile.name))
        cls.addClassCleanup(cls.ann.close)

    def setUp(self) -> None:
        super().setUp()
        self.port, self.web = free_port(), free_port()
        self.serve()
        self.ann.begins()
        self.addCleanup(self.ann.forgets)

    def serve(self) -> None:
        """Start the server, at the same port and with the same store each time."""
        self.server = self.serves(
            f"--port={self.port}", f"--web=tcp:{self.web}:interface=127.0.0.1", "--throttle=off"
        )
        self.calls(self.web).socket.close()  # it listens

    def opens(self, size: tuple[int, int], path: str = "/") -> None:
        """Ann opens the page, and is in."""
        self.ann.opens(f"http://127.0.0.1:{self.web}{path}", size)
        self.shows(STATE, "up")
        self.until(lambda: self.ann.evaluates(NAME) != "…", "a name")

    def until(self, call: Callable[[], bool], what: object) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not call():
            assert time.monotonic() < deadline, what
            time.sleep(0.05)

    def shows(self, script: str, wanted: object) -> None:
        """Wait until an expression has a value."""
        self.until(lambda: self.ann.evaluates(script) == wanted, (script, wanted))

    def sees(self, text: str) -> None:
        """Wait until a message is on the page."""
        self.until(lambda: text in self.ann.evaluates(TEXTS), text)

    def says(self, text: str) -> None:
        """Write something, and send it."""
        self.ann.taps("#text")
        self.ann.types(f"{text}{ENTER}")

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
        self.says("before")
        self.sees("before")
        self.shows("navigator.serviceWorker.controller !== null", True)
        self.assertEqual(self.ann.faults, [])
        self.server.kill()
        self.server.wait()
        self.shows(STATE, "waiting")
        self.ann.types(f"meanwhile{ENTER}")
        self.shows(WAITING, ["meanwhile"])
        self.ann.reloads()  # from what the service worker has kept
        self.shows(STATE, "waiting")
        self.shows(WAITING, ["meanwhile"])
        self.serve()
        self.ann.evaluates("dispatchEvent(new Event('online'))")  # tries at once
        self.sees("meanwhile")
        self.shows(TEXTS, ["before", "meanwhile"])
        self.assertEqual(self.ann.evaluates(WAITING), [])

    def test_rooms_mentions_reactions_and_answers(self) -> None:
        count = "document.querySelector(`#rooms [data-key='#lobby'] .count`).textContent"
        self.opens(DESK)
        self.says("/nick ann")
        self.shows(NAME, "ann")
        self.says("/join #ops")
        self.shows(TITLE, "#ops")
        cat = self.calls(self.port)
        cat.types("/nick cat", "lunch, ann?")
        self.shows(count, "@1")
        self.ann.taps("#rooms [data-key='#lobby'] a")
        self.sees("lunch, ann?")
        self.shows(count, "")
        self.ann.taps("[data-from=cat] .body")
        self.ann.taps(".tools [name=choose]")
        self.ann.taps("#react-dialog [title=thumbsup]")
        self.shows("document.querySelector('.reactions')?.textContent", "👍 1")
        self.ann.taps("[data-from=cat] .body")
        self.ann.taps(".tools [name=answer]")
        self.shows(TYPED, "cat: ")
        self.ann.types(f"at noon{ENTER}")
        cat.sees_some(": at noon")
        self.shows("document.querySelector('.quote')?.textContent", "cat lunch, ann?")
        self.ann.taps(".quote")
        self.shows(FOCUSED, "lunch, ann?")
        self.assertEqual(self.ann.faults, [])

    def test_scrolling_back_keeps_the_place_and_each_message_has_an_address(self) -> None:
        cat = self.calls(self.port)
        cat.types("/nick cat", *[f"line {each} of all" for each in range(500)])
        cat.sees_some("cat: line 499 of all\n")
        self.opens(DESK)
        self.sees("line 499 of all")
        seen = self.ann.evaluates(f"({SEEN})()")

        def is_at_start() -> bool:
            nonlocal seen
            self.ann.evaluates(f"({SCROLL})(-0.7)")
            before, seen = seen, self.ann.evaluates(f"({SEEN})()")
            self.assertEqual(seen, list(range(seen[0], seen[0] + len(seen))))
            self.assertLessEqual(seen[0], before[0])
            self.assertGreaterEqual(seen[-1], before[0] - 1, "a jump")
            self.assertLess(self.ann.evaluates(f"({ROWS})()"), MOST)
            return not seen[0]

        self.until(is_at_start, "the first message")
        path = self.ann.evaluates("document.querySelector('#rows .said a.when').href")
        self.opens(DESK, f"/{path[path.index('#') :]}")
        self.shows(FOCUSED, "line 0 of all")
        self.ann.reloads()
        self.shows(FOCUSED, "line 0 of all")
        self.ann.types(ESCAPE)
        self.sees("line 499 of all")
        self.assertEqual(self.ann.faults, [])

    def test_an_account_and_the_cookie_that_lasts(self) -> None:
        self.opens(DESK)
        self.ann.taps("#you")
        self.ann.taps("#you-dialog [data-open=register-dialog]")
        self.ann.types(f"ann{TAB}correct-horse{ENTER}")
        self.shows(ACCOUNT, "signed in")
        self.shows(DIALOG, None)  # the cookie is there
        self.assertEqual(self.ann.evaluates("document.cookie"), "")
        self.ann.reloads()
        self.shows(ACCOUNT, "signed in")
        self.opens(PHONE)  # in another tab, which knows the cookie alone
        self.shows(ACCOUNT, "signed in")
        self.assertEqual(self.ann.evaluates(NAME), "ann")
        self.assertEqual(self.ann.faults, [])

    def test_by_keyboard_alone(self) -> None:
        self.opens(DESK)
        self.assertEqual(self.ann.evaluates(FOCUS), "text")
        self.ann.types("k", CONTROL)
        self.shows(DIALOG, "join-dialog")
        self.ann.types(f"#ops{ENTER}")
        self.shows(TITLE, "#ops")
        self.shows(FOCUS, "text")
        self.ann.types("one")
        self.ann.types(ENTER, SHIFT)
        self.ann.types(f"two{ENTER}")
        self.sees("one\ntwo")
        self.ann.types(UP)
        self.shows(TYPED, "one\ntwo")
        self.ann.types("a", CONTROL)
        self.ann.types("/roo")
        self.shows("document.getElementById('choices').childElementCount", 1)
        self.ann.types(TAB)
        self.shows(TYPED, "/rooms ")
        self.ann.types(UP, ALT)
        self.shows(TITLE, "#lobby")
        self.ann.types("f", CONTROL + SHIFT)
        self.shows(FOCUS, "words")
        self.ann.types(ESCAPE)
        self.shows(FOCUS, "text")
        self.ann.types("/", CONTROL)
        self.shows(DIALOG, "keys-dialog")
        self.ann.types(ESCAPE)
        self.shows(DIALOG, None)
        self.ann.types(TAB, SHIFT)
        self.shows(FOCUS, "log")
        self.assertEqual(self.ann.faults, [])

    def test_hostile_text(self) -> None:
        self.opens(DESK)
        cat = self.calls(self.port)
        batches = [LIST[start : start + BATCH] for start in range(0, len(LIST), BATCH)]
        for number, texts in enumerate([*batches, OWN]):
            cat.types(*[f"/here {text}" for text in texts], f"{END} {number}")
            self.sees(f"{END} {number}")
            self.assertLessEqual(set(self.ann.evaluates(f"({ELEMENTS})()")), ALLOWED)
            for link in self.ann.evaluates(f"({LINKS})()"):
                self.assertRegex(link, r"\A(https?://|mailto:)")
        plain = {text for text in OWN if text.isprintable() and "`" not in text}
        self.assertLessEqual(plain, set(self.ann.evaluates(TEXTS)))
        self.opens(SMALL)
        self.sees(f"{END} {len(batches)}")
        self.assertEqual(self.ann.evaluates(f"({WIDE})()"), [])
        self.assertEqual(self.ann.faults, [])

    def test_no_line_ends_after_the_slash_of_a_command(self) -> None:
        for size in (PHONE, SMALL):
            self.opens(size)
            self.says("/help")
            self.shows("document.querySelectorAll('.answer').length", 1)
            self.assertEqual(set(self.ann.evaluates(LINES)), {1})
