"""Putting a backup in place of a store."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from chatsvc.backup import files
from chatsvc.backup.acting import acting_for
from chatsvc.backup.check import Contents, checked
from chatsvc.backup.folder import stamp, sync
from chatsvc.store import RESTORED, StoreError
from chatsvc.stores.sqlite.claim import claim, is_there
from chatsvc.stores.sqlite.connection import connect, os_reason_of, reason_of
from chatsvc.stores.sqlite.schema import check_owner
from chatsvc.stores.sqlite.statements import LAST_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

_BESIDE = ("-wal", "-shm")  # SQLite's own files beside a database


class Restored(NamedTuple):
    """What was restored.

    contents: of the store now.
    old: where the previous store is; None without one.
    beside: what became of the files that were once beside the store, in words.
    """

    contents: Contents
    old: Path | None
    beside: list[str]


def restore(backup: Path, store: Path, now: float, places: Mapping[str, Path], by: str) -> Restored:
    """Put a copy of a backup in place of a store, and keep the old store beside it.

    The new store appears under its name in one step, once it is complete. At no moment does the old
    one lose anything, or mix with the new. A damaged one can be replaced as well.

    store: the file; no server may use it.
    now: seconds since the epoch, for the name of the old store.
    places: where files beside it are restored, by what they are; all others beside the store,
        under the names that they had.
    by: the name of the person who does it, which the server notes when it starts.

    Raises StoreError; then the store is as it was.
    """
    with acting_for(backup):
        try:
            if not is_there(str(backup)):  # nor is a pipe, which would block
                raise StoreError(f"there is no backup at {backup}")
        except OSError as error:
            raise StoreError(f"cannot read {backup}: {os_reason_of(error)}") from error
        checked(backup)
        source = backup.open("rb")
    with source, acting_for(store):
        return _restored(source, store, now, places, {"by": by, "backup": backup.name})


def _restored(
    source: BinaryIO, store: Path, now: float, places: Mapping[str, Path], note: Mapping[str, str]
) -> Restored:
    """Put what is read in the place of a store. Raises StoreError.

    note: for the server.
    """
    place = Path(os.path.realpath(store))
    part = place.with_name(f"{place.name}.restoring")
    try:
        was_there = is_there(str(place))
        lock = claim(str(place))
        try:
            last_id = _last_id(place) if was_there else 0
            kept = _copied(source, part, last_id, note)
            found = checked(part)
            old = _set_aside(place, now) if was_there else None
            for ending in _BESIDE:
                with suppress(FileNotFoundError):
                    os.unlink(f"{place}{ending}")
            os.replace(part, place)
            sync(place.parent)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part)
            os.close(lock)
    except OSError as error:
        raise StoreError(f"cannot restore {store}: {os_reason_of(error)}") from error
    laid = [
        files.lay(each, places.get(each.name) or store.parent / each.path.name) for each in kept
    ]
    return Restored(found, old, laid)


def _last_id(store: Path) -> int:
    """The last id of a store that is replaced; 0 if it is damaged. Raises Unusable.

    No id is used twice: programs that have seen one would miss what is said under it again.
    """
    try:
        with closing(connect(str(store))) as db:
            is_new, _ = check_owner(db, str(store))
            return 0 if is_new else int(db.execute(LAST_ID).fetchone()[0])
    except sqlite3.Error:
        return 0


def _copied(
    source: BinaryIO, to: Path, last_id: int, note: Mapping[str, str]
) -> list[files.Beside]:
    """Copy a backup, without the files in it, which are returned. Raises StoreError and OSError.

    last_id: the ids up to which are not used again.
    """
    with suppress(FileNotFoundError):
        os.unlink(to)
    descriptor = os.open(to, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as target:
            shutil.copyfileobj(source, target, 2**20)
        with closing(connect(str(to))) as db:
            db.execute("PRAGMA journal_mode = MEMORY").fetchone()
            db.execute("PRAGMA secure_delete = ON").fetchone()
            kept = files.take(db)
            db.execute("UPDATE marks SET deleted = max(deleted, ?)", [last_id])
            noted = [RESTORED, json.dumps(note)]
            db.execute("INSERT OR REPLACE INTO records VALUES (?, ?, 1)", noted)
        os.fsync(descriptor)
    except sqlite3.Error as error:
        raise StoreError(f"cannot copy the backup: {reason_of(error, str(to))}") from error
    finally:
        os.close(descriptor)
    return kept


def _set_aside(store: Path, now: float) -> Path:
    """Give a store a second name, with all of SQLite's files. Raises OSError."""
    with suppress(sqlite3.Error), closing(connect(str(store))) as db:
        # All into one file, if it is not damaged.
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    old = store.with_name(f"{store.name}.before-{stamp(now)}")
    for ending in ("", "-wal"):
        with suppress(FileNotFoundError):
            os.link(f"{store}{ending}", f"{old}{ending}")
    return old
