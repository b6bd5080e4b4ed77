"""Neither strangers nor who is told something alone keep the others waiting."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.delivery.reading import ALONE_WITHIN, AT_ONCE, SHARED_WITHIN, Reading
from chatsvc.door.visit import Visit
from chatsvc.events.speech import Said
from tests.harness import AWHILE, ChatTestCase, Person


class SlowWritesTestCase(ChatTestCase):
    """Each write takes long.

    number: of people in the crowd.
    seconds: that a write takes.
    """

    number: int
    seconds: float

    def setUp(self) -> None:
        super().setUp()
        self.server.clock.advance(60)
        self.crowd = [self.server.joined_by(f"10.0.1.{number}") for number in range(self.number)]
        self.rounds: list[list[str]] = []  # who is given something in each
        run = Reading.run

        def counted(reading: Reading, *what: Any) -> None:
            self.rounds.append([])
            run(reading, *what)

        self.server.clock.pump([0, AWHILE])
        for each in (self.bob, *self.crowd):
            each.transport.clear()
            self.watch(each)
        self.patch(Reading, "run", counted)

    def watch(self, person: Person) -> None:
        write = person.transport.write
        name = person.name

        def slowly(data: bytes) -> None:
            self.rounds[-1].append(name)
            self.server.clock.rightNow += self.seconds
            write(data)

        person.transport.write = slowly  # type: ignore[method-assign]  # to watch it


class AloneTests(SlowWritesTestCase):
    """Who is told something alone is not waited for."""

    number = 20
    seconds = ALONE_WITHIN / 3

    def test_a_round_gives_no_more_answers_than_fit_and_goes_on_in_the_next(self) -> None:
        for each in self.crowd:
            each.types("/nope")
        self.server.clock.advance(0)
        self.assertLess(max(map(len, self.rounds)), 6)
        given = [name for each in self.rounds for name in each]
        self.assertEqual(given, [each.name for each in self.crowd])

    def test_what_all_are_told_goes_first(self) -> None:
        for each in self.crowd:
            each.types("/nope")
        self.ann.types("hello")
        self.server.clock.advance(0)
        self.assertEqual(self.rounds[0][0], self.bob.name)

    def test_the_rested_are_answered_first(self) -> None:
        for each in self.crowd:
            each.types("/nope")
        self.bob.types("/nope")
        self.server.clock.advance(0)
        self.assertEqual(self.rounds[0][0], self.bob.name)

    def test_who_waits_for_an_answer_misses_nothing(self) -> None:
        for each in self.crowd:
            each.types("/nope")
        for number in range(5):
            self.server.clock.advance(0)
            self.ann.types(str(number))
        for each in self.crowd:
            [refused, *rest] = each.hears()
            self.assertIn("/nope", refused)
            self.assertEqual(rest, [f"client1: {number}" for number in range(5)])


class StrangersTests(SlowWritesTestCase):
    """Strangers are not waited for."""

    number = 3 * AT_ONCE
    seconds = SHARED_WITHIN / AT_ONCE

    def setUp(self) -> None:
        super().setUp()
        self.names = [each.name for each in self.crowd]

    def test_the_rested_get_theirs_whoever_else_is_there(self) -> None:
        room = self.server.chat.rooms.lobby
        room.readers[self.bob.session] = room.readers.pop(self.bob.session)  # behind the crowd
        self.ann.types("hello")
        self.server.clock.advance(0)
        first, given = self.rounds[0], [name for each in self.rounds for name in each]
        self.assertEqual(first[-1], self.bob.name)
        self.assertLess(len(first), 2 * AT_ONCE)
        self.assertEqual(sorted(given), sorted([self.bob.name, *self.names]))

    def test_nor_does_a_rested_one_with_much_to_read_wait_for_them(self) -> None:
        room = self.server.chat.rooms.lobby
        room.readers[self.bob.session] = room.readers.pop(self.bob.session)  # behind the crowd
        self.ann.types(*["x" * 6000] * 4)  # which is more than a slice
        self.server.clock.advance(0)
        self.assertEqual(self.rounds[0][-1], self.bob.name)
        self.assertEqual(self.rounds[1][0], self.bob.name)

    def test_nor_are_those_in_several_rooms_waited_for(self) -> None:
        chat = self.server.chat
        self.ann.asks("/join #ops")
        ops = chat.rooms.get("#ops")
        assert ops is not None
        for each in self.crowd:
            ops.add_reader(each.session)
        self.rounds.clear()
        for room in (chat.lobby, ops):
            chat.delivery.append(room, Said("client1", "hello", room.name))
        self.server.clock.advance(0)
        self.assertLess(len(self.rounds[0]), 1.5 * AT_ONCE)

    def test_whether_they_can_wait_is_asked_once(self) -> None:
        asked: list[tuple[int, Visit]] = []
        is_rested = Visit.is_rested

        def counted(visit: Visit, now: float) -> bool:
            asked.append((len(self.rounds), visit))
            return is_rested(visit, now)

        self.patch(Visit, "is_rested", counted)
        self.ann.types("hello")
        self.server.clock.advance(0)
        late = [visit for number, visit in asked if number == 1]
        self.assertGreater(len(late), AT_ONCE / 2)
        self.assertLess(len(late) - len(set(late)), 2)  # one is looked at for all

    def test_strangers_get_everything_later(self) -> None:
        for number in range(5):
            self.ann.types(str(number))
            self.server.clock.advance(0)
        for each in self.crowd:
            self.assertEqual(each.hears(), [f"client1: {number}" for number in range(5)])

    def test_who_has_been_here_for_a_while_is_no_stranger(self) -> None:
        self.server.clock.advance(60)
        self.ann.types("hello")
        self.server.clock.advance(0)
        self.assertEqual(len(self.rounds[0]), len(self.crowd) + 1)


class ForgottenTests(SlowWritesTestCase):
    """Memory holds only what was said last."""

    number = 3 * AT_ONCE
    seconds = SHARED_WITHIN / AT_ONCE

    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        return super().start(history=1, **options)

    def test_strangers_learn_that_they_have_missed_something(self) -> None:
        chat = self.server.chat
        self.ann.asks("/join #ops")
        ops = chat.rooms.get("#ops")
        assert ops is not None
        for room in (chat.lobby, ops):
            chat.delivery.append(room, Said("client1", "hello", room.name))
        for each in self.crowd:
            self.assertEqual(each.hears(), ["server: You missed 1 line."])
