"""The contract of moderation, as the rooms use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.roles import Role
    from chatsvc.chat.rooms.room import NamedRoom


class Order(Protocol):
    """Knows who may do what; the methods that check raise ChatError with the reason."""

    def is_operator(self, user: User) -> bool:
        """Whether somebody is an operator of the server."""

    def role_of(self, room: NamedRoom, user: User) -> Role:
        """The role that somebody has, or would have, in a room."""

    def ban_notice(self, room: NamedRoom, user: User) -> str:
        """The notice for somebody banned from a room; empty for others."""

    def check_ban(self, room: NamedRoom, user: User) -> None:
        """Check that somebody is not banned from a room."""

    def is_let_in(self, room: NamedRoom, user: User) -> bool:
        """Whether somebody may join an invite-only room without an invitation."""

    def check_mute(self, room: NamedRoom, user: User) -> None:
        """Check that somebody is not muted in a room, nor everywhere."""

    def check_voice(self, room: NamedRoom, user: User) -> None:
        """Check that somebody may speak in a room."""

    def check_guest(self, user: User, hearer: User) -> None:
        """Check that a person who invites another is not a guest whom the other refuses."""

    def check_words(self, user: User, hearer: User | None = None) -> None:
        """Check that somebody's words may reach people outside rooms.

        hearer: the only person they reach, if there is only one.
        """
