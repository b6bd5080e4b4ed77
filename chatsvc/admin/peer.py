"""The peer of a unix socket: its process, the user that runs it, and its name here."""

from __future__ import annotations

import socket
import struct
from functools import lru_cache
from pwd import getpwuid
from re import sub
from typing import NamedTuple

from chatsvc.text.names import ADMINISTRATOR

_UCRED = struct.Struct("3i")  # process, user, group: unix(7), SO_PEERCRED
NAME_LENGTH = 32  # characters of a user's name


class Peer(NamedTuple):
    """The process at the other end, and its user, by number.

    process: 0 if it is in another container.
    """

    process: int
    user: int


def peer_of(connection: socket.socket) -> Peer | None:
    """The peer of a connection; None where the system does not say, as only Linux does."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    return Peer(*_UCRED.unpack(found)[:2])


@lru_cache(100)
def administrator(user: int | None) -> str:
    """The name under which a unix user acts, without anything that could be mistaken.

    user: by number; None if the system does not say.
    """
    if user is None:
        return f"{ADMINISTRATOR}unknown"
    try:
        name = getpwuid(user).pw_name
    except KeyError:
        name = str(user)
    return ADMINISTRATOR + sub(r"[^\w.-]", "_", name)[:NAME_LENGTH]
