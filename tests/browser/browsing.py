"""People with real browsers, on a server in a process of its own."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar
from unittest import SkipTest

from tests.patience import PATIENCE
from tests.processes import ProcessTestCase, free_port

T = TypeVar("T")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
DESK, PHONE, SMALL = (1280, 800), (390, 844), (320, 568)  # pixels

# Notes what the policy forbids; the console tells as well, but not of everything.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""
# The text of each message on the page.
SAID = """() => [...document.querySelectorAll("#rows > .said, #rows > .acted")].map((row) => ({
  id: Number(row.dataset.id ?? 0), from: row.dataset.from,
  text: row.querySelector(".body").textContent, isPending: row.classList.contains("pending"),
}))"""


class Visitor:
    """Somebody who looks at the page.

    faults: what a page must never do: errors, dialogs, violations of its policy.
    is_cut_off: whether the console may tell of lost connections.
    """

    is_cut_off = False

    def __init__(self, page: Any) -> None:
        self.page = page
        self.faults: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", self._told)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("dialog", self._asked)
        page.add_init_script(WATCH)

    def _told(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            is_network = "net::ERR" in message.text or "WebSocket" in message.text
            if not (is_network and self.is_cut_off):
                self.faults.append(f"console: {message.text}")

    def _asked(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def until(self, call: Callable[[], T], what: object = "") -> T:
        """Wait until something is so; what it is."""
        deadline = time.monotonic() + PATIENCE
        while not (found := call()):
            assert time.monotonic() < deadline, f"{what}? There is: {self.page.inner_text('body')}"
            self.page.wait_for_timeout(20)
        return found

    def is_up(self) -> bool:
        """Whether the page is connected, and has a name."""
        state: str = self.page.get_attribute("body", "data-state")
        return state == "up" and self.name() != "…"

    def rests(self) -> None:
        """Wait until nothing moves."""
        self.until(lambda: not self.page.evaluate("() => document.getAnimations().length"))

    def sees(self, *texts: str) -> None:
        """Wait until some messages are on the page."""
        self.until(lambda: set(texts) <= set(self.texts()), texts)

    def sees_words(self, words: str, where: str = "#rows") -> None:
        """Wait until some words are shown in a part of the page."""
        self.until(lambda: words in self.page.inner_text(where), words)

    def said(self) -> list[dict[str, Any]]:
        """All messages on the page: `id`, `from`, `text`, `isPending`."""
        found: list[dict[str, Any]] = self.page.evaluate(SAID)
        return found

    def texts(self) -> list[str]:
        """The texts of all messages that the server has said."""
        return [each["text"] for each in self.said() if not each["isPending"]]

    def types(self, text: str) -> None:
        """Write something, without sending it."""
        self.page.fill("#text", text)

    def says(self, text: str) -> None:
        """Write something, and send it."""
        self.types(text)
        if self.page.evaluate("() => matchMedia('(pointer: coarse)').matches"):
            self.page.tap("#send")
        else:
            self.page.press("#text", "Enter")

    def finds(self, words: str, text: str) -> None:
        """Search until something is found: it may have been said just now."""
        if not self.page.is_visible("#words"):
            self.page.click("#find")
        self.page.fill("#words", words)

        def found() -> bool:
            self.page.press("#words", "Enter")
            self.until(lambda: "Searching" not in self.page.inner_text("#found-status"))
            return text in self.page.inner_text("#found")

        self.until(found, text)

    def name(self) -> str:
        """Who one is."""
        name: str = self.page.text_content("#your-name")
        return name

    def is_named(self, name: str) -> None:
        """Change one's name."""
        self.says(f"/nick {name}")
        self.until(lambda: self.name() == name, name)

    def focus(self) -> str:
        """What the keyboard is in: its id, or else its text."""
        found: str = self.page.evaluate(
            "() => { const { id, textContent, localName } = document.activeElement;"
            " return id || (localName === 'body' ? '' : textContent.trim()); }"
        )
        return found

    def joins(self, room: str) -> None:
        """Go to a room."""
        self.says(f"/join {room}")
        self.until(lambda: self.page.inner_text("#title") == room, room)


class BrowserTestCase(ProcessTestCase):
    """A server, and whoever comes by browser.

    port: the one for all.
    web: the one for browsers alone: on a busy machine, these send nothing for so long that the
        port for all takes them for people with netcat.
    """

    options: ClassVar[list[str]] = ["--throttle", "off"]
    browser: ClassVar[Any]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if CHROMIUM is None:
            raise SkipTest("chromium is not installed")
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            raise SkipTest("playwright is not installed: make browser") from None
        driver = sync_playwright().start()
        cls.addClassCleanup(driver.stop)
        cls.browser = driver.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=["--disable-dev-shm-usage"]
        )
        cls.addClassCleanup(cls.browser.close)

    def setUp(self) -> None:
        super().setUp()
        self.visitors: list[Visitor] = []
        self.port, self.web = free_port(), free_port()
        self.serve()

    def serve(self, *options: str) -> None:
        """Start the server, at the same port and with the same store each time."""
        web = f"tcp:{self.web}:interface=127.0.0.1"
        where = ("--port", self.port, "--interface", "127.0.0.1", "--web", web)
        self.server = self.serves(*where, *self.options, *options)

    def stop(self) -> None:
        """Kill the server."""
        self.server.kill()
        self.server.wait()
        for visitor in self.visitors:
            visitor.is_cut_off = True

    def url(self, path: str = "/") -> str:
        """An address at the server."""
        return f"http://127.0.0.1:{self.web}{path}"

    def context(self, size: tuple[int, int] = DESK, **settings: Any) -> Any:
        """A browser of somebody's own, without any cookies."""
        width, height = size
        is_phone = size != DESK
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=is_phone,
            is_mobile=is_phone,
            **settings,
        )
        self.addCleanup(context.close)
        return context

    def opens(self, path: str = "/", context: Any = None, **settings: Any) -> Visitor:
        """Somebody who opens an address, and is in."""
        visitor = self.looks(path, context, **settings)
        visitor.until(visitor.is_up, "a connection")
        return visitor

    def looks(self, path: str = "/", context: Any = None, **settings: Any) -> Visitor:
        """Somebody who opens an address, whatever is there."""
        self.calls(self.web).socket.close()  # it listens
        visitor = Visitor((context or self.context(**settings)).new_page())
        self.visitors.append(visitor)
        self.addCleanup(self._is_faultless, visitor)
        visitor.page.goto(self.url(path))
        return visitor

    def _is_faultless(self, visitor: Visitor) -> None:
        violations = visitor.page.evaluate("() => window.violations ?? []")
        self.assertEqual(visitor.faults + violations, [])

    def listens(self) -> Witness:
        """Somebody who hears JSON lines."""
        return Witness(self)


class Witness:
    """A program that hears everything, to compare with."""

    def __init__(self, test: BrowserTestCase) -> None:
        self._caller = test.calls(test.port)
        self._lines = self._caller.socket.makefile("r", encoding="utf-8", newline="\n")
        test.addCleanup(self._lines.close)
        self._caller.types("/json")
        self.hears_until(lambda event: event.get("event") == "welcome")

    def asks(self, **request: object) -> None:
        """Send a request."""
        self._caller.types(json.dumps(request))

    def hears_until(self, is_last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """All events up to one."""
        found = []
        for line in self._lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue  # the greeting, before JSON
            found.append(event)
            if is_last(event):
                return found
        raise AssertionError(found)

    def hears(self, text: str) -> list[dict[str, Any]]:
        """All messages up to one."""
        events = self.hears_until(lambda event: event.get("text") == text)
        return [each for each in events if each.get("event") in ("said", "acted")]
