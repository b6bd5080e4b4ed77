"""Two pages, a netcat and an IRC client in one room, on a real server that is killed."""

from __future__ import annotations

import json
import secrets
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import CloseConnection, Ping, RejectConnection, Request, TextMessage

from chatsvc.chat.accounts.recent_nonces import MOST_NONCES
from chatsvc.chat.presence.sessions import FEW_BESIDE
from tests.certificate import self_signed
from tests.patience import much
from tests.processes import Caller, ProcessTestCase, free_port

ROOM = "#work"
LINES = 40  # said by each page around each kill
KILLS = much(1, 8)


class Page:
    """A page, which comes back to its place, and says once what it is not told to be done.

    told: all objects.
    """

    def __init__(self, port: int, trust: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.trust = trust
        self.token = secrets.token_urlsafe(24)
        self.seen: int | None = None
        self.told: list[dict[str, Any]] = []
        self.waiting: dict[str, dict[str, Any]] = {}  # requests, by nonce
        self.number = 0
        self.socket: Any = None

    def connects(self) -> None:
        """Connect, ask for its place, and ask again for what waits."""
        self.goes()
        self.socket = Caller(self.port).socket
        if self.trust is not None:
            self.socket = self.trust.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.wire = WSConnection(ConnectionType.CLIENT)
        self.text = ""  # of a message that is not complete
        host = f"127.0.0.1:{self.port}"
        scheme = "http" if self.trust is None else "https"
        origin = (b"Origin", f"{scheme}://{host}".encode())
        asked = Request(host, "/ws", subprotocols=["chatsvc.1"], extra_headers=[origin])
        self.socket.sendall(self.wire.send(asked))
        resume = {"do": "resume", "token": self.token}
        self.until(lambda: self.wire.state.name == "OPEN")
        self.sends(resume | ({} if self.seen is None else {"seen": self.seen}))
        for request in self.waiting.values():
            self.sends(request)

    def asks(self, do: str, **fields: object) -> None:
        """Ask for something, whatever may happen to the connection."""
        self.number += 1
        nonce = f"{id(self)} {self.number}"  # all who are told what it said are told the nonce, too
        self.waiting[nonce] = {"do": do, "nonce": nonce, **fields}
        self.sends(self.waiting[nonce])

    def sends(self, request: dict[str, Any]) -> None:
        self.socket.sendall(self.wire.send(TextMessage(json.dumps(request))))

    def until(self, happened: Callable[[], bool]) -> None:
        """Read until something has happened."""
        while not happened():
            data = self.socket.recv(65536)
            assert data, self.told[-5:]
            self.wire.receive_data(data)
            for event in self.wire.events():
                assert not isinstance(event, RejectConnection | CloseConnection), event
                if isinstance(event, TextMessage):
                    self.text += event.data
                    if event.message_finished:
                        text, self.text = self.text, ""
                        self._note(json.loads(text))
                elif isinstance(event, Ping):
                    self.socket.sendall(self.wire.send(event.response()))

    def _note(self, told: dict[str, Any]) -> None:
        assert "error" not in told, (told, self.returns())
        self.told.append(told)
        if told["event"] in ("resumable", "resumed"):
            self.token, self.seen = told["token"], max(self.seen or 0, told["seen"])
        elif self.seen is not None:
            self.seen = max(self.seen, told.get("id", 0))
        self.waiting.pop(told.get("nonce", ""), None)

    def is_settled(self) -> bool:
        """Whether all that it has asked for is done."""
        return not self.waiting

    def has_space(self, number: int) -> None:
        """Read until no more wait than are recognised when it asks again, and so many others."""
        self.until(lambda: len(self.waiting) <= MOST_NONCES - number)

    def heard(self) -> list[str]:
        """What was said in the room; without what only answers a request that was done before."""
        return [
            f"{each['from']}: {each['text']}"
            for each in self.told
            if each.get("event") == "said" and each["room"] == ROOM and "recalled" not in each
        ]

    def returns(self) -> list[dict[str, Any]]:
        """How it came back each time."""
        return [each for each in self.told if each["event"] == "resumed"]

    def has_returned(self, times: int) -> None:
        """Read until it has come back so many times."""
        self.until(lambda: len(self.returns()) == times)

    def hears(self, line: str) -> None:
        """Read until something is said in the room."""
        self.until(lambda: self.heard()[-1:] == [line])

    def goes(self) -> None:
        """Close the connection."""
        if self.socket is not None:
            self.socket.close()


@pytest.mark.long
class KilledTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        (self.folder / "cert.pem").write_text(self_signed())
        self.trust = ssl.create_default_context(cafile=str(Path(self.folder, "cert.pem")))
        self.tls_port = free_port()

    def begins(self) -> subprocess.Popen[str]:
        return self.serves(
            f"--port={self.port}", "--throttle=off", "--certificate=cert.pem",
            f"--tls-port={self.tls_port}", "--interface=127.0.0.1",
        )  # fmt: skip

    def others(self, number: int) -> tuple[Caller, Caller]:
        """Somebody with netcat, and somebody with IRC, in the room."""
        cat, dan = self.calls(self.port), self.calls(self.port)
        dan.types(f"NICK dan{number}", "USER dan 0 * :Dan", f"JOIN {ROOM}")
        dan.sees_some(f" 366 dan{number} {ROOM}")
        cat.types(f"/nick cat{number}", f"/join {ROOM}")
        cat.sees_some(f"You are in {ROOM}")
        dan.sees_some(f"JOIN {ROOM}")
        return cat, dan

    def test_no_gap_and_no_double(self) -> None:
        server = self.begins()
        pages = [Page(self.port), Page(self.port, self.trust)]
        for page in pages:
            self.addCleanup(page.goes)
        for page, name in zip(pages, ("ann", "bob"), strict=True):
            page.connects()
            page.asks("nick", name=name)
            page.asks("join", room=ROOM)
            page.until(page.is_settled)
        for number in range(KILLS + 1):
            cat, dan = self.others(number)
            for page in pages:
                page.has_space(LINES)
            for each in range(LINES):
                for page in pages:
                    page.asks("say", room=ROOM, text=f"{number} {each}")
            cat.types(f"hello {number}")
            dan.types(f"PRIVMSG {ROOM} :hello {number}")
            cat.sees_some(f"{ROOM} dan{number}: hello {number}")
            dan.sees_some(f"PRIVMSG {ROOM} :hello {number}")
            for page in pages:
                page.has_returned(number)
            if number < KILLS:
                server.kill()
                server.wait()
                server = self.begins()
                for page in pages:
                    page.connects()
        for page in pages:
            page.until(page.is_settled)
        pages[0].asks("say", room=ROOM, text="the end")
        for page in pages:
            page.hears("ann: the end")
        heard = pages[0].heard()
        self.assertEqual(pages[1].heard(), heard)
        for name in ("ann", "bob"):
            said = [line for line in heard if line.startswith(f"{name}: ") and line[-1] != "d"]
            numbers = [f"{a} {b}" for a in range(KILLS + 1) for b in range(LINES)]
            self.assertEqual(said, [f"{name}: {each}" for each in numbers])
        for name in ("cat", "dan"):
            said = [line for line in heard if line.startswith(name)]
            self.assertEqual(said, [f"{name}{n}: hello {n}" for n in range(KILLS + 1)])
        for page in pages:
            self.assertEqual([each["missing"] for each in page.returns()], [0] * KILLS)


class SpaceTests(ProcessTestCase):
    PEOPLE = 5  # the most

    def test_connections_of_http_keep_nobody_out(self) -> None:
        port, web = free_port(), free_port()
        self.serves(
            f"--port={port}", f"--web=tcp:{web}:interface=127.0.0.1", "--interface=127.0.0.1",
            f"--max-users={self.PEOPLE}", "--throttle=off", "--store=memory:",
        )  # fmt: skip
        idle = []
        for _ in range(FEW_BESIDE + 2 * self.PEOPLE):
            idle.append(self.calls(web))
            idle[-1].socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            idle[-1].sees_some("200 OK")
        for _ in range(self.PEOPLE):
            self.calls(port).sees_some("Welcome")
        self.calls(port).sees_some("The server is full.")
        idle[-1].socket.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        idle[-1].sees_some("The server is full.")
        self.assertRaises(ConnectionResetError, idle[0].sees_the_end)
