"""Backups of the store."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from chatsvc.admin.answer import Facts, Item, at, lasting, size
from chatsvc.admin.command import command
from chatsvc.admin.console.asking import Console
from chatsvc.admin.console.finding import NoServer
from chatsvc.admin.peer import administrator
from chatsvc.admin.server.call import Call
from chatsvc.errors import ChatError, Misused

if TYPE_CHECKING:
    from chatsvc.admin.console.settings import InForce
    from chatsvc.backup.check import Contents

FOLDER = "backups"  # beside the store
NICENESS = 19  # everything else goes first
_CONFIG = "the file of settings; by default, those of the running server"
_STORE = "the store, such as sqlite:chatsvc.sqlite"

# The server loads this file, too, and does not need what the functions import.


@command("backup")
def backup(
    console: Console,
    folder: Annotated[str, "where to; by default, backups beside the store"] = "",
    *,
    keep: Annotated[
        int | None, "delete all but the newest KEEP backups of this store in the folder"
    ] = None,
    config: Annotated[str, _CONFIG] = "",
    store: Annotated[str, _STORE] = "",
) -> Iterator[Item]:
    """Copy the store into a file, check the copy, and delete old ones.

    The server may run, and nobody has to wait. The file holds all messages, accounts with their
    password hashes, and everything else in the store; the settings and the motd; and the
    certificate, if the server has made it for itself. Only its owner can read it. If anything
    fails, there is no backup, and the old ones stay.
    """
    from chatsvc.admin.console.settings import in_force
    from chatsvc.backup.backup import back_up

    if keep is not None and keep < 1:
        raise Misused("--keep: at least one is kept. Without --keep, all are.")
    found = in_force(console.socket, config or None, store or None)
    path = _path(found)
    os.nice(NICENESS)
    to = Path(folder).absolute() if folder else path.with_name(FOLDER)
    made = back_up(path, to, time.time(), _beside(found, path), keep)
    _have_noted(found, made.path)
    yield Facts(
        {
            "backup": str(made.path),
            "size": size(made.size),
            "took": lasting(made.seconds),
            **_held(made.contents),
            "checked": "read again from the disk: integrity, schema, counts",
            "with": [f"{name} {each}" for name, each in made.beside.items()],
            "without": _left_out(found),
            "deleted": [str(each) for each in made.deleted],
        }
    )


@command("note-backup", part_of="backup")
def note_backup(call: Call, path: str) -> Iterator[Item]:
    """Note in the log who has made a backup, and where it is."""
    yield from ()


@command("restore", asks="Put {file} in the place of the store?")
def restore(
    console: Console,
    file: Annotated[str, "the backup"],
    *,
    config: Annotated[str, _CONFIG] = "",
    store: Annotated[str, _STORE] = "",
) -> Iterator[Item]:
    """Put a backup in place of the store, and keep the old store beside it.

    Stop the server first. The backup is checked before anything changes. Settings, motd and
    certificate are restored where there are none; others stay as they are. When the server starts
    again, it notes in its log who restored the backup.
    """
    from chatsvc.admin.console.settings import in_force
    from chatsvc.backup.restore import restore as put

    found = in_force(console.socket, config or None, store or None)
    path = _path(found)
    by = administrator(os.getuid())
    restored = put(Path(file).absolute(), path, time.time(), _named_for(path), by)
    yield Facts(
        {
            "store": str(path),
            **_held(restored.contents),
            "old_store": None if restored.old is None else str(restored.old),
            "beside": restored.beside,
        }
    )


def _have_noted(found: InForce, made: Path) -> None:
    """Let the server that uses the store note in its log who has made a backup."""
    where = found.socket
    if where is not None and where.exists():
        with suppress(NoServer, ChatError):  # without a server, there is no log
            list(Console(str(where)).ask("note-backup", path=str(made)))


def _path(found: InForce) -> Path:
    """The file of the store. Raises ChatError if there is none."""
    if found.store is None:
        raise ChatError("the store is in memory (memory:): there is nothing to back up or restore.")
    return found.store


def _beside(found: InForce, store: Path) -> dict[str, Path]:
    """The files beside a store that belong to it, by what they are; not all need exist."""
    from chatsvc.backup.files import MOTD, SETTINGS

    files = _named_for(store)
    if found.file is not None:
        files[SETTINGS] = found.file
    motd = found.value("motd")
    if isinstance(motd, str) and "\n" not in motd:
        files[MOTD] = found.path(motd)
    return files


def _named_for(store: Path) -> dict[str, Path]:
    """The files whose names are made from that of the store, by what they are."""
    from chatsvc.backup.files import CERTIFICATE
    from chatsvc.settings.table import own_certificate

    return {CERTIFICATE: own_certificate(store)}


def _left_out(found: InForce) -> list[str]:
    """The files of a server that are not in its backups."""
    from chatsvc.settings.table import SELF_SIGNED

    certificate = found.value("certificate")
    if not isinstance(certificate, str) or certificate == SELF_SIGNED:
        return []
    return [f"certificate {found.path(certificate)}"]


def _held(contents: Contents) -> dict[str, object]:
    """What a store holds."""
    return {
        "messages": contents.messages,
        "newest": at(contents.newest) if contents.messages else None,
        "records": contents.records,
        "schema": contents.version,
    }
