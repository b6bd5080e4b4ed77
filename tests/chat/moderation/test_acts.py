"""Acts: kept, found by whom they hit, and forgotten."""

from __future__ import annotations

from collections.abc import Coroutine
from math import inf
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.moderation import acts
from chatsvc.chat.moderation.act import SERVER, Act
from chatsvc.chat.moderation.acts import REASON_LENGTH, Acts
from chatsvc.chat.rooms.roles import Role
from chatsvc.clock import Turns
from chatsvc.errors import ChatError
from chatsvc.store import RESTORED, VALUE_BYTES, StoreError
from chatsvc.stores.memory import MemoryStore
from tests.harness import Clock, Server
from tests.zone import move_to

Result = TypeVar("Result")

ROOM = "#ops/1"
BOB = ("account bob", "guest client2")


class Brittle(MemoryStore):
    """One that fails while it is told to."""

    fails = False

    async def put(self, name: str, value: str | None, version: int) -> None:
        if self.fails:
            raise StoreError("the disk is full")
        await super().put(name, value, version)


class RestoredTests(SynchronousTestCase):
    def test_who_has_restored_the_store_is_noted_once(self) -> None:
        store = MemoryStore(100, 10**6)
        facts = '{"by": "admin:root", "backup": "chat.sqlite"}'
        self.successResultOf(Deferred.fromCoroutine(store.put(RESTORED, facts, 0)))
        for _ in range(2):
            server = Server(store=store)
            [act] = server.chat.acts.of(SERVER)
            self.assertIn('admin:root restored the store: "chat.sqlite"', act.line(server.clock))
        self.assertNotIn(RESTORED, server.records())

    def test_a_store_that_fails_keeps_nobody_from_starting(self) -> None:
        store = Brittle(100, 10**6)
        facts = '{"by": "admin:root", "backup": "chat.sqlite"}'
        self.successResultOf(Deferred.fromCoroutine(store.put(RESTORED, facts, 0)))
        store.fails = True
        self.successResultOf(Deferred.fromCoroutine(Acts(Clock(), store).open()))


class ActTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        move_to(self, "UTC")
        self.clock = Clock()
        self.clock.advance(1_000_000)
        self.store = Brittle(1, 1)
        self.restart()

    def restart(self) -> None:
        """[The server is killed, and started again.]"""
        self.acts = Acts(self.clock, self.store)
        self.done(self.acts.open())

    def done(self, doing: Coroutine[Any, Any, Result]) -> Result:
        return self.successResultOf(Deferred.fromCoroutine(doing))

    def fails(self, kind: type[Exception], doing: Coroutine[Any, Any, Any]) -> str:
        return str(self.failureResultOf(Deferred.fromCoroutine(doing), kind).value)

    def adding(
        self,
        kind: str = "ban",
        room_key: str = ROOM,
        keys: tuple[str, ...] = BOB,
        reason: str = "",
        span: float = inf,
        rank: Role = Role.OWNER,
    ) -> Coroutine[Any, Any, Act]:
        return self.acts.add(kind, room_key, "ann", rank, "bob", keys, reason, span)

    def add(self, *args: Any, **options: Any) -> Act:
        return self.done(self.adding(*args, **options))

    def against(self, *keys: str, room_key: str = ROOM, kind: str = "ban") -> list[int]:
        return sorted({act.id for act in self.acts.against(room_key, kind, keys)})


class ActTests(ActTestCase):
    def test_is_in_force_against_each_of_its_keys(self) -> None:
        act = self.add()
        for key in BOB:
            self.assertEqual(self.against(key, "address 10.0.0.1"), [act.id])
        self.assertEqual(self.against("account cat"), [])
        self.assertEqual(self.against(*BOB, room_key="#other/2"), [])
        self.assertEqual(self.against(*BOB, kind="mute"), [])

    def test_networks(self) -> None:
        act = self.add(keys=("network 10.0.0.0/24",))
        self.assertEqual(self.against("guest client1", "address 10.0.0.9"), [act.id])
        self.assertEqual(self.against("guest client1", "address 10.0.1.9"), [])
        self.done(self.acts.undo(act, "ann", ""))
        self.assertEqual(self.against("address 10.0.0.9"), [])

    def test_ends(self) -> None:
        self.add(span=60.0)
        self.clock.advance(59)
        self.assertEqual(self.against(*BOB), [1])
        self.clock.advance(1)
        self.assertEqual(self.against(*BOB), [])
        self.assertEqual(self.acts.in_force(ROOM, "ban"), [])
        self.done(self.acts.forget_all_but({ROOM}, Turns(self.clock)))
        self.assertEqual(self.acts._by_key, {})

    def test_is_undone(self) -> None:
        act = self.add()
        self.done(self.acts.undo(act, "cat", "a mistake"))
        self.assertEqual(self.against(*BOB), [])
        self.assertIn("cat has undone", self.fails(ChatError, self.acts.undo(act, "dan", "")))
        self.restart()
        self.assertEqual(self.against(*BOB), [])
        [kept] = self.acts.of(ROOM)
        self.assertEqual((kept.undone_by, kept.undone_why), ("cat", "a mistake"))

    def test_outlives_the_server(self) -> None:
        self.add(reason="spam", span=60.0)
        self.add(kind="mute", room_key=SERVER)
        self.restart()
        self.assertEqual(self.against(*BOB), [1])
        self.assertEqual(self.against(*BOB, room_key=SERVER, kind="mute"), [2])
        self.assertEqual(self.acts.of(SERVER)[0].until, inf)
        self.assertIs(self.acts.of(ROOM)[0].rank, Role.OWNER)
        self.clock.advance(60)
        self.assertEqual(self.against(*BOB), [])
        self.assertEqual(self.add().id, 3)

    def test_what_was_over_at_once_has_no_length_though_clocks_differ(self) -> None:
        act = Act(1, "kick", ROOM, "ann", Role.OWNER, "bob", BOB, "", 1000.0, 1000.0000001)
        self.assertRegex(act.line(self.clock), r"^\[1 .*\] ann kicked bob$")
        self.assertEqual((act.span, act.end(self.clock)), ("", ""))

    def test_the_roles_of_guests_do_not(self) -> None:
        self.add(kind="op", keys=("guest client2",))
        self.add(kind="op", keys=("account cat",))
        self.restart()
        self.assertEqual(self.against("guest client2", kind="op"), [])
        self.assertEqual(self.against("account cat", kind="op"), [2])

    def test_a_store_that_fails(self) -> None:
        act = self.add()
        self.store.fails = True
        self.fails(StoreError, self.adding(keys=("account cat",)))
        self.assertEqual(self.against("account cat"), [])
        self.fails(StoreError, self.acts.undo(act, "ann", ""))
        self.assertEqual(self.against(*BOB), [1])
        self.store.fails = False
        self.done(self.acts.undo(act, "ann", ""))
        self.assertEqual(self.against(*BOB), [])

    def test_the_same_twice(self) -> None:
        act = self.add(span=60.0)
        self.assertIs(self.acts.same(ROOM, "ban", BOB[:1]), act)
        self.assertIsNone(self.acts.same(ROOM, "mute", BOB))
        self.clock.advance(60)
        self.assertIsNone(self.acts.same(ROOM, "ban", BOB))

    def test_at_the_same_moment(self) -> None:
        class Slow(MemoryStore):
            waits: Deferred[None] = Deferred()

            async def put(self, name: str, value: str | None, version: int) -> None:
                await self.waits

        self.acts = Acts(self.clock, Slow(1, 1))
        doing = Deferred.fromCoroutine(self.adding())
        self.assertEqual(self.against(*BOB), [])
        self.assertEqual(self.acts.of(ROOM), [])
        with self.assertRaises(ChatError):
            self.acts.same(ROOM, "ban", BOB)
        Slow.waits.callback(None)
        self.successResultOf(doing)
        self.assertEqual(self.against(*BOB), [1])


class BoundTests(ActTestCase):
    def test_reasons(self) -> None:
        act = self.add(reason="\N{GRINNING FACE}" * REASON_LENGTH)
        self.assertLess(len(act.record(self.clock).encode()), VALUE_BYTES // 8)
        self.assertIn("at most 200", self.fails(ChatError, self.adding(reason="x" * 201)))
        self.assertIn("at most 200", self.fails(ChatError, self.acts.undo(act, "ann", "x" * 201)))

    def test_acts_in_force_in_one_room(self) -> None:
        for number in range(acts.MOST_IN_FORCE):
            self.add(keys=(f"account {number}",), span=60.0)
        told = self.fails(ChatError, self.adding())
        self.assertEqual(told, "100 acts are in force there, which is the most. /undo some first.")
        self.add(room_key="#other/2")
        self.add(room_key=SERVER)
        self.clock.advance(60)
        self.add()

    def test_nobody_uses_up_what_those_above_them_need(self) -> None:
        for rank in (Role.MODERATOR, Role.OWNER, Role.OPERATOR, Role.ADMINISTRATOR):
            for number in range(acts.MOST_NETWORKS):
                self.add(rank=rank, keys=(f"network 10.{number}.0.0/16",))
            for number in range(acts.MOST_NETWORKS, acts.MOST_IN_FORCE):
                self.add(rank=rank, keys=(f"account {number}",))
            self.assertIn("100 acts are in force", self.fails(ChatError, self.adding(rank=rank)))
            self.add("kick", rank=rank, span=0.0)  # which is over at once

    def test_acts_in_force_on_the_server(self) -> None:
        self.patch(acts, "MOST_IN_FORCE_ON_SERVER", 2)
        for number in range(2):
            self.add(room_key=SERVER, keys=(f"account {number}",))
        self.assertIn("2 acts are in force", self.fails(ChatError, self.adding(room_key=SERVER)))

    def test_networks(self) -> None:
        for number in range(acts.MOST_NETWORKS):
            self.add(keys=(f"network 10.{number}.0.0/16",))
        told = self.fails(ChatError, self.adding(keys=("network 10.99.0.0/16",)))
        self.assertEqual(told, "50 networks are banned there, which is the most.")
        self.add()

    def test_those_that_have_ended(self) -> None:
        first = self.add()
        for _ in range(acts.MOST_ENDED + 5):
            self.add("kick", span=0.0)
        kept = self.acts.of(ROOM)
        self.assertEqual(len(kept), acts.MOST_ENDED + 1)
        self.assertIs(kept[0], first)  # is in force
        self.assertEqual(kept[1].id, 7)
        self.restart()
        self.assertEqual([act.id for act in self.acts.of(ROOM)], [act.id for act in kept])

    def test_all_rooms_together(self) -> None:
        self.patch(acts, "MOST_ACTS", 3)
        self.add("kick", room_key="#a/1", span=0.0)
        self.add(room_key="#b/2")
        self.add(room_key="#c/3")
        self.add(room_key="#d/4")  # in place of that which has ended
        self.assertEqual(self.acts.of("#a/1"), [])
        for _ in range(3):  # the room with the most loses its oldest, and no other
            self.add(room_key="#e/5")
        self.assertEqual([len(self.acts.of(room_key)) for room_key in ("#b/2", "#e/5")], [0, 1])
        self.assertEqual(len(self.acts), 3)
        self.add(room_key=SERVER)

    def test_whoever_makes_many_rooms_displaces_nobody(self) -> None:
        self.patch(acts, "MOST_ACTS", 6)
        self.acts.makers = lambda: {f"#a/{number}": "10.0.0.66" for number in range(9)}
        for _ in range(3):
            self.add(room_key="#b/1")
        for number in range(9):
            self.add(room_key=f"#a/{number}")
        self.assertEqual(len(self.acts.of("#b/1")), 3)
        self.assertEqual(len(self.acts), 6)

    def test_rooms_that_are_no_more(self) -> None:
        self.add(room_key="#a/1")
        self.add(room_key=SERVER)
        self.add(room_key=ROOM)
        self.done(self.acts.forget_all_but({ROOM}, Turns(self.clock)))
        self.assertEqual(self.acts.of("#a/1"), [])
        self.assertEqual(self.against(*BOB, room_key="#a/1"), [])
        self.assertEqual((len(self.acts.of(SERVER)), len(self.acts.of(ROOM))), (1, 1))

    def test_no_number_is_given_twice(self) -> None:
        self.add(room_key="#a/1")
        self.add(room_key="#a/1")
        self.done(self.acts.forget_all_but({ROOM}, Turns(self.clock)))
        self.restart()
        self.assertEqual(self.add().id, 3)
        self.done(self.acts.forget_all_but({ROOM}, Turns(self.clock)))
        self.restart()
        self.assertEqual([act.id for act in self.acts.of(ROOM)], [3])
        self.assertEqual(len(self.acts), 1)


class WordTests(ActTestCase):
    def test_lines(self) -> None:
        ban = self.add(reason="spam", span=7200.0)
        kick = self.add("kick", span=0.0)
        mute = self.add("mute", span=60.0)
        op = self.add("op")
        stamp = r"\[%d \d\d:\d\d\] "
        self.assertRegex(
            ban.line(self.clock), stamp % 1 + r'ann banned bob for 2h: "spam"; ends at \d\d:\d\d$'
        )
        self.assertRegex(kick.line(self.clock), stamp % 2 + "ann kicked bob$")
        self.assertRegex(op.line(self.clock), stamp % 4 + "ann made a moderator of bob$")
        self.done(self.acts.undo(op, "cat", "why not"))
        self.assertRegex(op.line(self.clock), r'bob; undone by cat at \d\d:\d\d: "why not"$')
        self.clock.advance(10**6)
        self.assertRegex(mute.line(self.clock), r"for 1m; ended at \d{4}-\d\d-\d\d \d\d:\d\d$")

    def test_times_that_are_not_exact(self) -> None:
        for fraction in (0.1, 0.7, 1 / 3, 1e9 + 0.123456):
            self.clock.advance(fraction)
            act = self.add(span=600.0)
            self.assertEqual(act.span, "10m")
            self.assertIn("for 10m more", act.rest(self.clock))

    def test_what_is_left(self) -> None:
        act = self.add(span=3 * 86400.0)
        for seconds, left in (
            (0, "3d"),
            (86401, "48h"),
            (86400, "24h"),
            (79200, "120m"),
            (7080, "119s"),
        ):
            self.clock.advance(seconds)
            rest = act.rest(self.clock)
            self.assertIn(f"for {left} more, until ", rest)
        self.assertEqual(self.add().rest(self.clock), "until that is undone")
