"""People who are here, and their sessions: one connection each, and what it has yet to read."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.ignored import NOBODY
from chatsvc.chat.accounts.untold import Untold, add_untold, take_untold
from chatsvc.chat.logs.room import Reader
from chatsvc.errors import ChatError, Mistaken, Misused, Unkept
from chatsvc.events.answers import Done, Notice, Refused
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.ignored import Ignored
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.chat.people.connection import Connection
    from chatsvc.clock import Clock, Spawn, Timer
    from chatsvc.events.event import Event

MOST_FORMER = 10
AWAY_LENGTH = 200  # characters
MOST_NONCES = 100  # of what one person said last

_NONE: dict[str, tuple[Room, int]] = {}  # of all who gave none; nothing is ever put into it
_NOTHING: dict[str, int] = {}  # the same, of all whose programs said nothing

# Something that is done at once, or what is to be awaited.
Doing = Coroutine[object, object, None] | None


class User:
    """A person: a name, and one or more sessions, each of which sees all that the others see.

    given_name: the name that the server gave, which nobody else gets as long as this person is here.
    number: of those who have come, which one this is.
    address: what the given name is remembered by; None when the door cannot tell.
    sessions: those that have not left.
    grace: the timer that gives up the place, while the last connection is lost.
    held_until: when that is, seconds since the epoch.
    username: what this person's client calls its owner; empty if it does not say that.
    realname: the same, for people to read.
    former_names: the names that this person had before, the last few of them.
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
        "former_names",
        "given_name",
        "grace",
        "heard_from",
        "held_until",
        "ignored_as_guest",
        "name",
        "number",
        "realname",
        "said",
        "seen",
        "sessions",
        "tokens",
        "untold",
        "username",
    )

    def __init__(self, name: str, number: int, address: str | None) -> None:
        self.name = self.given_name = name
        self.number = number
        self.address = address
        self.sessions: tuple[Session, ...] = ()
        self.grace: Timer | None = None
        self.held_until = 0.0
        self.username = self.realname = ""
        self.former_names: tuple[str, ...] = ()
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

    def take_untold(self) -> tuple[Untold, ...]:
        """What this person may have missed, which is told now."""
        account = () if self.account is None else take_untold(self.account)
        return take_untold(self) + account

    def keep_untold(self, untold: Untold) -> None:
        """Keep something that this person may have missed, for the return."""
        add_untold(self if self.account is None else self.account, untold)


class Session(Reader):
    """One connection of somebody.

    unfiltered: how the events read, for this session, if nobody were ignored.
    room: in which it has spoken last, to begin with the lobby; None if that is not known any more.
    typed_in: the room, or the person behind an @, in whose window a client has what is being done
        typed; empty if the client has not said that.
    came_at: the id of the last event before it came.
    must_log_in: it has to log in before it takes part.
    nonce: by which it knows what it has asked and is being done; empty if it did not say.
    token: the digest of that with which its place can be had on another connection; empty if it
        did not ask for one.
    wanted_token: the token that it has chosen, and can have once it takes part; empty if there is none.
    deadline: the timer that aborts it: if it has not logged in, where it has to; or if it has left
        and not read all that it was to read.
    """

    __slots__ = (
        "_delivery",
        "_spawn",
        "came_at",
        "deadline",
        "must_log_in",
        "nonce",
        "room",
        "token",
        "typed_in",
        "unfiltered",
        "user",
        "wanted_token",
    )

    connection: Connection
    user: User
    room: Room | None

    def __init__(
        self,
        connection: Connection,
        wording: Wording,
        address: str | None,
        lobby: Room,
        delivery: Delivery,
        spawn: Spawn,
    ) -> None:
        super().__init__(connection, wording, address)
        self._delivery = delivery
        self._spawn = spawn
        self.unfiltered = wording
        self.room = lobby
        self.typed_in = ""
        self.came_at = delivery.last_id
        self.must_log_in = False
        self.nonce = ""
        self.token = self.wanted_token = ""
        self.deadline: Timer | None = None

    @property
    def person(self) -> str:
        """With whom one speaks alone where what is being done was typed; empty if nobody."""
        return self.typed_in[1:] if self.typed_in[:1] == "@" else ""

    def abort_within(self, clock: Clock, seconds: float) -> None:
        """Abort its connection unless that is closed, or waits no more, within some seconds."""
        self.lift_deadline()
        self.deadline = clock.callLater(seconds, self._abort)

    def lift_deadline(self) -> None:
        """Do not abort its connection after a while."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _abort(self) -> None:
        self.deadline = None
        self.connection.abort()

    def wait_for(self, doing: Coroutine[object, object, None]) -> None:
        """Take no more lines until something is done that has to wait for the store.

        It begins when the store holds what has happened up to now.
        """
        self.is_busy = True
        self._delivery.after_commit(lambda: self._spawn(self._wait_for(doing)))

    async def _wait_for(self, doing: Coroutine[object, object, None]) -> None:
        try:
            await doing
            self.finish()
        except ChatError as error:
            self.refuse(error)
        except StoreError as error:
            self.refuse(Unkept(error))
        except Exception:
            self.refuse(Mistaken())
            raise
        finally:
            self.is_busy = False
            self._delivery.look_at_held()

    def tell(self, text: str) -> None:
        """Tell this session alone something, after everything that happened before."""
        self.answer(Notice(text))

    def answer(self, event: Event) -> None:
        """Tell this session alone what answers that which it has asked, if it has."""
        self._delivery.tell(self, event, self.nonce)

    def refuse(self, error: ChatError) -> None:
        """Tell this session that what it has asked cannot be had."""
        nonce = self.take_nonce()
        field = error.field if isinstance(error, Misused) else ""
        self._delivery.tell(self, Refused(str(error), error.code, field, nonce))

    def finish(self) -> None:
        """What this session has asked is done: tell it if it wants to know."""
        if self.nonce:
            self._delivery.tell(self, Done(self.take_nonce()))

    def take_nonce(self) -> str:
        """The nonce of what is being done; whoever takes it sees to the answer."""
        nonce, self.nonce = self.nonce, ""
        return nonce


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
