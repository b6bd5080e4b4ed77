"""The windows of all servers, those of each server together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.errors import SHOWN

if TYPE_CHECKING:
    from chatsvc.client.screen.windows.view import View
    from chatsvc.client.screen.windows.window import Window
    from chatsvc.client.screen.windows.windows import Windows


class Groups:
    """Goes from window to window, of which one is in view; their numbers begin at 1.

    servers: the windows of each server.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self.servers: list[Windows] = []
        self._away_from: Window | None = None  # where to be back after all that is new

    def add(self, windows: Windows) -> None:
        """Add the windows of a server, and show the one that is current there."""
        self.servers.append(windows)
        windows.look_at(windows.current)

    def remove(self, windows: Windows) -> None:
        """Remove the windows of a server; there are others."""
        index, is_here = self.servers.index(windows), windows is self.here
        del self.servers[index]
        if is_here:
            self.servers[index - 1].look_at(self.servers[index - 1].current)

    @property
    def current(self) -> Window:
        """The window in view."""
        return self._view.window

    @property
    def here(self) -> Windows:
        """The windows of the server of which one is in view."""
        return next(each for each in self.servers if each.current is self.current)

    def all(self) -> list[tuple[Windows, Window]]:
        """All windows, in order, each after those of its server."""
        return [(group, window) for group in self.servers for window in group.all()]

    def recent(self) -> list[tuple[Windows, Window]]:
        """All windows: the one looked at last first, then those never looked at, in order."""
        return sorted(self.all(), key=lambda each: -each[1].looked_at)

    def label(self, group: Windows, name: str) -> str:
        """The name of a window or a person, for people: with the server, if there are several."""
        return name if len(self.servers) == 1 else f"{group.name}/{name}"

    def find(self, label: str) -> tuple[Windows, str]:
        """The windows of the server that a label names, by default of the one in view; the name."""
        for group in self.servers:
            if label.startswith(f"{group.name}/"):
                return group, label.removeprefix(f"{group.name}/")
        return self.here, label

    def go_to(self, which: str) -> str:
        """Go to the window of that number or label; a person's is opened.

        Returns a hint why there is none; empty if there is one.
        """
        if not which.isdecimal():
            group, name = self.find(which)
            return group.go_to(name)
        shown, windows = which[:SHOWN], self.all()
        if not 0 < int(shown) <= len(windows):
            return f"There is no window {shown}."
        self._look_at(windows[int(shown) - 1])
        return ""

    def go(self, step: int) -> None:
        """Go to the next window, or with -1 to the one before."""
        windows = self.all()
        index = [window for _, window in windows].index(self.current) + step
        self._look_at(windows[index % len(windows)])

    def go_back(self) -> str:
        """Go to the window looked at before this one.

        Returns a hint that there is none; empty if there is one.
        """
        before = self.recent()[1:2]
        if not before or not before[0][1].looked_at:
            return "You have been in no other window."
        self._look_at(before[0])
        return ""

    def go_to_new(self) -> str:
        """Go to the next window with something new, mentions first; after the last, back.

        Returns a hint that nothing is new; empty if something is.
        """
        windows = self.all()
        new = [each for each in windows if each[1].unread and each[1] is not self.current]
        if new:
            self._away_from = self._away_from or self.current
            self._look_at(min(new, key=lambda each: not each[1].mentions))
            return ""
        away, self._away_from = self._away_from, None
        back = [each for each in windows if each[1] is away and away is not self.current]
        if not back:
            return "Nothing is new in other windows."
        self._look_at(back[0])
        return ""

    @staticmethod
    def _look_at(where: tuple[Windows, Window]) -> None:
        group, window = where
        group.look_at(window)
