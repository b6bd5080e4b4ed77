"""The process: how much of the machine it uses."""

from __future__ import annotations

import os
import resource
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chatsvc.clock import Turns

AT_ONCE = 500  # descriptors counted before others have their turn
_SELF = Path("/proc/self")  # proc(5), on Linux


class Process(NamedTuple):
    """How much the process uses.

    cpu: seconds of all threads.
    memory: resident bytes; None if unknown.
    descriptors: the number of open files and sockets; None if unknown.
    most_descriptors: the most that it may have.
    """

    cpu: float
    memory: int | None
    descriptors: int | None
    most_descriptors: int


async def look(turns: Turns) -> Process:
    """How much this process uses now."""
    memory = descriptors = None
    with suppress(OSError):
        memory = int((_SELF / "statm").read_text().split()[1]) * resource.getpagesize()
        with os.scandir(_SELF / "fd") as found:
            descriptors = 0
            async for _ in turns.slowly(found, AT_ONCE):
                descriptors += 1
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Process(time.process_time(), memory, descriptors, most)


def started_at() -> float | None:
    """When this process began, in seconds since the epoch; None if unknown."""
    with suppress(OSError):
        # The second field is the program's name in brackets, and may have blanks.
        fields = (_SELF / "stat").read_text().rpartition(")")[2].split()
        since_boot = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
    return None
