"""The people here, and the map in which they are found by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chatsvc.chat.errors import NoSuchUser

if TYPE_CHECKING:
    from chatsvc.chat.rooms import Room
    from chatsvc.chat.sessions import Session


class User:
    """A person: a name, a session, and the rooms that the person is in.

    address: what the name is remembered by; None when the door cannot tell.
    """

    __slots__ = ("address", "name", "rooms", "session")

    def __init__(self, name: str, address: str | None, session: Session) -> None:
        self.name = name
        self.address = address
        self.session = session
        self.rooms: tuple[Room, ...] = ()


class Users(Mapping[str, User]):
    """Who is here, by name without regard to case, in the order in which they came."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def __getitem__(self, name: str) -> User:
        return self._users[_folded(name)]

    def __iter__(self) -> Iterator[str]:
        return (user.name for user in self._users.values())

    def __len__(self) -> int:
        return len(self._users)

    def find(self, name: str) -> User:
        """The user of that name. Raises NoSuchUser."""
        try:
            return self[name]
        except KeyError:
            raise NoSuchUser(name) from None

    def add(self, user: User) -> None:
        """Put in somebody whose name nobody here has."""
        self._users[_folded(user.name)] = user

    def remove(self, user: User) -> None:
        """Take out somebody who is here."""
        del self._users[_folded(user.name)]


def _folded(name: str) -> str:
    folded = name.casefold()
    return name if name == folded else folded  # one string less for most of those who are here
