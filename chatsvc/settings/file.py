"""The file chatsvc.toml: its values, and their lines."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

LARGEST = 64 * 1024  # bytes
MOST_TRIES = 100  # lines that could be the last of one value
_LONG = ('"""', "'''")  # around a text of several lines
_ENDS = ("]", *_LONG)  # one of these is in the last line of any value of several lines
# How the parser's errors for the beginnings of texts of several lines begin, and all such end.
_TEXT, _AT_END = ("Unterminated string", "Expected \"'''\""), " (at end of document)"


class Entry(NamedTuple):
    """One value.

    path: the names of its tables, and its key; of the table alone where that begins.
    value: of a type of TOML; an empty dict for a table that begins.
    line: the number of the line in which it begins.
    """

    path: tuple[str, ...]
    value: object
    line: int


class Fault(NamedTuple):
    """A line of the file that cannot be understood, and why."""

    line: int
    why: str


def read(path: Path) -> str:
    """The text of a file. Raises ValueError, which says why it cannot be read."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # anything else might never end
            raise ValueError(f"it is {'a folder' if stat.S_ISDIR(mode) else 'no file'}.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"cannot read it: {error.strerror}.") from None
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST // 1024} KiB.")
    try:
        return data.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(f"it is not UTF-8 in line {line}.") from None


def parsed(text: str) -> tuple[list[Entry], list[Fault]]:
    """The values in a text of TOML, in their order, and the lines that cannot be understood.

    The parser of the standard library gives no lines, but a document is a series of statements, of
    which each takes whole lines: each is parsed by itself, and is complete with the first line with
    which it can be.
    """
    import tomllib  # only servers with such a file wait for it

    entries: list[Entry] = []
    faults: list[Fault] = []
    table: tuple[str, ...] = ()
    statement, begun, tries = "", 1, 0
    ends: tuple[str, ...] = ()  # one of which is in the line that ends the statement, if any
    lines = text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if not statement:
            begun, ends, tries = number, (), 0
        statement += f"{line}\n"
        if ends and number < len(lines) and not any(end in line for end in ends):
            continue
        try:
            found = tomllib.loads(statement)
        except tomllib.TOMLDecodeError as error:
            tries += 1
            if tries > MOST_TRIES:  # each takes as long as what comes before
                faults.append(Fault(begun, "this value has too many lines: is its end missing?"))
                break
            if str(error).endswith(_AT_END) and number < len(lines):
                ends = _LONG if str(error).startswith(_TEXT) else _ENDS
                continue
            faults.append(_fault(begun, str(error)))
            if any(begins in statement for begins in ("[", *_LONG)):
                break  # the end is unknown, and so is the meaning of the next lines
        else:
            new = [Entry((*table, *path), value, begun) for path, value in _leaves(found)]
            if statement.lstrip().startswith("["):
                new = [Entry(path, value, begun) for path, value in _leaves(found)]
                table = new[0].path
            entries += new
        statement = ""
    return entries, faults or _repeated(entries) or _unsound(text)


def _leaves(table: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    """The values in a table and those in it, each with its path."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            for path, leaf in _leaves(value):
                yield (key, *path), leaf
        else:
            yield (key,), value


def _repeated(entries: list[Entry]) -> list[Fault]:
    """The faults of names that occur twice."""
    first: dict[tuple[str, ...], int] = {}
    found = []
    for path, _, line in entries:
        if path in first:
            found.append(Fault(line, f"{path[-1]!r} is there twice, first in line {first[path]}."))
        first.setdefault(path, line)
    return found


def _unsound(text: str) -> list[Fault]:
    """The faults of the statements as a whole."""
    import tomllib

    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [_fault(1, str(error))]
    return []


def _fault(begun: int, why: str) -> Fault:
    """The fault for an error of the parser, such as Invalid value (at line 3, column 5).

    begun: the line from which it counts.
    """
    reason, _, place = why.rpartition(" (at ")
    line, column = begun, ""
    if place.startswith("line "):
        number, _, column = place.removeprefix("line ").removesuffix(")").partition(", column ")
        line = begun + int(number) - 1
        column = f", at character {column}"
    advice = " Texts stand in quotes." if reason == "Invalid value" else ""
    return Fault(line, f"this is not TOML: {reason[:1].lower()}{reason[1:]}{column}.{advice}")
