"""Rooms of two, in which direct messages are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.delivery.room import Room
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.people.user import User

MOST_PAIRS = 100  # rooms of two that one person can be in while there is something unread in each


class Pair(Room):
    """A room of two people, who may be the same; nobody else ever reads it.

    people: the two.
    awaited: how much was said that is not committed.
    """

    __slots__ = ("awaited", "people")

    def __init__(self, people: frozenset[User]) -> None:
        super().__init__(key=None)
        self.people = people
        self.awaited = 0

    def is_read(self) -> bool:
        """Whether both have been given everything."""
        head = self.log.head
        return not self.awaited and all(each == head for each in self.readers.values())

    def is_seen(self) -> bool:
        """Whether nobody of the two could ask for it again on another connection."""
        last_id = self.log.last_id
        return all(user.seen.get(key, 0) >= last_id for user in self.people for key in user.tokens)


class Pairs:
    """The rooms of two that there are.

    Such a room is needed only while one of the two has not read it; the others are cleared away
    when somebody has many, or leaves. Users are told apart as objects, not by name: nobody
    inherits a room with somebody else's name.
    """

    def __init__(self) -> None:
        self._pairs: dict[frozenset[User], Pair] = {}

    def __len__(self) -> int:
        return len(self._pairs)

    def between(self, speaker: User, other: User) -> Pair:
        """The room of two people, who may be the same; made when there is none.

        Raises ChatError when one of them has too much unread.
        """
        people = frozenset((speaker, other))
        pair = self._pairs.get(people)
        if pair is None:
            for user in (speaker, other):
                if len(user.pairs) >= MOST_PAIRS:
                    self.clear(user)
                if len(user.pairs) >= MOST_PAIRS:
                    self._clear([pair for pair in user.pairs if pair.is_read()])
                if len(user.pairs) >= MOST_PAIRS:
                    raise ChatError(
                        f"Too many direct messages to and from {user.name} wait to be read."
                    )
            pair = self._pairs[people] = Pair(people)
            for user in people:
                user.pairs += (pair,)
                for session in user.sessions:
                    pair.admit(session)
        return pair

    def admit_all(self, user: User) -> None:
        """Let all of somebody's sessions read what is said to this person from now on."""
        for pair in user.pairs:
            for session in user.sessions:
                if session not in pair.readers:
                    pair.admit(session)

    def clear(self, user: User) -> None:
        """Take away the rooms of two that somebody is in and that are read."""
        self._clear([pair for pair in user.pairs if pair.is_read() and pair.is_seen()])

    def _clear(self, pairs: Sequence[Pair]) -> None:
        for pair in pairs:
            del self._pairs[pair.people]
            for each in pair.people:
                each.pairs = tuple([other for other in each.pairs if other is not pair])
            for session in list(pair.readers):
                pair.release(session)
