"""Scrollback: messages, the newest last, and which of their rows are in view."""

from __future__ import annotations

import math
import re
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from chatsvc.terminal.cells import cells, clip
from chatsvc.terminal.picture.message import NAMES, Look, Message, cut, folded, name_width, size
from chatsvc.terminal.styles import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from chatsvc.terminal.cells import Row
    from chatsvc.terminal.styles import Segment

LINES = 5000  # messages of scrollback
TEXT = 4 * 1024 * 1024  # bytes of UTF-8 in those messages

_FAINT = Style(dim=True)
_Position = tuple[int, int]  # the number of a message, and of one of its rows


class Scrollback:
    """Messages, and the view of them.

    A message has one or more lines, separated by line feeds. Only its first row begins at the left
    margin; the others are indented, so that no message passes for two.

    sought: a text that is highlighted; empty for none. Set by `seek`.
    is_whole: whether nothing is known to have been said before the oldest message.
    """

    def __init__(self) -> None:
        self._mark: tuple[int, str] | None = None  # the message below a line, and what that says
        self._messages: deque[Message] = deque()
        self._first = 0  # the number of the oldest message
        self._size = 0  # bytes of all messages
        self._folded: dict[int, list[Row]] = {}  # the messages in view, by number
        self._pending: dict[str, Message] = {}  # below the others, numbered after them
        self._bottom: _Position | None = None  # the last row in view; None to follow the messages
        self._top: _Position = (0, 0)  # the first row in view
        self.is_whole = False
        self.sought = ""
        self._left_at = 0  # the number of messages when the view was scrolled back
        self._sought: re.Pattern[str] | None = None  # what is highlighted
        self._found: int | None = None  # the message that was jumped to
        self._look = Look()
        self._names = 0  # columns of the widest name
        self._height = 20

    # Messages

    def show(
        self,
        segments: Iterable[Segment],
        key: int | None = None,
        is_mention: bool = False,
        day: date | None = None,
        head: int = 0,
    ) -> None:
        """Append a message; ``replace`` finds it by its key."""
        if self._messages and day in (None, last := self._messages[-1].day):
            day = last  # the same object
        message = Message(cut(segments), key, is_mention, day, head)
        self._forget_pending()
        self._align([message])
        self._messages.append(message)
        self._size += size(message)
        while len(self._messages) > LINES or self._size > TEXT:
            self._size -= size(self._messages.popleft())
            self._first += 1
            self.is_whole = False
            self._folded.pop(self._first, None)  # it says the day now
        if self._bottom:
            self._bottom = max(self._bottom, (self._first, 0))

    def _align(self, messages: Iterable[Message]) -> None:
        """Widen the column of the names if need be."""
        widest = max(map(name_width, messages), default=0)
        if self._names < widest <= NAMES:
            self._names = widest
            self._folded.clear()

    def precede(self, messages: Sequence[Message]) -> None:
        """Put messages before all others; the view stays. The newest go if there are too many."""
        self._folded.pop(self._first, None)  # it may say the day no longer
        self._align(messages)
        for message in reversed(messages):
            shown = message._replace(segments=cut(message.segments))
            self._messages.appendleft(shown)
            self._size += size(shown)
            self._first -= 1
        while len(self._messages) > LINES or self._size > TEXT:
            self._folded.pop(self._first + len(self._messages) - 1, None)
            self._size -= size(self._messages.pop())
        if self._bottom:
            self._bottom = min(self._bottom, self._last)

    @property
    def room(self) -> int:
        """The number of messages that can be added before the oldest goes."""
        return LINES - len(self._messages) if self._size < TEXT // 2 else 0

    @property
    def keys(self) -> list[int]:
        """The keys of all messages that have one, the oldest first."""
        return [message.key for message in self._messages if message.key is not None]

    def replace(self, key: int, change: Callable[[Sequence[Segment]], Iterable[Segment]]) -> None:
        """Change every message with a key."""
        for index, message in enumerate(self._messages):
            if message.key == key:
                new = message._replace(segments=cut(change(message.segments)))
                self._messages[index] = new
                self._size += size(new) - size(message)
                self._folded.pop(self._first + index, None)
        if self._bottom:
            number, row = self._bottom
            self._look_at((number, min(row, len(self._rows_of(number)) - 1)))

    def pend(self, name: str, segments: Iterable[Segment], head: int = 0) -> None:
        """Show a message below all others until it is settled; the caller bounds their number."""
        self._pending[name] = Message(cut(segments), head=head)

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

    def mark(self, text: str, key: int | None = None) -> None:
        """Show a line above the next message, or that with a key, instead of an earlier one.

        text: empty for no line.
        """
        self._folded.clear()
        number = self._first + len(self._messages)
        if key is not None:
            numbered = enumerate(self._messages, self._first)
            number = next((at for at, each in numbered if each.key == key), number)
        self._mark = (number, text) if text else None

    # The view

    def fit(self, look: Look, height: int) -> None:
        """Set how the view looks; one that is scrolled back stays where it is.

        What was found and is in view remains so.

        look: names are aligned unless its `names` is 0.
        """
        if (look, height) == self.size:
            return
        found = self._found_in_view
        self._height = height
        if look != self._look:
            self._refold(look)
        if found is not None:
            self._put_in_view(found)

    @property
    def _found_in_view(self) -> int | None:
        """The message that a search has found, if it is in view."""
        if not self.sought or self._found is None:
            return None
        bottom = self._bottom or self._last
        top = self._moved(bottom, 1 - self._height)
        return self._found if top <= (self._found, 0) <= bottom else None

    def _refold(self, look: Look) -> None:
        bottom = self._bottom
        before = len(self._rows_of(bottom[0])) if bottom else 0
        self._look = look
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
        self._bottom = self._found = None
        self._folded.clear()

    # Jumping

    def to_mark(self) -> bool:
        """Jump to the marked message, and return whether there is one."""
        if not self._mark or not self._first <= self._mark[0] <= self._newest:
            return False
        self._look_at(self._moved((self._mark[0], 0), self._height - 1))
        return True

    def look_up_to(self, key: int) -> None:
        """Scroll so that the message with a key is the last in view, if there is one."""
        for number, message in enumerate(self._messages, self._first):
            if message.key == key:
                self._look_at((number, len(self._rows_of(number)) - 1))

    def up_to_view(self) -> list[Message]:
        """The messages up to the last in view."""
        last = self._bottom[0] if self._bottom else self._newest
        return [*islice(self._messages, max(last - self._first + 1, 0))]

    def beginning(self, number: int) -> list[Message]:
        """The oldest `number` messages."""
        return [*islice(self._messages, number)]

    def to_key(self, key: int) -> bool:
        """Jump to the message with a key, and return whether there is one."""
        return self._jump(lambda message: message.key == key, self._newest + 1, -1)

    def to_mention(self) -> bool:
        """Jump to the mention before the one found, or before the view's end; else to the last."""
        starts = self._start(-1), self._newest + 1
        return any(self._jump(lambda message: message.is_mention, each, -1) for each in starts)

    def seek(self, text: str) -> None:
        """Highlight a text, in any case; empty for none."""
        self.sought = text
        self._sought = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self._found = None
        self._folded.clear()

    def find(self, step: int) -> bool:
        """Jump to the next message with the highlighted text, or with -1 to the one before."""
        sought = self._sought
        if sought is None:
            return False
        return self._jump(
            lambda message: any(sought.search(text) for text, _ in message.segments),
            self._start(step),
            step,
        )

    def _start(self, step: int) -> int:
        """The message after which, or before which, to look for another."""
        if self._found is not None:
            return self._found
        last = self._bottom[0] if self._bottom else self._newest
        return last + 1 if step < 0 else last

    def _jump(self, is_wanted: Callable[[Message], bool], start: int, step: int) -> bool:
        """Jump to the first wanted message from a start on, and return whether there is one."""
        number = start + step
        while 0 <= (index := number - self._first) < len(self._messages):
            if is_wanted(self._messages[index]):
                self._found = number
                self._folded.clear()
                self._put_in_view(number)
                return True
            number += step
        return False

    def _put_in_view(self, number: int) -> None:
        """Scroll so that a message begins a third of the view down."""
        top = self._moved((number, 0), -(self._height // 3))
        self._look_at(self._moved(top, self._height - 1))

    @property
    def is_back(self) -> bool:
        """Whether the view is scrolled back."""
        return self._bottom is not None

    @property
    def is_near_top(self) -> bool:
        """Whether the oldest message is in view, or would be after another page."""
        return self._top[0] - self._first < self._height

    @property
    def is_at_top(self) -> bool:
        """Whether the oldest message is in view."""
        return self._top == (self._first, 0)

    @property
    def size(self) -> tuple[Look, int]:
        """How the view looks, and its rows."""
        return self._look, self._height

    def hold(self) -> None:
        """Stay at the last row when messages come."""
        if self._newest >= self._first:
            self._look_at(self._bottom or self._last)
            self._bottom = self._bottom or self._last

    def match(self, other: Scrollback) -> None:
        """Take the view of another scrollback, which begins with the same messages."""
        self.fit(*other.size)
        if other._bottom is not None and other._bottom[0] - other._first < len(self._messages):
            number, row = other._bottom
            self._look_at((number - other._first + self._first, row))

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
        self._top = number, max(len(rows) - height, 0)
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
            columns = self._look.columns
            look = self._look._replace(names=self._names if self._look.names else 0)
            rows = folded(message, look, self._sought, is_found=number == self._found)
            above = []
            if message.day and message.day != self._day_before(index):
                above.append(f"{message.day:%A, %d %B %Y}")
            if self._mark and self._mark[0] == number:
                above.append(self._mark[1])
            if above:
                said = f"——— {', '.join(above)} ———"
                rows = [clip(cells([(said, _FAINT)], columns), columns), *rows]
            self._folded[number] = rows
        return rows

    def _day_before(self, index: int) -> date | None:
        """The day of the message before one; None for none."""
        return self._messages[index - 1].day if index else None
