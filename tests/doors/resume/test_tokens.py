"""Resuming: tokens, and what an account adds to them."""

from __future__ import annotations

import json

from chatsvc.chat.identity.tokens import MOST_TOKENS
from chatsvc.chat.presence.departures import RESUME_WITHIN
from tests.commands.test_accounts import PASSWORD
from tests.doors.resume.program import ResumeTestCase, lines


class TokenTests(ResumeTestCase):
    """What a token is good for, and what an account adds to it."""

    def test_another_token_takes_the_place_of_the_first(self) -> None:
        first = self.token
        [given] = self.asks({"do": "resume"})
        self.assertNotEqual(given["token"], first)
        thief = self.server.joined_by("10.6.6.6", is_new=False)
        thief.sends(b"/json\n" + lines({"do": "resume", "token": first, "seen": 0}))
        self.assertEqual(self.told(thief)[1]["error"]["code"], "no-such-token")

    def test_tokens_are_bounded(self) -> None:
        self.bob.types("/json")
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        programs = [self.server.joined_by(f"10.0.1.{number}") for number in range(MOST_TOKENS + 1)]
        for person in programs:
            person.types("/json")
            asked = ({"do": "login", "name": "ann", "password": PASSWORD}, {"do": "resume"})
            person.types(*map(json.dumps, asked))
            self.told(person)
        self.assertEqual(len(self.ann.session.user.tokens), MOST_TOKENS)
        self.assertEqual(len(self.server.chat.tokens), MOST_TOKENS + 1)
        self.assertEqual(programs[0].session.token, "")

    def test_a_token_is_kept_by_a_login_and_ends_with_a_logout(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.ann.hears()
        self.asks({"do": "login", "name": "ann", "password": PASSWORD})
        self.bob.drops()
        told = self.comes_back()
        self.assertEqual(told[0]["name"], "ann")
        self.assertEqual(self.bob.session.user.account, self.ann.session.user.account)
        self.asks({"do": "logout"})
        self.bob.drops()
        self.assertEqual(self.comes_back()[1]["error"]["code"], "no-such-token")

    def test_what_waits_for_the_owner_of_an_account(self) -> None:
        self.asks({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.bob.drops()
        self.ann.types("/dm bob hello")
        self.assertEqual(self.ann.hears()[-1], "server: bob is not here. Your message waits: hello")
        [direct] = [each for each in self.comes_back() if each["event"] == "direct"]
        self.assertIsInstance(direct.pop("id"), int)
        facts = {"event": "direct", "from": "ann", "account": "ann", "to": "bob", "text": "hello"}
        self.assertEqual(direct, facts | {"recalled": True, "waited": True})

    def test_waiting_lines_are_one_message_for_programs_and_several_lines_for_people(self) -> None:
        self.asks({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        self.ann.types("/nick ann", f"/register {PASSWORD}", "/quit")
        self.ann.hears()
        self.assertTrue(self.ann.is_closed())
        self.asks({"do": "dm", "username": "ann", "text": "one\ntwo"})
        self.ann = self.server.joined_by("10.0.0.1")
        self.ann.types(f"/login ann {PASSWORD}")
        heard = [line.partition(" wrote to you only, at ") for line in self.ann.hears()]
        texts = [rest.partition(": ")[2] for name, _, rest in heard if name == "server: bob"]
        self.assertEqual(texts, ["one", "two"])

    def test_others_see_as_whom_somebody_logs_in(self) -> None:
        self.ann.types("/nick ann", "/register correct-horse", "/quit")
        self.told(self.bob)
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/login ann correct-horse")
        self.cat.types("/login ann correct-horse")
        told = [each for each in self.told(self.bob) if each["event"] == "renamed"]
        self.assertEqual(
            [(each["new"], each.get("account", "")) for each in told],
            [("ann", "ann"), ("ann", "ann")],  # then, on another connection
        )

    def test_a_login_tells_the_rooms(self) -> None:
        asked = ({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        self.asks(*asked, {"do": "join", "room": "#ops"}, {"do": "persist", "room": "#ops"})
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.bob = self.server.joined_by("10.0.0.2")
        self.bob.types("/json")
        told = self.asks({"do": "login", "name": "bob", "password": PASSWORD})
        [login] = [each for each in told if each.get("event") == "logged-in"]
        self.assertEqual((login["name"], login["rooms"]), ("bob", ["#lobby", "#ops"]))
