"""What ends all sessions of an account, and its tokens."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.identity.tokens import GOOD_FOR
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import StoreError
from chatsvc.text.lookalikes import skeleton
from tests.chat.identity.restarting import RestartTestCase
from tests.commands.test_accounts import PASSWORD
from tests.doors.resume.program import lines


class EndingTests(RestartTestCase):
    """Whatever ends all sessions of an account ends them for good: Mal has Bob's password."""

    endings = ("passwd", "setpass", "logout")

    def begin(self, **options: Any) -> None:
        operators = frozenset({skeleton("rooty"), *options.pop("operators", ())})
        super().begin(operators=operators, **options)

    def given(self) -> None:
        """Mal is logged in as bob over a connection, and over one that was lost; with tokens."""
        self.setUp()
        self.asks({"do": "register", "password": PASSWORD})
        self.root = self.server.joined_by("127.0.0.1")
        self.root.types("/nick rooty", f"/register {PASSWORD}", "/account reset bob")
        [found] = [line for line in self.root.hears() if "/setpass bob" in line]
        self.code = found.partition("/setpass bob ")[2].partition(" ")[0]
        self.stolen = [self.token]
        for _ in range(2):
            self.mal = self.server.joined_by("10.6.6.6")
            self.mal.types("/json", self.login(PASSWORD), '{"do": "resume"}')
            self.stolen.append(self.told(self.mal)[-1]["token"])
            if len(self.stolen) == 2:
                self.mal.drops()

    def login(self, password: str) -> str:
        return json.dumps({"do": "login", "name": "bob", "password": password})

    def ends(self, how: str) -> list[dict[str, Any]]:
        """What is told to Bob, who ends them."""
        if how == "passwd":
            return self.asks({"do": how, "password": PASSWORD, "new": PASSWORD * 2, "nonce": "e"})
        if how == "logout":
            return self.asks({"do": how, "where": "everywhere", "nonce": "e"})
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2")
        self.bob.types("/json")
        asked = {"do": how, "name": "bob", "code": self.code, "password": PASSWORD * 2}
        return self.asks({**asked, "nonce": "e"})

    def are_unknown(self) -> None:
        """None of the stolen tokens is Bob's."""
        for token in self.stolen:
            mal = self.server.joined_by("10.6.6.6", is_new=False)
            mal.sends(b"/json\n" + lines({"do": "resume", "token": token}))
            self.told(mal)
            self.assertIsNone(mal.session.user.account)
            self.assertNotEqual(mal.name, "bob")
            mal.drops()

    def test_at_once_and_over_a_restart(self) -> None:
        for how in self.endings:
            with self.subTest(how=how):
                self.given()
                told = self.ends(how)
                self.assertEqual(told[-1].get("nonce") or told[-2].get("nonce"), "e")
                if how != "logout":
                    self.assertIsNotNone(self.bob.session.user.account)
                mal = self.told(self.mal)
                [out] = [each for each in mal if each["event"] == "logged-out"]
                self.assertRegex(out["name"], "client[0-9]+")
                texts = str([each.get("text") for each in mal])
                self.assertRegex(texts, "another password now|logged out as bob everywhere")
                # What is asked for afterwards is that of a guest.
                self.mal.types('{"do": "resume"}')
                self.stolen.append(self.told(self.mal)[-1]["token"])
                self.mal.types('{"do": "bc", "text": "I am Bob"}')
                self.assertEqual(self.ann.hears()[-1], f"{out['name']}: I am Bob")
                self.are_unknown()
                self.server.clock.advance(TIDY_EVERY)
                self.crashes()
                self.are_unknown()
                self.server.clock.advance(GOOD_FOR / 2)
                self.are_unknown()

    def test_though_the_server_is_killed_in_that_moment(self) -> None:
        for how in self.endings:
            with self.subTest(how=how):
                self.given()
                self.server.clock.advance(0)
                before = {n: each for n, each in self.store._records.items() if n[:6] == "place/"}
                self.assertNotEqual(before, {})
                self.ends(how)
                kept = json.loads(self.store._records["account/bob"].value)
                self.store._records |= before
                self.crashes()
                self.assertEqual(self.records(), {})
                self.are_unknown()
                self.assertEqual(kept["code"][0] == "", how != "logout")

    def test_a_code_is_no_good_once_the_password_is_changed(self) -> None:
        self.given()
        self.ends("passwd")
        self.mal.types(json.dumps({"do": "setpass", "name": "bob", "code": self.code,
                                   "password": "mals-own-password"}))  # fmt: skip
        self.assertIn("that code is wrong", str(self.told(self.mal)[-1]))

    def test_where_guests_take_no_part_they_are_closed(self) -> None:
        for how in ("passwd", "logout"):
            self.begin(accounts_only=True)
            self.bob.types('{"do": "nick", "name": "bob"}')
            self.asks({"do": "register", "password": PASSWORD})
            mal = self.server.joined_by("10.6.6.6")
            mal.types("/json", self.login(PASSWORD))
            self.told(mal)
            self.ends(how)
            self.assertIn("another password now" if how == "passwd" else "everywhere",
                          str(self.told(mal)))  # fmt: skip
            self.assertTrue(mal.is_closed())
            self.assertEqual(self.bob.is_closed(), how == "logout")

    def test_nothing_ends_that_cannot_be_kept(self) -> None:
        put = self.store.put

        async def failing(name: str, value: str | None, version: int) -> None:
            if name == "account/bob" and json.loads(value or "{}")["era"] != self.era:
                raise StoreError("the disk is full")
            await put(name, value, version)

        for how in ("passwd", "logout"):
            self.given()
            put = self.store.put
            account = self.server.chat.accounts.find("bob")
            assert account is not None
            self.era = account.era
            self.patch(self.store, "put", failing)
            told = self.ends(how)
            self.assertEqual(told[-1]["error"]["code"], "not-kept")
            self.assertIsNotNone(self.mal.session.user.account)
            self.server.clock.advance(TIDY_EVERY)
            self.crashes()
            self.assertEqual(self.resumed(self.comes_back())["name"], "bob")
            person = self.server.joined_by("10.0.0.9")
            person.types("/json", self.login(PASSWORD))
            self.assertIn("logged-in", str(self.told(person)))

    def test_a_login_that_has_begun_with_the_old_password(self) -> None:
        self.given()
        passwords = self.server.passwords
        self.patch(passwords, "is_outdated", lambda hashed: True)
        hashing: Deferred[None] = Deferred()
        hash_now = passwords.hash

        async def slowly(password: str) -> str:
            if password == PASSWORD and not hashing.called:
                await hashing
            return await hash_now(password)

        eve = self.server.joined_by("10.6.6.7")

        async def checked(password: str, hashed: str | None, is_doubtful: bool) -> bool:
            return f"hashed {password}" == hashed

        self.patch(passwords, "is_right", checked)
        self.patch(passwords, "hash", slowly)
        eve.types(f"/login bob {PASSWORD}")
        eve.hears()
        self.patch(passwords, "is_outdated", lambda hashed: False)
        self.ends("passwd")
        hashing.callback(None)
        self.assertIn("The password was changed just now", eve.hears()[-1])
        self.assertIsNone(eve.session.user.account)
