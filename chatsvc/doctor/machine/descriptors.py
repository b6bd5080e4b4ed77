"""File descriptors: each connection takes one."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import suppress

from chatsvc.doctor import process
from chatsvc.doctor.finding import Finding, fault, ok, warning
from chatsvc.doctor.server import Server

SPARE = 100  # for the server itself, as in chatsvc.tap
FEW = 1024  # the default limit of many systems
MUCH = 0.8  # of what is allowed
RAISE = (
    "With systemd, set LimitNOFILE=65536 in the unit; without it, raise the hard limit of nofile in"
    " /etc/security/limits.conf. Then restart the server."
)


def check_limit(server: Server) -> Iterator[Finding]:
    """How many connections there can be, and how many there are."""
    used: int | None = None
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    whose = "a server started from here"
    if server.process is not None:
        with suppress(OSError):
            hard, used = process.descriptors(server.process)
            whose = "the server"
    most = hard - SPARE
    if server.max_users is not None and most < server.max_users:
        yield fault(
            f"{whose} may have {hard} file descriptors, which are too few for --max-users"
            f" {server.max_users}: it does not start.",
            RAISE,
        )
    elif most <= 0:
        yield fault(f"{whose} may have {hard} file descriptors, which are too few.", RAISE)
    elif used is not None and used > MUCH * hard:
        yield (fault if used > hard - SPARE // 2 else warning)(
            f"the server uses {used} of {hard} file descriptors, nearly all.", RAISE
        )
    elif hard <= FEW:
        yield warning(f"{whose} may have {hard} file descriptors: {most} people at most.", RAISE)
    else:
        now = "" if used is None else f", and {used} of them are in use"
        yield ok(f"{whose} may have {hard} file descriptors{now}.")


def check_system(_server: Server) -> Iterator[Finding]:
    """How many all programs have together."""
    used, _, most = map(int, (process.PROC / "sys" / "fs" / "file-nr").read_text().split())
    if used > MUCH * most:
        yield warning(
            f"all programs together have {used} of {most} open files.",
            "Raise it: sysctl fs.file-max. Look for a program that leaks them: lsof.",
        )
