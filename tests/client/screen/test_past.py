"""What was said before is read from the server."""

from __future__ import annotations

from typing import Any
from unittest import mock

from chatsvc.client.screen.windows.past import PAGE
from chatsvc.terminal.picture import scrollback
from tests.client.screen.sitting import AT, InterfaceTestCase


class PastTestCase(InterfaceTestCase):
    """The server has messages 1 to 1000, of which the newest are shown."""

    def begins_at(self, first: int, last: int = 1000) -> None:
        for number in range(first, last + 1):
            self.said("#lobby", "ann", f"line {number}", id=number)
        self.draws()
        self.link.asked.clear()

    def answers(self, *numbers: int, text: str = "") -> dict[str, Any]:
        """The server answers the last request with some messages."""
        nonce = str(len(self.link.asked))
        for number in numbers:
            self.told(
                "said",
                **{"room": "#lobby", "from": "ann", "text": f"line {number}", "id": number},
                recalled=True,
                answers=nonce,
            )
        if text:
            self.told("notice", text=text, answers=nonce)
        self.told("done", nonce=nonce)
        return self.link.asked[-1]

    @property
    def lines(self) -> list[int]:
        """The numbers of the messages on the screen."""
        rows = self.screen.split("\n")[:-2]
        return [int(row.rpartition("line ")[2]) for row in rows if "line " in row]


class ReadingTests(PastTestCase):
    def test_scrolling_goes_on_into_what_the_server_has(self) -> None:
        self.begins_at(931)
        self.types("\x1b[5~")
        self.assertEqual(self.link.asked, [])
        self.types("\x1b[5~")
        what = {"do": "history", "room": "#lobby", "what": f"{PAGE} before 931"}
        self.assertEqual(self.link.asked, [what])
        self.types("\x1b[5~")
        self.assertEqual(len(self.link.asked), 1)
        before = self.lines
        self.answers(*range(831, 931))
        self.types("\x1b[6~\x1b[5~")
        self.assertEqual(self.lines[1:], before)  # the day stands elsewhere now
        for _ in range(6):
            self.types("\x1b[5~")
        self.assertIn(831, self.lines)
        self.assertEqual(self.link.asked[-1]["what"], f"{PAGE} before 831")
        self.answers(text="Nothing more was said in #lobby.")
        self.assertNotIn("Nothing more", self.screen)
        self.types("\x1b[5~" * 2)
        self.assertIn("Nothing was said in #lobby before.", self.status)
        self.assertEqual(len(self.link.asked), 2)
        self.types("\x1b[F")
        self.assertEqual(self.lines[-1], 1000)

    def test_the_first_message_of_a_day_says_so(self) -> None:
        self.begins_at(951)
        self.types("\x1b[5~\x1b[5~")
        nonce = str(len(self.link.asked))
        for number, at in ((900, "2026-11-22T10:00:00Z"), (901, AT)):
            fields = {"room": "#lobby", "from": "ann", "text": f"line {number}", "id": number}
            self.interface.here.hear(
                {"event": "said", **fields, "at": at, "recalled": True, "answers": nonce}
            )
        self.told("done", nonce=nonce)
        self.types("\x1b[5~" * 3)
        rows = self.screen.split("\n")
        days = [at for at, row in enumerate(rows) if row.startswith("———")]
        self.assertIn("Sunday, 22 November 2026", rows[days[0]])
        self.assertIn("line 900", rows[days[0] + 1])
        self.assertIn("Monday, 23 November 2026", rows[days[1]])
        self.assertIn("line 901", rows[days[1] + 1])
        self.assertEqual(len(days), 2)

    def test_memory_is_bounded_however_far_one_goes_back(self) -> None:
        with mock.patch.object(scrollback, "LINES", 120):
            self.begins_at(881)
            oldest, pages = 881, 0
            while oldest > 301:
                self.types("\x1b[5~")
                pages += 1
                self.assertLess(pages, 1000)
                if self.link.asked and self.link.asked[-1]["what"] == f"{PAGE} before {oldest}":
                    self.answers(*range(oldest - 100, oldest))
                    oldest -= 100
            window = self.interface.here.windows.current
            self.assertLessEqual(len(window.scrollback.keys), 120)
            self.said("#lobby", "ann", "line 1001", id=1001)
            self.assertNotIn(1001, self.lines)
            self.assertIn("1 new below (end)", self.status)
            self.link.asked.clear()
            seen: list[int] = []
            while 1001 not in self.lines:
                before = len(self.link.asked)
                self.types("\x1b[6~")
                if len(self.link.asked) > before:
                    first = int(self.link.asked[-1]["what"].split()[-1]) + 1
                    self.answers(*range(first, min(first + 100, 1002)))
                seen += self.lines
                self.assertLess(len(seen), 20_000)
            self.assertEqual(sorted({*seen}), [*range(min(seen), 1002)])
            self.assertIsNone(window.past)

    def test_a_person_without_an_account_has_no_past(self) -> None:
        self.enters("/window ann")
        for number in range(30):
            self.told("direct", **{"from": "ann", "to": "bob", "text": f"line {number}"}, id=number)
        self.link.asked.clear()
        self.types("\x1b[5~")
        self.assertEqual(self.link.asked[-1]["room"], "@ann")
        none = "No messages between you and ann are kept."
        self.interface.here.hear({"error": {"code": "refused", "text": none, "nonce": "1"}})
        self.assertIn(none, self.status)
        self.types("\x1b[5~")
        self.assertEqual(len(self.link.asked), 1)

    def test_what_is_asked_for_is_not_said_twice(self) -> None:
        self.begins_at(901)
        self.enters("/history 20")
        self.assertEqual(self.link.asked, [{"do": "history", "room": "#lobby", "what": "20"}])
        self.answers(*range(981, 1001))
        self.assertEqual(self.lines.count(985), 1)
        self.types("\x1b[F")
        self.assertEqual(self.lines, [*range(979, 1001)])
        self.enters("/history around 500")
        self.answers(*range(490, 511))
        self.assertEqual(self.lines, [*range(490, 511)])
        self.types("\x1b[6~")
        self.assertEqual(self.link.asked[-1]["what"], f"{PAGE} after 510")
        self.types("\x1b[F")
        self.enters("/history around 5000")
        error = {"code": "refused", "text": "Nothing has the number 5000.", "nonce": "1"}
        self.interface.here.hear({"error": error})
        self.assertIn("Nothing has the number 5000.", self.status)
        self.assertEqual(self.lines[-1], 1000)

    def test_what_was_said_since_then_is_read_from_there(self) -> None:
        self.begins_at(981)
        self.enters("/history since 14:00")
        self.answers(*range(901, 1001))
        self.assertIn(901, self.lines)
        self.assertNotIn(1000, self.lines)
        self.types("\x1b[6~")
        self.assertIn(930, self.lines)

    def test_a_lost_request_is_made_again(self) -> None:
        self.begins_at(951)
        self.types("\x1b[5~\x1b[5~")
        self.interface.here.hear({"error": {"code": "unsure", "text": "Lost.", "nonce": "1"}})
        self.types("\x1b[5~")
        self.assertEqual([each["do"] for each in self.link.asked], ["history"] * 2)

    def test_a_room_of_which_nothing_is_shown(self) -> None:
        self.types("\x1b[5~")
        self.assertEqual(self.link.asked, [{"do": "history", "room": "#lobby", "what": str(PAGE)}])
        self.answers(1, 2, 3)
        self.assertEqual(self.lines, [1, 2, 3])

    def test_what_is_removed_meanwhile_is_gone_from_the_past_too(self) -> None:
        self.begins_at(951)
        self.types("\x1b[5~\x1b[5~")
        self.answers(*range(851, 951))
        self.told("redaction", room="#lobby", name="ann", actor="zoe", act=1, entry=940)
        self.types("\x1b[5~")
        self.assertIn("What ann said was removed by zoe.", self.screen)


class FindTests(PastTestCase):
    def test_what_is_loaded_is_searched_first(self) -> None:
        self.begins_at(901)
        self.types("\x06line 95")
        self.assertTrue(self.screen.endswith("\nfind: line 95"))
        self.assertIn(959, self.lines)
        self.assertNotIn(1000, self.lines)
        row = next(at for at, row in enumerate(self.emulator.rows) if "line 959" in row)
        self.assertTrue(self.emulator.buffer[row][11].reverse)
        self.types("\x06\x1b[A")
        self.assertIn(957, self.lines)
        self.types("\x1b[B\x1b[B\x1b[B")
        self.assertIn("Nothing after that has it.", self.screen)
        self.types("\x1b[5~")
        self.assertTrue(self.screen.endswith("\n#lobby>"))
        self.assertFalse(self.emulator.buffer[row][11].reverse)
        self.types("\x06line 95\x03")
        self.assertIn(1000, self.lines)

    def test_then_what_the_server_has(self) -> None:
        self.begins_at(901)
        self.types("\x06line 7")
        self.assertIn("Nothing that is loaded has it; ctrl-f asks the server.", self.screen)
        self.types("\x06")
        self.assertEqual(self.link.asked[-1], {"do": "search", "words": "line 7* in #lobby"})
        self.types("\x06")
        self.assertEqual(len(self.link.asked), 1)
        self.answers(798, 799)
        self.assertEqual(
            self.link.asked[-1], {"do": "history", "room": "#lobby", "what": "around 799"}
        )
        self.answers(*range(789, 810))
        self.assertIn(799, self.lines)
        self.types("\x06")
        self.assertIn(798, self.lines)
        self.types("\x06" * 9)
        self.assertIn(790, self.lines)
        self.types("\x06")
        self.assertRegex(self.link.asked[-1]["words"], r"line 7\* in #lobby before \d+[sm]$")
        self.answers(798, text="x")
        self.assertIn("Nothing before that has it.", self.screen)
        self.types("\x1b[F")
        self.assertIn(1000, self.lines)

    def test_what_nothing_has(self) -> None:
        self.begins_at(901)
        self.types("\x06line 95")
        self.assertIn("; esc: back to the newest\n", self.screen)
        self.types("\x15zzz\x06")
        self.answers(text="x")
        self.assertIn("\nNothing has it.\n", self.screen)

    def test_another_text_is_looked_for_anew(self) -> None:
        self.begins_at(901)
        self.types("\x06zzz\x06")
        self.types("\x15line 99")
        self.answers(799)
        self.assertIn(999, self.lines)
        self.types("\x15")
        self.assertIn("the one before", self.screen)
