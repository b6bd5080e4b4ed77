"""The names of people in IRC: nick!user@host, with a cloak as the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.cloaks import SUFFIX
from chatsvc.chat.people.keys import account_key, guest_key
from chatsvc.chat.rooms.roles import Role
from chatsvc.text.names import is_administrator, is_hook

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom

USER_LENGTH = 18  # characters
REALNAME_LENGTH = 100
# By role: what precedes the name. Clients know only one rank above voice, so owners and moderators
# look the same.
MARKS = {Role.OWNER: "@", Role.MODERATOR: "@", Role.PARTICIPANT: "+"}
PREFIX = "(ov)@+"
_MODES = {Role.OWNER: "o", Role.MODERATOR: "o", Role.PARTICIPANT: "v"}


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


def modes_given(chat: Chat, room: NamedRoom, user: User) -> str:
    """The change of modes that gives somebody what they have in a room; empty for nothing."""
    return _change("+", user, chat.standing.marks(room, user))


def modes_changed(chat: Chat, room: NamedRoom, user: User, former: str) -> str:
    """The change of modes in a room by a login or logout; empty for none.

    former: the name of the account that it was before; empty for none.
    """
    keys = [guest_key(user), *([account_key(former)] if former else [])]
    before, now = chat.standing.marks_of(room, keys), chat.standing.marks(room, user)
    if former:
        return _change("-", user, [role for role in before if role not in now])
    return _change("+", user, [role for role in now if role not in before])


def _change(sign: str, user: User, roles: Iterable[Role]) -> str:
    modes = "".join(dict.fromkeys([_MODES[role] for role in roles]))
    return f"{sign}{modes}{f' {user.name}' * len(modes)}" if modes else ""


def prefix(chat: Chat, room: NamedRoom, user: User, caps: Collection[str]) -> str:
    """What precedes somebody's name in a room; several marks only with multi-prefix."""
    marks = "".join(dict.fromkeys([MARKS[role] for role in chat.standing.marks(room, user)]))
    return marks if "multi-prefix" in caps else marks[:1]
