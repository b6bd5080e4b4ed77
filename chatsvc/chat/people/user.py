"""A person who is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.accounts.ignored import NOBODY
from chatsvc.chat.accounts.untold import Untold, add_untold, take_untold
from chatsvc.chat.people.ignoring import keys_of

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.ignored import Ignored
    from chatsvc.chat.delivery.room import Room
    from chatsvc.chat.people.session import Session
    from chatsvc.clock import Timer


MOST_FORMER = 10
MOST_NONCES = 100  # of what one person said last


_NONE: dict[str, tuple[Room, int]] = {}  # of all who gave none; nothing is ever put into it
_NOTHING: dict[str, int] = {}  # the same, of all whose programs said nothing


class User:
    """A person: a name, and one or more sessions, each of which sees all that the others see.

    given: the name that the server gave, which nobody else gets as long as this person is here.
    number: of those who have come, which one this is.
    address: what the given name is remembered by; None when the door cannot tell.
    sessions: those that have not left.
    seat: the timer that gives up the place, while the last connection is lost.
    held_until: when that is, seconds since the epoch.
    username: what this person's client calls its owner; empty if it does not say that.
    realname: the same, for people to read.
    former: the names that this person had before, the last few of them.
    heard_from: who has last said something to this person only.
    away: why this person is not there, if so.
    ignored_as_guest: of whom this person wants to see nothing, without an account.
    untold: what has happened to this person and may have been missed, if without an account.
    account: whose owner this person is, if any.
    tokens: with which a lost connection's place can be had again.
    seen: the ids up to which programs of this person have said that they have read all, by tokens.
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
        "realname",
        "said",
        "seat",
        "seen",
        "sessions",
        "tokens",
        "untold",
        "username",
    )

    def __init__(self, name: str, number: int, address: str | None) -> None:
        self.name = self.given = name
        self.number = number
        self.address = address
        self.sessions: tuple[Session, ...] = ()
        self.seat: Timer | None = None
        self.held_until = 0.0
        self.username = self.realname = ""
        self.former: tuple[str, ...] = ()
        self.heard_from: User | None = None
        self.away: str | None = None
        self.ignored_as_guest = NOBODY
        self.account: Account | None = None
        self.tokens: tuple[str, ...] = ()
        self.untold: tuple[Untold, ...] = ()
        self.seen: dict[str, int] = _NOTHING
        self.said: dict[str, tuple[Room, int]] = _NONE

    @property
    def account_name(self) -> str:
        """The name of the account; empty for a guest."""
        return "" if self.account is None else self.account.name

    @property
    def ignored(self) -> Ignored:
        """Of whom this person wants to see nothing."""
        return self.ignored_as_guest if self.account is None else self.account.ignored

    def ignores(self, other: User) -> bool:
        """Whether this person wants to see nothing of another."""
        return bool(self.ignored) and self.ignored.find(keys_of(other)) is not None

    def take_untold(self) -> tuple[Untold, ...]:
        """What this person may have missed, which is told now."""
        account = () if self.account is None else take_untold(self.account)
        return take_untold(self) + account

    def keep_untold(self, untold: Untold) -> None:
        """Keep something that this person may have missed, for the return."""
        add_untold(self if self.account is None else self.account, untold)


def note_seen(user: User, key: str, entry_id: int) -> None:
    """Note up to which id a program has read all that has one of somebody's tokens."""
    if user.seen is _NOTHING:
        user.seen = {}
    user.seen[key] = max(entry_id, user.seen.get(key, 0))


def note_said(user: User, nonce: str, room: Room, entry_id: int) -> None:
    """Note under which nonce somebody has said something."""
    if user.said is _NONE:
        user.said = {}
    user.said[nonce] = (room, entry_id)
    if len(user.said) > MOST_NONCES:
        del user.said[next(iter(user.said))]
