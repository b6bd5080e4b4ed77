"""A window: what is said in one room, or with one person."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from chatsvc.terminal.colours import FAINT
from chatsvc.terminal.editing.editor import Draft
from chatsvc.terminal.picture.scrollback import Scrollback
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from chatsvc.terminal.styles import Segment

MOST_PEOPLE = 10_000  # known names of one room
MOST_RECENT = 50  # names of those who spoke last


class Window:
    """The messages of one room or conversation.

    name: of the room, or of the person after an @.
    scrollback: what was said there.
    people: who is there, by folded name.
    more: how many others are there.
    recent: who has spoken, latest last.
    unread: the number of messages since it was the current window.
    is_urgent: whether one of those is a mention or a direct message.
    lost: why nothing can be said here, and how to change that; empty if it can.
    doubt: why a message here might reach somebody else than before; empty if it cannot.
    account: the name of the person's account; empty for none, and if unknown.
    draft: the line typed here, while another window is current.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.scrollback = Scrollback()
        self.people: dict[str, str] = {}
        self.more = 0
        self.recent: deque[str] = deque(maxlen=MOST_RECENT)
        self.unread = 0
        self.is_urgent = False
        self.lost = ""
        self.doubt = ""
        self.account = ""
        self.draft = Draft()
        self._day: date | None = None

    @property
    def is_room(self) -> bool:
        """Whether it is a room's window."""
        return self.name.startswith("#")

    @property
    def person(self) -> str:
        """The person of the conversation; empty for a room."""
        return "" if self.is_room else self.name[1:]

    def show(self, line: Sequence[Segment], at: datetime | None, number: int | None = None) -> None:
        """Show a line; the first of a day is preceded by the date.

        number: the message's id, to find it again; None for other lines.
        """
        if at is not None and at.date() != self._day:
            self._day = at.date()
            self.scrollback.show([(f"{at:——— %A, %d %B %Y ———}", FAINT)])
        self.scrollback.show(line, number)

    def note_unread(self, is_urgent: bool) -> None:
        """Count an unread message, which is about to be shown."""
        if not self.unread:
            self.scrollback.mark([("——— new ———", FAINT)])
        self.unread += 1
        self.is_urgent = self.is_urgent or is_urgent

    def look(self) -> None:
        """Mark everything as read."""
        self.unread = 0
        self.is_urgent = False

    def has(self, names: Iterable[str], more: int = 0) -> None:
        """Set the people who are here."""
        self.people = {folded(name): name for name in [*names][:MOST_PEOPLE]}
        self.more = more

    def add(self, name: str) -> None:
        """Add a person."""
        if len(self.people) < MOST_PEOPLE:
            self.people[folded(name)] = name
        else:
            self.more += 1

    def remove(self, name: str) -> None:
        """Remove a person."""
        if self.people.pop(folded(name), None) is None:
            self.more = max(self.more - 1, 0)

    def heard(self, name: str) -> None:
        """Note that somebody has spoken here."""
        if name in self.recent:
            self.recent.remove(name)
        self.recent.append(name)
