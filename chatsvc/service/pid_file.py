"""Stale pid files of twistd."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

DEFAULT = "twistd.pid"  # twistd's, without --pidfile
LARGEST = 2**31 - 1  # the largest number of a process


def is_stale(path: Path) -> bool:
    """Whether a pid file is stale: empty, or with a number of no process or of another program.

    Without /proc, other programs are not known. Twistd itself notices that a process has ended.
    """
    try:
        text = path.read_bytes()
    except OSError:
        return False
    if not text.strip().removeprefix(b"-").isdigit():
        return not text.strip()
    process = int(text)
    # Our own, as in a container, where numbers start over; or one that no process has.
    if process == os.getpid() or not 0 < process <= LARGEST:
        return True
    with suppress(OSError):
        command = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        return not any(part.endswith(b"twistd") for part in command)
    return False
