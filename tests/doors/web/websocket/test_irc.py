"""IRC by WebSocket: a line a message."""

from __future__ import annotations

from chatsvc.doors.irc.codec.message import LINE_BYTES
from tests.doors.web.browsing import WebSocket, WebTestCase


class IrcTests(WebTestCase):
    def registers(self, dan: WebSocket, nick: str) -> list[str]:
        dan.says("CAP LS 302", f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END")
        return [line if isinstance(line, str) else line.decode() for line in dan.messages()]

    def irc(self, kind: str = "text", host: str = "10.0.0.9") -> WebSocket:
        dan = WebSocket(self.door, self.server.clock, host)
        dan.opens(f"{kind}.ircv3.net")
        return dan

    def test_a_conversation(self) -> None:
        dan = self.irc()
        lines = self.registers(dan, "dan")
        self.assertTrue(any(" 001 dan " in line for line in lines))
        self.assertFalse(any("\n" in line or "\r" in line for line in lines))
        dan.says("PRIVMSG #lobby :h\u00e9llo")
        self.everyone_hears("server: dan has joined.", "dan: h\u00e9llo")
        self.ann.types("hi")
        self.assertTrue(dan.messages()[-1].endswith("PRIVMSG #lobby :hi"))
        dan.says("QUIT :bye")
        self.assertEqual(dan.messages()[-1], "ERROR :Closing link: Quit: bye")
        self.assertEqual(dan.code, 1000)
        self.assertTrue(dan.is_closed())

    def test_binary_messages(self) -> None:
        dan = self.irc("binary")
        dan.says(b"NICK dan", b"USER dan 0 * :Dan", b"PRIVMSG #lobby :h\xc3\xa9llo")
        self.assertTrue(all(isinstance(each, bytes | bytearray) for each in dan.messages()))
        self.assertEqual(self.ann.hears()[-1], "dan: h\u00e9llo")

    def test_messages_of_the_other_type_are_taken_too(self) -> None:
        for kind, bad in (("text", b"PING \xe9"), ("binary", "PING 1")):
            dan = self.irc(kind)
            self.registers(dan, "dan")
            dan.says(bad)
            [*_, answer] = dan.messages()
            wanted = "FAIL PING INVALID_UTF8" if kind == "text" else b"PONG"
            self.assertIn(wanted, answer)
            dan.says("QUIT")
            self.server.clock.advance(1)

    def test_line_ends_in_messages(self) -> None:
        dan = self.irc()
        dan.says("NICK dan\r\n", "USER dan 0 * :Dan\n", "", "PRIVMSG #lobby :a\r\nQUIT")
        self.assertEqual(self.ann.hears()[-1], "dan: a  QUIT")

    def test_a_line_that_is_too_long(self) -> None:
        dan = self.irc()
        self.registers(dan, "dan")
        dan.says("PRIVMSG #lobby :".ljust(LINE_BYTES, "x"))
        self.assertIn(" 417 dan ", dan.messages()[-1])
        dan.says("PING 1")
        self.assertIn("PONG", dan.messages()[-1])

    def test_a_line_for_many_is_framed_once(self) -> None:
        kinds = ["text", "text", "binary"]
        people = [self.irc(kind, f"10.0.1.{number}") for number, kind in enumerate(kinds)]
        for number, dan in enumerate(people):
            if number < 2:
                self.registers(dan, f"dan{number}")
            else:
                dan.says(b"NICK dan2", b"USER dan2 0 * :Dan")
        for dan in people:
            dan.messages()
        self.ann.types("hi")
        self.server.clock.pump([0, 0])
        first, second, third = [dan.transport.value() for dan in people]
        self.assertEqual(first, second)
        self.assertEqual(first[0], 0x81)
        self.assertEqual(b"\x82" + first[1:], third)

    def test_who_never_registers(self) -> None:
        dan = self.irc()
        self.server.clock.pump([30, 0, 31, 0])
        self.assertTrue(dan.is_closed())

    def test_too_early(self) -> None:
        dan = self.irc()
        dan.says(*["PRIVMSG x :y"] * 101)
        self.server.clock.pump([0] * 10)
        self.assertEqual(dan.messages()[-1], "ERROR :Closing link: Register first.")
        self.assertTrue(dan.is_closed())
