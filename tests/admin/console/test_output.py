"""What chatsvc-admin prints."""

from __future__ import annotations

import json
from io import StringIO

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.admin.answer import Facts, Item, Line, Row, Shown, at, lasting, size
from chatsvc.admin.console.output import ROWS_AT_ONCE, Output
from chatsvc.admin.protocol import answered, item_of


def printed(*items: Item, as_json: bool = False) -> list[str]:
    """What is printed of some items that have come over the socket."""
    stream = StringIO()
    output = Output(stream, as_json)
    for item in items:
        output.show(item_of(json.loads(answered(item))))
    output.finish()
    return stream.getvalue().splitlines()


class OutputTests(SynchronousTestCase):
    def test_a_table(self) -> None:
        rows = (
            Row({"name": "ann", "idle_for": lasting(12.25), "rooms": ["#a", "#b"], "is_op": True}),
            Row({"name": "日本語", "idle_for": lasting(90061), "rooms": [], "is_op": False}),
        )
        self.assertEqual(
            printed(*rows),
            [
                "NAME    IDLE FOR  ROOMS   IS OP",
                "ann     12s       #a, #b  yes",
                "日本語  1d 1h     -       no",
            ],
        )
        self.assertEqual(
            list(map(json.loads, printed(*rows, as_json=True))),
            [
                {"name": "ann", "idle_for": 12.25, "rooms": ["#a", "#b"], "is_op": True},
                {"name": "日本語", "idle_for": 90061, "rooms": [], "is_op": False},
            ],
        )

    def test_facts(self) -> None:
        facts = Facts({"version": "1.0", "most_memory": size(3 * 2**20 + 2**19), "account": None})
        self.assertEqual(
            printed(facts), ["version:     1.0", "most memory: 3.5 MiB", "account:     -"]
        )
        self.assertEqual(
            list(map(json.loads, printed(facts, as_json=True))),
            [{"version": "1.0", "most_memory": 3670016, "account": None}],
        )

    def test_lines(self) -> None:
        lines = (Line("one"), Line("two", {"number": 2}))
        self.assertEqual(printed(*lines), ["one", "two"])
        self.assertEqual(printed(*lines, as_json=True), ['{"text": "one"}', '{"number": 2}'])

    def test_all_in_their_order(self) -> None:
        self.assertEqual(
            printed(
                Line("a"), Row({"x": 1}), Row({"x": 2}), Line("b"), Row({"y": 3}), Row({"z": 4})
            ),
            ["a", "X", "1", "2", "b", "Y", "3", "Z", "4"],
        )

    def test_no_more_rows_wait_than_the_bound(self) -> None:
        stream = StringIO()
        output = Output(stream, as_json=False)
        for number in range(ROWS_AT_ONCE):
            output.show(Row({"number": number}))
        self.assertEqual(len(stream.getvalue().splitlines()), ROWS_AT_ONCE + 1)
        output.show(Row({"number": "the last"}))
        output.finish()
        self.assertEqual(len(stream.getvalue().splitlines()), ROWS_AT_ONCE + 2)

    def test_what_attacks_terminals(self) -> None:
        evil = "\x1b[31m\x9b2Jbob\r\n\u202egnp\x07"
        for item in (
            Row({evil: evil}),
            Facts({evil: Shown(1, evil)}),
            Line(evil),
            Row({"x": [evil]}),
        ):
            for as_json in (False, True):
                text = "".join(printed(item, as_json=as_json))
                self.assertTrue(text.isprintable(), text)

    def test_spans_moments_and_sizes(self) -> None:
        self.assertEqual(lasting(0.2).text, "0s")
        self.assertEqual(lasting(3600), Shown(3600, "1h"))
        self.assertEqual(at(0.0).value, "1970-01-01T00:00:00Z")
        self.assertEqual(
            [size(number).text for number in (0, 1023, 1024, 2**40, 2**55)],
            ["0 bytes", "1023 bytes", "1.0 KiB", "1.0 TiB", "32768.0 TiB"],
        )
