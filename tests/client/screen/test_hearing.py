"""What the server tells, shown in the windows that it concerns."""

from __future__ import annotations

from datetime import datetime

from chatsvc.client.screen.windows.company import MOST_PEOPLE
from chatsvc.client.screen.windows.windows import MOST_WINDOWS
from tests.client.screen.sitting import AT, InterfaceTestCase


class HearingTests(InterfaceTestCase):
    def test_who_is_here(self) -> None:
        self.assertIn(", 3 here", self.status)
        self.told("joined", name="dan")
        self.told("quit", name="ann")
        self.told("renamed", name="cat", new="catherine")
        self.told("lost", name="dan")
        self.told("joined", name="eve")
        self.assertIn(", 3 here", self.status)
        self.types("c\t")
        self.assertIn("> catherine:", self.screen)

    def test_a_crowd_is_looked_at_once(self) -> None:
        self.told("crowd-joined", name="x1", others=30)
        self.told("crowd-joined", name="x2", others=30)
        self.assertEqual(self.link.asked, [{"do": "who", "room": "#lobby"}])
        self.lists("#lobby", *[f"x{n}" for n in range(60)], more=7)
        self.assertIn(", 67 here", self.status)
        self.assertNotIn("67 users are", self.screen)
        self.told("listed", names=["ann"], where="in #lobby", room="#lobby", more=0)
        self.assertIn("1 user is in #lobby: ann", self.screen)

    def test_my_own_name_changes(self) -> None:
        self.told("renamed", name="bob", new="robert")
        self.assertIn("robert@chat.example.org", self.status)
        self.told("logged-in", name="bobby", rooms=["#lobby", "#ops"])
        self.assertIn("bobby@chat.example.org", self.status)
        self.assertIn("2 #ops", self.status)

    def rows_with(self, text: str) -> list[str]:
        return [row for row in self.screen.split("\n") if text in row]

    def test_what_is_typed_shows_at_once_and_then_in_its_place(self) -> None:
        self.enters("hello")
        still = r"(?:(?!\x1b\[(?:m|0;)).)*"  # without another style
        faint = rf"\x1b\[2m{still}\d\d:\d\d bob: hello …\x1b"
        self.assertRegex(self.draws(), faint.encode())
        self.said("#lobby", "ann", "before that")
        self.assertEqual(self.screen.split("\n")[-3][6:], "bob: hello …")
        self.said("#lobby", "bob", "hello", nonce="1")
        self.said("#lobby", "ann", "after that")
        rows = [row[6:] for row in self.screen.split("\n")[-5:-2]]
        self.assertEqual(rows, ["ann: before that", "bob: hello", "ann: after that"])
        self.assertEqual(len(self.rows_with("bob: hello")), 1)

    def test_what_is_typed_waits_until_there_is_a_connection(self) -> None:
        self.interface.here.status(False)
        self.enters("one\x1b\rtwo")
        self.assertEqual(self.screen.split("\n")[-4:-2][1], " " * 11 + "two …")
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby"], missing=0)
        self.interface.here.status(True)
        self.said("#lobby", "bob", "one\ntwo", nonce="1")
        self.assertEqual(len(self.rows_with("bob: one")), 1)

    def test_what_is_refused_stays_and_is_marked(self) -> None:
        self.enters("hello")
        self.interface.here.hear(
            {"error": {"code": "refused", "text": "You are mute.", "nonce": "1"}}
        )
        *_, typed, why, _, _ = self.screen.split("\n")
        self.assertRegex(typed, r"^\d\d:\d\d !! bob: hello$")
        self.assertRegex(why, r"^\d\d:\d\d !! You are mute\.$")

    def test_commands_show_until_they_are_done_without_their_secrets(self) -> None:
        self.enters("/login bob correcthorse")
        self.assertEqual(len(self.rows_with("/login")), 1)
        self.assertNotIn("correcthorse", self.screen)
        self.told("done", nonce="1")
        self.assertEqual(self.rows_with("/login"), [])

    def test_what_is_typed_shows_the_newest(self) -> None:
        for number in range(100):
            self.said("#lobby", "ann", f"line {number}")
        self.types("\x1b[5~")
        self.assertNotIn("line 99", self.screen)
        self.enters("hello")
        self.assertIn("line 99", self.screen)
        self.assertIn("bob: hello", self.screen)

    def test_what_is_removed_is_shown_no_longer(self) -> None:
        self.said("#lobby", "ann", "something rude\nand more", id=12)
        self.said("#lobby", "ann", "something rude\nand more", id=12, recalled=True)
        self.said("#lobby", "ann", "harmless", id=13)
        act = {"room": "#lobby", "name": "ann", "actor": "bob", "act": 1, "why": "", "id": 14}
        self.told("redaction", **act, entry=12, span="")
        self.assertNotIn("rude", self.screen)
        self.assertNotIn("and more", self.screen)
        self.assertEqual(len(self.rows_with(" -- What ann said was removed by bob.")), 2)
        self.assertIn("ann: harmless", self.screen)

    def test_what_was_removed_is_told_with_its_id_if_one_likes(self) -> None:
        self.told(
            "redacted",
            **{"room": "#lobby", "from": "ann", "text": "bob", "id": 12, "recalled": True},
        )
        self.assertIn(" -- What ann said was removed by bob.", self.screen)
        self.types("\x1bi")
        self.assertIn(" [12] -- What ann said was removed by bob.", self.screen)
        self.types("\x1bi")
        self.assertNotIn("[12]", self.screen)

    def test_nobody_writes_a_line_of_somebody_else(self) -> None:
        for size in ((80, 24), (40, 12), (12, 6)):
            self.begins(size)
            forged = "12:00 cat: I am a thief"
            self.said("#lobby", "ann", f"hi\n{forged}\n-- {forged}")
            for width in range(1, 30):
                self.said("#lobby", "ann", "x" * (size[0] - width) + f" {forged}")
                rows = self.screen.split("\n")[: size[1] - 2]
                for row in rows:
                    self.assertRegex(row, r"^$| |^\d\d:\d\d ann|^\d\d:\d\d$|^———|^—* *\w+,")
                    self.assertNotRegex(row, "^12:00 cat|^--")

    def test_days(self) -> None:
        self.told(
            "said", **{"room": "#lobby", "from": "ann", "text": "1", "at": "2026-11-20T12:00Z"}
        )
        self.said("#lobby", "ann", "2")
        for at in ("2026-11-20T12:00Z", AT):
            day = datetime.fromisoformat(at).astimezone()  # which another zone may call the next
            self.assertIn(f"——— {day:%A}, {day.day} {day:%B %Y} ———", self.screen)

    def test_errors(self) -> None:
        self.enters("/topic x")
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.types("\x0e")
        self.interface.here.hear(
            {"error": {"code": "refused", "text": "You may not.", "nonce": "1"}}
        )
        self.assertNotIn("You may not.", self.screen)
        self.types("\x1b1")
        self.assertIn("!! You may not.", self.screen)

    def test_answers_stand_where_it_was_asked(self) -> None:
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.enters("/away")
        self.types("\x0e")
        self.told("notice", text="You are away.", answers="1")
        self.told("done", nonce="1")
        self.told("notice", text="The server needs a rest.")
        self.assertNotIn("You are away.", self.screen)
        self.assertIn("The server needs a rest.", self.screen)
        self.types("\x0e")
        self.assertIn("You are away.", self.screen)

    def test_that_one_is_away_is_seen_until_one_is_back(self) -> None:
        for command, away in (("/away lunch", ["bob"]), ("/back", [])):
            self.assertEqual(self.enters(command)[0]["line"], command)
            self.told("done", nonce="1")
            self.assertEqual(self.link.asked[-1], {"do": "who", "room": "#lobby"})
            self.lists("#lobby", "ann", "bob", "cat", away=away)
            self.assertEqual("  away  " in self.status, bool(away), command)

    def test_answers_to_a_window_that_is_closed(self) -> None:
        self.enters("/window cat")
        self.enters("hi")
        self.types("/close\r")
        self.interface.here.hear(
            {"error": {"code": "refused", "text": "Cat is gone.", "nonce": "1"}}
        )
        self.assertIn("!! Cat is gone.", self.screen)

    def test_joining_looks_at_the_room(self) -> None:
        self.joins("#ops")
        self.assertIn("[2 #ops", self.status)
        self.told("admitted", room="#other", text="You are in #other.")
        self.assertIn("[2 #ops", self.status)

    def test_bounds(self) -> None:
        for number in range(MOST_WINDOWS + 10):
            self.told("direct", **{"from": f"p{number}", "to": "bob", "text": "hi"})
        self.assertEqual(len(self.interface.here.windows.all()), MOST_WINDOWS)
        self.assertEqual(self.interface.here.windows.all()[0].name, "#lobby")
        for number in range(MOST_PEOPLE + 5):
            self.told("joined", name=f"q{number}")
        self.assertEqual(len([*self.interface.here.windows.lobby.people]), MOST_PEOPLE)
        self.assertIn(f", {MOST_PEOPLE + 8} here", self.status)
