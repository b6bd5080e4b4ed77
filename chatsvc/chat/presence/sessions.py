"""All sessions, and their limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Protocol

from chatsvc.chat.people.user import Session
from chatsvc.errors import Crowded, Full

if TYPE_CHECKING:
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.logs.room import Reader
    from chatsvc.journal import Journal

FEW_BESIDE = 20  # connections without a session that count for nothing: a full server has a page


class Beside(Protocol):
    """Connections of one kind that have no session; each takes a file descriptor all the same."""

    def __len__(self) -> int: ...

    def give_way(self) -> bool:
        """Cut one off that can be spared; returns whether there was one."""


class Sessions(Collection[Session]):
    """All sessions, even those that have left and still read.

    limits: say how many there may be, in all and from one address.
    beside: connections without a session; beyond a few, they count, too, and give way to sessions.
    """

    def __init__(self, journal: Journal, limits: Limits) -> None:
        self.beside: list[Beside] = []
        self._journal = journal
        self._limits = limits
        self._all: dict[Session, None] = {}  # a set of thousands takes twice the memory
        self._by_address: Counter[str | None] = Counter()  # their number, by address
        self._numbers: dict[Session, int] = {}  # of the sessions whose number was asked for
        self._last_number = 0

    def __contains__(self, session: object) -> bool:
        return session in self._all

    def __iter__(self) -> Iterator[Session]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def most(self) -> int:
        """The most sessions."""
        return self._limits.users

    def check_space(self, address: str | None, *instead_of: Session | None) -> None:
        """Check that there is space for one more from an address. Raises Full or Crowded.

        instead_of: sessions that the new one replaces.
        """
        places = self.most - len(self._all)
        here = self._by_address[address]
        for each in instead_of:
            if each is not None and each in self._all:
                places += 1
                here -= each.address == address
        if places <= 0 or (places <= self._taken_beside and not self.give_way()):
            self._journal.write("full", address)
            raise Full
        if address is not None and here >= self._limits.per_address:
            self._journal.write("crowded", address)
            raise Crowded

    @property
    def _taken_beside(self) -> int:
        """The number of places taken by connections without a session."""
        taken = -FEW_BESIDE
        for each in self.beside:
            taken += len(each)
        return max(taken, 0)

    @property
    def is_overfull(self) -> bool:
        """Whether there are more connections, with sessions and without, than there may be."""
        return len(self._all) + self._taken_beside > self.most

    def give_way(self) -> bool:
        """Cut off a spare connection without a session; returns whether there was one."""
        return any(each.give_way() for each in self.beside)

    def note_stalled(self, reader: Reader) -> None:
        """Log that a session is given up, as it does not read."""
        if isinstance(reader, Session):
            kilobytes = reader.reply_bytes // 1024
            name = reader.user.name
            self._journal.write("stalled", reader.address, name=name, kilobytes=kilobytes)

    def number_of(self, session: Session) -> int:
        """The number of a session, which it gets when first asked for."""
        if session not in self._numbers:
            self._last_number += 1
            self._numbers[session] = self._last_number
        return self._numbers[session]

    def add(self, session: Session) -> None:
        """Add a session."""
        self._all[session] = None
        self._by_address[session.address] += 1

    def remove(self, session: Session) -> None:
        """Remove a session whose connection is closed."""
        del self._all[session]
        self._numbers.pop(session, None)
        address = session.address
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
