"""The front door over real sockets: TLS, plain text and all that else may come to one port."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted  # type: ignore[import-untyped]  # it has no annotations
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

import chatsvc.doors.front.door
from chatsvc.chat.limits import Limits
from chatsvc.doors.front.door import LISTEN_FOR, FrontFactory
from chatsvc.doors.front.protocols import not_spoken
from chatsvc.doors.irc.door import IrcFactory, IrcProtocol
from chatsvc.doors.irc.supported.sts import Sts
from chatsvc.doors.line import ChatFactory, ChatProtocol
from chatsvc.service import ports
from chatsvc.throttle import Throttle
from chatsvc.tls.certificate import Certificate
from tests.certificate import fingerprint_of, self_signed
from tests.people import House, Person, awhile, reactor, real, until
from tests.processes import FIRST

HOST = "irc.example.net"
BEGIN = "-----BEGIN CERTIFICATE"
TCP = "tcp:0:interface=127.0.0.1:backlog=4096"
HEADER = b"PROXY TCP4 203.0.113.9 10.0.0.1 51234 5000\r\n"


class OnePort(House):
    """A server with a front door.

    front: the factory of the latter.
    """

    front: FrontFactory

    def __init__(
        self, certificate: Certificate, endpoint: str = TCP, sts: Sts | None = None
    ) -> None:
        def door(line: ChatFactory) -> FrontFactory:
            irc = IrcFactory(line.entrance, "chatsvc", True, sts)
            self.front = FrontFactory(line.entrance, line, irc, certificate)
            return self.front

        super().__init__(ports.described(endpoint), Limits(), Throttle.off(), door)

    def protocol(self, name: str) -> Any:
        """What has the connection of somebody."""
        connection: Any = self.session(name).connection
        return connection._channel


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    path = tmp_path / "chat.pem"
    path.write_text(self_signed())
    return Certificate(path)


@pytest.fixture
def serve(certificate: Certificate) -> Iterator[Callable[..., OnePort]]:
    """Opens servers with a front door, and closes them after the test."""
    houses: list[OnePort] = []

    def opened(**options: Any) -> OnePort:
        houses.append(OnePort(certificate, **options))
        return houses[-1]

    yield opened
    for house in houses:
        pytest_twisted.blockon(Deferred.fromCoroutine(house.empties()))


def tls(factory: Any) -> Any:
    """With TLS below it."""
    return TLSMemoryBIOFactory(CertificateOptions(verify=False), True, factory)


async def sees_some(person: Person, words: str) -> str:
    """Wait for a line with some words; the line."""
    await person.waits_for(lambda: any(words in line for line in person.lines), words)
    return next(line for line in person.lines if words in line)


@pytest.mark.parametrize("endpoint", [TCP, f"haproxy:{TCP}"])
@real
async def test_all_on_one_port(serve: Any, endpoint: str) -> None:
    house = serve(endpoint=endpoint)
    header = HEADER if endpoint != TCP else b""
    ann = house.called_by(header=header)  # netcat
    await ann.sees(FIRST)
    bob = house.called_by(header=header)
    bob.sends(b"CAP LS 302\r\nNICK bob\r\nUSER bob 0 * :Bob\r\nCAP END\r\n")
    await sees_some(bob, " 001 bob ")
    cat = house.called_by(header=header, wrap=tls)
    cat.types("/nick cat")
    dan = house.called_by(header=header, wrap=tls)
    dan.sends(b"NICK dan\r\nUSER dan 0 * :Dan\r\n")
    await sees_some(dan, " 001 dan ")
    eve = house.called_by(header=header, wrap=tls)
    eve.types("/json", '{"do": "nick", "name": "eve"}')
    await sees_some(eve, '"renamed"')
    for wrap in (lambda factory: factory, tls):
        web = house.called_by(header=header, wrap=wrap)
        web.sends(b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: hunter2\r\n\r\n")
        assert (await web.sees_the_end())[-1] == not_spoken("HTTP")
        assert not web.is_cut_off
    dan.sends(b"PRIVMSG #lobby :hello all\r\n")
    for person, line in [
        (ann, "dan: hello all"), (bob, "PRIVMSG #lobby :hello all"), (cat, "dan: hello all"),
        (eve, '"text":"hello all"'),
    ]:  # fmt: skip
        assert line in await sees_some(person, "hello all")
    is_behind_proxy = endpoint != TCP
    for name, kind, is_tls in [
        ("client1", ChatProtocol, False), ("bob", IrcProtocol, False), ("cat", ChatProtocol, True),
        ("dan", IrcProtocol, True), ("eve", ChatProtocol, True),
    ]:  # fmt: skip
        protocol = house.protocol(name)
        assert type(protocol) is kind
        assert protocol.is_encrypted == is_tls
        assert protocol.visit.is_private == (is_tls or not is_behind_proxy)
        held = protocol.transport.protocol
        assert (held.wrappedProtocol if is_tls else held) is protocol
        address = "203.0.113.9" if is_behind_proxy else "127.0.0.1"
        assert house.session(name).address == address


@real
async def test_silence_in_tls(serve: Any) -> None:
    house = serve()
    ann = house.called_by(wrap=tls)
    await ann.sees(FIRST)
    ann.types("hi")
    await ann.sees("client1: hi")
    ann.types("/quit")
    assert await ann.sees_the_end() == []
    assert not ann.is_cut_off


@pytest.mark.parametrize("wrap", [lambda factory: factory, tls])
@real
async def test_irc_that_begins_late(serve: Any, wrap: Callable[[Any], Any]) -> None:
    house = serve()
    bob = house.called_by()
    await bob.sees(FIRST)
    ann = house.called_by(wrap=wrap)
    await sees_some(ann, "Welcome, you are client2")
    ann.sends(b"NICK ann\r\nUSER ann 0 * :Ann\r\nPRIVMSG #lobby :hi\r\n")
    await bob.sees("ann: hi")
    bob.types("hello")
    await sees_some(ann, "PRIVMSG #lobby :hello")
    assert list(house.chat.users) == ["client1", "ann"]
    ann.sends(b"QUIT\r\n")
    await ann.sees_the_end()
    assert not ann.is_cut_off


@pytest.mark.parametrize("protocol", ["irc", "line", "json"])
@real
async def test_a_byte_at_a_time(serve: Any, protocol: str) -> None:
    said = {
        "irc": b"NICK ann\r\nUSER ann 0 * :Ann\r\nPRIVMSG #lobby :h\xc3\xa9\r\n",
        "line": b"/nick ann\nh\xc3\xa9\n",
        "json": b'/json\n{"do": "nick", "name": "ann"}\n'
        b'{"do": "say", "room": "#lobby", "text": "h\xc3\xa9"}\n',
    }[protocol]
    house = serve()
    bob = house.called_by()
    await bob.sees(FIRST)
    ann = house.called_by()
    for byte in said:
        ann.sends(bytes([byte]))
        await awhile(0.001)
    await bob.sees("ann: h\u00e9")


@real
async def test_a_client_hello_a_byte_at_a_time(serve: Any) -> None:
    house = serve()
    ann = house.called_by()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing)
    answered: list[bytes] = []
    ann.dataReceived = answered.append

    async def step(do: Callable[[], Any]) -> Any:
        for _ in range(1000):
            try:
                return do()
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    ann.sends(bytes([byte]))
                    await awhile(0)
                await awhile(0.01)
                incoming.write(b"".join(answered))
                answered.clear()
        raise AssertionError

    await step(client.do_handshake)
    client.write(b"hello\n")
    assert FIRST.encode() in await step(lambda: client.read(1000))
    assert house.protocol("client1").is_encrypted


@real
async def test_tls_inside_of_tls_is_refused(serve: Any) -> None:
    house = serve()
    ann = house.called_by(wrap=lambda factory: tls(tls(factory)))
    await ann.sees_the_end()
    assert ann.is_cut_off  # the inner TLS was answered in words
    bob = house.called_by(wrap=tls)
    bob.sends(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert (await bob.sees_the_end())[-1] == f"server: {not_spoken('TLS')}"


@real
async def test_half_a_handshake_is_cut_off(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatsvc.doors.front.door, "HANDSHAKE_WITHIN", 0.3)
    house = serve()
    for part in (b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
        ann = house.called_by(header=part)
        await ann.sees_the_end()
        assert ann.is_cut_off
    bob = house.called_by(header=b"\x16\x03\x01\x00\x04garbage")
    await bob.sees_the_end()
    assert not list(house.chat.sessions)


@pytest.mark.parametrize("goes", [Person.closes, Person.resets])
@pytest.mark.parametrize("first", [b"", b"NICK", b"\x16\x03", b"hel"])
@real
async def test_gone_before_it_is_known_who_that_was(
    serve: Any, goes: Callable[[Person], None], first: bytes
) -> None:
    house = serve()
    for _ in range(20):
        person = house.called_by(header=first)
        goes(person)
    ann = house.called_by()  # after them
    await ann.sees(FIRST)
    await until(lambda: len(list(house.chat.sessions)) == 1)
    await until(lambda: len(house.front.silent) == len(house.front.shaking) == 0)


@real
async def test_a_crowd_who_says_nothing(serve: Any) -> None:
    house = serve()
    people = []
    for number in range(300):  # both ends of each have a file descriptor here; 1024 are usual
        people.append(house.called_by())
        if number % 20 == 0:  # fewer than wait to be accepted
            await awhile(0.001)
    for person in people:
        await sees_some(person, "Welcome")
    people[0].types("hello")
    for person in people:
        await person.sees("client1: hello")


@real
async def test_somebody_comes_while_the_server_is_busy(serve: Any) -> None:
    house = serve()
    ann = house.called_by()
    while not len(house.front.silent):
        await awhile(0.001)
    ann.transport.socket.send(b"NICK ann\r\nUSER ann 0 * :Ann\r\n")
    until = reactor.seconds() + 2 * LISTEN_FOR
    while reactor.seconds() < until:
        pass  # [It works for somebody else.]
    await sees_some(ann, " 001 ann ")


def with_certificate(pem: str) -> Callable[[Any], Any]:
    """Wraps a factory in TLS, whose client has a certificate."""
    key: Any = load_pem_private_key(pem.encode(), None)
    certificate: Any = load_pem_x509_certificate(pem[pem.index(BEGIN) :].encode())
    options = CertificateOptions(key, certificate, verify=False)
    return lambda factory: TLSMemoryBIOFactory(options, True, factory)


@pytest.mark.parametrize("endpoint", [TCP, f"haproxy:{TCP}"])
@real
async def test_a_certificate_logs_in(serve: Any, endpoint: str) -> None:
    house = serve(endpoint=endpoint)
    header = HEADER if endpoint != TCP else b""
    pem, other = self_signed(), self_signed()
    ann = house.called_by(header=header, wrap=with_certificate(pem))
    ann.types("/nick ann", "/register correct-horse", "/cert add")
    own = fingerprint_of(pem).replace(":", "").lower()
    await ann.sees(f"server: ann can log in with this certificate from now on: {own}")
    for wrap, told in (
        (with_certificate(pem), " 903 "),
        (with_certificate(other), " 904 "),
        (tls, " 908 "),
    ):
        bob = house.called_by(header=header, wrap=wrap)
        bob.sends(b"CAP LS 302\r\nNICK bob\r\nUSER bob 0 * :Bob\r\nCAP REQ sasl\r\n")
        bob.sends(b"AUTHENTICATE EXTERNAL\r\nAUTHENTICATE +\r\n")
        await sees_some(bob, told)
    cat = house.called_by(header=header, wrap=with_certificate(pem))
    cat.types("/login ann", "/cert list")
    await cat.sees(f"server: {own} (this connection's)")
    ann.types("/dm ann still here")
    await sees_some(cat, "still here")


@real
async def test_by_the_name_of_the_host_clients_are_told_to_use_tls(serve: Any) -> None:
    house = serve(endpoint=f"haproxy:{TCP}", sts=Sts(HOST, 6697, 3600, lambda host: True))
    told = {}
    for name, wrap in (
        ("plain", lambda factory: factory),
        ("nameless", tls),
        ("named", lambda factory: TLSMemoryBIOFactory(Asking(HOST), True, factory)),
        ("other", lambda factory: TLSMemoryBIOFactory(Asking("x.example"), True, factory)),
    ):
        person = house.called_by(header=HEADER, wrap=wrap)
        person.sends(b"CAP LS 302\r\nCAP END\r\nPING 1\r\n")
        await sees_some(person, "PONG")
        words = " ".join(person.lines).split()
        told[name] = [word for word in words if word.startswith("sts")]
    expected = {"plain": ["sts=port=6697"], "nameless": [], "named": ["sts=duration=3600"]}
    assert told == expected | {"other": []}


@implementer(IOpenSSLClientConnectionCreator)
class Asking:
    """Asks for a host in TLS, and takes any certificate."""

    def __init__(self, host: str) -> None:
        self._host = host

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:  # noqa: N802  # Twisted's
        connection = SSL.Connection(CertificateOptions(verify=False).getContext(), None)
        connection.set_tlsext_host_name(self._host.encode())
        return connection
