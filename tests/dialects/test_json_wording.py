"""Events worded as JSON lines: once for all who read them, and quickly what is said."""

from __future__ import annotations

import json
import unittest
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from chatsvc.chat.logs.log import Entry, Log
from chatsvc.dialects import json_lines
from chatsvc.dialects.json_lines import MOST_WORDED
from chatsvc.events.event import LOBBY
from chatsvc.events.speech import Noticed, Said
from tests.dialects.test_json_lines import JsonTestCase

EPOCH = datetime.fromtimestamp(0, UTC)


class SharedTests(JsonTestCase):
    def test_what_several_read_is_worded_once_whatever_each_is_told_besides(self) -> None:
        self.cat.types("/json")
        self.told(self.cat)
        worded = []

        def word(said: Said, entry_id: int, stamped: str) -> bytes:
            worded.append(said.text)
            return one(said, entry_id, stamped)

        one = json_lines._said
        self.patch(json_lines, "_said", word)
        self.ann.types(*[f"line {number}" for number in range(10)])
        for program in (self.bob, self.cat):
            program.types('{"do": "nothing"}')
        for program in (self.bob, self.cat):
            self.assertEqual(len(self.told(program)), 11)
        self.assertEqual(worded, [f"line {number}" for number in range(10)])

    def test_so_many_are_kept_worded(self) -> None:
        json_lines._worded.clear()
        entries = [self.said(number, f"line {number}") for number in range(2 * MOST_WORDED)]
        lines = [json_lines.wording([entry]) for entry in entries]
        self.assertEqual(json_lines.wording(entries), b"".join(lines))
        self.assertEqual(len(json_lines._worded), MOST_WORDED)

    def test_one_that_was_replaced_is_worded_anew(self) -> None:
        before, after = self.said(1, "before"), self.said(1, "after")
        self.assertIn(b"before", json_lines.wording([before]))
        self.assertIn(b"after", json_lines.wording([after]))

    @staticmethod
    def said(entry_id: int, text: str) -> Entry:
        return Entry(entry_id, Log(), 0.0, Said("ann", text, LOBBY), b"")


class SaidTests(unittest.TestCase):
    @given(
        st.tuples(st.text(), st.text(), st.text(), st.text(), st.text()),
        st.integers(0, 2**63 - 1),
        st.floats(0, 2**33) | st.integers(0, 2**33),
    )
    def test_what_is_said_is_an_object_like_any_other(
        self, fields: tuple[str, str, str, str, str], reply_to: int, at: float
    ) -> None:
        log = Log()
        said, noticed = (
            json_lines.wording([Entry(7, log, at, kind(*fields, reply_to=reply_to), b"")])
            for kind in (Said, Noticed)
        )
        self.assertEqual(said, noticed.replace(b"noticed", b"said", 1))

    @example([0.0009995, 0.0001], 1e9)
    @example([0.0001, 0.0009994, 0.0009995, 0.0009996, 0.001], 4417891200.0)
    @given(st.lists(st.floats(0, 0.003), max_size=9), st.integers(0, 2**33))
    def test_what_is_said_together_has_the_times_of_each(
        self, after: list[float], began: float
    ) -> None:
        log = Log()
        entries = [
            Entry(number, log, began + each, Said("ann", "hi", LOBBY), b"")
            for number, each in enumerate(after)
        ]
        together = json_lines.wording(entries)
        json_lines._worded.clear()
        self.assertEqual(together, b"".join([json_lines.wording([each]) for each in entries]))

    def test_times_are_in_whole_milliseconds(self) -> None:
        for at, words in (
            (0, "1970-01-01T00:00:00.000Z"),
            (1.0005, "1970-01-01T00:00:01.000Z"),
            (1.0009996, "1970-01-01T00:00:01.001Z"),
            (1.9999996, "1970-01-01T00:00:02.000Z"),
            (1764171766.789, "2025-11-26T15:42:46.789Z"),
            (1764171766.7899991, "2025-11-26T15:42:46.789Z"),
        ):
            line = json_lines.wording([Entry(1, Log(), at, Said("ann", "hi"), b"")])
            self.assertEqual(json.loads(line)["at"], words)

    @given(st.integers(0, 2**43))
    def test_a_whole_millisecond_is_that_one(self, milliseconds: int) -> None:
        line = json_lines.wording([Entry(1, Log(), milliseconds / 1000, Said("ann", "hi"), b"")])
        told = datetime.fromisoformat(json.loads(line)["at"])
        self.assertEqual(told - EPOCH, timedelta(milliseconds=milliseconds))
