"""Speaking in rooms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatsvc.chat.rooms.room import ACCOUNTS_ONLY

if TYPE_CHECKING:
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.rooms.order import Order
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Spawn
    from chatsvc.events.speech import Acted, Reacted, Said


@dataclass(eq=False)
class Speaking:
    """Sends messages to rooms."""

    _spawn: Spawn
    _delivery: Delivery
    _rooms: Rooms
    _order: Order
    _settings: Settings

    def check(self, room: NamedRoom, user: User) -> None:
        """Check that somebody's words may go to a room. Raises ChatError."""
        if room.is_restricted or self._rooms.is_restricted or ACCOUNTS_ONLY in room.flags:
            self._order.check_voice(room, user)

    def remember(self, room: NamedRoom) -> None:
        """Note that a room has history, so that it is kept for a while when it is empty."""
        if not room.has_history:
            room.has_history = True  # at once: the last occupant may leave before it is stored
            if not (self._settings.is_kept(room) or room is self._rooms.lobby):
                # Before the message: a start deletes the messages of rooms without a record.
                self._spawn(self._settings.try_to_keep(room))

    def say(
        self,
        room: NamedRoom,
        session: Session,
        kind: type[Said | Acted | Reacted],
        text: str,
        reply_to: int = 0,
    ) -> None:
        """Say something in a room that the speaker is in. Raises ChatError if muted there.

        reply_to: the id of the message that it answers, or reacts to; 0 for none.
        """
        user = session.user
        self.check(room, user)
        nonce = session.nonce and session.take_nonce()
        if not room.has_history:
            self.remember(room)
        said = kind(user.name, text, room.name, nonce, user.account_name)
        if reply_to:
            said = replace(said, reply_to=reply_to)
        self._delivery.append(room, said, session)
        if nonce:
            user.note_nonce(nonce, room, self._delivery.last_id)
