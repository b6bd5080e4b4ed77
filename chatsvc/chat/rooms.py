"""Rooms: a log and those who read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.errors import ChatError
from chatsvc.chat.log import Log

if TYPE_CHECKING:
    from chatsvc.chat.sessions import Session
    from chatsvc.chat.users import User

MOST_PAIRS = 100  # rooms of two that one person can be in while there is something unread in each


class Room:
    """What is said here is appended to the log; each session reads it from its own cursor.

    readers: the position up to which each session in the room has read.
    pair: the two who speak to each other in it; None for a room that is open to others.
    """

    __slots__ = ("log", "pair", "readers")

    def __init__(self, pair: frozenset[User] | None = None) -> None:
        self.log = Log()
        self.pair = pair
        self.readers: dict[Session, int] = {}

    def admit(self, user: User) -> None:
        """Let somebody in, who reads what comes from now on."""
        user.rooms += (self,)
        self.readers[user.session] = self.log.head

    def is_read(self) -> bool:
        """Whether everybody in the room has read everything."""
        head = self.log.head
        return all(position == head for position in self.readers.values())


class Pairs:
    """The rooms of two in which direct messages are said.

    Such a room is needed only while one of the two has not read it; the others are cleared away
    when somebody is in many, or leaves. Users are told apart as objects, not by name: nobody
    inherits a room with somebody else's name.
    """

    def __init__(self) -> None:
        self._rooms: dict[frozenset[User], Room] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    def between(self, speaker: User, other: User) -> Room:
        """The room of two people, who may be the same; made when there is none.

        Raises ChatError when one of them has too much unread.
        """
        pair = frozenset((speaker, other))
        room = self._rooms.get(pair)
        if room is None:
            for user in (speaker, other):
                if len(user.rooms) > MOST_PAIRS:
                    self.clear(user)
                if len(user.rooms) > MOST_PAIRS:
                    raise ChatError(
                        f"Too many direct messages to and from {user.name} wait to be read."
                    )
            room = self._rooms[pair] = Room(pair)
            for user in pair:
                room.admit(user)
        return room

    def clear(self, user: User) -> None:
        """Take away the rooms of two that somebody is in and that are read."""
        for room in user.rooms:
            if room.pair is not None and room.is_read():
                del self._rooms[room.pair]
                for each in room.pair:
                    each.rooms = tuple([kept for kept in each.rooms if kept is not room])
