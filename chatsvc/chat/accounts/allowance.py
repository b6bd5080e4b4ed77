"""Allowances: how many things of a kind one person may have, where all people share a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

ADDRESSES = 10  # the guests from one address may have one in 10 of all
ONE_IN = 25  # one account or address may have one in 25 of what is left, by `share`
ONE_IN_OF_ALL_THERE = 4  # all accounts and guests from one address together


def share(left: int, most: int, least: int = 1) -> int:
    """How many things of a kind one account or address may have: the fewer are left, the fewer."""
    return max(least, min(most, left // ONE_IN))


class Allowance(NamedTuple):
    """How many things of a kind people may have.

    most: for one person.
    least: for one person, even when `of_all` is reached.
    of_all: for all people together.
    """

    most: int
    least: int
    of_all: int

    def of(
        self,
        own: Sized,
        address: str | None,
        accounts: Iterable[Sized],
        guests: Iterable[tuple[str | None, Sized]],
    ) -> int:
        """How many one person may have at the moment.

        own: the things that the person has.
        address: of a guest; None for accounts, and if unknown.
        accounts: the things of each account.
        guests: the address and the things of each guest, but for those who have none. Both are
            counted, which takes a millisecond or two, only if need be.
        """
        if len(own) < self.least:
            return self.most
        used, used_there = sum(map(len, accounts)), 0
        for where, theirs in guests:
            used += len(theirs)
            if where is not None and where == address:
                used_there += len(theirs)
        left_there = self.of_all // ADDRESSES - used_there
        return max(self.least, min(share(self.of_all - used, self.most), left_there))
