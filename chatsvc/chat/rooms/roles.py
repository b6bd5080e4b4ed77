"""Roles in a room."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """A role in a room; each is above those before it."""

    VISITOR = 0  # in a moderated room, without voice
    PARTICIPANT = 1
    MODERATOR = 2
    OWNER = 3
    OPERATOR = 4  # of the whole server, and so of every room
    ADMINISTRATOR = 5  # who runs the server, and acts from outside

    @property
    def title(self) -> str:
        """The role in words."""
        return _TITLES[self]


_TITLES = {
    Role.VISITOR: "a visitor",
    Role.PARTICIPANT: "a participant",
    Role.MODERATOR: "a moderator",
    Role.OWNER: "the owner",
    Role.OPERATOR: "an operator",
    Role.ADMINISTRATOR: "an administrator",
}
