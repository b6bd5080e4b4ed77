"""The windows of one server: one for each room, and one for each person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chatsvc.client.screen.windows.window import Window
from chatsvc.errors import SHOWN
from chatsvc.events.event import LOBBY
from chatsvc.terminal.colours import FAINT
from chatsvc.terminal.styles import PLAIN
from chatsvc.text.names import LONGEST as LONGEST_NAME
from chatsvc.text.names import folded, is_allowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.client.screen.windows.view import View
    from chatsvc.terminal.styles import Segment

MOST_WINDOWS = 50  # windows; a new one closes the oldest of a person with nothing unread


class Windows:
    """The windows of one server, the lobby's first.

    name: of the server, for people.
    current: the window looked at last, which is in view unless one of another server is.
    """

    def __init__(self, name: str, view: View) -> None:
        self.name = name
        self.current = Window(LOBBY)
        self._view = view
        self._windows = [self.current]

    @property
    def lobby(self) -> Window:
        """The lobby's window."""
        return self._windows[0]

    def all(self) -> list[Window]:
        """All windows, in order."""
        return list(self._windows)

    def find(self, name: str) -> Window | None:
        """The window of that name, in any case."""
        wanted = folded(name)
        return next((each for each in self._windows if folded(each.name) == wanted), None)

    def open(self, name: str) -> Window:
        """The window of that name, which is opened if need be."""
        found = self.find(name)
        if found is None:
            if len(self._windows) >= MOST_WINDOWS:
                self._close_one()
            found = Window(name)
            self._windows.append(found)
        return found

    def arrange(self, first: Sequence[str]) -> None:
        """Put rooms before the other windows, but the lobby's.

        first: their folded names, in order.
        """
        places = {name: number for number, name in enumerate(first)}
        self._windows[1:] = sorted(
            self._windows[1:], key=lambda each: places.get(folded(each.name), len(places))
        )

    def _close_one(self) -> None:
        """Close the oldest window of a person or lost room; one without draft or unread first."""

        def worth(window: Window) -> tuple[bool, bool, bool]:
            return window.is_room and not window.lost, bool(window.draft.text), window.unread > 0

        self.close(min([each for each in self._windows[1:] if each is not self.current], key=worth))

    def close(self, window: Window) -> None:
        """Close a window; the lobby stays. In its place comes the one looked at last."""
        if window is self.lobby:
            return
        if window is self.current:
            others = [each for each in self._windows if each is not window]
            self.turn_to(max(others, key=lambda each: each.looked_at))
        self._windows.remove(window)

    def is_in_view(self, window: Window) -> bool:
        """Whether a window is on the screen."""
        return window is self._view.window

    def look_at(self, window: Window) -> None:
        """Make a window the current one, and show it."""
        self.current = window
        self._view.show(window)

    def turn_to(self, window: Window) -> None:
        """Make a window the current one, and show it only in place of another of this server."""
        if self.is_in_view(self.current):
            self.look_at(window)
        else:
            self.current = window

    def go_to(self, which: str) -> str:
        """Go to the window of that name; a person's is opened.

        Returns a hint why there is none; empty if there is one.
        """
        found = self.find(which) or self.find(f"@{which}")
        if found is None and which.startswith("#"):
            return f"You are not in {which[:SHOWN]}. /join {which[:SHOWN]}"
        name = which.removeprefix("@")
        is_name = 0 < len(name) <= LONGEST_NAME and all(map(is_allowed, name))
        if found is None and not is_name:
            return "Nobody has such a name."
        name = self.lobby.people.as_written(name)
        self.look_at(found or self.open(f"@{name}"))
        return ""

    def tell(self, text: str, window: Window | None = None, sign: Segment = ("-- ", PLAIN)) -> None:
        """Show one of the client's own lines, by default in the current window."""
        now = datetime.now().astimezone()
        (window or self.current).show([(f"{now:%H:%M} ", FAINT), sign, (text, PLAIN)], now)

    def leads_nowhere(self, window: Window) -> bool:
        """Whether a line typed in a window would reach nobody now, as far as is known."""
        is_away = window.person not in self.lobby.people and not self.lobby.people.more
        return bool(window.lost) or (not window.is_room and is_away)

    def known(self, name: str, account: str) -> None:
        """Note that a person has a name now, and so the window of that name.

        account: the name of that person's account; empty for a guest.
        """
        found = self.find(f"@{name}")
        if found is None:
            return
        if found.lost or found.doubt or account != found.account:
            is_same = account != "" and account == found.account
            found.lost = ""
            found.doubt = "" if is_same else f"this may be another {name} than before."
        found.account = account

    def all_in_doubt(self) -> None:
        """Put all persons' windows in doubt: names may have changed hands."""
        for window in self._windows:
            if window.person and not self.is_owners(window.person):
                window.doubt = f"this may be another {window.person} than before."

    def is_owners(self, name: str) -> bool:
        """Whether a name is known to be an account's, which nobody else can take."""
        found = self.find(f"@{name}")
        return found is not None and folded(found.account) == folded(name)

    def shared(self, name: str) -> list[Window]:
        """The rooms in which a person is known to be, apart from the lobby, where all are."""
        rooms = [each for each in self._windows[1:] if each.is_room and not each.lost]
        return [each for each in rooms if name in each.people]

    def gone(self, name: str) -> None:
        """Note that a person has left; others may now take the name."""
        found = self.find(f"@{name}")
        if found is not None and not self.is_owners(name):
            found.doubt = f"{name} has left, and others can take that name."
        for window in self._windows:
            if window is self.lobby or name in window.people:
                window.people.remove(name)

    def renamed(self, name: str, new: str, account: str) -> None:
        """Rename a person, and the window, unless there is one of the new name.

        account: the name of that person's account from now on; empty for a guest.
        """
        own, other = self.find(f"@{name}"), self.find(f"@{new}")
        if own is not None and other in (None, own):
            own.name = f"@{new}"
            own.account = account
        elif own is not None:
            own.lost = f"{name} is {new} now: /window {new}"
        for window in self._windows:
            window.rename(name, new)
