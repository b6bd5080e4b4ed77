"""The modes of channels: what of a room each stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.rooms.room import ACCOUNTS_ONLY, EXTERNAL, NO_CTCP, TOPIC_LOCKED

if TYPE_CHECKING:
    from chatsvc.chat.rooms.room import NamedRoom

# By the setting of a room, as events have it: its mode.
SETTINGS = {"key": "k", "limit": "l", "topic-lock": "t", "accounts-only": "R", "no-ctcp": "C"}
FLAGS = {TOPIC_LOCKED: "topic-lock", ACCOUNTS_ONLY: "accounts-only", NO_CTCP: "no-ctcp"}


def change(setting: str, value: str) -> str:
    """A change of a setting as modes have it."""
    if setting == "privacy":
        return {"public": "-is", "hidden": "-i+s", "invite-only": "+i"}[value]
    if setting == "external":
        return "-n" if value == "on" else "+n"
    mode = SETTINGS[setting]
    if setting == "limit":
        return f"+l {value}" if value != "0" else "-l"
    if setting == "key":
        return "+k *" if value == "on" else "-k *"
    return f"{'+' if value == 'on' else '-'}{mode}"


def of(room: NamedRoom, is_moderated: bool, is_in: bool) -> list[str]:
    """The modes of a room, and their parameters.

    is_in: whether whoever asks is in it, and may know the key.
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
