"""The list of people whom a person ignores."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

from chatsvc.chat.accounts.allowance import Allowance
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatsvc.chat.logs.wording import Wording


MOST_IGNORED = 100  # by one person
ALLOWANCE = Allowance(MOST_IGNORED, 5, 20_000)  # each takes up to 1.3 KB

MOST_KEYS = 12  # of an ignored person; the oldest is forgotten first


Keys = tuple[str, ...]


def account_keys(name: str) -> Keys:
    """The keys of an account."""
    return (short(f"account {folded(name)}"),)


def keys_of_name(name: str) -> Keys:
    """The keys of somebody who may have left: those of an account and of a guest of that name."""
    return (*account_keys(name), short(f"name {folded(name)}"))


@lru_cache(10_000)
def short(key: str) -> str:
    """A key as it is stored."""
    # A hash, which keeps addresses and long names out of the records.
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class Named(Protocol):
    """Somebody with a name, which may change."""

    name: str


class Someone:
    """Somebody who is ignored.

    keys: those that identify the person.
    named: the person, who may have left since, or the account; None if never here.
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
    wordings: the filtered wordings for the person's sessions, by the wording without the filter.
    """

    __slots__ = ("__weakref__", "_by_key", "people", "wordings")

    def __init__(self) -> None:
        self.people: list[Someone] = []
        self._by_key: dict[str, Someone] = {}
        self.wordings: dict[Wording, Wording] = {}

    def __len__(self) -> int:
        return len(self.people)

    def __iter__(self) -> Iterator[Someone]:
        return iter(self.people)

    def find(self, keys: Iterable[str]) -> Someone | None:
        """The ignored person who has one of these keys."""
        for key in keys:  # a plain loop, as every line passes here
            if key in self._by_key:
                return self._by_key[key]
        return None

    def has_any_of(self, keys: Iterable[str]) -> bool:
        """Whether anybody ignored has one of these keys, which may be many."""
        return not self._by_key.keys().isdisjoint(keys)

    def add(self, someone: Someone) -> None:
        """Ignore somebody; keys that others in the list have are dropped."""
        someone.keys = [key for key in someone.keys if key not in self._by_key]
        self.people.append(someone)
        self._by_key.update(dict.fromkeys(someone.keys, someone))

    def remove(self, someone: Someone) -> None:
        """Stop ignoring somebody."""
        self.people.remove(someone)
        for key in someone.keys:
            del self._by_key[key]

    def spare(self, keys: Keys) -> None:
        """Remove the person with these keys: nobody ignores themselves."""
        while (someone := self.find(keys)) is not None:
            self.remove(someone)

    def follow(self, keys: Keys, new: Keys, named: Named) -> None:
        """Go on ignoring a person whose keys change.

        named: the person or account whose name is listed.
        """
        someone = self.find(keys)
        if someone is None:
            return
        self.remove(someone)
        while (same := self.find(new)) is not None:
            self.remove(same)
        self.add(Someone(named.name, [*someone.keys, *new], named))

    def take_in(self, other: Ignored) -> None:
        """Add the people of another list, as far as there is space."""
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
        if not record:
            return NOBODY
        ignored = cls()
        for name, keys in record:
            ignored.add(Someone(name, keys))
        return ignored


NOBODY = Ignored()  # shared by all who ignore nobody; never changed
