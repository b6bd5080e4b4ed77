"""Knocking: asking the moderators of a room for an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.accounts.attempts import Attempts
from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.people.keys import keys_of
from chatsvc.chat.rooms.roles import Role
from chatsvc.errors import ChatError, NoSuchRoom
from chatsvc.events.answers import Knocked

if TYPE_CHECKING:
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.presence.notices import Notices
    from chatsvc.chat.rooms.joining import Joining
    from chatsvc.chat.rooms.order import Order
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.clock import Clock

TEXT_LENGTH = 200  # characters
AGAIN_AFTER = 300.0  # seconds between two knocks of one person, or address, at a room
MOST_AT_ONCE = 5  # knocks at one room
ONE_EACH = 60.0  # seconds between knocks at one room, in the long run


class Open(ChatError):
    """The room can be joined, so that there is no need to knock."""


class TooSoon(ChatError):
    """There were too many knocks."""


class Knocking:
    """Passes a request for an invitation on to the owner and moderators of a room."""

    def __init__(
        self, clock: Clock, notices: Notices, rooms: Rooms, order: Order, joining: Joining
    ) -> None:
        self._notices = notices
        self._rooms = rooms
        self._order = order
        self._joining = joining
        self._of_people = Attempts(clock, 1, 1 / AGAIN_AFTER)
        self._at_rooms = Attempts(clock, MOST_AT_ONCE, 1 / ONE_EACH)

    def knock(self, name: str, session: Session, text: str) -> None:
        """Ask to be invited to a room. Raises Open, TooSoon and other kinds of ChatError."""
        user = session.user
        room = self._rooms.get(name)
        if room is None:
            raise NoSuchRoom(name)
        if len(text) > TEXT_LENGTH:
            raise ChatError(f"That is longer than {TEXT_LENGTH} characters.")
        if self._rooms.is_in(room, user):
            raise Open(f"You are in {room.name}.")
        self._order.check_ban(room, user)
        self._order.check_mute(room, user)
        try:
            self._joining.check_invited(room, user, "")
        except ChatError:
            pass
        else:
            raise Open(f"You can join {room.name}: /join {room.name}")
        hosts = [
            each for each in room.occupants if self._order.role_of(room, each) >= Role.MODERATOR
        ]
        if not hosts:
            raise ChatError(f"Nobody who could invite you is in {room.name} now.")
        self._count(room, user)
        why = f' ("{text}")' if text else ""
        request = f"{user.name} asks to be invited{why}: /invite {user.name} {room.name}"
        knocked = Knocked(request, "", user.name, room.name, text)
        for host in hosts:
            if not ignores(host, user):
                self._notices.send(host, knocked)
        session.tell(f"You have knocked at {room.name}.")

    def _count(self, room: NamedRoom, user: User) -> None:
        """Count a knock. Raises TooSoon."""
        people = [f"{room.key} {key}" for key in keys_of(user)]
        try:
            self._of_people.take(*people)
            try:
                self._at_rooms.take(room.key)
            except ChatError:
                self._of_people.give_back(*people)
                raise
        except ChatError as error:
            raise TooSoon(str(error)) from None
