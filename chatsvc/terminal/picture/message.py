"""A message in the scrollback, and its rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.terminal.cells import Cell, cells, clip, fold, width
from chatsvc.terminal.styles import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from chatsvc.terminal.cells import Row
    from chatsvc.terminal.styles import Segment

MESSAGE = 16 * 1024  # characters shown of a message
NAMES = 34  # columns of the widest name with which others are aligned, with its signs
_FAINT = Style(dim=True)
# An address without the signs that end a sentence, or a bracket around it.
_ADDRESS = re.compile(r"https?://[!-~]{1,2000}(?<![.,:;!?'\")\]>])")
# What begins with blanks, up to its text; in a row of a table, up to its last column.
_HANGING = re.compile(r" {2,}(?:\S.* {2,}(?=\S))?")
LEAST = 12  # columns of names from which on a wider one is shortened, in place of its column
INDENT = 8  # columns before each row of a message but the first, if there is room


class Message(NamedTuple):
    """A message: its text, and by what it is found.

    key: its number; None for none.
    is_mention: whether it is for the reader.
    day: on which it was written; if it is another than that of the message before, a line says so.
    head: the number of segments that precede the text: the time, and the name with its signs.
    """

    segments: Sequence[Segment]
    key: int | None = None
    is_mention: bool = False
    day: date | None = None
    head: int = 0


class Look(NamedTuple):
    """How messages look.

    columns: their width.
    names: the columns at whose right edge names end; 0 for no such edge.
    has_ids: whether the keys are shown.
    has_links: whether the terminal is told of addresses, which are links even over several rows.
    """

    columns: int = 80
    names: int = 0
    has_ids: bool = False
    has_links: bool = False


def folded(
    message: Message, look: Look, sought: re.Pattern[str] | None = None, *, is_found: bool = False
) -> list[Row]:
    """The rows of a message, of which all but the first are indented.

    If the head takes no more than a third of the columns, all rows of the text begin behind it. The
    column of the names ends there, too.

    sought: a text that is shown in reverse.
    is_found: whether the first segment is, too.
    """
    columns = look.columns
    segments = message.segments
    if look.has_links:
        segments = [*segments[: message.head], *_linked(segments[message.head :])]
    if is_found and segments:
        text, style = segments[0]
        segments = [(text, style._replace(reverse=True, dim=False)), *segments[1:]]
    first, naming = segments[: min(message.head, 1)], segments[1 : message.head]
    if look.has_ids and first and message.key is not None:
        first = [*first, (f"[{message.key}] ", _FAINT)]
    if first:
        room = columns // 3
        before = cells([*first, *_found(naming, sought)], columns)
        time = cells(first, columns)
        names = min(look.names, room - width(time))
        if names >= LEAST:
            signs = len(cells(naming[-1:], columns))
            before = [*time, *_shortened(before[len(time) :], signs, names)]
        before[len(time) : len(time)] = [Cell(" ", 1, PLAIN)] * (names - width(before[len(time) :]))
        if width(before) <= room:
            return _behind(before, _found(segments[message.head :], sought), columns)
    indent = min(INDENT, max(columns // 4, 1), columns - 1)
    rows: list[Row] = []
    for line in _lines(_found([*first, *segments[1:]] if first else segments, sought)):
        rows += fold(cells(line, columns - indent), columns, indent, not rows)
    return rows


def _hanging(line: Sequence[Segment], columns: int) -> int:
    """The columns before all rows of a line but the first; at most two thirds.

    They are those before its text: a list, a table and code keep their shape.
    """
    most = columns * 2 // 3
    found = _HANGING.match("".join([text for text, _ in line])[: most + 1])
    return min(width(cells([(found[0], PLAIN)], columns)), most) if found else 0


def _behind(before: Row, segments: Iterable[Segment], columns: int) -> list[Row]:
    """The rows of a text behind its head."""
    room = columns - width(before)
    margin = [Cell(" ", 1, PLAIN)] * width(before)
    rows: list[Row] = []
    for line in _lines(segments):
        hanging = _hanging(line, room)
        for row in fold(cells(line, room - hanging), room, hanging):
            rows.append([*(margin if rows else before), *row])
    return rows


def _shortened(naming: list[Cell], signs: int, columns: int) -> list[Cell]:
    """A name, of which the end goes if it is wider than the column, and the signs behind it."""
    if width(naming) <= columns:
        return naming
    kept = clip(naming[:-signs], columns - signs - 1)
    return [*kept, Cell("…", 1, kept[-1].style), *naming[-signs:]]


def name_width(message: Message) -> int:
    """The columns of the name in the head of a message, with its signs."""
    name = "".join([text for text, _ in message.segments[1 : message.head]])
    if name.isascii():  # most names
        return len(name)
    return width(cells(message.segments[1 : message.head], NAMES))


def _linked(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Some segments, with the addresses in them as links."""
    for text, style in segments:
        end = 0
        for match in _ADDRESS.finditer(text):
            yield text[end : match.start()], style
            yield match[0], style._replace(link=match[0])
            end = match.end()
        yield text[end:], style


def _found(segments: Iterable[Segment], sought: re.Pattern[str] | None) -> Iterator[Segment]:
    """Some segments, with what is sought in reverse."""
    for text, style in segments:
        if sought is None:
            yield text, style
        else:
            yield from _reversed(text, style, sought)


def _reversed(text: str, style: Style, sought: re.Pattern[str]) -> Iterator[Segment]:
    """A segment, with what is sought in reverse."""
    end = 0
    for match in sought.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], style
        yield match[0], style._replace(reverse=True)
        end = match.end()
    if end < len(text) or not text:
        yield text[end:], style


def cut(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """The segments, cut to MESSAGE characters; those that are not cut are the same objects."""
    found: list[Segment] = []
    room = MESSAGE
    for segment in segments:
        text, style = segment
        if len(text) > room:
            return (*found, (f"{text[:room]}…", style))
        room -= len(text)
        found.append(segment)
    return tuple(found)


def _lines(segments: Iterable[Segment]) -> list[list[Segment]]:
    """The lines of a message, split at line feeds."""
    lines: list[list[Segment]] = [[]]
    for text, style in segments:
        first, *more = text.split("\n")
        lines[-1].append((first, style))
        lines += [[(each, style)] for each in more]
    return lines


def size(message: Message) -> int:
    """The bytes of UTF-8 of a message."""
    return sum(
        [
            len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
            for text, _ in message.segments
        ]
    )
