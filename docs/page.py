"""Draws the pictures of the page, of a real session: ``python docs/page.py``.

On Debian, that takes chromium and fonts-noto-color-emoji.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.browser.browsing import CHROMIUM, Visitor
from tests.processes import TWISTD, Caller, free_port

PICTURES = Path(__file__).parent / "pictures"
DESK, PHONE = (1120, 760), (390, 824)  # pixels; so high that the first line is whole
TOPIC = "on call: ben, until Friday"
TALK = [
    ("kim", "good morning! the backup took 41 minutes, it used to be 12"),
    ("ben", "that is since the new index, I think"),
    ("tom", "what I see on the replica:\n```\n$ time pg_dump chat > /dev/null\nreal  11m52s\n```"),
    ("kim", "so it is not the disk"),
    ("ben", "/me looks at the graphs of Tuesday"),
    ("tom", "they are at https://graphs.example.org/d/backup?from=tuesday"),
    ("ann", "Tuesday is when I raised `max_wal_size`, and forgot to write it down. Sorry!"),
    ("ida", "ann: can you set it back before tonight? then we can compare"),
    ("ann", "done, and it is in the runbook now"),
    ("kim", "thank you 🙏"),
]
REACTIONS = [("ben", "👍"), ("ida", "👍"), ("tom", "🎉")]  # to the last message of ann
ANSWER = ("ben", "I compare on Monday")


class Session:
    """A server, people with programs of their own, and ann with her browser.

    closing: has what is started here end with it.
    """

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self._port = free_port()
        server = subprocess.Popen(
            [TWISTD, "-n", "--pidfile=", "chatsvc", "--port", str(self._port), "--throttle", "off"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        closing.callback(server.wait)
        closing.callback(server.kill)
        self._people: dict[str, Caller] = {}
        for name in ("kim", "ben", "tom", "ida", "zoe"):
            self._people[name] = caller = Caller(self._port)
            closing.callback(caller.socket.close)
            caller.types("/json")
            self.asks(name, do="nick", name=name)
            self.asks(name, do="join", room="#ops")
            caller.sees_some('"admitted"')
        driver = closing.enter_context(sync_playwright())
        self._browser = driver.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        closing.callback(self._browser.close)

    def asks(self, who: str, **request: str) -> None:
        """Send a request."""
        self._people[who].types(json.dumps(request))

    def comes(self, name: str, size: tuple[int, int], **settings: Any) -> Visitor:
        """Somebody who comes with a browser."""
        viewport = {"width": size[0], "height": size[1]}
        context = self._browser.new_context(viewport=viewport, reduced_motion="reduce", **settings)
        visitor = Visitor(context.new_page())
        visitor.page.goto(f"http://127.0.0.1:{self._port}/")
        visitor.until(visitor.is_up)
        visitor.is_named(name)
        return visitor

    def talks(self, ann: Visitor) -> None:
        """Have everything said that is in the pictures."""
        self.asks("kim", do="type", room="#ops", line=f"/topic {TOPIC}")
        ann.joins("#design")
        ann.joins("#ops")
        ann.sees_words(TOPIC, "#topic")
        for who, text in TALK:
            if who == "ann":
                ann.says(text)
            elif text.startswith("/"):
                self.asks(who, do="type", line=text, room="#ops")
            else:
                self.asks(who, do="say", room="#ops", text=text)
            _sees(ann, text)
        number = next(str(each["id"]) for each in ann.said() if each["text"].startswith("done"))
        for who, reaction in REACTIONS:
            self.asks(who, do="react", number=number, text=reaction)
        self.asks(ANSWER[0], do="answer", number=number, text=ANSWER[1])
        ann.sees(ANSWER[1])
        self.asks("zoe", do="dm", username="ann", text="lunch at noon?")
        for text in ("has anybody seen the blue cable?", "found it"):
            self.asks("zoe", do="say", room="#lobby", text=text)
        ann.sees_words("zoe", "#persons")
        ann.until(lambda: ann.page.locator("li.unread[data-key='#lobby']").count())


def _sees(visitor: Visitor, text: str) -> None:
    beginning = text.removeprefix("/me ").partition("\n")[0].replace("`", "")
    visitor.until(lambda: any(each.startswith(beginning) for each in visitor.texts()), text)


def _draw(visitor: Visitor, name: str) -> None:
    visitor.page.mouse.move(0, 0)
    visitor.page.wait_for_timeout(500)
    visitor.page.screenshot(path=PICTURES / f"{name}.png")


def main() -> None:
    """Draw all pictures."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        session = Session(Path(folder), closing)
        ann = session.comes("ann", DESK)
        session.talks(ann)
        ann.types("now I need a coffee")
        ann.sees_words("zoe", "#people-list")
        _draw(ann, "desk-light")
        ann.page.emulate_media(color_scheme="dark")
        _draw(ann, "desk-dark")
        max_ = session.comes("max", PHONE, has_touch=True, is_mobile=True)
        max_.joins("#ops")
        _sees(max_, ANSWER[1])
        _draw(max_, "phone")


if __name__ == "__main__":
    main()
