"""Requests that the server has yet to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from chatsvc.client.connection.queue import MOST_WAITING

if TYPE_CHECKING:
    from chatsvc.client.screen.windows import Window, Windows


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
        """Send on what is for one person alone, who has another name now."""


class Question(NamedTuple):
    """An unanswered request.

    window: where the answer is shown.
    what: the command; `type` for most typed ones.
    """

    window: Window
    what: str


class Questions:
    """Sends requests, and finds by its nonce which one an answer is for."""

    def __init__(self, link: Asking, windows: Windows) -> None:
        self._link = link
        self._windows = windows
        self._open: dict[str, Question] = {}  # by nonce

    def ask(self, do: str, what: str = "", /, **arguments: Any) -> str:
        """Send a request whose answer is shown in the current window; returns the nonce."""
        nonce = self._link.ask(do, **arguments)
        self._open[nonce] = Question(self._windows.current, what or do)
        return nonce

    def ask_last(self, do: str, /, **arguments: Any) -> None:
        """Send a request after all others."""
        nonce = self._link.ask_last(do, **arguments)
        self._open[nonce] = Question(self._windows.current, do)

    def note(self, nonce: str, window: Window, what: str) -> None:
        """Note a request that was sent elsewhere; of too many, the oldest is dropped."""
        if len(self._open) >= MOST_WAITING:  # the link has lost some, before it had a place
            del self._open[next(iter(self._open))]
        self._open[nonce] = Question(window, what)

    def find(self, nonce: str) -> Question | None:
        """The request with that nonce, which has more answers to come."""
        return self._open.get(nonce)

    def take(self, nonce: str) -> Question | None:
        """The request with that nonce, whose last answer has come."""
        return self._open.pop(nonce, None)

    def move(self, nonce: str, window: Window) -> None:
        """Show further answers to a request in another window."""
        if question := self._open.get(nonce):
            self._open[nonce] = question._replace(window=window)

    def is_open(self, window: Window, what: str) -> bool:
        """Whether a command whose answer is shown in that window is unanswered."""
        return Question(window, what) in self._open.values()

    def readdress(self, name: str, new: str) -> None:
        """Send on what is for one person alone, who has another name now."""
        self._link.readdress(name, new)

    def withdraw(self, what: str, unsent_of: Window | None = None) -> dict[str, Question]:
        """Withdraw the requests for a command, by their nonces; they stay open until `take`.

        unsent_of: the window of those that are withdrawn, if they are yet to be sent; None for all.
        """
        found = {
            nonce: each
            for nonce, each in self._open.items()
            if each.what == what
            and (unsent_of is None or (each.window is unsent_of and self._link.waits(nonce)))
        }
        for nonce in found:
            self._link.forget(nonce)
        return found
