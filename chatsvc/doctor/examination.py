"""The examination: all checks, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from chatsvc.doctor.files import disk, permissions, settings, store
from chatsvc.doctor.finding import Finding, Findings, Level
from chatsvc.doctor.machine import clock, descriptors, software, systemd
from chatsvc.doctor.network import certificate, name, ports, proxies, web
from chatsvc.doctor.server import Server

# The checks of each subject, in the order in which a server needs what they check.
CHECKS: dict[str, tuple[Callable[[Server], Findings], ...]] = {
    "settings": (settings.check,),
    "software": (
        software.check_python,
        software.check_packages,
        software.check_openssl,
        software.check_locale,
    ),
    "descriptors": (descriptors.check_limit, descriptors.check_system),
    "clock": (clock.check_service, clock.check_time, clock.check_steady),
    "systemd": (systemd.check,),
    "disk": (disk.check_kind, disk.check_space, disk.check_speed),
    "store": (store.check_file, store.check_whole, store.check_log),
    "permissions": (permissions.check,),
    "certificate": (certificate.check,),
    "ports": (ports.check, ports.check_ipv6),
    "name": (name.check,),
    "proxies": (proxies.check_header, proxies.check_trusted),
    "web": (web.check,),
}


class Examined(NamedTuple):
    """What was found about one subject."""

    subject: str
    finding: Finding


def examine(server: Server) -> Iterator[Examined]:
    """Make all checks; one that cannot be made is a finding, too."""
    for subject, checks in CHECKS.items():
        for check in checks:
            try:
                for finding in check(server):
                    yield Examined(subject, finding)
            except Exception as error:  # the other checks go on
                what = f"this could not be looked at: {error or type(error).__name__}."
                mend = "Run this as root or as the server's user; otherwise, please report it."
                yield Examined(subject, Finding(Level.WARNING, what, mend))
