"""Negotiating capabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.doors.irc import registration
from chatsvc.doors.irc.sets import shared
from chatsvc.doors.irc.supported.capabilities import capabilities, listed, rows
from chatsvc.doors.irc.verb import verb

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

SHOWN = 400  # characters of what cannot be had


@verb("CAP", least=1, is_early=True)
def cap(client: Client, message: Message) -> None:
    """Negotiate capabilities."""
    what, *rest = message.params
    subcommand = what.upper()
    if subcommand == "LS":
        _list_all(client, rest[0] if rest else "")
    elif subcommand == "LIST":
        _tell(client, "LIST", sorted(client.caps))
    elif subcommand == "REQ":
        _request(client, rest[0] if rest else "")
    elif subcommand == "END":
        _negotiate(client, False)
        registration.go_on(client)
    else:
        client.say("410", what[:40] or "*", "Invalid CAP command")


def _negotiate(client: Client, is_going_on: bool) -> None:
    """Let a newcomer wait for the end of negotiating before it registers, or no longer."""
    if not client.is_registered:
        client.newcomer.is_negotiating = is_going_on


def _list_all(client: Client, version: str) -> None:
    _negotiate(client, True)
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0
    client.version = max(client.version, number)
    if client.version >= 302:
        client.caps = shared(client.caps | {"cap-notify"})
    _tell(client, "LS", listed(client))


def _tell(client: Client, subcommand: str, names: list[str]) -> None:
    found = rows(names) if client.version >= 302 else [" ".join(names)]
    begin = f":{client.door.name} CAP {client.nick} {subcommand}"
    for row in found[:-1]:
        client.tell(f"{begin} * :{row}")
    client.tell(f"{begin} :{found[-1]}")


def _request(client: Client, text: str) -> None:
    _negotiate(client, True)
    known = capabilities(client)
    names = text.split()
    begin = f":{client.door.name} CAP {client.nick}"
    if any(name.removeprefix("-") not in known for name in names):
        client.tell(f"{begin} NAK :{text[:SHOWN]}")
        return
    caps = set(client.caps)
    for name in names:
        if name[0] == "-":
            caps.discard(name[1:])
        else:
            caps.add(name)
    if client.version >= 302:
        caps.add("cap-notify")
    client.tell(f"{begin} ACK :{text}")
    if client.caps != caps:
        client.caps = shared(frozenset(caps))
        client.flush()
        client.reword()
