"""How far accounts have read: it is stored soon, of so many at a time, and known on all devices."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

from chatsvc.chat.accounts.allowance import Allowance
from chatsvc.chat.history import read_markers
from chatsvc.chat.upkeep import KEEP_EVERY
from chatsvc.text.times import stamp
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.dialects.test_json_lines import JsonTestCase
from tests.harness import ChatTestCase, Person

NAMES = ("ann", "bob", "cat")


class ReadMarkerTests(ChatTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(plaintext_passwords=True, **options)

    def setUp(self) -> None:
        super().setUp()
        for name, person in zip(NAMES, (self.ann, self.bob, self.cat), strict=True):
            person.asks(f"/nick {name}", f"/register {PASSWORD}")
        self.hush()
        self.server.clock.pump([KEEP_EVERY] * 2)

    def behind(self) -> list[str]:
        """The accounts of which the store does not have how far they have read."""
        lobby, kept = self.server.chat.lobby, self.server.records()
        cursors = {name: json.loads(kept[f"account/{name}"])["cursors"] for name in NAMES}
        return [name for name in NAMES if cursors[name].get(lobby.key) != lobby.log.head]

    def test_it_is_stored_within_seconds(self) -> None:
        self.ann.types("/bc hi")
        self.hush()
        self.assertEqual(self.behind(), [*NAMES])
        self.server.clock.advance(KEEP_EVERY)
        self.assertEqual(self.behind(), [])

    def test_of_so_many_at_a_time(self) -> None:
        self.patch(read_markers, "MOST_KEPT", 2)
        self.ann.types("/bc hi")
        self.hush()
        self.server.clock.advance(KEEP_EVERY)
        self.assertEqual(len(self.behind()), 1)
        self.server.clock.advance(KEEP_EVERY)
        self.assertEqual(self.behind(), [])

    def test_nothing_is_stored_where_nobody_reads(self) -> None:
        before = dict(self.server.store._records)  # type: ignore[attr-defined]  # it is in memory
        self.server.clock.pump([KEEP_EVERY] * 5)
        self.assertEqual(self.server.store._records, before)  # type: ignore[attr-defined]  # the same


class DeviceTests(JsonTestCase):
    """Ann has two programs, here and there, and Bob is another's."""

    def setUp(self) -> None:
        super().setUp()
        self.ann.asks("/nick ann", f"/register {PASSWORD}", "/join #ops")
        self.here, self.there = [self.device(), self.device()]
        self.bob.types('{"do": "join", "room": "#ops"}')
        self.hush()

    def device(self) -> Person:
        """A program that is logged in as Ann."""
        program = self.server.joined_by("10.0.0.1")
        program.types("/json", json.dumps({"do": "login", "name": "ann", "password": PASSWORD}))
        return program

    def marks(self, person: Person, **fields: Any) -> list[dict[str, Any]]:
        """What a program is told that asks to mark something."""
        person.hears()
        person.types(json.dumps({"do": "markread", **fields}))
        return self.told(person)

    def test_what_is_read_on_one_device_is_read_on_the_others_that_ask(self) -> None:
        first, second = [stamp(self.server.clock.now() - ago) for ago in (60, 30)]
        for device in (self.here, self.there):
            self.assertEqual(self.marks(device), [])
        self.assertEqual(self.marks(self.here, room="#ops", until=second), [])
        self.assertEqual(self.marks(self.here, room="@bob", until=first), [])
        marks = [("#ops", second), ("@bob", first)]
        told = self.told(self.there)
        self.assertEqual({each["event"] for each in told}, {"marked-read"})
        self.assertEqual([(each["room"], each["until"]) for each in told], marks)
        self.assertEqual(self.marks(self.here, room="#ops", until=first), [])
        self.assertEqual(self.told(self.there), [], "it only goes forward")
        self.assertEqual((self.ann.hears(), self.told(self.bob)), ([], []))
        told = self.marks(self.device())
        self.assertEqual([(each["room"], each["until"]) for each in told], marks)
        self.assertEqual(self.marks(self.bob), [])

    def test_nobody_has_read_what_is_to_come(self) -> None:
        self.marks(self.here, room="#ops", until="2040-01-01T00:00:00.000Z")
        [told] = self.marks(self.here, room="#ops")
        self.assertLessEqual(told["until"], stamp(self.server.clock.now()))

    def test_a_room_has_one_mark_however_its_name_is_written(self) -> None:
        first, second = [stamp(self.server.clock.now() - ago) for ago in (60, 30)]
        self.marks(self.here, room="#\u03bfps", until=first)  # with a Greek letter
        self.marks(self.here, room="#OPS", until=second)
        told = self.marks(self.there)
        self.assertEqual([(each["room"], each["until"]) for each in told], [("#ops", second)])

    def test_the_marks_of_all_are_counted_only_for_one_more(self) -> None:
        counted = Mock(wraps=Allowance(10, 1, 1000))
        self.patch(read_markers, "MARKS", counted)
        first, second, third = [stamp(self.server.clock.now() - ago) for ago in (60, 30, 10)]
        for name in ("#ops", "@bob"):
            self.marks(self.here, room=name, until=first)
        counted.of.reset_mock()
        self.marks(self.here, room="#ops", until=second)
        counted.of.assert_not_called()
        self.marks(self.here, room="@cat", until=third)
        counted.of.assert_called_once()
        self.assertEqual(len(self.marks(self.there)), 3)

    def test_what_is_wrong(self) -> None:
        for fields in (
            {"until": "x", "room": "#ops"},
            {"until": "2026-11-25T21:03:00.123Z"},
            {"until": "2026-11-25T21:03:00.123Z", "room": "#nowhere"},
            {"until": "2026-11-25T21:03:00.123Z", "room": "@a b"},
            {"until": "2026-11-25T21:03:00.123Z", "room": "@" + "a" * 65},
            {"until": "2026-11-25T21:03:00.123Z", "room": "@" + "e\u0323\u0302" * 80},
            {"until": "99999-11-25T21:03:00Z", "room": "#ops"},
        ):
            [told] = self.marks(self.here, **fields)
            self.assertIn("error", told, fields)

    def test_a_look_at_all_counts_as_several_lines(self) -> None:
        self.begin(throttle=Throttle(30, 10.0))
        self.bob.types(*['{"do": "markread"}'] * 7)
        told = self.told(self.bob)[-1]["text"]
        self.assertIn("too fast (markread without a time counts as 5)", told)

    def test_whoever_is_gone_is_told_nothing(self) -> None:
        markers = self.server.chat.read_markers
        self.marks(self.there)
        self.assertEqual(len(markers._followers), 1)
        self.there.types('{"do": "quit"}')
        self.hush()
        self.assertEqual(len(markers._followers), 0)
