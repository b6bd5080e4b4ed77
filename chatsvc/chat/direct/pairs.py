"""Rooms of two, in which direct messages are said."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from chatsvc.chat.delivery.room import Room
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.people.user import User

MOST_PAIRS = 100  # rooms of two that one person can be in while there is something unread in each
MOST_OF_ADDRESS = 2000  # that people from one address have made; each takes a kilobyte
MOST_OF_ALL = 50_000
SWEPT = 100  # of which it is seen, where there are too many, whether they are read


class Pair(Room):
    """A room of two people, who may be the same; nobody else ever reads it.

    people: the two.
    address: from which who spoke first came.
    awaited: how much was said that is not committed.
    """

    __slots__ = ("address", "awaited", "people")

    def __init__(self, people: frozenset[User], address: str | None = None) -> None:
        super().__init__(key=None)
        self.people = people
        self.address = address
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
        # By the address of who spoke first in each.
        self._by_address: dict[str, dict[frozenset[User], Pair]] = {}
        self._of: dict[User, tuple[Pair, ...]] = {}

    def __len__(self) -> int:
        return len(self._pairs)

    def of(self, user: User) -> tuple[Pair, ...]:
        """The rooms of two that somebody is in."""
        return self._of.get(user, ())

    def between(self, speaker: User, other: User) -> Pair:
        """The room of two people, who may be the same; made when there is none.

        Raises ChatError when one of them has too much unread.
        """
        people = frozenset((speaker, other))
        pair = self._pairs.get(people)
        if pair is None:
            for user in (speaker, other):
                if len(self.of(user)) >= MOST_PAIRS:
                    self.clear(user)
                if len(self.of(user)) >= MOST_PAIRS:
                    self._clear([pair for pair in self.of(user) if pair.is_read()])
                if len(self.of(user)) >= MOST_PAIRS:
                    raise ChatError(
                        f"Too many direct messages to and from {user.name} wait to be read."
                    )
            self._check_space(speaker)
            pair = self._pairs[people] = Pair(people, speaker.address)
            if speaker.address is not None:
                self._by_address.setdefault(speaker.address, {})[people] = pair
            for user in people:
                self._of[user] = (*self.of(user), pair)
                for session in user.sessions:
                    pair.admit(session)
        return pair

    def _check_space(self, speaker: User) -> None:
        """See whether there is room for one more that somebody makes. Raises ChatError."""
        of_address = self._by_address.get(speaker.address or "", {})
        for pairs, most, where in (
            (of_address, MOST_OF_ADDRESS, "from your address"),
            (self._pairs, MOST_OF_ALL, "on this server"),
        ):
            if len(pairs) >= most:
                for people in list(islice(pairs, SWEPT)):
                    pair = pairs[people]
                    if pair.is_read():
                        self._clear([pair])
                    else:
                        pairs[people] = pairs.pop(people)  # the next time, others are looked at
            if len(pairs) >= most:
                raise ChatError(f"Too many direct messages {where} wait to be read.")

    def admit_all(self, user: User) -> None:
        """Let all of somebody's sessions read what is said to this person from now on."""
        for pair in self.of(user):
            for session in user.sessions:
                if session not in pair.readers:
                    pair.admit(session)

    def clear(self, user: User) -> None:
        """Take away the rooms of two that somebody is in and that are read."""
        self._clear([pair for pair in self.of(user) if pair.is_read() and pair.is_seen()])

    def _clear(self, pairs: Sequence[Pair]) -> None:
        for pair in pairs:
            del self._pairs[pair.people]
            of_address = self._by_address.get(pair.address or "", {})
            of_address.pop(pair.people, None)
            if pair.address is not None and not of_address:
                self._by_address.pop(pair.address, None)
            for each in pair.people:
                left = tuple([other for other in self.of(each) if other is not pair])
                if left:
                    self._of[each] = left
                else:
                    del self._of[each]
            for session in list(pair.readers):
                pair.release(session)
