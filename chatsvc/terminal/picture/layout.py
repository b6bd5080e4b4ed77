"""The layout of the screen: which rows and columns each part of it has."""

from __future__ import annotations

from typing import NamedTuple

FOR_BAR = 12  # rows from which on there is a bar
FOR_PEOPLE = 100  # columns from which on there are people beside the messages
PEOPLE = 18  # columns for their names
GAP = 3  # columns between the messages and the names: a blank, a line, a blank
FOR_STATUS = 3  # rows from which on there is a status line


class Layout(NamedTuple):
    """The rows of each part, from the top, and the columns of the messages.

    bar, messages, listed, hint, status, typed: the number of rows of each part.
    columns: of the messages.
    people_at: the column of the names beside the messages, from 0; None without names.
    """

    bar: int
    messages: int
    listed: int
    hint: int
    status: int
    typed: int
    columns: int
    people_at: int | None

    @property
    def top(self) -> int:
        """The first row of the messages."""
        return self.bar

    @property
    def bottom(self) -> int:
        """The row below the messages."""
        return self.bar + self.messages


def layout(
    columns: int,
    rows: int,
    *,
    typed: int = 1,
    hint: int = 0,
    listed: int = 0,
    has_bar: bool = False,
    has_people: bool = False,
) -> Layout:
    """The layout of a screen of that size.

    typed, hint, listed: the rows that the typed text, the hint and the list would like to have:
        they get at most a third, a quarter and half of all.
    has_bar, has_people: whether there is something to show in these, if there is enough space.
    """
    status = int(rows >= FOR_STATUS)
    bar = int(has_bar and rows >= FOR_BAR)
    typed = min(typed, max(rows // 3, 1))
    hint = min(hint, rows // 4)
    listed = min(listed, rows // 2, max(rows - status - bar - typed - hint - 1, 0))
    messages = rows - bar - listed - hint - status - typed
    is_beside = has_people and columns >= FOR_PEOPLE
    people_at = columns - PEOPLE if is_beside else None
    beside = columns - PEOPLE - GAP if is_beside else columns
    return Layout(bar, messages, listed, hint, status, typed, beside, people_at)
