"""The disk of the store: free space, and how soon messages are on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import monotonic
from typing import NamedTuple

from chatsvc.doctor import process
from chatsvc.doctor.finding import Finding, fault, ok, warning
from chatsvc.doctor.server import Server

LITTLE = 32 * 1024 * 1024  # bytes, soon used up by the write-ahead log alone
INODES = 100
TIMES = 15  # that a piece is written
PIECE = bytes(4096)
SLOW, TOO_SLOW = 0.03, 0.3  # seconds for a piece; people who speak wait for it
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs"}
_MEMORY = {"tmpfs", "ramfs"}
FREE = (
    "Free some: delete old backups and logs, set --keep or --keep-size, or move the store to"
    " another disk."
)


class Disk(NamedTuple):
    """A mounted disk.

    at: where it is mounted.
    kind: the kind of its file system.
    is_read_only: whether it was mounted so, perhaps after an error.
    """

    at: str
    kind: str
    is_read_only: bool


def check_kind(server: Server) -> Iterator[Finding]:
    """Whether a database can live on that disk."""
    if server.store is None:
        return
    disk = disk_of(server.store.parent)
    if disk is None:
        return
    if disk.is_read_only:
        yield fault(
            f"{disk.at}, the disk of the store, cannot be written to.",
            f"If it is so after an error, see dmesg; then mount -o remount,rw {disk.at}",
        )
    if disk.kind in _NETWORK:
        yield fault(
            f"the store is on {disk.at}, a network disk ({disk.kind}), where SQLite's log does not"
            " work.",
            "Move the store to a local disk.",
        )
    elif disk.kind in _MEMORY:
        yield warning(
            f"the store is on {disk.at}, which is in memory ({disk.kind}): a restart of the machine"
            " deletes it.",
            "Move it to a disk; or use --store memory: if that is wanted.",
        )


def check_space(server: Server) -> Iterator[Finding]:
    """Whether there is room for new messages, and for a copy of the store."""
    if server.store is None or not server.store.parent.is_dir():
        return
    disk = os.statvfs(server.store.parent)
    free = disk.f_bavail * disk.f_frsize
    size = server.store.stat().st_size if server.store.exists() else 0
    left = f"the disk of {server.store.parent} has {_mebibytes(free)} left"
    if free < LITTLE:
        yield fault(f"{left}; when it is full, nobody can say anything.", FREE)
    elif free < size:
        yield warning(
            f"{left}, and the store has {_mebibytes(size)}: an upgrade or a backup, which copy it,"
            " would fail.",
            FREE,
        )
    elif disk.f_files and disk.f_favail < INODES:
        yield fault(f"the disk of {server.store.parent} takes no more files.", FREE)
    else:
        yield ok(f"{left}; the store has {_mebibytes(size)}.")


def check_speed(server: Server) -> Iterator[Finding]:
    """How long it takes until a piece is on the disk: nobody sees a message before."""
    if server.store is None or not server.store.parent.is_dir():
        return
    times = []
    try:
        # It has no name, so it vanishes in any case.
        with TemporaryFile(dir=server.store.parent, buffering=0) as file:
            for _ in range(TIMES):
                began = monotonic()
                file.write(PIECE)
                os.fdatasync(file.fileno())
                times.append(monotonic() - began)
    except OSError as error:
        is_refused = isinstance(error, PermissionError)
        yield warning(
            f"how fast the disk of {server.store.parent} is, is not known: {error.strerror}.",
            "Run this as the server's user: sudo -u chatsvc chatsvc-admin doctor"
            if is_refused
            else "See what else is said of that disk.",
        )
        return
    typical = median(times)
    what = f"messages are on the disk after {typical * 1000:.1f} ms (fsync)"
    if typical > SLOW:
        yield (fault if typical > TOO_SLOW else warning)(
            f"{what}, for which everybody waits.",
            "Move the store to an SSD; see whether something else keeps the disk busy: iostat -x."
            " --store 'sqlite:...?synchronous=normal' does not wait, and may lose the last moments"
            " to a power failure.",
        )
    else:
        yield ok(f"{what}.")


def disk_of(folder: Path) -> Disk | None:
    """The disk on which a folder is; None if that is not known."""
    path = os.path.realpath(folder)
    found: Disk | None = None
    for line in (process.PROC / "self" / "mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split(" ")
        at = place.encode().decode("unicode_escape")  # \040 is a space
        is_above = os.path.commonpath([path, at]) == at
        if is_above and (found is None or len(at) >= len(found.at)):
            found = Disk(at, kind, "ro" in options.split(","))
    return found


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB" if size < 2**30 else f"{size / 2**30:.1f} GiB"
