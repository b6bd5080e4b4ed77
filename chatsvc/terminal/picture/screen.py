"""A terminal screen: a bar, messages with people beside them, a status line, and a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.terminal.cells import BLANK, Cell, cells, clip, fold, shorten, width
from chatsvc.terminal.pen import as_it_is
from chatsvc.terminal.picture.layout import PEOPLE, Layout, layout
from chatsvc.terminal.picture.message import Look
from chatsvc.terminal.picture.picture import Frame, Line, Picture
from chatsvc.terminal.picture.prompt import Prompt
from chatsvc.terminal.picture.scrollback import Scrollback
from chatsvc.terminal.styles import Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.terminal.cells import Row
    from chatsvc.terminal.editing.editor import Editor
    from chatsvc.terminal.pen import Paint
    from chatsvc.terminal.styles import Segment

LARGEST = 1000  # columns, and rows; an ssh client may claim any size, which takes memory
_REVERSE = Style(reverse=True)
_DIVIDER = [Cell("│", 1, Style(dim=True)), BLANK]


class Screen:
    """The parts of the screen, put together.

    scrollback: the messages in view.
    editor: has the typed text.
    prompt: shows that.
    picture: what the terminal shows; its bytes and those of ``render`` go there in this order.
    bar: the segments of the top row; none for no bar.
    people: the segments of each row beside the messages; none for no such rows.
    listed: the segments of each row of a list above the status line.
    hint: shown below that, in as many rows as it takes; empty for none.
    status: the segments of the status line.
    are_names_aligned, has_ids, has_links: how the messages look; see `Look`.
    """

    def __init__(
        self, scrollback: Scrollback, editor: Editor, columns: int = 80, rows: int = 24
    ) -> None:
        self.scrollback = scrollback
        self.editor = editor
        self.prompt = Prompt()
        self.picture = Picture()
        self.bar: Sequence[Segment] = ()
        self.people: Sequence[Sequence[Segment]] = ()
        self.listed: Sequence[Sequence[Segment]] = ()
        self.hint = ""
        self.status: Sequence[Segment] = ()
        self.are_names_aligned = False
        self.has_ids = False
        self.has_links = False
        self._made: tuple[object, list[Row]] = None, []  # what `_beside` has made, and of what
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Set the size; a view that is scrolled back stays where it is."""
        self.columns = min(max(columns, 1), LARGEST)
        self.rows = min(max(rows, 1), LARGEST)
        self.picture.forget()

    def layout(self) -> Layout:
        """The rows and columns of each part; the view of the messages is set to its own."""
        found = layout(
            self.columns,
            self.rows,
            typed=self.prompt.height(self.editor.shown, self.columns),
            hint=len(self._hint_rows()),
            listed=len(self.listed),
            has_bar=bool(self.bar),
            has_people=bool(self.people),
        )
        look = Look(found.columns, int(self.are_names_aligned), self.has_ids, self.has_links)
        self.scrollback.fit(look, found.messages)
        return found

    def render(self, paint: Paint = as_it_is) -> bytes:
        """The bytes that turn the last frame into the current one; none without a change.

        paint: maps each style to the one drawn. Have the picture forget when it changes.
        """
        return self.picture.render(self._frame(), paint)

    @property
    def lines(self) -> list[Row]:
        """All rows of the screen from the top, as ``render`` draws them."""
        frame = self._frame()
        return [
            [*left, *[BLANK] * (frame.right_at - width(left)), *right] if right else left
            for left, right in frame.lines
        ]

    @property
    def cursor(self) -> tuple[int, int]:
        """The row and the column of the cursor, from 0."""
        return self._frame().cursor

    def _frame(self) -> Frame:
        found = self.layout()
        shown, columns = self.editor.shown, self.columns
        typed, (row, column) = self.prompt.view(shown, self.editor.cursor, columns, found.typed)
        rows = [
            *[self._line(self.bar)] * found.bar,
            *self._messages(found),
            *[self._clipped(each) for each in self.listed[: found.listed]],
            *[self._filled(each) for each in self._hint_rows()[: found.hint]],
            *[self._line(self.status)] * found.status,
            *typed,
        ]
        lines = [Line(each) for each in rows]
        if found.people_at is not None:
            for at, right in enumerate(self._beside(found.messages), found.top):
                lines[at] = Line(rows[at], right)
        right_at = columns if found.people_at is None else found.people_at - width(_DIVIDER)
        cursor = self.rows - len(typed) + row, column
        return Frame(lines, cursor, (found.top, found.bottom), right_at)

    def _messages(self, found: Layout) -> list[Row]:
        """The rows of the messages, the last of them at the bottom."""
        messages = self.scrollback.view()
        blank: list[Row] = [[]] * (found.messages - len(messages))
        return [*blank, *messages]

    def _beside(self, height: int) -> list[Row]:
        """What stands beside each row of the messages, made again only for other people."""
        made_of, rows = self._made
        if made_of is not self.people or len(rows) != height:
            blank: list[Sequence[Segment]] = [()] * (height - len(self.people))
            rows = [
                [*_DIVIDER, *clip(cells(segments, PEOPLE), PEOPLE)]
                for segments in (*self.people[:height], *blank)
            ]
            self._made = self.people, rows
        return rows

    def _clipped(self, segments: Sequence[Segment]) -> Row:
        return shorten(cells(segments, self.columns), self.columns)

    def _hint_rows(self) -> list[Row]:
        if not self.hint:
            return []
        return fold(cells([(self.hint, _REVERSE)], self.columns), self.columns)

    def _line(self, segments: Sequence[Segment]) -> Row:
        """Some segments as a whole row, in reverse."""
        shown = [(text, style._replace(reverse=True)) for text, style in segments]
        return self._filled(self._clipped(shown))

    def _filled(self, row: Row) -> Row:
        """A row up to the right edge, in reverse."""
        return [*row, *[Cell(" ", 1, _REVERSE)] * (self.columns - width(row))]
