"""What was missed is shown after a login, in its windows."""

from __future__ import annotations

from typing import Any
from unittest import mock

from chatsvc.client.screen.talking import missed
from chatsvc.events.people import MISSED
from tests.client.screen.seats import TtyTestCase
from tests.client.screen.sitting import InterfaceTestCase


class MissedTests(InterfaceTestCase):
    def logs_in(self, *rooms: str) -> None:
        self.told("logged-in", name="bob", rooms=["#lobby", *rooms])
        self.draws()  # asks for what was said in the lobby before
        self.link.asked.clear()
        self.told("notice", text=MISSED)

    def answers(self, *said: tuple[str, int, str], kind: str = "said") -> None:
        """The server answers the last request with messages: the room, the id, the text."""
        nonce = str(len(self.link.asked))
        for room, number, text in said:
            fields: dict[str, Any] = {"room": room, "from": "ann", "text": text, "id": number}
            self.told(kind, **fields, recalled=True, answers=nonce)
        self.told("notice", text="There is more, or there is not.", answers=nonce)
        self.told("done", nonce=nonce)

    def test_it_is_asked_for_until_there_is_no_more(self) -> None:
        self.logs_in("#ops", "#dev")
        self.assertNotIn("/since", self.screen)
        self.answers(("#ops", 3, "one"), ("#dev", 4, "for bob"), ("#ops", 5, "two"))
        self.assertEqual(self.link.asked[-1], {"do": "since"})
        self.answers(("#ops", 6, "three"))
        self.assertNotIn("+", self.status)
        self.answers()
        self.assertEqual([each["do"] for each in self.link.asked].count("since"), 3)
        self.assertIn("3 #dev !1  2 #ops +3", self.status)
        self.assertEqual([each[2:] for each in self.noticed], [("#dev", "for bob")])
        self.types("\x1ba\x1ba")
        rows = self.screen.split("\n")
        self.assertTrue(rows[-6].endswith(", new ———"))
        self.assertEqual([row.split()[-1] for row in rows[-5:-2]], ["one", "two", "three"])

    def test_it_stands_before_what_is_said_meanwhile(self) -> None:
        self.logs_in("#ops")
        self.said("#ops", "cat", "just now", id=9)
        self.answers(("#ops", 7, "long ago"))
        self.answers()
        self.assertIn("2 #ops +2", self.status)
        self.types("\x1b2")
        rows = self.screen.split("\n")
        self.assertIn("long ago", rows[-4])
        self.assertIn("just now", rows[-3])
        self.assertTrue(rows[-5].endswith(", new ———"))

    def test_nothing_is_shown_twice_or_left_out(self) -> None:
        self.said("#lobby", "ann", "five", id=5)
        self.logs_in()
        self.answers(("#lobby", 4, "four"), ("#lobby", 5, "five"))
        self.answers(("#lobby", 5, "five"), ("#lobby", 6, "six"))
        self.answers()
        rows = self.screen.split("\n")
        said = [row.split()[-1] for row in rows[:-2] if " ann: " in row]
        self.assertEqual(said, ["four", "five", "six"])
        self.assertNotIn("+", self.status)

    def test_a_muted_room_is_not_counted(self) -> None:
        self.begins(levels={"#ops": "none"})
        self.logs_in("#ops")
        self.answers(("#ops", 3, "bob, hello"))
        self.answers()
        self.assertIn("2 #ops  bob@", self.status)

    def test_reactions_are_shown_but_not_counted(self) -> None:
        self.begins(levels={"#ops": "all"})
        self.logs_in("#ops")
        self.answers(("#ops", 3, "+1"), kind="reacted")
        self.answers()
        self.assertIn("2 #ops  bob@", self.status)
        self.assertEqual(self.noticed, [])
        self.types("\x1b2")
        self.assertIn("ann reacts to", self.screen)

    def test_of_very_much_the_rest_is_left_to_the_server(self) -> None:
        with mock.patch.object(missed, "MOST", 4):
            self.logs_in("#ops")
            self.answers(*[("#ops", each, "x") for each in range(3)])
            self.answers(*[("#ops", each, "x") for each in range(3, 6)])
        self.assertEqual([each["do"] for each in self.link.asked].count("since"), 2)
        self.assertIn("2 #ops +6", self.status)
        self.assertIn("type /since", self.screen)

    def test_a_room_that_nobody_spoke_in_shows_what_was_said_before(self) -> None:
        self.told("logged-in", name="bob", rooms=["#lobby", "#ops"])
        self.draws()
        self.link.asked.clear()
        self.types("\x1b2")
        self.draws()
        self.assertEqual(self.link.asked, [{"do": "history", "room": "#ops", "what": "100"}])
        self.answers(("#ops", 3, "yesterday"))
        self.assertIn("ann: yesterday", self.screen)
        self.types("\x1b1\x1b2")
        self.draws()
        self.assertEqual(len(self.link.asked), 1)


class ComingBackTests(TtyTestCase):
    """Ann is client1, at netcat; Bob has an account, and sits at a terminal."""

    def opens(self, *options: object) -> object:
        return super().opens("--store", "sqlite:chat.sqlite", "--allow-plaintext-passwords")

    def test_quitting_and_coming_back(self) -> None:
        bob = self.comes()
        bob.types("/nick bob\r/register correcthorse\r/join #ops\r")
        bob.sees("[2 #ops, 1 here]")
        self.ann.types("/join #ops", "before")
        bob.sees("client1: before")
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 0)
        self.ann.sees_some("server: bob has quit")
        self.ann.types("bob, where are you?", "never mind")
        self.ann.sees_some("client1: never mind")
        settings = self.folder / "client.toml"
        logs = self.folder / "logs"
        settings.write_text(f'login = "bob"\nrooms = ["#ops", "#dev"]\nlogs = "{logs}"\n')
        again = self.sits_down("127.0.0.1", str(self.port), "--settings", str(settings))
        again.sees("assword")
        again.types("correcthorse\r")
        again.sees("2 #ops !1 +1", "3 #dev")
        self.assertNotIn("What you type is said there.", again.text)
        again.presses(b"\x1ba")
        again.sees("client1: before", "new ———", "bob, where are you?", "client1: never mind")
        [log] = logs.glob("*/#ops/*.log")
        said = [line.partition(" ")[2] for line in log.read_text().splitlines()]
        self.assertIn("#ops client1: bob, where are you?", said)
        self.assertNotIn("#ops client1: before", said)
