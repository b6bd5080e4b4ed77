"""Logs on this machine."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.files.logs import LONGEST_NAME, Logs, file_name
from tests.client.screen.seats import TtyTestCase

AT = "2026-11-26T08:15:01.000Z"
LOCAL = datetime.fromisoformat(AT).astimezone()
DAY, TIME = f"{LOCAL:%Y-%m-%d}.log", f"{LOCAL:%H:%M:%S}"


class LogTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()), "logs")
        self.told: list[str] = []
        self.logs = Logs(self.folder, "work", self.told.append)
        self.hears("welcome", name="bob", others=2, rooms=["#lobby"])

    def hears(self, event: str, **fields: Any) -> None:
        self.logs.hear({"event": event, "at": AT, **fields})

    def says(self, room: str, text: str, **fields: Any) -> None:
        self.hears("said", **{"room": room, "from": "ann", "text": text, "id": 9, **fields})

    def has(self, where: str, *lines: str) -> None:
        found = (self.folder / "work" / where / DAY).read_text()
        self.assertEqual(found, "".join([f"{TIME} {line}\n" for line in lines]))

    def test_a_file_a_room_and_a_day(self) -> None:
        self.says("#Ops", "one\ntwo")
        self.says("#ops", "three \x1b[31m")
        self.says("#ops", "old", recalled=True)
        self.hears("direct", **{"from": "ann", "to": "bob", "text": "psst"})
        self.hears("direct", **{"from": "bob", "to": "ann", "text": "yes"})
        self.logs.hear({"error": {"code": "no", "text": "no"}})
        self.assertIn("one\n", (self.folder / "work" / "#ops" / DAY).read_text())
        self.assertNotIn("\x1b", (self.folder / "work" / "#ops" / DAY).read_text())
        self.assertNotIn("old", (self.folder / "work" / "#ops" / DAY).read_text())
        self.has("@ann", "ann (to bob only): psst", "bob (to ann only): yes")
        self.assertEqual(
            {each.name for each in self.folder.rglob("*")} - {DAY}, {"work", "#ops", "@ann"}
        )
        for each in (self.folder, *self.folder.rglob("*")):
            mode = 0o700 if each.is_dir() else 0o600
            self.assertEqual(each.stat().st_mode & 0o777, mode, each)

    def test_no_file_stays_open(self) -> None:
        before = len(os.listdir("/dev/fd"))
        for turn in range(2):
            for number in range(20):
                self.says(f"#room{number}", f"hi {turn}")
        self.assertEqual(len(os.listdir("/dev/fd")), before)
        self.assertEqual(len([*self.folder.rglob("*.log")]), 20)
        self.has("#room0", "#room0 ann: hi 0", "#room0 ann: hi 1")

    def test_a_file_that_was_moved_away_is_made_anew(self) -> None:
        self.says("#ops", "one")
        self.folder.rename(self.folder.with_name("old"))
        self.says("#ops", "two")
        self.has("#ops", "#ops ann: two")
        self.assertEqual(self.told, [])

    def test_a_full_disk_is_told_once_and_when_it_works_again(self) -> None:
        room = self.folder / "work" / "#ops"
        room.mkdir(parents=True)
        (room / DAY).symlink_to("/dev/full")
        for text in ("lost", "lost, too"):
            self.says("#ops", text)
        self.assertEqual(
            self.told,
            [f"The log cannot be written: {room / DAY}: No space left on device"],
        )
        (room / DAY).unlink()
        self.says("#ops", "here")
        self.says("#ops", "and here")
        self.assertEqual(self.told[1:], ["The log is written again, without 2 of its messages."])
        self.assertNotIn("lost", (room / DAY).read_text())

    def test_no_folder_no_logs(self) -> None:
        logs = Logs(None, "work", self.told.append)
        logs.hear({"event": "said", "at": AT, "room": "#ops", "from": "ann", "text": "hi", "id": 1})
        self.assertFalse(self.folder.exists())

    def test_names_of_files_are_safe(self) -> None:
        for text, name in {
            "#ops": "#ops",
            "../x": "%2E.%2Fx",
            "..": "%2E.",
            "": "%",
            "a%b": "a%25b",
            "\u202ex\0": "%E2%80%AEx%00",
            "[::1]:5000": "%5B::1%5D:5000",
            "café": "café",
        }.items():
            self.assertEqual(file_name(text), name)
        one, other = file_name("é" * 300), file_name("é" * 301)
        self.assertLessEqual(len(one.encode()), LONGEST_NAME)
        self.assertNotEqual(one, other)


class TerminalTests(TtyTestCase):
    def test_the_screen_and_plain_lines(self) -> None:
        settings = self.folder / "client.toml"
        settings.write_text(f'logs = "{self.folder}/logs"\n')
        address = ("127.0.0.1", str(self.port), "--settings", str(settings))
        bob = self.comes("--settings", str(settings))
        cat = self.sits_down(*address, "--plain")
        cat.sees("Welcome, you are client3.")
        bob.types("hello there\r")
        self.ann.sees("client2: hello there")
        cat.types("and here\r")
        self.ann.sees("client3: and here")
        for seat in (bob, cat):
            seat.types("/quit\r")
            self.assertEqual(seat.ends(), 0)
        [file] = (self.folder / "logs" / f"127.0.0.1:{self.port}" / "#lobby").iterdir()
        text = file.read_text()
        self.assertRegex(text, r"(?m)^\d\d:\d\d:\d\d client2: hello there$")
        self.assertRegex(text, r"(?m)^\d\d:\d\d:\d\d client3: and here$")
