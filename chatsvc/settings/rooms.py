"""The rooms that always exist, in tables of the file such as [rooms."#ops"]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.rooms.settings import PASSWORD_LENGTH, TOPIC_LENGTH
from chatsvc.errors import ChatError
from chatsvc.events.event import LOBBY
from chatsvc.settings import kinds
from chatsvc.settings.found import Found, Origin, near, shown
from chatsvc.settings.setting import Setting
from chatsvc.settings.table import BY_NAME
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import room_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatsvc.settings.file import Entry

SECTION = "rooms"
MOST = 100  # rooms

# The settings of a room. Those that the file leaves out stay as people have set them.
SETTINGS = (
    Setting(
        "topic", SECTION, kinds.words(TOPIC_LENGTH), None, "what the room is about",
        example="What went wrong, and why",
    ),
    Setting(
        "keep", SECTION, kinds.time(off=None), None,
        "how long its messages are kept; off for as long as elsewhere", example="365d",
    ),
    Setting(
        "privacy", SECTION, kinds.choice("public", "hidden", "invite-only"), None,
        "who can find and join it", example="hidden",
    ),
    Setting(
        "key", SECTION, kinds.words(PASSWORD_LENGTH), None, "the key that people need to join",
        example="sesame",
    ),
    Setting(
        "limit", SECTION, kinds.number(1, 10_000, off=0), None, "the most people in it",
        example="50",
    ),
    Setting(
        "guests", SECTION, kinds.SWITCH, None, "whether guests can join it", example="off",
    ),
    Setting(
        "topic-lock", SECTION, kinds.SWITCH, None, "whether only moderators set its topic",
        example="on",
    ),
)  # fmt: skip
_BY_NAME = {setting.name: setting for setting in SETTINGS}
SECRETS = ("key",)
# By setting: what it is called in the limits of the chat.
_ATTRIBUTES = {"key": "password", "topic-lock": "is_locked", "guests": "accounts_only"}


def take(
    rooms: dict[str, dict[str, Found]], entry: Entry, origin: Origin, unknown: set[str]
) -> None:
    """Take an entry of a file to the rooms. Raises ValueError.

    unknown: the tables of which it was said already what is wrong with their names.
    """
    path = entry.path[1:]
    if not path:
        if isinstance(entry.value, dict):
            return
        raise ValueError('rooms: a room is a table, such as [rooms."#ops"].')
    name, *keys = path
    if not keys and not isinstance(entry.value, dict):
        raise ValueError(f'{shown(name)} stands in the table of a room, such as [rooms."#ops"].')
    table = f"{SECTION}.{name}"
    if table in unknown:
        return
    try:
        checked = _checked(name, rooms)
    except ValueError:
        unknown.add(table)
        raise
    room = rooms.setdefault(checked, {})
    if not keys:
        return
    key = keys[0]
    if key not in _BY_NAME:
        if key in BY_NAME:
            meant = f"; {key} stands in [{BY_NAME[key].section}]."
        else:
            meant = near(key, _BY_NAME) or f"; a room has {', '.join(_BY_NAME)}."
        raise ValueError(f"there is no setting {shown(key)} of a room{meant}")
    setting = _BY_NAME[key]
    raw = setting.raw_of(entry.value if len(keys) == 1 else {})
    try:
        room[key] = Found(setting, raw, None, origin).parsed()
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _checked(name: str, rooms: Mapping[str, object]) -> str:
    """The name of a room. Raises ValueError."""
    if not name.startswith("#"):
        raise ValueError(f'the name of a room begins with a #: [rooms."#{shown(name)}"].')
    try:
        checked = room_name(name)
    except ChatError as error:
        raise ValueError(f"{shown(name)}: {error}") from None
    look = skeleton(checked)
    if look == skeleton(LOBBY):
        raise ValueError(f"{LOBBY} is always there, and has no settings.")
    for other in rooms:
        if skeleton(other) == look and other != checked:
            raise ValueError(f"{checked} looks like {other}.")
    if checked not in rooms and len(rooms) >= MOST:
        raise ValueError(f"{checked}: there are {MOST} rooms already, which is the most.")
    return checked


def for_chat(rooms: Mapping[str, Mapping[str, Found]]) -> dict[str, dict[str, object]]:
    """The rooms as the limits of the chat have them."""
    return {name: dict(map(_for_chat, found.values())) for name, found in rooms.items()}


def _for_chat(found: Found) -> tuple[str, object]:
    name = found.setting.name
    value = not found.value if name == "guests" else found.value
    return _ATTRIBUTES.get(name, name), value
