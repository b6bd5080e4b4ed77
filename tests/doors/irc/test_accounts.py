"""Accounts over IRC: SASL, making one, and being an operator."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed

from chatsvc.passwords import scram
from tests.doors.irc.irc import IrcPerson, IrcTestCase

PASSWORD = "correct-horse"


def plain(name: str, password: str = PASSWORD) -> str:
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


class AccountTests(IrcTestCase):
    iterations = scram.ITERATIONS

    def start(self, **options: Any) -> Any:
        return super().start(plaintext_passwords=True, operators=frozenset({"boss"}), **options)

    def setUp(self) -> None:
        super().setUp()
        dan = self.registered("dan")
        told = dan.asks(f"NS REGISTER {PASSWORD}")
        self.assertIn("The name dan is yours", told[0])
        dan.sends("QUIT")
        dan.protocol.connectionLost()

    def test_a_new_password_ends_what_the_old_one_gave_at_every_door(self) -> None:
        """Whichever door it is set at, the other clients are logged out, and tokens are void."""
        first, new = PASSWORD, f"{PASSWORD}-2"
        for way in ("IRC", "JSON", "line"):
            irc = self.registered("sam", "sasl")
            irc.asks(f"NS IDENTIFY dan {first}")
            json_lines = self.server.joined_by("10.0.0.5", is_new=False)
            json_lines.types("/json", json.dumps({"do": "login", "name": "dan", "password": first}))
            json_lines.types('{"do": "resume", "token": ""}')
            token = next(
                told["token"] for told in map(json.loads, json_lines.hears()[1:]) if "token" in told
            )
            line = self.server.joined_by("10.0.0.6")
            line.types(f"/login dan {first}")
            line.hears()
            sessions = {"IRC": irc.session, "JSON": json_lines.session, "line": line.session}
            self.assertEqual(len({each.user for each in sessions.values()}), 1)
            if way == "IRC":
                irc.sends(f"NS PASSWD {first} {new}")
            elif way == "JSON":
                json_lines.types(json.dumps({"do": "passwd", "password": first, "new": new}))
            else:
                line.types(f"/passwd {first} {new}")
            irc.hears()
            for person in (json_lines, line):
                person.hears()
            owners = [door for door, each in sessions.items() if each.user.account is not None]
            self.assertEqual(owners, [way])
            json_lines.drops()
            again = self.server.joined_by("10.0.0.5", is_new=False)
            again.types("/json", json.dumps({"do": "resume", "token": token}))
            self.assertNotIn('"resumed"', "".join(again.hears()))
            self.assertEqual(again.session.user.account, None)
            irc.protocol.connectionLost()
            for other in (again, line):
                other.drops()
            self.server.clock.advance(100)
            first, new = new, first

    def began(self, *lines: str) -> IrcPerson:
        person = self.connected()
        person.sends("CAP LS 302", "CAP REQ :sasl", *lines)
        person.hears()
        self.last = person
        return person

    def test_who_has_shown_it_comes_in_as_the_owner_at_once(self) -> None:
        self.ann.hears()
        dan = self.began("NICK other", "USER d 0 * :Dan")
        self.assertEqual(dan.asks("AUTHENTICATE PLAIN"), ["AUTHENTICATE +"])
        told = dan.asks(f"AUTHENTICATE {plain('dan')}")
        self.assertEqual([line.split(" ")[0] for line in told], ["900", "903"])
        told = dan.asks("CAP END")
        self.assertIn("001 other :", told[0])
        self.assertEqual(self.ann.hears(), ["server: other has joined."])
        self.assertIn("330 other other dan :is logged in as", dan.asks("WHOIS other"))
        self.ann.types("/dm dan hi")
        self.assertIn("PRIVMSG other :hi", dan.hears()[-1])

    def shown(
        self, name: str, password: str, meanwhile: Callable[[], object] = lambda: None
    ) -> list[str]:
        """What is answered to who shows a password by SCRAM.

        meanwhile: happens once that has begun.
        """
        dan = self.began("NICK dan", "USER d 0 * :Dan", "AUTHENTICATE SCRAM-SHA-256")
        bare = f"n={name},r=abc"
        answer = dan.asks(f"AUTHENTICATE {base64.b64encode(f'n,,{bare}'.encode()).decode()}")[0]
        first = base64.b64decode(answer.split(" ")[1]).decode()
        facts = dict([part.split("=", 1) for part in first.split(",")])
        self.assertEqual(facts["i"], "100000")
        salt = base64.b64decode(facts["s"])
        meanwhile()
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 100_000)
        key = hmac.digest(salted, b"Client Key", "sha256")
        without = f"c=biws,r={facts['r']}"
        signed = f"{bare},{first},{without}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
        proof = bytes([a ^ b for a, b in zip(key, signature, strict=True)])
        final = f"{without},p={base64.b64encode(proof).decode()}".encode()
        answer = dan.asks(f"AUTHENTICATE {base64.b64encode(final).decode()}")[0]
        if answer[:3] == "904":
            return [answer]
        server = hmac.digest(salted, b"Server Key", "sha256")
        expected = b"v=" + base64.b64encode(hmac.digest(server, signed, "sha256"))
        self.assertEqual(base64.b64decode(answer.split(" ")[1]), expected)
        return dan.asks("AUTHENTICATE +")

    def test_a_password_is_shown_without_being_told(self) -> None:
        told = self.shown("dan", PASSWORD)
        self.assertEqual([line[:3] for line in told], ["900", "903"])
        for name, password in (("dan", "wrong-horse"), ("nobody", PASSWORD)):
            self.assertEqual([line[:3] for line in self.shown(name, password)], ["904"])

    def test_what_the_old_password_has_shown_lets_nobody_in(self) -> None:
        def change() -> None:
            owner = self.registered("owner", host="10.0.0.7")
            owner.asks(f"NS IDENTIFY dan {PASSWORD}", f"NS PASSWD {PASSWORD} {PASSWORD}-2")

        late = self.began("NICK dan", "USER d 0 * :Dan", "AUTHENTICATE PLAIN")
        late.asks(f"AUTHENTICATE {plain('dan')}")
        self.shown("dan", PASSWORD, meanwhile=change)
        for each in (late, self.last):
            told = each.asks("CAP END")
            self.assertIn("ERROR :Closing link: dan has another password now", told[-1])
            self.assertTrue(each.transport.disconnecting)

    def test_an_account_that_is_gone_lets_nobody_in(self) -> None:
        late = self.began("NICK dan", "USER d 0 * :Dan", "AUTHENTICATE PLAIN")
        late.asks(f"AUTHENTICATE {plain('dan')}")
        self.ann.types(f"/login dan {PASSWORD}", f"/unregister {PASSWORD}")
        self.ann.hears()
        self.assertIn("or is gone", late.asks("CAP END")[-1])
        self.assertIsNone(self.server.chat.accounts.find("dan"))

    def test_whoever_is_muted_chooses_no_words_by_which_to_come(self) -> None:
        boss = self.server.joined_by("127.0.0.1")
        boss.types("/nick boss", f"/register {PASSWORD}", "/mute server dan")
        self.ann.hears()
        dan = self.began("NICK spam", "USER d 0 * :Spam", "AUTHENTICATE PLAIN")
        dan.asks(f"AUTHENTICATE {plain('dan')}", "CAP END")
        self.assertEqual(self.ann.hears(), ["server: dan has joined."])
        self.assertIn("311 dan dan client4", dan.asks("WHOIS dan")[0])
        self.assertEqual(dan.session.user.realname, "")

    def test_a_second_client_is_the_same_person_of_whom_nobody_is_told(self) -> None:
        clients = []
        for _ in range(2):
            dan = self.began("NICK dan", "USER d 0 * :Dan", "AUTHENTICATE PLAIN")
            dan.sends(f"AUTHENTICATE {plain('dan')}", "CAP END")
            self.assertIn(" 001 dan ", "".join(dan.hears()))
            clients.append(dan)
        self.assertEqual(self.ann.hears()[-1], "server: dan has joined.")
        self.ann.types("/dm dan hi")
        for dan in clients:
            self.assertIn("PRIVMSG dan :hi", dan.hears()[-1])

    def test_who_was_away_is_shown_what_was_missed_and_no_more(self) -> None:
        def came_in() -> tuple[IrcPerson, list[str]]:
            dan = self.began("NICK dan", "USER d 0 * :Dan", "AUTHENTICATE PLAIN")
            dan.sends(f"AUTHENTICATE {plain('dan')}", "CAP END")
            return dan, [line.partition(" :")[2] for line in dan.hears() if " PRIVMSG #x" in line]

        dan, _ = came_in()
        dan.asks("JOIN #x")
        self.ann.types("/join #x", "/say #x one")
        self.assertIn("PRIVMSG #x :one", dan.hears()[-1])
        dan.sends("QUIT")
        dan.protocol.connectionLost()
        self.ann.types("/say #x two")
        _, missed = came_in()
        self.assertEqual([line[-3:] for line in missed], ["two"])

    def test_what_is_wrong_is_refused_and_can_be_tried_again(self) -> None:
        dan = self.began("NICK dan", "USER d 0 * :Dan")
        self.assertEqual(
            [line.split(" ")[0] for line in dan.asks("AUTHENTICATE NOPE")], ["908", "904"]
        )
        for response in (plain("dan", "wrong"), plain("nobody"), "AA==", "%%%", "+"):
            dan.asks("AUTHENTICATE PLAIN")
            self.assertEqual(dan.asks(f"AUTHENTICATE {response}")[0][:3], "904", response)
        dan.asks("AUTHENTICATE PLAIN")
        self.assertEqual(dan.asks("AUTHENTICATE *")[0][:3], "906")
        self.assertEqual(dan.asks("AUTHENTICATE " + "A" * 401)[0][:3], "905")
        dan.asks("AUTHENTICATE PLAIN")
        dan.asks(f"AUTHENTICATE {'A' * 400}", f"AUTHENTICATE {'A' * 400}")
        self.assertEqual(dan.asks(f"AUTHENTICATE {'A' * 400}")[0][:3], "904")

    def test_a_client_without_sasl_logs_in_by_pass(self) -> None:
        dan = self.connected()
        dan.sends(f"PASS dan:{PASSWORD}", "NICK dan", "USER d 0 * :Dan")
        told = " ".join(dan.hears())
        self.assertIn(" 001 dan ", told)
        self.assertEqual(told.count(" 900 "), 1)
        self.assertIn(" 900 * *!*@* dan :You are now logged in as dan", told)

    def test_a_wrong_one_is_the_end(self) -> None:
        dan = self.connected()
        dan.sends("PASS dan:wrong-horse", "NICK dan", "USER d 0 * :Dan")
        told = dan.hears()
        self.assertIn(" 464 * :Password incorrect", told[0])
        self.assertIn("ERROR :", told[1])
        self.assertEqual(len(told), 2)
        self.assertTrue(dan.transport.disconnecting)

    def test_who_has_gone_before_it_is_checked_is_told_nothing(self) -> None:
        checked: Deferred[None] = Deferred()

        async def is_right(*_: object) -> bool:
            await checked
            return False

        self.patch(self.server.passwords, "is_right", is_right)
        by_pass = self.began("PASS dan:wrong-horse")
        by_sasl = self.began("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('dan', 'wrong-horse')}")
        for each in (by_pass, by_sasl):
            each.protocol.connectionLost()
            each.transport.clear()
        checked.callback(None)
        self.assertEqual([by_pass.hears(), by_sasl.hears()], [[], []])

    def test_one_that_names_no_account_means_nothing(self) -> None:
        eve = self.connected()
        eve.sends("PASS hunter2", "NICK eve", "USER e 0 * :Eve")
        self.assertIn(" 001 eve ", " ".join(eve.hears()))

    def test_somebodys_own_nick_is_refused_to_others(self) -> None:
        eve = self.connected()
        self.assertEqual(eve.asks("NICK dan")[0][:3], "433")

    def test_a_nick_is_made_ones_own(self) -> None:
        eve = self.registered("eve", "draft/account-registration")
        self.assertIn("ACCOUNT_NAME_MUST_BE_NICK", eve.asks(f"REGISTER fay * {PASSWORD}")[0])
        self.assertIn("WEAK_PASSWORD", eve.asks("REGISTER * * short")[0])
        self.assertIn("REGISTER SUCCESS eve", eve.asks(f"REGISTER * * {PASSWORD}")[0])
        self.assertIn("ALREADY_AUTHENTICATED", eve.asks(f"REGISTER * * {PASSWORD}")[0])

    def test_an_account_is_banned_from_a_channel_under_whatever_nick(self) -> None:
        eve = self.registered("eve")
        eve.asks("JOIN #x")
        eve.asks("MODE #x +b ~account:dan", "MODE #x +b ~account:nobody")
        self.assertIn("367 eve #x ~account:dan eve", eve.asks("MODE #x b")[0])
        dan = self.began("NICK other", "USER d 0 * :Dan", "AUTHENTICATE PLAIN")
        dan.asks(f"AUTHENTICATE {plain('dan')}", "CAP END")
        self.assertEqual(dan.asks("JOIN #x")[0][:3], "474")
        eve.asks("MODE #x -b ~account:dan")
        self.assertIn("JOIN #x", dan.asks("JOIN #x")[0])

    def test_only_with_an_operators_account_is_one_an_operator(self) -> None:
        boss = self.connected("127.0.0.1")
        boss.sends("NICK boss", "USER b 0 * :Boss", f"NS REGISTER {PASSWORD}")
        boss.hears()
        eve = self.registered("eve")
        self.assertEqual(eve.asks("OPER boss wrong")[0][:3], "464")
        self.assertEqual(eve.asks(f"OPER dan {PASSWORD}")[0][:3], "464")
        self.assertEqual(eve.asks("KILL client1 :no")[0][:3], "481")
        self.assertEqual(eve.asks("REHASH")[0][:3], "481")
        self.assertEqual(eve.asks(f"OPER boss {PASSWORD}")[-1][:3], "381")
        self.server.chat.reload = lambda name: succeed(
            [(True, f"the motd of {name} was reloaded.")]
        )
        told = ["382 eve * :Rehashing", "NOTICE eve :The motd of eve was reloaded."]
        self.assertEqual(eve.asks("REHASH"), told)
        eve.asks("KILL client1 :enough")
        self.assertIn('kicked from this server by eve (act 1): "enough"', self.bob.hears()[-1])
        self.assertEqual(eve.asks("MODE eve"), ["221 eve +o"])
        boss.asks(f"NS PASSWD {PASSWORD} {PASSWORD}-2")
        self.assertEqual(eve.asks("KILL client2 :no")[0][:3], "481")
        self.assertEqual(eve.asks("MODE eve"), ["221 eve +"])

    def test_an_operator_is_none_any_longer(self) -> None:
        boss = self.connected("127.0.0.1")
        boss.sends("NICK boss", "USER b 0 * :Boss", f"NS REGISTER {PASSWORD}")
        boss.hears()
        eve = self.registered("eve")
        self.assertEqual(eve.asks(f"OPER boss {PASSWORD}")[-1][:3], "381")
        self.assertRegex(eve.asks("MODE eve -o")[0], "^:eve!.* MODE eve -o$")
        self.assertEqual(eve.asks("MODE eve"), ["221 eve +"])
        self.assertEqual(eve.asks("KILL client1 :no")[0][:3], "481")


class ClosedTests(IrcTestCase):
    """Where guests cannot take part."""

    def start(self, **options: Any) -> Any:
        return super().start(accounts_only=True, **options)

    def test_they_are_told_how_to_come_in_and_let_go(self) -> None:
        dan = self.connected()
        told = dan.asks("NICK dan", "USER dan 0 * :Dan")
        text = "No guests take part here. Log in with SASL, or with PASS account:password."
        required = f"FAIL * ACCOUNT_REQUIRED :{text}"  # as draft/account-registration has it
        self.assertEqual(told, [required, f"ERROR :Closing link: {text}"])
        self.assertTrue(dan.transport.disconnecting)
