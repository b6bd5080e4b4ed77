"""Chat by WebSocket: JSON lines, an object a message."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.chat.presence.announcements import GREET_WITHIN
from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.door.visit import ANSWER_WITHIN
from chatsvc.doors.web.websocket import wire
from chatsvc.doors.web.websocket.wire import AT_ONCE
from tests.doors.web.browsing import WebSocket, WebTestCase
from tests.harness import AWHILE

TOKEN = "t" * 32


class ChatTests(WebTestCase):
    def test_a_conversation(self) -> None:
        dan = self.connected()
        welcome, paced = dan.objects()
        self.assertEqual((welcome["event"], welcome["name"]), ("welcome", "client4"))
        self.assertEqual(paced["event"], "paced")
        self.everyone_hears()
        dan.requests("nick", name="dan", nonce="1")
        self.everyone_hears("server: client4 has joined.", "server: client4 is now known as dan.")
        [said] = dan.requests("say", room="#lobby", text="h\u00e9llo\nyou")
        self.assertEqual(said["text"], "h\u00e9llo\nyou")
        self.everyone_hears("dan: h\u00e9llo", "dan: you")
        self.ann.types("hi")
        [heard] = dan.objects()
        self.assertEqual((heard["from"], heard["text"]), ("client1", "hi"))
        dan.requests("quit")
        self.assertEqual(dan.code, 1000)
        self.assertTrue(dan.is_closed())
        self.assertEqual(self.ann.hears()[-1], "server: dan has quit.")


class FirstTests(WebTestCase):
    """Whether it is somebody new is known with the first message, which may be late."""

    def resumes(self, dan: WebSocket, **fields: object) -> list[str]:
        """The events that come when it asks to resume."""
        dan.hears_frames()
        dan.says(json.dumps({"do": "resume", "token": TOKEN, **fields}))
        return [each.get("event", "error") for each in dan.objects()]

    def test_who_says_nothing_is_announced_after_a_while(self) -> None:
        dan = self.connected()
        self.server.clock.pump([GREET_WITHIN - 1, 0])
        self.everyone_hears()
        self.server.clock.pump([1.1, 0, 0])
        self.everyone_hears("server: client4 has joined.")
        self.ann.types("hi")
        self.assertEqual(dan.objects()[-1]["text"], "hi")

    def test_a_token_of_its_own_choice_is_granted(self) -> None:
        self.assertEqual(self.resumes(self.connected()), ["resumable"])
        self.everyone_hears("server: client4 has joined.")

    def test_a_place_is_resumed_however_late_the_message_comes(self) -> None:
        dan = self.connected()
        self.resumes(dan)
        for late in (0, 1, GREET_WITHIN - 1):
            dan.transport.protocol.connectionLost()
            self.ann.types(f"after {late}")
            self.hush()
            dan = self.connected()
            self.server.clock.pump([late, 0])
            events = self.resumes(dan)
            self.assertEqual(events[0], "resumed", late)
            self.assertIn("said", events)
            self.everyone_hears()
        self.assertEqual(dan.session.user.name, "client4")

    def test_by_a_crowd_of_tabs_only_the_last_is_here(self) -> None:
        first, second = self.connected(), self.connected()
        self.resumes(first)
        self.assertEqual(self.resumes(second)[0], "resumed")
        self.assertTrue(first.transport.disconnected)


class RefusedTests(WebTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(**{"users": 4, **options})

    def test_a_full_server_is_told_of_in_json(self) -> None:
        self.joined()
        dan = self.connected()
        self.assertEqual(dan.objects()[0]["error"]["code"], "full")
        self.assertFalse(dan.is_closed())
        self.server.clock.advance(ANSWER_WITHIN)
        dan.hears_frames()
        self.assertEqual(dan.code, 1000)
        self.assertTrue(dan.is_closed())

    def test_who_was_here_may_come_back_to_a_full_server(self) -> None:
        asked = json.dumps({"do": "resume", "token": TOKEN})
        first = self.connected()
        first.says(asked)
        first.hears_frames()
        dan = self.connected()
        dan.objects()
        dan.says(asked, '{"do": "ping", "nonce": "1"}')
        events = dan.objects()
        self.assertEqual(events[0]["event"], "resumed")
        self.assertEqual((events[-1]["event"], events[-1]["nonce"]), ("done", "1"))

    def test_whoever_asks_for_anything_else_is_sent_away(self) -> None:
        self.joined()
        for asked in ('{"do": "ping"}', json.dumps({"do": "resume", "token": TOKEN})):
            dan = self.connected()
            dan.objects()
            dan.says(asked, asked)
            dan.hears_frames()
            self.assertEqual(dan.code, 1000)
            self.server.clock.advance(CLOSE_WITHIN)
            self.assertTrue(dan.transport.disconnected)
            dan.transport.protocol.connectionLost()
        self.assertEqual(self.server.factory.entrance.refused, 0)

    def test_whoever_asks_often_is_sent_one_close_frame(self) -> None:
        """RFC 6455, section 5.5.1: no frame follows it."""
        self.joined()
        dan = self.connected()
        dan.objects()
        for name in ("loseConnection", "unregisterProducer"):  # a socket still takes input
            self.patch(dan.transport, name, lambda: None)
        dan.says(*['{"do": "ping"}'] * AT_ONCE)
        self.server.clock.pump([0, AWHILE])
        self.assertEqual(dan.transport.value(), wire.close(wire.NORMAL))

    def test_a_mistake_of_who_is_refused(self) -> None:
        self.joined()
        dan = self.connected()
        dan.objects()
        dan.sends(b"\x81\x01x")
        dan.hears_frames()
        self.assertEqual(dan.code, 1002)
        self.assertTrue(dan.is_closed())
