"""The picture that a terminal shows, and the bytes that turn it into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chatsvc.terminal.cells import are_certain
from chatsvc.terminal.features import ASK, MARGINS, SYNCHRONIZED, Features
from chatsvc.terminal.pen import Pen, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.terminal.cells import Row
    from chatsvc.terminal.keys import Answer
    from chatsvc.terminal.pen import Paint

# The alternate screen; no wrapping at the right edge; pastes are bracketed.
_START = "\x1b[?1049h\x1b[?7l\x1b[?2004h"
# Ends a frame that was cut off, attributes and scroll regions; then undoes all of the above, and
# shows the cursor.
_STOP = "\x1b[?2026l\x1b[m\x1b[r\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
# The terminal reports the mouse's wheel and buttons, or selects text with it.
_MOUSE = {True: "\x1b[?1000h\x1b[?1006h", False: "\x1b[?1006l\x1b[?1000l"}

# Down and up by a row, which scrolls at the edge. (The Linux console has neither SU nor SD.)
_DOWN, _UP = "\n", "\x1bM"


class Line(NamedTuple):
    """A row of the terminal: what begins at its left edge, and what stands beside that."""

    left: Row
    right: Row = ()


class Frame(NamedTuple):
    """All rows of the terminal, and the cursor.

    cursor: its row and column, from 0.
    scrolling: the rows that may be scrolled: the first, and the one after the last.
    right_at: the column where the right parts begin, from 0.
    """

    lines: Sequence[Line]
    cursor: tuple[int, int]
    scrolling: tuple[int, int]
    right_at: int


class Picture:
    """What the terminal shows."""

    def __init__(self) -> None:
        self._drawn: list[Line] = []  # empty if unknown
        self._cursor = (0, 0)
        self._right_at = 0
        self._region: tuple[int, int] | None = None  # the rows that scroll; None for all
        self._bell = False
        self._features = Features()

    def start(self) -> bytes:
        """The bytes that take over the terminal, and ask what it has; ``render`` comes next."""
        self.forget()
        return f"{_START}{ASK}".encode()

    def stop(self) -> bytes:
        """The bytes that give the terminal back as it was, whatever was sent before."""
        return f"{self._features.off()}{_MOUSE[False]}{_STOP}".encode()

    def hear(self, answer: Answer) -> bytes:
        """The bytes to send after the terminal has told that it has a mode."""
        return self._features.hear(answer).encode()

    @staticmethod
    def mouse(is_ours: bool) -> bytes:
        """The bytes after which the terminal reports the mouse, or selects text with it."""
        return _MOUSE[is_ours].encode()

    def forget(self) -> None:
        """Draw everything with the next frame, as something else may have changed the terminal."""
        self._drawn = []
        self._region = None

    def ring(self) -> None:
        """Ring the terminal's bell with the next frame."""
        self._bell = True

    def render(self, frame: Frame, paint: Paint) -> bytes:
        """The bytes that turn the last frame into another; none without a change.

        paint: maps each style to the one drawn. Call ``forget`` when it changes.
        """
        if len(frame.lines) != len(self._drawn) or frame.right_at != self._right_at:
            self.forget()
        is_new = not self._drawn
        scrolling, at = ("", None) if is_new else self._scroll(frame)
        pen = Pen(paint, at)
        changes = [
            _drawn(pen, line, at, frame.right_at)
            if is_new
            else _changed(pen, self._drawn[at - 1], line, at, frame.right_at)
            for at, line in enumerate(frame.lines, 1)
            if is_new or self._drawn[at - 1] != line
        ]
        bell = "\a" if self._bell else ""
        self._bell = False
        if not (scrolling or changes) and frame.cursor == self._cursor:
            return bell.encode()
        self._drawn, self._cursor, self._right_at = [*frame.lines], frame.cursor, frame.right_at
        row, column = frame.cursor
        drawn = f"{''.join(changes)}{pen.lift()}{place(row + 1, column + 1)}"
        if len(changes) <= 1 and not is_new:  # few bytes for each key that is pressed
            return f"{scrolling}{drawn}{bell}".encode()
        is_at_once = self._features.has(SYNCHRONIZED)  # otherwise the cursor would be seen to run
        start, end = ("\x1b[?2026h", "\x1b[?2026l") if is_at_once else ("\x1b[?25l", "\x1b[?25h")
        reset = "\x1b[m\x1b[r" if is_new else ""
        return f"{start}{reset}{scrolling}{drawn}{end}{bell}".encode()

    def _scroll(self, frame: Frame) -> tuple[str, tuple[int, int] | None]:
        """The bytes that scroll rows already on the terminal into place, if any.

        Then the line and the column of the cursor, from 1; None if unknown.
        """
        first, last = frame.scrolling
        new = [line.left for line in frame.lines[first:last]]
        drawn = [line.left for line in self._drawn[first:last]]
        differ = [at for at, row in enumerate(new) if drawn[at] != row]
        if not differ:
            return "", None
        top, bottom = differ[0], differ[-1] + 1
        start, end = first + top, first + bottom
        for rows in range(1, bottom - top):
            gone: list[Line] = [Line(())] * rows
            upper, lower = slice(top, bottom - rows), slice(top + rows, bottom)
            if any(new[upper]) and drawn[lower] == new[upper]:
                scrolled = [*self._drawn[start + rows : end], *gone]
                at, moves = end, _DOWN * rows
            elif any(new[lower]) and drawn[upper] == new[lower]:
                scrolled = [*gone, *self._drawn[start : end - rows]]
                at, moves = start + 1, _UP * rows
            else:
                continue
            region = f"\x1b[{start + 1};{end}r" if self._region != (start, end) else ""
            self._region = start, end
            move = f"{place(at, 1)}{moves}"
            cursor: tuple[int, int] | None = at, 1
            if self._features.has(MARGINS) and any(line.right for line in frame.lines):
                move = f"\x1b[1;{frame.right_at}s{move}\x1b[s"
                cursor = None
                rights = [line.right for line in self._drawn[start:end]]
                pairs = zip(scrolled, rights, strict=True)
                scrolled = [Line(line.left, right) for line, right in pairs]
            self._drawn[start:end] = scrolled
            return region + move, cursor
        return "", None


def _drawn(pen: Pen, line: Line, at: int, right_at: int) -> str:
    """What draws a row, whatever it was; rows count from 1."""
    left = f"{pen.go(at, 1)}{pen.erase()}{pen.draw(line.left)}"
    return left + (pen.redraw((), line.right, at, right_at) if line.right else "")


def _changed(pen: Pen, old: Line, new: Line, at: int, right_at: int) -> str:
    """The same if the row is known."""
    if not (old.right or new.right):
        return pen.redraw(old.left, new.left, at)
    # Without a right part, the left one may reach below it, or did.
    is_known = bool(old.right) == bool(new.right) or not (old.left or old.right)
    if not (is_known and are_certain(old.left) and are_certain(new.left)):
        return _drawn(pen, new, at, right_at)
    left = "" if old.left == new.left else pen.overwrite(old.left, new.left, at)
    is_same = old.right == new.right
    return left if is_same else left + pen.redraw(old.right, new.right, at, right_at)
