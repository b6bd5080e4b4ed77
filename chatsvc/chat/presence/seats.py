"""Seats: the bound on guests in the grace period, who may come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatsvc.chat.people.user import User

MOST_SEATS = 10_000
MOST_SEATS_OF_ADDRESS = 1000  # of these


class Seats:
    """The guests with a seat; of the address with the most, the one gone longest loses it first.

    most: the number of seats.
    """

    def __init__(self, most: int) -> None:
        self._most = min(most, MOST_SEATS)
        self._all: dict[User, None] = {}
        self._by_address: dict[str, dict[User, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def has_room(self, address: str | None) -> bool:
        """Whether a guest of an address can have a seat without displacing another."""
        of_address = self._by_address.get(address, ()) if address is not None else ()
        return len(self._all) < self._most and len(of_address) < MOST_SEATS_OF_ADDRESS

    def take(self, user: User) -> User | None:
        """Give a guest a seat, and return the guest who is displaced, if any."""
        address = user.address
        first = None
        if not self.has_room(address):
            of_address = self._by_address.get(address, {}) if address is not None else {}
            is_crowded = len(of_address) >= MOST_SEATS_OF_ADDRESS
            most = max(self._by_address.values(), key=len, default=self._all)
            first = next(iter(of_address if is_crowded else most))
            self.leave(first)
        self._all[user] = None
        if address is not None:
            self._by_address.setdefault(address, {})[user] = None
        return first

    def leave(self, user: User) -> None:
        """Free the seat of a guest, if there is one."""
        self._all.pop(user, None)
        of_address = self._by_address.get(user.address, {}) if user.address is not None else {}
        of_address.pop(user, None)
        if user.address is not None and not of_address:
            self._by_address.pop(user.address, None)
