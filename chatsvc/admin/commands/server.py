"""The server: what it does, and who is on it."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from sys import platform

from chatsvc import __version__
from chatsvc.admin.answer import Facts, Item, lasting, size
from chatsvc.admin.command import command
from chatsvc.admin.server.call import Call

KIB = 1 if platform == "darwin" else 1024  # bytes in the unit of getrusage(2)'s ru_maxrss


@command("status", looks=True)
def status(call: Call) -> Iterator[Item]:
    """Show what the server does, and how well."""
    chat = call.chat
    yield Facts(
        {
            "version": __version__,
            "uptime": lasting(chat.clock.seconds() - call.desk.started_at),
            "people": len(chat.users),
            "connections": len(chat.sessions),
            "rooms": len(chat.rooms),
            "most_memory": size(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB),
        }
    )
