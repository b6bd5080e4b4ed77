"""The file in which twistd notes its process, where that is of a process that has ended."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

DEFAULT = "twistd.pid"  # unless somebody asks for another


def is_stale(path: Path) -> bool:
    """Whether a file was left behind: it is empty, or its number is now that of another program.

    Where there is no /proc to look at, only the former is known. A number of no process is for
    twistd to notice.
    """
    try:
        text = path.read_bytes()
    except OSError:
        return False
    if not text.strip().isdigit():
        return not text.strip()
    process = int(text)
    if process == os.getpid():  # as in a container, where numbers begin anew
        return True
    with suppress(OSError):
        command = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        return not any(part.endswith(b"twistd") for part in command)
    return False
