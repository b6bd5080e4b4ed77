"""Commits that fail, and what is spoilt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from twisted.internet.defer import Deferred

from chatsvc.store import Stored, StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.chat.logs.slow import CommitTestCase
from tests.harness import ChatTestCase


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
        wrong = r"server: Not said, as something went wrong at the server \((\w{8})\): client1: "
        match = re.fullmatch(f"{wrong}a secret", heard[0])
        assert match is not None, heard
        self.assertIn(f"({match[1]})", logged[0])
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
    """A line without the number of an act, which moderators are told, or the report of a bug."""
    return re.sub(r" \(act \d+\)| \(\w{8}\)", "", line)


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
                self.assertRegex(line, r"as something went wrong at the server \(\w{8}\): ")
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
