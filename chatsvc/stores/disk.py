"""Disks: the space that imports leave free on them."""

from __future__ import annotations

import os

from chatsvc.store import StoreError

MOST_SPARE = 256 * 1024 * 1024  # bytes
SPARE = 20  # on a small disk, one byte in 20 is left free


def check_spare(folder: str, needed: int) -> None:
    """Check that a disk has space to spare besides what is needed. Raises StoreError.

    needed: bytes.
    """
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        raise StoreError(f"nothing is known of the disk of {folder}: {error.strerror}") from error
    spare = min(MOST_SPARE, disk.f_blocks * disk.f_frsize // SPARE)
    if disk.f_bavail * disk.f_frsize < spare + needed:
        raise StoreError(f"the disk of {folder} is nearly full")


def size(path: str) -> int:
    """The bytes of a file; 0 if it does not exist."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
