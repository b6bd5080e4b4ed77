"""A crowd that sends all that it may, and people who say something meanwhile."""

from __future__ import annotations

import os
import signal
import time

from chatsvc.chat.flow.admission import TURN_WITHIN
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase
from tests.processes import FIRST, ProcessTestCase, free_port

CROWD = 60
LONG = "x" * 6000


class FairnessTests(ChatTestCase):
    """Nobody's clock moves within a turn: what counts is how much is said in it, to how many."""

    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle(burst=12, rate=4.0))
        self.server.clock.advance(10)
        self.crowd = [self.server.joined_by(f"10.1.{each}.1") for each in range(CROWD)]
        self.bob.hears()

    def said(self) -> list[str]:
        """Who has said something, in the order in which Bob hears it."""
        return [line.partition(":")[0] for line in self.bob.hears() if LONG in line or "hi" in line]

    def test_who_has_been_silent_is_heard_first(self) -> None:
        for each in self.crowd:
            each.types(LONG, LONG)
        self.ann.types("hi")
        self.ann.types("hi again")
        said = self.said()
        self.assertEqual(len(said), 2 * CROWD + 2)
        self.assertLess(said.index("client1"), 10)
        self.assertEqual(sorted(said)[:2], ["client1", "client1"])

    def test_all_of_the_crowd_are_heard_before_one_is_heard_again(self) -> None:
        for each in self.crowd:
            each.types(LONG, LONG)
        said = self.said()
        self.assertEqual(len(set(said[: CROWD + 5])), CROWD)

    def test_who_has_only_come_is_not_before_others(self) -> None:
        self.server.clock.advance(10)
        for each in self.crowd[1:]:
            each.types(LONG)
        newcomer = self.server.joined_by("10.2.0.1")
        newcomer.types("hi")
        said = self.said()
        self.assertEqual(said[-1], newcomer.name)

    def test_who_goes_while_its_line_waits(self) -> None:
        for each in self.crowd:
            each.types(LONG, LONG)
        for each in self.crowd:
            each.drops()
        self.ann.types("hi")
        self.assertEqual(self.said()[-1], "client1")

    def test_time_counts_as_well(self) -> None:
        first, second, third = self.crowd[:3]
        first.types("hi")
        clock = self.server.clock
        clock.rightNow += 1.5 * TURN_WITHIN  # in the same turn
        second.types("hi")  # which is taken for what has taken so long
        third.types("hi")
        self.ann.types("hi")
        self.assertEqual(self.said(), [first.name, second.name, "client1", third.name])


class RealFairnessTests(ProcessTestCase):
    def test_one_line_among_those_of_a_crowd(self) -> None:
        port = free_port()
        server = self.serves("--port", port, "--throttle", "6/10", "--store", "memory:")
        ann = self.calls(port)
        ann.sees(FIRST)
        crowd = [self.calls(port) for _ in range(30)]
        for each in crowd:
            each.types("/bc")  # is answered as soon as it is let in
            each.sees('server: The message is missing. Write it like this: /bc "message"')
        # Whoever is served while the machine does something else is charged for it: it may be her.
        for number in range(20):
            time.sleep(1)  # who has only come is not before others
            os.kill(server.pid, signal.SIGSTOP)
            for each in crowd:
                each.types(f"{number} {LONG[:5000]}")
            ann.types(f"hi {number}")
            os.kill(server.pid, signal.SIGCONT)
            heard = ann.sees_some(f"client1: hi {number}\n")
            if heard.partition(f"client1: hi {number}\n")[0].count(f": {number} x") < 20:
                return
            while heard.count(f": {number} x") < len(crowd):
                heard += ann.sees_some(f": {number} x")
        self.fail("she was never before most of the crowd")
