"""Strict Transport Security: which clients are told to use TLS only."""

from __future__ import annotations

from chatsvc.doors.channel import LineChannel
from chatsvc.doors.irc.door import IrcFactory
from chatsvc.doors.irc.supported.sts import Sts
from tests.doors.irc.irc import IrcTestCase

HOST = "irc.example.net"


class StsTests(IrcTestCase):
    def setUp(self) -> None:
        self.start()
        self.vouched = {HOST}

    def has(self, seconds: int | None) -> None:
        """[The server has such a policy, or none.]"""
        sts = None if seconds is None else Sts(HOST, 6697, seconds, self.vouched.__contains__)
        self.door = IrcFactory(self.server.factory.entrance, "chatsvc", True, sts)

    def listed(self, host: str = "10.0.0.9", version: str = "302", sni: str | None = None) -> str:
        """What is told of it, over TLS if a client has asked for a host in it."""
        self.patch(LineChannel, "is_encrypted", sni is not None)
        self.patch(LineChannel, "host_asked_for", sni or "")
        words = " ".join(self.connected(host).asks(f"CAP LS {version}")).split()
        return " ".join([word for word in words if word.startswith("sts")])

    def test_without_tls_the_port_is_told(self) -> None:
        self.has(86400)
        self.assertEqual(self.listed(), "sts=port=6697")
        self.assertEqual(self.listed("127.0.0.1"), "")  # nobody can read along
        self.assertEqual(self.listed(version=""), "")  # it is nothing without its value

    def test_with_tls_the_duration_is_told_to_those_who_came_by_the_name(self) -> None:
        self.has(86400)
        self.assertEqual(self.listed(sni="IRC.example.net"), "sts=duration=86400")
        self.assertEqual(self.listed("127.0.0.1", sni=HOST), "sts=duration=86400")
        self.assertEqual(self.listed(sni="chat.example.net"), "")
        self.assertEqual(self.listed(sni=""), "")

    def test_an_earlier_policy_is_ended(self) -> None:
        self.has(0)
        self.assertEqual(self.listed(), "")
        self.assertEqual(self.listed(sni=HOST), "sts=duration=0")

    def test_nobody_is_told_without_a_policy_or_a_certificate_that_can_be_trusted(self) -> None:
        self.has(None)
        self.assertEqual((self.listed(), self.listed(sni=HOST)), ("", ""))
        self.has(86400)
        self.vouched.clear()
        self.assertEqual((self.listed(), self.listed(sni=HOST)), ("", ""))

    def test_nobody_requests_it(self) -> None:
        self.has(86400)
        self.assertEqual(self.connected().asks("CAP REQ sts"), ["CAP * NAK :sts"])
