"""The people in a room, as far as known: names, roles, and who is away."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatsvc.events.people import Listed

MOST_PEOPLE = 10_000  # known names of one room


class Rank(IntEnum):
    """Where the list of people has somebody: those who keep order stand first."""

    OPERATOR = 0
    OWNER = 1
    MODERATOR = 2
    OTHER = 3


class Company:
    """The people in a room.

    more: the number of those whose names are unknown.
    changes: the number of changes so far, for caches of the names.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}  # by folded name
        self._ranks: dict[str, Rank] = {}  # likewise; of others, there are none
        self._away: set[str] = set()  # folded names
        self.more = 0
        self.changes = 0

    def __len__(self) -> int:
        return len(self._names) + self.more

    def __contains__(self, name: str) -> bool:
        return folded(name) in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def as_written(self, name: str) -> str:
        """A name as its owner writes it, if that is known."""
        return self._names.get(folded(name), name)

    def set(self, names: Iterable[str], more: int = 0) -> None:
        """Set the people who are here."""
        self.changes += 1
        self._names = {folded(name): name for name in [*names][:MOST_PEOPLE]}
        self._ranks, self._away = {}, set()
        self.more = more

    def hear(self, listed: Listed) -> None:
        """Set the people, their roles and who is away."""
        self.set(listed.names, listed.more)
        ranks = (Rank.MODERATOR, listed.moderators), (Rank.OWNER, listed.owners)
        for rank, names in (*ranks, (Rank.OPERATOR, listed.operators)):
            self._ranks |= {folded(name): rank for name in names if name in self}
        self._away = {folded(name) for name in listed.away if name in self}

    def add(self, name: str) -> None:
        """Add a person."""
        self.changes += 1
        if len(self._names) < MOST_PEOPLE:
            self._names[folded(name)] = name
        else:
            self.more += 1

    def remove(self, name: str) -> None:
        """Remove a person, who may be one of those whose names are unknown."""
        self.changes += 1
        look = folded(name)
        if self._names.pop(look, None) is None:
            self.more = max(self.more - 1, 0)
        self._ranks.pop(look, None)
        self._away.discard(look)

    def rename(self, name: str, new: str) -> None:
        """Rename a person, if that person is known to be here."""
        if name not in self:
            return
        rank, is_away = self.rank(name), self.is_away(name)
        self.remove(name)
        self.add(new)
        if rank is not Rank.OTHER:
            self._ranks[folded(new)] = rank
        if is_away:
            self._away.add(folded(new))

    def rank(self, name: str) -> Rank:
        """The rank of a person."""
        return self._ranks.get(folded(name), Rank.OTHER)

    def is_away(self, name: str) -> bool:
        """Whether a person was away when the people were listed."""
        return folded(name) in self._away

    def in_order(self) -> list[str]:
        """All names: those who keep order first, then by the alphabet."""
        return sorted(self, key=lambda name: (self.rank(name), folded(name)))
