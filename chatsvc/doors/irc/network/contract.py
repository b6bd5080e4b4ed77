"""The contract of the network: what a client uses of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from chatsvc.chat.presence.watches import Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.logs.room import Reader
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.presence.watches import Watches
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.multiline import Piece
    from chatsvc.doors.irc.network.gone import AllGone
    from chatsvc.doors.irc.supported.sts import Sts
    from chatsvc.doors.irc.wording.wording import Wording

C = TypeVar("C", bound=Watching)  # the client


class Door(Protocol[C]):
    """What a client uses of the network; see `Network`."""

    chat: Chat
    name: str
    title: str
    auto_join: bool
    sts: Sts | None
    clients: dict[Reader, C]
    waiting: dict[C, str | None]
    strays: dict[C, None]
    gone: AllGone
    bots: set[User]
    most_users: int
    began: float

    @property
    def monitors(self) -> Watches[C]:
        """The names that clients monitor."""

    @property
    def in_lobby(self) -> int:
        """The number of clients in the lobby."""

    @property
    def alone(self) -> Callable[[Reader], Callable[[Sequence[Entry]], bytes]]:
        """Gives the wording of slices that hold something for one client alone."""

    def wording(self, caps: Collection[str], shows_lobby: bool) -> Wording:
        """The wording for some capabilities."""

    def next_batch(self) -> str:
        """The reference of a new batch."""

    def split(self, entry_id: int, pieces: Sequence[Piece]) -> None:
        """Keep the pieces of a multiline message."""

    def tell_of(self, user: User, cap: str, change: str) -> None:
        """Tell other clients that have a capability something about a person."""

    def tag(self, entry_id: int, tags: str) -> None:
        """Keep the client-only tags of a message."""

    def readers_of(self, room: NamedRoom) -> list[C]:
        """The clients in a room."""

    def neighbours(self, user: User) -> Callable[[C], bool]:
        """Says of each client whether it is in a channel of somebody, or is that person's own."""

    def shows_lobby(self, session: Session) -> bool:
        """Whether a session, by any door, is in the lobby."""

    def modes_of(self, user: User) -> set[str]:
        """The user modes of a person."""
