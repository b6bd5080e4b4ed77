"""Rooms: a log and those who read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.errors import ChatError
from chatsvc.chat.log import Log

if TYPE_CHECKING:
    from chatsvc.chat.sessions import Session
    from chatsvc.chat.users import User

FEW_PAIRS = 100
MOST_PAIRS = 10_000


class Room:
    """What is said here is appended to the log; each session reads it from its own cursor.

    readers: the position up to which each session in the room has read.
    """

    __slots__ = ("log", "readers")

    def __init__(self) -> None:
        self.log = Log()
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

    Such a room is needed only while one of the two has not read it, so the others are cleared
    away whenever there are twice as many as the last clearing left. Users are told apart as
    objects, not by name: nobody inherits a room with somebody else's name.
    """

    def __init__(self, most: int = MOST_PAIRS) -> None:
        self._most = most
        self._rooms: dict[frozenset[User], Room] = {}
        self._clear_at = FEW_PAIRS

    def __len__(self) -> int:
        return len(self._rooms)

    def between(self, one: User, other: User) -> Room:
        """The room of two people, who may be the same; made when there is none.

        Raises ChatError when too many such rooms wait to be read.
        """
        pair = frozenset((one, other))
        room = self._rooms.get(pair)
        if room is None:
            if len(self._rooms) >= self._clear_at:
                self._clear()
            if len(self._rooms) >= self._most:
                raise ChatError("Too many direct messages wait to be read. Try again later.")
            room = self._rooms[pair] = Room()
            for user in pair:
                room.admit(user)
        return room

    def _clear(self) -> None:
        for pair, room in list(self._rooms.items()):
            if room.is_read():
                del self._rooms[pair]
                for user in pair:
                    user.rooms = tuple(kept for kept in user.rooms if kept is not room)
        self._clear_at = min(self._most, max(FEW_PAIRS, 2 * len(self._rooms)))
