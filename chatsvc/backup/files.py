"""The files beside a store that a restored server needs to be the same."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.store import StoreError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

LARGEST = 1024 * 1024  # bytes of a file
_TABLE = "files_beside"
CREATE = f"CREATE TABLE {_TABLE} (name TEXT PRIMARY KEY, path TEXT NOT NULL, data BLOB NOT NULL)"


NAMES = MOTD, CERTIFICATE, SETTINGS = ("motd", "self-signed certificate", "settings")
# Somebody has put anything else there by hand.
_TAKE = f"""
SELECT name, path, data FROM {_TABLE} WHERE name IN (?, ?, ?)
    AND typeof(path) = 'text' AND typeof(data) = 'blob' AND length(data) <= ? ORDER BY name
"""
# The names of texts: programs may run other files, or SQLite take them for a part of a store.
_TEXT = re.compile(r"\w[\w-]*(?:(?:\.[\w-]+)*\.(?:toml|conf|txt|md|motd))?", re.ASCII)


class Beside(NamedTuple):
    """A small file that belongs to a server.

    name: what it is, such as "settings"; each occurs once.
    path: where it was.
    data: what it holds.
    """

    name: str
    path: Path
    data: bytes


def read(paths: dict[str, Path]) -> list[Beside]:
    """Those of some files that exist, by what they are. Raises StoreError."""
    found = []
    for name, path in paths.items():
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreError(f"cannot read {path}, the {name}: {error.strerror}") from None
        if len(data) > LARGEST:
            raise StoreError(f"{path}, the {name}, is larger than {LARGEST} bytes")
        found.append(Beside(name, path, data))
    return found


def put(db: sqlite3.Connection, files: Iterable[Beside]) -> None:
    """Put files into a backup, and none but these."""
    db.execute(f"DROP TABLE IF EXISTS {_TABLE}")  # of a backup that was restored by hand
    db.execute(CREATE)
    for file in files:
        db.execute(f"INSERT INTO {_TABLE} VALUES (?, ?, ?)", (file.name, str(file.path), file.data))


def take(db: sqlite3.Connection) -> list[Beside]:
    """Take the files out of a backup; none if another program made that."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if db.execute(query, [_TABLE]).fetchone() is None:
        return []
    rows = db.execute(_TAKE, [*NAMES, LARGEST]).fetchall()
    db.execute(f"DROP TABLE {_TABLE}")
    return [Beside(name, Path(path), data) for name, path, data in rows]


def lay(file: Beside, path: Path) -> str:
    """Write a file unless there is one, and return what became of it, in words."""
    if file.name != CERTIFICATE and not _TEXT.fullmatch(path.name):
        return f"the {file.name} stays in the backup: {path.name[:80]} is no name of a text"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        with suppress(OSError):
            if path.read_bytes() == file.data:
                return f"{path}, the {file.name}, is as it was"
        return f"{path}, the {file.name}, is another one today, and stays"
    except OSError as error:
        return f"the {file.name} could not be written to {path}: {error.strerror}"
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(file.data)
        opened.flush()
        os.fsync(descriptor)
    return f"{path}, the {file.name}, is restored"
