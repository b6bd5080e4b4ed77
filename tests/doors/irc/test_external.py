"""SASL EXTERNAL: a certificate of TLS in place of a password, and NickServ's CERT."""

from __future__ import annotations

from base64 import b64encode

from chatsvc.doors.channel import LineChannel
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.doors.irc.irc import IrcPerson, IrcTestCase

ONE, OTHER = "ab" * 32, "cd" * 32
HERE, OTHERS = "10.0.0.7", "10.0.0.8"


class ExternalTests(IrcTestCase):
    """Dan has an account with the certificate of whoever comes from HERE."""

    def setUp(self) -> None:
        fingerprints = {HERE: ONE, OTHERS: OTHER}
        found = property(lambda channel: fingerprints.get(channel.host, ""))
        self.patch(LineChannel, "fingerprint", found)
        self.start(plaintext_passwords=True, throttle=Throttle.off())
        dan = self.registered("dan", host=HERE)
        dan.asks(f"NS REGISTER {PASSWORD}")
        told = f"NOTICE dan :dan can log in with this certificate from now on: {ONE}"
        self.assertEqual(dan.asks("NS CERT ADD"), [told])
        self.assertEqual(dan.asks("NS CERT LIST"), [f"NOTICE dan :{ONE} (this connection's)"])
        dan.sends("QUIT")
        dan.hears()

    def began(self, host: str = HERE, mechanism: str = "EXTERNAL") -> tuple[IrcPerson, list[str]]:
        person = self.connected(host)
        person.sends("CAP LS 302", "CAP REQ sasl", "NICK dd", "USER d 0 * :Dan")
        offered = person.hears()
        person.sends(f"AUTHENTICATE {mechanism}")
        return person, offered

    def test_it_is_offered_to_those_with_a_certificate(self) -> None:
        for host, offer in (
            (HERE, "EXTERNAL,PLAIN,SCRAM-SHA-256"),
            ("10.0.0.9", "PLAIN,SCRAM-SHA-256"),
        ):
            _, offered = self.began(host)
            self.assertIn(f" sasl={offer} ", "".join(offered))

    def test_without_one_it_is_refused(self) -> None:
        person, _ = self.began("10.0.0.9")
        mechanisms, failed = [line.removeprefix(":chatsvc ") for line in person.hears()]
        told = "908 dd PLAIN,SCRAM-SHA-256 :are available SASL mechanisms"
        self.assertEqual((mechanisms, failed[:3]), (told, "904"))

    def test_the_owner_of_it_comes_in(self) -> None:
        for response in ("+", b64encode(b"dan").decode(), b64encode(b"DAN").decode()):
            person, _ = self.began()
            self.assertEqual(person.hears(), ["AUTHENTICATE +"])
            told = person.asks(f"AUTHENTICATE {response}")
            self.assertTrue(told[0].startswith("900 dd dd!d@* dan :You are now logged in"), told)
            self.assertEqual(told[1][:3], "903")
            welcome = person.asks("CAP END")
            self.assertTrue(any(line[:3] == "001" for line in welcome), welcome)
            self.assertFalse(any(line[:3] == "900" for line in welcome), welcome)
            self.assertEqual(person.session.user.account_name, "dan")
            person.sends("QUIT")
            person.hears()

    def test_nobody_else_does(self) -> None:
        for host, response in (
            (OTHERS, "+"),
            (HERE, b64encode(b"ann").decode()),
            (HERE, b64encode(b"\xff").decode()),
            (HERE, "not Base64!"),
        ):
            person, _ = self.began(host)
            person.hears()
            self.assertEqual(person.asks(f"AUTHENTICATE {response}")[0][:3], "904", response)

    def test_one_who_is_here_logs_in_and_removes_it(self) -> None:
        person = self.registered("else", host=HERE)
        person.asks("AUTHENTICATE EXTERNAL")
        told = person.asks("AUTHENTICATE +")
        self.assertIn("903", [line[:3] for line in told])
        told = person.asks(f"NS CERT DEL {ONE}")
        self.assertTrue(
            told[0].endswith(f" :That certificate logs nobody in any more: {ONE}"), told
        )
        again, _ = self.began()
        again.hears()
        self.assertEqual(again.asks("AUTHENTICATE +")[0][:3], "904")
