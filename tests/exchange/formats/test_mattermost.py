"""Exports of Mattermost are read."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.exchange.said import Message, Room
from tests.exchange.formats.reading import ReadingTestCase

VERSION = {"type": "version", "version": 1}
CHANNEL = {
    "type": "channel",
    "channel": {"team": "t", "name": "ops", "type": "O", "header": "all of it"},
}


def post(text: str, at: int = 1764151200123, **more: Any) -> dict[str, Any]:
    facts = {"team": "t", "channel": "ops", "user": "ann", "message": text, "create_at": at}
    return {"type": "post", "post": facts | more}


def lines(*objects: object) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in objects)


class MattermostTests(ReadingTestCase):
    def exported(self, *objects: object) -> Any:
        return self.writes("export.jsonl", lines(VERSION, CHANNEL, *objects))

    def test_channels(self) -> None:
        private = {"type": "channel", "channel": {"team": "t", "name": "x", "type": "P"}}
        other = {"type": "channel", "channel": {"team": "u", "name": "ops", "type": "O"}}
        self.assertEqual(
            self.rooms(self.exported(private, other)),
            [
                Room("#ops", "all of it"),
                Room("#x", privacy="invite-only"),
                Room("#u-ops"),
            ],
        )

    def test_what_was_said(self) -> None:
        liked = {"user": "zoe", "emoji_name": "tada", "create_at": 1764151202000}
        reply = {"user": "bob", "message": "I do", "create_at": 1764151201000, "reactions": [liked]}
        path = self.exported(
            post("Who deploys?", replies=["odd", reply], reactions=[{**liked, "create_at": 1}, 7]),
            post("*waves*", type="me"),
            post("look", attachments=[{"path": "data/2026/a.png"}]),
            post("elsewhere", team="u"),
        )
        at, tada = 1764151200.123, "\N{PARTY POPPER}"
        one, two = "export.jsonl:3", "export.jsonl:3, reply 2"
        self.assertEqual(
            self.messages(path),
            [
                Message("#ops", at, "Said", "ann", "Who deploys?", ref=one),
                Message("#ops", at, "Reacted", "zoe", tada, answers=one),
                Message("#ops", 1764151201.0, "Said", "bob", "I do", ref=two, answers=one),
                Message("#ops", 1764151202.0, "Reacted", "zoe", tada, answers=two),
                Message("#ops", at, "Acted", "ann", "waves", ref="export.jsonl:4"),
                Message("#ops", at, "Said", "ann", "look\n[file: a.png]", ref="export.jsonl:5"),
                Message("#u-ops", at, "Said", "ann", "elsewhere", ref="export.jsonl:6"),
            ],
        )

    def test_what_is_left_out(self) -> None:
        direct = {"type": "direct_post", "direct_post": {"message": "psst"}}
        path = self.exported(
            {"type": "user", "user": {"username": "ann"}},
            direct,
            post("joined", type="system_join_channel"),
            post("no time", at=-5),
            post("liked", reactions=[{"user": "bob"}, {"user": "zoe", "emoji_name": ""}]),
            {"type": "post", "post": "odd"},
            7,
        )
        name = "export.jsonl"
        self.assertEqual(
            self.left_out(path),
            [
                ("direct messages", f"{name}:4"),
                ("joins, parts and the like", f"{name}:5"),
                ("messages with a time that is none", f"{name}:6"),
                *[("reactions without a name", f"{name}:7")] * 2,
                ("objects of no known form", f"{name}:8"),
                ("lines that are no JSON object", f"{name}:9"),
            ],
        )

    def test_in_a_zip_file(self) -> None:
        data = lines(VERSION, CHANNEL, post("hi")).encode()
        self.assertEqual(self.said(self.zips({"import.jsonl": data})), [("ann", "hi")])
        path = self.zips({"a.jsonl": data, "b.jsonl": data})
        self.assertIn("2 files", self.refuses(path))

    def test_of_another_version(self) -> None:
        for first in ({"type": "version", "version": 2}, CHANNEL):
            path = self.writes("export.jsonl", lines(first))
            self.assertIn("version 1", self.refuses(path))
        self.assertIn("empty", self.refuses(self.writes("x", ""), form="mattermost"))
