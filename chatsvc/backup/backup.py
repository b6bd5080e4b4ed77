"""Making a backup."""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.backup import files
from chatsvc.backup.acting import acting_for
from chatsvc.backup.check import Contents, checked
from chatsvc.backup.copy import copy
from chatsvc.backup.folder import Folder
from chatsvc.store import StoreError
from chatsvc.stores.sqlite.connection import os_reason_of

if TYPE_CHECKING:
    from pathlib import Path

_SPARE = 4 * 1024 * 1024  # bytes of disk space that are left beside a backup


class Backup(NamedTuple):
    """A backup that was made.

    path: its file.
    size: bytes.
    seconds: how long it took.
    contents: what the check found in it.
    beside: the files in it that were beside the store, by what they are.
    deleted: older backups that were deleted for it.
    """

    path: Path
    size: int
    seconds: float
    contents: Contents
    beside: dict[str, Path]
    deleted: list[Path]


def back_up(
    store: Path, folder: Path, now: float, beside: dict[str, Path], keep: int | None = None
) -> Backup:
    """Copy a store into a folder, even while a server uses it, and check the copy.

    Root's backups belong to the owner of the folder, so that the server's user can make the next.

    store: the file of the store.
    now: seconds since the epoch, for the name of the backup.
    beside: the files to include if they exist, by what they are.
    keep: how many backups of this store are kept there, this one counted; None for all.

    Raises StoreError; then no backup was made, and none deleted.
    """
    began = monotonic()
    with acting_for(store):
        if not store.is_file():
            raise StoreError(f"there is no store at {store}")
        kept = files.read(beside)
        needed = store.stat().st_size + _SPARE
    place = Folder(folder, store.stem)
    with acting_for(folder):
        with place.new(now) as (part, final):
            _check_space(folder, needed)
            expected = copy(store, part, kept)
            found = checked(part)
            if found != expected:
                raise StoreError(f"the copy holds {found}, and the store {expected}")
            size = part.stat().st_size
        try:
            deleted = [] if keep is None else place.keep(keep, final)
        except OSError as error:
            why = f"{final} is made, but no older one deleted: {error.strerror}"
            raise StoreError(why) from error
    return Backup(
        final, size, monotonic() - began, found, {each.name: each.path for each in kept}, deleted
    )


def _check_space(folder: Path, needed: int) -> None:
    """Check that a disk has room for some bytes. Raises StoreError."""
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {os_reason_of(error)}") from error
    free = disk.f_bavail * disk.f_frsize
    if free < needed:
        raise StoreError(
            f"the disk of {folder} has {free // 2**20} MiB left, and a backup takes"
            f" {needed // 2**20} MiB"
        )
