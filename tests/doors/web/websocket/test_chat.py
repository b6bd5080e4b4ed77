"""Chat by WebSocket: JSON lines, an object a message."""

from __future__ import annotations

from tests.doors.web.browsing import WebTestCase


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
