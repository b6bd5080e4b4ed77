"""The benchmarks: the load generator finds what a server does wrong, and tables show it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from itertools import count
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.attack import turns
from benchmarks.doors import WAYS
from benchmarks.tables import tables
from chatsvc.doors.web.websocket import wire
from tests.patience import PATIENCE

LOAD = Path(__file__).parent.parent / "benchmarks" / "load"
LISTENERS = 4
# Bytes of what is heard of a message; at the other doors, they are those of IRC.
SIZES = {
    "line": 74, "front": 74, "line-166": 166, "json": 164, "json-170": 167,
    "web": 167, "json-heard": 119, "web-heard": 121,  # where those who speak hear 74 each
}  # fmt: skip
BAD = 20  # the number of the message with which something goes wrong

# What a server sends instead of the n-th line; None for the end of the connection.
Way = Callable[[int, bytes], list[bytes] | None]


class Server(threading.Thread):
    """A chat server that serves the last of its clients in its own way, the others well.

    senders: so many, the first ones, talk in turn.
    """

    def __init__(self, clients: int, senders: int, way: Way) -> None:
        super().__init__(daemon=True)
        self.clients = clients
        self.senders = senders
        self.way = way
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def welcome(self, connection: socket.socket) -> BinaryIO:
        """Let somebody in, and return what it sends from now on."""
        connection.sendall(b"server: Welcome, you are somebody.\n")
        return connection.makefile("rb")

    def heard(self, speaker: BinaryIO) -> bytes:
        """What all hear of the next line of somebody; empty at the end."""
        line = speaker.readline()
        return line and b"client1: " + line.removeprefix(b'/bc "').removesuffix(b'"\n') + b"\n"

    def run(self) -> None:
        connections: list[socket.socket] = []
        speakers: list[BinaryIO] = []
        with contextlib.suppress(OSError):
            while len(connections) < self.clients:
                connection, _ = self.listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                speakers.append(self.welcome(connection))
                connections.append(connection)
            for number in count():
                said = self.heard(speakers[number % self.senders])
                if not said:
                    break
                for each in connections[:-1]:
                    each.sendall(said)
                lines = self.way(number, said)
                if lines is None:
                    connections[-1].shutdown(socket.SHUT_RDWR)
                elif lines:
                    connections[-1].sendall(b"".join(lines))
        for each in [*connections, self.listener]:
            each.close()


class WebSocketServer(Server):
    """The same by WebSockets."""

    def welcome(self, connection: socket.socket) -> BinaryIO:
        received = connection.makefile("rb")
        while received.readline().strip():
            pass
        connection.sendall(b"HTTP/1.1 101 Upgraded\r\nConnection: upgrade\r\n\r\n")
        connection.sendall(framed({"event": "welcome", "name": "client1"}) + wire.ping())
        return received

    def heard(self, speaker: BinaryIO) -> bytes:
        while frame := unmasked(speaker):
            if frame != {"do": "ping"}:
                assert frame["do"] == "say"
                return framed({"event": "said", "text": frame["text"], "room": frame["room"]})
        return b""


def framed(event: dict[str, str | int]) -> bytes:
    """The frame of an event."""
    return wire.frame(json.dumps(event).encode(), wire.TEXT)


def unmasked(received: BinaryIO) -> dict[str, str] | None:
    """The next object that a client has sent; None at the end."""
    while head := received.read(2):
        size = head[1] & 127
        if size == 126:
            size = int.from_bytes(received.read(2))
        key = received.read(4)
        payload = bytes([each ^ key[n % 4] for n, each in enumerate(received.read(size))])
        if head[0] == 0x81:
            found: dict[str, str] = json.loads(payload)
            return found
        assert (head[0], payload) == (0x8A, b"")  # a pong
    return None


@functools.cache
def compiled() -> str:
    """The load generator, which is compiled only once."""
    if not sys.platform.startswith("linux") or shutil.which("cc") is None:
        raise SkipTest("needs Linux and a C compiler")
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    subprocess.run(["cc", "-O0", "-o", f"{folder.name}/load", *LOAD.glob("*.c")], check=True)
    return f"{folder.name}/load"


class LoadTestCase(SynchronousTestCase):
    served_by: type[Server] = Server
    dialect = "chatsvc"

    def finds(self, way: Way, senders: int = 1, stalled: int = 0) -> dict[str, Any]:
        """What the load generator reports of a server that serves one client that way."""
        program = compiled()
        server = self.served_by(LISTENERS, senders, way)
        server.start()
        done = subprocess.run(
            [
                *(program, "--port", str(server.port), "--rate", "500", "--quiet", "0.5"),
                *("--warmup", "0.02", "--seconds", "0.3", "--size", "1000"),
                *("--listeners", str(LISTENERS - stalled), "--stalled", str(stalled)),
                *("--senders", str(senders), "--fill", "0", "--dialect", self.dialect),
            ],
            stdout=subprocess.PIPE, timeout=PATIENCE, check=False,
        )  # fmt: skip
        server.join()
        report: dict[str, Any] = json.loads(done.stdout)
        self.assertGreater(report["said"], BAD + 10)
        self.assertEqual(done.returncode, 0 if report["ok"] else 1)
        return report

    def assert_faults(self, report: dict[str, Any], **expected: int) -> None:
        names = ("lost", "doubled", "reordered", "corrupt", "other_orders", "disconnected")
        found = {name: report[name] for name in names if report[name]}
        self.assertEqual(found, expected)
        self.assertEqual(report["ok"], not expected)


class LoadTests(LoadTestCase):
    def test_nothing_wrong(self) -> None:
        self.assert_faults(self.finds(lambda _number, line: [line]))

    def test_a_message_is_dropped(self) -> None:
        report = self.finds(lambda number, line: [] if number == BAD else [line])
        self.assert_faults(report, lost=1)

    def test_all_that_follows_is_dropped(self) -> None:
        report = self.finds(lambda number, line: [] if number >= BAD else [line])
        self.assert_faults(report, lost=report["said"] - BAD)

    def test_a_message_is_doubled(self) -> None:
        report = self.finds(lambda number, line: [line] * (2 if number == BAD else 1))
        self.assert_faults(report, doubled=1)

    def test_an_old_message_comes_again(self) -> None:
        old: list[bytes] = []

        def way(number: int, line: bytes) -> list[bytes]:
            old.append(line)
            return [line, old[0]] if number == BAD else [line]

        self.assert_faults(self.finds(way), doubled=1)

    def test_messages_are_reordered(self) -> None:
        kept: list[bytes] = []

        def way(number: int, line: bytes) -> list[bytes]:
            if number == BAD:
                kept.append(line)
                return []
            return [line, kept.pop()] if number == BAD + 3 else [line]

        self.assert_faults(self.finds(way), reordered=1)

    def test_messages_of_two_senders_are_swapped(self) -> None:
        kept: list[bytes] = []

        def way(number: int, line: bytes) -> list[bytes]:
            if number == BAD:
                kept.append(line)
                return []
            return [line, kept.pop()] if number == BAD + 1 else [line]

        self.assert_faults(self.finds(way, senders=2), other_orders=1)

    def test_a_message_is_corrupted(self) -> None:
        spoilt = self.finds(
            lambda number, line: [line.replace(b"xxx", b"xyx") if number == BAD else line]
        )
        self.assert_faults(spoilt, lost=1, corrupt=1)

    def test_the_connection_ends(self) -> None:
        def way(number: int, line: bytes) -> list[bytes] | None:
            return None if number == BAD else [line] if number < BAD else []

        self.assert_faults(self.finds(way), disconnected=1)

    def test_who_stalled_is_told_how_many_lines_it_missed(self) -> None:
        def missed(text: bytes) -> Way:
            return lambda number, line: [text if number == BAD else line]

        report = self.finds(missed(b"server: You missed 1 line.\n"), stalled=1)
        self.assert_faults(report)
        self.assertEqual(report["missed"], 1)
        report = self.finds(missed(b"server: You missed 3 lines.\n"), stalled=1)
        self.assert_faults(report, lost=2)


class WebSocketLoadTests(LoadTestCase):
    served_by = WebSocketServer
    dialect = "websocket"

    def test_nothing_wrong(self) -> None:
        self.assert_faults(self.finds(lambda _number, line: [line]))

    def test_messages_in_pieces_or_together(self) -> None:
        kept: list[bytes] = []

        def way(_number: int, frame: bytes) -> list[bytes]:
            """The end of the last frame, and the start of this one."""
            kept.append(frame)
            last = kept[-2][3:] if len(kept) > 1 else b""
            return [last + frame[:3]]

        self.assert_faults(self.finds(way), lost=1)  # whose end never comes

    def test_a_message_is_doubled_and_one_dropped(self) -> None:
        report = self.finds(lambda number, line: [line] * {BAD: 2, BAD + 3: 0}.get(number, 1))
        self.assert_faults(report, lost=1, doubled=1)

    def test_a_message_is_corrupted(self) -> None:
        spoilt = self.finds(
            lambda number, line: [line.replace(b"xxx", b"xyx") if number == BAD else line]
        )
        self.assert_faults(spoilt, lost=1, corrupt=1)

    def test_who_stalled_is_told_how_many_lines_it_missed(self) -> None:
        missed = framed({"event": "missed", "lines": 2})

        def way(number: int, line: bytes) -> list[bytes]:
            return {BAD: [], BAD + 1: [missed]}.get(number, [line])

        report = self.finds(way, stalled=1)
        self.assert_faults(report)
        self.assertEqual(report["missed"], 2)


class TableTests(SynchronousTestCase):
    def result(self, server: str, repetition: int, speed: float, **more: object) -> dict[str, Any]:
        return {
            "case": "one-at-a-time", "listeners": 10, "server": server, "repetition": repetition,
            "deliveries_per_second": speed, "ok": True, **more,
        }  # fmt: skip

    def rows(self, *results: dict[str, Any]) -> list[list[str]]:
        (table,) = tables(results)
        lines = [line for line in table.splitlines() if line.startswith("| one")]
        return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]

    def test_medians_and_proportions_within_a_repetition(self) -> None:
        ours = [self.result("chatsvc", n, speed) for n, speed in enumerate((10e3, 20e3, 60e3))]
        theirs = [self.result("floor", n, speed) for n, speed in enumerate((20e3, 40e3, 40e3))]
        first, second = self.rows(*theirs, *ours)
        self.assertEqual(first[:5], ["one-at-a-time", "10", "chatsvc", "20.0 (10.0 to 60.0)", ""])
        self.assertEqual(
            second[:5], ["one-at-a-time", "10", "floor", "40.0 (20.0 to 40.0)", "0.5 x"]
        )

    def test_what_went_wrong_is_shown(self) -> None:
        ((*_, last),) = self.rows(
            self.result("floor", 0, 1e3),
            self.result("floor", 1, 1e3, ok=False, lost=2, server_waited=0.2),
            {"case": "one-at-a-time", "listeners": 10, "server": "floor", "repetition": 2,
             "error": "did not start"},
        )  # fmt: skip
        self.assertEqual(last, "1 of 3 right, 1 disturbed, 2 lost, did not start")


class TurnsTests(SynchronousTestCase):
    def test_the_last_turns_are_noted_and_the_earlier_ones_unknown(self) -> None:
        self.patch(turns, "MOST", 3)
        noting = turns.Turns(SimpleNamespace(poll=lambda: "happened"))
        self.assertEqual(len({noting.poll() for _ in range(5)}), 1)
        noted = noting.noted
        self.assertEqual(noted, sorted(noted))
        self.assertEqual(len(noted), 3)
        begin, end = noted[0].began, noted[-1].began
        self.assertEqual(turns.longest(noted, begin, inf), max(turn.took for turn in noted))
        self.assertGreaterEqual(turns.work(noted, begin, end), 0.0)
        for unknown in (turns.longest, turns.work):
            self.assertEqual(unknown(noted, begin - 1, end), inf)
            self.assertEqual(unknown([], begin, end), inf)


class DoorsTests(SynchronousTestCase):
    def test_everyone_hears_everything_at_each_door(self) -> None:
        options = ("--listeners", "4", "--loads", "2x3", "--turns", "1")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.doors", *options],
            cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True,
            timeout=len(WAYS) * PATIENCE, check=True,
        )  # fmt: skip
        rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:]]
        self.assertEqual([row[2] for row in rows], list(WAYS))
        for _, _, way, cost, _, _, size in rows:
            self.assertGreater(float(cost), 0)
            most = SIZES.get(way, 166 if "tags" in way else 113)
            self.assertTrue(most - 3 <= int(size) <= most, (way, size))  # numbers have few digits
