"""Importing: rooms with a history from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.rooms.joining import MOST_ROOMS
from chatsvc.chat.rooms.settings import MOST_PERSISTENT, TOPIC_LENGTH
from chatsvc.clock import Turns
from chatsvc.errors import SHOWN, ChatError
from chatsvc.events.speech import KINDS
from chatsvc.store import NEWEST, StoreError
from chatsvc.text.names import room_name
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.history.retention import Retention
    from chatsvc.chat.keeping.counters import Counter
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Clock
    from chatsvc.store import Store

MOST_MESSAGES = 10_000_000  # in one import
PRIVACIES = ("public", "hidden", "invite-only")
KIND_NAMES = tuple(KINDS)  # by number, as in the rows
PAUSE = 0.001  # seconds between two calls of `add`, in which others go first
NAMED = 20  # rooms in an error
IDS_AHEAD = 100_000  # reserved beyond those of the import, for messages said meanwhile


class NewRoom(NamedTuple):
    """A room that is imported.

    owner: the name of the account that owns it.
    topic_by: the name of the person who set the topic; empty if unknown.
    topic_at, made_at: in seconds since the epoch; 0.0 if unknown.
    number: of its messages.
    """

    name: str
    number: int
    owner: str
    topic: str = ""
    topic_by: str = ""
    topic_at: float = 0.0
    made_at: float = 0.0
    privacy: str = "public"


@dataclass(eq=False)
class _Import:
    """The running import.

    first_id, last_id: of its messages; 0 until they are known.
    keys: the keys of the rooms in the store.
    reserved: holds the names of the rooms until it ends.
    """

    rooms: Sequence[NewRoom]
    reserved: ExitStack
    keys: list[str] = field(default_factory=list)
    first_id: int = 0
    last_id: int = 0
    is_busy: bool = False


@dataclass(eq=False)
class Importing:
    """Imports messages into new rooms, each of which appears once it is complete.

    There is one import at a time. Its messages get their ids before it begins, and positions from 1
    in their rooms. If it is cut off, nothing is left of it: the rooms have no records, so that the
    next start deletes their messages.

    All methods raise ChatError and StoreError.
    """

    _clock: Clock
    _store: Store
    _delivery: Delivery
    _ids: Counter
    _accounts: Accounts
    _rooms: Rooms
    _settings: Settings
    _retention: Retention
    _import: _Import | None = None
    _turns: Turns = field(init=False)

    def __post_init__(self) -> None:
        self._turns = Turns(self._clock)  # of its own, so that it does not hold up others

    def runs(self, first_id: int) -> bool:
        """Whether the import with that first id still runs."""
        return self._import is not None and self._import.first_id == first_id

    async def begin(self, rooms: Sequence[NewRoom]) -> int:
        """Begin an import, and return the id of its first message; the others follow it."""
        if self._import is not None:
            raise ChatError("Another import runs. Try again when it is over.")
        number = sum([each.number for each in rooms])
        self._check(rooms, number)
        with ExitStack() as stack:
            for each in rooms:
                stack.enter_context(self._rooms.reserved(each.name))
            running = self._import = _Import(rooms, stack.pop_all())
        try:
            await self._ids.reserve(self._delivery.last_id + number + IDS_AHEAD)
            running.first_id = first = self._delivery.skip_ids(number)
            running.last_id = first + number - 1
            # The key differs from those of earlier rooms of that name.
            running.keys = [f"{each.name}/{first}" for each in rooms]
            while self._delivery.done_id < first - 1:
                await self._turns.pause()
            await self._store.begin_import(first, running.last_id)
        except BaseException:
            self._over()
            raise
        return first

    def _check(self, rooms: Sequence[NewRoom], number: int) -> None:
        if not 0 < number <= MOST_MESSAGES:
            raise ChatError(f"An import has 1 to {MOST_MESSAGES} messages.")
        names = {room_name(each.name) for each in rooms}
        for each in rooms:
            if each.name in self._rooms or each.name not in names or self._is_odd(each):
                raise ChatError(f"{each.name[:SHOWN]} exists already, or cannot be made.")
            if self._accounts.find(each.owner) is None:
                raise ChatError(f'There is no account "{each.owner[:SHOWN]}" to own {each.name}.')
        if len(names) < len(rooms):
            raise ChatError("Two of those rooms have the same name.")
        kept = sum([each.is_persistent for each in self._rooms.values()])
        if kept + len(rooms) > MOST_PERSISTENT or len(self._rooms) + len(rooms) > MOST_ROOMS:
            raise ChatError(f"At most {MOST_PERSISTENT} rooms are kept, {kept} of which there are.")

    def _is_odd(self, room: NewRoom) -> bool:
        """Whether a room has settings that none can have."""
        is_long = len(room.topic) > TOPIC_LENGTH or len(room.topic_by) > TOPIC_LENGTH
        return room.privacy not in PRIVACIES or is_long or room.number < 1

    async def add(self, first_id: int, rows: str) -> None:
        """Add messages, in order of time.

        first_id: what `begin` has returned.
        rows: as for `Store.add_imported`, with the rooms numbered in the order of `begin`, and
            the kinds as in KIND_NAMES.

        Raises ValueError as well, for other rows.
        """
        running = self._running(first_id)
        running.is_busy = True
        try:
            await self._clock.sleep(PAUSE)
            await self._store.add_imported(running.keys, KIND_NAMES, rows)
        finally:
            running.is_busy = False

    async def end(self, first_id: int) -> None:
        """End the import: its rooms appear, or as many of them as can be stored."""
        running = self._running(first_id)
        running.is_busy = True  # nothing is added or cancelled any more
        opened: list[str] = []
        try:
            await self._store.end_import()
            for each, key in zip(running.rooms, running.keys, strict=True):
                await self._open(each, key, running.last_id)
                opened.append(each.name)
        except StoreError as error:
            if not opened:
                raise
            which = ", ".join(opened[:NAMED]) + ", ..." * (len(opened) > NAMED)
            raise ChatError(
                f"Only {len(opened)} of {counted(len(running.rooms), 'room')} were imported, as"
                f" {error}: {which}. Import the same again for the others."
            ) from None
        finally:
            await self._leave(running)

    async def cancel(self, first_id: int) -> None:
        """Cancel the import, if it still runs, and delete its messages."""
        running = self._import
        if running is None or not self.runs(first_id):
            return
        while running.is_busy:
            await self._turns.pause()
        if self._import is running:
            await self._leave(running)

    async def _leave(self, running: _Import) -> None:
        """Delete the messages that have not become a room."""
        self._over()
        left = [key for key in running.keys if self._rooms.by_key(key) is None]
        with suppress(StoreError):  # the next start ends it
            await self._store.end_import()
        if left:
            await self._retention.end(*left)

    async def _open(self, facts: NewRoom, key: str, last_id: int) -> None:
        """Open a room whose messages are all stored."""
        last = await self._store.before(key, NEWEST, max(1, self._rooms.backlog))
        room = self._rooms.new(facts.name, key)
        room.log.start_after(max(facts.number, last[-1].position if last else 0), last_id)
        room.remember([room.entry_of(each) for each in last])
        room.topic, room.topic_by, room.topic_at = facts.topic, facts.topic_by, facts.topic_at
        room.topic_id = 1  # nobody is to be told
        room.made_at = facts.made_at or self._clock.now()
        room.privacy = facts.privacy
        room.owner_account = facts.owner
        room.is_persistent = True
        await self._settings.add(room)

    def _running(self, first_id: int) -> _Import:
        running = self._import
        if running is None or running.first_id != first_id or running.is_busy:
            raise ChatError("No import waits for that.")
        return running

    def _over(self) -> None:
        running, self._import = self._import, None
        if running is not None:
            running.reserved.close()
