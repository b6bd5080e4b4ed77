"""How people are named in IRC: nick!user@host, with a cloak for a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.rooms.roles import Role

if TYPE_CHECKING:
    from collections.abc import Collection

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom

USER_LENGTH = 18  # characters
REALNAME_LENGTH = 100
# By what somebody has been made in a room: what stands before the name. Clients know of one rank
# above those with voice, so an owner and a moderator look the same.
MARKS = {Role.OWNER: "@", Role.MODERATOR: "@", Role.PARTICIPANT: "+"}
PREFIX = "(ov)@+"


def username(user: User) -> str:
    """The part before the @; the given name of those whose client has not said it."""
    return user.username or user.given_name


def realname(user: User) -> str:
    """What somebody is called for people to read."""
    return user.realname or user.name


def host(chat: Chat, user: User) -> str:
    """The cloak of where somebody comes from."""
    return chat.cloaks.of(user.address)


def source_of(chat: Chat, user: User) -> str:
    """Where a message of somebody who is here comes from."""
    return f"{user.name}!{username(user)}@{host(chat, user)}"


def account_name(user: User) -> str:
    """The name of somebody's account; empty without one."""
    return user.account.name if user.account is not None else ""


def prefix(chat: Chat, room: NamedRoom, user: User, caps: Collection[str]) -> str:
    """What stands before somebody's name in a room: all of it with multi-prefix."""
    marks = "".join(dict.fromkeys([MARKS[role] for role in chat.standing.marks(room, user)]))
    return marks if "multi-prefix" in caps else marks[:1]
