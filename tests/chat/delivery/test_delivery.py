"""Who gets what, when, in which order, and in how many writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatsvc.chat.delivery import reading, slices
from chatsvc.chat.delivery.slices import SLICE_BYTES, Chosen, Slice, choose, worded
from chatsvc.chat.flow.catching_up import CATCH_UP_BYTES
from chatsvc.chat.logs.log import Entry, Log
from chatsvc.chat.logs.memory import Memory
from chatsvc.chat.logs.room import Room
from chatsvc.dialects import text
from chatsvc.door.visit import Visit
from chatsvc.events.speech import Said
from chatsvc.throttle import Throttle
from tests.harness import AWHILE, ChatTestCase, Person

LINE = "x" * 1000


def count_writes(person: Person) -> list[int]:
    """A list to which the size of each write from now on is added."""
    sizes: list[int] = []
    write = person.transport.write

    def counted(data: bytes) -> None:
        sizes.append(len(data))
        write(data)

    person.transport.write = counted  # type: ignore[method-assign]  # to watch it
    return sizes


class RoundTests(ChatTestCase):
    def test_everything_said_in_a_turn_is_one_write(self) -> None:
        writes = count_writes(self.cat)
        self.ann.types("one", "two", "/dm client3 three", "/bc four")
        self.bob.types("five", "/dm client3 six")
        self.assertEqual(
            self.cat.hears(),
            [
                "client1: one",
                "client1: two",
                "client1: three",
                "client1: four",
                "client2: five",
                "client2: six",
            ],
        )
        self.assertEqual(len(writes), 1)

    def test_nothing_is_written_during_the_turn(self) -> None:
        writes = count_writes(self.ann)
        self.ann.types("one", "/users")
        self.assertEqual(writes, [])
        self.server.clock.advance(0)
        self.assertEqual(len(writes), 1)

    def test_worded_once_for_all_who_read_the_same(self) -> None:
        worded: list[int] = []

        def counted(entries):
            worded.append(len(entries))
            return text.plain(entries)

        for person in (self.ann, self.bob, self.cat):
            person.session.wording = counted
        self.ann.types("one", "two")
        self.everyone_hears("client1: one", "client1: two")
        self.ann.types("/dm client2 three", "four")
        self.everyone_hears_last("client1: four")
        self.assertEqual(worded, [2, 1, 2])

    def everyone_hears_last(self, line: str) -> None:
        for person in (self.ann, self.bob, self.cat):
            self.assertEqual(person.hears()[-1], line)

    def test_chosen_once_for_all_who_read_it_in_other_words(self) -> None:
        self.bob.types("/time on")
        self.cat.types("/json")
        self.server.clock.pump([0, AWHILE])
        chosen = []

        def counted(*args: Any) -> Chosen:
            chosen.append(choose(*args))
            return chosen[-1]

        self.patch(slices, "choose", counted)
        self.ann.types("one", "two")
        self.server.clock.advance(0)
        for person in (self.ann, self.bob, self.cat):
            self.assertIn("two", "".join(person.hears()))
        self.assertEqual([len(each.entries) for each in chosen], [2])

    def test_reply_stands_where_it_was_asked_for(self) -> None:
        self.ann.types("one", "/nope", "two")
        self.bob.types("three")
        self.ann.types("/nope")
        heard = self.ann.hears()
        self.assertEqual(
            [line.partition(" ")[2][:5] for line in heard],
            ["one", "There", "two", "three", "There"],
        )

    def test_direct_messages_and_the_lobby_keep_their_order(self) -> None:
        for n in range(0, 30, 3):
            self.ann.types(f"/dm client2 {n}")
            self.cat.types(f"{n + 1}")
            self.bob.types(f"/dm client1 {n + 2}")
        numbers = [line.split(": ")[1] for line in self.bob.hears()]
        self.assertEqual(numbers, [str(n) for n in range(30)])

    def test_a_bug_costs_one_session_only(self) -> None:
        def broken(_: object) -> bytes:
            raise RuntimeError

        logged = self.logged()
        self.patch(self.ann.transport, "write", broken)
        self.bob.session.wording = broken
        self.cat.types("hello")
        self.assertEqual(self.cat.hears(), ["client3: hello"])
        self.bob.types("/users")
        self.cat.types("again")
        self.assertEqual(self.cat.hears(), ["client3: again"])
        self.assertTrue(self.ann.transport.disconnected)
        self.assertTrue(self.bob.transport.disconnected)
        self.assertIn("RuntimeError", logged[0])


class PresenceTests(ChatTestCase):
    def test_waits_a_moment_to_be_told_with_others(self) -> None:
        writes = count_writes(self.ann)
        for n in range(5):
            self.server.joined_by(f"10.0.1.{n}")
            self.server.clock.advance(0.01)
        self.assertEqual(writes, [])
        self.assertEqual(self.ann.hears(), [f"server: client{n} has joined." for n in range(4, 9)])
        self.assertEqual(len(writes), 1)

    def test_comes_at_once_before_what_is_said(self) -> None:
        dan = self.server.joined_by("10.0.1.1")
        dan.types("hi", "/dm client1 psst")
        self.server.clock.advance(0)
        heard = self.ann.transport.value().decode().splitlines()
        self.assertEqual(heard, ["server: client4 has joined.", "client4: hi", "client4: psst"])
        self.assertEqual(self.bob.hears(), heard[:2])

    def test_comes_before_a_direct_message_to_one_person(self) -> None:
        dan = self.server.joined_by("10.0.1.1")
        dan.types("/dm client1 psst")
        self.server.clock.advance(0)
        heard = self.ann.transport.value().decode().splitlines()
        self.assertEqual(heard, ["server: client4 has joined.", "client4: psst"])
        self.assertEqual(self.bob.transport.value(), b"")
        self.assertEqual(self.bob.hears(), heard[:1])
        self.assertEqual(self.ann.hears(), heard)

    def test_what_comes_just_after_others_were_told_is_told_too(self) -> None:
        self.cat.drops()
        self.ann.types("hi")
        self.server.clock.advance(0)
        self.server.joined_by("10.0.1.1")
        self.assertEqual(
            self.bob.hears(),
            [
                "server: client3 has lost its connection.",
                "client1: hi",
                "server: client4 has joined.",
            ],
        )

    def test_whether_all_have_read_of_it_is_asked_once_a_round(self) -> None:
        asked: list[Log] = []
        self.patch(Memory, "forget_told", lambda memory, log, cursors: asked.append(log))
        for number in range(20):
            self.server.joined_by(f"10.0.1.{number}")
        self.server.clock.advance(AWHILE)
        self.assertEqual(asked, [self.server.chat.lobby.log])

    def test_it_is_not_asked_in_rounds_without_comings_and_goings(self) -> None:
        """That looks through memory: with ten readers, it took three times as long as a round."""
        ann, bob, _ = self.start()
        self.server.clock.advance(AWHILE)
        self.patch(Memory, "forget_told", None)
        ann.types("hello")
        self.server.clock.advance(0)
        self.assertEqual(bob.hears(), ["client1: hello"])

    def test_many_joins_in_a_row_are_one_line(self) -> None:
        for n in range(25):
            self.server.joined_by(f"10.0.1.{n}")
            self.server.clock.advance(0)
        told = ["server: client4 and 24 others have joined."]
        self.assertEqual(self.ann.hears(), told)

    def test_so_are_those_who_come_at_once(self) -> None:
        for n in range(25):
            self.server.joined_by(f"10.0.1.{n}")
        self.assertEqual(self.ann.hears(), ["server: client4 and 24 others have joined."])

    def test_so_they_are_for_somebody_who_reads_late(self) -> None:
        self.ann.stalls()
        self.bob.types("before")
        for n in range(25):
            self.server.joined_by(f"10.0.1.{n}")
            self.bob.hears()
        self.bob.types("after")
        self.bob.hears()
        self.ann.reads()
        self.assertEqual(
            self.ann.hears(),
            [
                "client2: before",
                "server: client4 and 24 others have joined.",
                "client2: after",
            ],
        )

    def test_losses_are_always_told_one_by_one(self) -> None:
        many = [self.server.joined_by(f"10.0.1.{n}") for n in range(25)]
        self.ann.hears()
        for person in many:
            person.drops()
        self.assertEqual(
            self.ann.hears(),
            [f"server: client{n} has lost its connection." for n in range(4, 29)],
        )


class SlowReaderTests(ChatTestCase):
    def test_misses_nothing_and_delays_nobody(self) -> None:
        self.bob.stalls()
        for n in range(20):
            self.ann.types(f"{n} {LINE}")
        said = [f"client1: {n} {LINE}" for n in range(20)]
        self.assertEqual(self.cat.hears(), said)
        self.assertEqual(self.bob.transport.value(), b"")
        writes = count_writes(self.bob)
        self.bob.reads()
        self.assertEqual(self.bob.hears(), said)
        self.assertEqual(len(writes), 2)
        self.assertLessEqual(max(writes), SLICE_BYTES)

    def test_several_rooms_are_cut_at_one_point(self) -> None:
        self.bob.stalls()
        for n in range(0, 20, 2):
            self.ann.types(f"{n} {LINE}", f"/dm client2 {n + 1} {LINE}")
        self.bob.types("/nope")
        self.bob.reads()
        heard = self.bob.hears()
        self.assertEqual(heard[:-1], [f"client1: {n} {LINE}" for n in range(20)])
        self.assertIn('There is no command "/nope"', heard[-1])

    def test_event_larger_than_a_slice_is_given_whole(self) -> None:
        text = "\N{GRINNING FACE}" * 2000
        self.bob.stalls()
        self.ann.types(text, text, text)
        self.bob.reads()
        writes = count_writes(self.bob)
        self.assertEqual(self.bob.hears(), [f"client1: {text}"] * 3)
        self.assertEqual(len(writes), 2)

    def test_told_exactly_how_many_lines_it_missed(self) -> None:
        ann, bob, cat = self.start(history=10, throttle=Throttle.off())
        bob.stalls()
        for n in range(25):
            ann.types(str(n))
            self.assertEqual(cat.hears(), [f"client1: {n}"])
        bob.reads()
        self.assertEqual(
            bob.hears(),
            ["server: You missed 15 lines.", *[f"client1: {n}" for n in range(15, 25)]],
        )

    def test_missed_lines_of_several_rooms_are_added_up(self) -> None:
        ann, bob, cat = self.start(history=1, throttle=Throttle.off())
        bob.stalls()
        ann.types("/dm client2 1")
        self.server.clock.advance(0)
        cat.types("2")
        cat.hears()
        bob.reads()
        self.assertEqual(bob.hears(), ["server: You missed 1 line.", "client3: 2"])
        bob.stalls()
        cat.types("3")
        cat.hears()
        cat.types("/dm client1 4")
        bob.reads()
        self.assertEqual(bob.hears(), ["server: You missed 1 line."])

    def test_who_has_left_is_told_of_no_missed_lines(self) -> None:
        ann, bob, cat = self.start(history=5, throttle=Throttle.off())
        bob.stalls()
        ann.types("1", "2", "3")
        cat.hears()
        bob.types("/quit")
        for n in range(20):
            ann.types(str(n))
            cat.hears()
        bob.reads()
        self.assertEqual(bob.hears(), [])
        self.assertTrue(bob.is_closed())

    def test_history_is_bounded_in_bytes(self) -> None:
        ann, bob, cat = self.start(history_bytes=40_000, throttle=Throttle.off())
        bob.stalls()
        for _ in range(100):
            ann.types(LINE)
            self.assertEqual(cat.hears(), [f"client1: {LINE}"])
        bob.reads()
        missed, *heard = bob.hears()
        self.assertEqual(missed, f"server: You missed {100 - len(heard)} lines.")
        self.assertGreater(len(heard), 10)
        self.assertLess(len(heard), 20)

    def test_who_falls_behind_is_looked_for_only_where_something_is_new(self) -> None:
        chat, reader = self.server.chat, self.cat.session
        rooms = [Room(None) for _ in range(100)]
        for room in rooms:
            room.add_reader(reader)
        self.cat.stalls()
        for room in rooms[:2]:
            chat.delivery.append(room, Said("client1", "hello", ""))
        self.server.clock.advance(0)
        looked: list[Log] = []
        after = Log.after

        def counted(log: Log, position: int, most: int) -> Sequence[Entry]:
            looked.append(log)
            return after(log, position, most)

        self.patch(Log, "after", counted)
        chat.delivery.drained(reader)
        self.assertEqual(looked, [room.log for room in rooms[:2]])

    def test_all_who_catch_up_share_a_budget(self) -> None:
        _, _, cat = self.start(throttle=Throttle.off())
        many = [self.server.joined_by(f"10.0.1.{n}") for n in range(200)]
        for person in many:
            person.hears()
            person.stalls()
        for n in range(16):
            cat.types(f"{n} {LINE}")
        writes = [count_writes(person) for person in many]
        rounds: list[int] = []
        delivery = self.server.chat.delivery
        deliver = delivery._round

        def counted() -> None:
            before = sum(map(sum, writes))
            deliver()
            rounds.append(sum(map(sum, writes)) - before)

        self.patch(delivery, "_round", counted)
        rested = {person.session.connection for person in many[::2]}
        self.patch(Visit, "is_rested", lambda visit, now: visit in rested)
        for person in many:
            person.reads()
        self.server.clock.advance(0)
        self.assertGreater(len(rounds), 2)
        self.assertLessEqual(max(rounds), CATCH_UP_BYTES + SLICE_BYTES)
        said = [f"client3: {n} {LINE}" for n in range(16)]
        for person in many:
            self.assertEqual(person.hears()[-16:], said)


class IgnoringTests(ChatTestCase):
    def test_who_ignores_others_reads_what_all_do(self) -> None:
        crowd = [self.server.joined_by(f"10.0.1.{number}") for number in range(20)]
        for person in crowd:
            person.types("/ignore client3", "/time on")
        crowd[0].types("/ignore client2")
        for person in (self.ann, self.bob, self.cat, *crowd):
            person.hears()
        calls = 0

        def counted(*args: Any) -> Slice:
            nonlocal calls
            calls += 1
            return worded(*args)

        self.patch(slices, "worded", counted)
        self.patch(reading, "worded", counted)
        for speaker, listeners, most in (
            (self.ann, crowd, 2),  # with the time, and without
            (self.bob, crowd[1:], 3),
            (self.cat, [], 22),
        ):
            calls = 0
            speaker.types("hi")
            self.server.clock.advance(0)
            self.assertLessEqual(calls, most)
            for person in crowd:
                heard = f"{speaker.name}: hi" in "".join(person.hears())
                self.assertEqual(heard, person in listeners)
