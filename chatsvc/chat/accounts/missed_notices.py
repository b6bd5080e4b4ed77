"""Notices that a person may have missed, to be told on coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from chatsvc.events.answers import Dismissed, Notice

if TYPE_CHECKING:
    from chatsvc.events.event import Event

MOST_NOTICES = 10  # of one person; the oldest are forgotten first


class MissedNotice(NamedTuple):
    """Something that happened to somebody.

    text: the notice.
    room: the name of the room that it is about; empty for none.
    left_key: the key of that room if the person had to leave it; else empty.
    id: of the event that made the person leave; 0 for none.
    since: the id after which the person read that room.
    is_told: whether a connection was told; a person who then lost it has missed the notice.
    """

    text: str
    room: str = ""
    left_key: str = ""
    id: int = 0
    since: int = 0
    is_told: bool = False

    @property
    def event(self) -> Event:
        """The notice as an event."""
        return Dismissed(self.text, self.room) if self.left_key else Notice(self.text, self.room)


class Absent(Protocol):
    """A person or an account, perhaps not here.

    missed_notices: the notices that are kept, oldest first.
    """

    missed_notices: tuple[MissedNotice, ...]


def add_notice(absent: Absent, notice: MissedNotice) -> None:
    """Keep a notice."""
    absent.missed_notices = (*absent.missed_notices[1 - MOST_NOTICES :], notice)


def take_missed_notices(absent: Absent) -> tuple[MissedNotice, ...]:
    """Take the notices to be told; all count as told from now on."""
    notices = absent.missed_notices
    absent.missed_notices = tuple(
        [each._replace(is_told=True) for each in notices if each.left_key]
    )
    return notices
