"""A client of the IRC door: its state, and ways to tell it things."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from chatsvc.chat.logs.wording import is_own
from chatsvc.chat.people.ignoring import heard, ignores
from chatsvc.doors.irc.codec.message import END, ended, with_tag
from chatsvc.doors.irc.labels import Hushed, answer
from chatsvc.doors.irc.newcomer import Newcomer
from chatsvc.doors.irc.sets import NO_IDS, NO_NAMES
from chatsvc.doors.irc.wording.people import source_of
from chatsvc.doors.irc.wording.wording import Lines
from chatsvc.errors import ChatError, GuestsRefused
from chatsvc.text.times import stamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.door.visit import Visit
    from chatsvc.doors.channel import LineChannel
    from chatsvc.doors.irc.multiline import Multiline
    from chatsvc.doors.irc.network.contract import Door
    from chatsvc.doors.irc.sasl import Exchange
    from chatsvc.events.event import Event

T = TypeVar("T")


class LastMessage(NamedTuple):
    """The last message of a client to a channel; the next one mostly begins alike.

    begin: the beginning of its line, up to the text.
    room: gives the room, while there is one.
    """

    begin: bytes
    channel: str
    room: Callable[[], NamedRoom | None]


NO_MESSAGE = LastMessage(b"\n", "", lambda: None)  # no line begins so


class Client:
    """The client of one connection.

    door: the network of all clients.
    channel: its connection.
    caps: the capabilities that it has requested.
    version: of capability negotiation, such as 302.
    sasl: the running exchange; None for none.
    told_name: its nick, as far as it knows; empty before its welcome.
    joined: the names of the rooms that it is in, as far as it knows.
    modes: its user modes.
    last_message: to a channel.
    label: of the current message; empty for none.
    tags: the client-only tags of the current message, as they are written.
    wording: words what all are told.
    answers: the lines so far that answer a message with a label.
    is_over: whether its connection is closed, or is being closed before it has registered.
    echoed: the ids of what it has said by messages with a label that are not answered yet.
    acted: the ids of what else it has caused by such messages, such as what it does to rooms.
    is_acting: whether a step of its current message is being taken, in this turn.
    subscribed: the keys of metadata to which it subscribes.
    multiline: an unfinished message of several lines, with its reference; None for none.
    """

    __slots__ = (
        "_lines",
        "_newcomer",
        "acted",
        "answers",
        "caps",
        "channel",
        "door",
        "echoed",
        "is_acting",
        "is_over",
        "joined",
        "label",
        "last_message",
        "modes",
        "multiline",
        "sasl",
        "subscribed",
        "tags",
        "told_name",
        "version",
        "wording",
    )  # fmt: skip

    def __init__(self, door: Door[Client], channel: LineChannel) -> None:
        self.door = door
        self.channel = channel
        self.caps = NO_NAMES
        self.version = 0
        self.sasl: Exchange | None = None
        self.told_name = ""
        self.joined = NO_NAMES
        self.modes = NO_NAMES
        self.last_message = NO_MESSAGE
        self.label = ""
        self.tags = ""
        self.subscribed = NO_NAMES
        self.multiline: tuple[str, Multiline] | None = None
        self.wording = door.wording(self.caps, door.auto_join)
        self.answers = ""
        self.is_over = self.is_acting = False
        self.echoed = self.acted = NO_IDS
        self._lines: list[str] | None = None
        self._newcomer: Newcomer | None = Newcomer()  # until it has registered

    @property
    def chat(self) -> Chat:
        """The chat."""
        return self.door.chat

    @property
    def visit(self) -> Visit:
        """Its visit."""
        return self.channel.visit

    @property
    def session(self) -> Session:
        """Its session, once it has registered."""
        session = self.channel.visit.session
        assert session is not None
        return session

    @property
    def address(self) -> str | None:
        """The address that it comes from, as `network` gives it; None if unknown."""
        return self.visit.address

    @property
    def is_registered(self) -> bool:
        """Whether it has been let in."""
        return self.channel.visit.session is not None

    @property
    def is_welcomed(self) -> bool:
        """Whether it was told that it is registered; before that, it gets no events."""
        return bool(self.told_name)

    @property
    def shows_lobby(self) -> bool:
        """Whether it is in the lobby."""
        return self.wording.shows_lobby

    @property
    def newcomer(self) -> Newcomer:
        """What it has said of itself, before it has registered."""
        assert self._newcomer is not None
        return self._newcomer

    @property
    def user(self) -> User:
        """Its owner, once it has registered."""
        return self.session.user

    @property
    def nick(self) -> str:
        """Its nick, as it is told; * if it has none."""
        return self.user.name if self.is_registered else self.newcomer.wanted or "*"

    @property
    def user_modes(self) -> frozenset[str]:
        """Its user modes, with what holds for all clients of its owner."""
        modes = self.modes | {"R"} if self.user.refuses_guests else self.modes
        return modes | {"o"} if self.chat.standing.is_granted(self.user) else modes

    @property
    def source(self) -> str:
        """The source of its own messages."""
        return source_of(self.chat, self.user)

    # What it is told

    def say(self, numeric: str, *params: str) -> None:
        """Tell it a numeric; the last parameter is a text for people."""
        *middle, last = params
        words = " ".join([self.nick, *middle])
        self.tell(f":{self.door.name} {numeric} {words} :{last}")

    def say_plain(self, numeric: str, *params: str) -> None:
        """Tell it a numeric without a text for people."""
        self.tell(f":{self.door.name} {' '.join([numeric, self.nick, *params])}")

    def fail(self, command: str, code: str, *params: str) -> None:
        """Tell it that something failed, as a standard reply."""
        *context, text = params
        self.tell(f":{self.door.name} FAIL {' '.join([command, code, *context])} :{text}")

    def note(self, text: str, by: str = "") -> None:
        """Tell it a notice.

        by: the source; empty for the server.
        """
        self.tell(f":{by or self.door.name} NOTICE {self.nick} :{text}")

    def tell(self, line: str) -> None:
        """Tell it a line, without its end, in answer to the current message."""
        self.tell_all((line,))

    def tell_all(self, lines: Sequence[str]) -> None:
        """Answer the current message with some lines, given without their ends."""
        if self._lines is None:
            self._lines = []
        self._lines += lines

    def inform(self, *lines: str) -> None:
        """Tell it lines, given without their ends, that answer no message."""
        self.tell_event(Lines("".join(map(ended, lines))))

    def tell_own(self, what: str, tags: str = "") -> None:
        """Tell it a command of its owner, in answer to the current message, with client's tags."""
        line = self.wording.by(self.user.name, what, 0, self.chat.clock.now(), tags)
        self.tell(line.removesuffix(END))

    def inform_of(self, user: User, what: str, tags: str = "") -> None:
        """Tell it a command of somebody here, in answer to no message of its own."""
        self.tell_event(Lines(self.wording.by(user.name, what, 0, self.chat.clock.now(), tags)))

    def tell_event(self, event: Event, answers: str = "") -> None:
        """Tell it alone an event, after everything up to now.

        answers: the label of the message that the event answers; empty for none.
        """
        if not self.session.has_left:
            self.chat.delivery.tell(self.session, event, answers)

    def flush(self) -> None:
        """Send the lines of `tell`; with a label, they wait for the end of the answer."""
        if not self._lines:
            return
        text = "".join(map(ended, self._lines))
        self._lines = None
        session = self.channel.visit.session
        if session is not None:
            self.chat.delivery.tell(session, Lines(text), self.label)
        elif self.label:
            self.answers += text
        elif not self.is_over:
            self.channel.writer.write(text.encode())

    def finish(self) -> None:
        """End the answer to the current message, before it has registered."""
        self.flush()
        label, self.label = self.label, ""
        if label and not self.is_over:
            self.channel.writer.write(self.answer(label).encode())

    def answer(self, label: str) -> str:
        """The answer to a label: what was collected."""
        found, self.answers = self.answers, ""
        return answer(label, found.split(END)[:-1], self.door.name, self.door.next_batch())

    @property
    def answering(self) -> str:
        """The label of the message that it is doing just now; empty for none."""
        return self.session.nonce if self.is_acting else ""

    async def slowly(self, things: Iterable[T], at_once: int) -> AsyncIterator[T]:
        """Iterate with a pause after each `at_once` things, until it has left."""
        async for each in self.chat.turns.slowly(things, at_once):
            if self.session.has_left:
                break
            yield each

    def hush(self) -> None:
        """Leave out the chat's own answers to the current message, which the door words itself."""
        self.flush()
        self.session.nonce = Hushed(self.label)

    def say_away(self, other: User) -> None:
        """Tell it that somebody is away, with the reason unless its owner ignores them."""
        if other.away is not None:
            why = "Away" if ignores(self.user, other) else other.away
            self.say("301", other.name, why)

    def refuse(self, command: str, error: ChatError) -> None:
        """Tell it that a command was refused, mostly for lack of a numeric."""
        if isinstance(error, GuestsRefused) and command != "NOTICE":
            self.say("531", error.name, str(error))
        elif command != "NOTICE":  # which is refused without a word (RFC 2812, section 3.3.2)
            self.say("400", command, str(error))

    def heard(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries without the words of people whom its owner ignores."""
        return heard(entries, self.user.ignored, self.chat.users.known_by)

    def marked(self, target: str) -> str:
        """The line that tells how far its owner has read in a target."""
        at = self.chat.read_markers.marked(self.user, target)
        when = "*" if at is None else f"timestamp={stamp(at)}"
        return f":{self.door.name} MARKREAD {target} {when}"

    def batched(self, what: str, lines: Sequence[str]) -> list[str]:
        """Some lines as a batch of a type, with its parameters, if the client knows batches."""
        if "batch" not in self.caps:
            return list(lines)
        batch, name = self.door.next_batch(), self.door.name
        inner = [with_tag(line, f"batch={batch}") for line in lines]
        return [f":{name} BATCH +{batch} {what}", *inner, f":{name} BATCH -{batch}"]

    def tell_batch(self, what: str, lines: Sequence[str]) -> None:
        """Tell it some lines as a batch."""
        for line in self.batched(what, lines):
            self.tell(line)

    # How it comes and goes

    def leave(self, why: str, reason: str = "") -> None:
        """Close its connection, before or after it has registered, if it is not closed already.

        reason: for the others; empty for none.
        """
        if self.is_over:
            return
        self.tell(f"ERROR :Closing link: {why}")
        session = self.channel.visit.session
        if session is not None:
            self.flush()
            session.finish()  # there is nothing else behind it
            self.chat.departures.quit(session, reason)
        else:
            self.finish()
            self.is_over = True
            self.door.waiting.pop(self, None)
            self.channel.forget_input()
            self.visit.send_away()

    def settle(self) -> None:
        """Be no newcomer any more, once it has registered and no message waits on the porch."""
        porch = self._newcomer.porch if self._newcomer is not None else None
        if self.is_registered and (porch is None or not porch.is_paused):
            self._newcomer = None

    def closed(self) -> None:
        """Handle the end of its connection."""
        self.is_over = True
        if self._newcomer is not None and self._newcomer.porch is not None:
            self._newcomer.porch.close()
            self._newcomer.porch = None
        self.door.waiting.pop(self, None)
        self.door.strays.pop(self, None)
        self.door.monitors.clear(self)
        session = self.channel.visit.session
        if session is not None:
            self.door.clients.pop(session, None)

    def reword(self, shows_lobby: bool | None = None) -> None:
        """Word events by its present capabilities from now on.

        shows_lobby: whether it is in the lobby from now on; None if that has not changed.
        """
        is_in_lobby = self.shows_lobby if shows_lobby is None else shows_lobby
        wording = self.door.wording(self.caps, is_in_lobby)
        self.wording = wording
        if is_in_lobby is self.door.auto_join:
            self.door.strays.pop(self, None)
        else:
            self.door.strays[self] = None
        if self.is_registered and not is_own(self.session.wording):
            self.chat.users.show(self.session, wording)
