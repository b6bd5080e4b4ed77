"""What helps with writing: completion with explanations, emoji, counts; and what /search lists."""

from __future__ import annotations

import sys
from typing import Any
from unittest import mock

from chatsvc.client.screen.writing import emoji
from chatsvc.terminal.keys import Paste
from tests.client.screen.sitting import InterfaceTestCase


class CompletionTests(InterfaceTestCase):
    def list(self, rows: int) -> list[str]:
        return self.screen.split("\n")[-2 - rows : -2]

    def test_what_fits_is_listed_with_an_explanation(self) -> None:
        self.types("/wh\t")
        self.assertEqual(self.list(2), ["/who  /whois", "/who [#room]  List who is in a room."])
        self.types("\t\t")
        self.assertEqual(
            self.list(2)[1], "/whois username  Show who somebody is, and in which rooms."
        )
        row = self.emulator.buffer[20]
        self.assertTrue(row[6].reverse)
        self.assertFalse(row[0].reverse)
        self.types("x")
        self.assertNotIn("List who", self.screen)

    def test_a_command_that_is_complete_is_explained(self) -> None:
        self.types("/kic\t")
        self.assertTrue(self.screen.endswith("#lobby> /kick"))
        self.assertIn("/kick [#room|server] username", self.screen)
        self.types("ann")
        self.assertNotIn("/kick [#room|server] username", self.screen)
        self.types("\x15/wind\t")
        self.assertIn("Go to a window", self.screen)

    def test_a_long_explanation_has_its_end_marked(self) -> None:
        self.types("/toke\t")
        self.assertTrue(self.list(1)[0].startswith("/token add|list|revoke"))
        self.assertTrue(self.list(1)[0].endswith("…"))

    def test_what_only_matches_is_completed(self) -> None:
        self.told("admitted", room="#deploys", text="You are in #deploys.")
        self.types("/msg anne\x7f\x7f\x7f\t")
        self.assertTrue(self.screen.endswith("> /msg ann"))
        self.types("\x15/topic #dpl\t")
        self.assertTrue(self.screen.endswith("> /topic #deploys"))
        self.types("\x15/unwtch\t")
        self.assertTrue(self.screen.endswith("> /unwatch"))

    def test_many_candidates_take_a_few_rows(self) -> None:
        self.lists("#lobby", *[f"client{number:03}" for number in range(200)])
        self.types("cli\t")
        shown = [row for row in self.screen.split("\n") if row.startswith("client0")]
        self.assertEqual(len(shown), 3)
        self.assertTrue(shown[2].endswith("…"))
        self.types("\t" * 60)
        self.assertIn("client059", self.screen)
        self.assertNotIn("\nclient000", self.screen)

    def test_emoji_by_their_names(self) -> None:
        self.types("fine :tada\t")
        self.assertTrue(self.screen.endswith("> fine 🎉"), self.screen)
        self.types(":thumbs\t")
        self.assertIn("👍 :+1:", self.screen)
        self.assertIn("👎 :-1:", self.screen)
        self.types("\t\r")
        self.assertTrue(self.link.asked[-1]["text"].startswith("fine 🎉 👍"))

    def test_without_the_library_there_are_no_emoji(self) -> None:
        emoji.by_name.cache_clear()
        self.addCleanup(emoji.by_name.cache_clear)
        with mock.patch.dict(sys.modules, {"emoji": None}):
            self.types(":tada\t")
        self.assertTrue(self.screen.endswith("> :tada"))


class CountTests(InterfaceTestCase):
    def test_the_rows_of_a_paste_are_counted_before_it_is_sent(self) -> None:
        self.interface.press(Paste("one\ntwo\nthree"))
        self.assertIn("  3 rows  ", self.screen)
        self.interface.press(Paste("\n".join(map(str, range(100)))))
        self.assertIn("  102 rows, 3 messages  ", self.screen)
        self.types("\x03")
        self.assertNotIn(" rows", self.screen)

    def test_the_input_wraps_between_words(self) -> None:
        self.begins((30, 12))
        self.types("hello there, how are you today")
        self.assertEqual(
            self.screen.split("\n")[-2:], ["#lobby> hello there, how are", "you today"]
        )


class SearchTests(InterfaceTestCase):
    def finds(self, *found: dict[str, Any], text: str = "") -> None:
        for each in found:
            self.told("said", **each, recalled=True, answers="1")
        if text:
            self.told("notice", text=text, answers="1")
        self.told("done", nonce="1")

    def test_what_is_found_is_gone_to(self) -> None:
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.assertEqual(self.enters("/search deploy"), [{"do": "search", "words": "deploy"}])
        self.finds(
            {"room": "#lobby", "from": "cat", "text": "no deploy", "id": 7},
            {"room": "#ops", "from": "ann", "text": "deploy\nnow", "id": 8},
        )
        rows = self.screen.split("\n")
        self.assertEqual(rows[-1], "deploy:")
        self.assertEqual(rows[-3], "> 23 Nov 08:15 #ops ann: deploy")
        self.types("\x1b[A")
        self.assertIn("> 23 Nov 08:15 #lobby cat: no deploy", self.screen)
        self.types("\x1b[B\r")
        self.assertIn("[2 #ops", self.status)
        self.assertEqual(self.link.asked[-1], {"do": "history", "room": "#ops", "what": "around 8"})
        nonce = str(len(self.link.asked))
        self.said("#ops", "ann", "deploy\nnow", id=8, recalled=True, answers=nonce)
        self.told("done", nonce=nonce)
        self.assertIn("ann: deploy", self.screen)
        self.assertIn("scrolled back", self.status)
        self.types("\x1b[F")
        self.assertNotIn("ann: deploy", self.screen)

    def test_nothing_is_found(self) -> None:
        self.enters("/search deploy")
        self.finds(text="Nothing like that was said.")
        self.assertIn("-- Nothing like that was said.", self.screen)
        self.enters("/search ...")
        error = {"code": "refused", "text": "There is no word.", "nonce": "1"}
        self.interface.here.hear({"error": error})
        self.assertIn("-- There is no word.", self.screen)

    def test_the_choice_is_given_up(self) -> None:
        self.enters("/search deploy")
        self.finds({"room": "#lobby", "from": "cat", "text": "no deploy", "id": 7})
        self.types("\x1b[A\x03x")
        self.assertTrue(self.screen.endswith("#lobby> x"))
