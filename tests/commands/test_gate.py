"""Servers where guests cannot take part, codes with which one registers, and lockdowns."""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.internet.defer import succeed

from chatsvc.chat.accounts import gate
from chatsvc.chat.presence.arrivals import LOG_IN_WITHIN
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person

PASSWORD = "correct-horse"


class GateTestCase(ChatTestCase):
    """Ann is an operator, and has logged in. Eve is still outside."""

    closed: ClassVar[dict[str, Any]]

    def setUp(self) -> None:
        self.options: dict[str, Any] = {
            "operators": frozenset({skeleton("ann")}),
            "plaintext_passwords": True,
            "throttle": Throttle.off(),
        }
        self.start(**self.options)
        ann = self.server.joined_by("127.0.0.1")
        ann.types("/nick ann", f"/register {PASSWORD}")
        ann.hears()
        self.begin()

    def begin(self) -> None:
        """[The server begins again, closed.]"""
        self.server.chat.shut_down(lambda: None)
        store = self.server.store
        self.start(store=store, **self.options, **self.closed)
        self.ann = self.logged_in("ann")
        self.eve = self.server.joined_by("10.0.0.66")

    def logged_in(self, name: str) -> Person:
        person = self.server.joined_by("10.0.0.50")
        person.types(f"/login {name} {PASSWORD}")
        self.assertIn(f"server: You are {name}.", person.hears())
        return person

    def code(self) -> str:
        self.ann.hears()
        self.ann.types("/invitecode")
        [line] = self.ann.hears()
        start = "server: For one person, within 1w: /register password "
        code = line.removeprefix(start).partition(",")[0]
        self.assertEqual(line, f"{start}{code}, or /join/{code} in a browser")
        return code


class AccountsOnlyTests(GateTestCase):
    closed: ClassVar[dict[str, Any]] = {"accounts_only": True}

    def test_who_comes_is_told_and_takes_no_part(self) -> None:
        self.ann.hears()
        heard = self.eve.hears()
        self.assertRegex(heard[0], r"Welcome, you are client\d+\. 1 other person is here\.")
        how = (
            "server: Only people with an account take part here: /login name password."
            " To make one: /nick name, then /register password"
        )
        self.assertEqual(heard[1:], [how])
        for line in ("hello", "/users", "/dm ann hello", "/join #ops", "/history", "/me waves"):
            self.eve.types(line)
            self.assertEqual(self.eve.hears(), [how], line)
        self.ann.types("secret", "/users")
        self.assertEqual(self.ann.hears(), ["ann: secret", "server: 1 user is connected: ann"])
        self.assertEqual(self.eve.hears(), [])
        self.eve.types("/help quit")
        self.assertEqual(self.eve.hears()[0], "server: /quit")
        self.eve.types("/quit")
        self.assertEqual(self.ann.hears(), [])
        self.eve.hears()
        self.assertTrue(self.eve.is_closed())

    def test_who_logs_in_takes_part(self) -> None:
        self.ann.hears()
        self.eve.hears()
        self.eve.types("/nick eve", f"/register {PASSWORD}")
        name = self.eve.session.user.given_name
        self.assertEqual(
            self.eve.hears(),
            [
                "server: You can register as eve.",
                f"server: {name} is now known as eve.",
                "server: The name eve is yours. From elsewhere, type /login eve and your password.",
            ],
        )
        self.assertEqual(
            self.ann.hears(),
            [f"server: {name} has joined.", f"server: {name} is now known as eve."],
        )
        self.eve.types("hello")
        self.assertEqual(self.ann.hears(), ["eve: hello"])
        again = self.logged_in("eve")
        again.types("here, too")
        self.assertEqual(self.eve.hears()[-1], "eve: here, too")
        again.types("/join #ops")
        again.hears()
        third = self.logged_in("eve")
        again.types("both")
        self.assertEqual(third.hears()[-1:], ["#ops eve: both"])

    def test_two_outside_want_one_name(self) -> None:
        mal = self.server.joined_by("10.0.0.67")
        for person in (self.eve, mal):
            person.hears()
            person.types("/nick eve")
            self.assertEqual(person.hears(), ["server: You can register as eve."])
        self.eve.types(f"/register {PASSWORD}")
        mal.types(f"/register {PASSWORD}")
        self.assertIn("is yours", self.eve.hears()[-1])
        self.assertIn("belongs to somebody", mal.hears()[-1])
        self.assertTrue(mal.session.must_log_in)

    def test_not_for_long(self) -> None:
        self.ann.hears()
        self.server.clock.advance(LOG_IN_WITHIN - 1)
        self.assertFalse(self.eve.transport.disconnecting)
        self.server.clock.advance(2)
        self.assertTrue(self.eve.transport.disconnected)
        self.eve.drops()
        self.assertEqual(self.ann.hears(), [])
        self.ann.types("still here")
        self.assertEqual(self.ann.hears(), ["ann: still here"])

    def test_who_logs_out_leaves(self) -> None:
        self.ann.types("/logout")
        self.assertEqual(self.ann.hears()[-1], "server: Guests cannot take part here. Goodbye.")
        self.assertTrue(self.ann.is_closed())


class InviteOnlyTests(GateTestCase):
    closed: ClassVar[dict[str, Any]] = {"invite_only": True}

    def registers(self, person: Person, name: str, code: str) -> str:
        person.hears()
        person.types(f"/nick {name}", f"/register {PASSWORD} {code}")
        return person.hears()[-1]

    def test_a_code_is_for_one(self) -> None:
        self.assertIn("/register password code", self.eve.hears()[-1])
        code = self.code()
        wrong = "server: That code is wrong, used, or too old."
        self.assertEqual(
            self.registers(self.eve, "eve", ""),
            "server: You need a code to register: /register password code",
        )
        self.assertEqual(self.registers(self.eve, "eve", code[:-1]), wrong)
        self.assertIn("is yours", self.registers(self.eve, "eve", code))
        mal = self.server.joined_by("10.0.0.67")
        self.assertEqual(self.registers(mal, "mal", code), wrong)
        self.assertEqual(len(self.server.chat.accounts), 2)

    def test_a_code_outlives_the_server_but_not_its_time(self) -> None:
        code, other = self.code(), self.code()
        self.begin()
        self.assertIn("is yours", self.registers(self.eve, "eve", code))
        self.server.clock.advance(8 * 86400)
        mal = self.server.joined_by("10.0.0.67")
        self.assertIn("too old", self.registers(mal, "mal", other))
        self.assertFalse([name for name in self.server.records() if name.startswith("code/")])

    def test_as_many_codes_as_there_may_be(self) -> None:
        self.patch(gate, "MOST_CODES", 2)
        self.code()
        self.code()
        self.ann.types("/invitecode for 2h")
        self.assertEqual(self.ann.hears(), ["server: 2 codes are not used yet, which is the most."])

    def test_for_operators(self) -> None:
        self.registers(self.eve, "eve", self.code())
        self.eve.types("/invitecode", "/lockdown")
        self.assertEqual(self.eve.hears(), ["server: That is for operators only."] * 2)


class LockdownTests(GateTestCase):
    closed: ClassVar[dict[str, Any]] = {}

    def test_no_new_guests_and_no_new_accounts(self) -> None:
        for person in (self.ann, self.eve):
            person.hears()
        self.ann.types("/lockdown for 1h")
        told = "server: ann has locked the server for 1h: no new guests, no new accounts."
        for person in (self.ann, self.eve):
            self.assertEqual(person.hears(), [told])
        mal = self.server.joined_by("10.0.0.67")
        self.assertEqual(
            mal.hears()[-1],
            "server: No new guests come in just now. If you have an account: /login name password",
        )
        self.assertEqual(self.eve.hears(), [])
        self.eve.types("still here", "/nick eve", f"/register {PASSWORD}")
        self.assertEqual(
            self.eve.hears()[-1], "server: No new accounts are made just now. Try again later."
        )
        self.logged_in("ann")
        self.ann.types("/lockdown off")
        self.assertEqual(
            self.ann.hears()[-1], "server: ann has ended the lockdown: guests may come again."
        )
        self.eve.hears()
        self.ann.types("/lockdown off")
        self.assertEqual(self.ann.hears(), ["server: There is no lockdown."])
        self.assertEqual(self.eve.hears(), [])
        late = self.server.joined_by("10.0.0.68")
        self.assertEqual(len(late.hears()), 1 + 3)  # with what was said last
        self.assertFalse(late.session.must_log_in)

    def test_it_ends_by_itself_and_outlives_the_server(self) -> None:
        self.ann.types("/lockdown")
        self.ann.hears()
        self.begin()
        self.assertTrue(self.eve.session.must_log_in)
        self.server.clock.advance(601)
        late = self.server.joined_by("10.0.0.68")
        self.assertFalse(late.session.must_log_in)

    def test_who_waits_takes_part_when_it_is_over(self) -> None:
        self.ann.types("/lockdown for 10m")
        self.ann.hears()
        self.begin()
        self.eve.hears()
        self.server.clock.advance(100)
        self.ann.types("/lockdown off")
        self.ann.hears()
        self.eve.types("here I am")
        self.assertEqual(self.ann.hears()[-1], f"{self.eve.name}: here I am")

    def test_no_time(self) -> None:
        self.ann.hears()
        self.ann.types("/lockdown soon")
        self.assertEqual(
            self.ann.hears(), ['server: "soon" is no span of time such as 7d, 2h or 30m.']
        )


class RehashTests(GateTestCase):
    closed: ClassVar[dict[str, Any]] = {}

    def test_operators_are_told_how_it_went(self) -> None:
        self.eve.types("/rehash")
        self.assertEqual(self.eve.hears()[-1], "server: That is for operators only.")
        for lines, told in (
            ([(True, "the motd was reloaded.")], "server: The motd was reloaded."),
            ([], "server: There is nothing to reload."),
        ):
            self.patch(self.server.chat, "reload", lambda name, found=lines: succeed(found))
            self.ann.hears()
            self.ann.types("/rehash")
            self.assertEqual(self.ann.hears(), [told])


class FirstOperatorTests(ChatTestCase):
    def test_needs_no_code_at_the_server(self) -> None:
        operators = frozenset({skeleton("ann"), skeleton("rooty")})
        self.start(invite_only=True, operators=operators, plaintext_passwords=True)
        for host, answer in (("10.0.0.9", "is an operator's"), ("127.0.0.1", "is yours")):
            person = self.server.joined_by(host)
            person.types("/nick rooty", f"/register {PASSWORD}")
            self.assertIn(answer, "".join(person.hears()))
        person.types("/invitecode")
        self.assertIn("For one person", person.hears()[-1])
        dan = self.server.joined_by("127.0.0.1")
        dan.types("/nick dan", f"/register {PASSWORD}")
        self.assertIn("You need a code", dan.hears()[-1])
