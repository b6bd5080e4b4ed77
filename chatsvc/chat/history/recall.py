"""Recall: reading history, as people ask for it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import accumulate
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry
from chatsvc.chat.people.ignoring import heard
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.errors import SHOWN, ChatError
from chatsvc.events.speech import REACTIONS, Direct, Recalled, Redacted, Spoken
from chatsvc.store import NEWEST
from chatsvc.text.names import folded
from chatsvc.text.words import terms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.direct.pairs import Conversation, Pair
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.people.user import Session
    from chatsvc.chat.people.users import Users
    from chatsvc.clock import Clock, Turns
    from chatsvc.events.event import Event
    from chatsvc.store import Store, Stored

    Remembered = NamedRoom | Conversation

MOST_LINES = 200  # in one answer
PAGE = 100  # messages read at once, where there are many
MOST_BYTES = 64 * 1024  # of the lines in one answer
USUAL_LINES = 20  # by default
AROUND = USUAL_LINES // 2  # on each side of the message asked for
MOST_WORDS = 10  # in one search
WORDS_LENGTH = 200  # characters of the words
MOST_TALKS = 75  # conversations searched, those with the newest messages
REMOVED = "(removed)"  # replaces the text of a direct message
MADE_AT_ONCE = 30  # entries; they take 0.2 ms
MOST_SCANNED = 2000  # entries in memory

_at_of = attrgetter("at")


class Recall:
    """Reads messages from the store, for people who ask for them."""

    end = NEWEST  # a position above all messages

    def __init__(self, clock: Clock, store: Store, turns: Turns, users: Users) -> None:
        self._clock = clock
        self._store = store
        self._turns = turns
        self._users = users

    async def last(self, room: Remembered | Pair, number: int) -> list[Entry]:
        """The last `number` messages of a room. Raises StoreError."""
        if room.key is None:
            said = _in_memory(room, 0, NEWEST, (Spoken,), is_newest=True)
            return said[-min(number, MOST_LINES) :]
        stored = await self._store.before(room.key, NEWEST, min(number, MOST_LINES))
        return await self._entries(room, stored)

    async def since(self, room: Remembered, at: float) -> list[Entry]:
        """The first messages of a room from a time on. Raises StoreError."""
        assert room.key is not None
        position = await self._store.position_at(room.key, at)
        stored = await self._store.after(room.key, position, MOST_LINES)
        return await self._entries(room, stored)

    async def reactions(self, room: Remembered, first: int, last: int) -> list[Entry]:
        """The reactions to a room's messages with ids from the first to the last, oldest first.

        Of a person's equal reactions to a message, only the last, which may take it back.

        Raises StoreError.
        """
        assert room.key is not None
        said = await self._store.answering(room.key, first, last, REACTIONS, 2 * MOST_LINES)
        # No guest has the name of an account.
        found = {
            (each.reply_to, each.text, folded(each.account or each.speaker)): each for each in said
        }
        return await self._entries(room, sorted(found.values()))

    async def around(self, room: Remembered, entry_id: int) -> list[Entry]:
        """The messages before and after a message. Raises ChatError or StoreError."""
        found = await self._store.find(entry_id)
        if found is None or found.room != room.key:
            raise ChatError(f"Nothing in {room.name} has the number {entry_id}.")
        before = await self._store.before(room.key, found.position, AROUND)
        after = await self._store.after(room.key, found.position, AROUND)
        return await self._entries(room, (*before, found, *after))

    async def beside(
        self, room: Remembered, entry_id: int, most: int, *, is_before: bool
    ) -> list[Entry]:
        """At most `most` messages of a room just before an id, or just after it.

        Raises StoreError.
        """
        before, behind = await self.split_at_id(room, entry_id)
        start, end = (0, before) if is_before else (behind, NEWEST)
        return await self.between(room, start, end, most, is_newest=is_before)

    async def between(
        self,
        room: Remembered | Pair,
        start: int,
        end: int,
        most: int,
        *,
        is_newest: bool,
        others: tuple[type[Event], ...] = (),
    ) -> list[Entry]:
        """At most `most` messages of a room between two positions, both exclusive.

        is_newest: whether to take the last of them, and not the first.
        others: kinds of events to take as well, as far as memory holds them.

        Raises StoreError.
        """
        if not most:
            return []
        if room.key is None:
            kinds: tuple[type[Event], ...] = (Spoken, *others)
            found = _in_memory(room, start, end, kinds, is_newest=is_newest)
            return found[-most:] if is_newest else found[:most]
        if is_newest:
            said = await self._store.before(room.key, end, most)
        else:
            said = await self._store.after(room.key, start, most)
        said = [each for each in said if start < each.position < end]
        entries = await self._entries(room, said)
        if others:
            if len(said) == most:  # what is beyond them is not returned
                start, end = (said[0].position, end) if is_newest else (start, said[-1].position)
            entries += _in_memory(room, start, end, others, is_newest=is_newest)
            entries.sort()
        return entries[-most:] if is_newest else entries[:most]

    async def split_at_id(self, room: Remembered | Pair, entry_id: int) -> tuple[int, int]:
        """Two positions: messages before the first precede an id; those after the second follow it.

        Raises StoreError.
        """
        if room.key is None or room.log.find(entry_id) is not None:
            position = room.log.position_of(entry_id)
            return position + (room.log.find(entry_id) is None), position
        position = await self._store.position_of(room.key, entry_id)
        found = await self._store.find(entry_id)
        is_there = found is not None and found.room == room.key
        return position + (not is_there), position

    async def split_at_time(self, room: Remembered | Pair, at: float) -> tuple[int, int]:
        """The same for a time; messages within a millisecond of it are on neither side.

        Raises StoreError.
        """
        at -= 1e-6  # times are inexact
        tail = room.log.tail
        entries = room.log.after(tail, room.log.head - tail)
        if room.key is None or (entries and entries[0].at < at):  # memory has all that matters
            before, behind = [bisect_left(entries, each, key=_at_of) for each in (at, at + 0.001)]
            return tail + before + 1, tail + behind
        before = await self._store.position_at(room.key, at)
        return before + 1, await self._store.position_at(room.key, at + 0.001)

    async def _entries(self, room: Remembered | Pair, said: Iterable[Stored]) -> list[Entry]:
        """The entries of some messages of a room."""
        return [room.entry_of(each) async for each in self._turns.soon(said, MADE_AT_ONCE)]

    async def pages(self, key: str, since: float, until: float) -> AsyncIterator[list[Stored]]:
        """All messages of a room between two times, some at a time. Raises StoreError.

        key: of the room, in the store.
        """
        position = await self._store.position_at(key, since)
        while page := await self._store.after(key, position, PAGE):
            yield [each for each in page if each.at <= until]
            if page[-1].at > until:
                return
            position = page[-1].position

    async def entry(self, room: Room, entry_id: int) -> Entry | None:
        """The message of a room with an id, if it is still kept. Raises StoreError."""
        found = await self._store.find(entry_id)
        return room.entry_of(found) if found is not None else None

    async def find(self, entry_id: int) -> Stored | None:
        """The message with an id, if it is still kept. Raises StoreError."""
        return await self._store.find(entry_id)

    async def redact(self, said: Stored, room: NamedRoom, text: str) -> None:
        """Replace a message with a note that it was removed. Raises StoreError.

        text: who removed it, and why.
        """
        kind = Redacted.__name__
        await self._store.replace(said.id, kind, text)
        room.replace(room.entry_of(said._replace(kind=kind, text=text)))

    async def remove_direct(self, pair: Pair, entry: Entry) -> None:
        """Replace the text of a direct message with a note. Raises StoreError."""
        said = entry.event
        assert isinstance(said, Direct)
        if pair.key is not None:
            await self._store.replace(entry.id, type(said).__name__, REMOVED)
        gone = replace(said, text=REMOVED)
        pair.log.replace(entry._replace(event=gone, line=str(gone).encode()))

    async def search(
        self,
        words: str | None,
        rooms: Sequence[Remembered],
        most: int,
        *,
        speaker: str | None = None,
        since: float = 0.0,
        until: float = inf,
        before_id: int | None = None,
    ) -> list[Entry]:
        """The newest `most` messages of some rooms with these words; None for any.

        before_id: the id of a message in these rooms; only those before it. It takes the place of
            `until`.

        Raises ChatError or StoreError.
        """
        if words is not None:
            _check_words(words)
        by_key = {room.key: room for room in rooms if room.key is not None}
        below: float = inf
        if before_id is not None:
            last = await self._store.find(before_id)
            if last is None or last.room not in by_key:  # nobody learns what there is elsewhere
                raise ChatError(f"Nothing there has the number {before_id}.")
            until, below = last.at, before_id
        said = await self._store.search(
            words,
            list(by_key),
            speaker=speaker,
            since=since,
            until=until,
            below=below,
            most=most,
        )
        return [by_key[each.room].entry_of(each) for each in said]

    async def missed(self, rooms: Sequence[NamedRoom], account: Account) -> list[Entry]:
        """The first messages of some rooms that the account's owner has missed.

        The next call returns the next ones. Raises StoreError.
        """
        found: list[tuple[Stored, NamedRoom]] = []
        shown: dict[NamedRoom, int] = {}
        left: dict[NamedRoom, int] = {}  # the position before the first message that is left out
        async for room, start, end in self._turns.slowly(_absences(rooms, account), 1):
            said = await self._store.after(room.key, start, MOST_LINES + 1)
            found += [(each, room) for each in said if each.position <= end]
            shown[room] = end
            found.sort()
            # Unlike in `tell`, the messages that are too many are returned by the next call.
            sizes = accumulate([len(each.text.encode()) + 300 for each, _ in found])
            number = min(MOST_LINES, max(1, sum([size <= MOST_BYTES for size in sizes])))
            for each, where in found[number:]:
                left[where] = min(left.get(where, each.position), each.position - 1)
            del found[number:]
        for room, position in (shown | left).items():
            account.show(room.key, position)
        return [room.entry_of(each) for each, room in found]

    async def has_missed(self, rooms: Sequence[NamedRoom], account: Account) -> bool:
        """Whether the account's owner has missed anything in some rooms.

        Absences without messages are forgotten. Raises StoreError.
        """
        async for room, start, end in self._turns.slowly(_absences(rooms, account), 1):
            said = await self._store.after(room.key, start, 1)
            if said and said[0].position <= end:
                return True
            if end <= room.log.head:  # otherwise some may not be stored yet
                account.show(room.key, end)
        return False

    def needed(self, session: Session, number: int) -> int:
        """The number of messages to read in order to show some, as ignored ones do not count."""
        return MOST_LINES if session.user.ignored else number

    async def tell(
        self,
        session: Session,
        entries: Sequence[Entry],
        nothing: str,
        most: int = MOST_LINES,
        *,
        is_newest: bool = True,
    ) -> None:
        """Tell a session the last `most` of some entries, without those of ignored people.

        is_newest: whether to take the last of them, and not the first.
        """
        now = self._clock.now()
        entries = heard(entries, session.user.ignored, self._users.known_by)
        entries = entries[-most:] if is_newest else entries[:most]
        sizes = accumulate([len(entry.line) for entry in entries[:: -1 if is_newest else 1]])
        number = sum([size <= MOST_BYTES for size in sizes])
        if number < len(entries):
            which = "last" if is_newest else "first"
            session.tell(f"Of {len(entries)} lines, these are the {which} {number}: they are long.")
            entries = entries[len(entries) - number :] if is_newest else entries[:number]
        if not entries:
            session.tell(nothing)
        told = [
            Entry.reply(0, now, Recalled(each.id, each.at, each.event, now))
            async for each in self._turns.soon(entries, MADE_AT_ONCE)
        ]
        session.answer_all(told)


def _check_words(words: str) -> None:
    """Check that words can be looked for. Raises ChatError."""
    if len(words.split()) > MOST_WORDS or len(words) > WORDS_LENGTH:
        raise ChatError(f"Look for at most {MOST_WORDS} words at once.")
    if not terms(words):
        raise ChatError(f'There is no word, number or symbol in "{words[:SHOWN]}" to look for.')


def _in_memory(
    room: Room, start: int, end: int, kinds: tuple[type[Event], ...], *, is_newest: bool
) -> list[Entry]:
    """The entries of some kinds in a room's log between two positions, both exclusive.

    is_newest: whether to scan the last of them, if there are too many, and not the first.
    """
    first, last = max(start, room.log.tail), min(end - 1, room.log.head)
    if is_newest:
        first = max(first, last - MOST_SCANNED)
    number = max(0, min(last - first, MOST_SCANNED))
    found = [entry for entry in room.log.after(first, number) if isinstance(entry.event, kinds)]
    return [room.under_its_name(each) for each in found] if isinstance(room, NamedRoom) else found


def _absences(rooms: Sequence[NamedRoom], account: Account) -> list[tuple[NamedRoom, int, int]]:
    """The absences of an account's owner: the room, the position before, and the last position."""
    return [(room, *each) for room in rooms for each in account.missed.get(room.key, ())]
