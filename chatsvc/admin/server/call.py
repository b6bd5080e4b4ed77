"""A call of a command in the server: who made it, and what it works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.admin.server.pace import Pace
from chatsvc.admin.server.recent import Recent
from chatsvc.chat.people.connection import Closed
from chatsvc.chat.people.user import Administrator, Session
from chatsvc.errors import NoSuchRoom

if TYPE_CHECKING:
    from chatsvc.admin.server.lines import Lines
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.events.event import Event
    from chatsvc.settings.gathering import Gathered
    from chatsvc.store import Store


class _Socket(Closed):
    """The connection of an administrator, of which a command learns that it is private."""

    __slots__ = ()

    is_private = is_local = True
    kind = "admin"


class AdministratorSession(Session):
    """The administrator, as the slash commands need one; it reads nothing but answers.

    told: the answers that nobody has taken yet.
    """

    def __init__(self, chat: Chat, name: str) -> None:
        connection = _Socket(True)
        super().__init__(connection, _no_words, None, chat.lobby, chat.delivery)
        self.user = Administrator(name)
        self.told: list[str] = []

    def answer(self, event: Event) -> None:
        """Keep an answer."""
        self.told.append(str(event).removeprefix("server: "))

    def take_told(self) -> list[str]:
        """Take what it was told."""
        told, self.told = self.told, []
        return told


def _no_words(entries: object) -> bytes:
    return b""


@dataclass(eq=False)
class Desk:
    """What the commands of a server work with.

    gathered: returns the settings in force, with where each comes from.
    started_at: when it started, in seconds by the steady clock.
    recent: the last lines of the log.
    pace: the work of the last minute.
    """

    chat: Chat
    store: Store
    gathered: Callable[[], Gathered]

    def __post_init__(self) -> None:
        self.started_at = self.chat.clock.seconds()
        self.recent = Recent()
        self.pace = Pace(self.chat)

    def open(self) -> None:
        """Begin to measure."""
        self.recent.start()
        self.pace.start()

    def close(self) -> None:
        """Stop that."""
        self.recent.stop()
        self.pace.stop()


@dataclass(eq=False)
class Call:
    """A call of a command.

    by: the name of the administrator, such as admin:root.
    lines: the lines that the client sends after its request.
    session: the administrator, for the slash commands; what it is told is the answer.
    is_over: whether the client has ended; then there is no more work to do for it.
    """

    desk: Desk
    by: str
    lines: Lines
    is_over: bool = False

    def __post_init__(self) -> None:
        self.session = AdministratorSession(self.desk.chat, self.by)

    @property
    def chat(self) -> Chat:
        """The chat."""
        return self.desk.chat

    def room(self, name: str) -> NamedRoom:
        """The room of a name, with or without its #. Raises NoSuchRoom."""
        full = f"#{name.removeprefix('#')}"
        room = self.chat.rooms.get(full)
        if room is None:
            raise NoSuchRoom(full)
        return room
