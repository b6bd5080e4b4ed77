"""What is the same whichever the door: visits, with a channel that is no connection at all."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.dialects import json_lines, text
from chatsvc.door.contract import LONGEST
from chatsvc.door.entrance import Entrance
from chatsvc.door.intake import TURN_LINES
from chatsvc.door.visit import ANSWER_WITHIN, MOST_REFUSED, Visit
from chatsvc.throttle import Throttle
from tests.harness import AWHILE, ChatTestCase, Server


class Channel:
    """Keeps what is written to it, and notes what else is asked of it."""

    host: str | None = "10.0.0.1"
    is_local = is_encrypted = is_greeting = False
    fingerprint = kind = sign_in = ""
    is_delivered = True

    def __init__(self) -> None:
        self.data = b""
        self.asked: list[str] = []
        self.takes_more = True
        self.has_hung_up = False

    @property
    def writer(self) -> Channel:
        return self

    def write(self, data: bytes) -> bool:
        self.data += data
        return self.takes_more

    def pause(self) -> None:
        self.asked.append("pause")

    def go_on(self) -> None:
        self.asked.append("go on")

    def forget_input(self) -> None:
        self.asked.append("forget input")

    def hung_up(self) -> bool:
        return self.has_hung_up

    def close(self) -> None:
        self.asked.append("close")

    def abort(self) -> None:
        self.asked.append("abort")


class VisitTests(ChatTestCase):
    def setUp(self) -> None:
        """Each test begins with a server as it needs one."""

    def begin(self, throttle: Throttle | None = None, **limits: Any) -> None:
        self.server = Server(**limits)
        self.entrance = Entrance(self.server.chat, throttle or Throttle.off())
        self.ann = self.server.joined_by("10.0.0.9")
        self.ann.hears()

    def comes(self) -> tuple[Visit, Channel]:
        channel = Channel()
        visit = Visit(self.entrance, channel, text)
        visit.arrive()
        return visit, channel

    def turns(self, seconds: float = AWHILE) -> None:
        self.server.clock.pump([0, seconds, 0])

    def told(self, channel: Channel) -> list[str]:
        self.turns()
        data, channel.data = channel.data, b""
        return data.decode().splitlines()

    def test_a_visit(self) -> None:
        self.begin()
        visit, channel = self.comes()
        self.assertEqual(
            self.told(channel),
            ["server: Welcome, you are client2. 1 other person is here. Type /help for help."],
        )
        visit.note_received(5)
        visit.hear(b"hello")
        self.assertEqual(self.told(channel), ["client2: hello"])
        visit.hear(b"/quit")
        self.turns()
        self.assertEqual(channel.asked, ["forget input", "close"])
        visit.closed("done")
        self.assertEqual(
            self.ann.hears(),
            [
                "server: client2 has joined.",
                "client2: hello",
                "server: client2 has quit.",
            ],
        )

    def test_lost(self) -> None:
        for end in (lambda visit: visit.closed("reset"), lambda visit: visit.half_closed()):
            self.begin()
            visit, _ = self.comes()
            visit.hear(b"hello")
            self.turns()
            end(visit)
            self.assertEqual(self.ann.hears()[-1], "server: client2 has lost its connection.")

    def test_who_is_not_let_in_is_told_and_sent_away(self) -> None:
        self.begin(users=1)
        visit, channel = self.comes()
        self.assertIsNone(visit.session)
        self.assertTrue(visit.may_come_back)
        self.assertEqual(channel.data, b"server: The server is full.\n")
        self.server.clock.advance(ANSWER_WITHIN)
        self.assertEqual(channel.asked, ["close"])
        self.server.clock.advance(CLOSE_WITHIN)
        self.assertEqual(channel.asked, ["close", "abort"])
        self.assertEqual(self.entrance.refused, 0)

    def test_in_what_it_speaks_by_then(self) -> None:
        self.begin(users=1)
        visit, channel = self.comes()
        visit.speak(json_lines)
        channel.data = b""
        visit.send_away()
        self.assertIn(b'{"error":{"code":"full"', channel.data)
        visit.closed("done")

    def test_few_who_are_not_let_in_are_waited_for(self) -> None:
        self.begin(users=1)
        visits = [self.comes() for _ in range(MOST_REFUSED + 1)]
        self.assertEqual([channel.asked for _, channel in visits[-2:]], [[], ["close"]])
        for visit, _ in visits:
            visit.closed("done")

    def test_pace(self) -> None:
        self.begin(Throttle(burst=2, rate=1.0))
        visit, channel = self.comes()
        self.told(channel)
        for number in range(3):
            visit.hear(b"%d" % number)
        self.assertEqual(channel.asked, ["pause"])
        warning = "server: You are sending too fast: your lines are taken more slowly now."
        self.assertEqual(self.told(channel), ["client2: 0", "client2: 1", warning])
        self.server.clock.advance(1.0)
        self.assertEqual(channel.asked, ["pause", "go on"])
        self.assertEqual(self.told(channel), ["client2: 2"])

    def test_of_lines_that_come_together_the_rest_is_given_again_later(self) -> None:
        self.begin(Throttle(burst=2, rate=1.0))
        visit, channel = self.comes()
        self.told(channel)
        self.assertEqual(visit.hear_all([b"0", b"1", b"2", b"3"]), 3)  # and "2" is kept
        self.assertEqual(channel.asked, ["pause"])
        self.assertEqual(self.told(channel)[:2], ["client2: 0", "client2: 1"])
        self.server.clock.advance(1.0)
        self.assertEqual(channel.asked, ["pause", "go on"])
        self.assertEqual(self.told(channel), ["client2: 2"])

    def test_lines_that_come_together_with_a_quit_are_not_given_again(self) -> None:
        self.begin()
        visit, channel = self.comes()
        self.assertEqual(visit.hear_all([b"hello", b"/quit", b"more"]), 3)
        self.assertEqual(channel.asked, ["forget input"])
        said = [line for line in self.ann.hears() if line.startswith("client2")]
        self.assertEqual(said, ["client2: hello"])

    def test_a_long_line_counts_as_several(self) -> None:
        self.begin(Throttle(burst=4, rate=1.0))
        visit, channel = self.comes()
        for size in (1023, 2048):
            visit.hear(b"x" * size)
        self.assertEqual(channel.asked, [])
        visit.hear(b"x")
        self.assertEqual(channel.asked, ["pause"])
        self.server.clock.advance(1.0)
        self.assertEqual(channel.asked, ["pause", "go on"])

    def comes_from(self, host: str) -> tuple[Visit, Channel]:
        channel = Channel()
        channel.host = host
        visit = Visit(self.entrance, channel, text)
        visit.arrive()
        return visit, channel

    def test_the_pace_of_an_address(self) -> None:
        self.begin(Throttle(burst=2, rate=0.5))
        crowd = [self.comes() for _ in range(12)]
        for visit, _ in crowd[:10]:
            visit.hear(b"a")
            visit.hear(b"b")
        # That was the burst of ten connections; from now on, they have the rate of as many.
        for visit, channel in crowd[10:]:
            visit.hear(b"c")
            self.assertEqual(channel.asked, ["pause"])
        elsewhere, channel = self.comes_from("10.0.0.2")
        elsewhere.hear(b"d")
        self.assertEqual(channel.asked, [])
        self.server.clock.pump([0, 0.5])
        said = [line for line in self.ann.hears() if line[-1] in "cd"]
        self.assertEqual(said, ["client14: d", "client12: c", "client13: c"])
        for visit, channel in crowd[10:]:
            self.assertEqual(channel.asked, ["pause", "go on"])
            visit.closed("done")

    def test_what_is_in_no_line_counts_for_the_address(self) -> None:
        self.begin(Throttle(burst=2, rate=0.5))
        crowd = [self.comes() for _ in range(11)]
        for visit, channel in crowd[:10]:
            visit.count_extra(2)
            self.assertEqual(channel.asked, [])
        visit, channel = crowd[10]
        visit.count_extra(1.5)
        self.assertEqual(channel.asked, ["pause"])
        self.server.clock.advance(0.2)
        self.assertEqual(channel.asked, ["pause", "go on"])
        visit.hear(b"hello")  # and that is not paid yet
        self.assertEqual(channel.asked, ["pause", "go on", "pause"])

    def test_one_that_goes_while_its_line_waits(self) -> None:
        self.begin(Throttle(burst=2, rate=0.5))
        crowd = [self.comes() for _ in range(12)]
        for visit, _ in crowd[:10]:
            visit.hear(b"a")
            visit.hear(b"b")
        for visit, _ in crowd[10:]:
            visit.hear(b"c")
        crowd[10][0].closed("reset")
        self.server.clock.advance(0.2)
        self.assertEqual(
            [channel.asked for _, channel in crowd[10:]], [["pause"], ["pause", "go on"]]
        )
        said = [line for line in self.ann.hears() if line[-1] == "c"]
        self.assertEqual(said, ["client13: c"])

    def test_too_many_come_from_an_address(self) -> None:
        self.begin(Throttle(burst=2, rate=0.5))
        for _ in range(20):
            visit, channel = self.comes()
            visit.closed("done")
        visit, channel = self.comes()
        self.assertIsNone(visit.session)
        told = "Too many connections have come from your address just now. Try again in a moment."
        self.assertEqual(channel.data.decode(), f"server: {told}\n")
        self.assertFalse(visit.may_come_back)
        self.assertIsNotNone(self.comes_from("10.0.0.2")[0].session)
        self.server.clock.advance(0.2)
        self.assertIsNotNone(self.comes()[0].session)

    def test_without_a_throttle_there_is_no_pace_of_an_address(self) -> None:
        self.begin()
        crowd = [self.comes() for _ in range(400)]
        for visit, channel in crowd:
            visit.hear(b"a")
            self.assertEqual(channel.asked, [])

    def test_who_has_gone_meanwhile_says_no_more(self) -> None:
        self.begin(Throttle(burst=2, rate=1.0))
        visit, channel = self.comes()
        self.turns()  # it is announced
        for number in range(3):
            visit.hear(b"%d" % number)
        channel.has_hung_up = True
        self.server.clock.advance(1.0)
        lines = self.ann.hears()
        self.assertEqual(lines[-2:], ["client2: 2", "server: client2 has lost its connection."])

    def test_who_has_gone_meanwhile_is_not_before_others(self) -> None:
        self.begin(Throttle(burst=4, rate=1.0))
        visit, channel = self.comes()
        self.server.clock.advance(10)
        self.assertTrue(visit.is_rested(self.server.clock.seconds()))
        for number in range(5):
            visit.hear(b"%d" % number)
        channel.has_hung_up = True
        self.server.clock.advance(1.0)
        self.assertIn("client2: 4", self.ann.hears())
        self.assertFalse(visit.is_rested(self.server.clock.seconds()))

    def test_nor_is_who_sends_more_than_it_reads_the_answers_to(self) -> None:
        self.begin()
        visit, channel = self.comes()
        self.turns()
        channel.takes_more = False
        while channel.asked != ["pause"]:
            visit.hear(b"/help")
            self.turns()
        self.server.clock.advance(10)
        self.assertFalse(visit.is_rested(self.server.clock.seconds()))
        channel.takes_more = True
        while channel.asked != ["pause", "go on"]:
            visit.drained()
            self.turns()
        self.server.clock.advance(10)
        self.assertTrue(visit.is_rested(self.server.clock.seconds()))

    def test_turns(self) -> None:
        self.begin()
        visit, channel = self.comes()
        visit.note_received(5)
        for number in range(TURN_LINES + 1):
            visit.hear(b"%d" % number)
        self.assertEqual(channel.asked, ["pause"])
        self.turns()
        self.assertEqual(channel.asked, ["pause", "go on"])
        self.assertIn(f"client2: {TURN_LINES}", self.told(channel))

    def test_a_line_that_is_too_long(self) -> None:
        self.begin()
        visit, channel = self.comes()
        self.told(channel)
        visit.hear(b"x" * (LONGEST + 1))
        self.assertEqual(
            self.told(channel),
            [f"server: Your line is longer than {LONGEST} bytes; nothing of it was taken."],
        )

    def test_silence(self) -> None:
        self.begin()
        visit, channel = self.comes()
        visit.give_up_after(40)
        for _ in range(10):
            self.server.clock.advance(10)
            visit.note_received(5)
        self.assertEqual(channel.asked, [])
        for _ in range(5):
            self.server.clock.advance(10)
        self.assertIn("abort", channel.asked)
        self.assertEqual(self.ann.hears()[-1], "server: client2 has lost its connection.")

    def test_a_connection_that_is_full(self) -> None:
        self.begin()
        visit, channel = self.comes()
        channel.takes_more = False
        self.ann.types("one")
        self.turns()
        channel.data = b""
        self.ann.types("two")
        self.assertEqual(self.told(channel), [])
        channel.takes_more = True
        visit.drained()
        self.assertEqual(self.told(channel), ["client1: two"])

    def test_a_bug_ends_it_alone(self) -> None:
        self.begin()
        visit, channel = self.comes()
        logged = self.logged()
        visit.fail(KeyError("x"))
        self.assertEqual(channel.asked, ["abort"])
        self.assertIn("KeyError", str(logged))
