"""Neither strangers nor who is told something alone keep the others waiting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from chatsvc.chat.delivery import reading
from chatsvc.chat.delivery.reading import AT_ONCE, Reading
from chatsvc.chat.flow.admission import Admission
from chatsvc.chat.flow.catching_up import ALONE_WITHIN, RESTED_ALONE_WITHIN
from chatsvc.chat.flow.sweep import RESTED_WITHIN, SHARED_WITHIN
from chatsvc.chat.logs.room import Reader
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.door.visit import Visit
from chatsvc.events.speech import Said
from tests.chat.logs.slow import Slow
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
        self.meanwhile: list[Callable[[], object]] = []  # done one by one, after a round each
        run = Reading.run

        def counted(reading: Reading, *what: Any) -> None:
            self.rounds.append([])
            run(reading, *what)
            if self.meanwhile:
                self.server.clock.callLater(0, self.meanwhile.pop(0))

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

    def another_room(self) -> NamedRoom:
        """A room that ann is in, and the crowd reads, too."""
        self.ann.asks("/join #ops")
        ops = self.server.chat.rooms.get("#ops")
        assert ops is not None
        for each in self.crowd:
            ops.add_reader(each.session)
        return ops


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

    def test_nor_more_to_the_rested(self) -> None:
        self.server.clock.advance(60)
        for each in self.crowd:
            each.types("/nope")
        self.server.clock.advance(0)
        self.assertLess(max(map(len, self.rounds)), RESTED_ALONE_WITHIN / self.seconds + 3)

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

    def test_the_results_of_other_threads_come_before_answers_but_those_to_the_rested(self) -> None:
        self.patch(
            self.server.chat.delivery._reading._catching_up._time, "_is_wanted", lambda: True
        )
        self.watch(self.cat)
        for each in (*self.crowd, self.bob, self.cat):
            each.types("/nope")
        self.server.clock.advance(0)
        rested, *others = self.rounds
        self.assertCountEqual(rested, [self.bob.name, self.cat.name])
        self.assertEqual([each for each in others if each], [[each.name] for each in self.crowd])

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

    def test_the_time_is_looked_at_more_often_where_writes_are_long(self) -> None:
        self.ann.types("x" * 7000)
        self.server.clock.advance(0)
        short = len(self.rounds[0])
        self.patch(reading, "WRITTEN", 1000)
        self.rounds.clear()
        self.ann.types("x" * 7000)
        self.server.clock.advance(0)
        self.assertLess(len(self.rounds[0]), min(short, AT_ONCE + 5))

    def test_nor_does_a_rested_one_with_much_to_read_wait_for_them(self) -> None:
        room = self.server.chat.rooms.lobby
        room.readers[self.bob.session] = room.readers.pop(self.bob.session)  # behind the crowd
        self.ann.types(*["x" * 6000] * 4)  # which is more than a slice
        self.server.clock.advance(0)
        first, *others = [each.count(self.bob.name) for each in self.rounds]
        self.assertEqual((first, sum(others)), (2, 0))

    def test_nor_are_those_in_several_rooms_waited_for(self) -> None:
        chat, ops = self.server.chat, self.another_room()
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
        self.assertGreater(len(self.rounds[0]), 2 * AT_ONCE)


class CrowdTests(SlowWritesTestCase):
    """All are rested, and more than there is time for in a round."""

    number = 8 * AT_ONCE
    seconds = SHARED_WITHIN / AT_ONCE

    def setUp(self) -> None:
        super().setUp()
        self.server.clock.advance(60)
        self.people = [self.bob, *self.crowd]

    def given(self) -> list[str]:
        return [name for each in self.rounds for name in each]

    def test_they_are_given_theirs_in_several_rounds(self) -> None:
        self.ann.types("hello")
        self.server.clock.advance(0)
        self.assertLessEqual(max(map(len, self.rounds)), RESTED_WITHIN / self.seconds + AT_ONCE)
        self.assertEqual(self.given(), [each.name for each in self.people])

    def test_so_are_those_who_are_told_of_comings_and_goings_in_another_room(self) -> None:
        self.ann.asks("/join #ops")
        self.server.clock.advance(AWHILE)
        self.rounds.clear()
        self.bob.types("/join #ops")  # all are pulled one by one as long as that waits to be told
        self.ann.types("/say #lobby hello")
        self.server.clock.advance(0)
        self.assertLessEqual(max(map(len, self.rounds)), RESTED_WITHIN / self.seconds + AT_ONCE)
        for each in self.crowd:
            self.assertEqual(each.hears(), ["client1: hello"])

    def test_what_is_said_meanwhile_comes_to_all_in_order_and_together(self) -> None:
        self.meanwhile = [partial(self.ann.types, str(number)) for number in range(1, 3)]
        self.ann.types("0")
        self.server.clock.advance(0)
        self.assertEqual(self.meanwhile, [])
        # Nobody is written to for the third time before all were for the second.
        self.assertEqual(self.given(), 2 * [each.name for each in self.people])
        for each in self.people:
            self.assertEqual(each.hears(), [f"client1: {number}" for number in range(3)])

    def test_so_does_what_is_said_in_two_turns_after_all_have_theirs(self) -> None:
        def replies() -> None:
            if len(self.given()) < len(self.people):
                self.meanwhile.append(replies)
                return
            self.ann.types("1")
            self.server.clock.callLater(0, self.ann.types, "2")

        self.meanwhile = [replies]
        self.ann.types("0")
        self.server.clock.advance(0)
        self.assertEqual(self.given(), 2 * [each.name for each in self.people])
        for each in self.people:
            self.assertEqual(each.hears(), [f"client1: {number}" for number in range(3)])

    def test_who_reads_another_room_reads_both_in_order(self) -> None:
        chat = self.server.chat
        self.ann.asks("/join #ops")
        ops = chat.rooms.get("#ops")
        assert ops is not None
        for each in self.crowd[::2]:
            ops.add_reader(each.session)
        for each in self.people:
            each.hears()
        rooms = (ops, chat.lobby, ops, ops, chat.lobby, chat.lobby)
        self.meanwhile = [
            partial(chat.delivery.append, room, Said("client1", str(number), room.name))
            for number, room in enumerate(rooms)
        ]
        self.ann.types("/say #lobby first")
        self.server.clock.advance(0)
        for each in self.crowd[::2]:
            heard = [line.rpartition(" ")[2] for line in each.hears()]
            self.assertEqual(heard, ["first", "0", "1", "2", "3", "4", "5"])
        for each in self.crowd[1::2]:
            heard = [line.rpartition(" ")[2] for line in each.hears()]
            self.assertEqual(heard, ["first", "1", "4", "5"])

    def test_comings_and_goings_come_in_order_too(self) -> None:
        self.meanwhile = [self.crowd[-1].drops, partial(self.ann.types, "then")]
        self.ann.types("first")
        self.server.clock.advance(0)
        lost = f"server: {self.crowd[-1].name} has lost its connection."
        for each in self.people[:-1]:
            self.assertEqual(each.hears(), ["client1: first", lost, "client1: then"])

    def test_memory_keeps_what_some_have_yet_to_read(self) -> None:
        holding = self.server.chat.delivery.holding
        full_ids: list[int] = []
        self.meanwhile = [lambda: full_ids.append(holding.full_id)] * 4
        before = holding.full_id
        self.ann.types("hello")
        self.server.clock.advance(0)
        self.assertEqual(full_ids, [before, before, before, before + 1])

    def test_those_who_wait_for_a_commit_do_not_hold_it_up(self) -> None:
        pull = Reading._pull

        def slowly(reading: Reading, reader: Reader) -> int:
            self.assertLess(len(self.rounds), 100)
            self.server.clock.rightNow += self.seconds
            return pull(reading, reader)

        def all_quit() -> None:
            for each in self.crowd:
                each.types("/quit")

        self.patch(Reading, "_pull", slowly)
        self.meanwhile = [all_quit]
        self.ann.types("hello")
        self.server.clock.advance(0)
        for each in self.crowd:
            self.assertEqual(each.hears()[0], "client1: hello")
            self.assertTrue(each.transport.disconnecting)

    def test_who_leaves_meanwhile_is_not_waited_for(self) -> None:
        self.meanwhile = [self.crowd[-1].drops, self.crowd[-2].drops]
        self.ann.types("hello")
        self.server.clock.advance(0)
        self.assertEqual(self.crowd[-3].hears()[0], "client1: hello")
        self.assertEqual(self.server.chat.delivery.holding.unread, 0)


class CommitTests(SlowWritesTestCase):
    """A commit, which strangers have caused to begin at once, ends before all have theirs."""

    number = 8 * AT_ONCE
    seconds = SHARED_WITHIN / AT_ONCE

    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        self.store = Slow()
        return super().start(store=self.store, **options)

    def test_who_joins_learns_of_the_room_before_what_is_said_there(self) -> None:
        self.another_room()
        self.server.clock.advance(60)
        self.cat.hears()
        self.rounds.clear()
        self.patch(Admission, "is_crowded", True)
        self.ann.types("before")
        self.server.clock.advance(0)
        self.cat.types("/join #ops")
        self.ann.types("after")
        self.store.keeps()
        self.meanwhile = [self.store.keeps]
        self.server.clock.advance(0)
        self.assertEqual(self.store.calls, [["before"], ["after"]])
        self.assertLess(len(self.rounds[1]), self.number)
        heard = self.cat.hears()
        self.assertIn("You are in #ops.", heard[0])
        self.assertEqual(heard[-1], "#ops client1: after")


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
