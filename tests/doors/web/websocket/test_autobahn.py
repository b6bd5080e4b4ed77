"""The wire, by the cases of Autobahn, which kosoku runs: whole messages go back as they came."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.utils import getProcessOutputAndValue
from wsproto.connection import ConnectionType
from wsproto.events import AcceptConnection
from wsproto.handshake import H11Handshake

from chatsvc.doors.web.websocket import wire
from chatsvc.doors.web.websocket.wire import Closing, Pinged, Whole, Wire
from tests.doors.web.websocket.test_wire import pieces
from tests.people import reactor, real
from tests.processes import UNMEASURED

LONGEST = 17 * 2**20  # bytes of a message; the cases have some of 16 MiB
COMPRESSED = ["12.*", "13.*"]  # which is not offered
MANY = "9.*"  # large and many messages: these take a while
CASES, MANY_CASES = 247, 54
PROGRAM = """
import asyncio, json, os, sys
from kosoku import FailureError, run_fuzzingclient
url, cases, without = map(json.loads, sys.argv[1:])
try:
    results = asyncio.run(run_fuzzingclient(url, cases, without, concurrency=4))
except FailureError as error:
    results = error.results
print(json.dumps([len(results), [
    [each.case_id, each.behavior.value, each.behavior_close.value]
    for each in results if not each.passed or each.behavior.value == "NON-STRICT"
]]), flush=True)
os._exit(0)  # the interpreter's own end is sometimes broken off by one of kosoku's threads
"""


class Echo(Protocol):
    """One connection: the handshake is wsproto's."""

    transport: Any

    def __init__(self) -> None:
        self.handshake: H11Handshake | None = H11Handshake(ConnectionType.SERVER)
        self.wire = Wire(LONGEST)

    def dataReceived(self, data: bytes) -> None:
        handshake = self.handshake
        if handshake is not None:
            handshake.receive_data(data)
            for _ in handshake.events():
                self.transport.write(handshake.send(AcceptConnection()))
                self.handshake = None
            return
        for piece in pieces(self.wire, data):
            if isinstance(piece, Whole):
                opcode = wire.TEXT if piece.is_text else wire.BINARY
                self.transport.write(wire.frame(piece.data, opcode))
            elif isinstance(piece, Pinged):
                self.transport.write(wire.pong(piece.payload))
            elif isinstance(piece, Closing):
                self.transport.write(wire.close(piece.code))
                self.transport.loseConnection()
                break


async def failed(cases: Sequence[str] | None, without: Sequence[str]) -> tuple[int, Any]:
    """How many cases were run, and those that did not pass, or only by good will."""
    endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    port = await endpoint.listen(Factory.forProtocol(Echo))
    try:
        url = f"ws://127.0.0.1:{port.getHost().port}"
        arguments = [json.dumps(each) for each in (url, cases, without)]
        out, err, status = await getProcessOutputAndValue(
            sys.executable, ["-c", PROGRAM, *arguments], env=os.environ | UNMEASURED
        )
        assert status == 0, err.decode()
        number, found = json.loads(out)
        return number, found
    finally:
        await port.stopListening()


@real
async def test_all_cases() -> None:
    assert await failed(None, [*COMPRESSED, MANY]) == (CASES, [])


@pytest.mark.long
@pytest.mark.skipif("CHATSVC_SLOW_TESTS" not in os.environ, reason="takes half a minute")
@real
async def test_large_and_many_messages() -> None:
    assert await failed([MANY], []) == (MANY_CASES, [])
