"""What is wrong, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated

from chatsvc.admin.answer import Item, Line
from chatsvc.admin.command import command
from chatsvc.admin.console.asking import Console
from chatsvc.admin.console.finding import NoServer
from chatsvc.errors import ChatError
from chatsvc.text.numbers import counted

_MARKS = {"ok": "ok      ", "warning": "WARNING ", "fault": "FAULT   "}


@command("doctor", looks=True)
def doctor(
    console: Console,
    *,
    config: Annotated[str, "the file of settings; by default, those of the running server"] = "",
    store: Annotated[str, "the store, such as sqlite:chatsvc.sqlite"] = "",
    url: Annotated[str, "where people reach the web door, such as https://chat.example.org/"] = "",
    quiet: Annotated[bool, "show only what is wrong"] = False,
) -> Iterator[Item]:
    """Examine a server and its machine, and say what is wrong and how to fix it.

    It works with a running server and without one, changes nothing, and disturbs nobody. Run it as
    the user of the server, or as root. The exit status is 1 if there is a fault; warnings are not.
    """
    # The server loads this file as well, and needs none of these.
    from chatsvc.admin.console.settings import in_force
    from chatsvc.doctor.described import server_of
    from chatsvc.doctor.examination import examine
    from chatsvc.doctor.finding import Level

    found = in_force(console.socket, config or None, store or None)
    places = {"the settings": found.file, "the log": found.log, "the admin socket": found.socket}
    files = {name: path for name, path in places.items() if path is not None}
    server = server_of(found.gathered, found.path, files, url)
    if found.value("keep-addresses"):
        server = replace(server, addresses_of=partial(_addresses_of, console))
    faults = 0
    for subject, finding in examine(server):
        faults += finding.level is Level.FAULT
        if quiet and finding.level is Level.OK:
            continue
        level = finding.level.value
        text = f"{_MARKS[level]} {subject}: {finding.what}"
        if finding.mend:
            text += f" {finding.mend}"
        yield Line(
            text,
            {"level": level, "subject": subject, "what": finding.what, "mend": finding.mend},
        )
    if faults:
        raise ChatError(f"{counted(faults, 'fault')} found.")


def _addresses_of(console: Console, name: str) -> list[str | None]:
    """Where a person comes from, as the running server knows; nothing without one."""
    try:
        rows = [each.values for each in console.ask("who")]
    except (NoServer, ChatError):
        return []
    return [str(row["address"]) if row["address"] else None for row in rows if row["name"] == name]
