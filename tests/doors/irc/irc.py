"""People with IRC clients, on a whole server in memory."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

from chatsvc.chat.people.user import Session
from chatsvc.doors.irc.door import IrcFactory, IrcProtocol
from chatsvc.throttle import Throttle
from tests.harness import AWHILE, ChatTestCase


class IrcPerson:
    """Somebody with an IRC client."""

    def __init__(self, door: IrcFactory, clock: Any, host: str) -> None:
        address = IPv4Address("TCP", host, 40000)
        self.clock = clock
        self.transport = StringTransport(peerAddress=address)
        self.protocol = cast("IrcProtocol", door.buildProtocol(address))
        self.protocol.makeConnection(self.transport)

    @property
    def session(self) -> Session:
        assert self.protocol.visit.session is not None
        return self.protocol.visit.session

    def sends(self, *lines: str) -> None:
        self.protocol.dataReceived("".join([f"{line}\r\n" for line in lines]).encode())

    def hears(self) -> list[str]:
        """The lines that came since the last time."""
        self.clock.pump([0, AWHILE])
        text: str = self.transport.value().decode()
        self.transport.clear()
        assert text == "" or text.endswith("\r\n"), text
        return text.split("\r\n")[:-1]

    def asks(self, *lines: str) -> list[str]:
        """What is answered to some lines, without the source of those that come from the server."""
        self.sends(*lines)
        return [line.removeprefix(":chatsvc ") for line in self.hears()]


class IrcTestCase(ChatTestCase):
    """Ann, Bob and Cat are at the line door; whoever comes by IRC is asked in by `joined_by`."""

    auto_join = True

    def start(self, **options: Any) -> Any:
        people = super().start(**options)
        self.door = IrcFactory(self.server.factory.entrance, "chatsvc", self.auto_join)
        return people

    def connected(self, host: str = "10.0.0.9") -> IrcPerson:
        return IrcPerson(self.door, self.server.clock, host)

    def registered(self, nick: str, *caps: str, host: str = "10.0.0.9") -> IrcPerson:
        """Somebody who has registered, and has heard what there was."""
        person = self.connected(host)
        if caps:
            person.sends("CAP LS 302", f"CAP REQ :{' '.join(caps)}", "CAP END")
        person.sends(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()} of IRC")
        assert f" 001 {nick} " in "".join(person.hears()), nick
        return person


class ChannelTestCase(IrcTestCase):
    """Dan has made #x; eve is not in it."""

    auto_join = False

    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), plaintext_passwords=True, **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan")
        self.eve = self.registered("eve", "invite-notify", host="10.0.0.8")
        self.dan.asks("JOIN #x")
