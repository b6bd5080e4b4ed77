"""Our own exports are read."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.exchange import files
from chatsvc.exchange.formats import own
from chatsvc.exchange.said import Message, Room
from chatsvc.store import Stored
from tests.exchange.formats.reading import ReadingTestCase

HEAD = own.header("rooms", 5.0)
STORED = Stored(7, "#ops/1", 3, 1764151200.1234567, "Said", "ann", "Hello", "nonce", "Ann")


class OwnTests(ReadingTestCase):
    def exported(self, *lines: str, head: str = HEAD) -> Any:
        return self.writes("export.jsonl", "\n".join([head, *lines, ""]))

    def test_what_was_written_is_read(self) -> None:
        room = own.line(
            type="room", name="#ops", owner="ann", topic="t", topic_by="bob", topic_at=2.5,
            made_at=1.5, privacy="hidden",
        )  # fmt: skip
        path = self.exported(room, own.message(STORED, "#ops"), own.line(type="end", messages=1))
        self.assertEqual(
            self.reads(path),
            [
                Room("#ops", "t", "bob", 2.5, 1.5, "hidden"),
                Message("#ops", 1764151200.1234567, "Said", "ann", "Hello", "Ann", "7"),
            ],
        )

    def test_what_a_message_answers_is_written(self) -> None:
        self.assertNotIn("reply_to", json.loads(own.message(STORED, "#ops")))
        answer = json.loads(own.message(STORED._replace(reply_to=3), "#ops"))
        self.assertEqual(answer["reply_to"], 3)
        for reply_to, answers in ((3, "3"), ("3", ""), (True, "")):
            path = self.exported(json.dumps(answer | {"kind": "reacted", "reply_to": reply_to}))
            [read] = self.messages(path)
            self.assertEqual((read.kind, read.ref, read.answers), ("Reacted", "7", answers))

    def test_each_line_is_one_object(self) -> None:
        said = own.message(STORED._replace(text="two\nlines \u2028 \ud83d\ude00"), "#ops")
        self.assertTrue(said.isascii())
        self.assertEqual(len(said.splitlines()), 1)

    def test_what_is_left_out(self) -> None:
        good = json.loads(own.message(STORED, "#ops"))
        for change, what in [
            ({"at": "soon"}, "messages with a time that is none"),
            ({"at": True}, "messages with a time that is none"),
            ({"at": 1e300}, "messages with a time that is none"),
            ({"kind": "shouted"}, "messages of no known form"),
            ({"text": 7}, "messages of no known form"),
            ({"type": "direct"}, "direct messages"),
            ({"type": ["odd"]}, "objects of no known form"),
        ]:
            path = self.exported(json.dumps(good | change), own.line(type="end"))
            self.assertEqual(self.left_out(path), [(what, "export.jsonl:2")], change)

    def test_one_that_is_cut_off(self) -> None:
        path = self.exported(own.message(STORED, "#ops"))
        [(what, _)] = self.left_out(path)
        self.assertIn("something is missing", what)

    def test_one_that_is_no_export(self) -> None:
        other = '{"chatsvc":"export","version":2,"of":"rooms"}'
        for head, why in [
            (own.header("person", 5.0), "of a person"),
            (other, "version"),
            ("[1]", "format"),
            ("hello", "format"),
        ]:
            self.assertIn(why, self.refuses(self.exported(head=head)), head)
        self.assertIn("begin", self.refuses(self.exported(head="{}"), form="chatsvc"))

    def test_lines_that_are_too_long(self) -> None:
        self.patch(files, "OBJECT_BYTES", 1000)
        long = own.message(STORED._replace(text="x" * 2000), "#ops")
        path = self.exported(long, own.message(STORED, "#ops"), own.line(type="end"))
        self.assertEqual(self.said(path), [("ann", "Hello")])
        self.assertEqual(self.left_out(path), [("lines that are too long", "export.jsonl:2")])
