"""Nonces: a message with a nonce is said only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.user import Session
from chatsvc.events.speech import SaidAlready, Spoken

if TYPE_CHECKING:
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.history.recall import Recall
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.logs.room import Reader, Room
    from chatsvc.events.event import Event


class Nonces:
    """Finds people's messages by their nonces."""

    def __init__(self, delivery: Delivery, recall: Recall) -> None:
        self._delivery = delivery
        self._recall = recall

    def repeat(self, session: Session, nonce: str) -> bool:
        """Tell a session the earlier message with this nonce, and return whether there is one."""
        found = session.user.nonces.get(hash(nonce))
        if found is None:
            return False
        room, entry_id = found
        if entry_id <= self._delivery.done_id:  # else it is told when it is committed
            session.nonce = nonce
            entry = room.log.find(entry_id)
            if entry is not None:
                self._tell(session, entry)
            elif room.key is not None:  # memory has forgotten it
                session.wait_for(self._look_up(session, room, entry_id))
        return True

    def forget(self, reader: Reader, event: Event) -> None:
        """Forget the nonce of a message that could not be stored, so that it can be said again."""
        if isinstance(reader, Session) and isinstance(event, Spoken):
            reader.user.nonces.pop(hash(event.nonce), None)

    async def _look_up(self, session: Session, room: Room, entry_id: int) -> None:
        entry = await self._recall.entry(room, entry_id)
        if entry is not None:
            self._tell(session, entry)

    def _tell(self, session: Session, entry: Entry) -> None:
        session.take_nonce()
        self._delivery.tell(session, SaidAlready(entry.id, entry.at, entry.event, entry.at))
