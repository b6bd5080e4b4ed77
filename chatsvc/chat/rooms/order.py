"""What rooms ask of whoever keeps order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.roles import Role
    from chatsvc.chat.rooms.room import NamedRoom


class Order(Protocol):
    """Knows who may do what; what is called check raises ChatError, which says why not."""

    def is_operator(self, user: User) -> bool:
        """Whether somebody may do everything everywhere."""

    def role_of(self, room: NamedRoom, user: User) -> Role:
        """What somebody is in a room, or would be there."""

    def ban_told(self, room: NamedRoom, user: User) -> str:
        """What somebody is told who is banned from a room; empty for others."""

    def check_ban(self, room: NamedRoom, user: User) -> None:
        """See whether somebody may join a room."""

    def check_voice(self, room: NamedRoom, user: User) -> None:
        """See whether somebody may speak in a room."""

    def check_words(self, user: User, hearer: User | None = None) -> None:
        """See whether somebody's words may reach others who are not in a room with them.

        hearer: the only one whom they reach, if that is so.
        """
