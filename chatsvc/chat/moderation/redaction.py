"""Redaction: a note takes the place of a removed message."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry
from chatsvc.clock import ahead
from chatsvc.errors import SHOWN, ChatError
from chatsvc.events import orders, speech
from chatsvc.store import StoreError
from chatsvc.text import numbers

if TYPE_CHECKING:
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.history.recall import Recall
    from chatsvc.chat.moderation.act import Act
    from chatsvc.chat.moderation.acts import Acts
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.moderation.targets import Target, Targets
    from chatsvc.chat.moderation.telling import Telling
    from chatsvc.chat.people.user import Session
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.clock import Clock

MOST_UNFINISHED = 100  # redactions that a killed server may have left unfinished
_KEY = "entry "  # begins the key of such an act, before the id of the message


@dataclass(eq=False)
class Redaction:
    """Removes messages."""

    _clock: Clock
    _delivery: Delivery
    _rooms: Rooms
    _recall: Recall
    _acts: Acts
    _standing: Standing
    _targets: Targets
    _telling: Telling

    async def open(self) -> None:
        """Finish redactions that were noted, but not done or announced when the server was killed.

        Raises StoreError.
        """
        for act in self._acts.newest("redact", MOST_UNFINISHED):
            room = self._rooms.by_key(act.room_key)
            said = await self._recall.find(int(act.keys[0].removeprefix(_KEY)))
            if room is None:
                continue
            if said is not None and said.kind != speech.Redacted.__name__:
                await self._recall.redact(said, room, f"{act.actor}{act.why}")
            if not act.event_id:
                self._delivery.append(room, _event(room, act))
                await self._acts.note_told(act, self._delivery.last_id)

    async def redact(self, session: Session, number: str, reason: str) -> None:
        """Remove the message with an id, and leave a note that says who removed it.

        If it raises ChatError or StoreError, nothing is removed.
        """
        entry_id = numbers.number(number)
        said = await self._recall.find(entry_id) if entry_id is not None else None
        room = self._rooms.by_key(said.room) if said is not None else None
        nothing = f'Nothing that you could remove has the number "{number[:SHOWN]}". See /history.'
        if said is None or room is None or not self._rooms.is_in(room, session.user):
            raise ChatError(nothing)
        user = session.user
        rank = self._standing.check(room, user, "redact")
        if reason:
            self._standing.check_voice(room, user)
        author: Target | None = None
        with suppress(ChatError):  # the author may be unknown by now
            author = self._targets.author(said.speaker)
        if author is not None and author.user is not user:
            role = self._standing.role_of_target(room, author)
            self._standing.check_rank(room, rank, "redact", author.name, role)
        if said.kind == speech.Redacted.__name__:
            raise ChatError(f"That was removed already, by {said.text}.")
        act = await self._acts.add(
            "redact", room.key, user.name, rank,
            f"line {said.id} of {said.speaker}", (f"{_KEY}{said.id}",), reason, 0.0,
        )  # fmt: skip
        try:
            await self._recall.redact(said, room, f"{user.name}{act.why}")
        except StoreError:
            await self._acts.fail(act)
            raise
        self._delivery.append(room, _event(room, act))
        event_id = self._delivery.last_id
        if author is not None and author.user is not user:
            self._telling.tell_target(room, author, act, user)
        await self._acts.note_told(act, event_id)

    def missed(self, room: NamedRoom, entry_id: int) -> list[Entry]:
        """The removals, after an id, of messages up to it, as far as memory lacks them."""
        found = []
        for act in self._acts.of(room.key):
            if act.kind != "redact" or act.undone_by or act.event_id <= entry_id:
                continue
            event = _event(room, act)
            if event.entry <= entry_id and self._delivery.is_forgotten(room, act.event_id):
                at = act.at + ahead(self._clock)
                found.append(Entry(act.event_id, room.log, at, event, str(event).encode()))
        return found


def _event(room: NamedRoom, act: Act) -> orders.Redaction:
    """The event that tells a room of an act."""
    _, number, _, speaker = act.name.split(" ", 3)
    facts = (room.name, speaker, act.actor, act.id, "", "", act.reason, int(number))
    return orders.Redaction(*facts)
