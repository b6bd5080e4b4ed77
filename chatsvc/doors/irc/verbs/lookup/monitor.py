"""MONITOR: to know when somebody comes or goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.presence.watches import MOST_WATCHED
from chatsvc.doors.irc.codec.message import LINE_BYTES
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.wording.people import source_of
from chatsvc.errors import ChatError
from chatsvc.text.names import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message


@verb("MONITOR", least=1)
def monitor(client: Client, message: Message) -> None:
    """Be told when people come or go: MONITOR + nick,nick; - ends that, C for all, L lists them."""
    action = message.params[0][:1].upper()
    names = message.params[1].split(",") if len(message.params) > 1 else []
    wanted = [name for name in names if name and _can_be_one(name)]
    monitors = client.door.monitors
    if action == "+":
        _add(client, wanted)
    elif action == "-":
        for name in wanted:
            monitors.remove(client, name)
    elif action == "C":
        monitors.clear(client)
    elif action == "L":
        _tell(client, "732", monitors.names(client))
        client.say("733", "End of MONITOR list")
    elif action == "S":
        _tell_state(client, monitors.names(client))


def _can_be_one(name: str) -> bool:
    return " " not in name and "*" not in name and len(name) <= LONGEST


def _add(client: Client, names: list[str]) -> None:
    added = []
    for number, name in enumerate(names):
        try:
            client.door.monitors.add(client, name)
        except ChatError:
            for row in _rows(client, f"734 {MOST_WATCHED} Monitor list is full", names[number:]):
                client.say("734", str(MOST_WATCHED), row, "Monitor list is full")
            break
        added.append(name)
    _tell_state(client, added)


def _tell_state(client: Client, names: list[str]) -> None:
    users = client.chat.users
    here = [user for name in names if (user := users.get(name)) is not None]
    _tell(client, "730", [source_of(client.chat, user) for user in here])
    _tell(client, "731", [name for name in names if name not in users])


def _tell(client: Client, numeric: str, names: Iterable[str]) -> None:
    for row in _rows(client, numeric, names):
        client.say(numeric, row)


def _rows(client: Client, beside: str, names: Iterable[str]) -> list[str]:
    """Names in rows that fit into lines.

    beside: the numeric, and what else is in the lines.
    """
    most = LINE_BYTES - len(f":{client.door.name} {beside} {client.nick} :".encode()) - 50
    rows: list[str] = []
    for name in names:
        if rows and len(rows[-1].encode()) + len(name.encode()) < most:
            rows[-1] += f",{name}"
        else:
            rows.append(name)
    return rows
