"""Backlogs: the last messages of a room, for people who join; each is worded once for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry
from chatsvc.events.answers import Notice
from chatsvc.events.speech import Recalled

if TYPE_CHECKING:
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.clock import Clock
    from chatsvc.events.event import Event

KEPT_FOR = 1.0  # seconds; the times shown have only minutes
MOST_KEPT = 500  # messages of all rooms
_new = tuple.__new__


class Backlogs:
    """The backlogs of all rooms. A message is worded once for all who join within a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made_at = 0.0
        # By the ids of messages: each as it was then, its event for the backlog, and its line.
        self._shown: dict[int, tuple[Entry, Event, bytes]] = {}

    def replies(self, room: NamedRoom, last_id: int) -> list[Entry]:
        """The last messages of a room up to an id, as replies after the event with that id."""
        recent = [entry for entry in room.recent if entry.id <= last_id]
        if not recent:
            return []
        now = self._clock.now()
        if not 0 <= now - self._made_at < KEPT_FOR or len(self._shown) > MOST_KEPT:
            self._shown.clear()
            self._made_at = now
        first = Notice(f"Said last in {room.name}:", room.name)
        last = Notice("From here on it is new.", room.name)
        return [
            Entry.reply(last_id, now, first),
            *[self._reply(entry, last_id, now) for entry in recent],
            Entry.reply(last_id, now, last),
        ]

    def _reply(self, entry: Entry, last_id: int, now: float) -> Entry:
        shown = self._shown.get(entry.id)
        if shown is None or shown[0] is not entry:  # it was changed since
            event = Recalled(entry.id, entry.at, entry.event, now)
            shown = self._shown[entry.id] = entry, event, str(event).encode()
        # Each newcomer is told twenty of these, and Entry(...) takes twice the time.
        return _new(Entry, (last_id, None, now, shown[1], shown[2], ""))
