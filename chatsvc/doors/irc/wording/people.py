"""The names of people in IRC: nick!user@host, with a cloak as the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.cloaks import SUFFIX
from chatsvc.chat.rooms.roles import Role
from chatsvc.text.names import is_administrator, is_hook

if TYPE_CHECKING:
    from collections.abc import Collection

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom

USER_LENGTH = 18  # characters
REALNAME_LENGTH = 100
# By role: what precedes the name. Clients know only one rank above voice, so owners and moderators
# look the same.
MARKS = {Role.OWNER: "@", Role.MODERATOR: "@", Role.PARTICIPANT: "+"}
PREFIX = "(ov)@+"


def username(user: User) -> str:
    """The part before the @; the given name if the client has not said it."""
    return user.username or user.given_name


def realname(user: User) -> str:
    """The real name; the name if the client has not said it."""
    return user.realname or user.name


def host(chat: Chat, user: User) -> str:
    """The cloak of somebody's address."""
    return chat.cloaks.of(user.address)


def source_of(chat: Chat, user: User) -> str:
    """The source of a message of somebody who is here."""
    return f"{user.name}!{username(user)}@{host(chat, user)}"


def outside_source(name: str) -> str:
    """The source of a message of a hook or an administrator; empty for anybody else."""
    if is_hook(name):
        return f"{name}!hook@hook{SUFFIX}"
    return f"{name}!admin@admin{SUFFIX}" if is_administrator(name) else ""


def account_name(user: User) -> str:
    """The name of somebody's account; empty without one."""
    return user.account.name if user.account is not None else ""


def prefix(chat: Chat, room: NamedRoom, user: User, caps: Collection[str]) -> str:
    """What precedes somebody's name in a room; several marks only with multi-prefix."""
    marks = "".join(dict.fromkeys([MARKS[role] for role in chat.standing.marks(room, user)]))
    return marks if "multi-prefix" in caps else marks[:1]
