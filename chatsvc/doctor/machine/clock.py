"""The clock: messages bear its time, and retention and certificates depend on it."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event

from chatsvc.doctor.files.reading import newest
from chatsvc.doctor.finding import Finding, fault, ok, warning
from chatsvc.doctor.server import Server

_UNSYNCHRONISED = 0x40  # STA_UNSYNC, of the field `status` (adjtimex(2))
_TIMEX_BYTES = 512  # more than any architecture's struct timex has
_FALSE = 60.0  # seconds by which a clock may be wrong before people notice
_LOOK = 0.2  # seconds for which it is watched
_STEP = 0.05  # seconds by which two clocks may differ after that; a slewed one differs by 0.0001
KEEP_RIGHT = (
    "Let a time service keep it right: apt install systemd-timesyncd (or chrony), and"
    " timedatectl set-ntp true."
)


class _Timex(ctypes.Structure):
    """The first fields of the kernel's struct timex; the rest is not read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * _TIMEX_BYTES),
    )


def check_service(_: Server) -> Iterator[Finding]:
    """Whether a time service keeps the clock right."""
    timex = _Timex()  # with no modes, it is only read
    try:
        asked: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except AttributeError:
        asked = -1
    if asked == -1:
        yield warning("the kernel does not say whether the clock is kept right.", KEEP_RIGHT)
    elif timex.status & _UNSYNCHRONISED:
        yield warning("no time service keeps the clock of this machine right.", KEEP_RIGHT)
    else:
        yield ok("a time service keeps the clock right.")


def check_time(server: Server) -> Iterator[Finding]:
    """Whether the time is possible at all."""
    now = time.time()
    installed = os.stat(__file__).st_mtime
    if now < installed - _FALSE:
        yield fault(
            f"the clock says {_moment(now)}, but chatsvc was installed at {_moment(installed)}.",
            f"Set the clock. {KEEP_RIGHT}",
        )
        return
    said = 0.0 if server.store is None else newest(server.store)
    if said > now + _FALSE:
        yield fault(
            f"the newest message is from {_moment(said)}, but the clock says {_moment(now)}:"
            " it is slow now, or it was fast.",
            f"{KEEP_RIGHT} If it was fast, messages from then are deleted that much later.",
        )
        return
    yield ok(f"it is {_moment(now)}.")


def check_steady(_: Server) -> Iterator[Finding]:
    """Whether it runs as fast as the clock that nobody can set."""
    wall, steady = time.time(), time.monotonic()
    Event().wait(_LOOK)  # `sleep` fails if the two clocks differ much
    passed, passed_steadily = time.time() - wall, time.monotonic() - steady
    if abs(passed - passed_steadily) > _STEP:
        yield warning(
            f"the clock went on by {passed:.2f} seconds, while {passed_steadily:.2f} passed:"
            " something sets it, again and again.",
            "Let one time service at most run, and none beside that of a virtual machine's host.",
        )


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
