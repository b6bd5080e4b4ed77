"""Certificates of TLS, with which one logs in without a password."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.identity.certificates import MOST_CERTIFICATES
from chatsvc.doors.channel import LineChannel
from chatsvc.store import StoreError
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.harness import ChatTestCase, Person

ONE, OTHER = "ab" * 32, "cd" * 32


class CertificateTests(ChatTestCase):
    """Ann has an account, and a certificate; whoever comes from 10.0.0.7 has that one, too."""

    def setUp(self) -> None:
        self.fingerprints = {"10.0.0.1": ONE, "10.0.0.7": ONE, "10.0.0.8": OTHER}
        found = property(lambda channel: self.fingerprints.get(channel.host, ""))
        self.patch(LineChannel, "fingerprint", found)
        self.options: dict[str, Any] = {"plaintext_passwords": True, "throttle": Throttle.off()}
        self.ann, self.bob, self.cat = self.start(**self.options)
        self.asks(self.ann, "/nick ann", f"/register {PASSWORD}")

    def asks(self, person: Person, *lines: str) -> list[str]:
        """What somebody hears of some lines."""
        person.hears()
        person.types(*lines)
        return [line.removeprefix("server: ") for line in person.hears()]

    def came(self, host: str) -> Person:
        person = self.server.joined_by(host)
        person.hears()
        return person

    def test_who_has_added_one_logs_in_without_a_password(self) -> None:
        told = f"ann can log in with this certificate from now on: {ONE}"
        self.assertEqual(self.asks(self.ann, "/cert add"), [told])
        again = self.came("10.0.0.7")
        self.assertIn("You are ann.", self.asks(again, "/login ANN"))
        self.assertIs(again.session.user, self.ann.session.user)

    def test_others_do_not(self) -> None:
        self.asks(self.ann, "/cert add")
        wrong = "That is not the name of the account that has your certificate."
        self.assertEqual(self.asks(self.came("10.0.0.8"), "/login ann"), [wrong])
        self.assertEqual(self.asks(self.came("10.0.0.7"), "/login bob"), [wrong])
        missing = "The password is missing. Write it like this: /login name password"
        self.assertEqual(self.asks(self.bob, "/login ann"), [missing])

    def test_a_ban_counts_as_with_a_password(self) -> None:
        self.asks(self.ann, "/cert add", "/quit")
        self.patch(self.server.chat.standing, "check_account", self.refuse)
        again = self.came("10.0.0.7")
        self.assertIn("You are banned", self.asks(again, "/login ann"))

    def refuse(self, name: str) -> None:
        from chatsvc.errors import Unwanted

        raise Unwanted("You are banned")

    def test_they_are_listed_and_removed(self) -> None:
        self.assertEqual(self.asks(self.ann, "/cert list"), ["ann has no certificates."])
        self.asks(self.ann, "/cert add")
        self.assertEqual(self.asks(self.ann, "/cert list"), [f"{ONE} (this connection's)"])
        none = f'ann has no certificate "{OTHER[:40]}".'
        self.assertEqual(self.asks(self.ann, f"/cert remove {OTHER}"), [none])
        as_openssl = ":".join([ONE[at : at + 2] for at in range(0, 64, 2)]).upper()
        told = [f"That certificate logs nobody in any more: {ONE}"]
        self.assertEqual(self.asks(self.ann, f"/cert remove {as_openssl}"), told)
        self.assertIn("is not the name", self.asks(self.came("10.0.0.7"), "/login ann")[0])
        self.assertEqual(self.asks(self.ann, "/cert add", "/cert remove")[-1:], told)

    def test_what_cannot_be(self) -> None:
        self.assertEqual(self.asks(self.bob, "/cert add"), ["You have to log in for that."])
        self.asks(self.bob, "/nick bob", f"/register {PASSWORD}")
        none = "Your connection has no certificate: connect with TLS and one."
        self.assertEqual(self.asks(self.bob, "/cert add"), [none])
        self.assertEqual(self.asks(self.bob, "/cert remove"), ['bob has no certificate "".'])
        self.asks(self.ann, "/cert add")
        own = "That certificate belongs to this account already."
        self.assertEqual(self.asks(self.ann, "/cert add"), [own])
        self.fingerprints["10.0.0.2"] = ONE
        others = "That certificate belongs to another account already."
        self.assertEqual(self.asks(self.bob, "/cert add"), [others])

    def test_there_are_not_too_many(self) -> None:
        for number in range(MOST_CERTIFICATES):
            self.fingerprints["10.0.0.1"] = f"{number:064}"
            self.asks(self.ann, "/cert add")
        self.fingerprints["10.0.0.1"] = ONE
        most = f"An account has at most {MOST_CERTIFICATES} certificates."
        self.assertEqual(self.asks(self.ann, "/cert add"), [most])

    def test_they_outlive_the_server_but_not_the_password(self) -> None:
        self.asks(self.ann, "/cert add")
        self.server.chat.shut_down(lambda: None)
        self.start(store=self.server.store, **self.options)
        ann = self.came("10.0.0.7")
        self.assertIn("You are ann.", self.asks(ann, "/login ann"))
        self.asks(ann, f"/passwd {PASSWORD} correct-horse-2")
        self.assertEqual(self.asks(ann, "/cert list"), ["ann has no certificates."])

    def test_what_cannot_be_stored_is_not_changed(self) -> None:
        async def fails(name: str, value: str | None, version: int) -> None:
            raise StoreError("the disk is full")

        put = self.patch(self.server.store, "put", fails)
        self.assertIn("the disk is full", self.asks(self.ann, "/cert add")[0])
        self.assertEqual(self.asks(self.ann, "/cert list"), ["ann has no certificates."])
        put.restore()

    def test_one_that_cannot_be_stored_takes_no_other_with_it(self) -> None:
        second = self.came("10.0.0.8")
        self.asks(second, f"/login ann {PASSWORD}")
        done = Deferred[None]()

        async def fails(name: str, value: str | None, version: int) -> None:
            put.restore()
            await done
            raise StoreError("the disk is full")

        put = self.patch(self.server.store, "put", fails)
        self.ann.types("/cert add")
        told = self.asks(second, "/cert add")
        done.callback(None)
        self.assertIn("the disk is full", " ".join(self.ann.hears()))
        self.assertIn(f"from now on: {OTHER}", " ".join([*told, *second.hears()]))
        self.assertEqual(self.asks(second, "/cert list"), [f"{OTHER} (this connection's)"])

    def test_it_is_stored_before_that_is_told(self) -> None:
        """[Something else of the account is being stored at that moment.]"""
        done = Deferred[None]()
        put = self.server.store.put

        async def waits(name: str, value: str | None, version: int) -> None:
            await done
            await put(name, value, version)

        self.patch(self.server.store, "put", waits)
        account = self.server.chat.accounts.find("ann")
        assert account is not None
        account.marks["#lobby"] = 1.0
        self.server.chat.spawn(self.server.chat.accounts.try_to_keep(account))
        self.assertEqual(self.asks(self.ann, "/cert add"), [])
        done.callback(None)
        self.assertIn(f"from now on: {ONE}", " ".join(self.ann.hears()))
