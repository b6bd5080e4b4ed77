"""Replies and reactions, by the number of a message."""

from __future__ import annotations

import json

from chatsvc.events.speech import MOST_REACTED
from chatsvc.throttle import Throttle
from tests.commands.test_history import texts
from tests.harness import ChatTestCase


class AnsweringTests(ChatTestCase):
    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        self.ann.types("shall we?")
        self.number = self.server.chat.delivery.last_id
        self.bob.hears()

    def test_reactions_are_told_and_can_be_taken_back(self) -> None:
        n = self.number
        told = [
            f"* client2 reacts to [{n}]: \N{THUMBS UP SIGN}",
            f"* client2 no longer reacts to [{n}]: \N{THUMBS UP SIGN}",
        ]
        self.bob.types(f"/react {n} \N{THUMBS UP SIGN}", f"/unreact {n} \N{THUMBS UP SIGN}")
        self.assertEqual(self.bob.hears(), told)
        self.assertEqual(texts(self.bob.asks("/history 2")), told)

    def test_programs_are_told_to_which_message_an_answer_belongs(self) -> None:
        self.cat.asks("/json")
        self.bob.types(f"/answer {self.number} yes", f"/react {self.number} +1", "and")
        fields = ("event", "text", "reply_to")
        heard = [json.loads(line) for line in self.cat.hears()]
        said = [tuple(map(each.get, fields)) for each in heard]
        wanted = [
            ("said", "yes", self.number),
            ("reacted", "+1", self.number),
            ("said", "and", None),
        ]
        self.assertEqual(said, wanted)
        request = {"do": "history", "room": "#lobby", "what": "3"}
        recalled = [json.loads(line) for line in self.cat.asks(json.dumps(request))]
        self.assertEqual([tuple(map(each.get, fields)) for each in recalled], wanted)

    def test_an_answer_with_a_nonce_is_said_once(self) -> None:
        self.cat.asks("/json")
        request = {"do": "answer", "number": self.number, "text": "yes", "nonce": "1"}
        self.cat.types(json.dumps(request), json.dumps(request))
        self.cat.hears()
        self.assertEqual(self.bob.hears(), ["client3: yes"])

    def test_what_cannot_be_answered(self) -> None:
        self.ann.types("/join #ops", "in ops")
        elsewhere = self.server.chat.delivery.last_id
        self.ann.types("/dm client2 alone")
        direct = self.server.chat.delivery.last_id
        self.bob.hears()
        for number in (elsewhere, direct, 10**20, "x", "\N{SUPERSCRIPT TWO}", "-1"):
            [line] = self.bob.asks(f"/answer {number} yes")
            self.assertIn("Nothing in your rooms has the number", line)
        self.bob.asks(f"/react {self.number} +1")
        reaction = self.server.chat.delivery.last_id
        self.assertIn("That is no message", self.bob.asks(f"/react {reaction} +1")[0])
        most = "x" * MOST_REACTED
        self.assertIn(most, self.bob.asks(f"/react {self.number} {most}")[0])
        self.assertIn("at most 32", self.bob.asks(f"/react {self.number} {most}x")[0])
