"""An import, at the console: reads an export, and sends it to the server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from chatsvc.admin.answer import Item, Line
from chatsvc.chat.history.importing import KIND_NAMES, NewRoom
from chatsvc.errors import ChatError, Misused
from chatsvc.exchange.formats import own
from chatsvc.exchange.names import Names, mapping_in, mapping_of
from chatsvc.exchange.preparing import REACTIONS, REDACTED, Prepared
from chatsvc.exchange.reading import read
from chatsvc.exchange.spool import Row, spooled
from chatsvc.text.names import ROOM_NAME_LENGTH
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from chatsvc.admin.console.asking import Console

AHEAD = 2  # batches on their way that the server has not yet taken
SHOWN = 20  # names that were changed
OWN_NAME = ROOM_NAME_LENGTH - len("-import")  # characters kept of the name of another room
CLOCK_AHEAD = 86400.0  # seconds by which other clocks may be ahead, as in another time zone
CHECKED = 50  # names of rooms in one question


def the_names(room: str, name: str, path: str) -> Names:
    """The names here, from the options of the command line. Raises Unreadable, and OSError."""
    mapped = mapping_in(Path(path)) if path else {}
    rooms, people = mapping_of(room), mapping_of(name)
    for each in rooms:
        if each[:1] != "#":
            raise Misused(f'room: "{each}" is no room, which begins with a #.')
    for each in people:
        if each[:1] == "#":
            raise Misused(f'name: "{each}" is a room.')
    return Names(mapped | rooms | people)


class Import:
    """Imports an export.

    owner: the name of the account that will own the rooms; empty if it was not given.
    """

    def __init__(self, console: Console, names: Names, owner: str) -> None:
        self._console = console
        self._names = names
        self._owner = owner

    def does(
        self, path: Path, form: str, into: str, zone: tzinfo | None, is_dry: bool
    ) -> Iterator[Item]:
        """Do it, or with `is_dry` only say what would be done.

        form, into, zone: as for `read`.

        Raises Unreadable, ChatError, StoreError, NoServer and OSError.
        """
        self._console.stand_back()
        with spooled() as spool:
            prepared = Prepared(self._names, spool, time.time() + CLOCK_AHEAD)
            prepared.take(read(path, form, into, zone))
            loose = prepared.spool.drop_loose(REACTIONS)
            if loose:
                prepared.leave_out("reactions to what is not in it", number=loose)
            existing = self._existing(prepared)
            there = self._leave_out_what_is_there(prepared, existing)
            _check_new(prepared, existing)
            rooms = self._new_rooms(prepared)
            if rooms and not is_dry:
                self._send(prepared, rooms)
            yield from self._said(prepared, rooms, there, is_dry)

    def _leave_out_what_is_there(self, prepared: Prepared, existing: list[str]) -> int:
        """Leave out messages that rooms already have, and return the number of the others."""
        held = prepared.spool.rooms()
        for name in existing:
            number = prepared.rooms[name]
            bounds = {"since": repr(held[number].first_at), "until": repr(held[number].last_at)}
            for item in self._console.ask("import-there", name=name, **bounds):
                if isinstance(item, Line):
                    prepared.spool.note_there(list(_rows(number, item.text)))
        return prepared.spool.drop_there(REDACTED)

    def _existing(self, prepared: Prepared) -> list[str]:
        """The names of rooms that exist already."""
        names = list(prepared.rooms)
        return [
            str(item.values["name"])
            for start in range(0, len(names), CHECKED)
            for item in self._console.ask(
                "import-check", rooms=json.dumps(names[start : start + CHECKED])
            )
        ]

    def _new_rooms(self, prepared: Prepared) -> list[NewRoom]:
        held = prepared.spool.rooms()
        rooms = []
        for name, number in prepared.rooms.items():
            if number in held:
                facts = prepared.room_of(name)
                made_at = facts.made_at or held[number].first_at
                settings = facts.topic, facts.topic_by, facts.topic_at, made_at, facts.privacy
                rooms.append(NewRoom(name, held[number].number, self._owner, *settings))
        return rooms

    def _send(self, prepared: Prepared, rooms: list[NewRoom]) -> None:
        if not self._owner:
            raise Misused("say which account is to own the rooms: --owner NAME")
        with self._console.talk("import-rows", rooms=len(rooms)) as talk:
            for room in rooms:
                talk.send(f"{json.dumps(room)}\n".encode())
            begun = talk.item()
            assert begun is not None
            first_id = begun.values["first_id"]
            assert isinstance(first_id, int)
            numbers = [prepared.rooms[room.name] for room in rooms]
            for count, batch in enumerate(prepared.spool.batches(first_id, numbers)):
                talk.send(f"{batch}\n".encode())
                if count >= AHEAD:
                    talk.item()
            talk.send(b"\n")
            while talk.item() is not None:
                pass

    def _said(
        self, prepared: Prepared, rooms: list[NewRoom], there: int, is_dry: bool
    ) -> Iterator[Item]:
        """What was done, or would be."""
        would = "would be " if is_dry else ""
        for room in rooms:
            facts: Mapping[str, object] = {"room": room.name, "messages": room.number}
            were = would or ("was " if room.number == 1 else "were ")
            yield Line(f"{counted(room.number, 'message')} {were}imported into {room.name}.", facts)
        if there:
            were = "was" if there == 1 else "were"
            text = f"{counted(there, 'message')} {were} there already."
            yield Line(text, {"there": there})
        for what, (number, places) in prepared.left_out.items():
            where = f" ({', '.join(places)}{', ...' * (number > len(places))})" if places else ""
            yield Line(
                f"Left out, {number:,} in all: {what}{where}.",
                {"left_out": what, "number": number, "places": places},
            )
        changed = [f"{old} = {new}" for old, new in self._names.changed.items()]
        if changed:
            more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
            names = ", ".join(changed[:SHOWN]) + more
            text = f"Names that are not allowed here were changed: {names}."
            yield Line(text, {"changed": self._names.changed})
        if not rooms and not there:
            raise ChatError("there is nothing to import.")


def _check_new(prepared: Prepared, existing: list[str]) -> None:
    """Check that existing rooms already have everything that would be imported into them.

    Raises ChatError: ids and positions rise in the log of a room, so it grows only at its end.
    """
    held = prepared.spool.rooms()
    full = [name for name in existing if prepared.rooms[name] in held]
    if full:
        others = ",".join([f"{prepared.named[name]}={name[:OWN_NAME]}-import" for name in full])
        number = sum([held[prepared.rooms[name]].number for name in full])
        them, left = "it" if number == 1 else "them", f"{prepared.named[full[0]]}="
        what, where = counted(number, "message"), ", ".join(full)
        raise ChatError(
            f"nothing is imported: {what} cannot go into {where}, as a room that exists takes only"
            f" what is said now. Import {them} into another: --room '{others}'"
            f" (or leave {them} out: --room '{left}')."
        )


def _rows(number: int, lines: str) -> Iterator[Row]:
    """The messages of an export as rows of a spool."""
    for line in lines.split("\n"):
        facts = json.loads(line)
        if facts.get("type") == "message":
            kind = KIND_NAMES.index(own.KINDS[facts["kind"]])
            yield number, facts["at"], kind, facts["by"], facts["text"], "", "", ""
