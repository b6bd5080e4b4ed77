"""The first moments of a connection, in which a program may say that it comes back."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.chat.presence.announcements import GREET_WITHIN, PRESENCE_DELAY
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.doors.resume.program import ResumeTestCase, lines


class FirstTests(ResumeTestCase):
    """The first moments of a connection."""

    def test_in_any_pieces(self) -> None:
        data = b"/json 1\r\n" + lines({"do": "resume", "token": self.token, "seen": 0})
        for cut in range(1, len(data)):
            self.bob.drops()
            self.bob = self.server.joined_by("10.0.0.2", is_new=False)
            data = b"/json 1\r\n" + lines({"do": "resume", "token": self.token, "seen": 0})
            self.bob.sends(data[:cut])
            self.bob.sends(data[cut:])
            resumed = self.told(self.bob)[0]
            self.assertEqual(resumed["event"], "resumed", cut)
            self.token = resumed["token"]
        self.assertEqual(self.ann.hears(), [])

    def test_whatever_one_says_one_is_let_in_at_once(self) -> None:
        for first in (
            b"",
            b"/users\n",
            b"/j",
            b"/json",
            b"/json\n",
            b'/json\n{"do": "resume"}\n',
            b'/json\n{"do": "resume", "token": "x"}\n',
            b'/json\n{"do": "resume", "token": 7, "seen": 7}\n',
            b"/json\nnonsense\n",
            b"/jsonx\n",
            b"x" * 9000,
        ):
            person = self.server.joined_by("10.0.0.5", is_new=False)
            person.sends(first)
            self.server.clock.advance(0)
            welcome, *told = person.transport.value().decode().splitlines()
            self.assertTrue(welcome.startswith("server: Welcome"), first)
            if first.startswith(b"/json\n"):
                self.assertTrue(told[0].startswith('{"event":"welcome"'), first)
            person.drops()

    def test_gone_before_that(self) -> None:
        dan = self.server.joined_by("10.0.0.4", is_new=False)
        dan.drops()
        self.server.clock.advance(10)
        self.assertEqual(self.ann.hears(), [])
        eve = self.server.joined_by("10.0.0.5", is_new=False)
        eve.closes()
        self.assertIn("Welcome", eve.hears()[0])
        self.assertTrue(eve.is_closed())
        self.assertEqual(self.ann.hears(), [])
        for part in (b"/js", b"/json 1", b'/json\n{"do": "res'):
            fay = self.server.joined_by("10.0.0.6", is_new=False)
            fay.sends(part)
            self.server.clock.advance(1)
            fay.closes()
            fay.hears()
            self.assertTrue(fay.is_closed())
            self.assertEqual(self.ann.hears(), [])
        self.assertEqual(len(self.server.chat.sessions), 3)
        self.assertEqual(list(self.server.chat.users), ["client1", "client2", "client3"])
        self.assertEqual(self.server.joined_by("10.0.0.7").name, "client4")

    def test_who_says_nothing_is_announced(self) -> None:
        self.server.joined_by("10.0.0.4", is_new=False)
        self.server.clock.advance(PRESENCE_DELAY)
        self.assertEqual(self.ann.hears(), ["server: client4 has joined."])

    def test_what_never_ends_is_announced_after_a_while(self) -> None:
        dan = self.server.joined_by("10.0.0.4", is_new=False)
        dan.sends(b'/json\n{"do": "res')
        self.server.clock.pump([0.1] * int(GREET_WITHIN * 10 - 2))
        self.assertEqual(self.ann.hears(), [])
        self.server.clock.pump([0.1] * 4)
        self.assertEqual(self.ann.hears(), ["server: client4 has joined."])

    def test_who_waits_for_the_turn_to_ask_is_not_announced_meanwhile(self) -> None:
        self.begin(throttle=Throttle(1, 2.0))
        self.server.clock.advance(1)
        self.token = self.asks({"do": "resume"})[-1]["token"]
        self.bob.drops()
        self.ann.hears()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.bob.sends(b"/json\n" + lines({"do": "resume", "token": self.token}))
        self.server.clock.pump([PRESENCE_DELAY] * 10)
        self.assertIn("resumed", [each["event"] for each in self.told(self.bob)])
        self.assertEqual(self.ann.hears(), [])

    def comes_back_late(self, seconds: float, between: bytes = b"") -> list[dict[str, Any]]:
        """What Bob is told who asks for his place so late, and says something before that."""
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.bob.sends(between)
        self.server.clock.pump([seconds / 10] * 10)
        resume = {"do": "resume", "token": self.token, "seen": self.seen, "nonce": "r"}
        self.bob.sends(b"/json\n"[len(between) :] + lines(resume))
        self.bob.transport.clear()
        return self.told(self.bob)

    def test_however_late(self) -> None:
        for seconds, departed in ((0.05, []), (0.4, ["joined", "quit"]), (40, ["joined", "quit"])):
            for between in (b"", b"/js", b"/json\n"):
                self.ann.types("one")
                told = self.comes_back_late(seconds, between)
                self.assertEqual((told[0]["event"], told[0]["name"]), ("resumed", "client2"))
                self.assertEqual(self.texts(told), ["one"])
                self.assertEqual(told[-1], {**told[-1], "event": "done", "nonce": "r"})
                heard = [line for line in self.ann.hears() if line != "client1: one"]
                is_part = between == b"/js" and seconds < GREET_WITHIN
                self.assertEqual([line.split()[-1][:-1] for line in heard],
                                 [] if is_part else departed)  # fmt: skip
                self.assertEqual(list(self.server.chat.users), ["client1", "client2", "client3"])
                self.assertEqual(len(self.server.chat.sessions), 3)

    def test_no_number_is_used_up_by_coming_back(self) -> None:
        for seconds in (0, 0.05, 0.4):
            for number in range(5):
                self.bob.drops()
                host = f"10.9.{number}.1" if seconds < 0.4 else "10.0.0.2"
                self.bob = self.server.joined_by(host, is_new=False)
                self.server.clock.advance(seconds)
                self.bob.sends(b"/json\n" + lines({"do": "resume", "token": self.token}))
                self.assertIn('"resumed"', str(self.bob.hears()))
        self.assertLessEqual(int(self.server.joined_by("10.0.0.5").name[len("client") :]), 5)

    def test_what_is_said_meanwhile_is_heard_once(self) -> None:
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.ann.types("one")
        self.server.clock.pump([0.05] * 4)
        self.ann.types("two")
        self.bob.sends(b"/json\n")
        self.server.clock.pump([0.05] * 4)
        self.ann.types("three")
        self.bob.transport.clear()
        resume = {"do": "resume", "token": self.token, "seen": self.seen}
        self.bob.sends(lines(resume, {"do": "bc", "text": "four"}))
        told = self.told(self.bob)
        self.assertEqual(told[0]["event"], "resumed")
        self.assertEqual(self.texts(told), ["one", "two", "three", "four"])

    def test_where_only_people_with_an_account_take_part(self) -> None:
        self.begin(accounts_only=True)
        person = self.server.joined_by("10.0.0.4", is_new=False)
        person.types("/json", json.dumps({"do": "resume", "token": "x" * 32, "nonce": "r"}))
        told = self.told(person)
        self.assertEqual((told[0]["event"], told[0]["rooms"]), ("welcome", []))
        self.assertEqual((told[-1]["event"], told[-1]["nonce"]), ("done", "r"))

    def test_there_is_room_for_who_comes_back(self) -> None:
        for limits in ({"users": 3}, {"per_address": 1}):
            self.begin(**limits)
            [given] = self.asks({"do": "resume"})
            self.token, self.seen = given["token"], given["seen"]
            late = self.server.joined_by("10.0.0.2", is_new=False)
            self.server.clock.advance(1)
            late.types("/json", json.dumps({"do": "resume", "token": "x" * 32, "seen": 1}))
            self.assertIn('"error"', late.hears()[-1])
            self.assertTrue(late.is_closed())
            old, self.bob = self.bob, self.server.joined_by("10.0.0.2", is_new=False)
            self.server.clock.advance(1)
            self.bob.types("/json", json.dumps({"do": "resume", "token": self.token}))
            self.assertIn('"resumed"', str(self.bob.hears()))
            self.assertTrue(old.transport.disconnected)
            old.drops()
            self.ann.types("hi")
            self.assertEqual(self.texts(self.told(self.bob)), ["hi"])
            self.assertEqual(self.server.factory.entrance.refused, 0)

    def test_one_that_is_not_the_first(self) -> None:
        [error] = self.asks({"do": "resume", "token": self.token, "nonce": "r"})
        self.assertIn("It is too late for that", error["error"]["text"])

    def test_from_an_address_that_is_banned(self) -> None:
        self.begin(operators=frozenset({skeleton("rooty")}))
        [given] = self.asks({"do": "resume"})
        local = self.server.joined_by("127.0.0.1")
        local.types("/nick rooty", f"/register {PASSWORD}", "/ban #lobby address 10.6.6.0/24 spam")
        self.assertIn("is banned from this server", local.hears()[-1])
        thief = self.server.joined_by("10.6.6.6", is_new=False)
        thief.sends(b"/json\n" + lines({"do": "resume", "token": given["token"], "seen": 0}))
        self.assertIn("You are banned", self.told(thief)[0]["error"]["text"])
        self.assertTrue(thief.is_closed())
