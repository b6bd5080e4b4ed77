"""A client of the IRC door: what is known of it, and how it is told things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chatsvc.chat.accounts.account import NO_METADATA
from chatsvc.chat.people.ignoring import heard, ignores
from chatsvc.doors.irc.codec.message import with_tag
from chatsvc.doors.irc.codec.times import stamp
from chatsvc.doors.irc.wording.people import realname, source_of
from chatsvc.doors.irc.wording.wording import END, Lines
from chatsvc.errors import ChatError, GuestsRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.logs.room import Reader
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.presence.watches import Watches
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.door.porch import Porch
    from chatsvc.door.visit import Visit
    from chatsvc.doors.channel import LineChannel
    from chatsvc.doors.irc.multiline import Multiline, Piece
    from chatsvc.doors.irc.network.gone import AllGone
    from chatsvc.doors.irc.sasl import Exchange
    from chatsvc.doors.irc.wording.wording import Wording
    from chatsvc.events.event import Event

HUSH = "\0"  # before the label of what is answered in the door's own words, not in the chat's


class Door(Protocol):
    """What a client knows of what all of them share; see `Network`."""

    chat: Chat
    name: str
    auto_join: bool
    clients: dict[Reader, Client]
    waiting: dict[Client, None]
    lobbyless: set[Client]
    gone: AllGone
    bots: set[User]
    most_users: int
    began: float

    @property
    def monitors(self) -> Watches[Client]:
        """Who wants to know of whom."""

    def wording(self, caps: set[str], shows_lobby: bool) -> Wording:
        """How events read with some capabilities."""

    def split(self, entry_id: int, pieces: Sequence[Piece]) -> None:
        """Keep in which pieces a client has sent what it has said."""

    def tell_of(self, user: User, cap: str, line: str) -> None:
        """Tell something of somebody to those who ask for it by a capability."""

    def tag(self, entry_id: int, tags: str) -> None:
        """Keep the client-only tags of something that a client has said."""

    def readers_of(self, room: NamedRoom) -> list[Client]:
        """The clients in a room."""

    def neighbours(self, user: User) -> list[Client]:
        """The clients that share a channel with somebody, and the own ones."""

    def shows_lobby(self, session: Session) -> bool:
        """Whether somebody is in the lobby on a connection."""

    def modes_of(self, user: User) -> set[str]:
        """The user modes of somebody."""


class Client:
    """One connection's client.

    door: that of all of them.
    channel: its connection.
    porch: takes its messages before it has registered, from the first on.
    caps: the capabilities that it has asked for.
    version: of the negotiation of those, as 302.
    is_negotiating: it has begun to negotiate, and registers when that is done.
    wanted: the nick that it has asked for; empty before that.
    username: what it calls its owner; empty before it has said that.
    realname: the same, for people to read.
    password: what PASS has said.
    account: whose owner it has shown to be, before it is let in; None if nobody's.
    sasl: the exchange by which it does that; None if none runs.
    told_name: the nick that it knows itself by.
    joined: the names of the rooms in which it knows itself to be.
    shows_lobby: whether it is in the lobby.
    modes: its user modes.
    label: of what is being done; empty if it has none.
    tags: the client-only tags of that, as they are written.
    wording: how what is told to all reads.
    alone: the same of what is told to it alone, too.
    is_welcomed: it knows that it has registered; before, it is told nothing of what happens.
    is_over: its connection is closed.
    echoed: the ids of what it has said in the message with a label that is being done.
    early: messages before it has registered.
    subscribed: the keys of metadata of which it wants to know.
    facts: the metadata of its owner that it has set before it has registered.
    multiline: a message of several lines that it has begun, and its reference; None if none.
    """

    def __init__(self, door: Door, channel: LineChannel) -> None:
        self.door = door
        self.chat: Chat = door.chat
        self.channel = channel
        self.porch: Porch | None = None
        self.caps: set[str] = set()
        self.version = 0
        self.is_negotiating = False
        self.wanted = ""
        self.username = ""
        self.realname = ""
        self.password = ""
        self.account: Account | None = None
        self.sasl: Exchange | None = None
        self.told_name = ""
        self.joined: set[str] = set()
        self.shows_lobby = door.auto_join
        self.modes: set[str] = set()
        self.label = ""
        self.tags = ""
        self.subscribed: frozenset[str] = frozenset()
        self.facts = NO_METADATA
        self.multiline: tuple[str, Multiline] | None = None
        self.wording = door.wording(self.caps, self.shows_lobby)
        self.alone: Callable[[Sequence[Entry]], bytes] | None = None
        self.is_welcomed = False
        self.is_over = False
        self.echoed: set[int] = set()
        self.early = 0
        self._lines: list[str] = []
        self._batches = 0

    @property
    def visit(self) -> Visit:
        """Its stay."""
        return self.channel.visit

    @property
    def session(self) -> Session:
        """What it is in the chat, once it has registered."""
        session = self.channel.visit.session
        assert session is not None
        return session

    @property
    def address(self) -> str | None:
        """Where it comes from, as one address counts; None if that is not known."""
        return self.visit.address

    @property
    def is_registered(self) -> bool:
        """Whether it has been let in."""
        return self.channel.visit.session is not None

    @property
    def user(self) -> User:
        """Whose it is."""
        return self.session.user

    @property
    def nick(self) -> str:
        """What it is called in what it is told."""
        return self.user.name if self.is_registered else self.wanted or "*"

    @property
    def user_modes(self) -> set[str]:
        """Its user modes, with what holds for all clients of its owner."""
        return self.modes | {"R"} if self.user.refuses_guests else self.modes

    @property
    def source(self) -> str:
        """Where its own messages come from."""
        return source_of(self.chat, self.user)

    # What it is told

    def say(self, numeric: str, *params: str) -> None:
        """Tell it a numeric; the last parameter is for people to read."""
        *middle, last = params
        words = " ".join([self.nick, *middle])
        self.tell(f":{self.door.name} {numeric} {words} :{last}")

    def say_plain(self, numeric: str, *params: str) -> None:
        """Tell it a numeric all of whose parameters are words."""
        self.tell(f":{self.door.name} {' '.join([numeric, self.nick, *params])}")

    def fail(self, command: str, code: str, *params: str) -> None:
        """Tell it that something failed, as a standard reply."""
        *context, text = params
        self.tell(f":{self.door.name} FAIL {' '.join([command, code, *context])} :{text}")

    def note(self, text: str, by: str = "") -> None:
        """Tell it something for people to read.

        by: of whom; of the server if that is empty.
        """
        self.tell(f":{by or self.door.name} NOTICE {self.nick} :{text}")

    def tell(self, line: str) -> None:
        """Tell it a line, given without its end, in answer to what is being done."""
        self._lines.append(line)

    def inform(self, line: str) -> None:
        """Tell it a line that answers nothing."""
        self.tell_event(Lines(line + END))

    def tell_event(self, event: Event, answers: str = "") -> None:
        """Tell it alone something that happened, after all that did before.

        answers: the label of what it answers, if it does.
        """
        if not self.session.has_left:
            self.chat.delivery.tell(self.session, event, answers)

    def flush(self) -> None:
        """Send what it is told."""
        if not self._lines:
            return
        text = "".join([line + END for line in self._lines])
        self._lines.clear()
        session = self.channel.visit.session
        if session is None:
            self.channel.write(text.encode())
        else:
            self.chat.delivery.tell(session, Lines(text), self.label)

    def hush(self) -> None:
        """Let the chat say nothing in answer to what is being done, as the door says it."""
        self.flush()
        self.session.nonce = HUSH + self.label

    def say_away(self, other: User) -> None:
        """Tell it that somebody is away; and why, unless its owner ignores them."""
        if other.away is not None:
            why = "Away" if ignores(self.user, other) else other.away
            self.say("301", other.name, why)

    def realname_of(self, other: User) -> str:
        """What somebody is called for people to read; the name, for whoever ignores them."""
        return other.name if ignores(self.user, other) else realname(other)

    def refuse(self, command: str, error: ChatError) -> None:
        """Tell it that something cannot be done, for which there is mostly no numeric."""
        if isinstance(error, GuestsRefused):
            self.say("531", error.name, str(error))
        else:
            self.say("400", command, str(error))

    def heard(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries without the words of those whom its owner ignores."""
        return heard(entries, self.user.ignored, self.chat.users.known_by)

    def marked(self, target: str) -> str:
        """The line that tells how far its owner has read."""
        at = self.chat.read_markers.marked(self.user, target)
        when = "*" if at is None else f"timestamp={stamp(at)}"
        return f":{self.door.name} MARKREAD {target} {when}"

    def next_batch(self) -> str:
        """The reference of a new batch."""
        self._batches += 1
        return f"b{self._batches}"

    def batched(self, what: str, lines: Sequence[str]) -> list[str]:
        """Some lines as a batch of a type, with its parameters, if the client knows batches."""
        if "batch" not in self.caps:
            return list(lines)
        batch, name = self.next_batch(), self.door.name
        inner = [with_tag(line, f"batch={batch}") for line in lines]
        return [f":{name} BATCH +{batch} {what}", *inner, f":{name} BATCH -{batch}"]

    def tell_batch(self, what: str, lines: Sequence[str]) -> None:
        """Tell it some lines as a batch."""
        for line in self.batched(what, lines):
            self.tell(line)

    # How it comes and goes

    def leave(self, why: str, reason: str = "") -> None:
        """Close its connection, before or after it has registered.

        reason: what others are told.
        """
        self.tell(f"ERROR :Closing link: {why}")
        self.flush()
        session = self.channel.visit.session
        if session is not None:
            self.chat.departures.quit(session, reason)
        else:
            self.door.waiting.pop(self, None)
            self.channel.forget_input()
            self.visit.send_away()

    def closed(self) -> None:
        """Its connection is closed."""
        self.is_over = True
        if self.porch is not None:
            self.porch.close()
        self.door.waiting.pop(self, None)
        self.door.lobbyless.discard(self)
        self.door.monitors.clear(self)
        session = self.channel.visit.session
        if session is not None:
            self.door.clients.pop(session, None)

    def reword(self) -> None:
        """Word events as its capabilities have it from now on."""
        wording = self.door.wording(self.caps, self.shows_lobby)
        self.wording = wording
        (self.door.lobbyless.discard if self.shows_lobby else self.door.lobbyless.add)(self)
        if self.is_registered:
            self.chat.users.show(self.session, wording)
