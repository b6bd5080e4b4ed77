"""The program against stand-ins for the server: in scripts, in trouble, on a terminal."""

from __future__ import annotations

import os
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import entry_points
from pathlib import Path

from chatsvc import __version__
from tests.client.plain.program import (
    CLOSED,
    LIMIT,
    LOST,
    ProgramTestCase,
    StandIn,
    TerminalClient,
    converses,
    never_closes,
    refuses,
    resets,
)
from tests.processes import free_port


class ScriptTests(ProgramTestCase):
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
                python = shlex.quote(sys.executable)
                command = f"exec {python} -m chatsvc.client 127.0.0.1 {server.port} {stdin}"
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


class TroubleTests(ProgramTestCase):
    """One clear line on standard error, and status 1."""

    def test_nobody_listens(self):
        port = free_port()
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


class QuestionTests(ProgramTestCase):
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


class TerminalTests(ProgramTestCase):
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
