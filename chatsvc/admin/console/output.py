"""What chatsvc-admin prints: tables for people, or JSON, an object a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TextIO
from unicodedata import category, east_asian_width

from chatsvc.admin.answer import Facts, Item, Line, Row, Shown, for_programs
from chatsvc.text.safe import clean

ROWS_AT_ONCE = 1000  # of a table that are aligned with one another
GAP = "  "
_NO_WIDTH = ("Mn", "Me", "Cf")  # categories of characters above others, or without looks


class Output:
    """Prints items.

    as_json: whether for programs.
    """

    def __init__(self, stream: TextIO, as_json: bool) -> None:
        self._stream = stream
        self._as_json = as_json
        self._names: tuple[str, ...] = ()  # of the table
        self._rows: list[list[str]] = []
        self._widths: list[int] = []

    def show(self, item: Item) -> None:
        """Print an item; the rows of a table together."""
        if self._as_json:
            self._print_json(item)
            return
        if isinstance(item, Row):
            self._add(item.values)
            return
        self.finish()
        if isinstance(item, Facts):
            widest = max([width(name) for name in map(_title, item.values)], default=0)
            for name, value in item.values.items():
                self._print(f"{padded(_title(name) + ':', widest + 1)} {_text(value)}")
        else:
            self._print(clean(item.text))

    def finish(self) -> None:
        """Print the rows that wait."""
        rows, self._rows = self._rows, []
        for number in range(len(self._names)):
            longest = max([width(row[number]) for row in rows], default=0)
            self._widths[number] = max(self._widths[number], longest)
        for row in rows:
            cells = [padded(text, to) for text, to in zip(row, self._widths, strict=True)]
            self._print(GAP.join(cells).rstrip())
        self._names = ()
        self._stream.flush()

    def _add(self, values: Mapping[str, object]) -> None:
        names = tuple(values)
        if names != self._names:
            self.finish()
            self._names = names
            self._widths = [0] * len(names)
            self._rows.append([_title(name).upper() for name in names])
        self._rows.append([_text(value) for value in values.values()])
        if len(self._rows) > ROWS_AT_ONCE:
            self.finish()
            self._names = names

    def _print_json(self, item: Item) -> None:
        values = for_programs(item.values)
        if isinstance(item, Line) and not values:
            values = {"text": item.text}
        self._print(json.dumps(values))

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=self._as_json or not self._names)


def _title(name: str) -> str:
    return clean(name).replace("_", " ")


def _text(value: object) -> str:
    """A value for people."""
    if isinstance(value, Shown):
        return clean(value.text)
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return clean(", ".join(map(str, value)))
    return clean(str(value))


def width(text: str) -> int:
    """The columns that a text takes, as terminals show it."""
    if text.isascii():
        return len(text)
    return sum(
        0 if category(each) in _NO_WIDTH else 1 + (east_asian_width(each) in "WF") for each in text
    )


def padded(text: str, columns: int) -> str:
    """The text with blanks after it, so that it takes as many columns."""
    return text + " " * (columns - width(text))
