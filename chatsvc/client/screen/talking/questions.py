"""Requests that the server has yet to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from chatsvc.client.connection.queue import MOST_WAITING
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    Then = Callable[[list[dict[str, Any]], str, bool], object]

    from chatsvc.client.screen.windows.window import Window
    from chatsvc.client.screen.windows.windows import Windows

MOST_GATHERED = 1000  # messages that answer one request


class Asking(Protocol):
    """The part of a link that the screen uses."""

    @property
    def lag(self) -> float:
        """Seconds since the oldest unanswered request was sent; 0 without one."""

    @property
    def waiting(self) -> int:
        """The number of unanswered requests."""

    def ask(self, do: str, /, **arguments: Any) -> str:
        """Send a request; returns the nonce of its answer."""

    def ask_last(self, do: str, /, **arguments: Any) -> str:
        """Send a request after all others."""

    def forget(self, nonce: str) -> None:
        """Withdraw a request."""

    def waits(self, nonce: str) -> bool:
        """Whether a request is yet to be sent."""

    def readdress(self, name: str, new: str) -> None:
        """Readdress the requests to somebody who has changed names."""


class Gather:
    """Gathers the answers to a request.

    then: called after the last one with those that are messages; with the text of an error or a
        notice, empty for none; and whether the request was done or refused, and not lost.
    """

    def __init__(self, then: Then) -> None:
        self._then = then
        self._messages: list[dict[str, Any]] = []
        self._text = ""

    def hear(self, received: dict[str, Any]) -> None:
        """Gather an answer, or note that it was the last."""
        if "error" in received:
            error = received["error"]
            self._then([], str(error.get("text", "")), error.get("code") != "unsure")
        elif received.get("event") == "done":
            self._then(self._messages, self._text, True)
        elif received.get("recalled") and len(self._messages) < MOST_GATHERED:
            self._messages.append(received)
        else:
            self._text = str(received.get("text", ""))


class Question(NamedTuple):
    """An unanswered request.

    window: where the answer is shown.
    what: the command; `type` for most typed lines.
    about: the room, or the person after an @, that it is about.
    gather: takes what answers it, in place of showing that; None to show it.
    """

    window: Window
    what: str
    about: str
    gather: Gather | None = None


class Questions:
    """Sends requests, and finds by its nonce which one an answer is for."""

    def __init__(self, link: Asking, windows: Windows) -> None:
        self._link = link
        self._windows = windows
        self._open: dict[str, Question] = {}  # by nonce

    def ask(self, do: str, what: str = "", /, **arguments: Any) -> str:
        """Send a request whose answer is shown in the current window; returns the nonce."""
        nonce = self._link.ask(do, **arguments)
        window = self._windows.current
        about = f"@{arguments['username']}" if do == "dm" else window.name
        self._open[nonce] = Question(window, what or do, about)
        return nonce

    def gather(
        self,
        window: Window,
        then: Then,
        do: str,
        /,
        **arguments: Any,
    ) -> bool:
        """Send a request whose answers are gathered, and return whether it was possible.

        then: as in `Gather`.
        """
        if self._link.waiting >= MOST_WAITING // 2:
            return False
        nonce = self._link.ask(do, **arguments)
        self._open[nonce] = Question(window, do, window.name, Gather(then))
        return True

    def ask_last(self, do: str, /, **arguments: Any) -> None:
        """Send a request after all others."""
        nonce = self._link.ask_last(do, **arguments)
        self._open[nonce] = Question(self._windows.current, do, arguments["room"])

    def note(self, nonce: str, window: Window, what: str) -> None:
        """Note a request that was sent elsewhere; if there are too many, the oldest is dropped."""
        if len(self._open) >= MOST_WAITING:  # the link has lost some before it had a place
            del self._open[next(iter(self._open))]
        self._open[nonce] = Question(window, what, window.name)

    def find(self, nonce: str) -> Question | None:
        """The request with that nonce, to which more answers may come."""
        return self._open.get(nonce)

    def take(self, nonce: str) -> Question | None:
        """Take the request with that nonce, after its last answer."""
        return self._open.pop(nonce, None)

    def move(self, nonce: str, window: Window) -> None:
        """Show further answers to a request in another window."""
        if question := self._open.get(nonce):
            self._open[nonce] = question._replace(window=window)

    def is_open(self, window: Window, what: str) -> bool:
        """Whether a command of a window is unanswered."""
        return any(each[:2] == (window, what) for each in self._open.values())

    def readdress(self, name: str, new: str) -> None:
        """Readdress the requests to somebody who has changed names."""
        self._link.readdress(name, new)
        for nonce, each in self._open.items():
            if folded(each.about) == folded(f"@{name}"):
                self._open[nonce] = each._replace(about=f"@{new}")

    def withdraw(
        self, what: str, which: Callable[[str, bool], bool] = lambda about, waits: True
    ) -> dict[str, Question]:
        """Withdraw requests for a command, and return them by nonce; they stay open until `take`.

        which: returns whether to withdraw one, given what it is about, and whether it is unsent.
        """
        found = {
            nonce: each
            for nonce, each in self._open.items()
            if each.what == what and which(folded(each.about), self._link.waits(nonce))
        }
        for nonce in found:
            self._link.forget(nonce)
        return found
