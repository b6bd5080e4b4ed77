"""Notices that somebody may have missed, to be told at the return."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from chatsvc.events.answers import Dismissed, Notice

if TYPE_CHECKING:
    from chatsvc.events.event import Event

MOST_UNTOLD = 10  # of one person; the oldest are forgotten first


class Untold(NamedTuple):
    """Something that happened to somebody.

    text: the notice.
    room: the name of the room that it is about; empty for none.
    place: the key of that room if it made the person leave it; else empty.
    id: of the event that did; 0 for none.
    since: the id after which the person read that room.
    is_told: whether a connection was told; only somebody who then lost it has missed it.
    """

    text: str
    room: str = ""
    place: str = ""
    id: int = 0
    since: int = 0
    is_told: bool = False

    @property
    def event(self) -> Event:
        """The notice as an event."""
        return Dismissed(self.text, self.room) if self.place else Notice(self.text, self.room)


class Absent(Protocol):
    """A person or an account, perhaps not here.

    untold: the notices kept, oldest first.
    """

    untold: tuple[Untold, ...]


def add_untold(absent: Absent, untold: Untold) -> None:
    """Keep a notice."""
    absent.untold = (*absent.untold[1 - MOST_UNTOLD :], untold)


def take_untold(absent: Absent) -> tuple[Untold, ...]:
    """Take the notices to be told; all count as told from now on."""
    untold = absent.untold
    absent.untold = tuple([each._replace(is_told=True) for each in untold if each.place])
    return untold
