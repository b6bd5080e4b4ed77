"""A terminal screen: messages, a status line, and a prompt."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from chatsvc.terminal.cells import Cell, Paint, Row, cells, clip, draw, fold, pack, redraw, width
from chatsvc.terminal.editor import Editor
from chatsvc.terminal.styles import PLAIN, Segment

LINES = 5000  # messages of scrollback
TEXT = 4 * 1024 * 1024  # bytes of UTF-8 in those messages
MESSAGE = 16 * 1024  # characters shown of a message
INDENT = 8  # columns before each row of a message but the first, if there is room
LARGEST = 1000  # columns, and rows; an ssh client may claim any size, which takes memory

# The alternate screen; no wrapping at the right edge; pastes are bracketed.
_START = "\x1b[?1049h\x1b[?7l\x1b[?2004h"
# Ends a frame that was cut off, attributes and scroll regions; then undoes all of the above, and
# shows the cursor.
_STOP = "\x1b[?2026l\x1b[m\x1b[r\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
# The terminal reports the mouse's wheel and buttons, or selects text with it.
_MOUSE = {True: "\x1b[?1000h\x1b[?1006h", False: "\x1b[?1006l\x1b[?1000l"}

# Down and up by a row, which scrolls at the edge. (The Linux console has neither SU nor SD.)
_DOWN, _UP = "\n", "\x1bM"

_Position = tuple[int, int]  # the number of a message, and of one of its rows


class _Message(NamedTuple):
    key: int | None
    segments: tuple[Segment, ...]


class Screen:
    """The picture on a terminal, and the bytes that draw it.

    A message has one or more lines, separated by line feeds. Only its first row begins at the left
    margin; the others are indented, so that no message passes for two.

    Only ``start``, ``render`` and ``stop`` make bytes, which the terminal gets in this order.

    status: the segments of the status line.
    hint: shown above that, in as many rows as it takes, at most a quarter of all; empty for none.
    prompt: precedes the typed text.
    """

    def __init__(self, editor: Editor, columns: int, rows: int) -> None:
        self.status: Sequence[Segment] = ()
        self.hint = ""
        self.prompt = "> "
        self._editor = editor
        self._mark: tuple[int, list[Segment]] | None = None  # a line, and the message below it
        self._messages: deque[_Message] = deque()
        self._first = 0  # the number of the oldest message
        self._size = 0  # bytes of all messages
        self._folded: dict[int, list[Row]] = {}  # the messages in view, by number
        self._packed: dict[tuple[str, str], list[Row]] = {}  # by prompt and typed text
        self._pending: dict[str, _Message] = {}  # below the others, numbered after them
        self._bottom: _Position | None = None  # the last row in view; None to follow the messages
        self._left_at = 0  # the number of messages when the view was scrolled back
        self._input_top = 0  # the first row of the prompt in view
        self._bell = False
        self._drawn: list[Row] = []  # what the terminal shows; empty if unknown
        self._cursor = (0, 0)
        self.resize(columns, rows)

    def start(self) -> bytes:
        """The bytes that take over the terminal; ``render`` comes next."""
        self.redraw()
        return _START.encode()

    @staticmethod
    def stop() -> bytes:
        """The bytes that give the terminal back as it was, whatever was sent before."""
        return f"{_MOUSE[False]}{_STOP}".encode()

    @staticmethod
    def mouse(is_ours: bool) -> bytes:
        """The bytes after which the terminal reports the mouse, or selects text with it."""
        return _MOUSE[is_ours].encode()

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

    def ring(self) -> None:
        """Ring the terminal's bell with the next frame."""
        self._bell = True

    def resize(self, columns: int, rows: int) -> None:
        """Set the size; a view that is scrolled back stays where it is."""
        bottom = self._bottom
        before = len(self._rows_of(bottom[0])) if bottom else 0
        self.columns = min(max(columns, 1), LARGEST)
        self.rows = min(max(rows, 1), LARGEST)
        self._folded.clear()
        self._packed.clear()
        self.redraw()
        if bottom:
            number, row = bottom
            share = (row + 1) / before
            self._look_at((number, math.ceil(share * len(self._rows_of(number))) - 1))

    def redraw(self) -> None:
        """Draw everything with the next frame, as something else may have changed the terminal."""
        self._drawn = []

    def page_up(self) -> None:
        """Scroll back by a screenful less one row."""
        self.scroll(-max(self._height(self._input()[0]) - 1, 1))

    def page_down(self) -> None:
        """Scroll forward by a screenful less one row; at the end, follow the messages again."""
        self.scroll(max(self._height(self._input()[0]) - 1, 1))

    def scroll(self, rows: int) -> None:
        """Scroll forward by some rows, back if negative."""
        if rows < 0 and self._newest >= self._first:
            height = self._height(self._input()[0])
            top = self._moved(self._bottom or self._last, 1 - height + rows)
            self._look_at(self._moved(top, height - 1))
            self._view(height)  # forgets the rows folded on the way
        elif self._bottom:
            self._look_at(self._moved(self._bottom, rows))
            self._view(self._height(self._input()[0]))

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

    @property
    def lines(self) -> list[Row]:
        """All rows of the screen from the top, as ``render`` draws them."""
        return self._compose()[0]

    @property
    def cursor(self) -> tuple[int, int]:
        """The row and the column of the cursor, from 0."""
        return self._compose()[1]

    def render(self, paint: Paint = lambda style: style) -> bytes:
        """The bytes that turn the last frame into the current one; none without a change.

        paint: maps each style to the one drawn. Call ``redraw`` when it changes.
        """
        lines, (row, column) = self._compose()
        is_new = not self._drawn
        scrolling = "" if is_new else self._scroll(lines[: self._height(self._input()[0])])
        if is_new:
            changes = [
                f"\x1b[{at};1H\x1b[K{draw(line, 1, paint)}" for at, line in enumerate(lines, 1)
            ]
        else:
            pairs = enumerate(zip(self._drawn, lines, strict=True), 1)
            changes = [redraw(old, new, at, paint) for at, (old, new) in pairs if old != new]
        bell = "\a" if self._bell else ""
        self._bell = False
        if not (scrolling or changes) and (row, column) == self._cursor:
            return bell.encode()
        self._drawn, self._cursor = lines, (row, column)
        there = f"\x1b[{row + 1};{column + 1}H"
        if len(changes) <= 1 and not is_new:  # few bytes for each key that is pressed
            return f"{scrolling}{''.join(changes)}{there}{bell}".encode()
        # Terminals that know ?2026h and ?2026l show what comes between them at once.
        reset = "\x1b[m\x1b[r" if is_new else ""
        frame = f"\x1b[?2026h\x1b[?25l{reset}{scrolling}{''.join(changes)}"
        return f"{frame}{there}\x1b[?25h\x1b[?2026l{bell}".encode()

    def _scroll(self, messages: list[Row]) -> str:
        """The bytes that scroll rows already on the terminal into place, if any."""
        drawn = self._drawn[: len(messages)]
        differ = [at for at, row in enumerate(messages) if drawn[at] != row]
        if not differ:
            return ""
        top, bottom = differ[0], differ[-1] + 1
        for rows in range(1, bottom - top):
            region = f"\x1b[{top + 1};{bottom}r"
            gone: list[Row] = [[]] * rows
            upper, lower = slice(top, bottom - rows), slice(top + rows, bottom)
            if any(messages[upper]) and drawn[lower] == messages[upper]:
                self._drawn[top:bottom] = [*drawn[lower], *gone]
                return f"{region}\x1b[{bottom}H{_DOWN * rows}\x1b[r"
            if any(messages[lower]) and drawn[upper] == messages[lower]:
                self._drawn[top:bottom] = [*gone, *drawn[upper]]
                return f"{region}\x1b[{top + 1}H{_UP * rows}\x1b[r"
        return ""

    def _compose(self) -> tuple[list[Row], tuple[int, int]]:
        """All rows, and the position of the cursor."""
        typed, (row, column) = self._input()
        height = self._height(typed)
        messages = self._view(height)
        blank: list[Row] = [[]] * (height - len(messages))
        status = [self._status_line()] if self._has_status else []
        lines = [*blank, *messages, *self._hint_rows(), *status, *typed]
        return lines, (self.rows - len(typed) + row, column)

    @property
    def _has_status(self) -> bool:
        return self.rows >= 3

    def _height(self, typed: list[Row]) -> int:
        """The number of rows for messages above the prompt."""
        return self.rows - len(self._hint_rows()) - self._has_status - len(typed)

    def _input(self) -> tuple[list[Row], tuple[int, int]]:
        """The rows of the prompt in view, and the position of the cursor in them."""
        text, cursor = self._editor.shown, self._editor.cursor
        before, rows = self._rows_typed(text[:cursor]), self._rows_typed(text)
        self._packed = {(self.prompt, text[:cursor]): before, (self.prompt, text): rows}
        row, column = len(before) - 1, min(width(before[-1]), self.columns - 1)
        height = min(len(rows), max(self.rows // 3, 1))
        top = min(self._input_top, row, len(rows) - height)
        self._input_top = top = max(top, row - height + 1)
        return rows[top : top + height], (row - top, column)

    def _rows_typed(self, text: str) -> list[Row]:
        """The rows of a typed text, packed again only after a change."""
        if rows := self._packed.get((self.prompt, text)):
            return rows
        columns = max(self.columns - 1, 1)  # room for the cursor after the last character
        prompt = clip(cells([(self.prompt, PLAIN)], columns), columns // 3)
        rows = []
        for line in text.split("\n"):
            rows += pack([*prompt, *cells([(line, PLAIN)], columns)], columns)
            prompt = []
        return rows

    def _status_line(self) -> Row:
        return self._reversed(clip(cells(_cut(self.status), self.columns), self.columns))

    def _hint_rows(self) -> list[Row]:
        if not self.hint:
            return []
        rows = fold(cells([(self.hint, PLAIN)], self.columns), self.columns)
        return [self._reversed(row) for row in rows[: self.rows // 4]]

    def _reversed(self, row: Row) -> Row:
        """Some cells as a whole row, in reverse."""
        blanks = [Cell(" ", 1, PLAIN)] * (self.columns - width(row))
        return [Cell(text, w, style._replace(reverse=True)) for text, w, style in [*row, *blanks]]

    def _view(self, height: int) -> list[Row]:
        """The rows of the messages in view, at most ``height``."""
        if self._newest < self._first:
            return []
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
            indent = min(INDENT, max(self.columns // 4, 1), self.columns - 1)
            rows = []
            for line in _lines(message.segments):
                rows += fold(cells(line, self.columns - indent), self.columns, indent, not rows)
            if self._mark and self._mark[0] == number:
                rows = [clip(cells(self._mark[1], self.columns), self.columns), *rows]
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
