"""Commits: what is said is kept before anybody sees it, in order."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from chatsvc.chat.delivery.delivery import Delivery
from chatsvc.chat.flow.admission import TALK, Rank, Share
from chatsvc.chat.rooms.vacancies import EMPTY_FOR
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import Stored
from tests.chat.logs.slow import CommitTestCase

run = Delivery._round


class OrderTests(CommitTestCase):
    def test_nobody_sees_what_is_not_kept(self) -> None:
        self.ann.types("hi")
        self.everyone_hears()
        self.everyone_hears()
        self.store.keeps()
        self.everyone_hears("client1: hi")

    def test_what_gathers_meanwhile_is_kept_together(self) -> None:
        self.ann.types("one")
        self.everyone_hears()
        self.bob.types("two", "three")
        self.everyone_hears()
        self.ann.types("/me waves")
        self.everyone_hears()
        self.store.keeps()
        self.everyone_hears("client1: one")
        self.assertEqual(self.store.calls, [["one"], ["two", "three", "waves"]])
        self.store.keeps()
        self.everyone_hears("client2: two", "client2: three", "* client1 waves")

    def test_strangers_know_whether_people_talk(self) -> None:
        admission = self.server.chat.delivery.admission
        self.assertFalse(admission.is_talk)
        self.ann.types("one")
        self.server.clock.advance(0)
        self.store.keeps()
        self.assertTrue(admission.is_talk)
        self.server.clock.advance(TALK)
        self.assertFalse(admission.is_talk)

    def test_in_a_crowd_what_gathers_is_kept_before_anybody_can_reply(self) -> None:
        append = self.store.append
        given: list[bool] = []

        async def noting(said: Sequence[Stored]) -> None:
            given.append(b"one" in self.cat.transport.value())
            await append(said)

        self.patch(self.store, "append", noting)
        for strangers in (0, 1):
            self.ann.types("one")
            self.everyone_hears()
            self.bob.types("two")
            self.everyone_hears()
            for _ in range(strangers):
                self.server.chat.delivery.admission.wait(
                    lambda: None, Share(), Share(), Rank.STRANGER
                )
            self.store.keeps()
            self.server.clock.advance(0)
            self.store.keeps()
            self.everyone_hears("client1: one", "client2: two")
        self.assertEqual(given, [False, True, False, False])

    def test_while_strangers_wait_the_store_goes_first(self) -> None:
        given: list[int] = []
        self.patch(self.store, "give_way", lambda: given.append(len(self.store.calls)))
        admission = self.server.chat.delivery.admission
        for rank in (Rank.RESTED, Rank.STRANGER):
            admission.wait(lambda: given.append(0), Share(), Share(), rank)
            self.ann.types("hi")
            self.everyone_hears()
            self.store.keeps()
            self.everyone_hears("client1: hi")
        self.assertEqual(given, [0, 2, 0])

    def test_what_is_kept_meanwhile_is_told_in_the_same_turn(self) -> None:
        rounds: list[int] = []

        def runs(delivery: Delivery) -> None:
            rounds.append(1)
            run(delivery)

        self.patch(Delivery, "_round", runs)
        self.patch(self.store, "give_way", self.store.keeps)
        admission = self.server.chat.delivery.admission
        admission.wait(lambda: None, Share(), Share(), Rank.STRANGER)
        self.ann.types("hi")
        while not self.bob.transport.value():
            self.server.clock.advance(0)
        self.assertEqual(len(rounds), 1)
        self.assertTrue(admission.is_talk)
        self.everyone_hears("client1: hi")
        self.patch(self.store, "give_way", self.store.fails)
        admission.wait(lambda: None, Share(), Share(), Rank.STRANGER)
        self.ann.types("hi")
        self.refused(self.ann, "client1: hi")

    def test_replies_stay_behind_what_was_said_before(self) -> None:
        self.ann.types("one", "/nope", "two", "/users")
        self.everyone_hears()
        self.store.keeps()
        heard = self.ann.hears()
        self.assertEqual([heard[0], heard[2]], ["client1: one", "client1: two"])
        self.assertIn('no command "/nope"', heard[1])
        self.assertIn("client3", heard[3])
        self.assertEqual(len(heard), 4)
        self.assertEqual(self.bob.hears(), ["client1: one", "client1: two"])

    def test_so_do_those_to_somebody_else(self) -> None:
        self.ann.types("one")
        self.everyone_hears()
        self.bob.types("/nope")
        self.everyone_hears()
        self.store.keeps()
        heard = self.bob.hears()
        self.assertEqual(heard[0], "client1: one")
        self.assertIn('no command "/nope"', heard[1])

    def test_direct_messages_and_presence_keep_their_place(self) -> None:
        self.ann.types("one", "/dm client2 psst", "/nick ann", "two")
        self.cat.types("/quit")
        dan = self.server.joined_by("10.0.0.4")
        self.assertEqual(self.bob.hears(), [])
        self.assertEqual(len(dan.hears()), 1)  # the welcome
        self.ann.types("three")
        self.store.keeps()
        self.assertEqual(
            self.bob.hears(),
            [
                "client1: one",
                "client1: psst",
                "server: client1 is now known as ann.",
                "ann: two",
                "server: client3 has quit.",
            ],
        )
        self.store.keeps()
        self.assertEqual(self.bob.hears(), ["server: client4 has joined.", "ann: three"])
        self.assertEqual(dan.hears()[-1], "ann: three")

    def test_only_what_is_said_to_all_goes_to_the_store(self) -> None:
        self.ann.types("/dm client2 psst", "/nick ann")
        self.cat.drops()
        self.server.joined_by("10.0.0.4").types("/join #ops", "/part")
        self.assertEqual(
            self.bob.hears(),
            [
                "client1: psst",
                "server: client1 is now known as ann.",
                "server: client3 has lost its connection.",
                "server: client4 has joined.",
            ],
        )
        self.assertEqual(self.store.calls, [])

    def test_history_asked_for_at_once_has_it(self) -> None:
        self.ann.types("one", "/history")
        self.everyone_hears()
        self.store.keeps()
        said, found = self.ann.hears()
        self.assertEqual(said, "client1: one")
        self.assertRegex(found, r"^\[\d+ .+\] client1: one$")


class LeavingTests(CommitTestCase):
    def test_last_words_are_kept_and_seen_before_the_end(self) -> None:
        self.ann.types("bye", "/quit")
        self.assertEqual(self.ann.hears(), [])
        self.assertFalse(self.ann.is_closed())
        self.store.keeps()
        self.assertEqual(self.ann.hears(), ["client1: bye"])
        self.assertTrue(self.ann.is_closed())
        self.assertEqual(self.bob.hears(), ["client1: bye", "server: client1 has quit."])

    def test_last_words_that_cannot_be_kept(self) -> None:
        self.ann.types("bye", "/quit")
        self.bob.hears()
        self.store.fails()
        self.assertEqual(self.bob.hears(), ["server: client1 has quit."])
        told = "server: Not said, as the disk is full: client1: bye"
        self.assertEqual(self.ann.hears(), [told])
        self.assertTrue(self.ann.is_closed())

    def test_who_drops_is_heard(self) -> None:
        self.ann.types("hi")
        self.everyone_hears()
        self.ann.drops()
        self.store.keeps()
        heard = ["client1: hi", "server: client1 has lost its connection."]
        self.assertEqual(self.bob.hears(), heard)
        self.assertEqual(self.cat.hears(), heard)

    def test_who_drops_need_not_be_told_that_it_failed(self) -> None:
        logged = self.logged()
        self.ann.types("hi")
        self.everyone_hears()
        self.ann.drops()
        self.store.fails()
        self.assertEqual(self.bob.hears(), ["server: client1 has lost its connection."])
        self.bob.types("on")
        self.bob.hears()
        self.store.keeps()
        self.assertEqual(self.cat.hears()[-1], "client2: on")
        self.assertEqual(logged, [])

    def test_who_drops_need_not_be_told_what_was_asked_for(self) -> None:
        logged = self.logged()
        self.ann.types("hi", "/history")
        self.everyone_hears()
        self.ann.drops()
        self.store.keeps()
        self.assertEqual(self.bob.hears()[0], "client1: hi")
        self.assertEqual(logged, [])

    def test_shutdown_waits(self) -> None:
        done: list[None] = []
        self.ann.types("one")
        self.everyone_hears()
        self.ann.types("two")
        self.server.chat.shut_down(lambda: done.append(None))
        self.everyone_hears()
        self.store.keeps()
        self.everyone_hears("client1: one")
        self.assertEqual(done, [])
        self.store.keeps()
        self.everyone_hears("client1: two", "server: The server is shutting down.")
        for person in (self.ann, self.bob, self.cat):
            self.assertTrue(person.is_closed())
        self.assertEqual(done, [None])

    def test_shutdown_when_nothing_can_be_kept(self) -> None:
        done: list[None] = []
        self.ann.types("one")
        self.everyone_hears()
        self.server.chat.shut_down(lambda: done.append(None))
        self.store.fails()
        told = "server: Not said, as the disk is full: client1: one"
        self.assertEqual(self.ann.hears(), [told, "server: The server is shutting down."])
        self.assertEqual(self.bob.hears(), ["server: The server is shutting down."])
        for person in (self.ann, self.bob, self.cat):
            self.assertTrue(person.is_closed())
        self.assertEqual(done, [None])


class RoomTests(CommitTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann.types("/join #ops")
        self.ann.hears()

    def test_who_joins_meanwhile_sees_it_as_said_before(self) -> None:
        self.ann.types("one")
        self.everyone_hears()
        self.bob.types("/join #ops", "two")
        self.everyone_hears()
        self.store.keeps()
        self.assertEqual(self.ann.hears(), ["#ops client1: one"])
        self.assertEqual(self.bob.hears(), [])
        self.store.keeps()
        self.assertEqual(
            self.ann.hears(), ["server: client2 has joined #ops.", "#ops client2: two"]
        )
        heard = self.bob.hears()
        self.assertEqual(heard[0], "server: You are in #ops. 1 other person is in it.")
        self.assertIn("#ops client1: one", heard[2])
        self.assertEqual(heard[-1], "#ops client2: two")
        self.assertEqual(sum("one" in line for line in heard), 1)

    def test_who_parts_meanwhile_still_reads_it(self) -> None:
        self.bob.types("/join #ops")
        self.ann.hears()
        self.bob.hears()
        self.ann.types("one")
        self.everyone_hears()
        self.bob.types("/part")
        self.everyone_hears()
        self.ann.types("two")
        self.store.keeps()
        self.assertEqual(self.bob.hears()[0], "#ops client1: one")
        self.store.keeps()
        self.assertEqual(
            self.ann.hears(),
            ["#ops client1: one", "server: client2 has left #ops.", "#ops client1: two"],
        )
        heard = self.bob.hears()
        self.assertNotIn("#ops client1: two", heard)

    def test_who_joins_and_drops_meanwhile(self) -> None:
        self.ann.types("one")
        self.everyone_hears()
        self.bob.types("/join #ops", "two")
        self.bob.drops()
        self.store.keeps()
        self.ann.hears()
        self.store.keeps()
        heard = self.ann.hears()
        self.assertIn("#ops client2: two", heard)
        self.assertEqual(heard[-1], "server: client2 has lost its connection.")
        self.assertEqual(list(self.server.chat.rooms["#ops"].readers), [self.ann.session])

    def test_nothing_is_left_of_a_room_that_ends_meanwhile(self) -> None:
        self.ann.types("one")
        self.everyone_hears()
        self.ann.types("two", "/part")
        for _ in range(2):
            self.store.keeps()
            self.ann.hears()
        self.server.clock.pump([EMPTY_FOR, TIDY_EVERY])
        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(self.store.open())).heads, {})
