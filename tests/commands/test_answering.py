"""Replies and reactions, by the number of a message."""

from __future__ import annotations

import json
from typing import Any, cast

from twisted.internet.defer import Deferred

from chatsvc.chat.direct import handover
from chatsvc.chat.history.recall import MOST_LINES
from chatsvc.errors import ChatError
from chatsvc.events.speech import MOST_REACTED, DirectlyReacted
from chatsvc.throttle import Throttle
from tests.chat.direct.test_conversations import ConversationTestCase
from tests.commands.test_accounts import PASSWORD
from tests.commands.test_history import texts
from tests.harness import ChatTestCase

LOGIN = {"do": "login", "name": "ann", "password": PASSWORD}


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

    def test_reactions_are_found_by_the_number_of_the_message(self) -> None:
        n = self.number
        self.bob.types(f"/react {n} +1", f"/react {n} +1", f"/react {n} -1", f"/unreact {n} -1")
        self.cat.types(f"/react {n} +1", f"/answer {n} yes")
        self.cat.asks("something else")
        self.cat.asks(f"/react {self.server.chat.delivery.last_id} +1")
        reactions = [
            f"* client2 reacts to [{n}]: +1",
            f"* client2 no longer reacts to [{n}]: -1",
            f"* client3 reacts to [{n}]: +1",
        ]
        self.assertCountEqual(texts(self.ann.asks(f"/reactions {n}")), reactions)
        self.assertCountEqual(texts(self.ann.asks(f"/reactions #lobby 1 to {n}")), reactions)
        self.assertEqual(len(self.ann.asks(f"/reactions {n} to {10**17}")), 4)
        self.assertIn("Nobody in #lobby has reacted", self.ann.asks("/reactions 1")[0])
        self.assertIn("which message?", self.ann.asks("/reactions")[0])
        self.assertEqual(len(self.ann.asks(f"/reactions {n} to 1")), 3)
        for wrong in ("x", "1 to x", "0"):
            self.assertIn("is no number", self.ann.asks(f"/reactions {wrong}")[0])
        self.cat.asks("/join #ops")
        self.assertIn("#ops", self.ann.asks(f"/reactions #ops {n}")[0])

    def test_at_most_two_hundred_reactions_are_told(self) -> None:
        self.bob.types(*[f"/react {self.number} {each}" for each in range(MOST_LINES + 1)])
        told = texts(self.ann.asks(f"/reactions {self.number}"))
        self.assertEqual(len(told), MOST_LINES)
        self.assertIn(f": {MOST_LINES}", told[-1])

    def test_direct_messages_of_guests(self) -> None:
        self.cat.hears()
        self.ann.asks("/dm client2 shall we?")
        n = self.server.chat.delivery.last_id
        self.bob.types(f"/answer {n} yes", f"/react {n} +1", f"/unreact {n} +1")
        told = [
            "client2: yes",
            f"* client2 reacts to [{n}]: +1",
            f"* client2 no longer reacts to [{n}]: +1",
        ]
        self.assertEqual(self.ann.hears(), told)
        self.assertEqual(self.cat.hears(), [])
        self.ann.types("/nick somebody", "/dm somebody note")
        self.assertEqual(
            self.ann.asks(f"/react {n + 5} +1")[0], f"* somebody reacts to [{n + 5}]: +1"
        )
        self.bob.drops()
        self.assertIn("Nothing that you can read", self.ann.asks(f"/react {n} +1")[-1])

    def test_what_cannot_be_answered(self) -> None:
        self.ann.types("/join #ops", "in ops")
        elsewhere = self.server.chat.delivery.last_id
        self.ann.types("/dm client3 alone")
        direct = self.server.chat.delivery.last_id
        self.bob.hears()
        for number in (elsewhere, direct, 10**20, "x", "\N{SUPERSCRIPT TWO}", "-1"):
            [line] = self.bob.asks(f"/answer {number} yes")
            self.assertIn("Nothing that you can read has the number", line)
        self.bob.asks(f"/react {self.number} +1")
        reaction = self.server.chat.delivery.last_id
        self.assertIn("That is no message", self.bob.asks(f"/react {reaction} +1")[0])
        most = "x" * MOST_REACTED
        self.assertIn(most, self.bob.asks(f"/react {self.number} {most}")[0])
        self.assertIn("at most 32", self.bob.asks(f"/react {self.number} {most}x")[0])


class DirectAnsweringTests(ConversationTestCase):
    """What two accounts say to each other alone is answered, too, and kept with it."""

    def setUp(self) -> None:
        super().setUp()
        self.ann.types("/dm bob shall we?")
        self.number = self.server.chat.delivery.last_id
        self.hush()

    def told(self, number: int) -> list[str]:
        return [
            "bob: yes",
            f"* bob reacts to [{number}]: +1",
            f"* bob no longer reacts to [{number}]: +1",
        ]

    def test_it_is_told_and_found_again_over_a_restart(self) -> None:
        n = self.number
        self.bob.types(f"/answer {n} yes", f"/react {n} +1", f"/unreact {n} +1")
        self.assertEqual(self.ann.hears(), self.told(n))
        self.restart()
        self.ann = self.server.joined_by("10.0.0.9")
        self.ann.asks("/json", json.dumps(LOGIN))
        request = {"do": "history", "room": "@bob", "what": "3"}
        found = [json.loads(line) for line in self.ann.asks(json.dumps(request))]
        fields = [(each["event"], each["text"], each["reply_to"], each["to"]) for each in found]
        wanted = [
            ("direct", "yes", n, "ann"),
            ("directly-reacted", "+1", n, "ann"),
            ("directly-unreacted", "+1", n, "ann"),
        ]
        self.assertEqual(fields, wanted)
        self.bob.asks(f"/login bob {PASSWORD}")
        self.assertEqual(texts(self.bob.asks(f"/reactions @ann {n}")), self.told(n)[2:])
        self.assertEqual(self.bob.asks(f"/react {n} again"), [f"* bob reacts to [{n}]: again"])

    def test_of_equal_ones_by_an_account_the_last_counts_whatever_its_owner_is_called(self) -> None:
        n = self.number
        self.bob.types(f"/react {n} +1")
        self.server.chat.renaming.rename(self.bob.session.user, "robert")  # as in IRC
        self.bob.types(f"/react {n} +1")
        self.assertEqual(
            texts(self.ann.asks(f"/reactions @bob {n}")), [f"* robert reacts to [{n}]: +1"]
        )

    def test_to_somebody_who_is_gone(self) -> None:
        """An answer waits; a reaction does not, but is there when one looks."""
        n = self.number
        self.ann.types("/quit")
        answer, reaction = self.bob.asks(f"/answer {n} yes", f"/react {n} +1")
        self.assertIn("ann is not here. Your message waits: yes", answer)
        self.assertEqual(reaction, self.told(n)[1])
        ann = self.server.joined_by("10.0.0.9")
        told = ann.asks("/json", json.dumps(LOGIN))
        self.server.clock.advance(handover.SHOW_AFTER)
        told += ann.hears()
        waited = [each for each in map(json.loads, told) if each.get("waited")]
        self.assertEqual([(each["text"], each["reply_to"]) for each in waited], [("yes", n)])
        request = {"do": "history", "room": "@bob", "what": "2"}
        found = [json.loads(line) for line in ann.asks(json.dumps(request))]
        self.assertEqual([each["event"] for each in found], ["direct", "directly-reacted"])

    def test_a_request_is_answered_once_by_a_reaction_whether_somebody_is_here_or_gone(
        self,
    ) -> None:
        program = self.server.joined_by("10.0.0.9")
        program.asks("/json", json.dumps(LOGIN))
        react = {"do": "react", "number": self.number, "text": "+1"}
        for nonce in ("here", "gone"):
            told = program.asks(json.dumps(react | {"nonce": nonce}))
            [answer] = [each for each in map(json.loads, told) if nonce in each.values()]
            self.assertEqual(answer["event"], "directly-reacted")
            self.bob.types("/quit")
            program.hears()

    def test_it_is_nobody_elses(self) -> None:
        [refused] = self.cat.asks(f"/react {self.number} +1")
        self.assertIn("Nothing that you can read", refused)

    def test_to_an_account_that_is_gone_or_anothers_by_now(self) -> None:
        self.bob.asks(f"/unregister {PASSWORD}")
        for _ in range(2):
            told = self.ann.asks(f"/react {self.number} +1")
            self.assertIn("Nothing that you can read", told[-1])
            self.cat.types("/nick bob", f"/register {PASSWORD}")

    def test_one_does_not_answer_reactions_by_reply(self) -> None:
        self.cat.types("/dm ann hello")
        self.hush()
        self.bob.types(f"/react {self.number} +1")
        self.ann.hears()
        self.ann.asks("/reply good evening")
        self.assertIn("ann: good evening", self.cat.hears())


class UnkeptTests(ConversationTestCase):
    def test_reactions_to_somebody_who_is_gone_are_refused_if_nothing_is_kept(self) -> None:
        self.begin(direct_history=False)
        self.ann.types("/dm bob shall we?")
        n = self.server.chat.delivery.last_id
        self.assertEqual(self.bob.asks(f"/react {n} +1"), [f"* bob reacts to [{n}]: +1"])
        self.ann.types("/quit")
        [refused] = self.bob.asks(f"/react {n} +1")
        self.assertIn("Nothing that you can read", refused)
        direct = self.server.chat.direct
        writing = direct.write_to(self.bob.session, "ann", "+1", DirectlyReacted, n)
        self.failureResultOf(Deferred.fromCoroutine(cast(Any, writing)), ChatError)
