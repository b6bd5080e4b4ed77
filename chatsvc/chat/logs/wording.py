"""Wordings: they turn entries into bytes, once for all who read the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry

if TYPE_CHECKING:
    from chatsvc.events.event import Author

Wording = Callable[[Sequence[Entry]], bytes]  # makes the bytes that are sent


class Personal(Exception):
    """Raised by the wording of many, as some entry is different for each of its readers."""


class LineByLine:
    """A wording that words each entry by itself, with nothing between them."""

    def __call__(self, entries: Sequence[Entry]) -> bytes:
        """The bytes of some entries."""
        return b"".join(self.lines(entries))

    def lines(self, entries: Sequence[Entry]) -> list[bytes]:
        """The bytes of each entry."""
        raise NotImplementedError


class Filter:
    """A wording that leaves out the words of some people.

    wording: words everything else.
    is_own: whether it belongs to one reader, and words each slice for that reader only, once.
    """

    __slots__ = ("wording",)

    is_own = False

    def __init__(self, wording: Wording) -> None:
        self.wording = wording

    def __call__(self, entries: Sequence[Entry]) -> bytes:
        """The bytes of the entries that are not left out."""
        raise NotImplementedError

    def keys_of(self, author: Author) -> tuple[str, ...]:
        """The keys that identify an author; the same for all filters."""
        raise NotImplementedError

    def leaves_out(self, keys: Iterable[str]) -> bool:
        """Whether it leaves out an author with one of these keys."""
        raise NotImplementedError


def is_own(wording: Wording) -> bool:
    """Whether a wording belongs to one reader; see `Filter`."""
    return isinstance(wording, Filter) and wording.is_own
