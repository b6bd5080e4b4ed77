"""A peer whose cable is cut is given up, whether or not anything is said to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.people import awhile, houses, reactor, real

serve = pytest.fixture(houses)


# Of this process alone: others run tests beside it.
HOST = f"chatsvc{os.getpid()}"
NET = f"198.18.{os.getpid() % 256}"  # RFC 2544
CALLER = """
import socket
server = socket.create_connection(("{net}.1", {port}))
while server.recv(65536):
    pass
"""


@pytest.fixture
def cut() -> Iterator[Callable[[], None]]:
    """Cuts the cable between us, NET.1, and another host, NET.2 (a namespace)."""

    def ip(command: str) -> None:
        subprocess.run(["ip", *command.split()], check=True, timeout=PATIENCE)

    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("only root can lay a cable")
    try:
        ip(f"netns add {HOST}")
    except subprocess.CalledProcessError:
        pytest.skip("in a container, root cannot lay one either")
    try:
        ip(f"link add {HOST} type veth peer name eth0 netns {HOST}")
        ip(f"addr add {NET}.1/30 dev {HOST}")
        ip(f"link set {HOST} up")
        ip(f"-n {HOST} addr add {NET}.2/30 dev eth0")
        ip(f"-n {HOST} link set eth0 up")
        yield lambda: ip(f"-n {HOST} link set eth0 down")
        ip(f"link del {HOST}")
    finally:
        ip(f"netns del {HOST}")


@pytest.mark.long
@pytest.mark.skipif("CHATSVC_SLOW_TESTS" not in os.environ, reason="takes minutes")
@pytest.mark.parametrize("busy", [False, True])
@real
async def test_a_peer_whose_cable_is_cut_is_lost_within_90_seconds(
    serve: Any, cut: Callable[[], None], busy: bool
) -> None:
    house = serve(f"tcp:0:interface={NET}.1")
    ann = await house.joined_by()
    program = CALLER.format(net=NET, port=house.address[1])
    with subprocess.Popen(["ip", "netns", "exec", HOST, sys.executable, "-c", program]) as caller:
        try:
            await ann.sees("server: client2 has joined.")
            cut()
            started = reactor.seconds()
            while "server: client2 has lost its connection." not in ann.lines:
                assert reactor.seconds() - started < 90
                if busy:
                    ann.types("x" * 8000)
                await awhile()
        finally:
            caller.kill()
