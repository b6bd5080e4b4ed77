"""Allowances: how many of something one person may have, where all may have so many together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

SHARES = 50  # of those that are left, of which one person can have one
ADDRESSES = 10  # shares of all, of which the guests from one address can have one


class Allowance(NamedTuple):
    """How many of something people may have.

    most: of one person.
    least: of one person in any case.
    of_all: of all together. When these are had, each may still have the least.
    """

    most: int
    least: int
    of_all: int

    def of(
        self, own: Sized, address: str | None, everybody: Iterable[tuple[str | None, Sized]]
    ) -> int:
        """How many one may have at the moment.

        own: what that one has.
        address: of a guest; None for accounts, and if it is not known.
        everybody: what each has, that one included, with the address; it takes a millisecond or
            two to count them, which is done only where need be.
        """
        if len(own) < self.least:
            return self.most
        had = had_there = 0
        for where, theirs in everybody:
            had += len(theirs)
            if where is not None and where == address:
                had_there += len(theirs)
        left = (self.of_all - had) // SHARES
        return max(self.least, min(self.most, left, self.of_all // ADDRESSES - had_there))
