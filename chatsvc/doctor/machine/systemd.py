"""systemd, if it runs the server."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress

from chatsvc.doctor import process
from chatsvc.doctor.finding import Finding, fault, ok, or_ok, warning
from chatsvc.doctor.machine.descriptors import FEW
from chatsvc.doctor.server import Server
from chatsvc.text.numbers import counted

UNIT = "chatsvc.service"
PATIENCE = 20.0  # seconds for systemctl
_SHOWN = (
    "LoadState", "ActiveState", "UnitFileState", "FragmentPath", "NeedDaemonReload", "User",
    "LimitNOFILE", "Restart", "NRestarts", "Result",
)  # fmt: skip
_UNIT = re.compile(r"/([\w@.:\\-]+\.service)(?:/|$)", re.MULTILINE)
RELOAD = "systemctl daemon-reload && systemctl restart "


def check(server: Server) -> Iterator[Finding]:
    """The unit in use, and what it allows."""
    unit = UNIT if server.process is None else _unit_of(server.process)
    if unit is None:
        yield ok("the server was not started by systemd.")
        return
    found = _shown(unit)
    if found is None:
        yield ok("systemd does not run here.")
    elif found.get("LoadState") != "loaded":
        yield ok(f"systemd has no {unit}.")
    else:
        where = found.get("FragmentPath")
        yield from or_ok(_wrong(unit, found), f"{unit} is as it should be ({where}).")


def _unit_of(number: int) -> str | None:
    """The unit that a process belongs to; None if it was not started by systemd."""
    with suppress(OSError):
        matches: list[str] = _UNIT.findall((process.PROC / str(number) / "cgroup").read_text())
        # Sessions of people are units, too.
        own = [each for each in matches if not each.startswith(("user@", "session"))]
        return own[-1] if own else None
    return None


def _shown(unit: str) -> dict[str, str] | None:
    """Properties of a unit; None if systemd does not answer, as in most containers."""
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        return None
    command = [systemctl, "show", unit, *(f"--property={name}" for name in _SHOWN)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {name: value for name, _, value in pairs}


def _wrong(unit: str, found: dict[str, str]) -> Iterator[Finding]:
    if found.get("NeedDaemonReload") == "yes":
        yield warning(
            f"{found.get('FragmentPath')} has changed since systemd read it.", f"{RELOAD}{unit}"
        )
    limit = found.get("LimitNOFILE", "")
    if limit.isdigit() and int(limit) <= FEW:
        yield warning(
            f"{unit} allows {limit} file descriptors.",
            f"Set LimitNOFILE=65536 in it: systemctl edit {unit}; then systemctl restart {unit}",
        )
    if found.get("ActiveState") == "failed":
        yield fault(
            f"{unit} has failed: {found.get('Result')}.",
            f"See why: journalctl -u {unit} -n 50; then systemctl restart {unit}",
        )
    if found.get("UnitFileState") == "disabled":
        yield warning(f"{unit} does not start with the machine.", f"systemctl enable {unit}")
    if found.get("Restart") == "no":
        yield warning(
            f"{unit} does not start again if it ends by mistake.",
            f"Set Restart=on-failure in it: systemctl edit {unit}",
        )
    if found.get("User", "root") in ("", "root", "0"):
        yield warning(
            f"{unit} runs the server as root.",
            "Give it a user of its own (User=chatsvc); systemd opens ports below 1024 for it.",
        )
    restarts = found.get("NRestarts", "0")
    if restarts.isdigit() and int(restarts) > 0:
        yield warning(
            f"systemd had to start {unit} again {counted(int(restarts), 'time')}.",
            f"See why: journalctl -u {unit} -p warning",
        )
