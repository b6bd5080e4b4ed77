"""Readers who wait for the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.bugs import spawn
from chatsvc.chat.delivery.looking_back import AT_ONCE, LookingBack
from chatsvc.chat.logs.commits import Commits
from chatsvc.chat.logs.log import Entry
from chatsvc.chat.logs.room import Reader, Room
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from tests.harness import Clock

if TYPE_CHECKING:
    from chatsvc.chat.delivery.slices import Unread

ROOM = Room("#ops")


class SlowArchive:
    """Answers when that is asked for."""

    def __init__(self) -> None:
        self.asked: list[Deferred[None]] = []

    async def after(self, unread: Unread) -> tuple[list[Entry], dict[Room, int]]:
        self.asked.append(Deferred())
        await self.asked[-1]
        return [], {}

    async def position_of(self, room: Room, entry_id: int) -> int:
        raise NotImplementedError


class Connection:
    """Notes how it ends."""

    def __init__(self) -> None:
        self.failed: list[Exception] = []

    def fail(self, error: Exception) -> None:
        self.failed.append(error)


class TurnTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.archive = SlowArchive()
        self.read_on: list[Reader] = []
        self.from_memory: list[Reader] = []
        calls = [lambda *arguments: None] * 3
        commits = Commits(Clock(), MemoryStore(10, 10**4), spawn, *calls)
        self.looking_back = LookingBack(
            self.archive, commits, spawn, self.read_on.append, self.from_memory.append
        )
        nowhere: Any = None  # nothing is written
        self.readers = [Reader(nowhere, lambda entries: b"", None) for _ in range(10)]
        for reader in self.readers:
            self.looking_back.begin(reader, ((ROOM, 0),))

    def test_a_few_read_at_once_and_the_others_after_them(self) -> None:
        self.assertEqual(len(self.archive.asked), AT_ONCE)
        for number in range(10):
            self.assertEqual(len(self.archive.asked), min(AT_ONCE + number, 10))
            self.archive.asked[number].callback(None)
        self.assertEqual(self.read_on, self.readers)

    def test_those_who_have_left_take_no_turn(self) -> None:
        for reader in self.readers[2:8]:
            self.looking_back.forget(reader)
        for answer in self.archive.asked:
            answer.callback(None)
        self.assertEqual(self.read_on, [*self.readers[:2], *self.readers[8:]])
        self.assertEqual(len(self.archive.asked), AT_ONCE + 2)

    def test_a_failure_takes_nobody_elses_turn(self) -> None:
        for answer in self.archive.asked:
            answer.errback(StoreError("the disk has an error"))
        self.assertEqual(self.from_memory, self.readers)

    def test_a_bug_at_the_end_of_a_connection_takes_nobody_elses_turn(self) -> None:
        for answer in self.archive.asked[:AT_ONCE]:
            answer.errback(RuntimeError("a bug"))  # and there is no connection to end, which fails
        for number in range(AT_ONCE, 10):
            self.archive.asked[number].callback(None)
        self.assertEqual(self.read_on, self.readers[AT_ONCE:])

    def test_a_bug_ends_the_connection_of_who_waits(self) -> None:
        connection: Any = Connection()
        reader = Reader(connection, lambda entries: b"", None)
        room = Room("#lost")
        room.log.forgotten_id = 9
        self.looking_back.read_on_from(reader, {room: 5}, lambda missing: None, None)
        [error] = connection.failed
        self.assertIsInstance(error, NotImplementedError)
