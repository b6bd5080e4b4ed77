"""The program, and stand-ins for the server that it calls."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest
from typing import Any

import tests.patience
from tests.forking.forked import how_with

LIMIT = tests.patience.PATIENCE
LOST = "chatsvc: the connection was lost.\n"
CLOSED = "chatsvc: the server closed the connection.\n"


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
        self.process = self.start(command, env or {}, **streams)
        test.addCleanup(self.clean)

    def start(self, command, own, **streams):
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, **streams}
        program = how_with(own) if "-m" in command else subprocess.Popen
        process = program(command, 0, stderr=subprocess.PIPE, env=os.environ | own, **streams)
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

    def start(self, command, own, **streams):
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
            env=os.environ | own,
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


class ProgramTestCase(unittest.TestCase):
    def server(self, behave, **options):
        return self.enterContext(StandIn(behave, **options))

    def client(self, *arguments, **options):
        return Client(self, *arguments, **options)
