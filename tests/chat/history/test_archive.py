"""Readers so slow that memory has forgotten what they have yet to read."""

from __future__ import annotations

from collections.abc import Sequence

from chatsvc.chat.delivery.slices import SLICE_BYTES
from chatsvc.chat.logs.log import Entry
from chatsvc.store import Stored, StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.chat.delivery.test_delivery import count_writes
from tests.harness import ChatTestCase


class Lasting(MemoryStore):
    """Holds more than the logs in memory."""

    keeps_more = True
    broken = False

    def __init__(self) -> None:
        super().__init__(100_000, 10**9)

    async def after(self, room: str, position: int, most: int) -> list[Stored]:
        if self.broken:
            raise StoreError("the disk has an error")
        return await super().after(room, position, most)

    async def position_of(self, room: str, entry_id: int) -> int:
        if self.broken:
            raise StoreError("the disk has an error")
        return await super().position_of(room, entry_id)


class SlowReaderTests(ChatTestCase):
    def setUp(self) -> None:
        self.store = Lasting()
        self.ann, self.bob, self.cat = self.start(
            store=self.store, history=10, throttle=Throttle.off()
        )

    def catches_up(self) -> list[str]:
        self.bob.reads()
        heard: list[str] = []
        for _ in range(50):
            heard += self.bob.hears()
        return heard

    def say(self, *lines: str) -> None:
        for line in lines:
            self.ann.types(line)
            self.cat.hears()

    def test_reads_on_from_the_store(self) -> None:
        self.bob.stalls()
        self.say(*map(str, range(1500)))
        writes = count_writes(self.bob)
        self.assertEqual(self.catches_up(), [f"client1: {n}" for n in range(1500)])
        self.assertLessEqual(max(writes), SLICE_BYTES)

    def test_of_long_messages_few_more_are_read_than_fit(self) -> None:
        read: list[int] = []
        after = self.store.after

        async def counted(room: str, position: int, most: int) -> list[Stored]:
            found = await after(room, position, most)
            read.append(len(found))
            return found

        self.patch(self.store, "after", counted)
        for size, most in ((5, 100), (100, 300), (4000, 300)):
            lines = [f"{number:05}".ljust(size, "x") for number in range(most)]
            self.bob.stalls()
            self.ann.types(*lines)
            self.ann.hears()
            read.clear()
            self.bob.reads()
            self.server.clock.pump([0] * 500)
            self.assertEqual(self.bob.hears(), [f"client1: {line}" for line in lines])
            self.assertLess(sum(read), 5 * most)

    def test_several_rooms_keep_their_order(self) -> None:
        for person in (self.ann, self.bob):
            person.types("/join #a")
            person.hears()
        self.bob.stalls()
        self.say(*[f"/bc {n}" if n % 3 else f"/say #a {n}" for n in range(900)])
        self.assertEqual(
            self.catches_up(),
            [f"client1: {n}" if n % 3 else f"#a client1: {n}" for n in range(900)],
        )

    def test_sees_what_is_said_meanwhile(self) -> None:
        self.bob.stalls()
        self.say(*map(str, range(100)))
        self.bob.reads()
        self.ann.types(*map(str, range(100, 105)))
        heard = []
        for _ in range(20):
            heard += self.bob.hears()
        self.assertEqual(heard, [f"client1: {n}" for n in range(105)])

    def test_what_is_said_while_the_store_is_asked_keeps_its_order(self) -> None:
        for person in (self.ann, self.bob):
            person.types("/join #a")
            person.hears()
        self.bob.stalls()
        self.say(*[f"/bc {n}" if n % 3 else f"/say #a {n}" for n in range(90)])
        after = self.store.after

        async def slow(room: str, position: int, most: int) -> list[Stored]:
            said = await after(room, position, most)
            self.ann.types(f"/bc bc{len(said)}", f"/say #a a{len(said)}")
            self.server.clock.advance(0)
            return said

        asked = self.patch(self.store, "after", slow)
        heard = [line.removeprefix("#a ") for line in self.catches_up()]
        asked.restore()
        lines = [line for line in heard if line.startswith("client1: ")]
        self.assertEqual(lines[:90], [f"client1: {n}" for n in range(90)])
        said = self.store._said
        self.assertEqual(lines, [f"client1: {each.text}" for each in said])

    def test_a_room_that_it_leaves_while_the_store_is_asked_and_enters_again(self) -> None:
        for person in (self.ann, self.bob):
            person.types("/join #a")
            person.hears()
        self.bob.stalls()
        self.say(*[f"/say #a {n}" for n in range(90)])
        after = self.store.after

        async def slow(room: str, position: int, most: int) -> list[Stored]:
            asked.restore()
            said = await after(room, position, most)
            self.bob.types("/part #a", "/join #a")
            self.server.clock.advance(0)
            return said

        asked = self.patch(self.store, "after", slow)
        said = [line for line in self.catches_up() if line.startswith("#a client1: ")]
        self.assertEqual(said, [f"#a client1: {n}" for n in range(90 - len(said), 90)])
        self.assertGreater(len(said), 0)

    def test_replies_keep_their_place(self) -> None:
        self.bob.stalls()
        self.say(*map(str, range(100)))
        self.bob.types("/nope")
        heard = self.catches_up()
        self.assertEqual(heard[:100], [f"client1: {n}" for n in range(100)])
        self.assertIn("no command", heard[100])

    def test_what_it_has_said_and_is_not_to_hear_is_left_out(self) -> None:
        self.bob.stalls()
        self.say("first")
        self.bob.types("mine")
        self.server.chat.delivery.leave_out(self.bob.session)
        self.say(*map(str, range(100)))
        self.assertEqual(
            self.catches_up(), ["client1: first", *[f"client1: {n}" for n in range(100)]]
        )

    def test_all_is_worded_for_it_alone(self) -> None:
        self.bob.session.alone = lambda reader: lambda entries: b"alone\n" * len(entries)
        self.bob.stalls()
        self.say(*map(str, range(100)))
        self.bob.session.tell("for bob")
        self.assertEqual(self.catches_up(), ["alone"] * 101)

    def test_is_told_what_it_missed_when_the_store_fails(self) -> None:
        self.bob.stalls()
        self.say(*map(str, range(100)))
        self.store.broken = True
        heard = self.catches_up()
        self.assertEqual(heard[0], "server: You missed 90 lines.")
        self.assertEqual(heard[1:], [f"client1: {n}" for n in range(90, 100)])

    def test_is_told_of_direct_messages_that_are_nowhere(self) -> None:
        self.bob.stalls()
        self.ann.types("/dm client2 important")
        self.cat.hears()
        self.say(*map(str, range(30)))
        heard = self.catches_up()
        self.assertEqual(heard[0], "server: You missed 1 line.")
        self.assertEqual(heard[1:], [f"client1: {n}" for n in range(30)])

    def test_is_told_of_those_once_however_much_else_there_is_to_read(self) -> None:
        self.bob.stalls()
        self.ann.types(*[f"/dm client2 {n}" for n in range(7)])
        self.cat.hears()
        self.ann.types("/dm client2 newest")
        self.say(*map(str, range(1500)), "/dm client2 after")
        heard = self.catches_up()
        missed = [line for line in heard if "You missed" in line]
        self.assertEqual(missed, ["server: You missed 8 lines."])
        said = [f"client1: {n}" for n in range(1500)]
        self.assertEqual([line for line in heard if line not in missed], [*said, "client1: after"])

    def test_a_bug_costs_one_session_only(self) -> None:
        async def broken(*_: object) -> list[Stored]:
            raise RuntimeError

        self.bob.stalls()
        self.say(*map(str, range(100)))
        self.patch(self.store, "after", broken)
        logged = self.logged()
        self.bob.reads()
        self.say("after")
        self.assertTrue(self.bob.transport.disconnected)
        self.assertIn("RuntimeError", logged[0])

    def test_a_bug_in_its_wording_costs_it_alone(self) -> None:
        def broken(entries: Sequence[Entry]) -> bytes:
            raise RuntimeError

        self.bob.stalls()
        self.say(*map(str, range(100)))
        self.bob.session.wording = broken
        logged = self.logged()
        self.bob.reads()
        self.say("after")
        self.assertTrue(self.bob.transport.disconnected)
        self.assertIn("RuntimeError", logged[0])

    def test_goes_while_it_is_looked_for(self) -> None:
        self.bob.stalls()
        self.say(*map(str, range(100)))
        self.bob.drops()
        self.say("after")
        self.assertEqual(self.cat.hears(), [])
