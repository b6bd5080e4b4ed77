"""The surroundings of the messages: the bar above, the people beside, the prompt below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.screen.showing.parts import shortened
from chatsvc.client.screen.windows.company import Rank
from chatsvc.terminal.colours import FAINT
from chatsvc.terminal.picture.layout import FOR_PEOPLE, PEOPLE
from chatsvc.terminal.styles import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.client.screen.windows.groups import Groups
    from chatsvc.client.screen.windows.window import Window
    from chatsvc.terminal.picture.screen import Screen
    from chatsvc.terminal.styles import Segment

_SIGNS = {Rank.OPERATOR: "&", Rank.OWNER: "~", Rank.MODERATOR: "@", Rank.OTHER: " "}  # as on IRC


class Surroundings:
    """Draws what stands around the messages.

    has_people: whether there is a list of people, where there is space for it.
    """

    def __init__(self, screen: Screen, groups: Groups) -> None:
        self.has_people = True
        self._screen = screen
        self._groups = groups
        self._top = 0  # the first person in view
        self._drawn: tuple[Window, int] | None = None  # whose people are in `_people`, and when
        self._people: list[Segment] = []
        self._shown: tuple[tuple[int, int, int], Sequence[Sequence[Segment]]] = (0, 0, 0), ()

    @property
    def fits(self) -> bool:
        """Whether the terminal is wide enough for the list of people."""
        return self._screen.columns >= FOR_PEOPLE

    def scroll(self, rows: int) -> None:
        """Scroll the list of people forward by some rows, back if negative."""
        self._top = max(self._top + rows, 0)

    def page(self, step: int) -> None:
        """Scroll the list of people by its height less one row."""
        self.scroll(step * max(self._screen.layout().messages - 1, 1))

    def draw(self, prompt: str) -> None:
        """Put everything on the screen, which gives the messages the space that is left.

        prompt: in place of the room's or person's; empty for that.
        """
        screen, window = self._screen, self._groups.current
        label = self._groups.label(self._groups.here, window.name)
        screen.scrollback = window.scrollback
        screen.bar = bar(window, label)
        name = shortened(label, max(screen.columns // 3 - 2, 1))
        screen.prompt.text = prompt or f"{name}> "
        screen.people = ()
        if self.has_people and window.is_room and not window.lost:
            screen.people = [()]
            screen.people = self._in_view(window, screen.layout().messages)
        screen.layout()

    def _in_view(self, window: Window, height: int) -> Sequence[Sequence[Segment]]:
        """The people who fit beside the messages, and how many there are above and below."""
        if self._drawn != (window, window.people.changes):
            if self._drawn is None or self._drawn[0] is not window:
                self._top = 0
            self._drawn = window, window.people.changes
            self._people = _named(window)
            self._shown = (0, 0, 0), ()
        rows: list[Segment] = [*self._people]
        self._top = min(self._top, max(len(rows) - height, 0))
        view = self._top, height, window.people.more
        if self._shown[0] == view:
            return self._shown[1]
        above, rows = self._top, rows[self._top :]
        if above:
            rows[0] = (f"  +{above + 1}", FAINT)
        more = len(rows) - height + window.people.more
        if more > 0:
            rows[height - 1 :] = [(f"  +{more + (len(rows) >= height)}", FAINT)]
        self._shown = view, [[row] for row in rows]
        return self._shown[1]


def bar(window: Window, label: str) -> list[Segment]:
    """The label of a room's window and the topic; nothing if there is none."""
    if not window.topic or window.lost:
        return []
    return [(label, Style(bold=True)), (f"  {window.topic}", PLAIN)]


def _named(window: Window) -> list[Segment]:
    """A segment for each person."""
    found = []
    for name in window.people.in_order():
        text = shortened(_SIGNS[window.people.rank(name)] + name, PEOPLE)
        found.append((text, FAINT if window.people.is_away(name) else PLAIN))
    return found
