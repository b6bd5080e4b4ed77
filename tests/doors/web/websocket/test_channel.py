"""The channel of a WebSocket: control frames, pace, silence, and how it ends."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

from twisted.internet.error import ConnectionAborted
from twisted.python.failure import Failure
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.frame_protocol import CloseReason

from chatsvc.chat.flow.admission import TURN_WITHIN
from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.door.contract import LONGEST
from chatsvc.doors.web.websocket.channel import (
    BEAT,
    MOST_UNANSWERED,
    PIECES_A_LINE,
    PIECES_A_TURN,
)
from chatsvc.doors.web.websocket.wire import Received, Wire
from chatsvc.throttle import Throttle
from tests.doors.web.browsing import WebSocket, WebTestCase


def ping(nonce: str = "") -> str:
    return json.dumps({"do": "ping", "nonce": nonce})


class ControlTests(WebTestCase):
    def test_a_ping_is_answered(self) -> None:
        dan = self.joined()
        dan.tells(Ping(b"there?"))
        self.assertEqual(dan.hears_frames(), [Pong(b"there?")])

    def test_of_many_that_nobody_reads_the_last_is_answered(self) -> None:
        dan = self.joined()
        dan.stalls()
        for number in range(20):
            dan.tells(Ping(b"%d" % number))
        self.assertEqual(dan.hears_frames(), [])
        dan.reads()
        self.assertEqual(dan.hears_frames(), [Pong(b"19")])

    def test_others_have_their_turn_during_a_flood(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        dan = self.joined()
        flood = b"".join([dan._wire.send(Ping()) for _ in range(3 * PIECES_A_TURN)])
        dan.sends(flood + dan._wire.send(TextMessage(ping("1"))))
        self.assertEqual(dan.transport.value(), b"\x8a\0" * PIECES_A_TURN)
        self.assertEqual(dan.transport.producerState, "paused")
        *pongs, done = dan.hears_frames()
        self.assertEqual(pongs, [Pong()] * 3 * PIECES_A_TURN)
        assert isinstance(done, TextMessage)
        self.assertIn('"done"', done.data)
        self.assertEqual(dan.transport.producerState, "producing")

    def test_of_many_floods_few_are_taken_in_a_turn(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        crowd = [self.joined(f"10.0.1.{number}") for number in range(8)]
        for dan in crowd:
            dan.sends(b"".join([dan._wire.send(Ping()) for _ in range(2 * PIECES_A_TURN)]))
        take = Wire.next

        def take_long(wire: Wire) -> Received | None:
            self.server.clock.rightNow += 2 * TURN_WITHIN
            return take(wire)

        with patch.object(Wire, "next", take_long):
            self.server.chat.delivery.admission.begin_turn()
        answered = sorted([dan.transport.value().count(b"\x8a\0") for dan in crowd])
        self.assertEqual(answered, [PIECES_A_TURN] * 7 + [2 * PIECES_A_TURN])
        for dan in crowd:
            self.assertEqual(dan.hears_frames().count(Pong()), 2 * PIECES_A_TURN)

    def test_floods_of_people_who_have_said_little_do_not_go_first(self) -> None:
        crowd = [self.joined(f"10.0.1.{number}") for number in range(8)]
        self.server.clock.advance(60)
        for dan in crowd:
            dan.sends(b"".join([dan._wire.send(Ping()) for _ in range(2 * PIECES_A_TURN)]))
            self.assertTrue(
                dan.transport.protocol.visit._intake.is_rested(self.server.clock.seconds())
            )
        take = Wire.next

        def take_long(wire: Wire) -> Received | None:
            self.server.clock.rightNow += TURN_WITHIN / PIECES_A_TURN
            return take(wire)

        with patch.object(Wire, "next", take_long):
            self.server.chat.delivery.admission.begin_turn()
        answered = [dan.transport.value().count(b"\x8a\0") for dan in crowd]
        self.assertLessEqual(answered.count(2 * PIECES_A_TURN), 2)

    def test_of_many_that_were_slowed_down_few_go_on_in_a_turn(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle(burst=2, rate=1.0))
        crowd = [self.joined(f"10.0.1.{number}") for number in range(8)]
        for dan in crowd:
            dan.sends(b"".join([dan._wire.send(Pong()) for _ in range(20 * PIECES_A_LINE)]))
        self.server.clock.pump([0] * 20)
        taken = [0]  # in each turn
        take, admission = Wire.next, self.server.chat.delivery.admission
        begin_turn = admission.begin_turn

        def take_long(wire: Wire) -> Received | None:
            self.server.clock.rightNow += 2 * TURN_WITHIN
            taken[-1] += 1
            return take(wire)

        def next_turn() -> bool:
            taken.append(0)
            return begin_turn()

        with (
            patch.object(Wire, "next", take_long),
            patch.object(admission, "begin_turn", next_turn),
        ):
            self.server.clock.advance(1)
        self.assertGreater(sum(taken), 7 * PIECES_A_TURN)
        self.assertEqual(max(taken), PIECES_A_TURN)

    def test_whoever_is_not_let_in_may_not_flood(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off(), users=3)
        dan = self.connected()
        dan.sends(b"".join([dan._wire.send(Ping()) for _ in range(2 * PIECES_A_TURN)]))
        self.assertTrue(dan.is_closed())

    def test_a_flood_is_slowed_down_as_lines_are(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle(burst=2, rate=1.0))
        dan = self.joined()
        dan.sends(b"".join([dan._wire.send(Pong()) for _ in range(10 * PIECES_A_LINE)]))
        self.server.clock.pump([0] * 20)
        self.assertEqual(dan.transport.producerState, "paused")
        self.server.clock.pump([1] * 10)
        self.assertEqual(dan.transport.producerState, "producing")

    def test_parts_of_messages_are_slowed_down_too(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle(burst=2, rate=1.0))
        for size, is_paused in ((1, True), (10, False)):
            dan = self.joined()
            data = dan._wire.send(TextMessage(ping("x" * 20)))
            for start in range(0, len(data), size):
                dan.sends(data[start : start + size])
            self.assertEqual(dan.transport.producerState == "paused", is_paused)
            self.server.clock.pump([1] * 10)
            self.assertEqual(
                [each["nonce"] for each in dan.objects() if "nonce" in each], ["x" * 20]
            )

    def test_messages_wait_while_others_are_slowed_down(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle(burst=2, rate=1.0))
        dan = self.joined()
        dan.says(*[ping(str(number)) for number in range(10)])
        self.assertLess(len(dan.objects()), 5)
        self.server.clock.pump([1] * 10)
        nonces = [each["nonce"] for each in dan.objects() if each.get("event") == "done"]
        self.assertEqual(nonces[-1], "9")


class MistakeTests(WebTestCase):
    def ends(self, dan: WebSocket, code: int) -> None:
        """It is over for Dan, for a reason, and others know."""
        dan.hears_frames()
        self.assertEqual(dan.code, code)
        self.assertTrue(dan.is_closed())
        self.assertIn("server: client4 has lost its connection.", self.ann.hears())
        self.assertEqual(len(self.server.chat.sessions), 4)
        dan.transport.protocol.connectionLost()
        self.assertEqual(len(self.server.chat.sessions), 3)

    def test_a_message_that_is_too_long(self) -> None:
        dan = self.joined()
        dan.says(ping("x" * 64).ljust(LONGEST))
        self.assertEqual(dan.objects()[-1]["event"], "done")
        dan.says("x" * (LONGEST + 1))
        self.ends(dan, 1009)

    def test_no_utf_8(self) -> None:
        dan = self.joined()
        dan.sends(b"\x81\x81\0\0\0\0\xff")
        self.ends(dan, 1007)

    def test_binary_messages(self) -> None:
        dan = self.joined()
        dan.says(ping("x").encode())
        self.assertEqual(dan.objects()[-1]["event"], "done")

    def test_no_websocket(self) -> None:
        lines = self.journal()
        dan = self.joined()
        dan.sends(b"/users\r\n")
        self.ends(dan, 1002)
        self.assertRegex(lines[-1], r"^client4 has lost .* \(web, .*\): Invalid opcode 0xf$")

    def test_what_comes_behind_is_not_taken(self) -> None:
        dan = self.joined()
        dan.sends(b"\x81\x81\0\0\0\0\xff" + dan._wire.send(TextMessage('{"do": "say"}')))
        dan.says('{"do": "say", "room": "#lobby", "text": "hi"}')
        self.ends(dan, 1007)

    def test_a_line_end_in_a_message_is_a_blank(self) -> None:
        dan = self.joined()
        dan.says('{\n"do": "ping",\r\n"nonce": "1"}\n')
        self.assertEqual(dan.objects()[-1]["nonce"], "1")


class EndTests(WebTestCase):
    def test_closed_by_the_page(self) -> None:
        for code in (1001, 1000, CloseReason.NO_STATUS_RCVD):
            dan = self.joined()
            name = dan.session.user.name
            dan.tells(CloseConnection(code))
            dan.hears_frames()
            self.assertEqual(dan.code, code)
            self.assertTrue(dan.is_closed())
            self.assertEqual(self.ann.hears()[-1], f"server: {name} has lost its connection.")
            dan.transport.protocol.connectionLost()

    def test_what_was_said_before_still_comes(self) -> None:
        dan = self.joined()
        self.ann.types("hi")
        dan.tells(CloseConnection(1000))
        self.assertEqual(dan.objects()[0]["text"], "hi")
        self.assertEqual(dan.code, 1000)

    def test_a_half_closed_connection(self) -> None:
        dan = self.joined()
        dan.says(ping("1"))
        dan.transport.protocol.readConnectionLost()
        self.assertEqual(dan.objects()[-1]["nonce"], "1")
        self.assertEqual(dan.code, 1000)
        self.assertTrue(dan.is_closed())

    def test_who_does_not_read_the_end_is_cut_off(self) -> None:
        dan = self.joined()
        dan.stalls()
        dan.session.is_lagging = True
        dan.tells(CloseConnection(1000))
        self.server.clock.advance(CLOSE_WITHIN - 1)
        self.assertFalse(dan.transport.disconnected)
        self.server.clock.advance(1)
        self.assertTrue(dan.transport.disconnected)

    def test_the_server_shuts_down(self) -> None:
        dan = self.joined()
        self.server.chat.shut_down(lambda: None)
        self.assertEqual(dan.objects()[-1]["text"], "The server is shutting down.")
        self.assertEqual(dan.code, 1000)

    def test_reset(self) -> None:
        dan = self.joined()
        dan.sends(b"".join([dan._wire.send(Ping()) for _ in range(2 * PIECES_A_TURN)]))
        dan.transport.protocol.connectionLost()
        self.server.clock.advance(0)
        self.assertEqual(self.ann.hears()[-1], "server: client4 has lost its connection.")
        self.assertEqual(len(self.server.chat.sessions), 3)


class SilenceTests(WebTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(**options)

    def test_pings(self) -> None:
        dan = self.joined()
        for _ in range(5):
            self.server.clock.advance(BEAT)
            self.assertNotIn(Ping(), dan.hears_frames())
            self.server.clock.advance(BEAT)
            self.assertEqual([each for each in dan.hears_frames() if each == Ping()], [Ping()])
            dan.tells(Pong())
        self.assertFalse(dan.is_closed())

    def test_whoever_speaks_is_not_asked(self) -> None:
        dan = self.joined()
        for _ in range(5):
            self.server.clock.advance(BEAT - 1)
            dan.says(ping())
            self.assertNotIn(Ping(), dan.hears_frames())

    def test_who_answers_none_is_given_up(self) -> None:
        lines = self.journal()
        dan = self.joined()
        for _ in range(1 + MOST_UNANSWERED):
            self.server.clock.advance(BEAT)
            self.server.clock.advance(0)
        self.assertFalse(dan.transport.disconnected)
        self.server.clock.advance(BEAT)
        self.server.clock.advance(0)
        self.assertTrue(dan.transport.disconnected)
        dan.transport.protocol.connectionLost(Failure(ConnectionAborted()))
        self.assertRegex(lines[-1], r"^client4 has lost .* \(web, .*\): answers no ping$")

    def test_who_is_slow_is_not_given_up(self) -> None:
        dan = self.joined()
        dan.stalls()
        for _ in range(10):
            self.server.clock.advance(BEAT)
            self.server.clock.advance(0)
        self.assertFalse(dan.transport.disconnected)
        self.assertEqual(dan.transport.value(), b"")


class SlowTests(WebTestCase):
    def test_a_slow_reader_misses_nothing(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        dan = self.joined()
        dan.stalls()
        dan.session.is_lagging = True
        self.ann.types(*map(str, range(1000)))
        self.assertEqual(dan.objects(), [])
        dan.reads()
        self.assertEqual([each["text"] for each in dan.objects()], list(map(str, range(1000))))

    def test_a_message_for_many_is_framed_once(self) -> None:
        people = [self.joined(f"10.0.1.{number}") for number in range(3)]
        for dan in people:
            dan.objects()
        self.ann.types("hi")
        self.server.clock.pump([0, 0])
        frames = [dan.transport.value() for dan in people]
        self.assertEqual(len(set(map(id, [dan.session.wording for dan in people]))), 1)
        self.assertEqual(len(set(frames)), 1)
        for dan in people:
            [said] = dan.objects()
            self.assertEqual(said["text"], "hi")

    def test_what_is_not_text_for_programs_is_no_frame(self) -> None:
        dan = self.joined()
        self.ann.types("/me waves")
        found = dan.hears_frames()
        self.assertTrue(all(isinstance(each, TextMessage) for each in found))
        self.assertFalse(any(isinstance(each, BytesMessage) for each in found))
