"""Logs, and how much of them is kept."""

from __future__ import annotations

import tracemalloc
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.logs.log import Entry, Log
from chatsvc.chat.logs.memory import ENTRY_BYTES, KEPT, TOLD_TOGETHER, Memory, memory_of
from chatsvc.events.answers import Notice
from chatsvc.events.people import Joined


def entry(entry_id: int, text: str = "x") -> Entry:
    return Entry(entry_id, None, 0.0, Notice(text), text.encode())


class LogTests(SynchronousTestCase):
    def test_empty(self) -> None:
        log = Log()
        self.assertEqual((log.head, log.tail, list(log.after(0, 10))), (0, 0, []))

    def test_positions_hold_while_the_oldest_are_forgotten(self) -> None:
        log = Log()
        for position in range(1, 5001):
            log.extend([entry(position)])
            if position > 100:
                log.forget(1)
            self.assertEqual((log.head, log.tail), (position, max(0, position - 100)))
            self.assertLess(len(log._entries), 2300)
        self.assertEqual([each.id for each in log.after(4990, 3)], [4991, 4992, 4993])
        self.assertEqual([each.id for each in log.after(7, 2)], [4901, 4902])
        self.assertEqual(list(log.after(5000, 3)), [])

    def test_forgotten_down_to_nothing(self) -> None:
        log = Log()
        log.extend([entry(1)])
        log.forget(1)
        self.assertEqual((log.head, log.tail, list(log.after(0, 9))), (1, 1, []))


class MemoryTests(SynchronousTestCase):
    def fill(self, memory: Memory, texts: Any) -> list[Log]:
        logs = [Log(), Log()]
        for number, text in enumerate(texts, 1):
            memory.extend(logs[number % 2], [entry(number, text)])
        return logs

    def test_oldest_of_all_logs_goes_first(self) -> None:
        odd, even = reversed(self.fill(Memory(events=3, size=10**6), "abcde"))
        self.assertEqual([each.line for each in odd.after(0, 9)], [b"c", b"e"])
        self.assertEqual([each.line for each in even.after(0, 9)], [b"d"])

    def test_forgotten_in_lumps(self) -> None:
        memory = Memory(events=1000, size=10**6)
        log = Log()
        for number in range(1, 3000, 3):
            memory.extend(log, [entry(number), entry(number + 1), entry(number + 2)])
            here = log.head - log.tail
            self.assertLessEqual(here, 1010)
            self.assertGreaterEqual(here, min(1000, log.head))
        self.assertEqual(memory.total - memory.total_before(5000), here * (ENTRY_BYTES + 2))

    def test_bounded_in_bytes(self) -> None:
        logs = self.fill(Memory(events=100, size=3 * ENTRY_BYTES), ["x" * 100] * 10)
        self.assertEqual(sum(log.head - log.tail for log in logs), 2)

    def test_newest_is_kept_whatever_its_size(self) -> None:
        logs = self.fill(Memory(events=100, size=1), ["a", "b", "c" * 1000])
        self.assertEqual([len(log.after(0, 9)) for log in logs], [0, 1])

    def test_total_before(self) -> None:
        memory = Memory(events=3, size=10**6)
        self.assertEqual(memory.total_before(0), 0)
        self.fill(memory, ["x" * n for n in (1, 2, 3, 4, 5)])
        self.assertEqual(memory.total_before(0), memory.total)
        self.assertEqual(memory.total_before(1), memory.total - ENTRY_BYTES - 10)
        self.assertEqual(memory.total_before(2), 3 * ENTRY_BYTES + 12)
        self.assertEqual(memory.total_before(3), 2 * ENTRY_BYTES + 6)
        self.assertEqual(memory.total_before(4), 2 * ENTRY_BYTES + 6)

    def test_what_an_entry_takes(self) -> None:
        for text in ("x" * 6000, "\u0489" * 3000, "x" * 6000 + "\N{GRINNING FACE}"):
            tracemalloc.start()
            made = entry(1, "".join(text))
            taken, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            self.assertLess(abs(memory_of(made.line) - taken), ENTRY_BYTES)


class ToldTests(SynchronousTestCase):
    """What everybody knows of comings and goings."""

    def setUp(self) -> None:
        self.memory = Memory(events=10_000, size=10**9)
        self.lobby, self.other = Log(), Log()
        self.last_id = 0

    def come(self, number: int, cursors: list[int]) -> int:
        """Let people come one by one, and return how many comings the lobby's log forgets."""
        before = self.lobby.tail
        for _ in range(number):
            self.last_id += 1
            line = b"server: ann has joined."
            joined = Entry(self.last_id, self.lobby, 0.0, Joined("ann"), line)
            self.memory.extend(self.lobby, [joined])
            self.memory.forget_told(self.lobby, cursors)
        return self.lobby.tail - before

    def say(self, log: Log) -> None:
        self.last_id += 1
        self.memory.extend(log, [entry(self.last_id)])

    def test_only_the_newest_are_kept(self) -> None:
        forgotten = self.come(5000, [5000, 5000])
        self.assertLessEqual(5000 - forgotten - KEPT, TOLD_TOGETHER)
        self.assertEqual(self.memory.total_before(5000), self.memory.total_before(5000 - forgotten))

    def test_also_without_anybody_who_reads_them(self) -> None:
        self.assertGreater(self.come(2000, []), 0)

    def test_what_one_has_yet_to_read_is_kept(self) -> None:
        self.assertEqual(self.come(5000, [5000, 250]), 250 // TOLD_TOGETHER * TOLD_TOGETHER)

    def test_what_comes_after_a_message_is_kept(self) -> None:
        for log in (self.lobby, self.other):
            self.setUp()
            self.come(150, [0])
            self.say(log)
            self.assertEqual(self.come(5000, [6000]), TOLD_TOGETHER)
