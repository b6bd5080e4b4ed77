"""More is said than can be delivered at once: nobody who reads loses it, or waits for the busy."""

from __future__ import annotations

from chatsvc.chat.flow.holding import REPLY_BYTES
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Clock

LINE = "x" * 1000


class OverloadTests(ChatTestCase):
    def test_nobody_who_reads_loses_what_is_said_in_one_turn(self) -> None:
        ann, bob, cat = self.start(history=10, throttle=Throttle.off())
        ann.types(*[f"a{n}" for n in range(50)])
        bob.types(*[f"b{n}" for n in range(50)])
        for person in (ann, bob):
            self.assertEqual(person.transport.producerState, "paused")
        self.server.clock.pump([0] * 20)
        heard = cat.hears()
        self.assertEqual(len(heard), 100)
        for name, letter in (("client1", "a"), ("client2", "b")):
            of_one = [line for line in heard if line.startswith(name)]
            self.assertEqual(of_one, [f"{name}: {letter}{n}" for n in range(50)])

    def test_nor_does_somebody_who_catches_up(self) -> None:
        ann, bob, cat = self.start(history=50, throttle=Throttle.off())
        bob.stalls()
        for n in range(50):
            ann.types(f"{n} {LINE}")
            cat.hears()
        bob.reads()
        ann.types(*[f"{n} {LINE}" for n in range(50, 150)])
        heard = []
        for _ in range(20):
            heard += bob.hears()
        self.assertEqual(heard, [f"client1: {n} {LINE}" for n in range(150)])
        self.assertEqual(ann.transport.producerState, "producing")

    def test_bytes_count_too(self) -> None:
        ann, _, cat = self.start(history_bytes=60_000, throttle=Throttle.off())
        ann.types(*[LINE] * 200)
        self.server.clock.pump([0] * 50)
        self.assertEqual(cat.hears(), [f"client1: {LINE}"] * 200)

    def test_undecodable_lines_take_more_room(self) -> None:
        emoji = "\N{GRINNING FACE}".encode()  # with which each character takes four bytes
        for line in (b"\x80" * 8192, b"\x80" * 8188 + emoji):
            ann, bob, cat = self.start(history_bytes=128 * 1024, throttle=Throttle.off())
            for _ in range(5):
                ann.types(*["x"] * 60)
                bob.sends(line + b"\n")
            self.assertNotIn("missed", "".join(cat.hears()))

    def test_presence_does_not_wait_for_what_would_push_it_out(self) -> None:
        ann, *_ = self.start(history=10, throttle=Throttle.off())
        for n in range(30):
            self.server.joined_by(f"10.0.1.{n}")
            self.server.clock.advance(0)
        self.assertNotIn("missed", " ".join(ann.hears()))

    def test_presence_that_waits_is_not_lost_either(self) -> None:
        ann, _, cat = self.start(history=10, throttle=Throttle.off())
        for n in range(5):
            self.server.joined_by(f"10.0.1.{n}")
        ann.types(*map(str, range(40)))
        self.server.clock.pump([0] * 20)
        self.assertNotIn("missed", " ".join(cat.hears()))

    def test_who_asks_and_does_not_read_is_not_heard_for_a_while(self) -> None:
        ann, bob, _ = self.start(throttle=Throttle.off())
        session = ann.session
        ann.stalls()
        while ann.transport.producerState == "producing":
            ann.types("/help")
            self.assertLess(session.reply_bytes, 2 * REPLY_BYTES)
        ann.types("after")
        self.assertEqual(bob.hears(), [])
        ann.reads()
        for _ in range(20):
            ann.hears()
        self.assertEqual(ann.transport.producerState, "producing")
        self.assertEqual(bob.hears(), ["client1: after"])
        self.assertEqual(session.reply_bytes, 0)


class BusyClock(Clock):
    """It goes on a millisecond whenever somebody looks at it, as if everything took so long."""

    looked = 0

    def seconds(self) -> float:
        self.looked += 1
        return float(super().seconds()) + self.looked / 1000


class TurnTests(ChatTestCase):
    """Many who speak without a pause hold up nobody who does not."""

    def test_who_has_not_spoken_of_late_does_not_wait_for_those_who_have(self) -> None:
        self.ann, self.bob, self.cat = self.start(
            clock=BusyClock(), throttle=Throttle(1000, 10.0), history=100_000
        )
        crowd = [self.server.joined_by(f"10.0.1.{n}") for n in range(20)]
        self.cat.hears()
        for person in crowd:
            person.types(*[f"{person.name} {n}" for n in range(50)])
        self.bob.types("me, too")
        lines: list[str] = []
        for _ in range(200):
            lines += self.cat.hears()
        self.assertLess(lines.index("client2: me, too"), 100)
        said = [line.partition(": ")[2] for line in lines if line.startswith("client")]
        for person in crowd:
            of_one = [line for line in said if line.startswith(f"{person.name} ")]
            self.assertEqual(of_one, [f"{person.name} {n}" for n in range(50)])
