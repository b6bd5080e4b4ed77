"""Names in an export, and the names of rooms and people here."""

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

MOST = 100_000  # different names in one import, of rooms, people and accounts each
LONGEST_READ = 256  # characters of a name; those that differ only after them are the same
UNKNOWN = "unknown"
_GIVEN = re.compile(rf"{PREFIX}\d{{1,20}}", re.ASCII)


class Names:
    """Turns names into allowed ones, the same name always into the same.

    mapped: the names here, by those in the export; rooms begin with #. A room that is mapped to
        nothing is left out.
    changed: the names that had to be changed, by those in the export.
    """

    def __init__(self, mapped: Mapping[str, str]) -> None:
        self.changed: dict[str, str] = {}
        for name, new in mapped.items():
            _check(name, new)
        rooms, people = [
            {folded(name): new for name, new in mapped.items() if (name[:1] == "#") is is_room}
            for is_room in (True, False)
        ]
        self._rooms = _Kind(rooms, self.changed, _allowed_room, skeleton)
        self._people = _Kind(people, self.changed, _allowed_person, folded)
        self._accounts: dict[str, str] = {}

    def room(self, name: str) -> str:
        """The name of a room here; empty if it is left out. Raises Unreadable."""
        return self._rooms.name(name if name[:1] == "#" else f"#{name}")

    def person(self, name: str) -> str:
        """The name of somebody here. Raises Unreadable."""
        return self._people.name(name)

    def account(self, name: str) -> str:
        """The name of an account here; empty for a name that nobody can have. Raises Unreadable."""
        name = name[:LONGEST_READ]
        found = self._accounts.get(name)
        if found is None:
            found = self._accounts[name] = self._people.mapped.get(folded(name)) or _account(name)
            _check_number(self._accounts)
        return found


class _Kind:
    """The names of rooms, or of people.

    mapped: those here, by the folded ones in the export.
    changed: as in Names.
    allowed: makes an allowed name of any text.
    look: the form in which names that cannot be told apart are equal.
    """

    def __init__(
        self,
        mapped: Mapping[str, str],
        changed: dict[str, str],
        allowed: Callable[[str], str],
        look: Callable[[str], str],
    ) -> None:
        self.mapped = mapped
        self._changed = changed
        self._allowed = allowed
        self._look = look
        self._known: dict[str, str] = {}
        self._taken: dict[str, tuple[str, str]] = {}  # by look: a name in the export, and here
        self._numbered: dict[str, str] = {}  # names here with a number, by the folded ones there
        self._numbers: dict[str, int] = {}  # the last number, by the look of what is before it

    def name(self, name: str) -> str:
        """The name here. Raises Unreadable."""
        name = name[:LONGEST_READ]
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._new(name)
            _check_number(self._known)
        return found

    def _new(self, name: str) -> str:
        own = folded(name)
        mapped = self.mapped.get(own)
        if mapped is not None:
            return mapped
        new = plain = self._numbered.get(own) or self._allowed(name)
        while True:
            # The first of those that look the same; it is also meant by other spellings of it.
            taken = self._taken.setdefault(self._look(new), (own, new))
            if taken[0] == own:
                break
            new = self._numbered[own] = self._with_number(plain)
        if taken[1] != name and folded(taken[1]) != own:
            self._changed[name] = taken[1]
        return taken[1] if self._look is skeleton else new

    def _with_number(self, plain: str) -> str:
        """A name with a number that no other of them has had."""
        start = plain.removesuffix(HOOK)[: LONGEST - 10]
        look = self._look(start)
        number = self._numbers[look] = self._numbers.get(look, 1) + 1
        return self._allowed(f"{start}_{number}") + HOOK * is_hook(plain)


def _check_number(known: Mapping[str, str]) -> None:
    """Check that there are not too many names. Raises Unreadable."""
    if len(known) > MOST:
        raise Unreadable(f"more than {MOST} names are in it.")


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


def _account(name: str) -> str:
    try:
        return checked(name)
    except BadName:
        return ""


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
    """The allowed characters of a name, with - for the others; perhaps empty."""
    made = ""
    for character in normalize("NFC", name[:MOST_NORMALIZED]):
        try:
            check_characters(made + character)
            made += character
        except BadName:
            made += "-" * (made[-1:] not in ("", "-"))
    return normalize("NFC", made[:longest]).rstrip("-")
