"""Who goes first when more is asked for than there is time for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.delivery.slices import SLICE_BYTES, SLICE_EVENTS
from chatsvc.chat.flow import admission
from chatsvc.chat.flow.admission import (
    ADMIT_EVERY,
    ALONE,
    ASK_EVERY,
    DELIVERED,
    EVENT,
    FILLING,
    MORE_CAUSES,
    MORE_WITHIN,
    READS,
    RESTED_WITHIN,
    SAID,
    STRANGERS_WITHIN,
    TALK,
    TURN_CAUSES,
    TURN_WITHIN,
    Admission,
    Rank,
    Share,
)
from chatsvc.door.contract import LONGEST
from tests.harness import Clock

MILLISECOND = 1_000_000  # nanoseconds


def clock_of(test: AdmissionTests) -> Any:
    """The clock of a test."""
    clock: Any = Clock()
    clock.seconds = lambda: test.now
    clock.busy = lambda: test.now - test.idle
    clock.is_wanted = lambda: test.wanted
    return clock


class AdmissionTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.now = 1000.0
        self.asked = 0
        self.is_committing = False
        self.reads = 0  # of the store that wait
        self.idle = 0.0  # seconds in which others had the processor
        self.wanted = False  # whether another thread has results
        self.admission = Admission(
            clock_of(self),
            self.ask,
            lambda: self.is_committing,
            lambda: self.reads,
        )
        self.done: list[str] = []

    def ask(self) -> None:
        self.asked += 1

    def admits(self, is_rested: bool = False) -> bool:
        return self.admission.admits(is_rested)

    def takes(self, name: str, seconds: float = 0.0) -> None:
        self.done.append(name)
        self.now += seconds

    def works(self, seconds: float) -> None:
        self.now += seconds
        self.admission.charge(Share(), Share(), 0)

    def test_people_talk_while_lines_wait_for_the_store_and_for_a_while_after(self) -> None:
        self.assertFalse(self.admission.is_talk)
        self.is_committing = True
        self.assertTrue(self.admission.is_talk)
        self.admission.note_flushed(is_talk=True)
        self.is_committing = False
        self.admission.note_flushed(is_talk=False)
        self.now += TALK * 0.9
        self.assertTrue(self.admission.is_talk)
        self.now += TALK * 0.2
        self.assertFalse(self.admission.is_talk)

    def waits(
        self, name: str, address: Share, seconds: float = 0.0, connection: Share | None = None,
        rank: Rank = Rank.OTHER,
    ) -> Callable[[], object]:  # fmt: skip
        """Somebody waits with something that takes so long; it is charged to the shares."""
        connection = connection or address

        def call() -> None:
            self.takes(name, seconds)
            self.admission.charge(address, connection, 0)

        self.admission.wait(call, address, connection, rank)
        return call

    def turn(self) -> bool:
        """A turn of the reactor; whether the next one is to follow at once."""
        return self.admission.begin_turn()

    def test_as_long_as_there_is_time_nobody_waits(self) -> None:
        self.assertTrue(self.admits())
        self.works(TURN_WITHIN / 2)
        self.assertTrue(self.admits())
        self.works(TURN_WITHIN)
        self.assertFalse(self.admits())
        self.assertEqual(self.asked, 1)  # for the next turn
        self.assertFalse(self.turn())
        self.assertTrue(self.admits())

    def test_the_rested_have_some_time_for_themselves(self) -> None:
        self.assertTrue(self.admits())
        self.works(1.5 * TURN_WITHIN)
        self.assertEqual([self.admits(False), self.admits(True)], [False, True])
        self.works(RESTED_WITHIN)
        self.assertFalse(self.admits(True))

    def test_nobody_need_ask_again_for_a_while(self) -> None:
        self.assertTrue(self.admits())
        self.assertEqual(self.admission.open_until, self.now + ASK_EVERY)
        self.assertLess(self.admission.rested_until, self.now)  # that was not asked
        self.assertTrue(self.admits(True))
        self.assertEqual(self.admission.rested_until, self.now + ASK_EVERY)
        self.turn()
        self.assertLess(max(self.admission.open_until, self.admission.rested_until), self.now)

    def test_all_ask_when_somebody_waits(self) -> None:
        self.assertTrue(self.admits() and self.admits(True))
        self.waits("a", Share())
        self.assertLess(self.admission.open_until, self.now)
        self.assertGreater(self.admission.rested_until, self.now)  # the rested go before that one
        self.waits("b", Share(), rank=Rank.RESTED)
        self.assertLess(self.admission.rested_until, self.now)

    def test_results_end_the_time_of_all_but_the_rested(self) -> None:
        self.assertTrue(self.admits())
        self.wanted = True
        self.assertEqual([self.admits(False), self.admits(True)], [False, True])
        for name in "ab":
            self.waits(name, Share())
        self.assertTrue(self.turn())
        self.assertEqual(self.done, ["a"])
        self.wanted = False
        self.assertFalse(self.turn())
        self.assertEqual(self.done, ["a", "b"])

    def test_who_waits_is_before_who_comes(self) -> None:
        self.waits("a", Share())
        self.assertEqual([self.admits(False), self.admits(True)], [False, True])
        self.waits("b", Share(), rank=Rank.RESTED)
        self.assertFalse(self.admits(True))
        self.assertFalse(self.turn())
        self.assertEqual(self.done, ["b", "a"])
        self.assertTrue(self.admits())

    def test_who_has_had_least_is_first(self) -> None:
        shares = {name: Share() for name in "abc"}
        for name, work in (("a", 3), ("b", 1), ("c", 2)):
            self.admission.charge(shares[name], shares[name], work * MILLISECOND)
        for name, share in shares.items():
            self.waits(name, share)
        self.turn()
        self.assertEqual("".join(self.done), "bca")

    def test_addresses_are_alike_however_many_connections_they_have(self) -> None:
        many, one = Share(), Share()
        connections = [Share() for _ in range(8)]
        for number, connection in enumerate(connections):
            self.waits(f"m{number}", many, TURN_WITHIN / 3, connection)
        for _ in range(2):
            self.waits("one", one, TURN_WITHIN / 3, Share())
        while self.turn():
            pass
        self.assertEqual(self.done[:4].count("one"), 2)
        self.assertEqual(len(self.done), 10)

    def test_connections_of_an_address_are_alike(self) -> None:
        address, busy, quiet = Share(), Share(), Share()
        self.admission.charge(address, busy, 5 * MILLISECOND)
        self.admission.charge(address, quiet, 1 * MILLISECOND)
        self.waits("busy", address, connection=busy)
        self.waits("quiet", address, connection=quiet)
        self.turn()
        self.assertEqual(self.done, ["quiet", "busy"])

    def test_who_was_silent_for_long_has_saved_up_nothing(self) -> None:
        silent, busy = Share(), Share()
        for _ in range(1000):
            self.admission.charge(busy, busy, MILLISECOND)
        self.admission.charge(silent, silent, 2 * MILLISECOND)
        self.assertGreater(silent.finish, busy.finish)

    def test_a_turn_ends(self) -> None:
        for number in range(10):
            self.waits(str(number), Share(), TURN_WITHIN * 0.4)
        turns = 1
        while self.turn():
            turns += 1
        self.assertEqual(len(self.done), 10)
        self.assertEqual(turns, 4)

    def test_who_has_more_goes_on_for_a_while(self) -> None:
        """Or else of a few who send much, one line each would be heard in a turn from then on."""
        for rank in (Rank.OTHER, Rank.RESTED):
            self.setUp()
            for name in "ab":
                self.has_much(name, Share(), rank, seconds=MORE_WITHIN * 0.3)
            self.assertTrue(self.turn())
            self.assertEqual(self.done, ["a", "b"] * 2)

    def test_who_has_more_does_not_cause_much(self) -> None:
        for name in "ab":
            self.has_much(name, Share(), causes=self.admission.cause_alone)
        self.assertTrue(self.turn())
        self.assertEqual(self.done, ["a", "b"] * 3)
        self.assertGreater(3 * 2 * ALONE, MORE_CAUSES)

    def test_writes_to_all_of_a_large_room_are_filled(self) -> None:
        """To write to all of them takes longer than to fill that."""
        readers = 1000
        causes = partial(self.admission.cause, readers, 80)
        self.has_much("a", Share(), causes=causes)
        self.assertTrue(self.turn())
        self.assertGreater(self.admission.caused, readers * FILLING)
        self.assertLess(self.admission.caused, readers * FILLING * 1.2)

    def has_much(
        self, name: str, share: Share, rank: Rank = Rank.OTHER, *,
        seconds: float = 0.0, causes: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        """Somebody waits with one thing after another, each of which takes and causes so much."""

        def call() -> None:
            self.takes(name, seconds)
            causes()
            self.admission.charge(share, share, 0)
            self.admission.wait(call, share, share, rank)

        self.admission.wait(call, share, share, rank)

    def test_strangers_who_have_more_hold_up_nobody(self) -> None:
        self.is_committing = True
        for name in "ab":
            self.has_much(name, Share(), Rank.STRANGER, seconds=STRANGERS_WITHIN * 0.7)
        self.turn()
        self.assertEqual(self.done, ["a", "b"])

    def test_a_turn_ends_though_nothing_is_charged(self) -> None:
        """Such as for a line that, at its turn, has to wait for something else."""
        for number in range(10):
            takes = partial(self.takes, str(number), TURN_WITHIN * 0.4)
            self.admission.wait(takes, Share(), Share(), Rank.OTHER)
        self.turn()
        self.assertEqual(len(self.done), 3)

    def test_strangers_have_little_of_a_turn_while_people_talk(self) -> None:
        for is_talk, took in ((False, TURN_WITHIN), (True, STRANGERS_WITHIN)):
            self.is_committing = is_talk
            for number in range(50):
                self.waits(str(number), Share(), STRANGERS_WITHIN * 0.4, rank=Rank.STRANGER)
            began = self.now
            self.turn()
            self.assertGreater(self.now - began, took)
            self.assertLess(self.now - began, took + STRANGERS_WITHIN)

    def test_strangers_who_have_had_less_go_first_and_then_hold_up_nobody(self) -> None:
        self.is_committing = True
        had, new = Share(), Share()
        self.admission.charge(had, had, MILLISECOND)
        self.waits("had more", had, TURN_WITHIN)
        for name in "ab":
            self.waits(name, new, STRANGERS_WITHIN * 2, rank=Rank.STRANGER)
        self.turn()
        self.assertEqual(self.done, ["a", "had more"])
        self.turn()
        self.assertEqual(self.done, ["a", "had more", "b"])

    def test_a_stranger_has_its_turn_whatever_the_rested_take(self) -> None:
        self.is_committing = True
        for turn in (1, 2, 3):
            self.waits("rested", Share(), STRANGERS_WITHIN * 2, rank=Rank.RESTED)
            self.waits("a", Share(), rank=Rank.STRANGER)
            self.waits("b", Share(), rank=Rank.STRANGER)
            self.turn()
            self.assertEqual(self.done.count("a") + self.done.count("b"), turn)

    def test_to_put_a_crowd_in_order_takes_nothing_of_its_time(self) -> None:

        def order(queue: list[object]) -> None:
            self.now += TURN_WITHIN * 2

        self.patch(admission, "heapify", order)
        for name in "abcde":
            self.waits(name, Share())
        self.turn()
        self.assertEqual(len(self.done), 5)

    def test_something_goes_on_however_much_there_is_to_do(self) -> None:
        self.admission.behind = TURN_CAUSES + 1
        for name in "ab":
            self.waits(name, Share())
        self.assertFalse(self.admits())
        self.assertTrue(self.turn())
        self.assertEqual(self.done, ["a"])
        self.assertTrue(self.turn())
        self.assertEqual(self.done, ["a"])
        self.now += ADMIT_EVERY
        self.assertFalse(self.turn())
        self.assertEqual(self.done, ["a", "b"])

    def test_of_the_rested_somebody_goes_on_in_every_turn(self) -> None:
        self.admission.behind = TURN_CAUSES + 1
        for name in "ab":
            self.waits(name, Share(), rank=Rank.RESTED)
        self.waits("c", Share())
        for _ in range(5):
            self.assertTrue(self.turn())
        self.assertEqual(self.done, ["a", "b"])

    def test_no_more_is_said_than_can_be_delivered(self) -> None:
        for readers in (200, 1000):
            size = SAID + DELIVERED * TURN_CAUSES // readers
            self.assertTrue(self.admits())
            self.admission.cause(readers, size)
            self.assertFalse(self.admits())
            self.admission.note_flushed(is_talk=False)
            self.assertTrue(self.admits())

    def test_a_write_to_each_of_a_crowd_is_filled(self) -> None:
        for readers in (1000, 5000):
            for is_rested in (False, True):
                said = 0
                while self.admits(is_rested):
                    self.admission.cause(readers, 74)
                    said += 74 + EVENT
                self.assertGreater(said, SAID * 3 // 4)
                self.admission.note_flushed(is_talk=False)

    def test_what_may_be_said_fits_into_one_write(self) -> None:
        self.assertLess(SAID + LONGEST, SLICE_BYTES + 1)
        self.assertLess(SLICE_BYTES // EVENT, SLICE_EVENTS)

    def test_a_crowd_is_told_no_more_than_two_slices(self) -> None:
        while self.admits():
            self.admission.cause(60, 1000)
        self.assertLess(self.admission.caused, TURN_CAUSES)
        self.admission.note_flushed(is_talk=False)
        self.turn()
        self.assertTrue(self.admits())

    def test_where_few_read_much_may_be_said(self) -> None:
        self.admission.cause(10, TURN_CAUSES // 20)
        self.assertTrue(self.admits())

    def test_what_each_is_told_alone_counts(self) -> None:
        for _ in range(TURN_CAUSES // ALONE):
            self.assertTrue(self.admits())
            self.admission.cause_alone()
        self.admission.cause_alone()
        self.assertEqual([self.admits(), self.admits(True)], [False, True])

    def test_the_store_is_asked_for_no_more_than_it_reads(self) -> None:
        self.reads = READS + 1
        self.assertEqual([self.admits(), self.admits(True)], [False, True])
        self.reads = READS
        self.assertTrue(self.admits())

    def test_nothing_turns_round_while_a_commit_is_waited_for(self) -> None:
        self.waits("a", Share())
        self.admission.cause(1000, TURN_CAUSES)
        self.waits("b", Share())
        self.is_committing = True
        self.assertFalse(self.turn())
        self.assertEqual(self.done, ["a"])
        self.is_committing = False
        self.waits("c", Share())
        self.assertTrue(self.turn())

    def test_who_has_gone_waits_no_more(self) -> None:
        calls = [self.waits(name, Share(), rank=Rank.RESTED) for name in "ab"]
        self.admission.forget(calls[0])
        self.admission.forget(calls[0])
        self.assertFalse(self.turn())
        self.assertEqual(self.done, ["b"])
        self.assertTrue(self.admits(True))

    def test_who_goes_while_others_are_admitted(self) -> None:
        later = self.waits("later", Share())
        first = Share()
        self.admission.wait(partial(self.admission.forget, later), first, first, Rank.RESTED)
        self.assertFalse(self.turn())
        self.assertEqual(self.done, [])

    def test_a_turn_is_no_shorter_when_others_have_the_processor(self) -> None:
        self.assertTrue(self.admits())
        self.idle = 10 * TURN_WITHIN
        self.works(self.idle + TURN_WITHIN / 2)
        self.assertTrue(self.admits())
        self.works(TURN_WITHIN)
        self.assertFalse(self.admits())
