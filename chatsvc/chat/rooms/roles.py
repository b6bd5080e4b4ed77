"""The roles that people have in a room."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """What somebody is in a room; each stands above those before it."""

    VISITOR = 0  # in a moderated room, without voice
    PARTICIPANT = 1
    MODERATOR = 2
    OWNER = 3
    OPERATOR = 4  # of the whole server, and so of every room

    @property
    def title(self) -> str:
        """The role as it is spoken of."""
        return _TITLES[self]


_TITLES = {
    Role.VISITOR: "a visitor",
    Role.PARTICIPANT: "a participant",
    Role.MODERATOR: "a moderator",
    Role.OWNER: "the owner",
    Role.OPERATOR: "an operator",
}
