"""/watch: people and programs are told when somebody comes or goes."""

from __future__ import annotations

import json

from tests.harness import ChatTestCase


class WatchTests(ChatTestCase):
    def watched(self) -> list[str]:
        """What ann is told of those she watches."""
        return [line for line in self.ann.hears() if "watch" in line]

    def test_somebody_comes_and_goes(self) -> None:
        self.ann.types("/watch Dan")
        self.assertEqual(
            self.ann.hears(),
            ["server: You are told when Dan comes or goes. Dan is not here now."],
        )
        dan = self.server.joined_by("10.0.0.9")
        dan.types("/nick dan")
        self.assertEqual(self.watched(), ["server: dan, whom you watch, is here."])
        dan.types("/nick daniel")
        self.assertEqual(self.watched(), ["server: dan, whom you watch, has gone."])
        dan.types("/nick DAN")
        dan.types("/quit")
        self.assertEqual(
            self.watched(),
            [
                "server: DAN, whom you watch, is here.",
                "server: DAN, whom you watch, has gone.",
            ],
        )
        self.assertEqual([line for line in self.bob.hears() if "watch" in line], [])

    def test_who_is_here(self) -> None:
        self.ann.types("/watch client2", "/watch CLIENT2", "/watch nobody-yet", "/watch")
        self.assertEqual(
            self.ann.hears(),
            [
                "server: You are told when client2 comes or goes. client2 is here.",
                "server: You watch client2 already.",
                "server: You are told when nobody-yet comes or goes. nobody-yet is not here now.",
                "server: People you watch who are here: client2.",
                "server: People you watch who are not here: nobody-yet.",
            ],
        )
        self.bob.drops()
        self.assertEqual(self.watched(), ["server: client2, whom you watch, has gone."])

    def test_no_longer(self) -> None:
        self.ann.types("/watch client2", "/unwatch Client2", "/unwatch client2")
        self.assertEqual(
            self.ann.hears()[1:],
            [
                "server: You are no longer told when Client2 comes or goes.",
                "server: You don't watch client2.",
            ],
        )
        self.bob.types("/quit")
        self.assertEqual(self.watched(), [])

    def test_what_is_no_name(self) -> None:
        self.ann.types("/watch " + "x" * 33, "/watch a!b", "/watch client1", "/watch")
        self.assertEqual(
            self.ann.hears(),
            [
                "server: A name has 2 to 32 characters.",
                'server: A name is made of letters, digits, "-" and "_": no exclamation mark.',
                "server: You cannot watch yourself.",
                "server: People you watch who are here: nobody.",
            ],
        )

    def test_it_ends_with_the_watcher(self) -> None:
        self.ann.types("/watch client2")
        self.ann.types("/quit")
        self.assertEqual(self.server.chat.watches.of("client2"), [])

    def test_a_guest_who_becomes_somebody_else(self) -> None:
        """What a guest watches is watched by the owner who has logged in, and the guest is gone."""
        self.ann, self.bob, self.cat = self.start(plaintext_passwords=True)
        self.bob.types("/nick bob", "/register a-long-password")
        self.ann.types("/watch client3")
        self.cat.types("/watch client1", "/login bob a-long-password")
        self.assertEqual(self.watched(), ["server: client3, whom you watch, has gone."])
        self.ann.types("/quit")
        told = "server: client1, whom you watch, has gone."
        self.assertIn(told, self.bob.hears())
        self.assertIn(told, self.cat.hears())

    def test_a_program(self) -> None:
        program = self.server.joined_by("10.0.0.9")
        program.types("/json", '{"do": "watch", "username": "client2", "nonce": "1"}')
        program.hears()
        self.bob.types("/quit")
        told = [json.loads(line) for line in program.hears()]
        watched = [each for each in told if each["event"] == "watched"]
        self.assertEqual([(each["name"], each["here"]) for each in watched], [("client2", False)])
