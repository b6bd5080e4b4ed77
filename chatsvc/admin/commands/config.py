"""Settings: which are in force, and where each comes from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Annotated

from chatsvc.admin.answer import Item, Line, Row, Shown
from chatsvc.admin.command import command
from chatsvc.admin.console.asking import Console
from chatsvc.admin.server.call import Call
from chatsvc.errors import ChatError
from chatsvc.settings.rooms import SECRETS
from chatsvc.text.numbers import counted
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from chatsvc.settings.found import Found
    from chatsvc.settings.gathering import Gathered

MOST_SHOWN = 60  # characters of a value
HIDDEN = "(hidden)"


@command("config", looks=True)
def config(call: Call) -> Iterator[Item]:
    """Show all settings in force, and where each comes from.

    That is an option, the file with the line, a variable in the environment, or the default.
    Changes in the file that need a restart are not in force.
    """
    return rows(call.desk.gathered())


@command("check", looks=True)
def check(
    console: Console,
    file: Annotated[str, "the file of settings; by default, that of the running server"] = "",
    *,
    quiet: Annotated[bool, "show only mistakes"] = False,
) -> Iterator[Item]:
    """Check a settings file, and show what would be in force with it.

    It starts and changes nothing. It tries the motd, the certificate and endpoints, too. The exit
    status is 1 if there is a mistake.
    """
    # The server loads this file as well, and needs none of these.
    from chatsvc.admin.console.settings import in_force
    from chatsvc.service.loading import load

    found = in_force(console.socket, file or None, None)
    load(found.gathered, found.path, makes=False)
    mistakes = found.gathered.mistakes
    for mistake in mistakes:
        yield Line(mistake)
    if mistakes:
        raise ChatError(f"{counted(len(mistakes), 'mistake')} in {found.file or 'the settings'}.")
    if not quiet:
        yield from rows(found.gathered)


@command("reload")
async def reload(call: Call) -> AsyncIterator[Item]:
    """Make the server reread its settings, motd and certificate, as SIGHUP and /rehash do.

    It says what has changed, and what needs a restart. A wrong file changes nothing.
    """
    found = await call.chat.reload(call.by)
    for _, line in found or [(True, "there is nothing to reload.")]:
        yield Line(f"{line[0].upper()}{line[1:]}")
    if not all(was_reloaded for was_reloaded, _ in found):
        raise ChatError("not everything was reloaded.")


def rows(gathered: Gathered) -> Iterator[Row]:
    """A row for each setting: its name, its value as it is written, and where that comes from."""
    for found in gathered.found.values():
        yield _row(found.setting.name, found, is_secret=False)
    for room, settings in gathered.rooms.items():
        for found in settings.values():
            name = found.setting.name
            yield _row(f'rooms."{room}".{name}', found, is_secret=name in SECRETS)


def _row(name: str, found: Found, is_secret: bool) -> Row:
    raw = HIDDEN if is_secret and found.raw else found.raw
    text = clean(", ".join(raw) if isinstance(raw, list) else raw or "")
    if len(text) > MOST_SHOWN:
        text = f"{text[:MOST_SHOWN]}..."
    kind, place = found.origin
    return Row(
        {
            "setting": name,
            "value": Shown(raw, text or "-"),
            "from": Shown({"kind": kind, "place": place or None}, place or kind),
        }
    )
