"""Watches: who is told when somebody comes or goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from chatsvc.chat.accounts.allowance import share
from chatsvc.errors import ChatError
from chatsvc.events.people import Away, Identified, Joined, Renamed, Watched
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.people.user import User
    from chatsvc.events.people import Presence

MOST_WATCHED = 100  # names for one watcher
MOST_WATCHERS = 200  # of one name, all of whom are told at once;
MOST_WATCHERS_OF_ADDRESS = 20  # of these, from one address
MOST_OF_ADDRESS = 2000  # for all watchers from one address, fewer when few are left
MOST_WATCHES = 50_000  # for all together; each takes half a kilobyte


class Watching(Hashable, Protocol):
    """Somebody who watches.

    address: the address that it counts for, which never changes; None if it is unknown.
    """

    @property
    def address(self) -> str | None:
        """See above."""


Watcher = TypeVar("Watcher", bound=Watching)


class Watches(Generic[Watcher]):
    """Watches of names, without regard to case.

    changed: called with a watcher, the name that came or went, and who has it now; None for nobody.
    """

    def __init__(self, changed: Callable[[Watcher, str, User | None], object]) -> None:
        self._changed = changed
        self._names: dict[Watcher, dict[str, str]] = {}  # as they were typed, by the folded name
        self._watchers: dict[str, dict[Watcher, None]] = {}  # by the folded name
        self._count = 0
        self._by_address: Counter[str | None] = Counter()

    def add(self, watcher: Watcher, name: str) -> bool:
        """Watch a name, and return whether it was not watched before.

        Raises ChatError if there are too many.
        """
        names = self._names.get(watcher, {})
        if folded(name) in names:
            return False
        if len(names) >= MOST_WATCHED:
            raise ChatError(f"You watch {MOST_WATCHED} people, which is the most.")
        watchers = self._watchers.get(folded(name), {})
        if len(watchers) >= MOST_WATCHERS:
            raise ChatError(f"{name} is watched by {MOST_WATCHERS} people, which is the most.")
        address = watcher.address
        if address is not None:
            if [each.address for each in watchers].count(address) >= MOST_WATCHERS_OF_ADDRESS:
                raise ChatError(f"Too many people from your address watch {name}.")
            if self._by_address[address] >= share(MOST_WATCHES - self._count, MOST_OF_ADDRESS):
                raise ChatError("Too many people are watched from your address.")
        if self._count >= MOST_WATCHES:
            raise ChatError("Too many people are watched here at the moment.")
        self._count += 1
        self._by_address[address] += 1
        self._names[watcher] = names
        names[folded(name)] = name
        self._watchers.setdefault(folded(name), {})[watcher] = None
        return True

    def remove(self, watcher: Watcher, name: str) -> bool:
        """Stop watching a name, and return whether it was watched."""
        key = folded(name)
        names = self._names.get(watcher, {})
        if names.pop(key, None) is None:
            return False
        if not names:
            del self._names[watcher]
        del self._watchers[key][watcher]
        if not self._watchers[key]:
            del self._watchers[key]
        self._count -= 1
        self._by_address[watcher.address] -= 1
        if not self._by_address[watcher.address]:
            del self._by_address[watcher.address]
        return True

    def clear(self, watcher: Watcher) -> None:
        """Stop watching all names."""
        for name in self.names(watcher):
            self.remove(watcher, name)

    def hand_over(self, old: Watcher, new: Watcher) -> None:
        """Move a watcher's names to another watcher, as far as there is space."""
        for name in self.names(old):
            self.remove(old, name)
            with suppress(ChatError):
                self.add(new, name)

    def names(self, watcher: Watcher) -> list[str]:
        """The names that somebody watches."""
        return list(self._names.get(watcher, {}).values())

    def of(self, name: str) -> list[Watcher]:
        """The watchers of a name."""
        return list(self._watchers.get(folded(name), ()))

    def watch(self, user: User, event: Presence) -> None:
        """Tell the watchers of somebody who comes, goes, or has another name."""
        if not self._watchers or isinstance(event, Away | Identified):
            return
        if isinstance(event, Joined):
            self._tell(event.name, user)
        elif not isinstance(event, Renamed):
            self._tell(event.name, None)
        elif folded(event.name) != folded(event.new):
            self._tell(event.name, None)
            self._tell(event.new, user)

    def gone(self, name: str) -> None:
        """Tell the watchers of a name that nobody has it any more."""
        self._tell(name, None)

    def _tell(self, name: str, user: User | None) -> None:
        for watcher in self.of(name):
            self._changed(watcher, name, user)


class PeopleWatches(Watches["User"]):
    """The watches of people, who are told on all their connections."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(self._tell_person)
        self._delivery = delivery

    def merge(self, guest: User, owner: User) -> None:
        """Handle a guest who has logged in as somebody who is here already."""
        self.hand_over(guest, owner)
        self.gone(guest.name)

    def _tell_person(self, watcher: User, name: str, user: User | None) -> None:
        for session in watcher.sessions:
            self._delivery.tell(session, Watched(name, user is not None))
