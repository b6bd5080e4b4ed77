"""What happened to somebody whose connection was down, to be told when that person comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from chatsvc.events.answers import Dismissed, Notice

if TYPE_CHECKING:
    from chatsvc.events.event import Event

MOST_UNTOLD = 10  # things that are kept of one person; the oldest are forgotten first


class Untold(NamedTuple):
    """Something that happened to somebody.

    text: what is told of it.
    room: the name of the room that it is about; empty if it is about none.
    place: the key of that room, if the person has left it by that; else empty.
    id: of the event by which that was; 0 if there is none.
    since: the id behind which the person read that room.
    is_told: somebody was connected, and told: only who had lost that connection has missed it.
    """

    text: str
    room: str = ""
    place: str = ""
    id: int = 0
    since: int = 0
    is_told: bool = False

    @property
    def event(self) -> Event:
        """As it is told."""
        return Dismissed(self.text, self.room) if self.place else Notice(self.text, self.room)


class Absent(Protocol):
    """Who may not be here: a person, or an account.

    untold: what is kept, oldest first.
    """

    untold: tuple[Untold, ...]


def add_untold(absent: Absent, untold: Untold) -> None:
    """Keep something to be told."""
    absent.untold = (*absent.untold[1 - MOST_UNTOLD :], untold)


def take_untold(absent: Absent) -> tuple[Untold, ...]:
    """What is to be told; all of it counts as told from now on."""
    untold = absent.untold
    absent.untold = tuple([each._replace(is_told=True) for each in untold if each.place])
    return untold
