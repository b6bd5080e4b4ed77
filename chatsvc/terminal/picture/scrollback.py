"""Scrollback: messages, the newest last, and which of their rows are in view."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.terminal.cells import cells, clip, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from chatsvc.terminal.cells import Row
    from chatsvc.terminal.styles import Segment

LINES = 5000  # messages of scrollback
TEXT = 4 * 1024 * 1024  # bytes of UTF-8 in those messages
MESSAGE = 16 * 1024  # characters shown of a message
INDENT = 8  # columns before each row of a message but the first, if there is room

_Position = tuple[int, int]  # the number of a message, and of one of its rows


class _Message(NamedTuple):
    key: int | None
    segments: tuple[Segment, ...]


class Scrollback:
    """Messages, and the view of them.

    A message has one or more lines, separated by line feeds. Only its first row begins at the left
    margin; the others are indented, so that no message passes for two.
    """

    def __init__(self) -> None:
        self._mark: tuple[int, list[Segment]] | None = None  # a line, and the message below it
        self._messages: deque[_Message] = deque()
        self._first = 0  # the number of the oldest message
        self._size = 0  # bytes of all messages
        self._folded: dict[int, list[Row]] = {}  # the messages in view, by number
        self._pending: dict[str, _Message] = {}  # below the others, numbered after them
        self._bottom: _Position | None = None  # the last row in view; None to follow the messages
        self._left_at = 0  # the number of messages when the view was scrolled back
        self._columns = 80
        self._height = 20

    # Messages

    def show(self, segments: Iterable[Segment], key: int | None = None) -> None:
        """Append a message; ``replace`` finds it by its key."""
        message = _Message(key, tuple(_cut(segments)))
        self._forget_pending()
        self._messages.append(message)
        self._size += _size(message)
        while len(self._messages) > LINES or self._size > TEXT:
            self._size -= _size(self._messages.popleft())
            self._first += 1
        if self._bottom:
            self._bottom = max(self._bottom, (self._first, 0))

    def replace(self, key: int, change: Callable[[Sequence[Segment]], Iterable[Segment]]) -> None:
        """Change every message with a key."""
        for index, message in enumerate(self._messages):
            if message.key == key:
                new = _Message(key, tuple(_cut(change(message.segments))))
                self._messages[index] = new
                self._size += _size(new) - _size(message)
                self._folded.pop(self._first + index, None)
        if self._bottom:
            number, row = self._bottom
            self._look_at((number, min(row, len(self._rows_of(number)) - 1)))

    def pend(self, name: str, segments: Iterable[Segment]) -> None:
        """Show a message below all others until it is settled; the caller bounds their number."""
        self._pending[name] = _Message(None, tuple(_cut(segments)))

    def settle(self, name: str) -> Sequence[Segment]:
        """Remove a pending message and return it; empty if there is none of that name."""
        if name not in self._pending:
            return ()
        self._forget_pending()
        message = self._pending.pop(name)
        if self._bottom:
            self._look_at(self._bottom)
        return message.segments

    def _forget_pending(self) -> None:
        """Forget the rows of pending messages, whose numbers change."""
        if self._pending:
            kept = self._first + len(self._messages)
            self._folded = {each: rows for each, rows in self._folded.items() if each < kept}

    def mark(self, segments: Iterable[Segment] | None) -> None:
        """Show a line above the next message, instead of an earlier one; None for no line."""
        self._folded.clear()
        number = self._first + len(self._messages)
        self._mark = None if segments is None else (number, [*_cut(segments)])

    # The view

    def fit(self, columns: int, height: int) -> None:
        """Set the size of the view; one that is scrolled back stays where it is."""
        self._height = height
        if columns == self._columns:
            return
        bottom = self._bottom
        before = len(self._rows_of(bottom[0])) if bottom else 0
        self._columns = columns
        self._folded.clear()
        if bottom:
            number, row = bottom
            share = (row + 1) / before
            self._look_at((number, math.ceil(share * len(self._rows_of(number))) - 1))

    def page_up(self) -> None:
        """Scroll back by the height of the view less one row."""
        self.scroll(-max(self._height - 1, 1))

    def page_down(self) -> None:
        """Scroll forward by as many rows; at the end, follow the messages again."""
        self.scroll(max(self._height - 1, 1))

    def scroll(self, rows: int) -> None:
        """Scroll forward by some rows, back if negative."""
        if rows < 0 and self._newest >= self._first:
            top = self._moved(self._bottom or self._last, 1 - self._height + rows)
            self._look_at(self._moved(top, self._height - 1))
            self.view()  # forgets the rows folded on the way
        elif self._bottom:
            self._look_at(self._moved(self._bottom, rows))
            self.view()

    def follow(self) -> None:
        """Keep the newest message in view."""
        self._bottom = None

    @property
    def is_back(self) -> bool:
        """Whether the view is scrolled back."""
        return self._bottom is not None

    @property
    def arrived(self) -> int:
        """The number of messages since the view was scrolled back."""
        return self._first + len(self._messages) - self._left_at if self._bottom else 0

    def view(self) -> list[Row]:
        """The rows of the messages in view, at most as many as its height."""
        if self._newest < self._first:
            return []
        height = self._height
        if self._bottom and self._bottom[0] - self._first < height:
            # The oldest messages may be gone, so that too few rows are above this position.
            highest = self._moved((self._first, 0), height - 1)
            self._look_at(max(self._bottom, highest))
        last, row = self._bottom or self._last
        number = last
        rows = self._rows_of(number)[: row + 1]
        while len(rows) < height and number > self._first:
            number -= 1
            rows = self._rows_of(number) + rows
        self._folded = {each: self._rows_of(each) for each in range(number, last + 1)}
        return rows[max(len(rows) - height, 0) :]

    def _look_at(self, bottom: _Position) -> None:
        """Scroll so that this position is at the bottom of the view."""
        if self._bottom is None:
            self._left_at = self._first + len(self._messages)
        self._bottom = bottom if bottom < self._last else None

    @property
    def _newest(self) -> int:
        return self._first + len(self._messages) + len(self._pending) - 1

    @property
    def _last(self) -> _Position:
        return self._newest, len(self._rows_of(self._newest)) - 1

    def _moved(self, position: _Position, rows: int) -> _Position:
        """The position some rows down, or up if negative; at most the end of the messages."""
        number, row = position
        row += rows
        while row < 0 and number > self._first:
            number -= 1
            row += len(self._rows_of(number))
        while row >= len(self._rows_of(number)) and number < self._newest:
            row -= len(self._rows_of(number))
            number += 1
        return number, min(max(row, 0), len(self._rows_of(number)) - 1)

    def _rows_of(self, number: int) -> list[Row]:
        """The rows of a message, folded when first needed, and kept while in view."""
        if (rows := self._folded.get(number)) is None:
            index = number - self._first
            pending = index - len(self._messages)
            message = self._messages[index] if pending < 0 else [*self._pending.values()][pending]
            columns = self._columns
            indent = min(INDENT, max(columns // 4, 1), columns - 1)
            rows = []
            for line in _lines(message.segments):
                rows += fold(cells(line, columns - indent), columns, indent, not rows)
            if self._mark and self._mark[0] == number:
                rows = [clip(cells(self._mark[1], columns), columns), *rows]
            self._folded[number] = rows
        return rows


def _cut(segments: Iterable[Segment]) -> Iterator[Segment]:
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


def _size(message: _Message) -> int:
    return sum(len(text.encode("utf-8", "surrogatepass")) for text, _ in message.segments)
