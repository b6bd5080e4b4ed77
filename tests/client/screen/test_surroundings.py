"""What stands around the messages: the bar, the people, the prompt."""

from __future__ import annotations

from chatsvc.client.screen.interface import LOOK_EVERY
from chatsvc.client.screen.windows.rooms import MOST_LOOKED_AT
from tests.client.screen.sitting import InterfaceTestCase


class BarTests(InterfaceTestCase):
    def test_the_topic_stands_above(self) -> None:
        self.joins("#ops")
        self.lists("#ops", "ann", "bob", topic="Deploys on Tuesdays")
        self.assertEqual(self.screen.split("\n")[0], "#ops  Deploys on Tuesdays")
        self.told("topic-set", room="#ops", name="ann", topic="Never")
        self.assertEqual(self.screen.split("\n")[0], "#ops  Never")
        self.types("\x1b1")
        self.assertNotIn("Never", self.screen)
        self.types("\x1b2")
        self.told("topic-set", room="#ops", name="ann", topic="")
        self.assertEqual(self.screen.split("\n")[0], "")

    def test_the_end_of_a_long_topic_is_missed(self) -> None:
        self.lists("#lobby", "ann", topic="on and " * 20)
        row = self.screen.split("\n")[0]
        self.assertTrue(row.startswith("#lobby  on and on and "))
        self.assertTrue(row.endswith("…"))
        self.assertEqual(len(row), 80)

    def test_a_low_terminal_has_no_bar(self) -> None:
        for rows, first in (12, "#lobby  works"), (11, ""):
            self.begins((80, rows))
            self.lists("#lobby", "ann", topic="works")
            self.assertEqual(self.screen.split("\n")[0], first)

    def test_the_prompt_says_where_one_writes(self) -> None:
        self.assertTrue(self.screen.endswith("#lobby>"))
        self.joins("#ops")
        self.assertTrue(self.screen.endswith("\n#ops>"))
        self.enters("/window ann")
        self.assertTrue(self.screen.endswith("\n@ann>"))
        self.begins((20, 12))
        self.joins("#a-long-name")
        self.types("hey")
        self.assertTrue(self.screen.endswith("\n#a-…> hey"), self.screen)


class PeopleTests(InterfaceTestCase):
    def begins_wide(self, rows: int = 24) -> None:
        self.begins((100, rows))
        self.lists(
            "#lobby",
            *("zoe", "bob", "ann", "cat", "dan"),
            owners=["zoe"],
            moderators=["bob"],
            away=["cat"],
        )

    @property
    def people(self) -> list[str]:
        return [row[82:] for row in self.screen.split("\n")[:-2] if row[82:].strip()]

    def test_those_who_keep_order_stand_first(self) -> None:
        self.begins_wide()
        self.assertEqual(self.people, ["~zoe", "@bob", " ann", " cat", " dan"])
        drawn = self.drawn_anew()
        self.assertIn(b"\x1b[2m\xe2\x94\x82\x1b[82G\x1b[K  cat\x1b[", drawn)
        self.assertIn(b"\xe2\x94\x82\x1b[82G\x1b[K  \x1b[mdan", drawn)
        self.told("renamed", name="zoe", new="amy")
        self.told("quit", name="ann")
        self.told("joined", name="eve")
        self.assertEqual(self.people, ["~amy", "@bob", " cat", " dan", " eve"])
        self.assertIn("│", self.screen)

    def drawn_anew(self) -> bytes:
        self.interface.screen.picture.forget()
        return self.draws()

    def test_a_new_moderator_is_asked_for(self) -> None:
        self.begins_wide()
        self.told("opped", room="#lobby", name="ann", actor="zoe", act=3)
        self.assertEqual(self.link.asked[-1], {"do": "who", "room": "#lobby"})

    def test_who_is_away_is_asked_for_now_and_then(self) -> None:
        for size, asked in ((99, 0), (100, 1)):
            self.begins((size, 24))
            for _ in range(LOOK_EVERY + 1):
                self.interface.tick()
            self.assertEqual(self.link.asked, [{"do": "who", "room": "#lobby"}] * asked)
        self.lists("#lobby", *[f"c{number}" for number in range(MOST_LOOKED_AT + 1)])
        self.link.asked.clear()
        for _ in range(LOOK_EVERY):
            self.interface.tick()
        self.assertEqual(self.link.asked, [])

    def test_the_list_is_shown_on_a_wide_terminal_if_one_likes(self) -> None:
        self.assertNotIn("│", self.screen)
        self.types("\x1bN\x1bN")
        self.assertIn("takes a wider terminal", self.status)
        self.begins_wide()
        self.types("\x1bN")
        self.assertNotIn("│", self.screen)
        self.types("\x1bN")
        self.assertIn("│", self.screen)
        self.enters("/window ann")
        self.assertNotIn("│", self.screen)

    def test_the_list_is_scrolled_by_itself(self) -> None:
        self.begins_wide(12)
        names = [f"p{number:02}" for number in range(30)]
        self.lists("#lobby", *names)
        for number in range(30):
            self.said("#lobby", "ann", f"line {number}")
        self.assertEqual(self.people, [*[f" {each}" for each in names[:9]], "  +21"])
        self.types("\x1b[6;3~")
        self.assertEqual(self.people, ["  +10", *[f" {each}" for each in names[10:18]], "  +12"])
        self.types("\x1b[<65;90;3M" * 9)
        self.assertEqual(self.people, ["  +21", *[f" {each}" for each in names[21:]]])
        self.assertIn("line 29", self.screen)
        self.types("\x1b[5;3~" * 3)
        self.assertEqual(self.people[0], " p00")
        self.types("\x1b[<64;10;3M")
        self.assertNotIn("line 29", self.screen)

    def test_a_message_costs_few_bytes_beside_the_list(self) -> None:
        self.begins_wide()
        for number in range(100):
            self.said("#lobby", "ann", f"line {number} " + "word " * 10)
        self.draws()
        for text in ("hello", "how are you?", "👍 fine"):
            self.said("#lobby", "ann", text)
            self.assertLess(len(self.draws()), 450)
            self.emulator.shows(self, self.interface.screen)
        self.types("x")
        self.assertLess(len(self.draws()), 40)
