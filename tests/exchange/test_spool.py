"""The spool puts messages into order, and drops those that are there already."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from itertools import count
from tempfile import TemporaryDirectory

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.exchange.spool import BATCH_CHARACTERS, BATCH_ROWS, Held, Row, Spool

SAID, REDACTED, REACTED = 0, 3, 4

# Says in which folders the spool and what SQLite sorts are, by the files that are open.
SORTING = """
import os
from chatsvc.exchange.spool import Spool

spool = Spool()
for number in range(2000):
    spool.add((0, -number, 0, "ann", "x" * 4000, "", "", ""))
batches = spool.batches(1, [0])
next(batches)
for descriptor in os.listdir("/proc/self/fd"):
    try:
        name = os.readlink(f"/proc/self/fd/{descriptor}")
    except FileNotFoundError:  # that which has listed them
        continue
    for file in ("/chatsvc-import-", "/etilqs_"):
        if file in name:
            print(file, name.partition(file)[0])
"""


def row(room: int, at: float, text: str, kind: int = SAID, speaker: str = "ann") -> Row:
    return room, at, kind, speaker, text, "", "", ""


class SpoolTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.spool = Spool()
        self.addCleanup(self.spool.close)

    def left(self, *rooms: int) -> list[str]:
        batches = map(json.loads, self.spool.batches(1, rooms))
        return [each[6] for batch in batches for each in batch]

    def test_they_are_in_the_order_of_time(self) -> None:
        for number in (3, 1, 2):
            self.spool.add(row(7, number, f"a{number}"))
            self.spool.add(row(5, number, f"b{number}"))
        self.assertEqual(self.spool.rooms(), {5: Held(3, 1, 3), 7: Held(3, 1, 3)})
        [batch] = self.spool.batches(100, [5, 7])
        places = [(0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3)]
        self.assertEqual(
            [each[:3] for each in json.loads(batch)],
            [[100 + n, 1 - room, position] for n, (room, position) in enumerate(places)],
        )
        self.assertEqual(self.left(5, 7), ["a1", "b1", "a2", "b2", "a3", "b3"])

    def test_it_is_where_sqlite_sorts(self) -> None:
        with TemporaryDirectory() as one, TemporaryDirectory() as two:
            named = self.sorts({"SQLITE_TMPDIR": one, "TMPDIR": two})
            self.assertEqual(named, {"/chatsvc-import-": one, "/etilqs_": one})
            other = self.sorts({"SQLITE_TMPDIR": f"{one}/none", "TMPDIR": two})
            self.assertEqual(other, {"/chatsvc-import-": two, "/etilqs_": two})
            usual = self.sorts({"TEMP": one})  # which Python follows
            self.assertEqual(usual["/chatsvc-import-"], usual["/etilqs_"])

    def sorts(self, variables: dict[str, str]) -> dict[str, str]:
        """The folders of files, by how their names begin."""
        others = {name: value for name, value in os.environ.items() if "TMP" not in name}
        command = [sys.executable, "-c", SORTING]
        told = subprocess.run(command, env=others | variables, check=True, stdout=subprocess.PIPE)
        return dict([line.split() for line in told.stdout.decode().splitlines()])

    def test_batches_are_small(self) -> None:
        for number in range(2 * BATCH_ROWS + 1):
            self.spool.add(row(0, number, "hi"))
        self.assertEqual(len(list(self.spool.batches(1, [0]))), 3)
        with closing(Spool()) as spool:
            for number in range(100):
                spool.add(row(0, number, "😀" * 500))
            for batch in spool.batches(1, [0]):
                self.assertLess(len(batch), BATCH_CHARACTERS + 1000)

    def test_answers_are_to_the_new_numbers(self) -> None:
        def add(room: int, at: float, ref: str, answers: str, kind: int = SAID) -> None:
            self.spool.add((*row(room, at, f"{ref}:{answers}", kind)[:6], ref, answers))

        add(0, 3.0, "c", "a")
        add(0, 1.0, "a", "")
        add(0, 2.0, "", "c")  # a clock was wrong
        add(1, 1.5, "", "a")  # that is elsewhere
        add(0, 4.0, "", "a", REACTED)
        add(0, 4.0, "", "nothing", REACTED)
        add(1, 4.0, "", "a", REACTED)
        self.assertEqual(self.spool.drop_loose([REACTED]), 2)
        for _ in range(2):
            [batch] = self.spool.batches(100, [0, 1])
            found = [(each[0], each[6], each[8]) for each in json.loads(batch)]
            self.assertEqual(
                found,
                [
                    (100, "a:", 0),
                    (101, ":a", 0),
                    (102, ":c", 103),
                    (103, "c:a", 100),
                    (104, ":a", 100),
                ],
            )

    def test_one_reference_of_thousands_is_found_as_quickly(self) -> None:
        steps: dict[int, int] = {}
        for number in (500, 2000):
            with closing(Spool()) as spool:
                for at in range(number):
                    spool.add((*row(0, at, "same")[:6], "a", ""))
                    spool.add((*row(0, at, "answer")[:6], "", "a"))
                calls = count()
                spool._db.set_progress_handler(lambda: 0 * next(calls), 100)  # noqa: B023  # it counts only within this round
                answers = [each[8] for batch in spool.batches(1, [0]) for each in json.loads(batch)]
                steps[number] = next(calls)
                self.assertEqual((answers.count(0), answers.count(1)), (number, number))
        self.assertLess(steps[2000], 8 * steps[500])

    def test_what_is_there_is_dropped_as_often_as_it_is_there(self) -> None:
        for number in range(4):
            self.spool.add(row(0, 1.0, "same"))
            self.spool.add(row(0, 1.0, f"other {number}"))
            self.spool.add(row(1, 1.0, "same"))
        self.spool.note_there([row(0, 1.0, "same"), row(0, 1.0, "same"), row(0, 2.0, "other 1")])
        self.spool.note_there([row(0, 1.0, "other 3")])
        self.assertEqual(self.spool.drop_there(REDACTED), 3)
        left = ["other 0", "same", "other 1", "same", "other 2", "same"]
        self.assertEqual(sorted(self.left(0, 1)), sorted([*left, *["same"] * 3]))

    def test_what_was_removed_there_does_not_come_back(self) -> None:
        self.spool.add(row(0, 1.0, "kept"))
        self.spool.add(row(0, 1.0, "removed since"))
        self.spool.add(row(0, 1.0, "of bob", speaker="bob"))
        self.spool.note_there([row(0, 1.0, "kept"), row(0, 1.0, "cat", REDACTED)])
        self.assertEqual(self.spool.drop_there(REDACTED), 2)
        self.assertEqual(self.left(0), ["of bob"])
