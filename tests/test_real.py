"""What only real sockets can show: faults that are really caused."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Callable
from typing import Any

import pytest

import chatsvc.chat.presence.departures
import chatsvc.doors.writer
from chatsvc.throttle import Throttle
from tests.patience import PATIENCE
from tests.people import House, Person, awhile, houses, reactor, real, until

SMALL = 4096  # bytes of a receive buffer that is soon full
MUCH = 400  # long lines: more than all buffers on the way take


serve = pytest.fixture(houses)


async def three(house: House, **how: Any) -> list[Person]:
    """Ann, Bob and Cat: client1, client2 and client3; Cat joins in a way of her own."""
    ann = await house.joined_by()
    bob = await house.joined_by()
    cat = await house.joined_by(**how)
    for person in (ann, bob):
        await person.sees("server: client3 has joined.")
    return [ann, bob, cat]


def long_lines(count: int = MUCH) -> list[str]:
    """Numbered lines of 8,000 bytes."""
    return [f"{number} ".ljust(8000, ".") for number in range(count)]


def at_the_server(house: House) -> socket.socket:
    """The other end of Cat's connection."""
    connection: Any = house.session("client3").connection
    end: socket.socket = connection._channel.transport.socket
    return end


async def stalls(cat: Person, ann: Person, house: House) -> list[str]:
    """Cat stops reading, and Ann says so much that nothing more can be sent; what she said."""
    at_the_server(house).setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    cat.stops_reading()
    said = long_lines()
    ann.types(*said)
    await ann.sees(f"client1: {said[-1]}")
    assert house.session("client3").is_lagging
    return said


def heard(lines: list[str]) -> list[str]:
    """What client1 said."""
    return [line.removeprefix("client1: ") for line in lines if line.startswith("client1: ")]


# Gone


@pytest.mark.parametrize("goes", [Person.closes, Person.stops_sending, Person.resets])
@real
async def test_gone_without_a_word(serve: Any, goes: Callable[[Person], None]) -> None:
    ann, bob, cat = await three(serve())
    goes(cat)
    for person in (ann, bob):
        assert await person.sees("server: client3 has lost its connection.") == []
    ann.types("hi")
    await bob.sees("client1: hi")


@real
async def test_what_is_owed_to_a_half_closed_connection_arrives(serve: Any) -> None:
    ann, bob, cat = await three(serve())
    cat.sends(b"/users\nhello\nnot fini")
    cat.stops_sending()
    assert await bob.sees("server: client3 has lost its connection.") == ["client3: hello"]
    assert await cat.sees_the_end() == [
        "server: 3 users are connected: client1, client2, client3",
        "client3: hello",
    ]
    assert not cat.is_cut_off
    ann.types("hi")
    assert await bob.sees("client1: hi") == []


@real
async def test_quitting_with_everything_delivered(serve: Any) -> None:
    ann, bob, cat = await three(serve())
    said = long_lines(100)
    ann.types(*said)
    await ann.sees(f"client1: {said[-1]}")
    cat.types("/quit")
    assert await bob.sees("server: client3 has quit.")
    assert heard(await cat.sees_the_end()) == said
    assert not cat.is_cut_off


@real
async def test_a_server_that_is_full(serve: Any) -> None:
    house = serve(users=2)
    ann = await house.joined_by()
    bob = await house.joined_by()
    assert await house.called_by().sees_the_end() == ["server: The server is full."]
    bob.closes()
    await ann.sees("server: client2 has lost its connection.")
    await house.joined_by()


@real
async def test_too_many_from_one_address(serve: Any) -> None:
    house = serve(per_address=1)
    await house.joined_by(source="127.0.0.1")
    refused = house.called_by(source="127.0.0.1")
    assert await refused.sees_the_end() == ["server: Too many connections from your address."]
    await house.joined_by(source="127.0.0.2")


# Slow


@real
async def test_a_reader_who_stops_reading_misses_nothing_and_delays_nobody(serve: Any) -> None:
    house = serve()
    ann, bob, cat = await three(house, window=SMALL)
    said = await stalls(cat, ann, house)
    await bob.sees(f"client1: {said[-1]}")
    bob.types("cat is slow")
    assert await ann.sees("client2: cat is slow") == []
    cat.reads_on()
    assert heard(await cat.sees("client2: cat is slow")) == said
    assert not house.session("client3").is_lagging


@real
async def test_a_reader_who_is_too_late_is_told_how_much_was_missed(serve: Any) -> None:
    house = serve(history=50)
    ann, bob, cat = await three(house, window=SMALL)
    said = await stalls(cat, ann, house)
    assert heard(await bob.sees(f"client1: {said[-1]}")) == said[:-1]
    cat.reads_on()
    read = missed = 0
    for line in await cat.sees(f"client1: {said[-1]}"):
        if notice := re.fullmatch(r"server: You missed (\d+) lines?\.", line):
            missed += int(notice[1])
        else:
            assert line == f"client1: {said[read + missed]}"
            read += 1
    assert missed > 0
    assert read + missed == len(said) - 1


@real
async def test_quitting_with_much_left_to_read(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatsvc.chat.presence.departures, "CLOSE_WITHIN", PATIENCE)
    house = serve()
    ann, bob, cat = await three(house, window=SMALL)
    said = await stalls(cat, ann, house)
    cat.types("/quit")
    await bob.sees("server: client3 has quit.")
    bob.types("gone")
    await ann.sees("client2: gone")
    cat.reads_on()
    assert await cat.sees_the_end() == [f"client1: {line}" for line in said]
    assert not cat.is_cut_off


@real
async def test_quitting_and_sending_on_costs_nothing_of_what_is_owed(serve: Any) -> None:
    house = serve()
    ann, bob, cat = await three(house, window=SMALL)
    cat.stops_reading()
    said = long_lines(30)
    ann.types(*said)
    await ann.sees(f"client1: {said[-1]}")
    cat.types("/quit")
    await bob.sees("server: client3 has quit.")
    cat.types("more")
    await awhile()
    cat.reads_on()
    assert heard(await cat.sees_the_end()) == said


@real
async def test_one_who_quits_and_leaves_it_to_the_kernel_is_cut_off(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chatsvc.chat.presence.departures, "CLOSE_WITHIN", 0.5)
    house = serve()
    ann, bob, cat = await three(house, window=SMALL)
    cat.stops_reading()
    said = long_lines(10)
    ann.types(*said)
    await ann.sees(f"client1: {said[-1]}")
    assert not house.session("client3").is_lagging
    cat.types("/quit")
    await bob.sees("server: client3 has quit.")
    await until(lambda: len(house.chat.sessions) == 2)
    cat.reads_on()
    await cat.sees_the_end()


@real
async def test_one_who_quits_and_never_reads_is_cut_off(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chatsvc.chat.presence.departures, "CLOSE_WITHIN", 0.5)
    house = serve()
    ann, _, cat = await three(house, window=SMALL)
    await stalls(cat, ann, house)
    cat.types("/quit")
    await ann.sees("server: client3 has quit.")
    await awhile(0.6)
    cat.reads_on()
    await cat.sees_the_end()
    assert cat.is_cut_off


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has this option")
@real
async def test_the_dead_are_noticed_and_the_slow_are_not_taken_for_dead(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chatsvc.doors.writer, "LOOK_EVERY", 0.1)
    house = serve()
    ann, _, cat = await three(house, window=SMALL)
    end = at_the_server(house)
    assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    idle, every, count, limit = (
        end.getsockopt(socket.IPPROTO_TCP, option)
        for option in (
            socket.TCP_KEEPIDLE,
            socket.TCP_KEEPINTVL,
            socket.TCP_KEEPCNT,
            socket.TCP_USER_TIMEOUT,
        )
    )
    assert idle + every * count <= 90
    assert limit == 60_000
    said = await stalls(cat, ann, house)
    await until(lambda: end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 0)
    cat.reads_on()
    await cat.sees(f"client1: {said[-1]}")
    assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == limit


# Rubbish


@real
async def test_a_line_that_never_ends(serve: Any) -> None:
    house = serve()
    _, bob, cat = await three(house)
    connection: Any = house.session("client3").connection._channel
    most = 0
    for _ in range(100):
        cat.sends(b"x" * 100_000)
        await awhile(0.001)
        most = max(most, len(connection._buffer))
    cat.sends(b"\nhello\n")
    assert await cat.sees("client3: hello") == [
        "server: Your line is longer than 8192 bytes; nothing of it was taken."
    ]
    assert await bob.sees("client3: hello") == []
    assert most < 1_000_000


@real
async def test_rubbish(serve: Any) -> None:
    _, bob, cat = await three(serve())
    cat.sends(bytes(range(256)) * 10 + random.Random(0).randbytes(100_000) + b"\nhello\n")
    lines = await bob.sees("client3: hello")
    assert len(lines) > 100
    for line in lines:
        assert re.fullmatch(r"client3: [^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+", line)
    await cat.sees("client3: hello")
    assert not cat.is_gone


@real
async def test_telnet_negotiates_while_its_user_types(serve: Any) -> None:
    _, bob, cat = await three(serve())
    for segment in (b"he\xff", b"\xfd", b"\x01ll\xff\xfa\x18\x00xt", b"erm\xff", b"\xf0o\r\n"):
        cat.sends(segment)
        await awhile(0.02)
    assert await bob.sees("client3: hello") == []


# Fast


@real
async def test_floods_are_slowed_down(serve: Any) -> None:
    # Whoever has rested is warned again, which a server that waits for the processor may see late.
    ann, bob, _ = await three(serve(throttle=Throttle(burst=30, rate=10.0)))
    started = reactor.seconds()
    ann.types(*map(str, range(50)))
    assert heard(await bob.sees("client1: 49")) == [str(number) for number in range(49)]
    assert reactor.seconds() - started >= (50 - 30 - 0.5) / 10.0  # half a line is not waited for
    lines = await ann.sees("client1: 49")
    slowed = "server: You are sending too fast: your lines are taken more slowly now."
    assert lines.count(slowed) == 1


@pytest.mark.parametrize("goes", [Person.closes, Person.stops_sending, Person.resets])
@real
async def test_who_floods_and_goes_says_at_most_one_more_burst(
    serve: Any, goes: Callable[[Person], None]
) -> None:
    ann, bob, _ = await three(serve(throttle=Throttle(burst=5, rate=1.0)))
    started = reactor.seconds()
    ann.types(*["spam"] * 20_000)
    await bob.sees("client1: spam")
    goes(ann)
    lines = await bob.sees("server: client1 has lost its connection.")
    assert len(lines) < 10 + 1.0 * (reactor.seconds() - started)


# Shutting down


@real
async def test_a_shutdown_delivers_what_was_said_and_tells_everyone(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chatsvc.chat.presence.departures, "CLOSE_WITHIN", PATIENCE)
    house = serve()
    ann, bob, cat = await three(house, window=SMALL)
    said = await stalls(cat, ann, house)
    done = house.shuts_down()
    cat.reads_on()
    farewell = "server: The server is shutting down."
    assert (await cat.sees_the_end()) == [*(f"client1: {line}" for line in said), farewell]
    assert (await bob.sees_the_end())[-1] == farewell
    assert (await ann.sees_the_end()) == [farewell]
    assert not any(person.is_cut_off for person in (ann, bob, cat))
    await done


@real
async def test_a_shutdown_does_not_wait_for_ever_for_who_does_not_read(serve: Any) -> None:
    house = serve()
    ann, bob, cat = await three(house, window=SMALL)
    await stalls(cat, ann, house)
    await house.shuts_down()
    assert (await bob.sees_the_end())[-1] == "server: The server is shutting down."
    assert not bob.is_cut_off
