"""A crowd of strangers, each of whom sends what an attack says, as fast as the server takes it."""

from __future__ import annotations

import errno
import itertools
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush

Step = bytes | float  # what is sent, or seconds to wait
Says = Callable[[int], Iterator[Step]]

WAITING = 200  # connections that are not established yet, at most
_BUFFER = 65536  # bytes in the kernel of what the server does not take
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: an RST at the end
_BUSY = (errno.EINPROGRESS, errno.EAGAIN)


@dataclass(frozen=True)
class Doors:
    """The ports of the server: for lines, for a proxy, for TLS, for IRC, and for the web."""

    line: int
    proxied: int
    tls: int
    irc: int
    web: int


class Crowd:
    """Strangers who come until they are many, and again when what they say is said.

    says: what the n-th does.
    door: "line", "tls", "irc", "web", or "proxied", by which they come from addresses that they
        claim.
    addresses: so many they have together.
    reads: whether they read what they are told.
    comes_again: whether there is another one when one has said all.
    halves: whether each closes its sending side first when it has said all.
    """

    def __init__(
        self, doors: Doors, says: Says, *, door: str, strangers: int, addresses: int,
        reads: bool, comes_again: bool, halves: bool,
    ) -> None:  # fmt: skip
        self._doors, self._says, self._door = doors, says, door
        self._addresses, self._reads = addresses, reads
        self._comes_again, self._halves = comes_again, halves
        self._numbers = itertools.count()
        self._poll = select.epoll()
        self._all: dict[int, _Stranger] = {}
        self._coming = strangers
        self._opening = 0
        self._waiting: list[tuple[float, int, _Stranger]] = []

    def attack(self, until: float) -> int:
        """Go on until then, in seconds of time.monotonic(): how many have come."""
        come = 0
        while (now := time.monotonic()) < until:
            while self._coming and self._opening < WAITING:
                self._come()
                come += 1
            while self._waiting and self._waiting[0][0] <= now:
                _, _, rested = heappop(self._waiting)
                if not rested.is_gone:
                    self._listen(rested, writes=True)
            timeout = min(0.1, self._waiting[0][0] - now) if self._waiting else 0.1
            for number, what in self._poll.poll(max(0.0, timeout)):
                stranger = self._all.get(number)
                if stranger is not None:
                    self._turn(stranger, what)
        for stranger in list(self._all.values()):
            self._end(stranger)
        return come

    def _come(self) -> None:
        number = next(self._numbers)
        stranger = _Stranger(self._doors, self._door, number, self._addresses, self._says(number))
        self._coming -= 1
        self._opening += 1
        self._all[stranger.socket.fileno()] = stranger
        self._poll.register(stranger.socket.fileno(), select.EPOLLOUT)

    def _turn(self, stranger: _Stranger, what: int) -> None:
        try:
            if stranger.is_shaking_hands:
                stranger.shake_hands()
                self._listen(stranger, writes=True)
            if what & select.EPOLLIN:
                stranger.skip()
            if what & (select.EPOLLERR | select.EPOLLHUP):
                raise ConnectionError
            if what & select.EPOLLOUT:
                self._send(stranger)
        except ssl.SSLWantReadError:
            self._listen(stranger, writes=False)
        except ssl.SSLWantWriteError:
            self._listen(stranger, writes=True)
        except OSError:
            self._end(stranger)

    def _send(self, stranger: _Stranger) -> None:
        if stranger.is_opening:
            stranger.is_opening = False
            self._opening -= 1
        wait = stranger.send()
        if wait is None:
            if self._halves:
                stranger.socket.shutdown(socket.SHUT_WR)
            self._end(stranger)
        elif wait > 0:
            self._listen(stranger, writes=False)
            heappush(self._waiting, (time.monotonic() + wait, stranger.number, stranger))

    def _listen(self, stranger: _Stranger, writes: bool) -> None:
        reads = select.EPOLLIN if self._reads else 0
        self._poll.modify(stranger.socket.fileno(), reads | (select.EPOLLOUT if writes else 0))

    def _end(self, stranger: _Stranger) -> None:
        if stranger.is_opening:
            self._opening -= 1
        stranger.is_gone = True
        del self._all[stranger.socket.fileno()]
        stranger.socket.close()
        self._coming += self._comes_again


class _Stranger:
    def __init__(
        self, doors: Doors, door: str, number: int, addresses: int, steps: Iterator[Step]
    ) -> None:
        self.number, self._steps = number, steps
        self.is_opening, self.is_gone = True, False
        self._rest = b""
        high, low = divmod(number % addresses, 250)
        plug = socket.socket()
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        plug.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        plug.setblocking(False)
        if door == "proxied":
            self._rest = f"PROXY TCP4 198.18.{high}.{low + 1} 198.51.100.1 1 5000\r\n".encode()
        else:
            plug.bind((f"127.66.{high}.{low + 1}", 0))
        if plug.connect_ex(("127.0.0.1", getattr(doors, door))) not in (0, *_BUSY):
            raise AssertionError("the server does not listen")
        self.socket = plug
        if door == "tls":
            self.socket = _CONTEXT.wrap_socket(plug, do_handshake_on_connect=False)
        self.is_shaking_hands = door == "tls"

    def shake_hands(self) -> None:
        """Go on with the beginning of TLS. Raises OSError, as long as it is not done, too."""
        self.socket.do_handshake()  # type: ignore[attr-defined]  # one of TLS has it
        self.is_shaking_hands = False

    def skip(self) -> None:
        """Read what came, and forget it. Raises OSError at the end."""
        with suppress(BlockingIOError):
            if not self.socket.recv(1 << 18):
                raise ConnectionError

    def send(self) -> float | None:
        """Send the next piece: seconds to wait, or None when all is said. Raises OSError."""
        if not self._rest:
            step = next(self._steps, None)
            if step is None or isinstance(step, float):
                return step
            self._rest = step
        with suppress(BlockingIOError):
            self._rest = self._rest[self.socket.send(self._rest) :]
        return 0.0


_CONTEXT = ssl.create_default_context()
_CONTEXT.check_hostname = False
_CONTEXT.verify_mode = ssl.CERT_NONE
