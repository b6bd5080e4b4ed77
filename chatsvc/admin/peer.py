"""The peer of a unix socket: which process it is, and as which user it runs."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

_UCRED = struct.Struct("3i")  # process, user, group: unix(7), SO_PEERCRED


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
