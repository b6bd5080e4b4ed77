"""Threads of another process that are stopped one by one, as if the disk did not answer them."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

# ptrace(2)
_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request: int, thread: int) -> None:
    if _libc.ptrace(request, thread, None, None) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def stop_all_but_the_main_thread(process: int) -> list[int]:
    """Stop the threads of a child; returns their numbers. Raises OSError if that is forbidden."""
    threads = [int(each.name) for each in Path(f"/proc/{process}/task").iterdir()]
    stopped = [each for each in threads if each != process]
    for thread in stopped:
        _ptrace(_SEIZE, thread)
        _ptrace(_INTERRUPT, thread)
        os.waitpid(thread, 0x40000000)  # __WALL: until it has stopped
    return stopped


def let_go(threads: list[int]) -> None:
    """Have stopped threads go on."""
    for thread in threads:
        _ptrace(_DETACH, thread)
