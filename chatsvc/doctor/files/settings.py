"""The settings: whether a server starts with them."""

from __future__ import annotations

import os
from collections.abc import Iterator

from chatsvc.doctor.finding import Finding, fault, ok
from chatsvc.doctor.server import Server


def check(server: Server) -> Iterator[Finding]:
    """Mistakes in the settings, and in the files that they name."""
    for mistake in server.mistakes:
        yield fault(mistake, "Correct that; until then, the server does not start.")
    motd = server.files.get("the motd")
    if motd is not None and not os.access(motd, os.R_OK):
        yield fault(
            f"{motd}, the motd, is not there, or cannot be read.",
            "Write it, or leave out --motd; until then, the server does not start.",
        )
    file = server.files.get("the settings")
    if not server.mistakes:
        yield ok(f"{file} is right." if file else "there is no chatsvc.toml; options are right.")
