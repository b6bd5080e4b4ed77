"""The client on a real terminal: talking, and what the screen shows."""

from __future__ import annotations

import re

from tests.client.screen.seats import TtyTestCase


class TalkTests(TtyTestCase):
    def test_a_conversation(self) -> None:
        self.is_client_measured = True
        bob = self.sits_down()
        bob.sees("IP address of the server [127.0.0.1]:")
        bob.types("\n")
        bob.sees("Port of the server [5000]:")
        bob.types(f"{self.port}\n")
        bob.sees("Welcome, you are client2. 1 other person is here.")
        bob.types("grüß euch\r")
        self.ann.sees("client2: grüß euch")
        self.ann.types("hello client2")
        bob.sees("client2: grüß euch", "client1: hello client2")
        self.assertEqual(bob.rows[-1], "#lobby>")
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 0)
        self.ann.sees("server: client2 has quit.")
        self.assertTrue(bob.is_as_before())
        self.assertIn(b"\x1b[?1049l", bob.sent[-40:])

    def test_what_is_typed_before_the_screen_is_there(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port))
        bob.types("typed ahead\rhalf a li")
        self.ann.sees("client2: typed ahead")
        bob.sees("client2: typed ahead", "\n#lobby> half a li")

    def test_what_arrives_does_not_touch_what_one_types(self) -> None:
        bob = self.comes()
        bob.types("half a li")
        for number in range(40):
            self.ann.types(f"line {number}")
            if number == 20:
                bob.presses(b"\x01", b"\x1b[C")  # to the beginning, and one to the right
        bob.sees("line 39")
        self.assertEqual(bob.rows[-1], "#lobby> half a li")
        self.assertEqual((bob.emulator.cursor.y, bob.emulator.cursor.x), (23, 9))
        bob.types("X\r")
        self.ann.sees("client2: hXalf a li")

    def test_wide_and_combining_characters_and_emoji(self) -> None:
        bob = self.comes()
        bob.types("漢字 e\u0301 👩‍👩‍👧 x")
        bob.sees("> 漢字 e\u0301 👩‍👩‍👧 x")
        self.assertEqual(bob.emulator.cursor.x, 8 + 4 + 1 + 1 + 1 + 2 + 2)
        bob.presses(b"\x1b[D", b"\x1b[D", b"\x7f", b"\x7f", b"\x7f")  # the family, the blank, é
        bob.sees("> 漢字  x")
        bob.presses(b"\r")
        self.ann.sees("client2: 漢字  x")

    def test_a_paste_is_one_message_and_is_shown_before_it_is_sent(self) -> None:
        bob = self.comes()
        bob.types("\x1b[200~one\rtwo\rthree\r\x1b[201~")
        bob.sees("> one\ntwo\nthree")
        bob.types(" more\r")
        before = self.ann.sees("client2: three more")
        self.assertTrue(before.endswith("\nclient2: one\nclient2: two\n"), before)
        bob.sees("client2: one\n               two\n               three more\n")

    def test_resizing(self) -> None:
        bob = self.comes()
        self.ann.types("x" * 100)
        bob.sees("x" * 60)
        bob.resizes(140, 10)
        bob.sees(f"client1: {'x' * 100}")
        self.assertEqual(len(bob.rows), 10)
        self.assertEqual(bob.rows[-1], "#lobby>")
        bob.resizes(20, 5)
        bob.sees("\n     " + "x" * 15, "\n#lo…>")

    def test_completion(self) -> None:
        bob = self.comes()
        bob.types("cli\t")
        bob.sees("> client")
        bob.types("1\tx")
        bob.sees("> client1: x")
        bob.presses(b"\x15")
        bob.types("/wh\t")
        bob.sees("/who", "/whois")
        bob.presses(b"\x15")
        bob.types("/topic #l\tall sorts\r")
        bob.sees("#lobby")

    def test_rooms(self) -> None:
        bob = self.comes()
        bob.types("/join #ops\r")
        bob.sees("You are in #ops, which belongs to you.", "[2 #ops", ", 1 here")
        self.ann.types("/join #ops", "hello there", "/bc to all")
        bob.sees("client1: hello there", " 1 #lobby +1", ", 2 here")
        bob.presses(b"\x1b1")
        bob.sees("client1: to all", "[1 #lobby", "——— new ———")
        bob.types("answer to all\r")
        bob.sees("client2: answer to all")
        self.ann.types("/dm client2 psst", "in ops, client2")
        bob.sees(" 2 #ops !1", " 3 @client1 !1")
        bob.presses(b"\x0e", b"\x0e")
        bob.sees("client1: psst", "[3 @client1")
        bob.types("psst yourself\r")
        self.ann.sees("client2: psst yourself")
        bob.types("/close\r")
        bob.sees("[2 #ops", "in ops, client2")
        bob.types("/part\r")
        bob.sees("[1 #lobby", "You have left #ops.")
        self.assertNotIn("#ops ", bob.rows[-2])

    def test_scrolling(self) -> None:
        bob = self.comes()
        self.ann.types(*[f"line {number}" for number in range(60)])
        bob.sees("line 59")
        bob.receives(b"\x1b[?1000h")
        bob.presses(b"\x1b[<64;5;5M")
        bob.sees("scrolled back (end)", "line 56")
        self.assertNotIn("line 57", bob.text)
        self.ann.types("one more")
        bob.sees("1 new below (end)")
        bob.presses(b"\x1b[F")
        bob.sees("one more")
        bob.presses(b"\x1b[5~")
        bob.sees("scrolled back")
        bob.types("my own\r")
        bob.sees("client2: my own")

    def test_what_is_removed(self) -> None:
        bob = self.comes(columns=100)
        bob.types("/join #ops\r")
        bob.sees("You are in #ops")
        self.ann.types("/join #ops", "rude words")
        bob.sees("client1: rude words")
        bob.presses(b"\x1bi")
        bob.sees("] client1: rude words")
        found = re.search(r"\[(\d+)\] client1: rude words", bob.text)
        assert found is not None
        bob.types(f"/redact {found[1]}\r")
        bob.sees("client2 has removed line")
        self.assertNotIn("rude words", bob.text)
        self.assertEqual(bob.text.count("What client1 said was removed by client2."), 1)

    def test_a_kick_while_one_types(self) -> None:
        bob = self.comes()
        cat = self.calls(self.port)
        cat.sees("server: Welcome, you are client3. 2 others are here. Type /help for help.")
        cat.types("/join #ops")
        cat.sees("server: You are in #ops, which belongs to you. Nobody else is in it.")
        bob.types("/join #ops\r")
        bob.sees("[2 #ops, 2 here]")
        bob.types("for ops on")
        bob.sees("> for ops on")
        cat.types("/kick #ops client2 enough")
        bob.sees("You were kicked out of #ops", "> for ops on", "[2 #ops")
        bob.types("ly\r")
        bob.sees("!! That was not said: you are not in #ops.", "> for ops only")
        bob.types("\x1b1")
        bob.sees("[1 #lobby")
        bob.types("for all\r")
        before = self.ann.sees("client2: for all")
        self.assertNotIn("for ops only", before)
        bob.types("/join #ops\r")
        bob.sees("[2 #ops, 2 here]", "> for ops only")
        bob.types("\r")
        cat.sees("#ops client2: for ops only")

    def test_each_window_has_its_line(self) -> None:
        bob = self.comes()
        bob.types("one")
        bob.types("\x1b[D")
        self.ann.types("/dm client2 psst")
        bob.sees("> one", "@client1 !1")
        bob.presses(b"\x0e")
        bob.sees("[2 @client1", "\n@client1>")
        bob.types("two")
        bob.sees("> two")
        bob.presses(b"\x0e")
        bob.sees("[1 #lobby", "> one")
        bob.types("X")
        bob.sees("> onXe")
        bob.presses(b"\x0e", b"\r")
        self.ann.sees("client2: two")

    def test_what_stands_in_the_window_of_a_room(self) -> None:
        self.ann.types("/join #ops", "/topic #ops how it works", "said before")
        self.ann.sees("#ops client1: said before")
        bob = self.comes()
        bob.types("/join #ops\r")
        told = ("You are in #ops.", "The topic of #ops: how it works", "client1: said before")
        bob.sees("[2 #ops, 2 here]", *told)
        bob.presses(b"\x1b1")
        bob.sees("[1 #lobby")
        for each in told:
            self.assertNotIn(each, bob.text)

    def test_the_window_of_a_person(self) -> None:
        bob = self.comes()
        bob.types("/join #ops\r")
        bob.sees("[2 #ops, 1 here]")
        bob.types("/dm client1 psst\r")
        bob.sees(" 3 @client1 +1")
        bob.types("/window client1\r")
        bob.sees("[3 @client1", "client2: psst")
        bob.types("/me waves\r")
        self.ann.sees("* client2 waves")
        bob.sees("* client2 waves")
        bob.types("/topic changed unseen\r")
        bob.sees("!! This is between you and client1")
        self.ann.types("/nick ann")
        bob.sees("client1 is now known as ann.", "[3 @ann")
        bob.types("hi ann\r")
        self.ann.sees("client2: hi ann")
        self.ann.types("/quit")
        bob.sees("ann has quit.")
        bob.types("still there?\r")
        bob.sees("!! That was not said: ann has left, and others can take that name.")
        bob.types("\r")
        bob.sees('!! User "ann" is not connected to the server.')

    def test_passwords_are_not_shown(self) -> None:
        bob = self.comes()
        bob.types("/login ann correcthorse")
        bob.sees("> /login ann ••••••••••••")
        bob.presses(b"\x15")
        bob.types(".login ann correcthorse\r")
        bob.sees("> .login ann ••••••••••••", "!! That was not said: it looks like /login.")
        self.assertNotIn(b"horse", bob.sent)

    def test_colours(self) -> None:
        self.comes().types("hi\r")
        bob = self.sits_down("127.0.0.1", str(self.port), NO_COLOR="1")
        bob.sees("client2: hi")
        self.assertNotIn(b"38;5;", bob.sent)
        cat = self.sits_down("127.0.0.1", str(self.port))
        cat.sees("client2: hi")
        self.assertIn(b"38;5;", cat.sent)

    def test_notices(self) -> None:
        bob = self.comes("--notices", "osc777")
        self.ann.types("client2: look; here\x1b]0;evil\x07")
        bob.sees("client2: look; here")
        self.assertIn(b"\x1b]777;notify;chatsvc;client1: client2: look; here\a", bob.sent)
        self.assertNotIn(b"evil", bob.sent)
        self.assertEqual(bob.emulator.rang, 0)
        cat = self.sits_down("127.0.0.1", str(self.port))
        cat.sees("Welcome, you are client3.")
        self.ann.types("/dm client3 hi")
        cat.sees("@client1 !1")
        self.assertEqual(cat.emulator.rang, 1)

    def test_a_terminal_of_three_short_rows(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), columns=20, rows=3)
        bob.sees("/help for help.", "[1 #lobby]", "#lo…>")
        self.ann.types("hello there")
        bob.sees("there")
        bob.types("/he\t")  # a list has no room
        bob.sees("#lo…> /he")
        bob.types("\x15hi\r")
        self.ann.sees("client2: hi")
        bob.sees("client2: hi", "[1 #lobby]")

    def test_a_dumb_terminal_gets_lines(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), TERM="dumb")
        bob.sees("server: Welcome, you are client2.")
        bob.types("hi\n")
        bob.sees("client2: hi")
        self.assertNotIn(b"\x1b", bob.sent)
        bob.types("/quit\n")
        self.assertEqual(bob.ends(), 0)
