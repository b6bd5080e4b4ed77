"""API tokens: what they are good for, and until when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from chatsvc.chat.programs import api_tokens
from chatsvc.chat.programs.programs import Unauthorized
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.errors import ChatError, NoSuchRoom, Unwanted
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.harness import ChatTestCase, Server

ADDRESS = "10.0.0.9"  # of a program
SHOWN = " is the token, which is not shown again."


class TokenTestCase(ChatTestCase):
    """Ann and Bob have accounts; #ops is Ann's, who is an operator."""

    def setUp(self) -> None:
        self.options: dict[str, Any] = {
            "throttle": Throttle.off(),
            "plaintext_passwords": True,
            "operators": frozenset({skeleton("bob")}),
        }
        self.ann, self.bob, self.cat = self.start(**self.options)
        local = self.server.joined_by("127.0.0.1")
        local.types("/nick bob", f"/register {PASSWORD}")
        local.hears()
        self.ann.types("/nick ann", f"/register {PASSWORD}", "/join #ops")
        self.bob.types(f"/login bob {PASSWORD}")
        self.hush()

    def token(self, words: str = "ci") -> str:
        """A new token of Ann's."""
        [told] = self.ann.asks(f"/token add {words}")
        self.assertTrue(told.endswith(SHOWN), told)
        return told.removesuffix(SHOWN).rpartition(": ")[2]

    def reads(self, token: str, room: str = "#ops") -> str:
        return self.server.chat.programs.reads(token, room, ADDRESS).name

    def speaks(self, token: str, room: str = "#ops") -> str:
        voice = self.server.chat.programs.speaks(token, room, ADDRESS)
        return f"{voice.name} {voice.account} {voice.room.name}"

    def refused(self, call: Callable[..., str], *arguments: str) -> str:
        return str(self.assertRaises(ChatError, call, *arguments))


class TokenTests(TokenTestCase):
    def test_it_is_for_all_rooms_and_both_unless_it_says_less(self) -> None:
        token = self.token()
        self.assertEqual(self.reads(token), "#ops")
        self.assertEqual(self.reads(token, "#LOBBY"), "#lobby")
        self.assertEqual(self.speaks(token), "ann ann #ops")
        only_here = self.token("here #ops READ read")
        self.assertEqual(self.reads(only_here), "#ops")
        self.assertRaises(NoSuchRoom, self.reads, only_here, "#lobby")
        self.assertIn("only for reading", self.refused(self.speaks, only_here))
        speaks = self.token("mouth speak")
        self.assertEqual(self.speaks(speaks), "ann ann #ops")
        self.assertIn("only for speaking", self.refused(self.reads, speaks))
        self.assertEqual(
            self.ann.asks("/token list"),
            [
                "server: ci may read and speak in all rooms",
                "server: here may read in #ops",
                "server: mouth may speak in all rooms",
            ],
        )

    def test_only_digests_are_kept(self) -> None:
        token = self.token()
        self.assertEqual(sum(each.startswith("api-token/") for each in self.server.records()), 1)
        self.assertNotIn(token, str(self.server.records()))

    def test_wrong_words(self) -> None:
        for words, why in (
            ("add", "Name the token: /token add NAME"),
            ("revoke ci", 'You have no token "ci".'),
            ("list", "You have no tokens for programs."),
            ("add ci #nowhere", "You are not in #nowhere. Join it first: /join #nowhere"),
            ("add ci write", '"write" is no room, and not read or speak.'),
            ("add a;b", 'A name is made of letters, digits, "-" and "_": no semicolon.'),
            ("add " + "a" * 33, "The name of a token has at most 32 characters."),
        ):
            self.assertEqual(self.ann.asks(f"/token {words}"), [f"server: {why}"])
        self.assertEqual(
            self.cat.asks("/token add ci"), ["server: Tokens are for those who have logged in."]
        )

    def test_there_are_bounds(self) -> None:
        self.token()
        self.assertEqual(self.ann.asks("/token add CI"), ["server: You have a token CI already."])
        with patch.object(api_tokens, "MOST_OF_ACCOUNT", 1):
            most = "server: You have 1 token, which is the most just now."
            self.assertEqual(self.ann.asks("/token add x1"), [most])
        self.ann.asks("/token add ci2")
        most = "server: You have 2 tokens, which is the most just now."
        for left in (50, 1):  # few, or none
            with patch.object(self.server.chat.programs.tokens._all, "_most", left):
                self.assertEqual(self.ann.asks("/token add x1"), [most])
        with patch.object(api_tokens, "MOST_ROOMS", 1):
            too_many = "server: A token is for at most 1 rooms, or for all."
            self.assertEqual(self.ann.asks("/token add x1 #a #b"), [too_many])

    def test_it_ends(self) -> None:
        new = "another-horse"
        ends = (
            "/token revoke CI",
            f"/passwd {PASSWORD} {new}",
            "/logout everywhere",
            f"/unregister {new}",
        )
        for number, line in enumerate(ends):
            if number == 3:
                self.ann.types(f"/login ann {new}")
                self.hush()
            token = self.token()
            self.assertEqual(self.reads(token), "#ops")
            self.ann.types(line)
            self.hush()
            self.assertRaises(Unauthorized, self.reads, token)
            self.assertRaises(Unauthorized, self.speaks, token)
        self.server.clock.advance(TIDY_EVERY)
        self.assertFalse(any(each.startswith("api-token/") for each in self.server.records()))

    def test_it_outlives_a_restart(self) -> None:
        token = self.token("ci #ops")
        self.ann.types("hi")
        self.hush()
        self.server.chat.shut_down(lambda: None)
        self.server = Server(store=self.server.store, **self.options)
        self.assertEqual(self.reads(token), "#ops")
        self.assertRaises(NoSuchRoom, self.reads, token, "#lobby")

    def test_the_owners_bans_and_mutes_count(self) -> None:
        token = self.token()
        self.cat.types("/join #ops")
        self.bob.types("/mute #ops ann for 1h")
        self.hush()
        self.assertEqual(self.reads(token), "#ops")
        self.assertIn("muted", self.refused(self.speaks, token))
        self.bob.types("/ban #ops ann for 1h")
        self.hush()
        self.assertIn("banned from #ops", self.refused(self.reads, token))
        self.assertEqual(self.reads(token, "#lobby"), "#lobby")
        self.bob.types("/ban server ann for 1h")
        self.hush()
        self.assertRaises(Unwanted, self.reads, token, "#lobby")
        self.assertRaises(Unwanted, self.speaks, token, "#lobby")

    def test_rooms_that_the_owner_could_not_join_are_closed(self) -> None:
        token = self.token()
        self.cat.types("/join #den key", "/privacy #den hidden")
        self.hush()
        self.assertRaises(NoSuchRoom, self.reads, token, "#den")
        self.cat.types("/key #den -")
        self.hush()
        self.assertEqual(self.reads(token, "#den"), "#den")
        self.cat.types("/privacy #den invite-only")
        self.hush()
        self.assertRaises(NoSuchRoom, self.reads, token, "#den")
        self.cat.types("/invite ann #den")
        self.hush()
        self.assertEqual(self.reads(token, "#den"), "#den")
        self.ann.types("/join #den")
        self.hush()
        self.assertEqual(self.reads(token, "#den"), "#den")
        self.ann.types("/quit")  # the account is still in it
        self.hush()
        self.assertEqual(self.reads(token, "#den"), "#den")
        self.ann = self.server.joined_by("10.0.0.1")
        self.ann.types(f"/login ann {PASSWORD}")
        self.hush()
        self.cat.types("/kick #den ann")
        self.hush()
        self.assertRaises(NoSuchRoom, self.reads, token, "#den")


class WithoutTokenTests(TokenTestCase):
    def test_public_rooms_can_be_read_as_guests_could(self) -> None:
        self.assertEqual(self.reads(""), "#ops")
        self.assertEqual(self.reads("", "#lobby"), "#lobby")
        self.assertRaises(NoSuchRoom, self.reads, "", "#nowhere")
        self.assertRaises(Unauthorized, self.speaks, "")
        self.assertRaises(Unauthorized, self.reads, "x" * 1000)
        for line, why in (
            ("/key #ops secret", "has a key"),
            ("/key #ops -", ""),
            ("/guests #ops off", "for those who have logged in"),
            ("/guests #ops on", ""),
            ("/privacy #ops hidden", "no room"),
            ("/privacy #ops invite-only", "no room"),
            ("/privacy #ops public", ""),
        ):
            self.ann.types(line)
            self.hush()
            if why:
                self.assertIn(why, self.refused(self.reads, ""), line)
            else:
                self.assertEqual(self.reads(""), "#ops", line)

    def test_bans_of_addresses_count(self) -> None:
        self.ann.types(f"/ban #ops {ADDRESS} for 1h")
        self.hush()
        self.assertIn("banned from #ops", self.refused(self.reads, ""))
        self.bob.types(f"/ban server {ADDRESS} for 1h")
        self.hush()
        self.assertRaises(Unwanted, self.reads, "", "#lobby")

    def test_on_a_closed_server_nothing_can(self) -> None:
        self.bob.types("/lockdown")
        self.hush()
        self.assertRaises(Unauthorized, self.reads, "")
        self.assertEqual(self.reads(self.token()), "#ops")
