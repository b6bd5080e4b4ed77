"""The line door: what comes in, in pieces, too long, or in no encoding."""

from __future__ import annotations

from chatsvc.command import command
from chatsvc.door.contract import LONGEST
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, reported

BLANKS = "\u3164\u2800\uffa0\u115f\u1160\u200b\u00a0\u3000\u2060\u00ad\ufe0f\u034f\u180e\U0001d159"


TOO_LONG = "server: Your line is longer than 8192 bytes; nothing of it was taken."


class InputTests(ChatTestCase):
    def test_lines_end_in_lf_or_crlf_wherever_segments_do(self) -> None:
        for data in (b"o", b"ne\r", b"\ntwo\nth", b"ree\n"):
            self.ann.sends(data)
        self.everyone_hears("client1: one", "client1: two", "client1: three")

    def test_bytes_that_are_not_utf8_are_replaced(self) -> None:
        self.ann.sends("grün".encode("latin-1") + b" \xc3\xbc \xff\n")
        self.everyone_hears("client1: gr\ufffdn ü \ufffd")

    def test_nothing_reaches_a_terminal_but_text(self) -> None:
        self.ann.sends(b"a\x1b]0;title\x07b\x1b[2Jc\x00d\x08e\x7f\xc2\x9b31mf\xe2\x80\xaeg\th\n")
        self.everyone_hears("client1: abcfg h")

    def test_forged_line_ends(self) -> None:
        self.ann.sends("hi\rserver: x\u2028server: y\x85server: z\x0b\n".encode())
        self.everyone_hears("client1: hi", "client1: server: x server: y server: z")

    def test_return_ends_a_line_in_every_form(self) -> None:
        data = b"one\r\ntwo\r\0three\rfour\nfive\r"
        said = [f"client1: {each}" for each in ("one", "two", "three", "four", "five")]
        for pieces in ([data], [bytes([byte]) for byte in data]):
            for piece in pieces:
                self.ann.sends(piece)
            self.everyone_hears(*said)
            self.ann.sends(b"\n")  # [It belongs to the CR.]
            self.assertEqual(self.ann.hears(), [])

    def test_what_is_erased_at_a_terminal_is_not_said(self) -> None:
        for data in (
            b"helli\x7fo",
            b"no\x15hello",
            b"hello you\x17",
            b"x\b\bhello",
            b"hell\x1b[Do",
            b"x\xff\xf8helli\xff\xf7o",
        ):
            self.ann.sends(data + b"\r\0")
            self.everyone_hears("client1: hello")

    def test_a_negotiation_without_an_end_holds_nothing_back(self) -> None:
        self.ann.sends(b"\xff\xfa\x18")
        self.ann.sends(b"hello\r\n")
        self.assertIn("hello", self.bob.hears()[0])
        self.ann.sends(b"hi\n")
        self.assertEqual(self.bob.hears(), ["client1: hi"])

    def test_what_shows_nothing_is_not_said(self) -> None:
        for blank in BLANKS:
            self.ann.types(blank, f"/bc {blank}", f"/dm client2 {blank}", f"/me {blank}{blank}")
            self.assertEqual(self.bob.hears(), [], ascii(blank))
            self.assertEqual(len(self.ann.hears()), 4)

    def test_a_blank_line_before_json(self) -> None:
        dan = self.server.joined_by("10.0.0.4")
        dan.types("", "\u200b", "/json")
        self.assertIn('"welcome"', str(dan.hears()))

    def test_telnet_negotiation_is_ignored(self) -> None:
        for data in (b"\xff", b"\xfb\x1f\xff\xfa\x1f\x00", b"\x0a\x00\x0a\xff", b"\xf0hi\n"):
            self.ann.sends(data)
        self.everyone_hears("client1: hi")

    def test_telnet_hears_that_its_timing_mark_was_reached(self) -> None:
        self.ann.sends(b"\xff\xf4\xff\xfd\x06hi\n")
        self.assertEqual(self.ann.transport.value(), b"\xff\xfc\x06")
        self.ann.transport.clear()
        self.everyone_hears("client1: hi")

    def test_timing_marks_fill_no_buffer(self) -> None:
        self.ann.stalls()
        self.ann.sends(b"\xff\xfd\x06" * 1000)
        self.assertEqual(self.ann.transport.value(), b"")

    def test_negotiations_and_what_is_skipped_count_as_lines(self) -> None:
        for data in (b"\xff\xfb\x01" * 5461, b"x" * 16384):
            with self.subTest(data=data[:3]):
                self.ann, self.bob, self.cat = self.start()
                pieces = 0
                while self.ann.transport.producerState == "producing":
                    self.ann.sends(data)
                    pieces += 1
                    self.assertLess(pieces, 20)
                self.bob.types("hello")
                self.assertIn("client2: hello", self.cat.hears())
                self.server.clock.advance(10)
                self.assertEqual(self.ann.transport.producerState, "producing")
                self.ann.types("", "after it")
                self.server.clock.advance(10)
                self.assertIn("client1: after it", self.cat.hears())

    def test_longest_line(self) -> None:
        for end in (b"\n", b"\r\n"):
            self.ann.sends(b"x" * LONGEST)
            self.ann.sends(end)
            self.everyone_hears("client1: " + "x" * LONGEST)

    def test_line_too_long(self) -> None:
        for end in (b"\n", b"\r\n"):
            self.ann.sends(b"/bc one\n" + b"x" * (LONGEST + 1) + end + b"two\n")
            self.assertEqual(self.ann.hears(), ["client1: one", TOO_LONG, "client1: two"])
            self.assertEqual(self.bob.hears(), ["client1: one", "client1: two"])

    def test_line_without_end(self) -> None:
        for _ in range(1000):
            self.ann.sends(b"/quit   " * 1000)
            self.server.clock.advance(0.1)  # as fast as it is read
            self.assertLess(len(self.ann.protocol._buffer), 10_000)
        self.assertEqual(self.ann.hears(), [TOO_LONG])
        self.ann.sends(b"/quit\ntwo\n")
        self.assertEqual(self.ann.hears(), ["client1: two"])

    def test_many_lines_too_long_in_one_segment(self) -> None:
        self.ann, _, _ = self.start(throttle=Throttle.off())
        self.ann.sends((b"x" * 9000 + b"\n") * 7 + b"one\n")
        self.assertEqual(self.ann.hears(), [TOO_LONG] * 7 + ["client1: one"])

    def test_a_bug_costs_nobody_the_connection(self) -> None:
        def broken(chat, session):
            raise RuntimeError(" ".join(["what", "ann", "said"]))

        logged = self.logged()
        command.commands()
        self.patch(command, "_table", {"break": command.Command(("break",), broken, (), False)})
        self.patch(command, "commands", lambda: command._table)
        self.ann.types("/break")
        [told] = self.ann.hears()
        wrong = "server: Something went wrong at the server. What you typed was not done."
        self.assertTrue(told.startswith(wrong), told)
        self.assertIn(f"RuntimeError ({reported(told)})", logged[0])
        self.assertIn("in broken", logged[0])
        self.assertNotIn("what ann said", logged[0])
