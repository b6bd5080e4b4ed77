"""The people here, and the map in which they are found by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, ValuesView
from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc.chat.errors import ChatError, NoSuchUser
from chatsvc.chat.events import Notice
from chatsvc.chat.ignored import NOBODY, Ignored, Keys, keys_of, keys_of_name
from chatsvc.chat.nicks import checked, folded, plain_look, skeleton
from chatsvc.chat.untold import Untold, add_untold

if TYPE_CHECKING:
    from chatsvc.chat.accounts import Account
    from chatsvc.chat.clock import Timer
    from chatsvc.chat.pairs import Pair
    from chatsvc.chat.room import Room
    from chatsvc.chat.sessions import Session

MOST_FORMER = 10
MOST_GIVEN_UP = 10_000
MOST_NONCES = 100  # of what one person said last
_NONE: dict[str, tuple[Room, int]] = {}  # of all who gave none; nothing is ever put into it


class User:
    """A person: a name, and one or more sessions, each of which sees all that the others see.

    given: the name that the server gave, which nobody else gets as long as this person is here.
    number: of those who have come, which one this is.
    address: what the given name is remembered by; None when the door cannot tell.
    sessions: those that have not left.
    pairs: the rooms of two that this person is in.
    seat: the timer that gives up the place, while the last connection is lost.
    held_until: when that is, seconds since the epoch.
    former: the names that this person had before, the last few of them.
    heard_from: who has last said something to this person only.
    away: why this person is not there, if so.
    ignored_as_guest: of whom this person wants to see nothing, without an account.
    untold: what has happened to this person and may have been missed, if without an account.
    account: whose owner this person is, if any.
    tokens: with which a lost connection's place can be had again.
    seen: the id up to which a program of this person has said that it has read all.
    said: what this person said last with a nonce, by that: in which room, and its id.
    """

    __slots__ = (
        "account",
        "address",
        "away",
        "former",
        "given",
        "heard_from",
        "held_until",
        "ignored_as_guest",
        "name",
        "number",
        "pairs",
        "said",
        "seat",
        "seen",
        "sessions",
        "tokens",
        "untold",
    )

    def __init__(self, name: str, number: int, address: str | None) -> None:
        self.name = self.given = name
        self.number = number
        self.address = address
        self.sessions: tuple[Session, ...] = ()
        self.pairs: tuple[Pair, ...] = ()
        self.seat: Timer | None = None
        self.held_until = 0.0
        self.former: tuple[str, ...] = ()
        self.heard_from: User | None = None
        self.away: str | None = None
        self.ignored_as_guest = NOBODY
        self.account: Account | None = None
        self.tokens: tuple[str, ...] = ()
        self.untold: tuple[Untold, ...] = ()
        self.seen = 0
        self.said: dict[str, tuple[Room, int]] = _NONE

    @property
    def ignored(self) -> Ignored:
        """Of whom this person wants to see nothing."""
        return self.ignored_as_guest if self.account is None else self.account.ignored

    def ignores(self, other: User) -> bool:
        """Whether this person wants to see nothing of another."""
        return bool(self.ignored) and self.ignored.find(keys_of(other)) is not None

    def tell(self, text: str, room: str = "") -> None:
        """Tell this person alone something, after everything that happened before.

        Who is on the way back after a lost connection is told at the return.


        room: the name of the room that it is about; empty if it is about none.
        """
        if not self.sessions:
            self.keep_untold(Untold(text, room))
            return
        chat = self.sessions[0].chat
        chat.announce()
        notice = Notice(text, room)
        if self.tokens:
            with suppress(ChatError):  # too much waits to be read
                chat.direct.notify(self, notice)
                return
        for session in self.sessions:
            chat.delivery.tell(session, notice)

    def keep_untold(self, untold: Untold) -> None:
        """Keep something that this person may have missed, for the return."""
        add_untold(self if self.account is None else self.account, untold)


def note_said(user: User, nonce: str, room: Room, entry_id: int) -> None:
    """Note under which nonce somebody has said something."""
    if user.said is _NONE:
        user.said = {}
    user.said[nonce] = (room, entry_id)
    if len(user.said) > MOST_NONCES:
        del user.said[next(iter(user.said))]


class Users(Mapping[str, User]):
    """Who is here, by name without regard to case, in the order in which they came."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        # Those whose name the server has not given, by its skeleton, and then by its plain look.
        self._chosen: dict[str, dict[str, User]] = {}
        # Who had a chosen name that is free now, the last such names.
        self._given_up: dict[str, Keys] = {}

    def __getitem__(self, name: str) -> User:
        return self._users[folded(name)]

    def values(self) -> ValuesView[User]:
        """Who is here, in the order in which they came."""
        if self._chosen:  # who has chosen a name was put in again
            self._users = dict(sorted(self._users.items(), key=_number))
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
        """Somebody else who goes by a name, or by one that passes for it.

        That is one of the same skeleton; except that two ordinary names differ if they look so.
        """
        alike = self._chosen.get(skeleton(name), {})
        look = plain_look(name)
        holders = [alike.get(look), alike.get("")] if look else alike.values()
        found = (each for each in (self.get(name), *holders) if each not in (None, but))
        return next(found, None)

    def known_by(self, name: str) -> Keys:
        """What somebody is known by, to be ignored, who says something or said it under a name.

        That is who has the name, or else who had it last.
        """
        user = self.get(name)
        if user is not None:
            return keys_of(user)
        return self._given_up.get(folded(name), ()) or keys_of_name(name)

    def add(self, user: User) -> None:
        """Put in somebody who has a given name, which nobody else ever has."""
        self._users[folded(user.name)] = user

    def remove(self, user: User) -> None:
        """Take out somebody who is here."""
        del self._users[folded(user.name)]
        if user.name != user.given:
            self._given_up[folded(user.name)] = keys_of(user)
            if len(self._given_up) > MOST_GIVEN_UP:
                del self._given_up[next(iter(self._given_up))]
            alike = self._chosen[skeleton(user.name)]
            del alike[plain_look(user.name)]
            if not alike:
                del self._chosen[skeleton(user.name)]

    def rename(self, user: User, name: str) -> None:
        """Give somebody another name. Raises ChatError when it is taken, or looks as if."""
        if folded(name) == folded(user.given):
            name = user.given
        else:
            name = checked(name)
            if self.holder_of(name, but=user) is not None:
                raise ChatError(f'The name "{name}" is taken, or looks like one that is.')
        self.remove(user)
        user.name = name
        self._users[folded(name)] = user
        if name != user.given:
            self._chosen.setdefault(skeleton(name), {})[plain_look(name)] = user
            self._given_up.pop(folded(name), None)


def _number(item: tuple[str, User]) -> int:
    return item[1].number
