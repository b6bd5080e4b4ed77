"""Exports and imports, with a server in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from getpass import getuser
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from twisted.internet.defer import Deferred

from chatsvc.admin.answer import Line
from chatsvc.admin.command import find
from chatsvc.admin.console import importing
from chatsvc.admin.protocol import ASKED_BYTES, question
from chatsvc.chat.history.importing import KIND_NAMES, NewRoom
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.settings import TOPIC_LENGTH
from chatsvc.clock import TURN_EVERY
from chatsvc.errors import ChatError, Misused
from chatsvc.events.speech import KINDS, MOST_REACTED, Reacted
from chatsvc.exchange.formats import own
from chatsvc.exchange.person import ACTS_AT_ONCE, person
from chatsvc.exchange.said import Found
from chatsvc.exchange.texts import TEXT_BYTES, messages_of
from chatsvc.exchange.wording import Wording
from chatsvc.store import Stored, StoreError
from chatsvc.text.names import ROOM_NAME_LENGTH
from tests.admin.archiving import BEGIN, ArchiveTestCase, TalkHere
from tests.patience import much
from tests.zone import move_to

MANY = 2000  # acts
SAID = some.tuples(
    some.sampled_from(["#a", "#b", "#Straße"]),
    some.floats(0, 1),
    some.sampled_from([name for name in KIND_NAMES if not issubclass(KINDS[name], Reacted)]),
    some.sampled_from(["ann", "zoë", "client7", "ci[hook]"]),
    some.text(min_size=1).map(lambda text: "".join(messages_of(text)[:1]) or "nothing"),
    some.sampled_from(["", "ann"]),
)


class ExportTests(ArchiveTestCase):
    def test_a_room(self) -> None:
        self.ann.asks("/join #tea", "green", "/topic Tea")
        self.bob.asks("/join #tea", "/me drinks", "black", "/part")
        black = self.messages(name="#tea")[-1]["id"]
        self.ann.asks(f"/redact {black} too dark", "/key secret")
        head, room, *said, end = self.exported(name="#TEA")
        self.assertEqual((head["chatsvc"], head["version"], head["of"]), ("export", 1, "rooms"))
        self.assertEqual((room["name"], room["owner"], room["topic"]), ("#tea", "ann", "Tea"))
        self.assertNotIn("secret", json.dumps(room))
        found = [(each["kind"], each["by"], each["text"], each.get("account")) for each in said]
        self.assertEqual(
            found,
            [
                ("said", "ann", "green", "ann"),
                ("acted", "client2", "drinks", None),
                ("redacted", "client2", 'ann: "too dark"', None),
            ],
        )
        self.assertEqual(end, {"type": "end", "messages": 3})

    def test_between_times(self) -> None:
        for text in ("one", "two", "three"):
            self.ann.asks(text)
            self.server.clock.advance(3600)
        [two] = [each for each in self.messages(name="#lobby") if each["text"] == "two"]
        at = repr(two["at"])
        self.assertEqual([each["text"] for each in self.messages(since=at)], ["two", "three"])
        self.assertEqual([each["text"] for each in self.messages(until=at)], ["one", "two"])
        self.assertEqual([each["text"] for each in self.messages(since="90m")], ["three"])
        self.assertIn("no time", self.refused_as("read-rooms", since="soon"))

    def test_long_messages_come_a_few_at_a_time(self) -> None:
        """To write a hundred at once would hold everybody up."""
        self.ann.asks("/join #tea")
        room = self.server.chat.rooms["#tea"]
        last = room.log.head
        said = [
            Stored(900 + n, room.key, last + n, BEGIN + n, "Said", "ann", '"' * TEXT_BYTES)
            for n in range(1, 50)
        ]
        self.server.store.append(said)
        texts = self.lines("read-rooms", name="#tea") + self.lines("read-person", name="ann")
        self.assertEqual(sum(text.count('"said"') for text in texts), 2 * len(said))
        self.assertLess(max(map(len, texts)), own.AT_ONCE + 3 * TEXT_BYTES)

    def refused_as(self, command: str, **arguments: object) -> str:
        [last] = self.asks(command, **arguments)
        return str(last.get("refused") or last.get("misused"))

    def test_all_rooms_and_none(self) -> None:
        self.ann.asks("in the lobby", "/join #tea", "green")
        self.assertEqual({each["room"] for each in self.messages()}, {"#lobby", "#tea"})
        self.assertEqual({each["room"] for each in self.messages(name="tea")}, {"#tea"})
        self.assertIn("no room", self.refused("read-rooms", name="#nowhere"))

    def person(self, name: str) -> dict[str, list[dict[str, Any]]]:
        """What is kept of somebody, by type."""
        found: dict[str, list[dict[str, Any]]] = {}
        for line in self.lines("read-person", name=name):
            for each in map(json.loads, line.split("\n")):
                found.setdefault(each.pop("type", "head"), []).append(each)
        return found

    def test_a_person(self) -> None:
        self.bob.asks("/nick bob", "/register sesame-street", "/dm ann psst", "not of ann")
        self.ann.asks("hello all", "/dm bob yes?", "/join #tea", "green", "/persist on")
        self.ann.asks("/ignore client3", "/hook add #tea deploys", "/token add robot read")
        self.cat.asks("/join #tea", "unwelcome")
        self.ann.asks("/kick client3 rude")
        found = self.person("Ann")
        self.assertEqual(found["head"][0]["of"], "person")
        self.assertEqual(found["account"][0]["name"], "ann")
        self.assertEqual([each["address"] for each in found["connection"]], ["10.0.0.1"])
        self.assertEqual({each["address"] for each in found["visit"]}, {"10.0.0.1"})
        self.assertEqual({each["room"] for each in found["read"]}, {"#lobby", "#tea"})
        self.assertEqual([each["room"] for each in found["owned"]], ["#tea"])
        self.assertEqual([each["name"] for each in found["ignored"]], ["client3"])
        self.assertEqual([each["name"] for each in found["hook"]], ["deploys[hook]"])
        self.assertEqual([each["name"] for each in found["token"] if "name" in each], ["robot"])
        self.assertEqual([each["text"] for each in found["message"]], ["hello all", "green"])
        self.assertEqual(
            [(each["with"], each["by"], each["text"]) for each in found["direct"]],
            [("bob", "bob", "psst"), ("bob", "ann", "yes?")],
        )
        [act] = found["act"]
        self.assertEqual((act["kind"], act["against"], act["why"]), ("kick", "client3", "rude"))
        self.assertEqual(self.person("client3")["act"][0]["by"], "ann")

    def test_a_person_has_no_secrets_in_it(self) -> None:
        self.ann.asks("/token add robot read")
        text = "\n".join(self.lines("read-person", name="ann"))
        record = json.loads(self.server.records()["account/ann"])
        for secret in (record["password"], record["scram"], record["era"], "correct-horse"):
            self.assertNotIn(secret, text)

    def test_a_guest_and_nobody(self) -> None:
        self.cat.asks("as a guest")
        self.assertEqual([e["text"] for e in self.person("client3")["message"]], ["as a guest"])
        self.assertIn("Nothing is kept", self.refused("read-person", name="stranger"))

    def test_a_person_who_does_something_meanwhile(self) -> None:
        self.ann.asks("/join #tea")
        lines: list[str] = []

        async def read() -> None:
            async for line in person(self.server.chat, "ann"):
                lines.append(line)
                if '"read"' in line:
                    self.ann.asks(f"/join #new{len(lines)}")

        reading = Deferred.fromCoroutine(read())
        self.server.clock.pump([TURN_EVERY] * 10)
        self.successResultOf(reading)
        self.assertEqual(sum('"read"' in line for line in lines), 2)
        self.assertIn('"end"', lines[-1])

    def test_others_have_their_turn_among_many_acts(self) -> None:
        acts = self.server.chat.acts
        for number in range(MANY):
            act = acts.add("kick", f"#{number % 50}", "ann", Role.OWNER, "x", (), "", 0)
            self.successResultOf(Deferred.fromCoroutine(act))
        asking = self.connects()
        asking.sends(question("read-person", {"name": "client3"}))
        turns = 0
        while not asking.is_over:
            self.server.clock.advance(TURN_EVERY)
            turns += 1
        self.assertGreaterEqual(turns, MANY // ACTS_AT_ONCE - 1)

    def test_as_people_read_it(self) -> None:
        move_to(self, "UTC")
        self.ann.asks("two", "/me waves", "/dm client2 psst")
        wording = Wording()
        lines = [
            line
            for each in self.lines("read-person", name="ann")
            for json_line in each.split("\n")
            for line in wording.lines(json_line)
        ]
        self.assertTrue(lines[0].startswith("Export of chatsvc: of person"))
        self.assertIn("account: name ann", lines)
        self.assertIn("#lobby, 1970-01-12:", lines)
        self.assertRegex(lines[-2], r"\[\d\d:\d\d:\d\d\] ann: two")
        self.assertRegex(lines[-1], r"\[\d\d:\d\d:\d\d\] \* ann waves")


class ImportTests(ArchiveTestCase):
    def test_a_room_comes_with_what_was_said_in_it(self) -> None:
        self.writes_said("one", "two")
        self.assertEqual(self.imports(), ["2 messages were imported into #old."])
        [first, second] = [line for line in self.bob.asks("/join #old") if "zoe" in line]
        self.assertIn("zoe: one", first)
        self.assertIn("zoe: two", second)

    def test_many_rooms_with_long_topics(self) -> None:
        """What is known of them does not fit into the line that asks."""
        names = [f"#{number}{'ы' * 20}" for number in range(120)]
        rooms = [own.line(type="room", name=name, topic="ы" * TOPIC_LENGTH) for name in names]
        said = [Stored(n, "", n, BEGIN + n, "Said", "zoe", "one") for n in range(1, 121)]
        messages = [own.message(each, name) for each, name in zip(said, names, strict=True)]
        self.writes(*rooms, *messages)
        self.assertEqual(len(self.imports()), 120)
        self.assertEqual(self.server.chat.rooms[names[-1]].topic, "ы" * TOPIC_LENGTH)
        self.assertEqual(self.imports(), ["120 messages were there already."])

    def test_a_client_that_ends_before_it_has_named_all_rooms(self) -> None:
        asking = self.connects()
        asking.sends(question("import-rows", {"rooms": 2}) + b'["#old", 1, "ann"]\n')
        asking.ends()
        self.writes_said("one")
        self.assertEqual(self.imports(), ["1 message was imported into #old."])

    def test_twice_is_once(self) -> None:
        self.writes_said("one", "one", "two")
        self.imports()
        before = self.exported()[1:]
        self.assertEqual(self.imports(), ["3 messages were there already."])
        self.assertEqual(self.exported()[1:], before)

    def test_what_more_there_is_cannot_go_into_a_room_that_exists(self) -> None:
        self.writes_said("one")
        self.imports()
        self.writes_said("one", "two")
        with self.assertRaises(ChatError) as raised:
            self.imports()
        why = str(raised.exception)
        self.assertIn("nothing is imported: 1 message cannot go into #old, as a room that", why)
        self.assertIn("Import it into another: --room '#old=#old-import' (or leave", why)
        self.imports(room="#old=#old-import")
        self.assertEqual(len(self.messages(name="#old-import")), 2)

    def test_the_way_out_is_for_the_names_in_the_file_and_for_all_rooms(self) -> None:
        name = f"#{'n' * ROOM_NAME_LENGTH}"
        for text in ("one", "two"):
            said = [Stored(n, "", n, BEGIN + n, "Said", "zoe", text) for n in (1, 2)]
            self.writes(own.message(said[0], "#general"), own.message(said[1], name))
            if text == "one":
                self.imports(room="#general=#lounge")
        with self.assertRaises(ChatError) as raised:
            self.imports(room="#general=#lounge")
        way = re.search(r"--room '(.+?)' ", str(raised.exception))
        assert way is not None
        self.assertEqual(way[1], f"#general=#lounge-import,{name}={name[:25]}-import")
        self.assertEqual(len(self.imports(room=way[1])), 2)

    def test_what_was_removed_here_stays_so(self) -> None:
        self.writes_said("one", "bad")
        self.imports()
        bad = self.messages(name="#old")[-1]["id"]
        self.ann.asks("/join #old", f"/redact {bad}")
        self.assertEqual(self.imports(), ["2 messages were there already."])

    def test_answers_and_reactions_get_the_new_numbers(self) -> None:
        said = Stored(7, "", 1, BEGIN, "Said", "zoe", "one")
        answer = said._replace(id=8, text="two", reply_to=7)
        liked = said._replace(id=9, kind="Reacted", speaker="bob", text="+1", reply_to=8)
        bad = [liked._replace(text=text) for text in ("x" * (MOST_REACTED + 1), "\n", "a\nb")]
        lost = [liked._replace(reply_to=6), *bad]
        self.writes(*[own.message(each, "#old") for each in (said, answer, liked, *lost)])
        told = self.imports()
        self.assertIn("3 messages were imported into #old.", told)
        self.assertIn("Left out, 3 in all: reactions of no known form.", told)
        self.assertIn("Left out, 1 in all: reactions to what is not in it.", told)
        one, two, reaction = self.messages(name="#old")
        self.assertNotIn("reply_to", one)
        self.assertEqual((two["reply_to"], reaction["reply_to"]), (one["id"], two["id"]))
        self.bob.asks("/join #old")
        told = self.bob.asks(f"/reactions {two['id']}")
        self.assertIn(f"* bob reacts to [{two['id']}]: +1", told[0])
        self.assertIn("3 messages were there already.", self.imports())

    def test_dry_run(self) -> None:
        self.writes_said("one")
        self.assertEqual(self.imports(dry_run=True), ["1 message would be imported into #old."])
        self.assertNotIn("#old", self.server.chat.rooms)

    def test_other_names(self) -> None:
        self.writes_said("one")
        self.file.with_name("map").write_text("zoe = robert\n")
        self.imports(room="#old=#new", map_=str(self.file.with_name("map")))
        [said] = self.messages(name="#new")
        self.assertEqual(said["by"], "robert")
        for wrong in ({"room": "old=#new"}, {"name": "#a=#b"}):
            self.assertRaises(Misused, self.imports, **wrong)
        self.assertRaises(ChatError, self.imports, name="zoe=server")

    def test_what_is_left_out_and_changed_is_said(self) -> None:
        facts = Stored(1, "", 1, BEGIN, "Said", "[bob]", "hi")
        self.writes(own.message(facts, "#old"), "nonsense", own.message(facts, "#odd room"))
        told = "\n".join(self.imports())
        self.assertIn("Left out, 1 in all: lines that are no JSON object (export.jsonl:3).", told)
        self.assertIn("changed: [bob] = bob, #odd room = #odd-room.", told)

    def test_owners(self) -> None:
        self.writes_said("one")
        self.assertRaises(Misused, self.imports, owner="")
        with self.assertRaises(ChatError) as refusal:
            self.imports(owner="nobody")
        self.assertIn("no account", str(refusal.exception))

    def test_a_file_with_nothing_in_it(self) -> None:
        self.writes()
        self.assertRaises(ChatError, self.imports)

    def test_other_files_and_options(self) -> None:
        self.file.write_text("hello")
        with self.assertRaises(ChatError) as refusal:
            self.imports()
        self.assertIn("--format", str(refusal.exception))
        self.assertRaises(Misused, find("import").check, {"path": "x", "format_": "pdf"})
        self.assertRaises(Misused, self.imports, zone="Nowhere/At all")
        self.file.unlink()
        self.assertRaises(OSError, self.imports)

    def test_a_console_that_is_killed_leaves_nothing(self) -> None:
        self.writes_said("one")
        for lines in range(4):  # two questions, rows, and the end
            self.patch(TalkHere, "stops_after", lines)
            self.assertRaises(KeyboardInterrupt, self.imports)
            self.server.clock.pump([0.3] * 3)
            self.assertNotIn("#old", self.server.chat.rooms)
        self.patch(TalkHere, "stops_after", 10)
        self.assertEqual(self.imports(), ["1 message was imported into #old."])

    def test_a_console_that_stops_holds_up_no_people_but_other_imports(self) -> None:
        asking = self.connects()
        room = json.dumps(NewRoom("#old", 9, "ann")).encode()
        asking.sends(question("import-rows", {"rooms": 1}) + room + b"\n")
        self.server.clock.pump([0.01] * 3)
        self.writes_said("one", room="#other")
        with self.assertRaisesRegex(ChatError, "Another import runs."):
            self.imports()
        self.assertEqual(self.bob.asks("hi"), ["client2: hi"])
        self.bob.asks("/join #other")
        asking.ends()
        self.server.clock.pump([0.01] * 3)
        self.assertRegex("".join(self.imports(room="#other=#third")), "1 message was imported")

    def test_a_disk_that_gets_full_at_the_end(self) -> None:
        said = [Stored(n, "", n, BEGIN + n, "Said", "zoe", "one") for n in (1, 2, 3)]
        names = ("#one", "#two", "#three")
        self.writes(*[own.message(each, name) for each, name in zip(said, names, strict=True)])
        put = self.server.store.put
        fit = [0]  # how many rooms fit

        async def fills(name: str, value: str | None, version: int) -> None:
            if name.startswith("room/"):
                if not fit[0]:
                    raise StoreError("the disk is full")
                fit[0] -= 1
            await put(name, value, version)

        self.patch(self.server.store, "put", fills)
        with self.assertRaisesRegex(ChatError, "cannot be done now, as the disk is full"):
            self.imports()
        fit[0] = 1
        with self.assertRaises(ChatError) as raised:
            self.imports()
        self.assertEqual(
            str(raised.exception),
            "Only 1 of 3 rooms were imported, as the disk is full: #one. Import the same again for"
            " the others.",
        )
        self.assertNotIn("#two", self.server.chat.rooms)
        fit[0] = 2
        done = [f"1 message was imported into {name}." for name in names[1:]]
        self.assertEqual(self.imports(), [*done, "1 message was there already."])

    def test_a_console_that_talks_nonsense(self) -> None:
        bugs = self.logged()
        room = json.dumps(NewRoom("#old", 1, "ann")).encode()
        too_long = b"x" * ASKED_BYTES * 2
        for facts in (
            *(b"", b"{", b"[]", b"3", b"[" * 60_000, too_long, room + b"\n" + room),
            *(b'["#a", "b", 3]', b'["#a", 1, "ann", 5]', b'["#a", -1, "ann"]', b'["a", 1, "ann"]'),
            *(b'["#a", 1, "ann", "", "", NaN, "x"]', b'["#a", 1e99, "ann"]'),
        ):
            asking = self.connects()
            asking.sends(question("import-rows", {"rooms": 1 + facts.count(b"\n")}) + facts + b"\n")
            self.server.clock.pump([0.01] * 3)
            [last] = asking.answered()
            self.assertLessEqual(last.keys(), {"misused", "refused"}, facts[:80])
        for names in ("{", "3", '{"#a": 1}', "[[]]", "[" * 60_000):
            self.assertIn("a JSON array", self.asks("import-check", rooms=names)[-1]["misused"])
        for rows in (b"{", b"[[]]", b"[[1,2,3]]", b"3", b"[" * 60_000, b"\xff", too_long):
            asking = self.connects()
            asking.sends(question("import-rows", {"rooms": 1}) + room + b"\n")
            self.server.clock.pump([0.01] * 3)
            asking.sends(rows + b"\n\n")
            self.server.clock.pump([0.3] * 3)
            self.assertTrue(asking.is_over)
            self.assertEqual(asking.answered()[-1].keys(), {"misused"}, rows[:80])
            self.assertNotIn("#old", self.server.chat.rooms)
        self.assertEqual(bugs, [])
        self.writes_said("one")
        self.assertEqual(self.imports(), ["1 message was imported into #old."])

    def test_whatever_was_said_can_be_read_by_everybody(self) -> None:
        bugs = self.logged()
        texts = (
            "x",
            ": ",
            'ann: "',
            '"',
            "a\nb",
            "\ud800",
            "\x1b[2J",
            "e" + "\u0301" * 400,
            "@ann",
        )
        every = product(map(str.lower, KINDS), ("ann", "ci[hook]", "\u202e"), ("", "ann"), texts)
        lines = []
        for number, (kind, by, account, text) in enumerate(every, 1):
            facts = {"id": number, "at": BEGIN + number, "reply_to": number - 1, "kind": kind}
            facts |= {"by": by, "account": account, "text": text}
            lines.append(own.line(type="message", room="#old", **facts))
        self.writes(*lines)
        self.imports()
        newest = self.messages(name="#old")[-1]["id"]
        self.cat.types("/json")
        for reader in (self.ann, self.bob):
            for line in (
                *("/join #old", "/history #old 200", f"/reactions #old 1 to {newest}"),
                *("/search x in #old", f"/redact {newest} y", f"/history #old around {newest}"),
            ):
                self.server.clock.pump([10, 0.1])
                self.assertFalse(any("went wrong" in told for told in reader.asks(line)), line)
        for do in ("join", "history", "reactions"):
            told = self.cat.asks(json.dumps({"do": do, "room": "#old", "what": f"1 to {newest}"}))
            self.assertNotIn("went wrong", "".join(told))
        self.assertEqual([line for line in bugs if "mistake" in line], [])

    def test_a_file_that_takes_too_much_memory(self) -> None:
        def take_all(path: Path, *how: object) -> Iterator[Found]:
            raise MemoryError
            yield

        self.patch(importing, "read", take_all)
        self.writes_said("one")
        self.assertRaisesRegex(ChatError, "takes more than 1024 MiB of memory", self.imports)

    def test_it_is_in_the_log_once(self) -> None:
        self.writes_said(*map(str, range(500)))
        log = self.journal()
        self.imports()
        ran = [line for line in log if " ran: " in line]
        self.assertEqual(ran, [f"admin:{getuser()} ran: import into #old"])
        self.imports()
        self.lines("read-person", name="ann")
        self.assertRegex(log[-2], r" ran: import #old --since [\d.]+ --until [\d.]+$")
        self.assertEqual(log[-1], f"admin:{getuser()} ran: export person ann")


class RoundTripTests(ArchiveTestCase):
    @pytest.mark.long
    @settings(max_examples=much(8, 25))
    @given(some.lists(SAID, min_size=1, max_size=20))
    def test_nothing_is_lost_or_doubled(self, said: list[tuple[Any, ...]]) -> None:
        self.setUp()
        at = BEGIN
        lines = []
        for number, (room, later, kind, speaker, text, account) in enumerate(said, 1):
            at += later
            stored = Stored(number, "", number, at, kind, speaker, text, "", account)
            lines.append(own.message(stored, room))
        self.writes(*lines)
        given = _sorted(map(json.loads, lines))
        self.imports()
        self.assertEqual(_sorted(self.messages()), given)
        [told] = self.imports()
        self.assertIn("there already", told)
        everything = [
            item.text for item in self.console.ask("read-rooms") if isinstance(item, Line)
        ]
        other = type(self)("test_nothing_is_lost_or_doubled")
        other.setUp()
        other.file.write_text("\n".join(everything))
        other.imports()
        self.assertEqual(_sorted(other.messages()), given)
        other.doCleanups()


def _sorted(objects: Any) -> list[tuple[Any, ...]]:
    """Messages without their ids, by room, in their order."""
    fields = "room", "at", "kind", "by", "text", "account"
    return sorted([tuple(each.get(field, "") for field in fields) for each in objects])
