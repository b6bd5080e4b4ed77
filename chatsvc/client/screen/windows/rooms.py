"""The rooms that the user is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatsvc.client.screen.talking.questions import Questions
    from chatsvc.client.screen.windows.window import Window
    from chatsvc.client.screen.windows.windows import Windows


MOST_LOOKED_AT = 500  # people of a room that is looked into now and then


class Rooms:
    """The user's rooms, each with a window, which stays after a removal, with its draft.

    first: rooms whose windows come before those of others, in this order.
    """

    def __init__(self, windows: Windows, questions: Questions, first: Iterable[str]) -> None:
        self._windows = windows
        self._questions = questions
        self._first = [folded(name) for name in first]
        self._leaving: set[str] = set()  # rooms whose windows are closed, until they are left
        self._listing: set[str] = set()  # rooms whose occupants are being listed
        self._joining: set[str] = set()  # the nonces of the client's own joins

    def forget_asked(self) -> None:
        """Expect no more answers, as the connection was lost."""
        self._listing.clear()
        self._joining.clear()
        self._leaving.clear()

    def note_joining(self, nonce: str) -> None:
        """Note that the client itself has asked for a room that has no window yet."""
        self._joining.add(nonce)

    def is_joining(self, nonce: str) -> bool:
        """Whether an answer is to the client's own asking for a room."""
        return nonce in self._joining

    def be_in(self, names: Iterable[str]) -> None:
        """Set the rooms that the user is in."""
        found = [self._windows.open(name) for name in names]
        self._windows.arrange(self._first)
        for window in found:
            window.lost = ""
            window.lacks_past = not window.live.keys
            self.look_into(window)
        for window in self._windows.all()[1:]:
            if window.is_room and not window.lost and window not in found:
                self.lose(window)
                self._windows.tell(f"You are no longer in {window.name}.", window)

    def enter(self, name: str) -> Window:
        """Note that the user is in a room, and return its window."""
        self._leaving.discard(folded(name))
        window = self._windows.open(name)
        window.name = name  # as the server writes it
        self._windows.arrange(self._first)
        window.lost = ""
        self.look_into(window)
        return window

    def close(self, window: Window) -> None:
        """Close a window, and leave its room."""
        self._windows.close(window)
        if window.is_room and not window.lost:
            if window is not self._windows.lobby:
                self._leaving.add(folded(window.name))
            self._questions.ask("part", room=window.name)

    def left(self, name: str) -> None:
        """Note that the user is no longer in a room."""
        self._leaving.discard(folded(name))

    def is_leaving(self, name: str) -> bool:
        """Whether the window of a room is closed already."""
        return folded(name) in self._leaving

    def lose(self, window: Window) -> None:
        """Keep the window of a room that the user is no longer in."""
        window.lost = f"you are not in {window.name}. To come back: /join {window.name}"
        window.people.set(())
        if not self._windows.is_in_view(window):
            window.note_unread(is_urgent=True)

    def look_into(self, window: Window) -> None:
        """Ask who is in a room."""
        if folded(window.name) not in self._listing:
            self._listing.add(folded(window.name))
            self._questions.ask_last("who", room=window.name)

    def look_again(self) -> None:
        """Ask who is in the current room, as roles change, and nobody says who is away."""
        window = self._windows.current
        if window.is_room and not window.lost and len(window.people) <= MOST_LOOKED_AT:
            self.look_into(window)

    def looked_into(self, name: str) -> None:
        """Note that the occupants of a room are known."""
        self._listing.discard(folded(name))
