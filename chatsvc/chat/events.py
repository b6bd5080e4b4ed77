"""What can happen: each event prints as the line that people see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

from chatsvc.chat.room import LOBBY

if TYPE_CHECKING:
    from chatsvc.chat.log import Entry

MANY_JOINS = 20  # more than so many in a row are told in one line
NAMES_WIDTH = 68  # characters in a line of names, so that it fits a terminal
PREFIX = "server: "  # before each line that is the server's own
WELCOME = f"{PREFIX}Welcome"  # how the first line begins for all who are let in

Any = TypeVar("Any")


@dataclass_transform(frozen_default=True)
def event(kind: type[Any]) -> type[Any]:
    """Make a class a dataclass with slots, which nobody changes.

    It is the type checker that sees to it: what `frozen=True` does at run time takes two thirds of
    the time in which an event is made.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


@event
class Event:
    """Something that happened, told to whoever reads the room."""


@event
class Spoken(Event):
    """What somebody says, in whatever way; it is kept, other than what only happens.

    room: the name of the room, which stands before it; empty for the lobby and between two people.
    nonce: by which whoever has said it knows it again; empty if they did not give one.
    """

    speaker: str
    text: str
    room: str = ""
    nonce: str = ""

    def worded(self, before: str) -> str:
        """Its lines, each behind what tells who says it: nobody can forge a line of another."""
        if self.room:
            before = f"{self.room} {before}"
        if "\n" in self.text:
            return "\n".join([before + line for line in self.text.split("\n")])
        return before + self.text


@event
class Said(Spoken):
    """Somebody said something."""

    def __str__(self) -> str:
        if self.room or "\n" in self.text:
            return self.worded(f"{self.speaker}: ")
        return f"{self.speaker}: {self.text}"


@event
class Direct(Said):
    """Somebody said something to one person only.

    to: the name of that person.
    """

    to: str = ""


@event
class DirectlyActed(Direct):
    """Somebody said to one person only what they do."""

    def __str__(self) -> str:
        return self.worded(f"* {self.speaker} ")


@event
class Queued(Direct):
    """Somebody said something to one person only, who is not here; it waits for that person.

    It is told to its speaker.
    """

    def __str__(self) -> str:
        return self.worded(f"server: {self.to} is not here. Your message waits: ")


@event
class Acted(Spoken):
    """Somebody said what they do."""

    def __str__(self) -> str:
        return self.worded(f"* {self.speaker} ")


@event
class Redacted(Spoken):
    """What stands in the place of what somebody said; the text is who has removed it, and why."""

    def __str__(self) -> str:
        before = f"{self.room} server" if self.room else "server"
        return f"{before}: What {self.speaker} said was removed by {self.text}."


# By the words under which a store keeps them.
KINDS: dict[str, type[Spoken]] = {kind.__name__: kind for kind in (Said, Acted, Redacted)}


@event
class Welcomed(Event):
    """Somebody was let in, and is told the name given and how many others are here.

    rooms: in which one is; none where one has to log in first.
    """

    name: str
    others: int
    rooms: tuple[str, ...]

    def __str__(self) -> str:
        company = {0: "Nobody else is here yet.", 1: "1 other person is here."}.get(
            self.others, f"{self.others} others are here."
        )
        return f"{WELCOME}, you are {self.name}. {company} Type /help for help."


@event
class LoggedIn(Event):
    """A session has logged in, and is told the name and the rooms that it has by that."""

    name: str
    rooms: tuple[str, ...]

    def __str__(self) -> str:
        return f"server: You are {self.name}."


@event
class LoggedOut(LoggedIn):
    """A session is a guest's again."""

    def __str__(self) -> str:
        return f"server: You are {self.name}, and not logged in any more."


@event
class Presence(Event):
    """What happened to a person; told in the lobby, where everyone is."""

    name: str


@event
class Joined(Presence):
    """A connection was accepted and given its name."""

    def __str__(self) -> str:
        return f"server: {self.name} has joined."


@event
class CrowdJoined(Presence):
    """More than MANY_JOINS came at once; one of them is named."""

    others: int

    def __str__(self) -> str:
        return f"server: {self.name} and {self.others} others have joined."


@event
class Quit(Presence):
    """Somebody said that they leave."""

    def __str__(self) -> str:
        return f"server: {self.name} has quit."


@event
class Lost(Presence):
    """A connection ended without a word: closed, reset, timed out or cut off."""

    def __str__(self) -> str:
        return f"server: {self.name} has lost its connection."


@event
class Renamed(Presence):
    """Somebody has chosen a name."""

    new: str

    def __str__(self) -> str:
        return f"server: {self.name} is now known as {self.new}."


@event
class RoomEvent(Event):
    """Something that happened in a room, to somebody or done by somebody."""

    room: str
    name: str


@event
class Entered(RoomEvent):
    """Somebody came into the room."""

    def __str__(self) -> str:
        return f"server: {self.name} has joined {self.room}."


@event
class Parted(RoomEvent):
    """Somebody left the room, but not the server."""

    def __str__(self) -> str:
        return f"server: {self.name} has left {self.room}."


@event
class TopicSet(RoomEvent):
    """Somebody said what the room is about; with an empty topic, that it is about nothing more."""

    topic: str

    def __str__(self) -> str:
        if self.topic:
            return f"server: {self.name} has set the topic of {self.room}: {self.topic}"
        return f"server: {self.name} has taken away the topic of {self.room}."


@event
class Owned(RoomEvent):
    """Somebody owns the room from now on, as whoever did has left."""

    def __str__(self) -> str:
        return f"server: {self.room} belongs to {self.name} now."


@event
class Order(RoomEvent):
    """Somebody keeps order in a room; in the lobby, on the whole server.

    name: of whom it hits; empty if it hits nobody.
    actor: who does it.
    act: its number.
    """

    actor: str
    act: int

    @property
    def number(self) -> str:
        """The number of the act, by which it is spoken of."""
        return f"(act {self.act})"


@event
class ReasonedOrder(Order):
    """An order against somebody.

    span: for how long, as 2h; empty if it has no end, or is over at once.
    until: the time of its end by the server's clock, in words; empty if it has none.
    why: the reason; empty if none was given.
    """

    span: str
    until: str
    why: str


def _because(why: str) -> str:
    return f': "{why}"' if why else "."


def _during(span: str, until: str) -> str:
    return f" for {span}, until {until}" if span else " until that is undone"


def _in(room: str) -> str:
    """Where something is done; in the lobby it is everywhere."""
    return "on the whole server" if room == LOBBY else f"in {room}"


@event
class Kicked(ReasonedOrder):
    """Somebody was put out of the room."""

    def __str__(self) -> str:
        what = f"{self.actor} has kicked {self.name} out of {self.room}"
        return f"server: {what} {self.number}{_because(self.why)}"


@event
class Redaction(ReasonedOrder):
    """What somebody said was removed.

    entry: the id of that.
    """

    entry: int

    def __str__(self) -> str:
        what = f"{self.actor} has removed line {self.entry} of {self.name} in {self.room}"
        return f"server: {what} {self.number}{_because(self.why)}"


@event
class Banned(ReasonedOrder):
    """Somebody cannot come into the room any more."""

    def __str__(self) -> str:
        what = (
            f"{self.actor} has banned {self.name} from {self.room}{_during(self.span, self.until)}"
        )
        return f"server: {what} {self.number}{_because(self.why)}"


@event
class Muted(ReasonedOrder):
    """Somebody cannot speak in the room for a while."""

    def __str__(self) -> str:
        where = _in(self.room)
        what = f"{self.actor} has muted {self.name} {where}{_during(self.span, self.until)}"
        return f"server: {what} {self.number}{_because(self.why)}"


@event
class Opped(Order):
    """Somebody is a moderator from now on."""

    def __str__(self) -> str:
        what = f"{self.actor} has made {self.name} a moderator of {self.room}"
        return f"server: {what} {self.number}."


@event
class Voiced(Order):
    """Somebody may speak in the room while it is moderated."""

    def __str__(self) -> str:
        return f"server: {self.actor} has given voice in {self.room} to {self.name} {self.number}."


@event
class ModeratedSet(Order):
    """Only those with voice may speak in the room from now on."""

    def __str__(self) -> str:
        what = f"{self.actor} has made {self.room} moderated"
        return f"server: {what} {self.number}: only those with voice can speak there."


@event
class Undone(Order):
    """An act was undone.

    kind: of the act, such as ban.
    why: the reason; empty if none was given.
    """

    kind: str
    why: str

    def __str__(self) -> str:
        what = {
            "ban": f"lifted the ban of {self.name} from {self.room}",
            "mute": f"lifted the mute of {self.name} {_in(self.room)}",
            "op": f"taken the role of a moderator of {self.room} from {self.name}",
            "voice": f"taken voice in {self.room} from {self.name}",
            "moderated": f"let everybody speak in {self.room} again",
        }.get(self.kind, f"undone something in {self.room}")  # a later version has more kinds
        return f"server: {self.actor} has {what} {self.number}{_because(self.why)}"


@event
class Removed(Presence):
    """Somebody was put off the server.

    how: kicked or banned.
    """

    how: str
    actor: str
    act: int
    span: str
    until: str
    why: str

    def __str__(self) -> str:
        during = _during(self.span, self.until) if self.how == "banned" else ""
        what = f"{self.name} was {self.how} from this server by {self.actor}{during}"
        return f"server: {what} (act {self.act}){_because(self.why)}"


@event
class Recalled(Event):
    """Something that was said earlier, to whoever asked for it or has joined since.

    entry: as it stood in its room.
    when: it was said, worded.
    """

    entry: Entry
    when: str

    def __str__(self) -> str:
        before = f"[{self.entry.id} {self.when}] "
        return "\n".join([before + line for line in self.entry.line.decode().split("\n")])


@event
class Past(Recalled):
    """Something that happened in a room that the reader has left since; that is the entry."""

    def __str__(self) -> str:
        return self.entry.line.decode()


def past(entry: Entry) -> Entry:
    """The entry, for somebody who does not read its room any more."""
    return entry._replace(room=None, event=Past(entry, ""))


@event
class Waited(Recalled):
    """Something that was said to one person only, who was not here; that is the entry."""

    def __str__(self) -> str:
        said = self.entry.event
        assert isinstance(said, Direct)
        before = f"server: {said.speaker} wrote to you only, at {self.when}: "
        return "\n".join([before + line for line in said.text.split("\n")])


@event
class Notice(Event):
    """What the server has to say, to everyone or to one session.

    room: the name of the room that it is about; empty if it is about none.
    """

    text: str
    room: str = ""

    def __str__(self) -> str:
        return f"server: {self.text}"


@event
class Admitted(Notice):
    """A session is in a room from now on, and reads what is said there."""


@event
class Dismissed(Notice):
    """A session is in a room no longer."""


@event
class Refused(Event):
    """Something that a session asked for cannot be had.

    text: why, for people.
    code: why, for programs.
    field: what was wrong of what was asked; empty if that cannot be told.
    nonce: by which the session knows what it has asked; empty if it did not give one.
    """

    text: str
    code: str
    field: str
    nonce: str

    def __str__(self) -> str:
        return f"server: {self.text}"


@event
class Listed(Event):
    """The names of some people.

    where: they are, or what of them.
    room: in which they are; empty if that is not what they have in common.
    more: how many there are besides.
    """

    names: tuple[str, ...]
    where: str
    room: str
    more: int

    def __str__(self) -> str:
        number = len(self.names) + self.more
        title = (
            f"server: 1 user is {self.where}"
            if number == 1
            else f"server: {number} users are {self.where}"
        )
        rows = [""]
        for name in self.names:
            if rows[-1] and len(rows[-1]) + len(name) > NAMES_WIDTH:
                rows.append("")
            rows[-1] += f", {name}" if rows[-1] else name
        if len(rows) == 1:
            return f"{title}: {rows[0]}" if number else f"{title}."
        more = [f"and {self.more} more"] if self.more else []
        return "\nserver:   ".join([f"{title}:", *rows, *more])


@event
class Paced(Event):
    """How fast a session may send: a burst of lines at once, then so many a second."""

    burst: int
    rate: float

    def __str__(self) -> str:
        return f"server: You may send {self.burst} lines at once, then {self.rate:g} a second."


@event
class Resumable(Event):
    """A session was given a token, with which it can be resumed on another connection.

    seen: the id up to which it has been told what there was.
    """

    token: str
    seen: int

    def __str__(self) -> str:
        return f"server: Your token is {self.token}."


@event
class Resumed(Resumable):
    """A session goes on behind that id.

    name: that it has.
    rooms: in which it is.
    missing: in how many of them not all is known any more that has happened since.
    """

    name: str
    rooms: tuple[str, ...]
    missing: int

    def __str__(self) -> str:
        return f"server: You are {self.name} again. Your token is {self.token}."


@event
class Done(Event):
    """Something that a session asked for, and gave a nonce, is done; what it was told is before."""

    nonce: str

    def __str__(self) -> str:
        return f"server: Done ({self.nonce})."


@event
class NotSaid(Event):
    """What a session said could not be kept, so nobody sees it."""

    why: str
    line: str
    nonce: str = ""

    def __str__(self) -> str:
        return f"server: Not said, as {self.why}: {self.line}"


@event
class Missed(Event):
    """A session fell so far behind that this many lines were forgotten before it read them."""

    lines: int

    def __str__(self) -> str:
        return f"server: You missed {self.lines} {'line' if self.lines == 1 else 'lines'}."
