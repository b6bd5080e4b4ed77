"""Searching the messages of a window: first the loaded ones, then the server's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatsvc.client import wording
from chatsvc.client.screen.modes.mode import LEAVING, Turn
from chatsvc.terminal.colours import FAINT
from chatsvc.terminal.editing.editor import Editor
from chatsvc.terminal.keys import Key, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatsvc.client.screen.talking.questions import Questions
    from chatsvc.client.screen.windows.past import Past
    from chatsvc.client.screen.windows.window import Window
    from chatsvc.terminal.keys import Press
    from chatsvc.terminal.styles import Segment

_BACK = ("up", "ctrl-f", "ctrl-r", "ctrl-p", "enter")
_ON = ("down", "ctrl-s", "ctrl-n")
NEWEST = 2**63  # a number above all messages
_MORE = "ctrl-f, up: the one before; down: the one after; esc: back to the newest"
_NOT_LOADED = "Nothing that is loaded has it; ctrl-f asks the server."


class Finder:
    """Highlights the typed text, and goes from one message that has it to the previous one.

    Where no earlier one is loaded, it asks the server.
    """

    prompt = "find: "

    def __init__(self, window: Window, past: Past, questions: Questions) -> None:
        self.editor = Editor(lambda _: [])
        self._window = window
        self._past = past
        self._questions = questions
        self._note = _MORE
        self._is_asking = False
        self._is_found = False  # anything with that text
        self._heard: set[int] = set()  # what the server has found
        self._earlier: list[int] = []  # the ones of these still to go to, the newest last
        self._before = ""  # up to when the server searches next

    def press(self, press: Press) -> Turn:
        """Handle a key; keys that scroll end the mode and leave the found message in view."""
        match press:
            case Key(name) if name in LEAVING:
                self._window.scrollback.seek("")
                self._window.follow()
                return Turn.OVER
            case Key(name) if name in _BACK:
                self._look_back()
            case Key(name) if name in _ON:
                found = self._window.scrollback.find(1)
                self._note = _MORE if found else "Nothing after that has it."
            case Text() | Key("backspace" | "ctrl-u" | "ctrl-w" | "left" | "right"):
                self.editor.press(press)
                self._begin()
            case _:
                self._window.scrollback.seek("")
                return Turn.PASS
        return Turn.ON

    def _begin(self) -> None:
        """Look for another text, from the end of the view."""
        text = self.editor.text
        self._heard, self._earlier, self._before = set(), [], ""
        self._window.scrollback.seek(text)
        self._is_found = bool(text) and self._window.scrollback.find(-1)
        is_missing = text and not self._is_found
        self._note = _NOT_LOADED if is_missing else _MORE

    def _look_back(self) -> None:
        """Go to the previous message, or ask the server for more."""
        if not self.editor.text or self._is_asking:
            return
        scrollback = self._window.scrollback
        self._note = _MORE
        if scrollback.find(-1):
            return
        oldest = min(scrollback.keys, default=NEWEST)
        while self._earlier:
            key = self._earlier.pop()
            if key < oldest:
                self._past.go_to(self._window, key)
                return
        self._ask(self.editor.text)

    def _ask(self, text: str) -> None:
        """Search the server's messages, before those that it has found so far."""

        def take(found: list[dict[str, Any]], why: str, is_sure: bool) -> None:
            self._is_asking = False
            if self.editor.text != text:
                return
            new = [each for each in found if each.get("id") not in self._heard]
            self._heard.update([each["id"] for each in new if "id" in each])
            if not new:
                self._note = f"Nothing {'before that ' * self._is_found}has it."
                return
            self._is_found = True
            self._earlier = sorted(self._heard)
            self._before = _before(new)
            self._look_back()

        end = "*" if text[-1:].isalnum() else ""
        words = f"{text}{end} in {self._window.name}{self._before}"
        if self._questions.gather(self._window, take, "search", words=words):
            self._is_asking = True
            self._note = "The server is asked ..."

    def rows(self) -> Sequence[Sequence[Segment]]:
        """The keys, or a note that nothing was found."""
        return [[(self._note, FAINT)]]


def _before(found: Iterable[dict[str, Any]]) -> str:
    """The option of a search for messages no later than the oldest of some messages."""
    times = [at for at in map(wording.moment, found) if at is not None]
    age = int((datetime.now(UTC) - min(times)).total_seconds()) if times else 0
    span = f"{age}s" if age < 1_000_000 else f"{age // 60}m"
    return f" before {span}" if age > 0 else ""
