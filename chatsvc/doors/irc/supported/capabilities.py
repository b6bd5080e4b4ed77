"""The capabilities that a client can ask for (https://ircv3.net/specs/extensions/capability-negotiation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.rooms.metadata import MOST_KEYS, VALUE_BYTES
from chatsvc.dialects.requests import MOST_LINES
from chatsvc.doors.irc.multiline import MOST_BYTES
from chatsvc.doors.irc.supported import isupport
from chatsvc.doors.irc.wording.metadata import CAP, MOST_SUBSCRIBED

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client

PLAYBACK = "draft/event-playback"
RENAME = "draft/channel-rename"
SEARCH = "soju.im/search"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256")
LINE_BYTES = 400  # of the names in one line of CAP LS


def mechanisms(client: Client) -> tuple[str, ...]:
    """The mechanisms of SASL for a client; EXTERNAL for one with a certificate."""
    return ("EXTERNAL", *MECHANISMS) if client.channel.fingerprint else MECHANISMS


def capabilities(client: Client) -> dict[str, str]:
    """All capabilities, with their values; empty for those without."""
    return {
        "account-notify": "",
        "account-tag": "",
        "away-notify": "",
        "batch": "",
        "cap-notify": "",
        "draft/account-registration": "",
        RENAME: "",
        "draft/chathistory": str(isupport.MOST_HISTORY),
        PLAYBACK: "",
        isupport.CAP: "",
        "draft/message-redaction": "",
        CAP: f"before-connect,max-keys={MOST_KEYS},max-subs={MOST_SUBSCRIBED},"
        f"max-value-bytes={VALUE_BYTES}",
        "draft/multiline": f"max-bytes={MOST_BYTES},max-lines={MOST_LINES}",
        "draft/read-marker": "",
        "echo-message": "",
        "extended-join": "",
        "extended-monitor": "",
        "invite-notify": "",
        "labeled-response": "",
        "message-tags": "",
        "multi-prefix": "",
        "no-implicit-names": "",
        "sasl": ",".join(mechanisms(client)),
        "server-time": "",
        "setname": "",
        SEARCH: "",
        "standard-replies": "",
        "userhost-in-names": "",
    }


def listed(client: Client) -> list[str]:
    """The names of all capabilities, with their values if the client understands these.

    Among these is `sts`, which nobody requests, and which is nothing without its value.
    """
    found = capabilities(client)
    if client.version < 302:
        return sorted(found)
    sts = client.door.sts
    value = sts.value(client.channel) if sts is not None else ""
    if value:
        found["sts"] = value
    return [f"{name}={value}" if value else name for name, value in sorted(found.items())]


def rows(names: list[str]) -> list[str]:
    """Some names, in rows that are short enough for a line."""
    found = [""]
    for name in names:
        if found[-1] and len(found[-1]) + len(name) > LINE_BYTES:
            found.append("")
        found[-1] += f" {name}" if found[-1] else name
    return found
