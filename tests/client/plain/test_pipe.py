"""The client: its protocols by themselves, and the program against stand-ins for the server."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import pty
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

import tests.patience
from chatsvc import __version__
from chatsvc.client.plain.pipe import (
    PATIENCE,
    ChatClient,
    ChatClientFactory,
    Terminal,
    talk,
)
from chatsvc.client.settings import Settings
from tests.certificate import DAY, fingerprint_of, self_signed, signed

LIMIT = tests.patience.PATIENCE
LOST = "chatsvc: the connection was lost.\n"
CLOSED = "chatsvc: the server closed the connection.\n"


class Wire(StringTransport):
    """A transport that asks a pull producer for data at once, as a socket does."""

    producer: Any

    def registerProducer(self, producer, streaming):  # noqa: N802 (Twisted's name)
        super().registerProducer(producer, streaming)
        if not streaming:
            producer.resumeProducing()


class ProtocolTests(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.client = ChatClientFactory(self.clock).buildProtocol(None)
        self.wire = Wire(lenient=True)
        self.client.makeConnection(self.wire)
        self.screen = Wire(lenient=True)
        self.terminal = Terminal(self.client)
        self.terminal.makeConnection(self.screen)

    def server_welcomes(self):
        self.server_says(b"server: Welcome, you are ann.\n")
        self.screen.clear()

    def types(self, data):
        self.terminal.dataReceived(data)

    def server_says(self, data):
        self.client.dataReceived(data)

    def wire_drains(self):
        self.wire.producer.resumeProducing()

    def server_hears(self, data):
        self.assertEqual(self.wire.value(), data)
        self.wire.clear()

    def screen_shows(self, text):
        self.assertEqual(self.screen.value().decode(), text)
        self.screen.clear()

    def connection_ends(self, why=error.ConnectionDone):
        self.client.connectionLost(Failure(why()))

    def ended_with(self, why):
        self.assertEqual(self.successResultOf(self.client.ended), why)


class TypingTests(ProtocolTests):
    def test_lines_go_to_the_server_as_they_are(self):
        self.types('/bc "grüß"\n\n  \x1b[A\r\n'.encode() + b"\xff\xfe\n")
        self.server_hears('/bc "grüß"\n\n  \x1b[A\r\n'.encode() + b"\xff\xfe\n")

    def test_a_line_goes_when_it_is_whole(self):
        self.types(b"he")
        self.server_hears(b"")
        self.types(b"llo\nwor")
        self.server_hears(b"hello\n")

    def test_a_line_of_any_length_goes_whole(self):
        line = b"x" * 3_000_000 + b"\n"
        for start in range(0, len(line), 8192):
            self.types(line[start : start + 8192])
        self.types(b"next\n")
        self.server_hears(line + b"next\n")

    def test_the_end_of_input_sends_the_last_line_and_quits(self):
        self.types(b"one\ntwo")
        self.terminal.readConnectionLost()
        self.server_hears(b"one\ntwo\n/quit\n")

    def test_the_end_of_input_after_a_quit_adds_nothing(self):
        self.types(b"/quit\n")
        self.terminal.readConnectionLost()
        self.server_hears(b"/quit\n")

    def test_the_last_line_may_be_the_quit(self):
        self.types(b"/exit bye")
        self.terminal.readConnectionLost()
        self.server_hears(b"/exit bye\n")


class ShowingTests(ProtocolTests):
    def test_lines_are_shown_as_they_come(self):
        self.server_says("ann: grüß\nbo".encode())
        self.screen_shows("ann: grüß\n")
        self.server_says(b"b: hi\n\n")
        self.screen_shows("bob: hi\n\n")

    def test_a_carriage_return_before_the_end_is_no_part_of_the_line(self):
        self.server_says(b"ann: hi\r\n")
        self.screen_shows("ann: hi\n")

    def test_invalid_utf8_is_replaced(self):
        self.server_says(b"ann: \xff!\n")
        self.screen_shows("ann: \ufffd!\n")

    def test_a_server_cannot_act_on_the_terminal(self):
        self.server_says("a\x1b[2Jb\x1b]0;title\x07c\x07\x08\x9b1md\tä\u202eö\x7f\n".encode())
        self.screen_shows("abcd äö\n")

    def test_the_longest_line_is_shown(self):
        self.server_says(b"x" * ChatClient.MAX_LENGTH + b"\n")
        self.screen_shows("x" * ChatClient.MAX_LENGTH + "\n")

    def test_a_longer_line_ends_the_connection(self):
        self.server_says(b"x" * (ChatClient.MAX_LENGTH + 1))
        self.ended_with("the server sent a line of more than 1048576 bytes.")
        self.assertTrue(self.wire.disconnected)
        self.connection_ends(error.ConnectionAborted)
        self.screen_shows("")


class QuittingTests(ProtocolTests):
    def test_what_quits(self):
        for line in (b"/quit", b"/exit", b"/QuIt", b"/quit so long", b" /exit\t", b"/quit\r"):
            self.setUp()
            self.types(line + b"\nnot said\n")
            self.server_hears(line + b"\n")
            self.assertTrue(self.client.quitting, line)
            self.assertEqual(self.screen.producerState, "paused")

    def test_what_does_not_quit(self):
        for line in (b"/quitter", b"//quit", b"quit", b"say /quit", b"/q", b"", b"/"):
            self.setUp()
            self.types(line + b"\nsaid\n")
            self.server_hears(line + b"\nsaid\n")
            self.assertFalse(self.client.quitting, line)

    def test_the_server_has_the_last_word(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.wire_drains()
        self.server_says(b"server: goodbye, ")
        self.server_says(b"ann\n")
        self.connection_ends()
        self.screen_shows("server: goodbye, ann\n")
        self.ended_with(None)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_silent_server_is_left(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.wire_drains()
        self.clock.advance(PATIENCE - 0.1)
        self.assertNoResult(self.client.ended)
        self.clock.advance(0.1)
        self.ended_with(None)
        self.assertTrue(self.wire.disconnecting)
        self.server_says(b"too late\n")
        self.connection_ends()

    def test_a_server_that_still_speaks_is_waited_for(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.wire_drains()
        for _ in range(10):
            self.clock.advance(PATIENCE - 0.1)
            self.server_says(b".")
        self.assertNoResult(self.client.ended)
        self.clock.advance(PATIENCE)
        self.ended_with(None)

    def test_a_server_that_still_reads_is_waited_for(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.clock.advance(1000)
        self.assertNoResult(self.client.ended)
        self.wire_drains()
        self.clock.advance(PATIENCE)
        self.ended_with(None)

    def test_a_server_is_not_silent_while_standard_output_is_full(self):
        self.server_welcomes()
        self.types(b"/quit\n")
        self.wire_drains()
        self.screen.producer.pauseProducing()
        self.clock.advance(PATIENCE)
        self.clock.advance(PATIENCE)
        self.assertNoResult(self.client.ended)
        self.screen.producer.resumeProducing()
        self.clock.advance(PATIENCE)
        self.ended_with(None)

    def test_nothing_is_given_up_before_a_quit(self):
        self.server_says(b"hi\n")
        self.assertEqual(self.clock.getDelayedCalls(), [])


class EndingTests(ProtocolTests):
    def test_a_server_that_closes(self):
        self.server_says(b"server: The server is full.\nhalf a li")
        self.connection_ends()
        self.screen_shows("server: The server is full.\nhalf a li\n")
        self.ended_with("the server closed the connection.")

    def test_a_server_that_turns_us_away_while_we_quit(self):
        self.types(b"hi\n/quit\n")
        self.wire_drains()
        self.server_says(b"server: The server is full.\n")
        self.connection_ends()
        self.ended_with("the server closed the connection.")

    def test_a_server_that_goes_down_while_we_quit(self):
        self.server_welcomes()
        self.types(b"hi\n/quit\n")
        self.wire_drains()
        self.server_says(b"server: The server is shutting down.\n")
        self.connection_ends()
        self.ended_with("the server closed the connection.")

    def test_a_server_of_another_kind(self):
        self.types(b"hi\n/quit\n")
        self.wire_drains()
        self.server_says(b"HTTP/1.1 400 Bad Request\n")
        self.clock.advance(PATIENCE)
        self.ended_with("the server does not answer.")

    def test_a_server_that_speaks_tls(self):
        self.types(b"hi\n/quit\n")
        self.wire_drains()
        self.server_says(b"\x15\x03\x01\x00\x02\x02\x46")
        self.connection_ends()
        self.screen_shows("")
        self.ended_with(" speaks TLS: use --tls.")

    def test_a_connection_that_breaks(self):
        self.connection_ends(error.ConnectionLost)
        self.ended_with("the connection was lost.")

    def test_a_connection_that_breaks_after_a_quit(self):
        # A reset says that the server has not read everything.
        self.types(b"said?\n/quit\n")
        self.wire_drains()
        self.connection_ends(error.ConnectionLost)
        self.ended_with("the connection was lost.")

    def test_a_server_that_closes_before_it_could_be_told_everything(self):
        self.types(b"said?\n/quit\n")
        self.wire.producer.stopProducing()
        self.connection_ends()
        self.ended_with("the server closed the connection.")

    def test_finishing_waits_until_everything_is_written(self):
        done = self.terminal.finish()
        self.assertIsNone(self.screen.producer)
        self.assertTrue(self.screen.disconnecting)
        self.assertNoResult(done)
        self.terminal.connectionLost()
        self.successResultOf(done)


class FlowTests(ProtocolTests):
    def test_typing_waits_while_the_server_does_not_read(self):
        self.assertTrue(self.wire.streaming)
        self.wire.producer.pauseProducing()
        self.assertEqual(self.screen.producerState, "paused")
        self.types(b"wait\n")
        self.server_hears(b"")
        self.wire.producer.resumeProducing()
        self.assertEqual(self.screen.producerState, "producing")
        self.server_hears(b"wait\n")

    def test_the_server_waits_while_standard_output_is_full(self):
        self.assertTrue(self.screen.streaming)
        self.screen.producer.pauseProducing()
        self.assertEqual(self.wire.producerState, "paused")
        self.server_says(b"wait\n")
        self.screen_shows("")
        self.screen.producer.resumeProducing()
        self.assertEqual(self.wire.producerState, "producing")
        self.screen_shows("wait\n")

    def test_what_waits_when_the_connection_ends_is_shown(self):
        self.screen.producer.pauseProducing()
        self.server_says(b"one\ntwo\n")
        self.connection_ends()
        self.screen_shows("one\ntwo\n")

    def test_a_closed_standard_output_quits(self):
        self.screen.producer.pauseProducing()
        self.screen.producer.stopProducing()
        self.terminal.writeConnectionLost()
        self.server_hears(b"/quit\n")
        self.assertEqual(self.wire.producerState, "producing")
        self.successResultOf(self.terminal.finish())


class ConnectingTests(SynchronousTestCase):
    def fails(self, why):
        reactor = MemoryReactorClock()
        talking = Deferred.fromCoroutine(talk(reactor, Settings(host="192.0.2.1")))
        (_, _, factory, _, _) = reactor.tcpClients[0]
        factory.clientConnectionFailed(reactor.connectors[0], Failure(why))
        reactor.advance(1)
        return self.failureResultOf(talking, SystemExit).value.code

    def test_why_a_connection_failed(self):
        for why, text in {
            error.ConnectionRefusedError(errno.ECONNREFUSED, "..."): "connection refused",
            error.NoRouteError(errno.ENETUNREACH, "..."): "network is unreachable",
            error.TCPTimedOutError(errno.ETIMEDOUT, "..."): "connection timed out",
            error.TimeoutError(): "connection timed out",
        }.items():
            line = f"chatsvc: could not connect to 192.0.2.1 port 5000: {text}"
            self.assertEqual(self.fails(why), line)


class StandIn:
    """A server of one connection, which does as a test's function says.

    ``heard`` is all that the function has read.
    """

    def __init__(self, behave, address="127.0.0.1", context=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, 0), family=family)
        self.listener.settimeout(LIMIT)
        self.port = self.listener.getsockname()[1]
        self.heard = b""
        self.behave, self.context = behave, context
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            self.connection, _ = self.listener.accept()
            self.listener.close()
            self.connection.settimeout(LIMIT)
            if self.context:
                self.connection = self.context.wrap_socket(self.connection, server_side=True)
            with self.connection:
                self.behave(self)
        except Exception as failure:
            self.failure = failure

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(LIMIT)
        self.listener.close()
        if self.failure:
            raise self.failure

    def send(self, data):
        self.connection.sendall(data)

    def read(self):
        data = self.connection.recv(65536)
        self.heard += data
        return data

    def lines(self):
        """Each line heard; ends with the connection."""
        rest = b""
        while data := self.read():
            *lines, rest = (rest + data).split(b"\n")
            yield from lines


def converses(server):
    server.send(b"server: Welcome\n")
    for line in server.lines():
        server.send(b"you: " + line + b"\n")
        if line.lower().startswith((b"/quit", b"/exit")):
            return


def refuses(server):
    server.send(b"server: The server is full.\n")
    server.connection.shutdown(socket.SHUT_WR)
    while server.read():
        pass


def resets(server):
    server.send(b"server: Welcome\n")
    server.read()
    time.sleep(0.1)  # the client is back at waiting: else a reset can look like a clean close
    server.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def never_closes(server):
    server.send(b"server: Welcome\n")
    while server.read():
        pass


class Client:
    """The program, running with pipes."""

    input: Any
    output: Any

    def __init__(self, test, *arguments, patience=None, env=None, **streams):
        run = ["-m", "chatsvc.client"]
        if patience is not None:
            program = (
                "from chatsvc.client.plain import pipe; from chatsvc.client.__main__ import main; "
                f"pipe.PATIENCE = {patience}; main()"
            )
            run = ["-c", program]
        command = [sys.executable, *run, *map(str, arguments)]
        self.test = test
        self.seen = b""
        self.process = self.start(command, {**os.environ, **(env or {})}, **streams)
        test.addCleanup(self.clean)

    def start(self, command, env, **streams):
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, **streams}
        process = subprocess.Popen(command, 0, stderr=subprocess.PIPE, env=env, **streams)
        self.input, self.output = process.stdin, process.stdout
        return process

    def clean(self):
        self.process.kill()
        self.process.communicate()

    def types(self, text):
        self.input.write(text.encode())

    def sees(self, text):
        """Wait until the text has been shown after what was seen before."""
        deadline = time.monotonic() + LIMIT
        while text.encode() not in self.seen:
            ready, _, _ = select.select([self.output], [], [], deadline - time.monotonic())
            data = os.read(self.output.fileno(), 65536) if ready else b""
            self.test.assertTrue(data, f"{text!r} is not in {self.seen!r}")
            self.seen += data
        before, _, self.seen = self.seen.partition(text.encode())
        return before.decode()

    def ends(self, input=b""):  # noqa: A002 (subprocess's name)
        """Wait for the end: the status, standard output, standard error."""
        out, err = self.process.communicate(input, timeout=LIMIT)
        return self.process.returncode, (self.seen + (out or b"")).decode(), err.decode()


class TerminalClient(Client):
    """The program on a terminal, whose shell tells its status and what became of the terminal."""

    def start(self, command, env, **streams):
        master, slave = pty.openpty()
        self.input = self.output = self.test.enterContext(io.FileIO(master, "r+"))
        self.test.addCleanup(os.close, slave)
        # The first terminal that the leader of a session opens is its own: Ctrl-C works there.
        # What the program's input shares with the shell, its output does not: both are restored.
        script = (
            f'trap : INT; exec <>{os.ttyname(slave)} >&0 2>&0; "$@" >/dev/tty; echo "status $?"; '
            f""""$0" -c "import os; print('blocking', *map(os.get_blocking, range(3)))\""""
        )
        return subprocess.Popen(
            ["sh", "-c", script, sys.executable, *command],
            start_new_session=True,
            env=env,
            **streams,
        )

    def clean(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def tells(self, status):
        """Wait for the end, and return what was shown before it."""
        shown = self.sees(f"status {status}\r\n")
        self.sees("blocking True True True\r\n")
        return shown


class ProgramTests(unittest.TestCase):
    def server(self, behave, **options):
        return self.enterContext(StandIn(behave, **options))

    def client(self, *arguments, **options):
        return Client(self, *arguments, **options)


class ScriptTests(ProgramTests):
    """With pipes and files."""

    def test_what_is_piped_in_is_said(self):
        with StandIn(converses) as server:
            result = self.client("127.0.0.1", server.port).ends(b'/bc "deployed"\nno end')
        out = 'server: Welcome\nyou: /bc "deployed"\nyou: no end\nyou: /quit\n'
        self.assertEqual(result, (0, out, ""))
        self.assertEqual(server.heard, b'/bc "deployed"\nno end\n/quit\n')

    def test_a_quit_in_the_middle(self):
        server = self.server(converses)
        result = self.client("localhost", server.port).ends(b"/EXIT now\nnot said\n")
        self.assertEqual(result[0], 0)
        self.assertEqual(server.heard, b"/EXIT now\n")

    def test_the_address_is_asked_for(self):
        with StandIn(converses) as server:
            answers = f'127.0.0\n\n0\nport\n{server.port}\n/bc "hi"\n'
            status, out, err = self.client().ends(answers.encode())
        self.assertEqual((status, server.heard), (0, b'/bc "hi"\n/quit\n'))
        self.assertEqual(out, 'server: Welcome\nyou: /bc "hi"\nyou: /quit\n')
        host, port = "IP address of the server [127.0.0.1]: ", "Port of the server [5000]: "
        self.assertEqual(
            err,
            f"{host}chatsvc: '127.0.0' is neither an IP address nor a host name\n{host}"
            f"{port}chatsvc: '0' is not a port, a number from 1 to 65535\n"
            f"{port}chatsvc: 'port' is not a port, a number from 1 to 65535\n{port}",
        )

    def test_the_default_port(self):
        # A name that no resolver is asked for, as it is not valid IDNA.
        line = "chatsvc: could not connect to xn--a port 5000: no such host\n"
        status, _, err = self.client().ends(b"xn--a\n\n")
        self.assertEqual((status, err.rpartition(": IP")[2][-len(line) :]), (1, line))
        self.assertEqual(self.client("xn--a").ends(), (1, "", line))

    def test_input_that_ends_before_the_answers(self):
        status, out, err = self.client().ends(b"127.0.0.1\n")
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err.splitlines()[1:], ["chatsvc: the server's address was not given."])

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            said, shown = Path(folder, "said"), Path(folder, "shown")
            said.write_bytes(b"line\n" * 20_000)
            with said.open() as stdin, shown.open("wb") as stdout, StandIn(converses) as server:
                client = self.client("127.0.0.1", server.port, stdin=stdin, stdout=stdout)
                self.assertEqual(client.ends(None), (0, "", ""))
            self.assertEqual(server.heard, b"line\n" * 20_000 + b"/quit\n")
            lines = shown.read_bytes().splitlines()
            self.assertEqual((len(lines), lines[-1]), (20_002, b"you: /quit"))

    def test_no_standard_input(self):
        for stdin in ("</dev/null", "<&-"):
            with StandIn(converses) as server:
                command = (
                    f"exec '{sys.executable}' -m chatsvc.client 127.0.0.1 {server.port} {stdin}"
                )
                done = subprocess.run(command, shell=True, capture_output=True, timeout=LIMIT)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual(server.heard, b"/quit\n")

    def test_an_ipv6_server(self):
        try:
            server = self.server(converses, address="::1")
        except OSError:
            self.skipTest("no IPv6 here")
        self.assertEqual(self.client("[::1]", server.port).ends()[::2], (0, ""))

    def test_a_silent_server_is_left(self):
        server = self.server(never_closes)
        began = time.monotonic()
        result = self.client("127.0.0.1", server.port, patience=0.5).ends(b"/quit\n")
        self.assertEqual(result, (0, "server: Welcome\n", ""))
        self.assertGreater(time.monotonic() - began, 0.5)

    def test_a_server_that_reads_slowly_hears_everything(self):
        """Neither is the input read into memory, nor the end cut off."""

        def reads_slowly(server):
            server.send(b"server: Welcome\n")
            server.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            full.wait(LIMIT)
            for _ in range(5):
                server.read()
                time.sleep(0.1)
            for line in server.lines():
                if line == b"/quit":
                    return

        full = threading.Event()
        server = self.server(reads_slowly)
        client = self.client("127.0.0.1", server.port, patience=0.3)
        line, taken = b"x" * 8191 + b"\n", 0
        stdin = client.process.stdin.fileno()
        os.set_blocking(stdin, False)
        while select.select([], [stdin], [], 0.5)[1]:
            taken += os.write(stdin, line[taken % 8192 :])
            self.assertLess(taken, 2**24)
        full.set()
        os.set_blocking(stdin, True)
        self.assertEqual(client.ends(line[taken % 8192 :] + b"last"), (0, "server: Welcome\n", ""))
        server.thread.join(LIMIT)
        self.assertTrue(server.heard.endswith(line + b"last\n/quit\n"))
        self.assertEqual(len(server.heard), (taken // 8192 + 1) * 8192 + len(b"last\n/quit\n"))

    def test_an_output_that_is_read_slowly_gets_everything(self):
        """Not that the client would hold in memory what the server sends."""

        def floods(server):
            server.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            server.connection.settimeout(0.5)
            line, server.sent = b"x" * 8191 + b"\n", 0
            server.send(b"server: Welcome\n")
            try:
                while server.sent < 2**25:
                    server.sent += server.connection.send(line[server.sent % 8192 :])
            except TimeoutError:
                full.set()
            server.connection.settimeout(LIMIT)
            server.send(line[server.sent % 8192 :] + b"last\n")
            server.read()

        full = threading.Event()
        with StandIn(floods) as server:
            client = self.client("127.0.0.1", server.port)
            client.sees("Welcome\n")
            self.assertTrue(full.wait(LIMIT))
            self.assertLess(server.sent, 2**24)
            status, out, err = client.ends()
        self.assertEqual((status, err, out[-6:]), (0, "", "\nlast\n"))
        self.assertEqual(len(out), (server.sent // 8192 + 1) * 8192 + len("last\n"))

    def test_standard_output_that_is_closed(self):
        server = self.server(converses)
        client = self.client("127.0.0.1", server.port)
        client.sees("Welcome\n")
        client.process.stdout.close()
        self.assertEqual((client.process.wait(LIMIT), client.process.stderr.read()), (0, b""))
        server.thread.join(LIMIT)
        self.assertEqual(server.heard, b"/quit\n")

    def test_a_signal_quits(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            server = self.server(converses)
            client = self.client("127.0.0.1", server.port)
            client.sees("Welcome\n")
            client.process.send_signal(number)
            client.sees("you: /quit\n")
            ended = client.process.wait(LIMIT), client.process.stderr.read()
            self.assertEqual(ended, (128 + number, b""))

    def test_a_signal_while_connecting_ends_it(self):
        with socket.socket() as deaf, socket.socket() as one, socket.socket() as two:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            for each in (one, two):  # the backlog is full, and nobody gets an answer
                each.setblocking(False)
                each.connect_ex(deaf.getsockname())
            port = deaf.getsockname()[1]
            client = self.client("127.0.0.1", port)
            peer = f" 0100007F:{port:04X} 02 "  # the state SYN_SENT
            deadline = time.monotonic() + LIMIT
            while Path("/proc/net/tcp").read_text().count(peer) < 2:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            client.process.send_signal(signal.SIGINT)
            self.assertEqual(client.ends(), (130, "", ""))


class TroubleTests(ProgramTests):
    """One clear line on standard error, and status 1."""

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        line = f"chatsvc: could not connect to 127.0.0.1 port {port}: connection refused\n"
        self.assertEqual(self.client("127.0.0.1", port).ends(), (1, "", line))

    def test_a_name_that_is_not_found(self):
        env = {"RES_OPTIONS": "timeout:1 attempts:1"}
        line = "chatsvc: could not connect to nobody.invalid port 7: no such host\n"
        self.assertEqual(self.client("nobody.invalid", 7, env=env).ends(), (1, "", line))

    def test_an_interface_that_there_is_not(self):
        line = "chatsvc: could not connect to fe80::1%x port 7: no such host at that interface\n"
        self.assertEqual(self.client("fe80::1%x", 7).ends(), (1, "", line))

    def test_a_server_that_closes_at_once(self):
        client = self.client("127.0.0.1", self.server(refuses).port)
        client.sees("server: The server is full.\n")
        self.assertEqual(
            (client.process.wait(LIMIT), client.process.stderr.read().decode()), (1, CLOSED)
        )

    def test_a_connection_that_is_reset(self):
        client = self.client("127.0.0.1", self.server(resets).port)
        client.types("hi\n")
        client.sees("server: Welcome\n")
        self.assertEqual(
            (client.process.wait(LIMIT), client.process.stderr.read().decode()), (1, LOST)
        )

    def test_a_line_without_an_end(self):
        def rambles(server):
            server.send(b"server: Welcome\n")
            while True:
                try:
                    server.send(b"x" * 65536)
                except ConnectionError:
                    return

        status, out, err = self.client("127.0.0.1", self.server(rambles).port).ends()
        self.assertEqual((status, out), (1, "server: Welcome\n"))
        self.assertEqual(err, "chatsvc: the server sent a line of more than 1048576 bytes.\n")

    def test_wrong_arguments(self):
        for arguments, why in {
            ("a b",): "argument host: 'a b' is neither an IP address nor a host name",
            ("localhost", "70000"): "argument port: '70000' is not a port",
            ("--nonsense",): "unrecognized arguments: --nonsense",
        }.items():
            status, out, err = self.client(*arguments).ends()
            self.assertEqual((status, out), (2, ""))
            self.assertTrue(err.startswith("usage: chatsvc "))
            self.assertIn(f"chatsvc: error: {why}", err)


class QuestionTests(ProgramTests):
    """What can be asked of the program without a server."""

    def test_help(self):
        status, out, err = self.client("--help").ends()
        self.assertEqual((status, err), (0, ""))
        for word in ("host", "port", "5000", "--tls", "--version", "/quit", "status: 0"):
            self.assertIn(word, out)

    def test_version(self):
        self.assertEqual(self.client("--version").ends(), (0, f"chatsvc {__version__}\n", ""))

    def test_the_command_is_installed(self):
        (script,) = entry_points(group="console_scripts", name="chatsvc")
        self.assertEqual(script.value, "chatsvc.client.__main__:main")

    def test_nobody_waits_for_twisted_before_it_talks(self):
        check = "import sys, chatsvc.client.__main__; sys.exit('twisted' in sys.modules)"
        self.assertEqual(subprocess.run([sys.executable, "-c", check], timeout=LIMIT).returncode, 0)


class TerminalTests(ProgramTests):
    """On a terminal, which is left as it was."""

    def client(self, *arguments):
        return TerminalClient(self, *arguments)

    def test_ctrl_d_at_a_question(self):
        client = self.client()
        client.sees("[127.0.0.1]: ")
        client.types("\x04")
        shown = client.tells(1)
        self.assertEqual(shown, "\r\nchatsvc: the server's address was not given.\r\n")

    def test_ctrl_c_at_a_question(self):
        client = self.client()
        client.sees("[127.0.0.1]: ")
        client.types("\x03")
        self.assertEqual(client.tells(130), "^C\r\n")


def converses_and_says_so(server):
    """[Else the end of the connection would be no end of TLS.]"""
    converses(server)
    server.connection.unwrap()


class TlsTests(ProgramTests):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.certificate = str(Path(self.folder, "certificate.pem"))
        pem = self_signed("127.0.0.1")
        Path(self.certificate).write_text(pem)
        self.fingerprint = fingerprint_of(pem)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate)

    def client(self, *arguments, **options):
        trusted = {"SSL_CERT_FILE": self.certificate}
        return super().client(*arguments, "--tls", **{"env": trusted, **options})

    def test_a_conversation(self):
        server = self.server(converses_and_says_so, context=self.context)
        said = b"line\n" * 20_000
        status, out, err = self.client("127.0.0.1", server.port).ends(said)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(server.heard, said + b"/quit\n")
        self.assertEqual(out[-21:], "you: line\nyou: /quit\n")

    def test_a_silent_server_is_left(self):
        server = self.server(never_closes, context=self.context)
        result = self.client("127.0.0.1", server.port, patience=0.3).ends()
        self.assertEqual(result, (0, "server: Welcome\n", ""))

    def fails(self, host, context, **options):
        server = StandIn(converses, context=context)
        with self.assertRaises(OSError), server:  # the handshake, on the server's side
            status, out, err = self.client(host, server.port, **options).ends()
        self.assertEqual((status, out), (1, ""))
        return err

    def test_an_unknown_certificate(self):
        err = self.fails("127.0.0.1", self.context, env={})
        self.assertIn("is signed by nobody whom this machine trusts", err)
        [line] = err.splitlines()
        fingerprint = line.rpartition("--fingerprint ")[2]
        self.assertEqual(fingerprint, self.fingerprint)

    def test_what_is_trusted(self):
        trusted: tuple[str, str]
        for trusted in (
            ("--ca", self.certificate),
            ("--fingerprint", self.fingerprint),
            ("--fingerprint", f"sha256 Fingerprint={self.fingerprint.lower()}"),
        ):
            hosts = ["127.0.0.1", "localhost"] if trusted[0] == "--fingerprint" else ["127.0.0.1"]
            for host in hosts:
                with StandIn(converses_and_says_so, context=self.context) as server:
                    client = super().client(host, server.port, *trusted)
                    self.assertEqual(client.ends(b"hi\n")[::2], (0, ""))
                self.assertEqual(server.heard, b"hi\n/quit\n")

    def test_a_certificate_with_another_fingerprint(self):
        server = StandIn(converses, context=self.context)
        with self.assertRaises(OSError), server:
            client = self.client("127.0.0.1", server.port, "--fingerprint", "00" * 32)
            status, _, err = client.ends(b"hi\n")
        self.assertEqual(status, 1)
        self.assertIn(f"has another fingerprint: {self.fingerprint}", err)
        self.assertEqual(server.heard, b"")

    def test_chains(self):
        """[Whatever a chain lacks, nothing is said over it; a fingerprint is of its end.]"""
        ca, chain = signed("127.0.0.1")
        other, _ = signed("127.0.0.1")
        for number, (sent, arguments, is_good) in enumerate(
            [
                (1, ("--ca", ca), True),
                (2, ("--ca", ca), True),
                (1, ("--ca", other), False),
                (2, ("--ca", other), False),
                (1, (), False),
                (2, (), False),
                (1, ("--fingerprint",), True),
                (2, ("--fingerprint",), True),
            ]
        ):
            certificates = Path(self.folder, f"{number}.pem")
            certificates.write_text("".join(chain[: sent + 1]))  # the key is the first
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates)
            options = [*arguments]
            if options[:1] == ["--ca"]:
                Path(self.folder, "ca.pem").write_text(options[1])
                options[1] = str(Path(self.folder, "ca.pem"))
            elif options:
                options.append(fingerprint_of(chain[1]))
            server = StandIn(converses_and_says_so, context=context)
            with contextlib.ExitStack() as stack:
                if not is_good:
                    stack.enter_context(self.assertRaises(OSError))
                stack.enter_context(server)
                status, _, err = self.client("127.0.0.1", server.port, *options).ends(b"hi\n")
            self.assertEqual((status, server.heard != b""), (0 if is_good else 1, is_good), err)
            if not is_good:
                self.assertIn(fingerprint_of(chain[1]), err)

    def test_a_certificate_that_is_too_old(self):
        ca, (key, old, _) = signed("127.0.0.1", -2 * DAY)
        Path(self.folder, "old.pem").write_text(key + old)
        Path(self.folder, "ca.pem").write_text(ca)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(self.folder, "old.pem"))
        err = self.fails("127.0.0.1", context, env={"SSL_CERT_FILE": f"{self.folder}/ca.pem"})
        self.assertIn("the server's certificate is valid from ", err)

    def test_a_ca_that_cannot_be_read(self):
        for file, why in {
            "/nowhere": "No such file or directory",
            os.devnull: "no certificate",
        }.items():
            status, out, err = self.client("127.0.0.1", "--ca", file).ends()
            self.assertEqual((status, out), (2, ""))
            self.assertRegex(err, rf"\Achatsvc: {file}: .*{why}")

    def test_a_certificate_for_another_host(self):
        err = self.fails("localhost", self.context)
        line = "the server's certificate is for 127.0.0.1, not for localhost."
        self.assertEqual(err, f"chatsvc: TLS failed: {line}\n")

    def test_a_server_without_tls(self):
        server = self.server(refuses)
        status, out, err = self.client("127.0.0.1", server.port).ends()
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, r"\Achatsvc: TLS failed: [^\n]+\.\n\Z")

    def test_without_the_extra(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "OpenSSL.py").write_text("raise ImportError")
            result = self.client("127.0.0.1", env={"PYTHONPATH": folder}).ends()
        self.assertEqual(result, (2, "", "chatsvc: --tls needs pip install 'chatsvc[tls]'\n"))
