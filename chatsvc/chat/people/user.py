"""People, and their sessions."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.accounts.account import NO_METADATA
from chatsvc.chat.accounts.ignored import NOBODY, Ignored
from chatsvc.chat.accounts.missed_notices import MissedNotice, add_notice, take_missed_notices
from chatsvc.chat.accounts.recent_nonces import NO_NONCES, RecentNonces
from chatsvc.chat.logs.room import Reader
from chatsvc.chat.logs.wording import Filter
from chatsvc.errors import ChatError, InternalError, Misused, Unkept
from chatsvc.events.answers import Done, Notice, Refused
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.ignored import Someone
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.chat.people.connection import Connection
    from chatsvc.clock import Timer
    from chatsvc.events.event import Event

MOST_FORMER = 10  # former names of one person
AWAY_LENGTH = 200  # characters

_NO_MARKERS: dict[str, int] = {}  # shared by all without read markers; it stays empty

# What a command returns: nothing if it is done at once, else what is to be awaited.
MaybeCoroutine = Coroutine[object, object, None] | None


class Grace(NamedTuple):
    """A grace period, in which a person without a connection keeps the name.

    until: its end, in seconds.
    """

    timer: Timer
    until: float


class AsGuest(NamedTuple):
    """What a guest has where others have an account.

    ignored: the people whom the guest ignores.
    metadata: the guest's, by key; never changed in place.
    refuses_guests: whether other guests cannot write to the guest.
    """

    ignored: Ignored = NOBODY
    metadata: dict[str, str] = NO_METADATA
    refuses_guests: bool = False


_NEW_GUEST = AsGuest()


class User:
    """A person: a name, and one or more sessions, each of which sees everything the others see.

    given_name: the name from the server, which nobody else gets while this person is here.
    number: the order of arrival.
    address: the address that gets the given name back; None if it is unknown.
    sessions: the sessions that have not left.
    grace: the grace period, after the last connection was lost.
    username: the user name that the client reports; empty for none.
    realname: the real name that the client reports; empty for none.
    former_names: the last few names before this one, other than the given name.
    heard_from: the sender of the last direct message.
    answers: the person whom /reply answers, unless another has written since.
    away: why this person is away; None if not.
    as_guest: what a guest has in place of an account.
    missed_notices: the notices that a guest may have missed.
    account: this person's account, if any.
    tokens: the digests of the tokens that can resume the place.
    read_markers: the markers that programs have reported, by token.
    nonces: of the last messages that had one.
    """

    __slots__ = (
        "account",
        "address",
        "answers",
        "as_guest",
        "away",
        "former_names",
        "given_name",
        "grace",
        "heard_from",
        "missed_notices",
        "name",
        "nonces",
        "number",
        "read_markers",
        "realname",
        "sessions",
        "tokens",
        "username",
    )

    def __init__(self, name: str, number: int, address: str | None) -> None:
        self.name = self.given_name = name
        self.number = number
        self.address = address
        self.sessions: tuple[Session, ...] = ()
        self.grace: Grace | None = None
        self.username = self.realname = ""
        self.former_names: tuple[str, ...] = ()
        self.heard_from: User | None = None
        self.answers: User | None = None
        self.away: str | None = None
        self.as_guest = _NEW_GUEST
        self.account: Account | None = None
        self.tokens: tuple[str, ...] = ()
        self.missed_notices: tuple[MissedNotice, ...] = ()
        self.read_markers: dict[str, int] = _NO_MARKERS
        self.nonces = NO_NONCES

    @property
    def account_name(self) -> str:
        """The name of the account; empty for a guest."""
        return "" if self.account is None else self.account.name

    @property
    def ignored(self) -> Ignored:
        """The people whom this person ignores."""
        return self.as_guest.ignored if self.account is None else self.account.ignored

    @property
    def metadata(self) -> dict[str, str]:
        """This person's metadata, by key."""
        return self.as_guest.metadata if self.account is None else self.account.metadata

    @property
    def refuses_guests(self) -> bool:
        """Whether guests cannot write to this person."""
        if self.account is None:
            return self.as_guest.refuses_guests
        return self.account.refuses_guests

    def add_session(self, session: Session) -> None:
        """Make a session this person's."""
        session.user = self
        self.sessions += (session,)

    def remove_session(self, session: Session) -> None:
        """Remove a session, which has left, or is somebody else's from now on."""
        self.sessions = tuple([each for each in self.sessions if each is not session])

    def hear_from(self, sender: User) -> None:
        """Note the sender of a direct message."""
        self.heard_from = sender
        self.answers = self.answers or sender

    def correspondent(self) -> User:
        """The person whom /reply answers.

        Raises ChatError if there is none; and, once, if another has written since the last answer.
        """
        other = self.heard_from
        if other is None:
            raise ChatError("Nobody has sent you a direct message.")
        if other is not self.answers:
            self.answers = other
            raise ChatError(
                f"{other.name} has written to you since, so that was not said."
                f" Type it again to say it to {other.name}."
            )
        return other

    def forget_correspondents(self) -> None:
        """Forget the senders of direct messages."""
        self.heard_from = self.answers = None

    def ignore(self, someone: Someone) -> None:
        """Ignore somebody."""
        self._own_list().add(someone)

    def ignore_all(self, others: Ignored) -> None:
        """Ignore the people of another list, too, as far as there is space."""
        if others:
            self._own_list().take_in(others)

    def _own_list(self) -> Ignored:
        """The list of the people whom this person ignores, which nobody shares."""
        if self.ignored is NOBODY:
            if self.account is None:
                self.as_guest = self.as_guest._replace(ignored=Ignored())
            else:
                self.account.ignored = Ignored()
        return self.ignored

    def keep_ignoring(self, ignored: Ignored) -> None:
        """Ignore the same people as a guest, after a logout."""
        copy = Ignored()
        copy.take_in(ignored)
        self.as_guest = self.as_guest._replace(ignored=copy)

    def refuse_guests(self, refuses: bool) -> None:
        """Let guests write to this person no longer, or again."""
        if self.account is None:
            self.as_guest = self.as_guest._replace(refuses_guests=refuses)
        else:
            self.account.refuses_guests = refuses

    def set_metadata(self, facts: dict[str, str]) -> None:
        """Set this person's metadata, by key."""
        if self.account is None:
            self.as_guest = self.as_guest._replace(metadata=facts)
        else:
            self.account.metadata = facts

    def note_read_marker(self, key: str, entry_id: int) -> None:
        """Note the read marker that a program has reported, by its token."""
        if self.read_markers is _NO_MARKERS:
            self.read_markers = {}
        self.read_markers[key] = max(entry_id, self.read_markers.get(key, 0))

    def note_nonce(self, nonce: str, room: Room, entry_id: int) -> None:
        """Note the nonce of a message that this person has sent."""
        if self.nonces is NO_NONCES:
            self.nonces = RecentNonces()
        self.nonces.note(nonce, room, entry_id)

    def take_missed_notices(self) -> tuple[MissedNotice, ...]:
        """Take the notices that this person may have missed, to tell them now."""
        account = () if self.account is None else take_missed_notices(self.account)
        return take_missed_notices(self) + account

    def keep_notice(self, notice: MissedNotice) -> None:
        """Keep a notice that this person may have missed, for the return."""
        add_notice(self if self.account is None else self.account, notice)


class Administrator(User):
    """Somebody who runs the server, acts from outside, and is not among the people here.

    name: has a colon, which no name of a person here has.
    """

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(name, 0, None)


class Ending(NamedTuple):
    """How a connection ends.

    kind: the journal's word: quit, lost or ended; empty if it has not ended, or nobody knew of it.
    reason: why; empty for a quit.
    """

    kind: str
    reason: str = ""


NOT_ENDED = Ending("")


class Session(Reader):
    """One connection of a person.

    room: where it spoke last, at first the lobby; None if unknown.
    typed_in: the room, or the person after an @, in whose window the current line was typed; empty
        if the client has not said.
    came_at: the id of the last event before it came; 0 once it is announced.
    must_log_in: whether it has to log in before it takes part.
    nonce: of the current request; empty for none.
    sent_id: the id of the last direct message that it has sent; 0 for none.
    token: the digest of the token that resumes its place; empty for none.
    wanted_token: a token of its own choice, which it gets once it takes part; empty for none.
    ending: how it ends.
    """

    __slots__ = (
        "_delivery",
        "came_at",
        "ending",
        "must_log_in",
        "nonce",
        "room",
        "sent_id",
        "token",
        "typed_in",
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
    ) -> None:
        super().__init__(connection, wording, address)
        self._delivery = delivery
        self.room = lobby
        self.typed_in = ""
        self.came_at = delivery.last_id
        self.must_log_in = False
        self.nonce = ""
        self.sent_id = 0
        self.ending = NOT_ENDED
        self.token = self.wanted_token = ""

    @property
    def unfiltered(self) -> Wording:
        """The wording without the filter of ignored people."""
        return self.wording.wording if isinstance(self.wording, Filter) else self.wording

    @property
    def person(self) -> str:
        """The person in whose window the current line was typed; empty for none."""
        return self.typed_in[1:] if self.typed_in[:1] == "@" else ""

    def wait_for(self, coroutine: Coroutine[object, object, None]) -> None:
        """Run a coroutine that waits for the store, and take no more lines until it is done.

        It starts once everything up to now is committed; when many do, in a later turn.
        """
        self.is_busy = True
        delivery = self._delivery
        delivery.start(lambda: delivery.spawn(self._wait_for(coroutine)))

    async def _wait_for(self, coroutine: Coroutine[object, object, None]) -> None:
        try:
            await coroutine
            self.finish()
        except ChatError as error:
            self.refuse(error)
        except StoreError as error:
            self.refuse(Unkept(error))
        except Exception as error:
            self.refuse(InternalError(self._delivery.spawn.report(error)))
        finally:
            self.is_busy = False
            self._delivery.schedule_round()

    def tell(self, text: str) -> None:
        """Tell only this session something, after everything up to now."""
        self.answer(Notice(text))

    def answer(self, event: Event) -> None:
        """Tell only this session an event, as an answer to its current request, if any."""
        self._delivery.tell(self, event, self.nonce)

    def answer_all(self, entries: Sequence[Entry]) -> None:
        """The same with some events, which are told together; entries: made by Entry.reply."""
        self._delivery.tell_all(self, entries, self.nonce)

    def refuse(self, error: ChatError) -> None:
        """Tell this session that its request was refused."""
        nonce = self.take_nonce()
        field = error.field if isinstance(error, Misused) else ""
        self._delivery.tell(self, Refused(str(error), error.code, field, nonce))

    def finish(self) -> None:
        """Finish the current request, and tell the session if the request had a nonce."""
        if self.nonce:
            self._delivery.tell(self, Done(self.take_nonce()))

    def take_nonce(self) -> str:
        """Take the nonce of the current request, which the caller answers."""
        nonce, self.nonce = self.nonce, ""
        return nonce
