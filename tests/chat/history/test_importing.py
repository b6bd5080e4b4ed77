"""Rooms are imported with what was said in them elsewhere."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatsvc.chat.history.importing import KIND_NAMES, MOST_MESSAGES, NewRoom
from chatsvc.chat.rooms.settings import MOST_PERSISTENT
from chatsvc.chat.rooms.vacancies import EMPTY_FOR
from chatsvc.errors import ChatError
from tests.harness import ChatTestCase

BEGIN = 500_000.0  # when the first of them was said


class ImportingTests(ChatTestCase):
    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(plaintext_passwords=True)
        self.ann.asks("/nick ann", "/register correct-horse")
        self.hush()

    def does(self, doing: Awaitable[Any]) -> Any:
        """What it returns, or raises, once the clock has gone on for a while."""

        async def done() -> Any:
            return await doing

        deferred = Deferred.fromCoroutine(done())
        results: list[Any] = []
        deferred.addBoth(results.append)
        for _ in range(10):
            self.server.clock.advance(0.1)
        if isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0]

    def refuses(self, *rooms: NewRoom) -> str:
        with self.assertRaises(ChatError) as refusal:
            self.does(self.server.chat.importing.begin(rooms))
        return str(refusal.exception)

    def room(self, name: str, number: int, **facts: Any) -> NewRoom:
        return NewRoom(name, number, "ann", **facts)

    def rows(self, first: int, *texts: str, room: int = 0, position: int = 1) -> str:
        kind = KIND_NAMES.index("Said")
        return json.dumps(
            [
                [first + n, room, position + n, BEGIN + n, kind, "zoe", text, "", 0]
                for n, text in enumerate(texts)
            ]
        )

    def test_a_room_appears_once_it_is_whole(self) -> None:
        importing = self.server.chat.importing
        self.bob.asks("before")
        first = self.does(importing.begin([self.room("#old", 3, topic="of old")]))
        self.does(importing.add(first, self.rows(first, "one", "two")))
        self.assertNotIn("#old", "\n".join(self.bob.asks("/rooms")))
        self.assertIn("called #old", self.bob.asks("/join #old")[0])
        self.bob.asks("meanwhile")
        self.does(importing.add(first, self.rows(first + 2, "three", position=3)))
        self.does(importing.end(first))
        told = self.bob.asks("/join #old")
        self.assertIn("of old", "\n".join(told))
        said = [line for line in told if "zoe: " in line]
        self.assertEqual([line.rpartition(" ")[2] for line in said], ["one", "two", "three"])
        self.assertRegex(said[0], rf"\[{first} 1970-01-0\d ")  # by the zone
        self.bob.asks("/say #old four")
        history = [line.rpartition(" ")[2] for line in self.bob.asks("/history 10")]
        self.assertEqual(history, ["one", "two", "three", "four"])
        self.assertEqual(self.bob.asks("/history around 2")[0][:7], "server:")
        self.assertIn("zoe: two", self.bob.asks("/search two")[0])
        self.assertFalse(importing.runs(first))

    def test_people_hear_nothing_of_it(self) -> None:
        importing = self.server.chat.importing
        self.hush()
        first = self.does(importing.begin([self.room("#old", 1)]))
        self.does(importing.add(first, self.rows(first, "one")))
        self.does(importing.end(first))
        self.everyone_hears()
        self.ann.types("hi")
        self.everyone_hears("ann: hi")

    def test_it_belongs_to_its_owner_and_stays(self) -> None:
        importing = self.server.chat.importing
        first = self.does(importing.begin([self.room("#old", 1, privacy="invite-only")]))
        self.does(importing.add(first, self.rows(first, "one")))
        self.does(importing.end(first))
        room = self.server.chat.rooms["#old"]
        self.assertEqual(
            (room.owner_account, room.privacy, room.stays), ("ann", *("invite-only", True))
        )
        self.server.clock.advance(EMPTY_FOR + 100)
        self.assertIn("invite-only", self.bob.asks("/join #old")[0])
        self.assertIn("#old", self.ann.asks("/join #old")[0])

    def test_one_that_is_cancelled_leaves_nothing(self) -> None:
        importing, store = self.server.chat.importing, self.server.store
        first = self.does(importing.begin([self.room("#old", 3)]))
        self.does(importing.add(first, self.rows(first, "one", "two")))
        self.does(importing.cancel(first))
        self.assertIsNone(self.does(store.find(first)))
        with self.assertRaises(ChatError):
            self.does(importing.add(first, self.rows(first + 2, "three")))
        with self.assertRaises(ChatError):
            self.does(importing.end(first))
        self.does(importing.cancel(first))
        self.assertIn("#old", self.bob.asks("/join #old")[0])
        self.assertEqual(self.does(store.after(f"#old/{first}", 0, 10)), [])

    def test_one_at_a_time(self) -> None:
        self.does(self.server.chat.importing.begin([self.room("#old", 3)]))
        self.assertIn("Another import runs", self.refuses(self.room("#other", 3)))

    def test_several_rooms_with_one_order(self) -> None:
        importing = self.server.chat.importing
        first = self.does(importing.begin([self.room("#a", 1), self.room("#b", 2)]))
        rows = [
            [first + n, n % 2, 1 + n // 2, BEGIN + n, 0, "zoe", f"no {n}", "", 0] for n in (1, 2, 3)
        ]
        self.does(importing.add(first, json.dumps(rows)))
        self.does(importing.end(first))
        self.ann.asks("/join #a", "/join #b")
        found = [line.rpartition(" ")[2] for line in self.ann.asks("/search no")]
        self.assertEqual(found, ["1", "2", "3"])

    def test_what_cannot_be_a_room_is_refused(self) -> None:
        self.ann.asks("/join #ops")
        self.assertIn("exists already", self.refuses(self.room("#OPS", 1)))
        self.assertIn("exists already", self.refuses(self.room("#lobby", 1)))
        self.assertIn("same name", self.refuses(self.room("#a", 1), self.room("#a", 1)))
        self.assertIn("name of a room", self.refuses(self.room("#", 1)))
        self.assertIn("cannot be made", self.refuses(self.room("#a", 1, privacy="odd")))
        self.assertIn("cannot be made", self.refuses(self.room("#a", 1, topic="x" * 301)))
        self.assertIn("no account", self.refuses(NewRoom("#a", 1, "nobody")))
        self.assertIn("messages", self.refuses(self.room("#a", MOST_MESSAGES + 1)))
        self.assertIn("messages", self.refuses())
        many = [self.room(f"#r{n}", 1) for n in range(MOST_PERSISTENT + 1)]
        self.assertIn("are kept", self.refuses(*many))
        self.assertGreater(self.does(self.server.chat.importing.begin([self.room("#a", 1)])), 0)
