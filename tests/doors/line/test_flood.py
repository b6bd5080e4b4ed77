"""The line door: who sends too fast."""

from __future__ import annotations

from chatsvc.door.flooding import MOST_SLOWED
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase

TOO_FAST = "server: You are sending too fast: your lines are taken more slowly now."


class FloodTests(ChatTestCase):
    def test_what_takes_the_server_long_counts_as_several(self) -> None:
        self.ann.types(*["/who"] * 8)
        self.server.clock.advance(0)
        self.assertEqual(self.ann.transport.producerState, "paused")
        heard = self.ann.transport.value().decode().splitlines()
        self.assertEqual(heard[:-1], heard[:1] * 6)
        costly = "server: You are sending too fast (/who counts as 5): your lines are taken"
        self.assertTrue(heard[-1].startswith(costly), heard[-1])
        self.ann.transport.clear()
        for _ in range(2):
            self.server.clock.pump([0.1] * 4)
            self.assertEqual(self.ann.hears(), heard[:1])
        self.server.clock.pump([0.1] * 60)  # rested
        self.ann.types("/users", "hi")
        self.assertEqual(self.ann.hears()[-1], "client1: hi")

    def test_one_who_may_send_little_can_do_it_all_the_same(self) -> None:
        self.start(throttle=Throttle(2, 1.0))
        ann = self.server.joined_by("10.0.0.9")
        ann.types("/users", "/users", "hi")
        self.server.clock.pump([1.0] * 8)
        self.assertEqual(ann.hears()[-1], "client4: hi")

    def test_burst_passes_and_the_rest_is_slowed_down(self) -> None:
        self.ann.types(*map(str, range(50)))
        self.server.clock.advance(0)
        said = self.bob.transport.value().decode().split()[1::2]
        self.assertEqual(said, [str(n) for n in range(30)])
        self.assertEqual(self.ann.transport.producerState, "paused")
        self.server.clock.pump([0.1] * 10)
        said = self.bob.transport.value().decode().split()[1::2]
        self.assertEqual(len(said), 40)
        self.server.clock.pump([0.1] * 11)
        self.assertEqual(self.bob.hears(), [f"client1: {n}" for n in range(50)])
        self.assertEqual(self.ann.transport.producerState, "producing")
        heard = self.ann.hears()
        self.assertEqual(heard.count(TOO_FAST), 1)
        heard.remove(TOO_FAST)
        self.assertEqual(heard, [f"client1: {n}" for n in range(50)])

    def test_told_again_once_rested(self) -> None:
        for _ in range(2):
            self.ann.types(*["x"] * 31)
            self.server.clock.pump([0.1] * 40)
            self.assertEqual(self.ann.hears().count(TOO_FAST), 1)

    def flood(self, lines: int) -> list[str]:
        """What Bob hears while Ann sends so many lines, as fast as the server takes them."""
        self.ann.types(*map(str, range(lines)))
        while self.ann.transport.producerState == "paused":
            self.server.clock.advance(0.1)
        return [line for line in self.bob.hears() if line.startswith("client1: ")]

    def test_after_a_long_flood_nothing_is_taken_for_some_seconds(self) -> None:
        heard = self.flood(30 + MOST_SLOWED)
        self.assertEqual(heard, [f"client1: {n}" for n in range(30 + MOST_SLOWED)])
        self.server.clock.advance(60)
        heard = self.flood(30 + MOST_SLOWED + 150)
        taken = [int(line.removeprefix("client1: ")) for line in heard]
        missed = sorted(set(range(30 + MOST_SLOWED + 150)) - set(taken))
        self.assertEqual(missed, list(range(missed[0], missed[-1] + 1)))
        self.assertIn(len(missed), range(90, 111))
        told = self.ann.hears()
        muted = (
            "server: You have been sending too fast for long: nothing but /quit is taken for"
            " 10 seconds."
        )
        self.assertEqual(told.count(muted), 1)
        self.assertEqual(told.count(f"server: {len(missed)} lines of yours were not taken."), 1)

    def test_who_rests_in_between_is_never_muted(self) -> None:
        for _ in range(10):
            self.assertEqual(len(self.flood(30 + MOST_SLOWED // 2)), 30 + MOST_SLOWED // 2)
            self.server.clock.advance(60)

    def test_quitting_while_muted(self) -> None:
        self.flood(30 + MOST_SLOWED)
        self.ann.types("one", "two", "/quit", "three")
        self.ann.hears()
        self.server.clock.pump([0.1] * 10)
        self.assertEqual(self.bob.hears()[-1], "server: client1 has quit.")

    def test_a_burst_alone_is_no_flood(self) -> None:
        self.ann.types(*["x"] * 30)
        self.assertNotIn(TOO_FAST, self.ann.hears())

    def test_other_limits(self) -> None:
        ann, bob, _ = self.start(throttle=Throttle(2, 0.5))
        ann.types("1", "2", "3")
        self.assertEqual(bob.hears(), ["client1: 1", "client1: 2"])
        self.server.clock.advance(2)
        self.assertEqual(bob.hears(), ["client1: 3"])

    def test_off(self) -> None:
        ann, bob, _ = self.start(throttle=Throttle.off())
        ann.types(*["x"] * 1000)
        self.server.clock.pump([0] * 20)
        self.assertEqual(bob.hears(), ["client1: x"] * 1000)

    def test_lines_too_long_count(self) -> None:
        for _ in range(40):
            self.ann.sends(b"x" * 9000 + b"\n")
        self.assertEqual(self.ann.transport.producerState, "paused")

    def test_dropped_while_it_waits(self) -> None:
        self.ann.types(*["x"] * 40)
        self.bob.hears()
        self.ann.drops()
        self.assertEqual(self.bob.hears()[-1], "server: client1 has lost its connection.")
        self.server.clock.pump([0.1] * 50)
        self.assertEqual(self.bob.hears(), [])

    def test_one_connection_takes_turns_with_others(self) -> None:
        ann, bob, cat = self.start(throttle=Throttle.off())
        ann.types(*["a"] * 100)
        bob.types("b")
        self.server.clock.pump([0] * 5)
        heard = cat.hears()
        self.assertEqual(len(heard), 101)
        self.assertLess(heard.index("client2: b"), 65)

    def test_shutdown_while_it_waits(self) -> None:
        self.ann.types(*["x"] * 40)
        self.server.chat.shut_down(lambda: None)
        self.server.clock.pump([0.1] * 20)
        self.assertEqual(self.bob.hears().count("client1: x"), 30)
