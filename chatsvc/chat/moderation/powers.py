"""The powers of each role: who may do what to whom."""

from __future__ import annotations

from collections.abc import Mapping

from chatsvc.chat.rooms.roles import Role

_Rule = Mapping[Role, tuple[Role, ...]]

_MEMBERS = (Role.VISITOR, Role.PARTICIPANT)
_LOWER: _Rule = {
    Role.MODERATOR: _MEMBERS,
    Role.OWNER: (*_MEMBERS, Role.MODERATOR),
    Role.OPERATOR: (*_MEMBERS, Role.MODERATOR, Role.OWNER),
    Role.ADMINISTRATOR: (*_MEMBERS, Role.MODERATOR, Role.OWNER, Role.OPERATOR),
}
_VOICE: _Rule = {
    Role.MODERATOR: (*_MEMBERS, Role.MODERATOR),
    Role.OWNER: (*_MEMBERS, Role.MODERATOR, Role.OWNER),
    Role.OPERATOR: (*_MEMBERS, Role.MODERATOR, Role.OWNER, Role.OPERATOR),
    Role.ADMINISTRATOR: (*_MEMBERS, Role.MODERATOR, Role.OWNER, Role.OPERATOR),
}
_OPERATORS = (Role.OPERATOR, Role.ADMINISTRATOR)
_NOBODY: _Rule = dict.fromkeys((Role.MODERATOR, Role.OWNER, *_OPERATORS), ())

# By act: the roles that may do it, each with the roles against which it may; none if the act has no
# target. Apart from AGAINST_GUEST_OWNERS, this is the only such table. Nobody may act against their
# own role, and so lock themselves out; except that voice takes nothing from anybody.
TABLE: Mapping[str, _Rule] = {
    "kick": _LOWER,
    "ban": _LOWER,
    "unban": _LOWER,
    "mute": _LOWER,
    "unmute": _LOWER,
    "exempt": _NOBODY,
    "unexempt": _NOBODY,
    "admit": _NOBODY,
    "unadmit": _NOBODY,
    "op": dict.fromkeys((Role.OWNER, *_OPERATORS), _MEMBERS),
    "deop": dict.fromkeys((Role.OWNER, *_OPERATORS), (Role.MODERATOR,)),
    "voice": _VOICE,
    "devoice": _VOICE,
    "redact": _LOWER,
    "moderated": _NOBODY,
    "owner": dict.fromkeys((Role.OWNER, *_OPERATORS), ()),
    "hook": _NOBODY,
    "bans": _NOBODY,
    "log": _NOBODY,
}

# By act: the roles that may also do it to an owner without an account, as on IRC, where only the
# registered founder of a channel is safe from its operators. Such an owner can come back at once,
# and is still the owner.
AGAINST_GUEST_OWNERS: Mapping[str, tuple[Role, ...]] = {"kick": (Role.MODERATOR,)}

# By act: the act that undoes it, which needs permission, too.
OPPOSITES: Mapping[str, str] = {
    "ban": "unban",
    "mute": "unmute",
    "exempt": "unexempt",
    "admit": "unadmit",
    "op": "deop",
    "voice": "devoice",
    "moderated": "moderated",
}


def may(role: Role, act: str, other: Role | None = None, is_guest: bool = False) -> bool:
    """Whether a role may do an act, against another role if given.

    is_guest: whether the other, if an owner, owns the room without an account.
    """
    against = TABLE[act].get(role)
    if against is None:
        return False
    if is_guest and other is Role.OWNER and role in AGAINST_GUEST_OWNERS.get(act, ()):
        return True
    return other is None or other in against


def as_markdown() -> str:
    """The table for the documents."""
    lines = [
        f"| act | {' | '.join(role.name.lower() for role in Role)} |",
        "|---" * (len(Role) + 1) + "|",
    ]
    for act in TABLE:
        cells = [_cell(role, act) for role in Role]
        lines.append(f"| {act} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(role: Role, act: str) -> str:
    against = TABLE[act].get(role)
    if against is None:
        return "no"
    whom = [f"{other.name.lower()}s" for other in against]
    if role in AGAINST_GUEST_OWNERS.get(act, ()):
        whom.append("owners without an account")
    return ", ".join(whom) or "yes"
