"""The user map: all people here, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, ValuesView
from typing import TYPE_CHECKING
from weakref import WeakSet

from chatsvc.chat.accounts.ignored import Ignored, Keys, account_keys, keys_of_name
from chatsvc.chat.people.ignoring import WithoutIgnored, keys_of
from chatsvc.chat.people.nicks import checked
from chatsvc.chat.people.user import User
from chatsvc.errors import ChatError, NoSuchUser
from chatsvc.text.lookalikes import plain_look, skeleton
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.chat.people.user import Session
    from chatsvc.events.event import Author

MOST_GIVEN_UP = 10_000


class Users(Mapping[str, User]):
    """The people here, by name in any case, in order of arrival.

    maker_of: returns the name of the account that has made a hook, by its room and name; empty if
        there is none.
    lists: of those who ignore somebody, whether they are here or have an account.
    """

    def __init__(self) -> None:
        self.maker_of: Callable[[str, str], str] = lambda room, name: ""
        self.lists: WeakSet[Ignored] = WeakSet()
        self._owners: dict[Account, User] = {}
        self._users: dict[str, User] = {}
        self._is_in_order = True  # of arrival
        # People with a chosen name, by its skeleton, and then by its plain look.
        # Most are the only one, and so without a dictionary.
        self._chosen: dict[str, User | dict[str, User]] = {}
        # By chosen name that is free now: the keys of the person who had it last.
        self._given_up: dict[str, Keys] = {}

    def __getitem__(self, name: str) -> User:
        return self._users[folded(name)]

    def values(self) -> ValuesView[User]:
        """The people here, in order of arrival."""
        if not self._is_in_order:
            self._users = dict(sorted(self._users.items(), key=_number))
            self._is_in_order = True
        return self._users.values()

    def in_any_order(self) -> ValuesView[User]:
        """The people here, without the cost of sorting."""
        return self._users.values()

    def __iter__(self) -> Iterator[str]:
        return (user.name for user in self.values())

    def __len__(self) -> int:
        return len(self._users)

    def find(self, name: str) -> User:
        """The user of that name. Raises NoSuchUser."""
        try:
            return self[name]
        except KeyError:
            raise NoSuchUser(name) from None

    def holder_of(self, name: str, but: User | None = None) -> User | None:
        """The person with a name, or with a look-alike; None if there is nobody.

        Look-alikes have the same skeleton; two ordinary names are compared more finely.

        but: a person who does not count.
        """
        alike = self._alike(name)
        look = plain_look(name)
        holders = [alike.get(look), alike.get("")] if look else alike.values()
        found = (each for each in (self.get(name), *holders) if each not in (None, but))
        return next(found, None)

    def _alike(self, name: str) -> dict[str, User]:
        """The people with chosen names of the same skeleton, by the plain look."""
        found = self._chosen.get(skeleton(name), {})
        return {plain_look(found.name): found} if isinstance(found, User) else found

    def known_by(self, author: Author) -> Keys:
        """The keys of an author, for /ignore.

        They are the account's, or those of the guest who has the name, or had it last; those of a
        hook are also its maker's.
        """
        name, account, room = author
        if account:
            return account_keys(account)
        user = self.get(name)
        if user is not None:
            return keys_of(user)
        known = self._given_up.get(folded(name), ()) or keys_of_name(name)
        maker = self.maker_of(room, name) if room else ""
        return (*known, *account_keys(maker)) if maker else known

    def show(self, session: Session, wording: Wording) -> None:
        """Set the wording of a session, without the people whom it ignores."""
        ignored = session.user.ignored
        if ignored:
            self.lists.add(ignored)
            wording = ignored.wordings.setdefault(
                wording, WithoutIgnored(ignored, self.known_by, wording)
            )
        session.wording = wording

    def owner(self, account: Account) -> User | None:
        """The owner of an account, if here or in the grace period."""
        return self._owners.get(account)

    @property
    def owners(self) -> int:
        """The number of people here who own an account."""
        return len(self._owners)

    def own(self, user: User, account: Account) -> None:
        """Make a person the owner of an account."""
        user.account = account
        self._owners[account] = user

    def disown(self, user: User) -> None:
        """Make a person a guest."""
        self.forget_owner(user)
        user.account = None

    def forget_owner(self, user: User) -> None:
        """Forget a leaving person, who may own an account."""
        if user.account is not None:
            self._owners.pop(user.account, None)

    def add(self, user: User) -> None:
        """Add a person with a given name, which is unique."""
        self._users[folded(user.name)] = user

    def remove(self, user: User) -> None:
        """Remove a person."""
        del self._users[folded(user.name)]
        if user.name != user.given_name:
            self._given_up[folded(user.name)] = keys_of(user)
            if len(self._given_up) > MOST_GIVEN_UP:
                del self._given_up[next(iter(self._given_up))]
            alike = self._alike(user.name)
            del alike[plain_look(user.name)]
            if not alike:
                del self._chosen[skeleton(user.name)]

    def rename(self, user: User, name: str) -> None:
        """Rename a person. Raises ChatError if the name, or a look-alike, is taken."""
        if folded(name) == folded(user.given_name):
            name = user.given_name
        else:
            name = checked(name)
            if self.holder_of(name, but=user) is not None:
                raise ChatError(f'The name "{name}" is taken, or looks like one that is.')
        self.remove(user)
        user.name = name
        self._users[folded(name)] = user
        self._is_in_order = False  # this one is last now
        if name != user.given_name:
            alike = self._alike(name)
            alike[plain_look(name)] = user
            self._chosen[skeleton(name)] = user if len(alike) == 1 else alike
            self._given_up.pop(folded(name), None)


def _number(item: tuple[str, User]) -> int:
    return item[1].number
