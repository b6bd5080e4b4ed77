"""Keeps what is said in memory, for as long as the server runs."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING
from unicodedata import combining, normalize

from chatsvc.store import MOST, RECORDS, VALUE_BYTES, Conflict, Kept, Record, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from chatsvc.store import Stored

STORED_BYTES = 400  # what something said takes beside its text, about (CPython 3.11)

_id = itemgetter(0)
_text = itemgetter(6)  # of something said; quicker than the attribute where many are asked
_WORD = re.compile(r"[^\W_]+")


class MemoryStore:
    """The newest things said, and records.

    events: how many things said are kept, at least 1.
    size: how many bytes they may take; what was appended last is kept whatever it takes.
    """

    keeps_more = False

    def __init__(self, events: int, size: int) -> None:
        self._size = size
        self._said: deque[Stored] = deque(maxlen=events)
        self._bytes = 0  # that those take, and some that are gone
        self._records: dict[str, Record] = {}

    async def open(self) -> Kept:
        """What is kept, which is nothing unless this was open before."""
        heads = {each.room: each.position for each in self._said}
        return Kept(self._said[-1].id if self._said else 0, heads)

    async def close(self) -> None:
        """There is nothing to end."""

    def append(self, said: Sequence[Stored]) -> None:
        """Keep these instead of the oldest."""
        # Each line that anybody says passes here: nothing is done for each in Python itself.
        self._said.extend(said)
        self._bytes += STORED_BYTES * len(said) + 2 * sum(map(len, map(_text, said)))
        if self._bytes > self._size:
            self._forget_oldest(len(said))

    def _forget_oldest(self, newest: int) -> None:
        """Let go of what is too much, but not of the newest so many; of some more, to rest then."""
        sizes = [STORED_BYTES + 2 * len(each.text) for each in self._said]
        self._bytes = sum(sizes)
        for size in sizes[: max(0, len(sizes) - newest)]:
            if self._bytes <= self._size * 15 // 16:
                break
            self._said.popleft()
            self._bytes -= size

    async def after(self, room: str, position: int, most: int) -> list[Stored]:
        """The first so many of a room that stand behind a position, oldest first."""
        return _some(self._said, lambda each: each.room == room and each.position > position, most)

    async def before(self, room: str, position: int, most: int) -> list[Stored]:
        """The last so many of a room that stand before a position, oldest first."""
        newest_first = reversed(self._said)
        return _some(
            newest_first, lambda each: each.room == room and each.position < position, most
        )[::-1]

    async def newest(self, below: int, most: int) -> list[Stored]:
        """The last so many in all rooms whose ids are below that, oldest first."""
        return _some(reversed(self._said), lambda each: each.id < below, most)[::-1]

    async def find(self, entry_id: int) -> Stored | None:
        """What has that id; None when nothing has, or no longer."""
        return next((each for each in self._said if each.id == entry_id), None)

    async def position_at(self, room: str, at: float) -> int:
        """The position of the last that was said in a room before that time; 0 when nothing was."""
        newest_first = reversed(self._said)
        before = _some(newest_first, lambda each: each.room == room and each.at < at, 1)
        return before[0].position if before else 0

    async def position_of(self, room: str, entry_id: int) -> int:
        """The position of the last in a room whose id is not above that; 0 when there is none."""
        newest_first = reversed(self._said)
        found = _some(newest_first, lambda each: each.room == room and each.id <= entry_id, 1)
        return found[0].position if found else 0

    async def search(
        self,
        words: str,
        rooms: Collection[str],
        *,
        speaker: str | None = None,
        since: float = 0.0,
        most: int,
    ) -> list[Stored]:
        """The newest so many in these rooms that hold all of these words, oldest first."""
        patterns = _patterns(words)
        if not patterns:
            return []
        name = None if speaker is None else speaker.casefold()

        def fits(each: Stored) -> bool:
            if each.at < since or each.room not in rooms:
                return False
            if name is not None and each.speaker.casefold() != name:
                return False
            text = _plain(each.text)
            return all(pattern.search(text) for pattern in patterns)

        return _some(reversed(self._said), fits, most)[::-1]

    async def forget(self, room: str | None, before: float, most: int) -> int:
        """Delete the oldest so many that were said before a time; how many there were to delete."""
        if not self._said or self._said[0].at >= before:
            return 0  # they are in the order of time
        doomed = set(
            islice(
                (each.id for each in self._said if each.at < before and room in (None, each.room)),
                max(most, 0),
            )
        )
        kept = [each for each in self._said if each.id not in doomed]
        self._said.clear()
        self._said.extend(kept)
        return len(doomed)

    async def replace(self, entry_id: int, kind: str, text: str) -> bool:
        """Put another kind and text in the place of something said; whether it is there."""
        index = bisect_left(self._said, entry_id, key=_id)
        if index == len(self._said) or self._said[index].id != entry_id:
            return False
        before = self._said[index]
        self._said[index] = before._replace(kind=kind, text=text)
        self._bytes += 2 * (len(text) - len(before.text))
        if self._bytes > self._size:
            self._forget_oldest(1)
        return True

    async def records(self, prefix: str) -> dict[str, Record]:
        """All records whose names begin so."""
        found = self._records.items()
        return {name: record for name, record in found if name.startswith(prefix)}

    async def put(self, name: str, value: str | None, version: int) -> None:
        """Make, change or (with None) delete a record."""
        found = self._records.get(name)
        if version != (found.version if found else 0):
            raise Conflict(f"somebody else has changed {name}")
        if value is None:
            self._records.pop(name, None)
        elif len(value.encode()) > VALUE_BYTES:
            raise StoreError("the value is too long")
        elif found is None and len(self._records) >= RECORDS:
            raise StoreError("there are too many records")
        else:
            self._records[name] = Record(value, version + 1)


def _some(said: Iterable[Stored], fits: Callable[[Stored], bool], most: int) -> list[Stored]:
    """The first so many that fit."""
    return list(islice(filter(fits, said), min(max(most, 0), MOST)))


def _plain(text: str) -> str:
    """The text as it is compared: without cases and accents."""
    if text.isascii():
        return text.lower()
    return "".join(each for each in normalize("NFD", text.casefold()) if not combining(each))


def _patterns(words: str) -> list[re.Pattern[str]]:
    """What is to be found in a plain text for each word that has a letter or a digit."""
    patterns = []
    for word in words.split():
        parts = _WORD.findall(_plain(word))
        if parts:
            end = "" if word.endswith("*") else r"(?![^\W_])"
            patterns.append(re.compile(r"(?<![^\W_])" + r"[\W_]+".join(parts) + end))
    return patterns
