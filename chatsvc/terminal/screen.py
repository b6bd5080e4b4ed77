"""A screen of a terminal: messages above, a status line, what is being typed below."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from chatsvc.terminal.cells import Cell, Row, cells, clip, draw, fold, pack, width
from chatsvc.terminal.editor import Editor
from chatsvc.terminal.styles import PLAIN, Segment, Style

LINES = 5000  # messages that can be scrolled back to,
TEXT = 4 * 1024 * 1024  # as long as their texts have no more bytes of UTF-8 together
MESSAGE = 16 * 1024  # characters of a message that are shown
LARGEST = 1000  # columns, and rows: what somebody's ssh client claims to have takes memory here

# The alternate screen; no wrapping at the right edge; pastes are bracketed.
_START = "\x1b[?1049h\x1b[?7l\x1b[?2004h"
# The end of a frame that was cut off; no attributes; then all of that back, the cursor shown.
_STOP = "\x1b[?2026l\x1b[m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"

_Place = tuple[int, int]  # the number of a message, and of one of its rows


class Screen:
    """What is shown on a terminal of some size, and the bytes that bring the terminal there.

    ``status`` (segments) and ``prompt`` are shown as they are set; ``mark`` (segments) above the
    message before which it was set. Bytes are made only by
    ``start``, ``render`` and ``stop``, for the terminal to have in this order.
    """

    def __init__(self, editor: Editor, columns: int, rows: int) -> None:
        self.status: Sequence[Segment] = ()
        self.prompt = "> "
        self._editor = editor
        self._mark: tuple[int, list[Segment]] | None = None  # above which message, and what
        self._messages: deque[tuple[Segment, ...]] = deque()
        self._first = 0  # the number of the oldest message
        self._size = 0  # bytes of all messages
        self._folded: dict[int, list[Row]] = {}  # the messages in view, by number
        self._packed: dict[tuple[str, str], list[Row]] = {}  # prompt and text, and text to cursor
        self._bottom: _Place | None = None  # the last row in view; None to follow the messages
        self._input_top = 0  # the first row in view of what is being typed
        self._bell = False
        self._drawn: list[Row] = []  # what the terminal shows; shorter if we do not know it
        self._cursor = (0, 0)
        self.resize(columns, rows)

    def start(self) -> bytes:
        """The bytes that take over the terminal; ``render`` comes next."""
        self.redraw()
        return _START.encode()

    @staticmethod
    def stop() -> bytes:
        """The bytes that give the terminal back as it was, whatever was sent before."""
        return _STOP.encode()

    def show(self, segments: Iterable[Segment]) -> None:
        """Append a message."""
        message = tuple(_cut(segments))
        self._messages.append(message)
        self._size += _size(message)
        while len(self._messages) > LINES or self._size > TEXT:
            self._size -= _size(self._messages.popleft())
            self._first += 1
        if self._bottom:
            self._bottom = max(self._bottom, (self._first, 0))

    def mark(self, segments: Iterable[Segment] | None) -> None:
        """Show a line above the message that comes next, and nowhere else; None for nowhere."""
        self._folded.clear()
        self._mark = None if segments is None else (self._newest + 1, [*_cut(segments)])

    def ring(self) -> None:
        """Ring the terminal's bell with the next frame."""
        self._bell = True

    def resize(self, columns: int, rows: int) -> None:
        """Have another size; a view scrolled back stays at what it shows."""
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
        """Draw everything with the next frame: something else may have written there."""
        self._drawn = []

    def page_up(self) -> None:
        """Scroll back by a screenful less one row."""
        if self._messages:
            height = self._height(self._input()[0])
            bottom = self._bottom or self._last
            top = self._moved(bottom, 1 - height - max(height - 1, 1))
            self._look_at(self._moved(top, height - 1))
            self._view(height)  # forgets what was folded on the way

    def page_down(self) -> None:
        """Scroll forward by as much; at the end, follow the messages again."""
        if self._bottom:
            height = self._height(self._input()[0])
            self._look_at(self._moved(self._bottom, max(height - 1, 1)))
            self._view(height)

    @property
    def below(self) -> int:
        """How many messages stand below the view, or partly."""
        if self._bottom is None:
            return 0
        number, row = self._bottom
        return self._newest - number + (row < len(self._rows_of(number)) - 1)

    @property
    def lines(self) -> list[Row]:
        """Every row of the screen from the top, as ``render`` brings it to the terminal."""
        return self._compose()[0]

    @property
    def cursor(self) -> tuple[int, int]:
        """The row and the column of the cursor, from 0."""
        return self._compose()[1]

    def render(self) -> bytes:
        """The bytes that bring the terminal from the last frame to now; none if it is there."""
        lines, (row, column) = self._compose()
        changes = [
            f"\x1b[{index + 1};1H\x1b[K{draw(line, self.columns)}"
            for index, line in enumerate(lines)
            if index >= len(self._drawn) or self._drawn[index] != line
        ]
        bell = "\a" if self._bell else ""
        self._bell = False
        if not changes and (row, column) == self._cursor:
            return bell.encode()
        self._drawn, self._cursor = lines, (row, column)
        # Terminals show what comes between ?2026h and ?2026l at once, if they know these.
        frame = f"\x1b[?2026h\x1b[?25l\x1b[m{''.join(changes)}"
        return f"{frame}\x1b[{row + 1};{column + 1}H\x1b[?25h\x1b[?2026l{bell}".encode()

    def _compose(self) -> tuple[list[Row], tuple[int, int]]:
        """All rows, and where the cursor is."""
        typed, (row, column) = self._input()
        height = self._height(typed)
        messages = self._view(height)
        blank: list[Row] = [[]] * (height - len(messages))
        status = [self._status_line()] if self._has_status else []
        lines = [*blank, *messages, *status, *typed]
        return lines, (self.rows - len(typed) + row, column)

    @property
    def _has_status(self) -> bool:
        return self.rows >= 3

    def _height(self, typed: list[Row]) -> int:
        """How many rows the messages have above what is being typed."""
        return self.rows - self._has_status - len(typed)

    def _input(self) -> tuple[list[Row], tuple[int, int]]:
        """The rows in view of what is being typed, and where the cursor is in them."""
        text, cursor = self._editor.shown, self._editor.cursor
        before, rows = self._rows_typed(text[:cursor]), self._rows_typed(text)
        self._packed = {(self.prompt, text[:cursor]): before, (self.prompt, text): rows}
        row, column = len(before) - 1, min(width(before[-1]), self.columns - 1)
        height = min(len(rows), max(self.rows // 3, 1))
        top = min(self._input_top, row, len(rows) - height)
        self._input_top = top = max(top, row - height + 1)
        return rows[top : top + height], (row - top, column)

    def _rows_typed(self, text: str) -> list[Row]:
        """The rows of a text that is typed: packed anew only when it has changed."""
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
        """The status over the whole row; in its place, what the editor has to tell."""
        hint = self._editor.hint
        segments = [*_cut([(hint, PLAIN)] if hint else self.status)]
        if below := self.below:
            segments.insert(0, (f"[{below} below] ", Style(bold=True)))
        line = clip(cells(segments, self.columns), self.columns)
        blanks = [Cell(" ", 1, PLAIN)] * (self.columns - width(line))
        return [Cell(text, w, style._replace(reverse=True)) for text, w, style in [*line, *blanks]]

    def _view(self, height: int) -> list[Row]:
        """The rows in view of the messages, at most ``height``."""
        if not self._messages:
            return []
        if self._bottom and self._bottom[0] - self._first < height:
            # There may be more room than rows above this place: the oldest messages have gone.
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

    def _look_at(self, bottom: _Place) -> None:
        """Have this place at the bottom of the view."""
        self._bottom = bottom if bottom < self._last else None

    @property
    def _newest(self) -> int:
        return self._first + len(self._messages) - 1

    @property
    def _last(self) -> _Place:
        return self._newest, len(self._rows_of(self._newest)) - 1

    def _moved(self, place: _Place, rows: int) -> _Place:
        """The place so many rows further down, or up if negative, or where the messages end."""
        number, row = place
        row += rows
        while row < 0 and number > self._first:
            number -= 1
            row += len(self._rows_of(number))
        while row >= len(self._rows_of(number)) and number < self._newest:
            row -= len(self._rows_of(number))
            number += 1
        return number, min(max(row, 0), len(self._rows_of(number)) - 1)

    def _rows_of(self, number: int) -> list[Row]:
        """The rows of a message: folded when they are first looked at, kept while in view."""
        if (rows := self._folded.get(number)) is None:
            message = self._messages[number - self._first]
            rows = fold(cells(message, self.columns), self.columns)
            if self._mark and self._mark[0] == number:
                rows = [clip(cells(self._mark[1], self.columns), self.columns), *rows]
            self._folded[number] = rows
        return rows


def _cut(segments: Iterable[Segment]) -> Iterator[Segment]:
    """The segments, no more than MESSAGE characters of them."""
    room = MESSAGE
    for text, style in segments:
        if len(text) > room:
            yield f"{text[:room]}…", style
            return
        if text:
            room -= len(text)
            yield text, style


def _size(message: Iterable[Segment]) -> int:
    return sum(len(text.encode("utf-8", "surrogatepass")) for text, _ in message)
