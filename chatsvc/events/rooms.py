"""Events of a room."""

from __future__ import annotations

from dataclasses import replace

from chatsvc.events.event import NOBODY, Author, Event, NameOnly, Reasoned, because, event


@event
class RoomEvent(Event):
    """Something that somebody did in a room, or that happened to somebody there."""

    room: str
    name: str


@event
class Entered(RoomEvent):
    """Somebody joined the room."""

    @property
    def author(self) -> Author:
        """The person who joins: some doors show more texts of theirs than the name."""
        return NOBODY if isinstance(self.name, NameOnly) else Author(self.name)

    def without_words(self) -> Event:
        """The event with the name only."""
        return replace(self, name=NameOnly(self.name))

    def __str__(self) -> str:
        return f"server: {self.name} has joined {self.room}."


@event
class Parted(Reasoned, RoomEvent):
    """Somebody left the room, but not the server.

    why: the reason; empty if none was given.
    """

    why: str = ""

    def __str__(self) -> str:
        return f"server: {self.name} has left {self.room}{because(self.why)}"


@event
class TopicSet(RoomEvent):
    """Somebody set the topic of the room; an empty one was removed."""

    topic: str

    @property
    def author(self) -> Author:
        """The author of the topic."""
        return Author(self.name)

    def __str__(self) -> str:
        if self.topic:
            return f"server: {self.name} has set the topic of {self.room}: {self.topic}"
        return f"server: {self.name} has removed the topic of {self.room}."


@event
class RoomRenamed(Reasoned, RoomEvent):
    """Somebody has given the room another name; `room` is the old one.

    new: the name from now on.
    why: the reason; empty for none.
    """

    new: str
    why: str = ""

    def __str__(self) -> str:
        return f"server: {self.name} has renamed {self.room} to {self.new}{because(self.why)}"


@event
class ChangedRoom(RoomEvent):
    """Somebody has changed settings of the room.

    changes: each is a setting, a blank, and its new value; for privacy, the old value follows. The
        settings are privacy, key, limit, topic-lock, accounts-only, no-ctcp and external. The value
        of the last four, and of the key, which is secret, is on or off.
    """

    changes: tuple[str, ...]

    def __str__(self) -> str:
        what = ", ".join(map(_about, self.changes))
        return f"server: {self.name} has changed {self.room}: {what}."


def _about(change: str) -> str:
    """A change in words."""
    setting, value, *_ = f"{change} ".split(" ")
    # A later version of the server may have more settings.
    about = _SETTINGS.get(setting, {"": f"its {setting} is {{}} now"})
    return about.get(value, about[""]).replace("{}", value)


# By setting and value; {} is the value.
_SETTINGS = {
    "privacy": {
        "public": "everybody can find and join it",
        "hidden": "only those who know its name find it",
        "": "only those who are invited can join it",
    },
    "key": {"on": "it has a key now", "": "it has no key any more"},
    "limit": {"0": "any number of people can be in it", "": "at most {} people can be in it"},
    "topic-lock": {
        "on": "only those who keep order can set its topic",
        "": "everybody can set its topic",
    },
    "accounts-only": {
        "on": "only those who have logged in can join it, and speak there without voice",
        "": "guests can join it, and speak there",
    },
    "external": {
        "on": "those who are not in it may speak there, by IRC",
        "": "only those in it speak there",
    },
    "no-ctcp": {"on": "no CTCP can be sent to it", "": "CTCP can be sent to it"},
}


@event
class Owned(RoomEvent):
    """The room has a new owner."""

    def __str__(self) -> str:
        return f"server: {self.room} belongs to {self.name} now."


@event
class GivenUp(RoomEvent):
    """The owner of the room has given it up; it has no owner now."""

    def __str__(self) -> str:
        return f"server: {self.name} has given {self.room} up, which belongs to nobody now."
