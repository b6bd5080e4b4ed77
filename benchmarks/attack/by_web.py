"""Attacks by the web door: HTTP and WebSockets."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from benchmarks.attack.attack import FOR_EVER, PASSWORD, attack
from benchmarks.attack.crowd import Step

_KEY = b"7\xfa!="  # by which frames are masked
_TEXT, _REST, _PING = 1, 0, 9  # opcodes
_LAST = 0x80
_UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "chatsvc.1",
}  # fmt: skip


def _request(method: str, path: str, body: bytes = b"", /, **headers: str) -> bytes:
    if body:
        headers["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode() + body


def _frame(payload: bytes, first: int = _LAST | _TEXT) -> bytes:
    size = len(payload)
    head = bytes([first, 0x80 | size] if size < 126 else [first, 0xFE, size >> 8, size & 255])
    whole = (_KEY * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload) ^ int.from_bytes(whole)
    return head + _KEY + masked.to_bytes(size)


def _asked(**fields: str) -> bytes:
    return _frame(json.dumps(fields).encode())


_HANDSHAKE = _request("GET", "/ws", **_UPGRADE)


# WebSockets.


@attack(door="web", addresses=50)
def web_long_messages(stranger: int) -> Iterator[Step]:
    """A message of 24 MB in small fragments."""
    yield _HANDSHAKE + _frame(b"x", _TEXT)
    fragments = _frame(b"x" * 16, _REST) * 500
    for _ in range(24 * 2**20 // (16 * 500)):
        yield fragments


@attack(door="web", addresses=50)
def web_empty_fragments(stranger: int) -> Iterator[Step]:
    """A message in fragments of no bytes, which does not end."""
    yield _HANDSHAKE + _frame(b"x", _TEXT)
    while True:
        yield _frame(b"", _REST) * 5000


@attack(door="web", addresses=50)
def web_bytes_alone(stranger: int) -> Iterator[Step]:
    """Frames that come a byte at a time."""
    yield _HANDSHAKE
    while True:
        for byte in _asked(do="ping", nonce="x" * 40):
            yield bytes([byte])
            yield 0.01


@attack(door="web", addresses=50)
def web_pings(stranger: int) -> Iterator[Step]:
    """Pings, as long as may be."""
    yield _HANDSHAKE
    while True:
        yield _frame(b"x" * 125, _LAST | _PING) * 500


@attack(door="web", addresses=50, reads=False)
def web_unread_pongs(stranger: int) -> Iterator[Step]:
    """Pings, whose answers are not read."""
    yield _HANDSHAKE
    while True:
        yield _frame(b"x" * 125, _LAST | _PING) * 500


@attack(door="web", addresses=50)
def web_talk(stranger: int) -> Iterator[Step]:
    """The longest messages, to all."""
    yield _HANDSHAKE
    while True:
        yield _asked(do="say", room="#lobby", text="\u0489" * 1300)


@attack(door="web", strangers=500, addresses=200)
def web_handshakes(stranger: int) -> Iterator[Step]:
    """People who come by WebSockets, say something, and go."""
    yield _HANDSHAKE + _asked(do="say", room="#lobby", text="x")
    yield 0.1


@attack(door="web", strangers=10_000, addresses=5000)
def web_half_open(stranger: int) -> Iterator[Step]:
    """Handshakes that do not end, ten thousand at once."""
    yield _HANDSHAKE[:-2]
    yield FOR_EVER


# HTTP.


@attack(door="web", strangers=1000, addresses=50)
def web_slow_headers(stranger: int) -> Iterator[Step]:
    """A request that comes a byte a second."""
    for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 8000:
        yield bytes([byte])
        yield 1.0


@attack(door="web", strangers=1000, addresses=50)
def web_slow_bodies(stranger: int) -> Iterator[Step]:
    """A body that comes a byte a second, behind as much as there may be."""
    yield _request("POST", "/hook/x", b"x" * 250_000)[:-8000]
    while True:
        yield b"x"
        yield 1.0


@attack(door="web", addresses=50)
def web_page(stranger: int) -> Iterator[Step]:
    """The page, many times in one packet."""
    while True:
        yield _request("GET", "/") * 100


@attack(door="web", addresses=50, reads=False)
def web_unread_pages(stranger: int) -> Iterator[Step]:
    """The page, which is not read."""
    while True:
        yield _request("GET", "/") * 100


@attack(door="web", addresses=50)
def web_requests(stranger: int) -> Iterator[Step]:
    """What is no request, and what is refused."""
    while True:
        yield random.choice([
            _request("GET", "/" + "x" * 7000),
            _request("GET", "/nothing/" + "../" * 500),
            _request("PUT", "/", b"x" * 1000),
            _request("POST", "/hook/x", b"x") + random.randbytes(300),
            _request("GET", "/", **{f"X-{number}": "x" for number in range(95)}),
            _request("POST", "/hook/x", **{"Transfer-Encoding": "chunked"}) + b"1\r\nx\r\n" * 4000,
        ])  # fmt: skip


@attack(door="web", addresses=50)
def web_sign_ins(stranger: int) -> Iterator[Step]:
    """Wrong passwords."""
    while True:
        name = f"name{random.randrange(1000)}"
        asked = json.dumps({"name": name, "password": f"{PASSWORD}{stranger}", "stay": True})
        yield _request(
            "POST", "/sign-in", asked.encode(),
            **{"Origin": "http://localhost", "Content-Type": "application/json"},
        )  # fmt: skip


@attack(door="web", addresses=50)
def web_many_values(stranger: int) -> Iterator[Step]:
    """Bodies, queries and cookies of as many parts as there may be."""
    body = b'{"name": [' + b"[]," * 80_000 + b"0]}"
    while True:
        yield _request("POST", "/sign-in", body, Origin="http://localhost")
        yield _request("GET", "/?" + "&" * 7000)
        yield _request("GET", "/" + "/%41" * 1700, Cookie=";" * 7000)


@attack(door="web", addresses=50)
def web_empty_messages(stranger: int) -> Iterator[Step]:
    """Messages with nothing in them, by WebSockets that speak IRC."""
    upgrade = _UPGRADE | {"Sec-WebSocket-Protocol": "text.ircv3.net"}
    yield _request("GET", "/ws", **upgrade) + _frame(f"NICK w{stranger}".encode())
    yield _frame(b"USER w 0 * :w")
    while True:
        yield _frame(b"") * 2000


@attack(door="web", strangers=500, addresses=50)
def web_streams_taken_up(stranger: int) -> Iterator[Step]:
    """Streams of events from the first one on, which are left at once."""
    yield _request("GET", "/rooms/lobby/events", **{"Last-Event-ID": "0"})
    yield 0.05


@attack(door="web", addresses=50)
def web_hooks(stranger: int) -> Iterator[Step]:
    """Hooks that nobody has made, and tokens."""
    while True:
        yield _request("POST", f"/hook/{random.getrandbits(256):x}", b"x" * 2000)
        token = f"Bearer {random.getrandbits(256):x}"
        yield _request("GET", "/rooms/lobby/history", Authorization=token)


@attack(door="web", addresses=50)
def web_archive(stranger: int) -> Iterator[Step]:
    """The archive's pages, as fast as they come."""
    yield _HANDSHAKE + _asked(do="say", room="#lobby", text="a b c by server " * 200)
    yield 0.1
    while True:
        yield _request("GET", "/archive/")
        yield _request("GET", "/archive/lobby")
        yield _request("GET", f"/archive/lobby?before={random.randrange(1, 10_000)}")
        yield _request("GET", f"/archive/lobby/{random.randrange(1, 10_000)}")


@attack(door="web", addresses=50)
def web_archive_searches(stranger: int) -> Iterator[Step]:
    """Words that are everywhere, looked for in the archive."""
    while True:
        words = "+".join(random.sample("abcdefghijklmnopqrstuvwxyz", 3))
        yield _request("GET", f"/archive/search?q=by*+s*+{words}*")


@attack(door="web", strangers=500, addresses=50, reads=False)
def web_streams(stranger: int) -> Iterator[Step]:
    """Streams of events that are not read, while others talk."""
    if stranger % 5 == 0:
        yield _HANDSHAKE
        while True:
            yield _asked(do="say", room="#lobby", text="x" * 4000)
    yield _request("GET", "/rooms/lobby/events", **{"Last-Event-ID": "0"})
    yield FOR_EVER


@attack(door="web", addresses=50)
def web_histories(stranger: int) -> Iterator[Step]:
    """History for programs, as much as there may be."""
    while True:
        yield _request("GET", "/rooms/lobby/history?limit=500") * 10
