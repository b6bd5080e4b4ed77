"""Which comings and goings are shown."""

from __future__ import annotations

from tests.client.screen.sitting import InterfaceTestCase


class ComingTests(InterfaceTestCase):
    def at(self, minute: int, event: str, **fields: str) -> None:
        self.interface.here.hear({"event": event, "at": f"2026-11-23T08:{minute:02}:00Z", **fields})

    def test_those_who_have_spoken_lately_are_shown(self) -> None:
        self.at(15, "joined", name="dan")
        self.at(15, "quit", name="cat")
        self.assertNotIn("dan has joined.", self.screen)
        self.assertNotIn("cat has quit.", self.screen)
        self.at(16, "said", **{"room": "#lobby", "from": "dan", "text": "hi"})
        self.at(20, "renamed", name="dan", new="dave")
        self.at(26, "quit", name="dave")
        self.at(26, "joined", name="dave")
        self.at(27, "quit", name="dave")
        self.assertIn("dan is now known as dave.", self.screen)
        self.assertEqual(self.screen.count("dave has quit."), 1)
        self.assertIn("dave has joined.", self.screen)

    def test_others_if_one_likes(self) -> None:
        for which, number in ("all", 2), ("none", 0), ("smart", 0):
            self.begins(presence=which)
            self.at(15, "joined", name="dan")
            self.told("entered", room="#lobby", name="eve")
            self.assertEqual(self.screen.count("has joined"), number, which)
        self.joins("#ops")
        self.assertEqual(self.enters("/presence all"), [])
        self.assertIn("All comings and goings are shown here.", self.screen)
        self.told("entered", room="#ops", name="eve")
        self.assertIn("eve has joined #ops.", self.screen)
        self.enters("/presence none")
        self.told("parted", room="#ops", name="eve")
        self.assertNotIn("eve has left #ops.", self.screen)
        self.enters("/presence maybe")
        self.assertIn("Write it like this: /presence smart", self.screen)
        self.types("\x15/presence s\t\r")
        self.assertIn("Those who have spoken lately are shown here.", self.screen)

    def test_what_happens_to_oneself_and_to_whom_one_talks(self) -> None:
        self.told("renamed", name="bob", new="bobby")
        self.assertIn("bob is now known as bobby.", self.screen)
        self.told("removed", name="cat", actor="zoe", act=3)
        self.assertIn("cat was", self.screen)
        self.enters("/window ann")
        self.told("quit", name="ann")
        self.assertIn("ann has quit.", self.screen)

    def test_who_leaves_the_server_or_changes_names_leaves_the_rooms_one_shares(self) -> None:
        self.joins("#ops")
        for name in "dan", "eve":
            self.at(14, "entered", room="#ops", name=name)
        for name in "dan", "ann":  # ann is not in the room any more
            self.at(15, "said", **{"room": "#ops", "from": name, "text": "hi"})
        self.at(16, "renamed", name="dan", new="dave")
        self.assertIn("dan is now known as dave.", self.screen)
        for name in "dave", "eve", "ann":
            self.at(17, "lost", name=name)
        self.assertIn("dave has lost its connection.", self.screen)
        self.assertEqual(self.screen.count("lost its connection"), 1)
        self.enters("/presence all")
        self.at(18, "entered", room="#ops", name="fay")
        self.at(19, "quit", name="fay")
        self.at(19, "quit", name="gus")
        self.assertIn("fay has quit.", self.screen)
        self.assertNotIn("gus has quit.", self.screen)
