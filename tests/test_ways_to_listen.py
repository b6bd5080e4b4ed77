"""Every way to listen: people talk, read late, and go."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.protocol import Factory
from twisted.internet.ssl import CertificateOptions
from twisted.protocols.tls import TLSMemoryBIOFactory

import chatsvc.doors.writer
from chatsvc.doors.transport import Transport
from chatsvc.service import ports
from chatsvc.throttle import Throttle
from tests.certificate import self_signed
from tests.patience import PATIENCE
from tests.people import TCP, awhile, houses, real, until
from tests.test_real import SMALL, heard, stalls

serve = pytest.fixture(houses)


def tls(factory: Factory) -> Any:
    """The other end of TLS; who the server is does not matter here."""
    return TLSMemoryBIOFactory(CertificateOptions(), True, factory)


CROWD = 60
PROXY = b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 5000\r\n"
Ends = tuple[dict[str, Any], dict[str, Any]]
WAYS: dict[str, Ends] = {
    "tcp": ({}, {}),
    "ipv6": ({"endpoint": "tcp6:0:interface=\\:\\:1"}, {}),
    "unix": ({"endpoint": "unix:chat.sock"}, {}),
    "haproxy": ({"endpoint": "haproxy:" + TCP}, {"header": PROXY}),
    "tls": ({"pem": self_signed()}, {"wrap": tls}),
}


@pytest.fixture
def ends(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ends:
    """How the server listens in some way, and how people connect."""
    if way == "ipv6" and "::" not in ports.everywhere():
        pytest.skip("this machine has no IPv6")
    monkeypatch.chdir(tmp_path)
    return WAYS[way]


@pytest.mark.parametrize("way", ["tcp", "ipv6", "unix", "haproxy"])
@real
async def test_a_crowd_waits_to_be_accepted(ends: Ends, serve: Any) -> None:
    listen, _ = ends
    house = serve(**listen)
    [port] = house._ports._ports
    port.stopReading()
    for _ in range(CROWD):
        one = socket.socket(port.socket.family)
        one.settimeout(PATIENCE)
        one.connect(port.socket.getsockname())
        one.close()


@pytest.mark.parametrize("way", ["tcp", "haproxy", "tls"])
@real
async def test_little_is_kept_of_a_flood_that_is_not_taken(serve: Any, ends: Ends) -> None:
    listen, connect = ends
    house = serve(throttle=Throttle(burst=5, rate=0.1), **listen)
    ann = await house.joined_by(**connect)
    ann.sends(b"/back\n" * 100_000)
    await ann.sees("server: You are back.")
    [session] = house.chat.sessions
    await until(lambda: len(session.connection._channel._buffer) > 1000)
    await awhile(0.2)
    assert len(session.connection._channel._buffer) <= chatsvc.doors.writer.READ_BYTES


@pytest.mark.parametrize("way", WAYS)
@real
async def test_every_way_to_listen(serve: Any, ends: Ends) -> None:
    listen, connect = ends
    house = serve(**listen)
    ann = await house.joined_by(**connect)
    bob = await house.joined_by(**connect)
    cat = await house.joined_by(**connect, window=SMALL)
    ann.types('/dm client2 "Hello there!"')
    for person in (ann, bob):
        await person.sees("client1: Hello there!")
    said = await stalls(cat, ann, house)
    await bob.sees(f"client1: {said[-1]}")
    cat.reads_on()
    assert heard(await cat.sees(f"client1: {said[-1]}")) == said[:-1]
    bob.types("/quit")
    assert await bob.sees_the_end() == []
    assert not bob.is_cut_off
    await ann.sees("server: client2 has quit.")
    cat.resets()
    await ann.sees("server: client3 has lost its connection.")
    done = house.shuts_down()
    assert await ann.sees_the_end() == ["server: The server is shutting down."]
    await done


@pytest.mark.parametrize("way", ["tcp", "ipv6", "unix"])
@real
async def test_tcp_connections_have_the_transport_that_takes_less_memory(
    serve: Any, way: str, ends: Ends
) -> None:
    listen, connect = ends
    house = serve(**listen)
    await house.joined_by(**connect)
    [session] = house.chat.sessions
    assert isinstance(session.connection._channel.transport, Transport) == (way != "unix")
    await house.shuts_down()  # while its socket can be found
