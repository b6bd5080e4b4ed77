"""Exports and imports of a real server, while people talk, and whatever is killed meanwhile."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from chatsvc.exchange.formats import own
from chatsvc.store import Stored
from tests.admin.processes import AdminProcessTestCase
from tests.disks import small_disk
from tests.patience import PATIENCE, only_long

MANY = 12_000
ROOMS = ("#a", "#b", "#c")
BEGIN = 1_700_000_000.25


@only_long
class RealArchiveTests(AdminProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.export = Path(self.folder) / "export.jsonl"
        with self.export.open("w") as file:
            file.write(own.header("rooms", BEGIN) + "\n")
            for n in range(MANY):
                facts = (n, "", n, BEGIN + n, "Said", f"bob{n % 7}", f"word{n} of many")
                file.write(own.message(Stored(*facts), ROOMS[n % len(ROOMS)]) + "\n")
            file.write(own.line(type="end", messages=MANY) + "\n")

    def opens_with_ann(self, *options: str) -> Any:
        server = self.opens(*options)
        self.ann = self.calls(self.port)
        self.ann.types("/nick ann", "/register correct-horse")
        self.ann.sees_some("The name ann is yours")
        return server

    def opens_again(self) -> Any:
        server = self.opens()
        self.ann = self.calls(self.port)
        return server

    def stored(self, folder: Path | None = None) -> int:
        """How many imported messages the store holds."""
        path = (folder or Path(self.folder)) / "chatsvc.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            query = "SELECT count(*) FROM said WHERE text GLOB 'word*'"
            [number] = database.execute(query).fetchone()
        return int(number)

    def waits_until(self, least: int, most: int = MANY) -> None:
        """Wait until the store holds so many imported messages."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if least <= self.stored() <= most:
                return
            time.sleep(0.01)
        self.fail(f"not {least} to {most} messages: {self.stored()}")

    def comes_back(self) -> None:
        """All that is in the export is in the server's."""
        (Path(self.folder) / "again.jsonl").unlink(missing_ok=True)
        [told] = self.facts("export", "all", "--output", "again.jsonl")
        self.assertGreaterEqual(told["messages"], MANY)
        lines = (Path(self.folder) / "again.jsonl").read_text().splitlines()
        found = [each for each in map(json.loads, lines) if each.get("room") in ROOMS]
        for room in ROOMS:
            wanted = [f"word{n} of many" for n in range(MANY) if ROOMS[n % len(ROOMS)] == room]
            self.assertEqual([each["text"] for each in found if each["room"] == room], wanted)

    def imports(self) -> tuple[int, str, str]:
        return self.admin("import", "export.jsonl", "--owner", "ann")

    def test_while_people_talk(self) -> None:
        self.opens_with_ann()
        importing = self.begins("import", "export.jsonl", "--owner", "ann")
        bob = self.calls(self.port)
        count = 0
        while importing.poll() is None:
            bob.types(f"hello {count}")
            self.ann.sees_some(f"hello {count}\n")
            count += 1
        self.assertEqual(self.ends(importing)[::2], (0, ""))
        self.assertGreater(count, 5)
        self.comes_back()
        bob.types("/join #b", "/history around 1", "/part")
        bob.sees_some("word11998 of many")
        deadline = time.monotonic() + PATIENCE
        self.ann.types("/join #a")
        while time.monotonic() < deadline:
            self.ann.types("/search word9", "/nothing")
            if "word9 of many" in self.ann.sees_some('"/nothing"'):
                break
            time.sleep(0.1)
        else:
            self.fail("what was imported is never found")
        status, out, err = self.imports()
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out, f"{MANY:,} messages were there already.\n")

    def test_a_server_that_is_killed(self) -> None:
        server = self.opens_with_ann()
        importing = self.begins("import", "export.jsonl", "--owner", "ann")
        self.waits_until(200, MANY // 2)  # the rest takes longer than a kill
        server.send_signal(signal.SIGKILL)
        server.wait()
        status, _, err = self.ends(importing)
        self.assertEqual((status, "server" in err), (3, True), err)
        self.opens_again()
        self.assertEqual([each["name"] for each in self.facts("rooms")], ["#lobby"])
        self.assertEqual(self.imports()[0], 0)
        self.comes_back()
        self.waits_until(MANY, MANY)  # what was left of the first try is deleted

    def test_a_disk_that_gets_full(self) -> None:
        """The import ends before, and people can talk on; nothing is left of it."""
        disk = small_disk(self, Path(self.folder), "size=30m")
        with self.export.open("w") as file:
            file.write(own.header("rooms", BEGIN) + "\n")
            for n in range(4000):
                facts = (n, "", n, BEGIN + n, "Said", "bob", f"word{n} " + "x" * 8000)
                file.write(own.message(Stored(*facts), "#a") + "\n")
        self.opens_with_ann(f"--store=sqlite:{disk}/chatsvc.sqlite")
        importing = self.begins(
            *("--socket", disk / "chatsvc.admin", "import", "export.jsonl", "--owner", "ann")
        )
        count = 0
        while importing.poll() is None:
            self.ann.types(f"hello {count}")
            self.ann.sees_some(f"hello {count}\n")
            count += 1
        status, _, err = self.ends(importing)
        self.assertEqual((status, "nearly full" in err), (1, True), err)
        deadline = time.monotonic() + PATIENCE
        while self.stored(disk) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.stored(disk), 0)
        self.ann.types("x" * 8000, "still here")
        self.ann.sees_some("still here")

    def test_a_console_that_is_killed(self) -> None:
        self.opens_with_ann()
        importing = self.begins("import", "export.jsonl", "--owner", "ann")
        self.waits_until(200, MANY // 2)
        importing.send_signal(signal.SIGKILL)
        importing.wait()
        self.waits_until(0, 0)
        self.assertEqual(self.imports()[0], 0)
        self.comes_back()
