"""The picker: goes to a room or person of whose name a few letters are typed."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from chatsvc.client.screen.modes.mode import LEAVING, STEPS, Turn
from chatsvc.terminal.colours import FAINT, URGENT
from chatsvc.terminal.editing.editor import Editor
from chatsvc.terminal.editing.fuzzy import best
from chatsvc.terminal.keys import Key, Text
from chatsvc.terminal.styles import PLAIN
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatsvc.client.screen.windows.groups import Groups
    from chatsvc.terminal.keys import Press
    from chatsvc.terminal.styles import Segment

MOST = 10  # rows of the list
_STEPS = STEPS | {"ctrl-k": 1}


class Picker:
    """Lists windows and people that match what is typed; Enter goes to the chosen one.

    Without letters, those with something new come first, then the one looked at last.
    """

    prompt = "go to: "

    def __init__(self, groups: Groups) -> None:
        self.editor = Editor(lambda _: [])
        self._groups = groups
        self._labels = self._best()
        self._chosen = 0

    def press(self, press: Press) -> Turn:
        """Handle a key."""
        match press:
            case Key("enter"):
                if self._labels:
                    self._groups.go_to(self._labels[self._chosen])
                return Turn.OVER
            case Key(name) if name in _STEPS:
                self._chosen = (self._chosen + _STEPS[name]) % max(len(self._labels), 1)
            case Key(name) if name in LEAVING:
                return Turn.OVER
            case Key(name) if name.startswith("alt-"):
                return Turn.PASS
            case Text() | Key():
                self.editor.press(press)
                self._labels = self._best()
                self._chosen = 0
            case _:
                return Turn.PASS
        return Turn.ON

    def rows(self) -> Sequence[Sequence[Segment]]:
        """The names, of which the chosen one is in reverse, and what is new there."""
        if not self._labels:
            return [[("  nobody, and no room, of such a name", FAINT)]]
        return [self._row(label, at == self._chosen) for at, label in enumerate(self._labels)]

    def _row(self, label: str, is_chosen: bool) -> list[Segment]:
        group, name = self._groups.find(label)
        window = group.find(name)
        style = PLAIN if window is not None else FAINT
        row: list[Segment] = [("  ", PLAIN), (label, style._replace(reverse=is_chosen, dim=False))]
        if window is not None and window.unread:
            row.append((f"  {window.news}", URGENT if window.mentions else PLAIN))
        if window is not None and window.topic:
            row.append((f"  {window.topic}", FAINT))
        return row

    def _best(self) -> list[str]:
        """The labels that match, the best first."""
        groups = self._groups
        others = [each for each in groups.recent() if each[1] is not groups.current]
        others.sort(key=lambda each: (not each[1].mentions, not each[1].unread))
        people = self._people() if self.editor.text else ()
        labels = chain([groups.label(group, window.name) for group, window in others], people)
        return best(self.editor.text, labels, folded, MOST)

    def _people(self) -> Iterator[str]:
        """The people without a window."""
        for group in self._groups.servers:
            for name in group.lobby.people:
                if group.find(f"@{name}") is None:
                    yield self._groups.label(group, f"@{name}")
