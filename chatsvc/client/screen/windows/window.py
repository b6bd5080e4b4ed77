"""A window: the messages of one room, or with one person."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING

from chatsvc.client.screen.windows.company import Company
from chatsvc.terminal.editing.draft import Draft
from chatsvc.terminal.picture.scrollback import Scrollback

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from chatsvc.terminal.picture.message import Message
    from chatsvc.terminal.styles import Segment

MOST_RECENT = 50  # names of those who spoke last


class Window:
    """The messages of one room or conversation.

    name: of the room, or of the person after an @.
    live: the messages up to now.
    past: earlier messages, with a gap to the live ones; None if they are not being read.
    people: the people there.
    topic: of the room; empty for none.
    recent: the people who have spoken, latest last.
    lacks_past: whether earlier messages are still to be read, once the window is looked at.
    presence: which comings and goings are shown; empty for those of the settings.
    unread: the number of messages since it was the current window, unless it is muted.
    mentions: the number of those that are mentions or direct messages.
    was_unread: the number of unread messages when it last became the current window.
    lost: why nothing can be said here, and how to change that; empty if it can.
    doubt: why a message here might reach somebody else than before; empty if it cannot.
    account: the name of the person's account; empty for none, and if unknown.
    looked_at: which look at a window was the last one here, by its number; 0 for none.
    draft: the line typed here, while another window is current.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.live = Scrollback()
        self.past: Scrollback | None = None
        self.people = Company()
        self.topic = ""
        self.recent: deque[str] = deque(maxlen=MOST_RECENT)
        self._spoke: dict[str, datetime] = {}  # when those have last spoken
        self.lacks_past = False
        self.presence = ""
        self.unread = self.was_unread = 0
        self.mentions = 0
        self.lost = ""
        self.doubt = ""
        self.account = ""
        self.looked_at = 0
        self.draft = Draft()
        self._is_marked = False  # whether a line stands above the first unread message

    @property
    def is_room(self) -> bool:
        """Whether it is a room's window."""
        return self.name.startswith("#")

    @property
    def person(self) -> str:
        """The person of the conversation; empty for a room."""
        return "" if self.is_room else self.name[1:]

    @property
    def scrollback(self) -> Scrollback:
        """The messages that are shown: the live ones, unless the past is read."""
        return self.live if self.past is None else self.past

    def show(
        self,
        line: Sequence[Segment],
        at: datetime | None,
        number: int | None = None,
        is_mention: bool = False,
    ) -> None:
        """Show a line, whose last segment is the text.

        number: the message's id, to find it again; None for other lines.
        is_mention: whether it is for the reader.
        """
        day = at.date() if at is not None else None
        self.live.show(line, number, is_mention, day, len(line) - 1)

    def show_missed(self, messages: Sequence[Message]) -> None:
        """Show earlier messages before those that have come since, and mark them as new."""
        known = set(self.live.keys)
        first = min(known, default=inf)
        new = [each for each in messages if each.key not in known]
        self.live.precede([each for each in new if each.key is not None and each.key < first])
        for each in new:
            if each.key is not None and each.key > first:
                self.live.show(*each)
        self.live.mark("new", messages[0].key)
        self._is_marked = True

    def replace(self, number: int, change: Callable[[Sequence[Segment]], list[Segment]]) -> None:
        """Change the message with an id, wherever it is shown."""
        self.live.replace(number, change)
        if self.past is not None:
            self.past.replace(number, change)

    def follow(self) -> None:
        """Show the newest message, and those that come."""
        self.past = None
        self.live.follow()

    @property
    def news(self) -> str:
        """The numbers of unread messages, such as !2 +7; empty for none."""
        others = self.unread - self.mentions
        signs = ("!", self.mentions), ("+", others)
        return " ".join([f"{sign}{number}" for sign, number in signs if number])

    def note_unread(self, is_urgent: bool, is_muted: bool = False) -> None:
        """Count an unread message, which is about to be shown; one of a muted window is not."""
        if not self._is_marked:
            self.live.mark("new")
            self._is_marked = True
        if not is_muted:
            self.unread += 1
            self.mentions += is_urgent

    def unmark(self) -> None:
        """Show no line above what was new."""
        self.live.mark("")
        self._is_marked = False

    def look(self) -> None:
        """Mark everything as read."""
        self.was_unread, self.unread = self.unread, 0
        self.mentions = 0

    def heard(self, name: str, at: datetime | None = None) -> None:
        """Note that somebody has spoken here."""
        if name in self.recent:
            self.recent.remove(name)
        self.recent.append(name)
        if at is not None:
            self._spoke = {each: self._spoke[each] for each in self.recent if each in self._spoke}
            self._spoke[name] = at

    def has_spoken(self, name: str, at: datetime | None, within: timedelta) -> bool:
        """Whether somebody has spoken here no longer before a time."""
        spoke = self._spoke.get(name)
        return spoke is not None and at is not None and at - spoke <= within

    def rename(self, name: str, new: str) -> None:
        """Rename a person."""
        self.people.rename(name, new)
        if name in self.recent:
            self.recent[self.recent.index(name)] = new
        if name in self._spoke:
            self._spoke[new] = self._spoke.pop(name)
