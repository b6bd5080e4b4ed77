"""The list of people whom somebody ignores."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatsvc.chat.logs.wording import Wording


MOST_IGNORED = 100  # people whom one person ignores
# By all together, each of whom takes half a kilobyte. One person can ignore one in so many of those
# who are left, and a few in any case.
MOST_OF_ALL = 20_000
SHARES = 50
LEAST_IGNORED = 5


MOST_KEYS = 12  # of one of them; the oldest is forgotten first


Keys = tuple[str, ...]


def account_keys(name: str) -> Keys:
    """The keys of an account."""
    return (short(f"account {folded(name)}"),)


def keys_of_name(name: str) -> Keys:
    """The keys of somebody who may be gone: an account of that name, or the name alone."""
    return (*account_keys(name), short(f"name {folded(name)}"))


@lru_cache(10_000)
def short(key: str) -> str:
    """A key as it is stored."""
    # Neither addresses nor long names get into the record of somebody's list.
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class Named(Protocol):
    """Somebody with a name, which may change."""

    name: str


class Someone:
    """Somebody who is ignored.

    keys: by which that person is recognised.
    named: who was here when it began, or has become that person since, and may have gone; or that
        person's account.
    """

    __slots__ = ("_name", "keys", "named")

    def __init__(self, name: str, keys: Iterable[str], named: Named | None = None) -> None:
        self._name = name
        self.keys = list(dict.fromkeys(keys))[-MOST_KEYS:]
        self.named = named

    @property
    def name(self) -> str:
        """The last known name."""
        return self._name if self.named is None else self.named.name


class Ignored:
    """The people whom somebody ignores, oldest first.

    people: changed only by `add` and `remove`.
    wordings: the wordings of that person's sessions, by those that would leave nobody out.
    """

    __slots__ = ("_by_key", "people", "wordings")

    def __init__(self) -> None:
        self.people: list[Someone] = []
        self._by_key: dict[str, Someone] = {}
        self.wordings: dict[Wording, Wording] = {}

    def __len__(self) -> int:
        return len(self.people)

    def __iter__(self) -> Iterator[Someone]:
        return iter(self.people)

    def find(self, keys: Iterable[str]) -> Someone | None:
        """The one with one of these keys."""
        for key in keys:  # a plain loop, as every line passes here
            if key in self._by_key:
                return self._by_key[key]
        return None

    def has_any_of(self, keys: Iterable[str]) -> bool:
        """Whether one of them has one of these keys, which may be many."""
        return not self._by_key.keys().isdisjoint(keys)

    def add(self, someone: Someone) -> None:
        """Ignore somebody who is not ignored yet, and shares no key with the others."""
        someone.keys = [key for key in someone.keys if key not in self._by_key]
        self.people.append(someone)
        self._by_key.update(dict.fromkeys(someone.keys, someone))

    def remove(self, someone: Someone) -> None:
        """Stop ignoring somebody."""
        self.people.remove(someone)
        for key in someone.keys:
            del self._by_key[key]

    def most(self, everybody: Iterable[Ignored]) -> int:
        """How many there may be, beside the lists of everybody."""
        if len(self) < LEAST_IGNORED:
            return MOST_IGNORED
        left = MOST_OF_ALL - sum(map(len, everybody))
        return max(LEAST_IGNORED, min(MOST_IGNORED, left // SHARES))

    def spare(self, keys: Keys) -> None:
        """Remove the list's own person, who has these keys."""
        while (someone := self.find(keys)) is not None:
            self.remove(someone)

    def follow(self, keys: Keys, new: Keys, named: Named) -> None:
        """Go on ignoring somebody who had some keys and has others from now on.

        named: by whose name it is listed.
        """
        someone = self.find(keys)
        if someone is None:
            return
        self.remove(someone)
        while (same := self.find(new)) is not None:
            self.remove(same)
        self.add(Someone(named.name, [*someone.keys, *new], named))

    def take_in(self, other: Ignored) -> None:
        """Add those of another list, as far as there is space."""
        for someone in other:
            if self.find(someone.keys) is None and len(self) < MOST_IGNORED:
                self.add(Someone(someone.name, someone.keys, someone.named))

    @property
    def record(self) -> list[Any]:
        """The list as it is stored."""
        return [[someone.name, someone.keys] for someone in self]

    @classmethod
    def of(cls, record: list[Any]) -> Ignored:
        """The list of a record."""
        ignored = cls()
        for name, keys in record:
            ignored.add(Someone(name, keys))
        return ignored


NOBODY = Ignored()  # shared by all guests who ignore nobody; never changed
