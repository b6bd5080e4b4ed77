"""Questions that the server has yet to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from chatsvc.client.connection.queue import MOST_WAITING

if TYPE_CHECKING:
    from chatsvc.client.screen.windows import Window, Windows


class Asking(Protocol):
    """The part of a link that the screen uses."""

    @property
    def lag(self) -> float:
        """Seconds since the oldest question on its way was sent; 0 if none is."""

    @property
    def waiting(self) -> int:
        """The number of questions without an answer."""

    def ask(self, do: str, /, **arguments: Any) -> str:
        """Ask for a command; the nonce that its answer will have."""

    def ask_last(self, do: str, /, **arguments: Any) -> str:
        """Ask for a command that lets all others go before."""

    def forget(self, nonce: str) -> None:
        """Withdraw a question."""


class Question(NamedTuple):
    """A question without an answer.

    window: where the answer is shown.
    what: the command; `type` for most that somebody has typed.
    """

    window: Window
    what: str


class Questions:
    """Asks the server, and knows by its nonce which question an answer is for."""

    def __init__(self, link: Asking, windows: Windows) -> None:
        self._link = link
        self._windows = windows
        self._open: dict[str, Question] = {}  # by nonce

    def ask(self, do: str, what: str = "", /, **arguments: Any) -> str:
        """Ask for a command, whose answer is shown in the current window; the nonce."""
        nonce = self._link.ask(do, **arguments)
        self._open[nonce] = Question(self._windows.current, what or do)
        return nonce

    def ask_last(self, do: str, /, **arguments: Any) -> None:
        """Ask for a command that lets all others go before."""
        nonce = self._link.ask_last(do, **arguments)
        self._open[nonce] = Question(self._windows.current, do)

    def note(self, nonce: str, window: Window, what: str) -> None:
        """Keep a question that was asked elsewhere; the oldest goes if there are too many."""
        if len(self._open) >= MOST_WAITING:  # the link has lost some, before it had a place
            del self._open[next(iter(self._open))]
        self._open[nonce] = Question(window, what)

    def find(self, nonce: str) -> Question | None:
        """The question with that nonce, which has other answers to come."""
        return self._open.get(nonce)

    def take(self, nonce: str) -> Question | None:
        """The question with that nonce, whose last answer has come."""
        return self._open.pop(nonce, None)

    def move(self, nonce: str, window: Window) -> None:
        """Show what else answers a question in another window."""
        if question := self._open.get(nonce):
            self._open[nonce] = question._replace(window=window)

    def is_open(self, window: Window, what: str) -> bool:
        """Whether a command is not answered whose answer is shown in a window."""
        return Question(window, what) in self._open.values()

    def withdraw(self, what: str) -> dict[str, Question]:
        """Withdraw the questions for a command; they stay open until `take`, by their nonces."""
        found = {nonce: each for nonce, each in self._open.items() if each.what == what}
        for nonce in found:
            self._link.forget(nonce)
        return found
