"""The administrators' socket: a file for its owner, which a killed server leaves behind."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from contextlib import ExitStack, contextmanager
from time import sleep
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from chatsvc.admin.place import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twisted.internet.defer import Deferred

    from chatsvc.admin.server.door import AdminFactory

MODE = 0o600
TRIES = 50  # to lock the folder, which another server needs for some milliseconds
TRY_EVERY = 0.02  # seconds
BACKLOG = 50  # connections waiting to be accepted

_log = Logger()


def check(path: Path) -> None:
    """Check that the socket can be made. Raises OSError, whose text says why not."""
    with _in_folder(path):
        _check_free(path)
        if not os.access(path.parent, os.W_OK | os.X_OK, effective_ids=True):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextmanager
def _in_folder(path: Path) -> Iterator[None]:
    """Keep other servers from making or taking a socket in the same folder meanwhile."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(folder)
        yield
    finally:
        os.close(folder)


def _lock(folder: int) -> None:
    """Lock a folder, unless its file system has no locks, or somebody keeps it locked."""
    for _ in range(TRIES):
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(TRY_EVERY)
        except OSError:
            return
        else:
            return


def _check_free(path: Path) -> bool:
    """Check that no server listens there; returns whether a killed one has left its socket."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISSOCK(found.st_mode):
        raise FileExistsError(errno.EEXIST, "another file is there")
    with socket.socket(socket.AF_UNIX) as probe, short(path) as name:
        probe.setblocking(False)  # a server that hangs is one, too
        try:
            probe.connect(name)
        except ConnectionRefusedError:
            return True
        except FileNotFoundError:
            return False
        except BlockingIOError:
            pass
    raise OSError(errno.EADDRINUSE, "another server listens there")


class AdminPort(Service):
    """Listens for administrators while the server runs.

    It does so from the start, so that it can be asked why the server does not open.

    run_as: makes a call as the user as which the server will run.
    """

    def __init__(
        self, path: Path, factory: AdminFactory, run_as: Callable[[Callable[[], Any]], Any]
    ) -> None:
        self._path = path
        self._factory = factory
        self._run_as = run_as
        self._open = ExitStack()  # what the name of the socket takes
        self._port: Any = None  # IListeningPort

    def privilegedStartService(self) -> None:
        """Listen; if that fails, log it, as people can talk without it."""
        self._factory.desk.open()
        try:
            self._port = self._run_as(self._listen)
        except (OSError, CannotListenError) as error:
            why = error.socketError if isinstance(error, CannotListenError) else error
            self._open.close()
            _log.error(
                "chatsvc-admin cannot reach this server, as there is no socket at {path}: {why}.",
                path=str(self._path),
                why=getattr(why, "strerror", None) or why,
            )

    def _listen(self) -> Any:
        from twisted.internet import reactor

        with _in_folder(self._path):
            if _check_free(self._path):
                os.unlink(self._path)
            name = self._open.enter_context(short(self._path))
            # Twisted changes the mode before anybody can connect.
            return reactor.listenUNIX(  # type: ignore[attr-defined]  # zope's stubs
                name, self._factory, BACKLOG, MODE
            )

    def stopService(self) -> Deferred[Any] | None:
        """Stop listening, and delete the socket."""
        super().stopService()
        self._factory.desk.close()
        port, self._port = self._port, None
        if port is None:
            return None
        return maybeDeferred(port.stopListening).addBoth(lambda _: self._open.close())
