"""Files of strangers: whatever is in them, it is left out, or the file is refused, in bounds."""

from __future__ import annotations

import contextlib  # trial takes a `suppress` for its own
import json
import os
import zipfile
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from chatsvc.exchange import files, spool
from chatsvc.exchange.formats import own
from chatsvc.exchange.names import LONGEST_READ, Names
from chatsvc.exchange.preparing import LONGEST_REFERENCE, REACTIONS, Prepared
from chatsvc.exchange.reading import FORMATS, read
from chatsvc.exchange.said import Unreadable
from chatsvc.exchange.spool import AT_ONCE, Spool, spooled
from chatsvc.store import StoreError
from chatsvc.stores import disk
from tests.disks import small_disk
from tests.exchange.formats.reading import ReadingTestCase, at
from tests.patience import much

NOW = at(2026, 11, 26)
LONG = "x" * 1_000_000
HEAD = own.header("rooms", NOW)
CHANNELS = [{"id": "C1", "name": "general"}]
DAY = "general/2026-11-26.json"
SAID = {"type": "message", "user": "U1", "text": "hi", "ts": "1764151200.1"}
SLACKS = (*SAID, "subtype", "thread_ts", "files", "reactions", "bot_profile", "attachments")
MATTERMOSTS = (
    "team", "channel", "user", "message", "create_at", "replies", "reactions", "attachments",
    "type", "name", "header",
)  # fmt: skip
# What may stand anywhere in an object of JSON.
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(some.characters()),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=5,
)


def said(**facts: Any) -> str:
    usual = {"type": "message", "room": "#a", "id": 1, "at": NOW, "kind": "said", "by": "bob"}
    return json.dumps(usual | {"text": "hi"} | facts)


class HostileTestCase(ReadingTestCase):
    def prepares(self, path: Path, form: str = "") -> tuple[Prepared, list[list[Any]]]:
        """What would be imported, and the rows that would be sent."""
        held = Spool()
        self.addCleanup(held.close)
        prepared = Prepared(Names({}), held, NOW + 1000)
        prepared.take(read(path, form, "#log" if form in ("weechat", "irssi") else "", None))
        held.drop_loose(REACTIONS)
        rows = [
            row
            for batch in held.batches(1, [*prepared.rooms.values()])
            for row in json.loads(batch)
        ]
        return prepared, rows

    def own(self, *lines: str) -> Path:
        return self.writes("x.jsonl", "\n".join([HEAD, *lines, ""]))


class ObjectTests(HostileTestCase):
    """Objects of JSON."""

    def test_times_that_are_none_and_numbers_that_are_too_large(self) -> None:
        times = [-1, "now", True, float("nan"), float("inf"), 10**30, [], None]
        numbers = ['{"type":"message","at":' + "9" * 5000 + "}", said(id=10**4000), said(id=1e400)]
        path = self.own(*[said(at=each) for each in times], *numbers)
        prepared, rows = self.prepares(path)
        self.assertEqual(prepared.left_out["messages with a time that is none"][0], len(times))
        self.assertEqual(len(rows), 2)

    def test_nothing_is_of_the_future(self) -> None:
        prepared, rows = self.prepares(self.own(said(at=NOW + 1001), said(at=NOW + 1000)))
        self.assertEqual([row[3] for row in rows], [NOW + 1000])
        self.assertEqual(prepared.left_out["messages of the future"][0], 1)

    def test_any_depth(self) -> None:
        for depth in (*range(900, 1000, 7), 100_000):
            deep = "[" * depth + "]" * depth
            path = self.own(f'{{"type":{deep}}}', f'{{"type":"message","kind":{deep}}}', said())
            self.assertEqual(len(self.prepares(path)[1]), 1, depth)

    def test_fields_twice(self) -> None:
        [row] = self.prepares(self.own('{"by":"ann",' + said()[1:]))[1]
        self.assertEqual(row[5], "bob")

    def test_halves_of_surrogate_pairs_anywhere(self) -> None:
        half = "\ud800"
        room = json.dumps({"type": "room", "name": f"#{half}", "topic": half, "topic_by": half})
        path = self.own(room, *[said(**{each: half}) for each in ("room", "by", "account", "text")])
        prepared, rows = self.prepares(path)
        self.assertEqual(len(rows), 4)
        json.dumps([rows, [*prepared.facts.values()]], ensure_ascii=False).encode()

    def test_answers_in_a_circle_and_to_themselves(self) -> None:
        path = self.own(said(reply_to=2), said(id=2, reply_to=1), said(id=3, reply_to=3))
        self.assertEqual([row[8] for row in self.prepares(path)[1]], [2, 1, 3])

    def test_long_fields_are_not_kept(self) -> None:
        lines = [
            said(**{field: f"{number}{LONG}"})
            for number in range(5)
            for field in ("room", "by", "account")
        ]
        room = json.dumps({"type": "room", "name": "#a", "topic": LONG, "topic_by": LONG})
        prepared, rows = self.prepares(self.own(room, *lines))
        self.assertEqual(len(rows), len(lines))
        self.assertLess(len(json.dumps([rows, prepared.facts, prepared.named])), 30_000)
        self.assertLessEqual(max(map(len, prepared.names.changed)), LONGEST_READ)
        day = [SAID | {"ts": f"176415120{'0' * LONGEST_REFERENCE}"}, SAID | {"thread_ts": LONG}]
        rows = self.prepares(self.zips({"channels.json": CHANNELS, DAY: day}))[1]
        self.assertEqual([row[8] for row in rows], [0])

    def test_accounts_that_nobody_can_have(self) -> None:
        names = ["ann", "\x1b[2J", "server", "a" * 100, "\u202eann", "x y"]
        rows = self.prepares(self.own(*[said(account=each) for each in names]))[1]
        self.assertEqual([row[7] for row in rows], ["ann", "", "", "", "", ""])

    def test_a_person_and_a_room_of_the_same_name(self) -> None:
        for speakers, there in ((["#ops"], ["ops"]), (["ops", "#ops"], ["ops", "ops_2"])):
            lines = [said(room="#ops", by=each) for each in speakers]
            prepared, rows = self.prepares(self.own(*lines))
            self.assertEqual(([row[5] for row in rows], [*prepared.rooms]), (there, ["#ops"]))
        person, room = {"by": "#ops"}, {"room": "#ops"}
        prepared, rows = self.prepares(self.own(said(**person), said(**room)))
        self.assertEqual([*prepared.rooms], ["#a", "#ops"])

    def test_privacy_that_is_unknown(self) -> None:
        room = json.dumps({"type": "room", "name": "#a", "privacy": "none"})
        self.assertEqual(self.prepares(self.own(room))[0].room_of("#a").privacy, "invite-only")

    @pytest.mark.long
    @settings(max_examples=much(100, 400))
    @given(some.dictionaries(some.sampled_from(list(json.loads(said()))), VALUES))
    def test_whatever_the_fields(self, facts: dict[str, Any]) -> None:
        for row in self.prepares(self.own(said(**facts)))[1]:
            row_types = [type(each) for each in row]
            self.assertEqual(row_types, [int, int, int, float, int, str, str, str, int])

    @pytest.mark.long
    @settings(max_examples=much(100, 400))
    @given(VALUES, some.dictionaries(some.sampled_from(SLACKS), VALUES))
    def test_whatever_slack_says(self, value: Any, facts: dict[str, Any]) -> None:
        channels = [*CHANNELS, value, {"id": value, "name": "b", "topic": value, "created": value}]
        users = [value, {"id": "U1", "name": value, "profile": value}]
        day = [value, SAID | facts, facts]
        self.prepares(self.zips({"channels.json": channels, "users.json": users, DAY: day}))

    @pytest.mark.long
    @settings(max_examples=much(100, 400))
    @given(VALUES, some.dictionaries(some.sampled_from(MATTERMOSTS), VALUES))
    def test_whatever_mattermost_says(self, value: Any, facts: dict[str, Any]) -> None:
        post = {"create_at": NOW * 1000, "user": "ann", "message": "hi"} | facts
        lines = [
            {"type": "version", "version": 1},
            value,
            {"type": "channel", "channel": facts},
            {"type": "post", "post": post | {"replies": [value, post], "reactions": [value, post]}},
            {"type": value, "post": facts},
        ]
        self.prepares(self.writes("x.jsonl", "\n".join(map(json.dumps, lines))), "mattermost")


class LogTests(HostileTestCase):
    """Logs, which are lines."""

    LINES = (
        "--- Log opened Thu Nov 26 10:00:00 2026", "--- Day changed Fri Nov 27 0000",
        "10:00 <@ann> hi", "99:99 <ann> hi", "10:00 -ann:#ops- hi", "10:00  * ann hi",
        "2026-11-26 10:00:00\tann\thi", "9999-12-31 23:59:59\t *\tann hi",
        "0001-01-01 00:00:00\tann\thi", "٢٠٢٦-١١-٢٦ 10:00:00\tann\thi",
    )  # fmt: skip

    @pytest.mark.long
    @settings(max_examples=much(100, 400))
    @given(some.lists(some.sampled_from(LINES) | some.text()), some.binary())
    def test_whatever_the_lines(self, lines: list[str], more: bytes) -> None:
        path = self.writes("x.log", "\n".join(lines).encode() + more)
        for form in ("weechat", "irssi", "chatsvc", "mattermost"):
            with contextlib.suppress(Unreadable):
                self.prepares(path, form)

    def test_links_lead_nowhere(self) -> None:
        self.writes("logs/#ops.log", "--- Log opened Thu Nov 26 10:00:00 2025\n10:00 <ann> hi\n")
        secret = self.writes(
            "secret", "--- Log opened Thu Nov 26 10:00:00 2025\n10:00 <ann> psst\n"
        )
        (self.folder / "logs" / "#more.log").symlink_to(secret)
        os.mkfifo(self.folder / "logs" / "#pipe.log")
        self.assertEqual(self.said(self.folder / "logs"), [("ann", "hi")])


class FileTests(HostileTestCase):
    """Files of other kinds, and broken ones."""

    def test_what_has_no_end(self) -> None:
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        for path in (pipe, Path("/dev/zero"), Path("/dev/null")):
            for form in ("", *FORMATS):
                self.assertEqual(self.refuses(path, form=form), f"{path} is no ordinary file.")

    def test_no_file_and_an_empty_one(self) -> None:
        self.assertRaises(FileNotFoundError, self.reads, self.folder / "none")
        empty = self.writes("empty", "")
        for form in ("", "chatsvc", "slack", "mattermost"):
            self.assertIn("empty", self.refuses(empty, form=form))

    @pytest.mark.long
    def test_zip_files_that_are_broken_anywhere(self) -> None:
        path = self.zips({"channels.json": CHANNELS, "users.json": [], DAY: [SAID] * 9})
        whole = path.read_bytes()
        random = Random(1)
        for _ in range(much(500, 4000)):
            data = bytearray(whole)
            for _ in range(random.randint(1, 5)):
                data[random.randrange(len(data))] = random.randrange(256)
            path.write_bytes(data[: random.choice([len(data), random.randrange(len(data))])])
            for form in ("", "slack", "mattermost"):
                with contextlib.suppress(Unreadable):
                    self.reads(path, form)

    def test_a_zip_file_of_several_disks(self) -> None:
        locator = b"PK\x06\x07" + bytes(12) + b"\x02\0\0\0"
        path = self.writes("x.zip", locator + b"PK\x05\x06" + bytes(18))
        for form in ("", "slack", "mattermost"):
            self.assertIn("is no zip file, or is broken", self.refuses(path, form=form))

    def test_one_that_changes_while_it_is_read(self) -> None:
        days = {f"general/2026-11-{day:02}.json": [SAID] * 500 for day in range(1, 28)}
        for name, how in (("cut", "r+b"), ("other", "wb")):
            path = self.zips({"channels.json": CHANNELS, **days}, f"{name}.zip")
            found = read(path, "", "", None)
            next(found)
            with path.open(how) as file:
                file.truncate(path.stat().st_size // 2 if how == "r+b" else 0)
                file.write(b"x" * 10_000)
            with contextlib.suppress(Unreadable):
                self.assertLess(len(list(found)), 27 * 500)
        path = self.own(*[said()] * 5000)
        found = read(path, "", "", None)
        next(found)
        path.write_bytes(b"")
        self.assertLess(len(list(found)), 5000)

    def zipped(self, *members: tuple[str, str], how: int = zipfile.ZIP_DEFLATED) -> Path:
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w", how) as archive:
            for name, data in members:
                archive.writestr(zipfile.ZipInfo(name), data, how)
        return self.writes("x.zip", buffer.getvalue())

    def test_other_ways_to_pack(self) -> None:
        for how in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            self.assertIn("another way", self.refuses(self.zipped(("a", "x"), how=how)))

    def test_a_file_that_is_in_it_twice(self) -> None:
        with pytest.warns(UserWarning, match="Duplicate"):
            path = self.zipped((DAY, "[]"), (DAY, "[]"))
        self.assertIn(f"{DAY} is in the zip file 2 times", self.refuses(path))

    def test_bytes_that_stand_for_many_files(self) -> None:
        data = "x" * (2 * files.SMALL)
        path = self.zipped(*[(f"{number}", data) for number in range(3)])
        packed = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            second, first = archive.infolist()[1], archive.infolist()[0]
        buffer = BytesIO(packed)
        with zipfile.ZipFile(buffer, "a") as archive:
            for number in range(files.MANY // 2):
                copied = zipfile.ZipInfo(f"copy{number}")
                for each in ("compress_type", "compress_size", "file_size", "header_offset", "CRC"):
                    setattr(copied, each, getattr(second, each))
                archive.filelist.append(copied)
            archive._didModify = True  # type: ignore[attr-defined]  # as after it has written
        self.assertLess(first.file_size, files.MOST_RATIO * first.compress_size * 3)
        self.patch(files, "MOST_RATIO", first.file_size // first.compress_size + 1)
        self.assertIn("zip bomb", self.refuses(self.writes("x.zip", buffer.getvalue())))

    def test_many_files_each_of_which_is_small(self) -> None:
        self.patch(files, "MANY", 8)
        data = "x" * files.SMALL
        for number, why in (
            (files.MANY, "0 files that end in .jsonl"),
            (files.MANY + 1, "a zip bomb"),
        ):
            path = self.zipped(*[(str(each), data) for each in range(number)])
            self.assertLess(files.MOST_RATIO * path.stat().st_size, number * files.SMALL)
            self.assertIn(why, self.refuses(path))


class NameTests(HostileTestCase):
    def test_thousands_that_become_the_same(self) -> None:
        asked = 0

        def count(name: str) -> str:
            nonlocal asked
            asked += 1
            return allowed(name)

        known = Names({})
        for kind in (known._people, known._rooms):
            allowed = kind._allowed
            self.patch(kind, "_allowed", count)
        names = ["!" * (n % 100) + "?" * (n // 100) for n in range(1, 2000)]
        found = {known.person(name) for name in names}
        self.assertEqual(len(found), len(names))
        self.assertEqual(len({known.room(f"#{name}") for name in names}), len(names))
        self.assertLess(asked, 5 * len(names))

    def test_two_spellings_of_one_with_a_number(self) -> None:
        known = Names({})
        self.assertEqual(known.person("bob|x"), "bob-x")
        self.assertEqual(known.person("bob.x"), "bob-x_2")
        self.assertEqual(known.person("BOB.x"), "bob-x_2")
        self.assertEqual(known.person("bob,x"), "bob-x_3")


class DiskTests(HostileTestCase):
    def test_the_disk_of_the_spool_gets_full(self) -> None:
        folder = small_disk(self, self.folder)
        self.patch(os, "environ", os.environ | {"SQLITE_TMPDIR": str(folder)})
        path = self.own(*[said(id=n, text="x" * 1000) for n in range(AT_ONCE + 1)])
        with self.assertRaisesRegex(StoreError, f"the disk of {folder} is nearly full"):
            self.prepares(path)
        self.patch(spool, "check_spare", lambda folder, needed: None)
        why = "cannot be kept in .*: the disk is full"
        with self.assertRaisesRegex(StoreError, why), spooled() as held:
            for number in range(3 * AT_ONCE):
                held.add((0, number, 0, "ann", "x" * 1000, "", "", ""))
        self.assertEqual(list(folder.iterdir()), [])

    def test_bytes_are_counted_and_not_characters(self) -> None:
        counted: list[int] = []
        self.patch(spool, "check_spare", lambda folder, needed: counted.append(needed))
        with spooled() as held:
            held.add((0, 1.0, 0, "ann", "😀" * 10, "", "é", ""))
            held.rooms()
        self.assertEqual(counted, [3 + 40 + 2])

    def test_what_is_spare(self) -> None:
        folder = str(self.folder)
        disk.check_spare(folder, 0)
        self.assertRaises(StoreError, disk.check_spare, folder, 10**18)
