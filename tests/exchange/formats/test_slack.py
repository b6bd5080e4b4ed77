"""Exports of Slack are read."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import Any
from unittest.mock import patch

from chatsvc.exchange import files
from chatsvc.exchange.formats.fields import emoji_of
from chatsvc.exchange.said import Message, Room
from tests.exchange.formats.reading import ReadingTestCase

USERS = [
    {"id": "U1", "name": "ann", "profile": {"display_name": "Ann B.", "real_name": "Ann Bee"}},
    {"id": "U2", "name": "bob", "profile": {"display_name": ""}},
]
CHANNELS = [
    {
        "id": "C1", "name": "general", "created": 1700000000,
        "topic": {"value": "All &amp; everything", "creator": "U2", "last_set": 1700000100},
    },
    {"id": "C2", "name": "random", "created": 1700000000},
]  # fmt: skip
GROUPS = [{"id": "G1", "name": "secret", "created": 1700000000}]


def said(ts: str, text: str, user: str = "U1", **more: Any) -> dict[str, Any]:
    return {"type": "message", "ts": ts, "text": text, "user": user, **more}


class SlackTests(ReadingTestCase):
    def zipped(self, *messages: object, **more: object) -> Any:
        files: dict[str, object] = {"users.json": USERS, "channels.json": CHANNELS}
        files |= {"groups.json": GROUPS, "general/2026-11-26.json": list(messages)}
        return self.zips(files | more)

    def texts(self, *messages: object) -> list[str]:
        return [text for _, text in self.said(self.zipped(*messages))]

    def test_channels(self) -> None:
        self.assertEqual(
            self.rooms(self.zipped()),
            [
                Room("#general", "All & everything", "bob", 1700000100.0, 1700000000.0, "public"),
                Room("#random", made_at=1700000000.0),
                Room("#secret", made_at=1700000000.0, privacy="invite-only"),
            ],
        )

    def test_what_was_said(self) -> None:
        path = self.zipped(
            said("1764151200.000100", "Hello"),
            said("1764151201.5", "waves", "U2", subtype="me_message"),
            said("1764151202.0", "built", "", subtype="bot_message", username="ci", bot_id="B1"),
            said("1764151203.0", "gone", "U9"),
        )
        self.assertEqual(
            self.messages(path),
            [
                Message(
                    "#general", 1764151200.0001, "Said", "Ann B.", "Hello", ref="1764151200.000100"
                ),
                Message("#general", 1764151201.5, "Acted", "bob", "waves", ref="1764151201.5"),
                Message("#general", 1764151202.0, "Said", "ci[hook]", "built", ref="1764151202.0"),
                Message("#general", 1764151203.0, "Said", "U9", "gone", ref="1764151203.0"),
            ],
        )

    def test_marks_and_entities(self) -> None:
        for text, plain in [
            ("<@U1> and <@U2|b>, <@U9|nine>", "@Ann B. and @bob, @nine"),
            ("in <#C2|old> and <#C9|nine>", "in #random and #nine"),
            ("<!here> <!subteam^S1|@ops> <!date^1^{date}|today>", "@here @ops today"),
            ("<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"),
            ("<https://a.example|a page>", "a page (https://a.example)"),
            ("<mailto:a@b.example|a@b.example>", "a@b.example"),
            ("a &lt;b&gt; &amp;lt;", "a <b> &lt;"),
            ("1 < 2", "1 < 2"),
            ("two\nlines\n", "two\nlines"),
        ]:
            self.assertEqual(self.texts(said("1764151200.1", text)), [plain])

    def test_answers_and_reactions(self) -> None:
        thread = {"thread_ts": "1764151200.1"}
        liked = [
            {"name": "tada", "users": ["U2", "U9", 7], "count": 3},
            {"name": "+1::skin-tone-2", "users": ["U1"]},
            {"name": "our-own", "users": ["U1"]},
            {"name": "joy", "users": None},
            {"users": ["U1"]},
            "odd",
        ]
        path = self.zipped(
            said("1764151200.1", "Who deploys?", **thread, reactions=liked),
            said("1764151205.1", "I do", "U2", **thread, reactions="odd"),
        )
        self.assertEqual([what for what, _ in self.left_out(path)], ["reactions without a name"])
        facts = ("#general", 1764151200.1)
        self.assertEqual(
            self.messages(path),
            [
                Message(*facts, "Said", "Ann B.", "Who deploys?", ref="1764151200.1"),
                *[
                    Message(*facts, "Reacted", who, what, answers="1764151200.1")
                    for who, what in [
                        ("bob", "\N{PARTY POPPER}"),
                        ("U9", "\N{PARTY POPPER}"),
                        ("Ann B.", "\N{THUMBS UP SIGN}"),
                        ("Ann B.", ":our-own:"),
                    ]
                ],
                Message(
                    *("#general", 1764151205.1, "Said", "bob", "I do"),
                    ref="1764151205.1", answers="1764151200.1",
                ),
            ],
        )  # fmt: skip

    def test_without_the_library_emoji_keep_their_names(self) -> None:
        with patch.dict(sys.modules, emoji=None):
            self.assertEqual(emoji_of("tada"), ":tada:")

    def test_files_and_attachments(self) -> None:
        found = self.texts(
            said("1764151200.1", "look", files=[{"name": "a.png"}, "odd", {}]),
            said("1764151201.1", "", attachments=[{"fallback": "down: <https://x>"}, 7]),
        )
        self.assertEqual(found, ["look\n[file: a.png]\n[file: ]", "down: https://x"])

    def test_what_is_left_out(self) -> None:
        path = self.zipped(
            said("1764151200.1", "joined", subtype="channel_join"),
            said("yesterday", "no time"),
            "odd",
            **{"dms.json": [], "D1/2026-11-26.json": [], "random/2026-11-26.json": b"{broken"},
        )
        day = "general/2026-11-26.json, message"
        self.assertEqual(
            self.left_out(path),
            [
                ("days of direct messages, and of unknown channels", "D1/2026-11-26.json"),
                ("joins, parts and the like", f"{day} 1"),
                ("messages with a time that is none", f"{day} 2"),
                ("messages of no known form", f"{day} 3"),
                ("days that are no list in JSON, or too large", "random/2026-11-26.json"),
                ("lists of direct messages", "dms.json"),
            ],
        )

    def test_a_zip_file_without_channels(self) -> None:
        self.assertIn("channels.json", self.refuses(self.zips({"a.txt": b"x"}), form="slack"))
        path = self.zips({"channels.json": {"no": "list"}})
        self.assertIn("no list", self.refuses(path))

    def test_a_path_that_leads_out(self) -> None:
        for name in ("../../etc/passwd", "/etc/passwd", "a/../../b", "a\\..\\b"):
            path = self.zips({"channels.json": CHANNELS, name: b"x"})
            self.assertIn("attack", self.refuses(path))

    def test_a_zip_bomb(self) -> None:
        path = self.zips({"channels.json": CHANNELS, "general/2026-11-26.json": bytes(2**22)})
        self.assertIn("zip bomb", self.refuses(path))

    def test_a_zip_file_that_lies_about_sizes(self) -> None:
        data = bytearray(self.zips({"channels.json": bytes(2**20)}).read_bytes())
        size = (2**20).to_bytes(4, "little")
        while (place := data.find(size)) >= 0:
            data[place : place + 4] = (10).to_bytes(4, "little")
        self.assertIn(
            "export.zip", self.refuses(self.writes("export.zip", bytes(data)), form="slack")
        )

    def test_a_day_that_is_too_large(self) -> None:
        self.patch(files, "MEMBER_BYTES", 1000)
        path = self.zips({"channels.json": CHANNELS, "general/2026-11-26.json": [*range(1000)]})
        self.assertEqual(len(self.left_out(path)), 1)

    def test_too_many_files(self) -> None:
        self.patch(files, "MEMBERS", 2)
        path = self.zips({"channels.json": CHANNELS, "a": b"", "b": b""})
        self.assertIn("more than 2 files", self.refuses(path))

    def test_broken_and_encrypted_zip_files(self) -> None:
        whole = self.zipped(said("1764151200.1", "x" * 100)).read_bytes()
        for data in (whole[:-30], whole[: len(whole) // 2], b"PK\x03\x04nonsense"):
            self.assertIn("no zip file", self.refuses(self.writes("x.zip", data), form="slack"))
        buffer = io.BytesIO(whole)
        with zipfile.ZipFile(buffer) as archive:
            place = archive.getinfo("channels.json").header_offset
        spoilt = bytearray(whole)
        spoilt[place + 45 : place + 60] = bytes(15)
        self.assertIn("broken", self.refuses(self.writes("x.zip", bytes(spoilt)), form="slack"))
        secret = bytearray(whole)
        central = secret.find(b"PK\x01\x02")
        secret[central + 8] |= 1
        self.assertIn("encrypted", self.refuses(self.writes("x.zip", bytes(secret))))

    def test_json_that_is_nested_too_deeply(self) -> None:
        deep = b"[" * 100_000 + b"]" * 100_000
        path = self.zips({"channels.json": CHANNELS, "general/2026-11-26.json": deep})
        self.assertEqual(len(self.left_out(path)), 1)
