"""What a delivery costs at each door, measured in one process, in turns: on a busy machine, too.

The doors, the chat and the sockets are real; the reactor's poll, which costs all doors the same, is
left out. A turn hands over what the senders have sent, and runs the round. Its processor time is
measured; what others do with the processor meanwhile does not count, and each figure is the least
of many turns.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from twisted.internet import reactor, tcp
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from chatsvc.bugs import spawn
from chatsvc.chat.chat import Chat
from chatsvc.chat.limits import Limits
from chatsvc.doors.front.door import FrontFactory
from chatsvc.doors.irc.door import IrcFactory
from chatsvc.doors.line import ChatFactory
from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.site import root
from chatsvc.doors.writer import prepare
from chatsvc.service.log.journal import LogJournal
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle

SIZE = 64  # bytes of a message
OWNERS = 10  # the first of the IRC clients have accounts, if account-tag is asked for
SOON = 0.3  # seconds; what is to be done later is not done
TAGS = "server-time message-tags account-tag"
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: chatsvc.1\r\n\r\n"
)


class Way(NamedTuple):
    """A way to reach the server.

    door: line, json, irc, web or front; json is the line door, where programs speak JSON lines, web
        has them in WebSockets, and by the front door come people with netcat, or IRC clients.
    capabilities: those that IRC clients ask for; None for others.
    longer: by how many bytes the messages are longer than at the other doors.
    as_long: the one whose lines have as many bytes.
    hears: whether its clients only hear, and those who say something do so with netcat: what a
        message costs to take in is then the same as at the line door.
    """

    door: str
    capabilities: str | None = None
    longer: int = 0
    as_long: str = "line"
    hears: bool = False

    def said(self, text: str) -> bytes:
        """What a client sends to say something."""
        if self.capabilities is not None:
            return f"PRIVMSG #load :{text}\r\n".encode()
        if self.door in ("json", "web"):
            return self.asked(do="say", room="#lobby", text=text)
        return f'/bc "{text}"\n'.encode()

    def asked(self, **fields: str) -> bytes:
        """What a program sends to ask for something."""
        line = json.dumps(fields)
        if self.door == "json":
            return line.encode() + b"\n"
        return Connection(ConnectionType.CLIENT).send(TextMessage(line))


WAYS = {
    "line": Way("line"),
    "line-113": Way("line", longer=39),
    "line-166": Way("line", longer=92),
    "json": Way("json", as_long="line-166"),
    "json-170": Way("json", longer=3, as_long="line-166"),
    "json-heard": Way("json", as_long="line-166", hears=True),
    "web": Way("web", as_long="json-170"),
    "web-heard": Way("web", as_long="line-166", hears=True),
    "irc": Way("irc", "", as_long="line-113"),
    "irc-echo": Way("irc", "echo-message", as_long="line-113"),
    "irc-tags": Way("irc", TAGS, as_long="line-166"),
    "irc-tags-echo": Way("irc", f"{TAGS} echo-message", as_long="line-166"),
    "front": Way("front"),
    "front-irc": Way("front", "", as_long="line-113"),
}


class Timer:
    """A call that is still to be made."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call

    def cancel(self) -> None:
        """Make it no more."""
        self.call = lambda: None


class Clock:
    """The time, and what is to be done at the end of a turn."""

    seconds = staticmethod(time.monotonic)
    now = staticmethod(time.time)
    busy = staticmethod(time.thread_time)

    def __init__(self) -> None:
        self._calls: deque[Timer] = deque()

    def is_wanted(self) -> bool:
        """Whether another thread has results: there is none."""
        return False

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer:
        """Make a call at the end of the turn, if it is to be made soon."""
        timer = Timer(partial(call, *args))
        if delay < SOON:
            self._calls.append(timer)
        return timer

    def start(self, call: Callable[[], object], /, *, goes_on: bool = False) -> None:
        """Make a call at once."""
        call()

    def is_behind(self) -> bool:
        """Whether calls wait: none does."""
        return False

    async def sleep(self, seconds: float, /) -> None:
        """Go on at once."""

    def run(self) -> None:
        """End the turn."""
        while self._calls:
            self._calls.popleft().call()


class Passwords:
    """Takes no time for passwords."""

    async def hash(self, password: str) -> str:
        """The password."""
        return password

    async def scram_keys(self, password: str) -> str:
        """Nothing."""
        return ""


class Server:
    """A server, and its clients."""

    def __init__(self, way: Way, listeners: int, senders: int) -> None:
        self.way = way
        self.listeners = listeners
        self.clock = Clock()
        store = MemoryStore(1000, 10**6)
        journal = LogJournal(self.clock, with_addresses=True)
        passwords: Any = Passwords()
        self.chat = Chat(self.clock, store, spawn, passwords, Limits(), (), journal)
        spawn(self.chat.open())
        self.clock.run()
        line = ChatFactory(self.chat, Throttle.off())
        irc = IrcFactory(line.entrance, "chatsvc", auto_join=False)
        front = FrontFactory(line.entrance, line, irc)
        doors: dict[str, Any] = {
            "line": line, "json": line, "irc": irc, "front": front,
            "web": WebFactory(line.entrance, root(line.entrance)),
        }  # fmt: skip
        self.clients: list[socket.socket] = []
        self.connections: list[Any] = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            prepare(listener)
            for number in range(listeners):
                each = WAYS["line"] if way.hears and number < senders else way
                self._join(each, doors[each.door], listener, number)
        self.chat.delivery.tell_presence()
        self.clock.run()
        self.drain()

    def _join(self, way: Way, door: Any, listener: socket.socket, number: int) -> None:
        client = socket.create_connection(listener.getsockname())
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setblocking(False)
        accepted, address = listener.accept()
        accepted.setblocking(False)
        protocol: Any = door.buildProtocol(None)
        connection = tcp.Server(accepted, protocol, address, None, number, reactor)  # type: ignore[arg-type]  # no port
        protocol.makeConnection(connection)
        connection.startReading()  # the kernel's wake-ups for the poll are part of the cost
        self.clients.append(client)
        self.connections.append(connection)
        for words in self._introduction(way, number):
            connection.protocol.dataReceived(words)
            connection.doWrite()  # the answer to a handshake
            self.clock.run()
        if number % 20 == 0:
            self.drain()

    def _introduction(self, way: Way, number: int) -> list[bytes]:
        capabilities = way.capabilities
        # Programs are announced once they have said something: it comes with the beginning.
        if way.door == "json":
            return [b"/json\n" + way.asked(do="ping")]
        if way.door == "web":
            return [HANDSHAKE + way.asked(do="ping")]
        if capabilities is None:
            return [b"/help\n"]
        lines = [f"NICK u{number + 1}\r\nUSER load 0 * :load\r\n"]
        if capabilities:
            lines.insert(0, f"CAP REQ :{capabilities}\r\nCAP END\r\n")
        if "account-tag" in capabilities and number < OWNERS:
            lines.append("REGISTER * * a-password-of-its-own\r\n")
        return [line.encode() for line in (*lines, "JOIN #load\r\n")]

    @property
    def hearers(self) -> int:
        """Who hears a message."""
        capabilities = self.way.capabilities
        return self.listeners - (capabilities is not None and "echo-message" not in capabilities)

    def drain(self) -> int:
        """Let all clients read what there is; the number of bytes."""
        size = 0
        for client in self.clients:
            try:
                while data := client.recv(2**20):
                    size += len(data)
            except BlockingIOError:
                pass
        return size

    def turn(self, senders: int, window: int) -> tuple[int, int]:
        """Have so many say so many lines each: the nanoseconds that takes, and the bytes heard."""
        text = "x" * (SIZE + self.way.longer)
        said = (WAYS["line"] if self.way.hears else self.way).said(text) * window
        for client in self.clients[:senders]:
            client.send(said)
        start = time.thread_time_ns()
        for connection in self.connections[:senders]:
            connection.doRead()
        self.clock.run()
        return time.thread_time_ns() - start, self.drain()


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listeners", default="10,100,1000", help="how many, such as 10,100")
    parser.add_argument("--loads", default="1x1,10x8", help="senders x lines of each in a turn")
    parser.add_argument("--ways", default=",".join(WAYS), help=f"of {', '.join(WAYS)}")
    parser.add_argument("--turns", type=int, default=60, help="of which the least is taken")
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print("| load | listeners | door | µs a delivery | x line | x as long | bytes |")
    print("|---|---|---|---|---|---|---|")
    for load in options.loads.split(","):
        for listeners in map(int, options.listeners.split(",")):
            senders, window = map(int, load.split("x"))
            ways = options.ways.split(",")
            measured = _measure(ways, listeners, senders, window, options.turns)
            for way, (cost, size) in measured.items():
                x_line = cost / measured["line"][0] if "line" in measured else 0
                as_long = measured.get(WAYS[way].as_long)
                x_as_long = f"{cost / as_long[0]:.2f}" if as_long else "-"
                print(
                    f"| {load} | {listeners} | {way} | {cost:.3f} | {x_line:.2f} | {x_as_long}"
                    f" | {size:.0f} |", flush=True,
                )  # fmt: skip


def _measure(
    ways: list[str], listeners: int, senders: int, window: int, turns: int
) -> dict[str, tuple[float, float]]:
    """The least µs that a delivery takes, and its bytes, by way."""
    servers = {way: Server(WAYS[way], listeners, senders) for way in ways}
    gc.collect()
    gc.freeze()
    gc.disable()
    least = dict.fromkeys(ways, float("inf"))
    sizes = dict.fromkeys(ways, 0)
    for _ in range(turns):
        for way, server in servers.items():
            server.turn(senders, window)  # so that the processor's caches are this server's
            cost, sizes[way] = server.turn(senders, window)
            least[way] = min(least[way], cost)
    gc.enable()
    gc.unfreeze()
    messages = senders * window
    result = {}
    for way, server in servers.items():
        deliveries = messages * server.hearers
        result[way] = least[way] / deliveries / 1e3, sizes[way] / deliveries
        for each in (*server.clients, *server.connections):
            (each.abortConnection if isinstance(each, tcp.Server) else each.close)()
    return result


if __name__ == "__main__":
    main()
