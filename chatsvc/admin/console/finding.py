"""Finding the server: which socket it is, and why it cannot be reached."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from pwd import getpwuid

from chatsvc.admin.place import short

VARIABLE = "CHATSVC_ADMIN"
NAME = "chatsvc.admin"
FOLDER = Path("/var/lib/chatsvc")
TIMEOUT = 10.0  # seconds to connect; a server that takes longer hangs


class NoServer(Exception):
    """No server can be reached; the text says why, and what to do."""


def candidates(given: str | None) -> list[Path]:
    """The paths where the socket may be, the first one first.

    given: on the command line; None for nothing.
    """
    named = given or os.environ.get(VARIABLE)
    if named:
        return [Path(named).absolute()]
    return [Path(NAME).absolute(), FOLDER / NAME]


def connected(given: str | None) -> socket.socket:
    """A connection to the server. Raises NoServer.

    given: as in `candidates`.
    """
    paths = candidates(given)
    errors: list[tuple[Path, OSError]] = []
    for path in paths:
        try:
            return _connect(path)
        except OSError as error:
            errors.append((path, error))
    # A socket that is there, but does not work, says more than one that is not.
    found = next((each for each in errors if not _is_missing(each[1])), errors[0])
    if _is_missing(found[1]) and len(paths) > 1:
        where = " or ".join(str(each) for each in paths)
        raise NoServer(
            f"no server's socket is at {where}. If a server runs elsewhere, name its socket, which"
            f" is beside its store: --socket PATH, or {VARIABLE} in the environment."
        )
    raise NoServer(_why_not(*found))


def _is_missing(error: OSError) -> bool:
    return isinstance(error, FileNotFoundError)


def _connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(TIMEOUT)
        with short(path) as name:
            connection.connect(name)
        connection.settimeout(None)
    except BaseException:
        connection.close()
        raise
    return connection


def _why_not(path: Path, error: OSError) -> str:
    if _is_missing(error):
        return f"there is no {path}: does the server run, and is that its socket?"
    if isinstance(error, PermissionError):
        return f"you may not use {path}: run this as {_owner(path)}, such as with sudo."
    if isinstance(error, TimeoutError):
        return f"the server at {path} does not answer. Its log may say why."
    if isinstance(error, ConnectionRefusedError) and path.is_socket():
        return (
            f"nobody listens at {path}: the server was killed. Start it again, which replaces that"
            " file."
        )
    if error.errno in (errno.ECONNREFUSED, errno.ENOTSOCK, errno.EPROTOTYPE):
        return f"{path} is no server's socket, but another file."
    return f"cannot reach a server at {path}: {error.strerror or error}."


def _owner(path: Path) -> str:
    """Who may use a socket, in words."""
    try:
        name = getpwuid(path.stat().st_uid).pw_name
        return name if name == "root" else f"{name} or root"
    except (OSError, KeyError):
        return "the user as which the server runs, or root"
