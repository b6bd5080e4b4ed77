"""The client on a real terminal, with a real server; what is on the screen is compared."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatsvc.terminal.screen import Screen
from tests.client.terminal import Seat, SeatTestCase
from tests.patience import PATIENCE, much
from tests.processes import FIRST, free_port

YOURS = "server: The name ann is yours. From elsewhere, type /login ann and your password."


class TtyTestCase(SeatTestCase):
    """A server that ann has come to; she is client1 and talks by netcat."""

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.server = self.opens("--store", "memory:")
        self.ann = self.calls(self.port)
        self.ann.sees(FIRST)

    def opens(self, *options: Any) -> Any:
        return self.serves("--port", self.port, "--interface", "127.0.0.1", *options)

    def comes(self, *arguments: str, **options: Any) -> Seat:
        """Somebody at a terminal, who is client2."""
        seat = self.sits_down("127.0.0.1", str(self.port), *arguments, **options)
        seat.sees("Welcome, you are client2.", "\n>", ", 2 here")
        return seat


class TalkTests(TtyTestCase):
    def test_a_conversation(self) -> None:
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
        self.assertEqual(bob.rows[-1], ">")
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 0)
        self.ann.sees("server: client2 has quit.")
        self.assertTrue(bob.is_as_before())
        self.assertIn(b"\x1b[?1049l", bob.sent[-40:])

    def test_what_is_typed_before_the_screen_is_there(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port))
        bob.types("typed ahead\rhalf a li")
        self.ann.sees("client2: typed ahead")
        bob.sees("client2: typed ahead", "\n> half a li")

    def test_what_arrives_does_not_touch_what_one_types(self) -> None:
        bob = self.comes()
        bob.types("half a li")
        for number in range(40):
            self.ann.types(f"line {number}")
            if number == 20:
                bob.presses(b"\x01", b"\x1b[C")  # to the beginning, and one to the right
        bob.sees("line 39")
        self.assertEqual(bob.rows[-1], "> half a li")
        self.assertEqual((bob.emulator.cursor.y, bob.emulator.cursor.x), (23, 3))
        bob.types("X\r")
        self.ann.sees("client2: hXalf a li")

    def test_wide_and_combining_characters_and_emoji(self) -> None:
        bob = self.comes()
        bob.types("漢字 e\u0301 👩‍👩‍👧 x")
        bob.sees("> 漢字 e\u0301 👩‍👩‍👧 x")
        self.assertEqual(bob.emulator.cursor.x, 2 + 4 + 1 + 1 + 1 + 2 + 2)
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
        bob.sees("client2: one\n        two\n        three more\n")

    def test_resizing(self) -> None:
        bob = self.comes()
        self.ann.types("x" * 100)
        bob.sees("x" * 60)
        bob.resizes(130, 10)
        bob.sees(f"client1: {'x' * 100}")
        self.assertEqual(len(bob.rows), 10)
        self.assertEqual(bob.rows[-1], ">")
        bob.resizes(20, 5)
        bob.sees("\n     " + "x" * 15, "\n>")

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
        bob.types("/history 1\r")
        bob.sees("] client1: rude words")
        found = re.search(r"\[(\d+)\] client1: rude words", bob.text)
        assert found is not None
        bob.types(f"/redact {found[1]}\r")
        bob.sees("client2 has removed line")
        self.assertNotIn("rude words", bob.text)
        self.assertEqual(bob.text.count("What client1 said was removed by client2."), 2)

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
        bob.sees("[2 @client1", "\n>")
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

    def test_a_dumb_terminal_gets_lines(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), TERM="dumb")
        bob.sees("server: Welcome, you are client2.")
        bob.types("hi\n")
        bob.sees("client2: hi")
        self.assertNotIn(b"\x1b", bob.sent)
        bob.types("/quit\n")
        self.assertEqual(bob.ends(), 0)


class StayTests(TtyTestCase):
    def test_the_server_is_killed_and_comes_back(self) -> None:
        self.server.kill()
        self.server.wait()
        self.server = self.opens("--store", "sqlite:chat.sqlite")
        self.ann = self.calls(self.port)
        bob = self.comes()
        bob.types("before\r")
        bob.receives(b"m: before")  # it is answered: the name and the text have two styles
        self.server.kill()
        bob.sees("The connection was lost.", "no connection, trying again")
        bob.types("meanwhile\r")
        bob.sees("no connection, trying again, 1 waiting", "client2: meanwhile")
        self.server.wait()
        self.opens("--store", "sqlite:chat.sqlite")
        bob.receives(b"m: meanwhile")
        self.assertEqual(bob.text.count("client2: meanwhile"), 1)
        cat = self.calls(self.port)
        self.assertEqual(cat.sees("server: From here on it is new.").count("meanwhile"), 1)

    def test_what_was_not_said_is_told(self) -> None:
        bob = self.comes()
        self.server.kill()
        bob.sees("no connection, trying again")
        bob.types("never said\r/login bob correcthorse\r")
        bob.sees("2 waiting")
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 1)
        self.assertIn("chatsvc: not said: never said\nchatsvc: not said: /login\n", bob.text)
        self.assertNotIn(b"\x1b", bob.last_words)
        self.assertTrue(bob.is_as_before())

    def test_put_off_the_server(self) -> None:
        self.server.kill()
        self.server.wait()
        self.server = self.opens("--store", "memory:", "--operator", "ann")
        ann = self.calls(self.port)
        ann.types("/nick ann", "/register correcthorse")
        ann.sees(YOURS)
        bob = self.comes()
        ann.types("this is drawn in time", "/kick #lobby client2 no reason")
        self.assertEqual(bob.ends(), 1)
        self.assertNotIn(b"\x1b", bob.last_words)
        self.assertIn("chatsvc: You were kicked off this server, by ann", bob.text)

    def test_history_is_kept_without_passwords(self) -> None:
        bob = self.comes()
        bob.types("something\r/login bob secretsecret\r")
        bob.sees("client2: something", "!!")
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 0)
        [file] = [each for each in self.folder.rglob("*") if each.name == "history"]
        self.assertNotIn("secret", file.read_text())
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        cat = self.sits_down("127.0.0.1", str(self.port))
        cat.sees("Welcome, you are")
        cat.presses(b"\x1b[A", b"\x1b[A")
        cat.sees("> something")

    def test_who_was_killed_has_the_place_and_the_name_again(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), "--name", "bob")
        bob.sees("bob@127.0.0.1")
        bob.types("/join #ops\r")
        bob.sees("You are in #ops")
        self.ann.sees("server: client2 is now known as bob.")
        bob.process.kill()
        bob.process.wait()
        again = self.sits_down("127.0.0.1", str(self.port), "--name", "bob")
        again.sees("The connection is back.", "#ops", "bob@127.0.0.1")
        again.types("here I am\r")
        self.assertEqual(self.ann.sees("bob: here I am"), "")

    def test_two_terminals_of_one_name(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), "--name", "bob")
        bob.sees("bob@127.0.0.1")
        other = self.sits_down("127.0.0.1", str(self.port), "--name", "bob")
        other.sees("client3@127.0.0.1", 'The name "bob" is taken')
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 0)
        other.sees("bob@127.0.0.1")

    def test_logging_in(self) -> None:
        self.ann.types("/nick ann", "/register correcthorse")
        self.ann.sees(YOURS)
        ann = self.sits_down("127.0.0.1", str(self.port), "--login", "ann")
        ann.sees("Password of ann:")
        ann.types("correcthorse\n")
        ann.sees("ann@127.0.0.1")
        self.assertNotIn(b"correcthorse", ann.sent)
        (self.folder / "password").write_text("correcthorse\n")
        file = str(self.folder / "password")
        again = self.sits_down(
            "127.0.0.1", str(self.port), "--login", "ann", "--password-file", file
        )
        again.sees("ann@127.0.0.1")

    def test_where_one_has_to_log_in_first(self) -> None:
        self.server.kill()
        self.server.wait()
        self.server = self.opens("--store", "sqlite:chat.sqlite", "--accounts-only")
        self.calls(self.port)
        bob = self.sits_down("127.0.0.1", str(self.port))
        bob.sees("Welcome, you are client")
        bob.types("/nick bob\r/register correcthorse\r")
        bob.sees("The name bob is yours.")
        bob.types("hello\r")
        bob.sees("bob: hello", "bob@127.0.0.1", ", 1 here")
        self.server.kill()
        bob.sees("no connection, trying again")
        bob.types("meanwhile\r")
        self.server.wait()
        self.opens("--store", "sqlite:chat.sqlite", "--accounts-only")
        bob.sees("bob: meanwhile", "The connection is back.")


class LeaveTests(TtyTestCase):
    def test_ctrl_c_asks(self) -> None:
        bob = self.comes()
        bob.types("something")
        bob.presses(b"\x03")
        bob.sees("\n>")
        self.assertEqual(bob.rows[-1], ">")
        bob.presses(b"\x03")
        bob.sees("ctrl-c once more leaves")
        bob.presses(b"\x03")
        self.assertEqual(bob.ends(), 0)
        self.ann.sees("server: client2 has quit.")

    def test_what_is_typed_behind_that_is_not_said(self) -> None:
        bob = self.comes()
        bob.types("first\r/quit\rfor the shell\r")
        self.assertEqual(bob.ends(), 0)
        before = self.ann.sees("server: client2 has quit.")
        self.assertEqual(before, "server: client2 has joined.\nclient2: first\n")

    def test_ctrl_d(self) -> None:
        bob = self.comes()
        bob.presses(b"\x04")
        self.assertEqual(bob.ends(), 0)
        self.assertTrue(bob.is_as_before())

    @pytest.mark.long
    def test_signals(self) -> None:
        number: int
        for number in (
            signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGRTMAX, signal.SIGQUIT,
            signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGABRT,
        )[: much(3, 9)]:  # fmt: skip
            bob = self.sits_down("127.0.0.1", str(self.port))
            bob.sees("Welcome, you are")
            bob.process.send_signal(number)
            self.assertEqual(bob.ends(), 128 + number)
            self.assertTrue(bob.is_as_before())
            self.assertIn(Screen.stop(), bob.sent[-60:])

    def test_a_signal_at_the_question_for_a_password(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), "--login", "bob")
        bob.sees("Password of bob:")
        bob.process.send_signal(signal.SIGTERM)
        self.assertEqual(bob.ends(), 128 + signal.SIGTERM)
        self.assertTrue(bob.is_as_before())

    def test_a_signal_that_was_ignored_before(self) -> None:
        """[The client runs under nohup.]"""
        bob = self.comes(run=("sh", "-c", 'trap "" HUP; exec "$@"', "sh"))
        bob.process.send_signal(signal.SIGHUP)
        bob.types("here I am\r")
        bob.sees("client2: here I am")

    def test_suspending(self) -> None:
        """[A script runs the client, and a shell the script: Ctrl-Z stops both.]"""
        script = self.folder / "script"
        script.write_text('#!/bin/sh\n"$@"\necho "status $?"\n')
        script.chmod(0o755)
        shell = (sys.executable, "-m", "tests.client.shell", str(script))
        bob = self.sits_down("127.0.0.1", str(self.port), run=shell)
        bob.sees("Welcome, you are client2.")
        client = self.client_of(bob)
        for number, how in enumerate((signal.SIGTSTP, None)):
            bob.types("half a line" if how else "half a line\x1a")
            if how is not None:
                bob.sees("> half a line")
                os.kill(client, how)
            bob.sees("stopped True True True")
            self.until(lambda: self.state(client) == "T")
            bob.emulator.reset()
            bob.resizes(60 + number, 12)
            bob.types("fg\n")
            bob.sees("Welcome, you are client2.", "> half a line")
            self.assertFalse(bob.is_as_before())
            bob.types("\x15")
        bob.types("/quit\r")
        bob.sees("status 0")
        self.assertEqual(bob.ends(), 0)

    def test_suspending_where_nobody_could_resume_it(self) -> None:
        bob = self.comes()
        bob.types("half a line\x1a, and the rest\r")
        bob.sees("client2: half a line, and the rest")

    def test_being_stopped_without_a_warning(self) -> None:
        bob = self.comes()
        bob.process.send_signal(signal.SIGSTOP)
        self.until(lambda: self.state(bob.process.pid) == "T")
        bob.emulator.reset()
        bob.process.send_signal(signal.SIGCONT)
        bob.sees("Welcome, you are client2.")
        self.assertFalse(bob.is_as_before())

    def state(self, pid: int) -> str:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]

    def client_of(self, seat: Seat) -> int:
        """The process of the client that a shell runs, through however many others."""
        pid = seat.process.pid
        while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            pid = int(children[0])
        return pid

    def until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def test_a_bug(self) -> None:
        broken = self.folder / "sitecustomize.py"
        broken.write_text(
            "from chatsvc.client.screen.saying import Saying\n"
            "def fail(self, text): raise RuntimeError('our bug')\n"
            "Saying._say = fail\n"
        )
        bob = self.comes(PYTHONPATH=f"{self.folder}{os.pathsep}{os.getcwd()}")
        bob.types("hi\r")
        self.assertEqual(bob.ends(), 1)
        self.assertIn("our bug", bob.text)
        self.assertTrue(bob.is_as_before())

    def test_the_terminal_goes_away(self) -> None:
        bob = self.comes()
        os.close(bob._master)
        bob._master = os.open(os.devnull, os.O_RDWR)
        bob.process.wait(10)
        self.ann.sees("server: client2 has quit.")


class TroubleTests(SeatTestCase):
    def test_nobody_there(self) -> None:
        bob = self.sits_down("127.0.0.1", str(free_port()))
        self.assertEqual(bob.ends(), 1)
        self.assertIn("connection refused", bob.text)
        self.assertTrue(bob.is_as_before())
        self.assertNotIn(b"\x1b", bob.sent)

    def test_a_server_that_is_full(self) -> None:
        port = free_port()
        self.serves("--port", port, "--store", "memory:", "--max-users", 1)
        self.calls(port).sees(FIRST)
        bob = self.sits_down("127.0.0.1", str(port))
        self.assertEqual(bob.ends(), 1)
        self.assertIn("chatsvc: the server says: The server is full.", bob.text)

    def test_another_kind_of_server(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            bob = self.sits_down("127.0.0.1", str(server.getsockname()[1]))
            connection, _ = server.accept()
            connection.sendall(b"220 mail.example.org ESMTP\r\n{\n")
            self.assertEqual(bob.ends(), 1)
            connection.close()
        self.assertIn("chatsvc: ", bob.text)
