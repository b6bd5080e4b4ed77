"""Orders: acts of moderation."""

from __future__ import annotations

from dataclasses import replace

from chatsvc.events.event import LOBBY, NOBODY, Author, Event, because, event
from chatsvc.events.people import Presence
from chatsvc.events.rooms import RoomEvent


@event
class Order(RoomEvent):
    """An act of moderation in a room; in the lobby, on the whole server.

    name: of the target; empty for none.
    actor: the moderator's name.
    act: its number.
    """

    actor: str
    act: int

    @property
    def number(self) -> str:
        """The number of the act, as people read it."""
        return f"(act {self.act})"


@event
class ReasonedOrder(Order):
    """An act that may have a duration and a reason.

    span: its duration, such as 2h; empty if it has no end, or is over at once.
    until: its end by the server's clock, in words; empty for none.
    why: the reason; empty for none.
    """

    span: str
    until: str
    why: str

    @property
    def author(self) -> Author:
        """The author of the reason, or of the mask."""
        return Author(self.actor) if self.why or has_words(self.name) else NOBODY

    def without_words(self) -> Event | None:
        """The act without its reason, as there is no other way to learn of it; None with a mask."""
        return None if has_words(self.name) else replace(self, why="")


def has_words(name: str) -> bool:
    """Whether the name of an act's target may be any words.

    It is a mask, or the account in `~account:name`, which may be one that nobody has.
    """
    return "!" in name or name[:1] == "~"


def _during(span: str, until: str) -> str:
    return f" for {span}, until {until}" if span else " until that is undone"


def _in(room: str) -> str:
    """Where an act holds, in words."""
    return "on the whole server" if room == LOBBY else f"in {room}"


@event
class Kicked(ReasonedOrder):
    """Somebody was removed from the room."""

    def __str__(self) -> str:
        what = f"{self.actor} has kicked {self.name} out of {self.room}"
        return f"server: {what} {self.number}{because(self.why)}"


@event
class Redaction(ReasonedOrder):
    """A message was removed.

    entry: its id.
    """

    entry: int

    def __str__(self) -> str:
        what = f"{self.actor} has removed line {self.entry} of {self.name} in {self.room}"
        return f"server: {what} {self.number}{because(self.why)}"


@event
class Banned(ReasonedOrder):
    """Somebody can no longer join the room.

    was_in: whether they were in it, and are out of it now.
    """

    was_in: bool = False

    def __str__(self) -> str:
        what = (
            f"{self.actor} has banned {self.name} from {self.room}{_during(self.span, self.until)}"
        )
        return f"server: {what} {self.number}{because(self.why)}"


@event
class Muted(ReasonedOrder):
    """Somebody cannot speak in the room for a while."""

    def __str__(self) -> str:
        where = _in(self.room)
        what = f"{self.actor} has muted {self.name} {where}{_during(self.span, self.until)}"
        return f"server: {what} {self.number}{because(self.why)}"


@event
class MaskOrder(Order):
    """An act about a mask, which may contain any words."""

    @property
    def author(self) -> Author:
        """The author of the mask."""
        return Author(self.actor)


@event
class Exempted(MaskOrder):
    """People who match a mask can join, and speak, in spite of bans."""

    def __str__(self) -> str:
        what = f"{self.actor} has exempted {self.name} from the bans of {self.room}"
        return f"server: {what} {self.number}."


@event
class LetIn(MaskOrder):
    """People who match a mask can join the room without an invitation."""

    def __str__(self) -> str:
        what = f"{self.actor} lets {self.name} join {self.room} without an invitation"
        return f"server: {what} {self.number}."


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
    """Only people with voice may speak in the room from now on."""

    def __str__(self) -> str:
        what = f"{self.actor} has made {self.room} moderated"
        return f"server: {what} {self.number}: only those with voice can speak there."


@event
class Undone(Order):
    """An act was undone.

    kind: of the act, such as ban.
    why: the reason; empty for none.
    """

    kind: str
    why: str

    @property
    def author(self) -> Author:
        """The author of the reason, or of the mask."""
        return Author(self.actor) if self.why or has_words(self.name) else NOBODY

    def without_words(self) -> Event | None:
        """The act without its reason, as there is no other way to learn of it; None with a mask."""
        return None if has_words(self.name) else replace(self, why="")

    def __str__(self) -> str:
        what = {
            "ban": f"lifted the ban of {self.name} from {self.room}",
            "mute": f"lifted the mute of {self.name} {_in(self.room)}",
            "exempt": f"ended the exemption of {self.name} from the bans of {self.room}",
            "admit": f"stopped letting {self.name} join {self.room} without an invitation",
            "op": f"taken the role of a moderator of {self.room} from {self.name}",
            "voice": f"taken voice in {self.room} from {self.name}",
            "moderated": f"let everybody speak in {self.room} again",
        }.get(self.kind, f"undone something in {self.room}")  # a later version has more kinds
        return f"server: {self.actor} has {what} {self.number}{because(self.why)}"


@event
class Removed(Presence):
    """Somebody was removed from the server.

    how: kicked or banned.
    """

    how: str
    actor: str
    act: int
    span: str
    until: str
    why: str

    @property
    def author(self) -> Author:
        """The author of the reason."""
        return Author(self.actor) if self.why else NOBODY

    def without_words(self) -> Event:
        """The act without its reason, as there is no other way to learn of it."""
        return replace(self, why="")

    def __str__(self) -> str:
        during = _during(self.span, self.until) if self.how == "banned" else ""
        what = f"{self.name} was {self.how} from this server by {self.actor}{during}"
        return f"server: {what} (act {self.act}){because(self.why)}"
