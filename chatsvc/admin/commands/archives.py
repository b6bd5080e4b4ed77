"""Archives: exports for other programs, and imports from them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import tzinfo
from math import inf
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from chatsvc.admin.answer import Item, Line
from chatsvc.admin.command import Text, command
from chatsvc.admin.console.asking import MEMORY, Console
from chatsvc.admin.console.exporting import written
from chatsvc.admin.console.importing import Import, the_names
from chatsvc.admin.server.call import Call
from chatsvc.chat.history.importing import NewRoom
from chatsvc.chat.rooms.settings import MOST_PERSISTENT
from chatsvc.errors import SHOWN, ChatError, Misused
from chatsvc.exchange import exporting, reading
from chatsvc.exchange.person import person
from chatsvc.exchange.said import Unreadable
from chatsvc.text.spans import moment

NAMED = 20  # rooms of an import, in the log
_KINDS = [*map(type, NewRoom("", 0, "", "", "", 0.0, 0.0, ""))]  # of its facts
Format = Annotated[Literal["json", "text"], "JSON, an object a line; or text for people"]
Output = Annotated[str, "a file to write, which must not exist; by default, standard output"]


@command("export room")
def export_room(
    console: Console,
    name: str,
    *,
    since: Annotated[str, "from when on, such as 7d or 2026-11-22"] = "",
    until: Annotated[str, "up to when"] = "",
    format_: Format = "json",
    output: Output = "",
) -> Iterator[Item]:
    """Export the messages of a room.

    An export in JSON can be imported again.
    """
    return written(console.ask("read-rooms", name=name, since=since, until=until), format_, output)


@command("export all")
def export_all(
    console: Console, *, format_: Format = "json", output: Output = ""
) -> Iterator[Item]:
    """Export the messages of all rooms, one room after another."""
    return written(console.ask("read-rooms"), format_, output)


@command("export person")
def export_person(
    console: Console, name: str, *, format_: Format = "json", output: Output = ""
) -> Iterator[Item]:
    """Export what the server keeps about a person, except secrets such as the password's hash.

    These are facts of the account, connections, visits with their addresses, read markers, rooms,
    acts of moderation by and against the person, ignored people, names of hooks and tokens, and
    messages, direct ones included.
    """
    return written(console.ask("read-person", name=name), format_, output)


@command("import")
def import_(
    console: Console,
    path: Annotated[str, "a file, or a folder of logs"],
    *,
    owner: Annotated[str, "the account that is to own the rooms"] = "",
    format_: Annotated[
        Literal["", reading.Format], "what it is; by default, told by the file"
    ] = "",
    into: Annotated[str, "the room of a log; by default, that in the file's name"] = "",
    room: Annotated[str, "other names for rooms: #general=#old,#random= leaves out #random"] = "",
    name: Annotated[str, "other names for people: bob=robert,cat=catherine"] = "",
    map_: Annotated[str, "a file with both, one a line"] = "",
    zone: Annotated[str, "of the times in logs, such as Europe/Berlin; by default, ours"] = "",
    dry_run: Annotated[bool, "only say what would be done"] = False,
) -> Iterator[Item]:
    """Import messages from elsewhere, into rooms that do not exist yet.

    Formats: exports of chatsvc, Slack (a zip file) and Mattermost, and logs of WeeChat and irssi.
    Each room appears once it is complete; messages that a room already has are not imported twice.
    """
    try:
        names = the_names(room, name, map_)
        work = Import(console, names, owner)
        yield from work.does(Path(path), format_, into, _zone(zone), dry_run)
    except Unreadable as error:
        raise ChatError(str(error)) from None
    except MemoryError:
        raise ChatError(
            f"to read {path} takes more than {MEMORY // 2**20} MiB of memory."
        ) from None


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (LookupError, ValueError, OSError):
        raise Misused(f'zone: "{name[:SHOWN]}" is no time zone such as Europe/Berlin.') from None


@command("read-rooms", part_of="export")
async def read_rooms(
    call: Call, name: str = "", *, since: str = "", until: str = ""
) -> AsyncIterator[Item]:
    """Give the lines of a room's export, or of all rooms'.

    name: with its # or without.
    since, until: as people write them, or in seconds since the epoch.
    """
    rooms = [call.room(name)] if name else list(call.chat.rooms.values())
    now = call.chat.clock.now()
    bounds = _moment(since, now) if since else 0.0, _moment(until, now) if until else inf
    async for lines in exporting.rooms(call.chat, rooms, *bounds):
        yield Line(lines)


def _moment(text: str, now: float) -> float:
    try:
        return float(text) if "." in text else moment(text, now)
    except ValueError:
        return moment(text, now)


@command("read-person", part_of="export person")
async def read_person(call: Call, name: str) -> AsyncIterator[Item]:
    """Give the lines of a person's export."""
    async for lines in person(call.chat, name):
        yield Line(lines)


@command("import-there", part_of="import")
def import_there(call: Call, name: str, *, since: str, until: str) -> AsyncIterator[Item]:
    """Give the messages of a room, so that an import can leave out those that are there already."""
    return read_rooms(call, name, since=since, until=until)


@command("import-rows", looks=True, part_of="import")
async def import_rows(call: Call, rooms: int) -> AsyncIterator[Item]:
    """Import the rows that follow, some on each line, and an empty line after the last ones.

    Before them, there is a line for each room: a JSON array, the facts of a NewRoom. The first item
    says the id of the first row; then there is one for each line of rows. The import is cancelled
    if the client ends before the empty line.

    rooms: how many there are.
    """
    if not 0 < rooms <= MOST_PERSISTENT:
        raise ChatError(f"An import has 1 to {MOST_PERSISTENT} rooms.")
    new: list[NewRoom] = []
    async for facts in call.lines:
        new.append(_new_room(facts))
        if len(new) == rooms:
            break
    if call.is_over:
        return
    names = ", ".join([each.name for each in new[:NAMED]])
    more = f" and {len(new) - NAMED} more" if len(new) > NAMED else ""
    call.chat.journal.write("administered", name=call.by, what=f"import into {names}{more}")
    importing = call.chat.importing
    first_id = await importing.begin(new)
    try:
        yield Line("", {"first_id": first_id})
        async for rows in call.lines:
            if not rows:
                await importing.end(first_id)
                return
            try:
                await importing.add(first_id, rows.decode())
            except ValueError:
                raise Misused("A line of rows has a JSON array of them.") from None
            yield Line("")
    finally:
        await importing.cancel(first_id)


def _new_room(facts: bytes) -> NewRoom:
    try:
        room = NewRoom(*json.loads(facts))
    except (ValueError, TypeError, RecursionError):
        room = None
    if room is None or [*map(type, room)] != _KINDS:
        raise Misused("A line for a room has the facts of it in a JSON array.")
    return room


@command("import-check", looks=True, part_of="import")
def import_check(call: Call, rooms: Text) -> Iterator[Item]:
    """Say which of some rooms exist.

    rooms: a JSON array of their names.
    """
    try:
        names = json.loads(rooms)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Misused("rooms: a JSON array of names is needed.")
    for name, room in [(name, call.chat.rooms.get(name)) for name in names]:
        if room is not None:
            yield Line(name, {"name": name, "is_called": room.name})
