"""How many guests are waited for whose connections are lost."""

from __future__ import annotations

import json

from chatsvc.chat.presence import seats
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Server


class SeatsTests(ChatTestCase):
    def setUp(self) -> None:
        self.begin()

    def begin(self, **limits: int) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off(), **limits)

    def comes_and_drops(self, address: str) -> str:
        """[A program comes, has a token, and loses its connection.] The token."""
        program = self.server.joined_by(address, is_new=False)
        program.types("/json", '{"do": "resume"}')
        for _ in range(2):
            self.server.clock.advance(0.2)
        told = [json.loads(line) for line in program.hears() if line.startswith("{")]
        [token] = [each["token"] for each in told if each["event"] == "resumable"]
        program.drops()
        return str(token)

    def is_waited_for(self, token: str) -> bool:
        program = self.server.joined_by("10.0.0.9", is_new=False)
        program.types("/json", json.dumps({"do": "resume", "token": token}))
        self.server.clock.advance(0.2)
        found = any(json.loads(line).get("event") == "resumed" for line in program.hears()[1:])
        program.types('{"do": "quit"}')
        program.drops()
        return found

    def test_few_of_one_address(self) -> None:
        self.patch(seats, "MOST_SEATS_OF_ADDRESS", 3)
        other = self.comes_and_drops("10.0.1.2")
        tokens = [self.comes_and_drops("10.0.1.1") for _ in range(10)]
        self.assertEqual(len(self.server.chat.seats), 4)
        self.assertEqual(len(self.server.chat.users), 7)
        self.assertEqual(len(self.server.chat.tokens), 4)
        good = [self.is_waited_for(token) for token in tokens]
        self.assertEqual(good, [False] * 7 + [True] * 3)
        self.assertTrue(self.is_waited_for(other))
        self.assertEqual(len(self.server.chat.seats), 0)

    def test_no_more_than_twice_those_who_may_connect(self) -> None:
        self.begin(users=8)
        tokens = [self.comes_and_drops(f"10.0.1.{number}") for number in range(30)]
        self.assertEqual(len(self.server.chat.seats), 16)
        self.assertTrue(self.is_waited_for(tokens[-1]))
        self.assertFalse(self.is_waited_for(tokens[0]))

    def test_an_address_with_many_displaces_only_its_own(self) -> None:
        self.begin(users=8)
        other = self.comes_and_drops("10.0.1.2")
        for number in range(40):
            self.comes_and_drops(f"10.0.2.{number % 2}")
        self.assertEqual(len(self.server.chat.seats), 16)
        self.assertTrue(self.is_waited_for(other))

    def test_not_for_ever(self) -> None:
        self.comes_and_drops("10.0.1.1")
        self.server.clock.advance(61)
        self.assertEqual(len(self.server.chat.seats), 0)
        self.assertEqual(self.server.chat.seats._by_address, {})

    def test_after_a_restart(self) -> None:
        tokens = [self.comes_and_drops("10.0.1.1") for _ in range(6)]
        store = self.server.store
        self.server.chat.shut_down(lambda: None)
        for person in (self.ann, self.bob, self.cat):
            person.drops()
        self.server.clock.advance(1)
        self.patch(seats, "MOST_SEATS_OF_ADDRESS", 4)
        self.server = Server(throttle=Throttle.off(), store=store)
        self.assertEqual(len(self.server.chat.seats), 4)
        self.assertEqual([self.is_waited_for(token) for token in tokens].count(True), 4)
