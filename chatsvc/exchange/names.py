"""Names in an export, and what rooms and people are called here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from unicodedata import normalize

from chatsvc.chat.people.given_names import PREFIX
from chatsvc.chat.people.nicks import checked
from chatsvc.errors import ChatError
from chatsvc.exchange.said import Unreadable
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import (
    HOOK,
    LONGEST,
    MOST_NORMALIZED,
    ROOM_NAME_LENGTH,
    SHORTEST,
    BadName,
    check_characters,
    folded,
    is_hook,
    room_name,
)

MOST = 100_000  # different names in one import
UNKNOWN = "unknown"
_GIVEN = re.compile(rf"{PREFIX}\d{{1,20}}", re.ASCII)


class Names:
    """Turns names into ones that are allowed here, each always into the same.

    mapped: the names here, by those in the export; rooms begin with #. A room that is mapped to
        nothing is left out.
    changed: the names that had to be changed, by those in the export.
    """

    def __init__(self, mapped: Mapping[str, str]) -> None:
        self.changed: dict[str, str] = {}
        for name, new in mapped.items():
            _check(name, new)
        self._mapped = {folded(name): new for name, new in mapped.items()}
        self._known: dict[str, str] = {}
        self._taken: dict[str, tuple[str, str]] = {}  # by look: a name in the export, and here

    def room(self, name: str) -> str:
        """The name of a room here; empty if it is left out. Raises Unreadable."""
        return self._found(name if name[:1] == "#" else f"#{name}", _allowed_room, skeleton)

    def person(self, name: str) -> str:
        """The name of somebody here. Raises Unreadable."""
        return self._found(name, _allowed_person, folded)

    def account(self, name: str) -> str:
        """The name of an account here."""
        return self._mapped.get(folded(name), name)

    def _found(self, name: str, allowed: Callable[[str], str], look: Callable[[str], str]) -> str:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._new(name, allowed, look)
            if len(self._known) > MOST:
                raise Unreadable(f"more than {MOST} names are in it.")
        return found

    def _new(self, name: str, allowed: Callable[[str], str], look: Callable[[str], str]) -> str:
        """The name here of one that is new.

        look: the form in which names that cannot be told apart are equal.
        """
        mapped = self._mapped.get(folded(name))
        if mapped is not None:
            return mapped
        new = plain = allowed(name)
        number = 1
        while True:
            # The first of those that look the same; it is also meant by other spellings of it.
            taken = self._taken.setdefault(look(new), (folded(name), new))
            if taken[0] == folded(name):
                break
            number += 1
            new = allowed(f"{plain.removesuffix(HOOK)[: LONGEST - 10]}_{number}")
            new += HOOK * is_hook(plain)
        if taken[1] != name and folded(taken[1]) != folded(name):
            self.changed[name] = taken[1]
        return taken[1] if look is skeleton else new


def _check(name: str, new: str) -> None:
    """Check a mapping from one name to another. Raises Unreadable."""
    try:
        if name[:1] == "#":
            if new and (new[:1] != "#" or room_name(new) != new):
                raise BadName("The name of a room begins with a #.")
        elif checked(new) != new:
            raise BadName("It is not in Unicode's form NFC.")
    except ChatError as error:
        raise Unreadable(f'"{name}" cannot be called "{new}": {error}') from None


def mapping_of(text: str, separator: str = ",") -> dict[str, str]:
    """The names here by those in the export, from a text such as "#a=#b,ann=bob".

    Raises Unreadable.
    """
    mapped = {}
    for part in text.split(separator):
        if part.strip():
            name, equals, new = part.partition("=")
            if not equals or not name.strip():
                raise Unreadable(f'"{part.strip()[:80]}" is not like #old=#new or ann=bob.')
            mapped[name.strip()] = new.strip()
    return mapped


def mapping_in(path: Path) -> dict[str, str]:
    """The same from a file, one on each line. Raises Unreadable, and OSError."""
    return mapping_of(path.read_text("utf-8-sig", "replace"), "\n")


def _allowed_room(name: str) -> str:
    try:
        return room_name(name)
    except ChatError:
        return f"#{_made(name[1:], ROOM_NAME_LENGTH) or UNKNOWN}"


def _allowed_person(name: str) -> str:
    """A name that is allowed for people, for hooks, or as a given one."""
    if is_hook(name):
        return _allowed_person(name.removesuffix(HOOK)[: LONGEST - len(HOOK)]) + HOOK
    if _GIVEN.fullmatch(name):
        return name
    try:
        return checked(name)
    except BadName:
        pass
    made = _made(name, LONGEST - 2) or UNKNOWN
    for new in (made, f"{made}_"):
        if len(new) >= SHORTEST:
            try:
                return checked(new)
            except BadName:
                pass
    return UNKNOWN


def _made(name: str, longest: int) -> str:
    """What is allowed of a name, with - for the rest; perhaps empty."""
    made = ""
    for character in normalize("NFC", name[:MOST_NORMALIZED]):
        try:
            check_characters(made + character)
            made += character
        except BadName:
            made += "-" * (made[-1:] not in ("", "-"))
    return normalize("NFC", made[:longest]).rstrip("-")
