"""Stale pid files of twistd."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

DEFAULT = "twistd.pid"  # twistd's, without --pidfile


def is_stale(path: Path) -> bool:
    """Whether a pid file is stale: it is empty, or its number is now another program's.

    Without /proc, only the former is known. Twistd itself notices a number of no process.
    """
    try:
        text = path.read_bytes()
    except OSError:
        return False
    if not text.strip().isdigit():
        return not text.strip()
    process = int(text)
    if process == os.getpid():  # in a container, where the numbers start over
        return True
    with suppress(OSError):
        command = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        return not any(part.endswith(b"twistd") for part in command)
    return False
