"""Nonces: a message with a nonce is said only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.user import Session
from chatsvc.events.speech import SaidAlready, Spoken

if TYPE_CHECKING:
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.conversations import Conversations
    from chatsvc.chat.history.recall import Recall
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.logs.room import Reader, Room
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.events.event import Event


class Nonces:
    """Finds people's messages by their nonces."""

    def __init__(
        self, delivery: Delivery, recall: Recall, rooms: Rooms, conversations: Conversations
    ) -> None:
        self._delivery = delivery
        self._recall = recall
        self._rooms = rooms
        self._conversations = conversations

    def repeat(self, session: Session, nonce: str) -> bool:
        """Tell a session the earlier message with this nonce, and return whether there is one."""
        found = session.user.nonces.find(nonce)
        if found is None:
            return False
        place, entry_id = found
        if entry_id > self._delivery.done_id:
            return True  # it is told when it is committed
        session.nonce = nonce
        room = self._room(session.user, place) if isinstance(place, str) else place()
        entry = room.log.find(entry_id) if room is not None else None
        if entry is not None:
            self._tell(session, entry)
        elif room is not None and room.key is not None:  # memory has forgotten it
            session.wait_for(self._look_up(session, room, entry_id))
        return True

    def forget(self, reader: Reader, event: Event) -> None:
        """Forget the nonce of a message that could not be stored, so that it can be said again."""
        if isinstance(reader, Session) and isinstance(event, Spoken):
            reader.user.nonces.forget(event.nonce)

    def _room(self, user: User, key: str) -> Room | None:
        return self._rooms.by_key(key) or self._conversations.remembered(user, key)

    async def _look_up(self, session: Session, room: Room, entry_id: int) -> None:
        entry = await self._recall.entry(room, entry_id)
        if entry is not None:
            self._tell(session, entry)

    def _tell(self, session: Session, entry: Entry) -> None:
        session.take_nonce()
        self._delivery.tell(session, SaidAlready(entry.id, entry.at, entry.event, entry.at))
