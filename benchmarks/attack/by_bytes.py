"""Attacks by connections and their bytes: what is no line, no request or no end."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from benchmarks.attack.attack import LONGEST, attack
from benchmarks.attack.crowd import Step

# What is no line, or no request.


@attack()
def nonces_of_half_a_pair(stranger: int) -> Iterator[Step]:
    """Texts that cannot be kept, in each field."""
    yield b"/json\n"
    bad = r'"\ud800"'
    for field in itertools.cycle(["nonce", "text", "room", "do", "token", "username", "silence"]):
        fields = {"do": '"say"', "room": '"#lobby"', "text": '"x"', field: bad}
        yield (
            "{" + ", ".join(f'"{name}": {what}' for name, what in fields.items()) + "}\n"
        ).encode()


@attack()
def numbers(stranger: int) -> Iterator[Step]:
    """Numbers that are none, or that take long to read."""
    yield b"/json\n"
    for what in itertools.cycle(["NaN", "-Infinity", "9" * 8000, "1e999999", "9" * 4000, "-0.0"]):
        yield f'{{"do": "say", "room": "#lobby", "text": {what}, "seen": {what}}}\n'.encode()


@attack()
def deep_json(stranger: int) -> Iterator[Step]:
    """Objects and lists in each other."""
    yield b"/json\n"
    while True:
        yield b"[" * (LONGEST - 2) + b"\n"
        yield b'{"a":' * 1600 + b"\n"
        yield b'{"do": "ping", "nonce": ' + b"[" * 4000 + b"]" * 4000 + b"}\n"


@attack(strangers=1000, addresses=50)
def lines_without_an_end(stranger: int) -> Iterator[Step]:
    """Bytes, and never the end of a line."""
    while True:
        yield b"x" * 65536


@attack()
def negotiations_without_an_end(stranger: int) -> Iterator[Step]:
    """A subnegotiation of telnet that does not end, and many small ones."""
    yield b"\xff\xfa\x18" + b"\x00" * 65536
    while True:
        yield b"\xff\xfd\x06" * 20000 + b"\xff\xfa" + b"y" * 1000


@attack()
def noise(stranger: int) -> Iterator[Step]:
    """Any bytes at all."""
    while True:
        yield random.randbytes(4096)


@attack(door="proxied", addresses=5000)
def proxy_headers(stranger: int) -> Iterator[Step]:
    """Headers of proxies that are wrong, unfinished or many."""
    header = b"PROXY TCP4 203.0.113.9 203.0.113.1 1 2\r\n"
    yield header * 50
    yield 0.05


@attack(door="proxied", addresses=1)
def broken_proxy_headers(stranger: int) -> Iterator[Step]:
    """What follows a good header is one of version 2 with a length that is a lie."""
    yield b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff" + random.randbytes(300)
    yield 0.05


# Connections.


@attack(strangers=1000, addresses=50)
def slow_lines(stranger: int) -> Iterator[Step]:
    """A line that comes a byte at a time."""
    while True:
        yield b"x"
        yield 1.0


@attack(door="tls", strangers=500, addresses=50)
def slow_tls(stranger: int) -> Iterator[Step]:
    """A line that comes a byte at a time, over TLS."""
    while True:
        yield b"x"
        yield 1.0


@attack(door="tls", addresses=200)
def tls_handshakes(stranger: int) -> Iterator[Step]:
    """Handshakes, one after the other."""
    yield b""


@attack(strangers=500, addresses=200)
def resets(stranger: int) -> Iterator[Step]:
    """Connections that are reset at once."""
    yield b""


@attack(strangers=500, addresses=200)
def resets_behind_a_line(stranger: int) -> Iterator[Step]:
    """Connections that say something, and are reset."""
    yield b"/join #reset\nhello\n"


@attack(strangers=500, addresses=200, halves=True)
def half_closed(stranger: int) -> Iterator[Step]:
    """Connections that close their sending side, and go."""
    yield b"/history\n"


@attack(strangers=500, addresses=500)
def comings_and_goings(stranger: int) -> Iterator[Step]:
    """People who join, go into a room, and quit."""
    yield b"/join #coming\n/quit\n"
    yield 0.2


@attack(strangers=1000, addresses=2)
def too_many_from_an_address(stranger: int) -> Iterator[Step]:
    """Connections that are refused."""
    yield b"/json\n"
    yield 0.5
