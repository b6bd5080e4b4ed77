"""The lobby's backlog: its text is shared by a crowd of newcomers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.clock import Clock
    from chatsvc.events.event import Event

KEPT_FOR = 1.0  # seconds; the times that it shows have none


class Backlog:
    """The backlog of one room. Its text is made once for all newcomers within a second."""

    def __init__(self, clock: Clock, room: NamedRoom) -> None:
        self._clock = clock
        self._room = room
        self._recent: list[Entry] = []  # the messages of the last backlog
        self._made_at = 0.0
        self._shown: list[tuple[Event, bytes]] = []  # its events, with their lines

    def replies(self, last_id: int) -> Sequence[Entry]:
        """The backlog up to an id, as replies that follow the event with that id."""
        now = self._clock.now()
        recent = [entry for entry in self._room.recent if entry.id <= last_id]
        if recent != self._recent or not 0 <= now - self._made_at < KEPT_FOR:
            self._recent, self._made_at = recent, now
            events = self._room.backlog(last_id, now)
            self._shown = [(event, str(event).encode()) for event in events]
        return [Entry(last_id, None, now, event, line) for event, line in self._shown]
