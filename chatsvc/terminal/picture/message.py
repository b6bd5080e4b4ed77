"""A message in the scrollback, and its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chatsvc.terminal.cells import cells, fold

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from chatsvc.terminal.cells import Row
    from chatsvc.terminal.styles import Segment, Style

MESSAGE = 16 * 1024  # characters shown of a message
INDENT = 8  # columns before each row of a message but the first, if there is room


class Message(NamedTuple):
    """A message: its text, and by what it is found.

    key: its number; None for none.
    is_mention: whether it is for the reader.
    day: on which it was written; if it is another than that of the message before, a line says so.
    """

    segments: Sequence[Segment]
    key: int | None = None
    is_mention: bool = False
    day: date | None = None


def folded(
    message: Message, columns: int, sought: re.Pattern[str] | None = None, *, is_found: bool = False
) -> list[Row]:
    """The rows of a message.

    sought: a text that is shown in reverse.
    is_found: whether the first segment is, too.
    """
    indent = min(INDENT, max(columns // 4, 1), columns - 1)
    rows: list[Row] = []
    for line in _lines(_highlighted(message, sought, is_found)):
        rows += fold(cells(line, columns - indent), columns, indent, not rows)
    return rows


def _highlighted(
    message: Message, sought: re.Pattern[str] | None, is_found: bool
) -> Iterator[Segment]:
    """The segments of a message, some of them in reverse."""
    for at, (text, style) in enumerate(message.segments):
        if is_found and at == 0:
            yield text, style._replace(reverse=True, dim=False)
        elif sought is None:
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


def cut(segments: Iterable[Segment]) -> Iterator[Segment]:
    """The segments, cut to MESSAGE characters."""
    room = MESSAGE
    for text, style in segments:
        if len(text) > room:
            yield f"{text[:room]}…", style
            return
        room -= len(text)
        yield text, style


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
    return sum(len(text.encode("utf-8", "surrogatepass")) for text, _ in message.segments)
