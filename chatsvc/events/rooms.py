"""What happens to a room."""

from __future__ import annotations

from chatsvc.events.event import Author, Event, event


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

    @property
    def author(self) -> Author:
        """Whoever has worded it."""
        return Author(self.name)

    def __str__(self) -> str:
        if self.topic:
            return f"server: {self.name} has set the topic of {self.room}: {self.topic}"
        return f"server: {self.name} has taken away the topic of {self.room}."


@event
class Owned(RoomEvent):
    """Somebody owns the room from now on, as whoever did has left."""

    def __str__(self) -> str:
        return f"server: {self.room} belongs to {self.name} now."
