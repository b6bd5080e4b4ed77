"""What is said is kept before anybody sees it, however long that takes, or not said at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from twisted.internet.defer import Deferred

from chatsvc.chat.rooms.vacancies import EMPTY_FOR
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import Stored, StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person


class Slow(MemoryStore):
    """Takes its time over what it is to keep, until the test has it end.

    calls: the texts that it was given together, each time.
    """

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.calls: list[list[str]] = []
        self._keeping: Deferred[None] | None = None

    async def append(self, said: Sequence[Stored]) -> None:  # type: ignore[override]  # it waits
        assert self._keeping is None, "there is one writer"
        self.calls.append([each.text for each in said])
        self._keeping = Deferred()
        await self._keeping
        super().append(said)

    def keeps(self) -> None:
        """It is done."""
        self._taken().callback(None)

    def fails(self, error: Exception | None = None) -> None:
        """It cannot be done."""
        self._taken().errback(error or StoreError("the disk is full"))

    def _taken(self) -> Deferred[None]:
        keeping, self._keeping = self._keeping, None
        assert keeping is not None, "nothing is to be kept"
        return keeping


class CommitTestCase(ChatTestCase):
    def setUp(self) -> None:
        self.store = Slow()
        self.ann, self.bob, self.cat = self.start(store=self.store, throttle=Throttle.off())

    def refused(self, person: Person, *lines: str) -> None:
        """Somebody alone is told that these lines are not said."""
        told = [f"server: Not said, as the disk is full: {line}" for line in lines]
        for each in (self.ann, self.bob, self.cat):
            self.assertEqual(each.hears(), told if each is person else [])


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


class FailureTests(CommitTestCase):
    def test_the_speaker_alone_is_told(self) -> None:
        self.ann.types("hi", "/me waves")
        self.everyone_hears()
        self.store.fails()
        self.refused(self.ann, "client1: hi", "* client1 waves")

    def test_each_is_told_of_what_is_their_own(self) -> None:
        self.ann.types("hi")
        self.bob.types("hello")
        self.everyone_hears()
        self.store.fails()
        told = "server: Not said, as the disk is full: "
        self.assertEqual(self.ann.hears(), [f"{told}client1: hi"])
        self.assertEqual(self.bob.hears(), [f"{told}client2: hello"])
        self.assertEqual(self.cat.hears(), [])

    def test_what_need_not_be_kept_is_seen(self) -> None:
        self.ann.types("one", "/dm client2 psst", "/nope")
        self.cat.types("/quit")
        self.everyone_hears()
        self.store.fails()
        self.assertEqual(self.bob.hears(), ["client1: psst", "server: client3 has quit."])
        heard = self.ann.hears()
        self.assertIn("server: Not said, as the disk is full: client1: one", heard)
        self.assertEqual(sum('no command "/nope"' in line for line in heard), 1)
        self.assertTrue(self.cat.is_closed())

    def test_it_goes_on_by_itself(self) -> None:
        self.ann.types("one")
        self.everyone_hears()
        self.bob.types("two")
        self.store.fails()
        self.refused(self.ann, "client1: one")
        self.store.fails()
        self.refused(self.bob, "client2: two")
        self.ann.types("three")
        self.everyone_hears()
        self.store.keeps()
        self.everyone_hears("client1: three")
        self.ann.types("/history")
        [found] = self.ann.hears()
        self.assertIn("client1: three", found)
        self.assertEqual(len(self.store.calls), 3)

    def test_nothing_of_it_is_shown_to_who_comes(self) -> None:
        self.ann.types("one")
        self.everyone_hears()
        self.store.fails()
        self.refused(self.ann, "client1: one")
        dan = self.server.joined_by("10.0.0.4")
        self.assertFalse([line for line in dan.hears() if "one" in line])

    def test_a_bug_in_the_store_is_logged_without_what_was_said(self) -> None:
        logged = self.logged()
        self.ann.types("a secret", "/nope")
        self.bob.types("/quit")
        self.everyone_hears()
        self.store.fails(RuntimeError("a secret"))
        heard = self.ann.hears()
        self.assertEqual(
            heard[0], "server: Not said, as something went wrong at the server: client1: a secret"
        )
        self.assertEqual(self.cat.hears(), ["server: client2 has quit."])
        self.assertTrue(self.bob.is_closed())
        self.assertEqual(len(logged), 1)
        self.assertIn("RuntimeError", logged[0])
        self.assertNotIn("secret", logged[0])
        self.cat.types("on")
        self.cat.hears()
        self.store.keeps()
        self.assertEqual(self.ann.hears()[-1], "client3: on")


class Choosy(MemoryStore):
    """Fails in a way of its own where there is a line that it cannot keep: a batch has gathered.

    calls: how often it was asked to keep something.
    """

    error: Exception = ValueError("spoilt")

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.calls = 0

    async def append(self, said: Sequence[Stored]) -> None:  # type: ignore[override]  # it waits
        self.calls += 1
        if any("spoilt" in each.text for each in said):
            raise self.error
        for each in said:
            assert not any(each[1:3] == other[1:3] for other in self._said), "one position twice"
        super().append(said)


def without_number(line: str) -> str:
    """A line without the number of an act, which moderators are told."""
    return re.sub(r" \(act \d+\)", "", line)


class SpoiltTests(ChatTestCase):
    """A line that the store cannot keep costs nobody else one."""

    def setUp(self) -> None:
        self.store = Choosy()
        self.ann, self.bob, self.cat = self.start(store=self.store, throttle=Throttle.off())
        self.log = self.logged()

    def test_only_that_line_is_refused_and_the_order_is_kept(self) -> None:
        self.ann.types("/join #ops")
        self.bob.types("/join #ops")
        for person in (self.ann, self.bob, self.cat):
            person.hears()
        for spoilt in ({0}, {3}, {9}, {0, 9}, {2, 3, 4}, set(range(10)), {1, 3, 5, 7, 9}):
            for number in range(10):
                room = "#lobby" if number % 3 else "#ops"
                if number in spoilt:
                    self.ann.types(f"/say {room} spoilt {number}")
                else:
                    self.bob.types(f"/say {room} {number}")
            shown = {n: f"{'' if n % 3 else '#ops '}client2: {n}" for n in range(10)}
            good = [n for n in range(10) if n not in spoilt]
            heard = self.ann.hears()
            self.assertEqual([line for line in heard if "Not said" not in line],
                             [shown[n] for n in good])  # fmt: skip
            refused = [line for line in heard if "Not said" in line]
            self.assertEqual(len(refused), len(spoilt))
            for number, line in zip(sorted(spoilt), refused, strict=True):
                self.assertIn("as something went wrong at the server: ", line)
                self.assertTrue(line.endswith(f"client1: spoilt {number}"), line)
            self.assertEqual(self.bob.hears(), [shown[n] for n in good])
            self.assertEqual(self.cat.hears(), [shown[n] for n in good if n % 3])
        self.assertEqual(len(self.log), 1)  # and how often is counted
        self.assertNotIn("spoilt", self.log[0])

    def test_nor_a_direct_message_a_topic_or_a_removal(self) -> None:
        """Whatever else was asked for in the same turn is done, each for those whom it is for."""
        self.ann, self.bob, self.cat = self.start(
            store=Choosy(), throttle=Throttle.off(), plaintext_passwords=True
        )
        for person, name in ((self.ann, "ann"), (self.bob, "bob"), (self.cat, "cat")):
            person.types(f"/nick {name}", "/register a-long-password", "/join #ops")
            person.hears()
        self.ann.types("/dm bob met", "/op #ops bob")
        self.cat.types("/say #ops removed")
        self.bob.types("/dm cat met")
        for each in (self.ann, self.bob, self.cat):
            each.hears()
        said = self.server.chat.rooms["#ops"].log.after(0, 100)
        [number] = [entry.id for entry in said if entry.line.endswith(b"removed")]
        self.cat.types("/bc spoilt")
        self.ann.types("/dm bob one", "/dm bob spoilt one", "/topic #ops new", "/dm bob two")
        self.bob.types(f"/redact {number}", "/dm cat spoilt three", "/dm cat four")
        why = "server: Not said, as something went wrong at the server:"
        topic = "server: ann has set the topic of #ops: new"
        gone = f"server: bob has removed line {number} of cat in #ops."
        heard = {
            each: sorted(map(without_number, each.hears()))
            for each in (self.ann, self.bob, self.cat)
        }
        self.assertEqual(
            heard[self.ann], sorted(["ann: one", f"{why} ann: spoilt one", topic, "ann: two", gone])
        )
        self.assertEqual(
            heard[self.bob],
            sorted([
                *("ann: one", topic, "ann: two", f"{why} bob: spoilt three", "bob: four", gone),
            ]),
        )  # fmt: skip
        own = "server: What you said in #ops was removed, by bob."
        own += " If that is wrong, /dm bob or the owner, ann."
        self.assertEqual(
            heard[self.cat], sorted([f"{why} cat: spoilt", topic, "bob: four", gone, own])
        )

    def test_what_is_said_behind_it_is_found_where_it_was_said(self) -> None:
        self.ann.types("one", "spoilt", "two")
        self.ann.hears()
        self.bob.types("three")
        self.bob.hears()
        lobby = self.server.chat.lobby
        said = self.successResultOf(Deferred.fromCoroutine(self.store.after(lobby.key, 0, 10)))
        positions = [each.position for each in said]
        self.assertEqual([each.text for each in said], ["one", "two", "three"])
        self.assertEqual([entry.id for position in positions
                          for entry in lobby.log.after(position - 1, 1)],
                         [each.id for each in said])  # fmt: skip

    def test_without_it_there_is_one_call(self) -> None:
        self.ann.types(*map(str, range(64)))
        self.ann.hears()
        self.assertEqual(self.store.calls, 1)

    def test_one_among_many_is_found_soon(self) -> None:
        self.ann.types(*map(str, range(63)), "spoilt")
        self.ann.hears()
        self.assertLessEqual(self.store.calls, 1 + 2 * 6)

    def test_a_store_that_does_not_work_is_not_asked_again(self) -> None:
        self.store.error = StoreError("the disk is full")
        self.ann.types(*map(str, range(63)), "spoilt")
        self.assertEqual(sum("Not said" in line for line in self.ann.hears()), 64)
        self.assertEqual(self.store.calls, 1)


class SlowAnswerTests(ChatTestCase):
    """Answers that come from a store that takes its time."""

    def setUp(self) -> None:
        self.asked: list[Deferred[None]] = []
        self.is_broken = False
        asked, test = self.asked, self

        class Slow(MemoryStore):
            async def before(self, room: str, position: int, most: int) -> list[Stored]:
                waiting: Deferred[None] = Deferred()
                asked.append(waiting)
                await waiting
                return await super().before(room, position, most)

            async def put(self, name: str, value: str | None, version: int) -> None:
                if test.is_broken:
                    raise StoreError("the disk is full")
                await super().put(name, value, version)

        self.ann, self.bob, self.cat = self.start(store=Slow(1000, 10**6), backlog=0)

    def test_who_sends_no_more_still_gets_the_answer(self) -> None:
        self.bob.types("one")
        self.ann.hears()
        self.ann.types("/history")
        self.ann.closes()
        self.assertEqual(self.ann.hears(), [])
        self.assertFalse(self.ann.transport.disconnecting)
        self.asked.pop().callback(None)
        self.assertTrue(self.ann.hears()[-1].endswith("client2: one"))
        self.assertTrue(self.ann.is_closed())

    def test_what_the_store_refuses_is_not_changed(self) -> None:
        self.ann.types("/join #ops sesame", "/persist")
        self.ann.hears()
        self.is_broken = True
        self.ann.types("/key -", "/topic x")
        told = "server: That cannot be done now, as the disk is full."
        self.assertEqual(self.ann.hears(), [told, told])
        self.bob.types("/join #ops")
        self.assertIn("has a key", self.bob.hears()[-1])
