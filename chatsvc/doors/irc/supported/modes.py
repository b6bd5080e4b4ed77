"""Channel modes, and the settings of rooms that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.rooms.room import ACCOUNTS_ONLY, EXTERNAL, NO_CTCP, TOPIC_LOCKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.rooms.room import NamedRoom

# By the name of a room's setting in events: the mode.
SETTINGS = {"key": "k", "limit": "l", "topic-lock": "t", "accounts-only": "R", "no-ctcp": "C"}
ACCOUNT = "~account:"  # before the name of an account in a mask
FLAGS = TOPIC_LOCKED + ACCOUNTS_ONLY + NO_CTCP  # flags of rooms that are modes, too


def changes(settings: Sequence[str]) -> str:
    """Changes of settings, as events have them, in modes: those that are set come first."""
    signs: dict[str, str] = {"+": "", "-": ""}
    params: dict[str, list[str]] = {"+": [], "-": []}
    for each in settings:
        setting, _, value = each.partition(" ")
        for sign, mode, param in _changed(setting, value):
            signs[sign] += mode
            if param:
                params[sign].append(param)
    letters = "".join([sign + found for sign, found in signs.items() if found])
    return " ".join([letters, *params["+"], *params["-"]])


def _changed(setting: str, value: str) -> Sequence[tuple[str, str, str]]:
    """The modes of one changed setting, each with a sign, a letter and a parameter."""
    sign = "-" if value in ("off", "0") else "+"
    if setting == "privacy":
        new, _, old = value.partition(" ")
        modes = {"invite-only": "i", "hidden": "s"}
        return [(sign, modes[each], "") for sign, each in (("+", new), ("-", old)) if each in modes]
    if setting == "external":
        return [("+" if sign == "-" else "-", "n", "")]
    if setting == "limit":
        return [(sign, "l", value if sign == "+" else "")]
    return [(sign, SETTINGS[setting], "*" if setting == "key" else "")]


def of(room: NamedRoom, is_moderated: bool, is_in: bool) -> list[str]:
    """The modes of a room, and their parameters.

    is_in: whether the person who asks is in the room, and may know the key.
    """
    letters = "" if EXTERNAL in room.flags else "n"
    letters += "".join(sorted(set(room.flags) - {EXTERNAL}))
    letters += {"hidden": "s", "invite-only": "i"}.get(room.privacy, "")
    letters += "m" if is_moderated else ""
    params = []
    if room.password:
        letters += "k"
        params.append(room.password if is_in else "*")
    if room.limit:
        letters += "l"
        params.append(str(room.limit))
    return [f"+{letters}", *params]
