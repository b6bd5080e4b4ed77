"""Names that are somebody's own: registering them, and logging in."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.accounts import accounts
from chatsvc.chat.accounts.accounts import ATTEMPTS
from chatsvc.chat.accounts.passwords import LONGEST_PASSWORD
from chatsvc.chat.identity import logins
from chatsvc.chat.identity.logins import LOGGED_OUT_AT_ONCE
from chatsvc.clock import TURN_EVERY
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person

PASSWORD = "correct-horse"


BLANKS = 'A password has no blanks: put "-" or "_" where you would put one.'


WRONG = "server: That name or that password is wrong."


class AccountTestCase(ChatTestCase):
    """Ann is called ann, by an account of her own."""

    def setUp(self) -> None:
        self.begin()

    def begin(self, **options: Any) -> None:
        options = {"plaintext_passwords": True, "throttle": Throttle.off(), **options}
        self.options = options
        self.ann, self.bob, self.cat = self.start(**options)
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        for person in (self.ann, self.bob, self.cat):
            person.hears()

    def comes(self, host: str = "10.0.0.9", name: str = "ann") -> Person:
        """Somebody connects and logs in; nobody has heard of it yet."""
        person = self.server.joined_by(host)
        person.types(f"/login {name} {PASSWORD}")
        return person

    def restart(self) -> None:
        """[The server ends, and begins again with the same store.]"""
        self.server.chat.shut_down(lambda: None)
        for person in (self.ann, self.bob, self.cat):
            person.drops()
        self.ann, self.bob, self.cat = self.start(**{**self.options, "store": self.server.store})


class RegisterTests(AccountTestCase):
    def test_a_name_is_ones_own_however_it_is_composed(self) -> None:
        self.bob.types(f"/nick {'é' * 20}", f"/register {PASSWORD}")
        self.bob.hears()
        self.cat.types(f"/nick {'é' * 20}")
        self.assertIn("belongs to somebody", self.cat.hears()[-1])
        self.cat.types(f"/login {'É' * 20} {PASSWORD}")
        self.assertIn(f"server: You are {'é' * 20}.", self.cat.hears())

    def test_a_name_is_ones_own(self) -> None:
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.assertEqual(
            self.bob.hears(),
            [
                "server: client2 is now known as bob.",
                "server: The name bob is yours. From elsewhere, type /login bob and your password.",
            ],
        )
        self.assertEqual(self.cat.hears(), ["server: client2 is now known as bob."])
        self.bob.types(f"/register {PASSWORD}", "/nick rob")
        self.assertEqual(
            self.bob.hears(),
            [
                "server: The name bob is yours already.",
                "server: You are logged in as bob. To go by another name, /logout.",
            ],
        )

    def test_a_name_has_to_be_chosen_first(self) -> None:
        self.bob.types(f"/register {PASSWORD}")
        self.assertEqual(
            self.bob.hears(),
            ["server: Choose a name first: /nick name"],
        )

    def test_nobody_else_can_use_it_nor_one_that_looks_like_it(self) -> None:
        self.ann.types("/quit")
        for name in ("ann", "ANN", "аnn"):  # the last begins with a Cyrillic letter
            self.bob.hears()
            self.bob.types(f"/nick {name}")
            [line] = self.bob.hears()
            self.assertIn("belongs to somebody", line)
        self.assertEqual(self.bob.name, "client2")

    def test_passwords_that_will_not_do(self) -> None:
        self.bob.types("/nick bob")
        self.bob.hears()
        for password, why in (
            ("short", "A password has at least 8 characters."),
            ("x" * (LONGEST_PASSWORD + 1), "A password has at most 400 characters."),
            ('"with a blank"', BLANKS),
            ("correct horse battery staple", BLANKS),
            ("correct horse", BLANKS),
        ):
            self.bob.types(f"/register {password}")
            self.assertEqual(self.bob.hears(), [f"server: {why}"])
        self.bob.types("/register")
        [line] = self.bob.hears()
        self.assertEqual(
            line,
            "server: The password is missing. Write it like this: /register password [code]",
        )

    def test_as_many_as_there_may_be(self) -> None:
        self.patch(accounts, "MOST_ACCOUNTS", 1)
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.assertEqual(self.bob.hears()[-1], "server: No more accounts can be made.")

    def test_one_address_leaves_some_for_others(self) -> None:
        self.patch(accounts, "MOST_ACCOUNTS", 51)  # of which there is one
        self.assertIsNotNone(self.server.chat.accounts.find("ann"))
        told = "server: 1 account was made from your address, which is the most just now."
        for host, made in (("10.6.6.6", True), ("10.6.6.6", False)):
            eve = self.server.joined_by(host)
            eve.types(f"/nick {eve.name}x", f"/register {PASSWORD}")
            heard = eve.hears()
            self.assertEqual(told not in heard, made, heard)
        self.patch(accounts, "MOST_ACCOUNTS", 80)
        eve.asks(f"/register {PASSWORD}")
        self.patch(accounts, "MOST_ACCOUNTS", 30)
        eve = self.server.joined_by("10.6.6.6")
        told = "server: 2 accounts were made from your address, which is the most just now."
        self.assertIn(told, eve.asks("/nick evelyn", f"/register {PASSWORD}"))
        bob = self.server.joined_by("10.7.7.7")
        bob.types("/nick bobby", f"/register {PASSWORD}")
        self.assertIn("The name bobby is yours.", bob.hears()[-1])

    def test_an_operator_may_be_one_more(self) -> None:
        self.patch(accounts, "MOST_ACCOUNTS", 0)
        self.begin(operators=frozenset({skeleton("rootl")}))
        root = self.server.joined_by("127.0.0.1")
        root.types("/nick rootl", f"/register {PASSWORD}")
        self.assertIn("The name rootl is yours.", root.hears()[-1])

    def test_a_store_that_fails_gives_the_name_back(self) -> None:
        class Failing(MemoryStore):
            async def put(self, name: str, value: str | None, version: int) -> None:
                if name.startswith("account/bob"):
                    raise StoreError("the disk is full")
                await super().put(name, value, version)

        self.begin(store=Failing(1000, 10**6))
        self.bob.types("/nick bob", f"/register {PASSWORD}", "/logout", "/nick robert")
        self.assertEqual(
            self.bob.hears(),
            [
                "server: client2 is now known as bob.",
                "server: That cannot be done now, as the disk is full.",
                "server: You are not logged in.",
                "server: bob is now known as robert.",
            ],
        )
        self.cat.hears()
        self.cat.types("/nick bob")
        self.assertEqual(self.cat.hears(), ["server: client3 is now known as bob."])

    def test_it_outlives_the_server(self) -> None:
        self.restart()
        self.bob.types("/nick ann")
        self.assertIn("belongs to somebody", self.bob.hears()[0])
        self.ann.types(f"/login ann {PASSWORD}")
        self.assertIn("server: You are ann.", self.ann.hears())

    def test_over_a_line_that_others_read(self) -> None:
        self.begin(plaintext_passwords=False)
        self.assertIsNone(self.ann.session.user.account)
        for command in (f"/register {PASSWORD}", f"/login ann {PASSWORD}"):
            self.ann.types(command)
            self.assertEqual(
                self.ann.hears(),
                ["server: Others could read your password on its way here. Connect with TLS."],
            )
        local = self.server.joined_by("127.0.0.1")
        local.types("/nick loc", f"/register {PASSWORD}")
        local.hears()
        self.assertIsNotNone(local.session.user.account)

    def test_the_names_of_operators_are_not_for_who_comes_first(self) -> None:
        self.begin(operators=frozenset({skeleton("rootl")}))
        self.server.chat.users.rename(self.bob.session.user, "rootl")
        self.bob.types(f"/register {PASSWORD}")
        self.assertEqual(
            self.bob.hears(),
            ["server: The name rootl is an operator's: register it at the server."],
        )
        local = self.server.joined_by("::1")
        self.bob.types("/quit")
        local.types("/nick rootl", f"/register {PASSWORD}")
        local.hears()
        self.assertTrue(self.server.chat.standing.is_operator(local.session.user))
        self.assertFalse(self.server.chat.standing.is_operator(self.ann.session.user))


class LoginTests(AccountTestCase):
    def test_a_wrong_name_and_a_wrong_password(self) -> None:
        work = self.server.passwords.work
        for name, password in (("ann", "wrong-password"), ("nobody", PASSWORD)):
            self.bob.types(f"/login {name} {password}")
            self.assertEqual(self.bob.hears(), [WRONG])
            work += 1
            self.assertEqual(self.server.passwords.work, work)

    def test_names_that_only_look_alike_are_others(self) -> None:
        self.bob.types(f"/login аnn {PASSWORD}", f"/login {'a' * 5000} {PASSWORD}")
        self.assertEqual(self.bob.hears(), [WRONG, WRONG])
        self.bob.types(f"/login ANN {PASSWORD}")
        self.assertIn("server: You are ann.", self.bob.hears())

    def test_attempts_are_counted_by_address_and_by_name(self) -> None:
        self.bob.types(*[f"/login name{n} wrong-password" for n in range(ATTEMPTS + 1)])
        heard = self.bob.hears()
        self.assertEqual(heard[:ATTEMPTS], [WRONG] * ATTEMPTS)
        self.assertEqual(heard[ATTEMPTS:], ["server: Too many attempts. Try again in 31 seconds."])
        self.bob.types(f"/login ann {PASSWORD}")
        self.assertEqual(len(self.bob.hears()), 1)
        for number in range(ATTEMPTS + 1):
            person = self.server.joined_by(f"10.1.0.{number}")
            person.types("/login ann wrong-password")
            heard = person.hears()
        self.assertIn("Too many attempts", heard[-1])
        self.server.clock.advance(31)
        self.cat.hears()
        self.cat.types(f"/login ann {PASSWORD}")
        self.assertIn("server: You are ann.", self.cat.hears())

    def test_who_was_wrong_of_late_lets_others_go_first(self) -> None:
        for _ in range(2):
            self.bob.types("/login ann wrong-password")
            self.bob.hears()
        self.assertEqual(self.server.passwords.doubtful, 1)
        self.cat.types("/login ann wrong-password")
        self.cat.hears()
        self.assertEqual(self.server.passwords.doubtful, 1)

    def test_right_ones_do_not_count(self) -> None:
        for _ in range(3 * ATTEMPTS):
            self.cat.types(f"/login ann {PASSWORD}", "/logout")
            self.cat.hears()
        self.cat.types(f"/login ann {PASSWORD}")
        self.assertIn("server: You are ann.", self.cat.hears())

    def test_who_holds_the_name_as_a_guest_gets_another(self) -> None:
        self.bob.types("/nick bob")
        self.cat.types("/nick bobby")
        self.bob.types(f"/register {PASSWORD}", "/logout", "/nick other")
        self.cat.hears()
        # One that looks like it, from before it was registered, is not there: see /nick.
        self.server.chat.users.rename(self.cat.session.user, "BOB")
        self.ann.hears()
        self.bob.hears()
        self.bob.types(f"/login bob {PASSWORD}")
        self.assertEqual(
            self.ann.hears(),
            [
                "server: BOB is now known as client3.",
                "server: other is now known as bob.",
            ],
        )
        self.assertEqual(self.cat.hears()[1], "server: The owner of the name bob has logged in.")

    def test_logged_in_already(self) -> None:
        self.ann.types(f"/login ann {PASSWORD}")
        self.assertEqual(self.ann.hears(), ["server: You are logged in as ann. First /logout."])

    def test_logging_out(self) -> None:
        self.ann.types("/logout", "/logout")
        self.assertEqual(
            self.ann.hears(),
            [
                "server: ann is now known as client1.",
                "server: You are client1, and not logged in any more.",
                "server: You are not logged in.",
            ],
        )
        self.bob.hears()
        self.bob.types(f"/login ann {PASSWORD}")
        self.assertIn("server: client2 is now known as ann.", self.cat.hears())

    def test_an_account_has_so_many_connections_and_no_more(self) -> None:
        self.patch(logins, "MOST_SESSIONS", 2)
        self.assertIn("server: You are ann.", self.bob.asks(f"/login ann {PASSWORD}"))
        refused = "server: ann has 2 connections, which is the most."
        self.assertTrue(self.cat.asks(f"/login ann {PASSWORD}")[0].startswith(refused))
        self.assertEqual(self.cat.session.user.account, None)
        self.bob.drops()
        self.assertIn("server: You are ann.", self.cat.asks(f"/login ann {PASSWORD}"))

    def test_many_connections_are_logged_out_in_turns_and_say_nothing_before(self) -> None:
        others = [self.server.joined_by(f"10.1.0.{n}") for n in range(9)]
        for each in others:
            each.asks(f"/login ann {PASSWORD}")
        self.ann.types("/logout everywhere")
        *_, last = others
        last.types("hello")
        accounts = [each.session.user.account for each in (self.ann, *others)]
        self.assertEqual(accounts.count(None), LOGGED_OUT_AT_ONCE)
        self.server.clock.pump([TURN_EVERY] * 10)
        self.assertFalse(any(each.session.user.account for each in (self.ann, *others)))
        self.assertEqual(self.bob.hears()[-1], f"{last.name}: hello")
        self.assertNotIn("ann: hello", self.cat.hears())
        self.assertFalse(self.server.chat.delivery.holding.shut)

    def test_a_guest_has_no_account(self) -> None:
        for line in (
            "/logout", "/logout everywhere", f"/passwd {PASSWORD} another-{PASSWORD}",
            f"/unregister {PASSWORD}",
        ):  # fmt: skip
            self.assertEqual(self.cat.asks(line), ["server: You are not logged in."], line)

    def test_who_leaves_while_it_is_checked(self) -> None:
        self.bob.types(f"/login ann {PASSWORD}", "/quit")
        self.ann.hears()
        self.assertEqual(len(self.ann.session.user.sessions), 1)


class SameMomentTests(AccountTestCase):
    def test_two_claim_names_that_look_alike(self) -> None:
        self.bob.types("/nick eve", f"/register {PASSWORD}")
        self.cat.types("/nick EVE", f"/register {PASSWORD}")
        heard = self.bob.hears()[-1], self.cat.hears()[-1]
        self.assertIn("The name eve is yours.", heard[0])
        self.assertEqual(heard[1], "server: Choose a name first: /nick name")
        self.assertEqual(len(self.server.chat.accounts), 2)
