"""Other processes, as /proc knows them (proc(5), Linux)."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_LOCK = re.compile(r"\d+: FLOCK +ADVISORY +WRITE (\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) ")
_USER = re.compile(r"^Uid:\t\d+\t(\d+)", re.MULTILINE)  # the effective one


def locking(path: Path) -> int | None:
    """The process that has locked a file with flock; None if none has, or it is not known."""
    with suppress(OSError):
        found = path.stat()
        for line in (PROC / "locks").read_text().splitlines():
            if (match := _LOCK.match(line)) is None:
                continue
            device = os.makedev(int(match[2], 16), int(match[3], 16))
            number, inode = int(match[1]), int(match[4])
            # Disks that lie over others, as in containers, have other numbers there than here.
            if inode == found.st_ino and (device == found.st_dev or _has_open(number, path)):
                return number or None  # 0 if it is in another container
    return None


def _has_open(process: int, path: Path) -> bool:
    """Whether a process has a file open, as far as that is known."""
    with suppress(OSError):
        for link in (PROC / str(process) / "fd").iterdir():
            with suppress(OSError):
                if os.path.samefile(link, path):
                    return True
    return False


def user(process: int) -> int | None:
    """The user that runs a process; None if it is gone."""
    with suppress(OSError):
        if match := _USER.search((PROC / str(process) / "status").read_text()):
            return int(match[1])
    return None


def descriptors(process: int) -> tuple[int, int | None]:
    """How many file descriptors a process may have, and how many it has; None if that is secret.

    Raises OSError if it is gone.
    """
    limits = (PROC / str(process) / "limits").read_text()
    hard = int(limits.partition("Max open files")[2].split()[1])
    try:
        return hard, len(os.listdir(PROC / str(process) / "fd"))
    except PermissionError:
        return hard, None


def command(process: int) -> str:
    """The command line of a process, or its name; empty if it is gone."""
    with suppress(OSError):
        words = (PROC / str(process) / "cmdline").read_bytes().split(b"\0")
        return " ".join(word.decode("utf-8", "replace") for word in words if word)
    return ""


def has_sockets_from_systemd(process: int) -> bool:
    """Whether systemd has passed sockets to a process; False if that is secret."""
    with suppress(OSError):
        variables = (PROC / str(process) / "environ").read_bytes().split(b"\0")
        return b"LISTEN_PID=%d" % process in variables
    return False


def listening(port: int) -> dict[str, int | None]:
    """The addresses at which a TCP port is listened on, in hexadecimal, and by which processes.

    A process is None if it is another user's.
    """
    sockets: dict[str, str] = {}  # inodes, with addresses
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "net" / name).read_text().splitlines()[1:]:
                fields = line.split()
                address, _, number = fields[1].rpartition(":")
                if int(number, 16) == port and fields[3] == "0A":  # it listens
                    sockets[fields[9]] = address
    return {address: _holder(inode) for inode, address in sockets.items()}


def _holder(inode: str) -> int | None:
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            for link in (folder / "fd").iterdir():
                with suppress(OSError):
                    if os.readlink(link) == f"socket:[{inode}]":
                        return int(folder.name)
    return None
