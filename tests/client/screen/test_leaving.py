"""The client on a real terminal: leaving, stopping, and what cannot be done."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from chatsvc.terminal.picture.picture import Picture
from tests.client.screen.seats import TtyTestCase
from tests.client.terminal import Seat, SeatTestCase
from tests.patience import PATIENCE, much
from tests.processes import FIRST, free_port

# What switches graphemes and kitty's keyboard protocol on and off.
ON, OFF = b"\x1b[?2027h\x1b[>5u", b"\x1b[?2027l\x1b[<u"


class LeaveTests(TtyTestCase):
    is_client_measured = True

    def test_ctrl_c_asks(self) -> None:
        bob = self.comes()
        bob.types("something")
        bob.presses(b"\x03")
        bob.sees("\n#lobby>")
        self.assertEqual(bob.rows[-1], "#lobby>")
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

    def tells_what_it_has(self, bob: Seat, times: int = 1) -> None:
        """Answer as a terminal that knows graphemes and kitty's keyboard protocol."""
        bob.presses(b"\x1b[?2027;2$y\x1b[?69;0$y\x1b[?0u")
        bob.until(lambda: bob.sent.count(ON) == times)

    def test_what_the_terminal_has_is_switched_on_and_off(self) -> None:
        bob = self.comes()
        self.assertNotIn(ON, bob.sent)
        self.tells_what_it_has(bob)
        bob.presses(b"one", b"\x1b[13;2u", b"two")
        bob.sees("> one\ntwo")
        bob.presses(b"\x1b[117;5u", b"\x7f", b"\x1b[117;5u", b"/quit\r")
        self.assertEqual(bob.ends(), 0)
        self.assertIn(OFF + Picture().stop(), bob.sent)

    @pytest.mark.long
    def test_signals(self) -> None:
        number: int
        for number in (
            signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGRTMAX, signal.SIGQUIT,
            signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGABRT,
        )[: much(3, 9)]:  # fmt: skip
            bob = self.sits_down("127.0.0.1", str(self.port))
            bob.sees("Welcome, you are")
            self.tells_what_it_has(bob)
            bob.process.send_signal(number)
            self.assertEqual(bob.ends(), 128 + number)
            self.assertTrue(bob.is_as_before())
            self.assertIn(OFF + Picture().stop(), bob.sent[-80:])

    def test_a_signal_at_the_question_for_a_password(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), "--login", "bob")
        bob.sees("Password of bob:")
        # Python keeps a signal that comes right before a read until the read ends.
        bob.until(lambda: self.state(bob.process.pid) == "S")
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
            self.tells_what_it_has(bob, number + 1)
            bob.types("half a line" if how else "half a line\x1a")
            if how is not None:
                bob.sees("> half a line")
                os.kill(client, how)
            bob.sees("stopped True True True")
            self.assertEqual(bob.sent.count(OFF + Picture().stop()), number + 1)
            bob.until(lambda: self.state(client) == "T")
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
        bob.until(lambda: self.state(bob.process.pid) == "T")
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

    def test_a_bug(self) -> None:
        broken = self.folder / "sitecustomize.py"
        broken.write_text(
            "from chatsvc.client.screen.talking.saying import Saying\n"
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
        bob.process.wait(PATIENCE)
        self.ann.sees("server: client2 has quit.")


class TroubleTests(SeatTestCase):
    is_client_measured = True

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
