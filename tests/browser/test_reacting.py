"""Replies and reactions, between browsers, IRC clients and whoever has netcat."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.browsing import BrowserTestCase, Visitor

CHIPS = """() => [...document.querySelectorAll(".reactions button")].map((each) =>
  [each.closest(".row").dataset.id, each.textContent, each.ariaPressed, each.title])"""
QUOTES = """() => [...document.querySelectorAll(".quote")].map((each) =>
  [each.closest(".row").querySelector(".body").textContent, each.textContent, each.hash])"""


class ReactingTests(BrowserTestCase):
    def number(self, visitor: Visitor, text: str) -> int:
        visitor.sees(text)
        [found] = [each["id"] for each in visitor.said() if each["text"] == text]
        assert isinstance(found, int)
        return found

    def shows(self, visitor: Visitor, script: str, *wanted: list[Any]) -> None:
        visitor.until(lambda: visitor.page.evaluate(script) == list(wanted), wanted)

    def test_by_mouse_and_from_irc(self) -> None:
        ann, bob = self.opens(), self.opens()
        ann.is_named("ann")
        bob.is_named("bob")
        ivy = self.calls(self.port)
        ivy.types("CAP REQ :message-tags", "CAP END", "NICK ivy", "USER ivy 0 * ivy")
        ivy.sees_some(" 366 ")
        ann.says("shall we go?")
        number = self.number(bob, "shall we go?")
        row = bob.page.locator(f".row[data-id='{number}']")
        row.hover()
        row.get_by_role("button", name="React").click()
        bob.page.click("#react-dialog button[title=thumbsup]")
        chip = [str(number), "👍 1", "false", "bob"]
        self.shows(ann, CHIPS, chip)
        told = ivy.sees_some(" TAGMSG #lobby")
        self.assertIn(f"+draft/reply={number}", told)
        self.assertIn("+draft/react=👍", told)
        ivy.types(f"@+draft/react=👍;+draft/reply={number} TAGMSG #lobby")
        self.shows(ann, CHIPS, [str(number), "👍 2", "false", "bob, ivy"])
        bob.page.click(".reactions button")  # takes it back
        self.shows(ann, CHIPS, [str(number), "👍 1", "false", "ivy"])
        ann.page.click(".reactions button")
        self.shows(bob, CHIPS, [str(number), "👍 2", "false", "ivy, ann"])
        row.hover()
        row.get_by_role("button", name="Answer").click()
        self.assertEqual(bob.page.input_value("#text"), "ann: ")
        bob.page.keyboard.type("at noon")
        bob.page.keyboard.press("Enter")
        answer = ["ann: at noon", "ann shall we go?", f"#lobby/{number}"]
        self.shows(ann, QUOTES, answer)
        told = ivy.sees_some(":ann: at noon")
        self.assertIn(f"+draft/reply={number}", told)
        ivy.types(f"@+draft/reply={number} PRIVMSG #lobby :ann: I come, too")
        self.shows(bob, QUOTES, answer, ["ann: I come, too", answer[1], answer[2]])
        ivy.types(f"@+draft/reply={number} PRIVMSG #lobby :\x01ACTION packs\x01")
        bob.finds("packs", "packs")  # which leads to itself, not to what it answers
        acted = bob.page.get_attribute(".row.acted", "data-id")
        self.assertEqual(bob.page.get_attribute("#found a", "href"), f"#lobby/{acted}")
        ann.page.reload()
        ann.until(ann.is_up)
        self.shows(ann, CHIPS, [str(number), "👍 2", "true", "ivy, ann"])
        self.assertEqual(len(ann.page.evaluate(QUOTES)), 3)
        self.stop()
        self.serve()
        eve = self.opens()
        self.shows(eve, CHIPS, [str(number), "👍 2", "false", "ivy, ann"])
        self.assertEqual(len(eve.page.evaluate(QUOTES)), 3)

    def test_by_keys_and_from_netcat(self) -> None:
        ann, cat = self.opens(), self.calls(self.port)
        cat.types("/nick cat", "hello")
        number = self.number(ann, "hello")
        ann.page.focus("#log")
        ann.page.keyboard.press("ArrowUp")
        ann.page.keyboard.press("r")
        self.assertTrue(ann.page.is_visible("#react-dialog"))
        ann.page.keyboard.press("Enter")
        told = cat.sees_some(f" reacts to [{number}]: ")
        self.assertTrue(re.search(rf"^\* {ann.name()} reacts to", told, re.MULTILINE), told)
        ann.until(lambda: ann.page.evaluate(CHIPS))
        focused = "() => document.activeElement.dataset.id"
        self.assertEqual(ann.page.evaluate(focused), str(number))
        ann.page.keyboard.press("Enter")
        ann.until(lambda: ann.page.is_visible("#answering"))
        ann.page.keyboard.press("Escape")
        ann.until(lambda: not ann.page.is_visible("#answering"))
        cat.types(f"/answer {number} and to myself", f"/react {number} 🎉")
        self.shows(ann, QUOTES, ["and to myself", "cat hello", f"#lobby/{number}"])
        ann.until(lambda: len(ann.page.evaluate(CHIPS)) == 2)

    def test_between_two_alone(self) -> None:
        ann, bob = self.opens(), self.opens()
        ann.is_named("ann")
        bob.is_named("bob")
        ann.says("/dm bob shall we go?")
        bob.page.click("#persons a")
        number = self.number(bob, "shall we go?")
        self.assertFalse(bob.page.is_visible("#people"))
        bob.until(lambda: bob.page.inner_text("#topic") == "here", "ann is here")
        row = bob.page.locator(f".row[data-id='{number}']")
        row.hover()
        row.get_by_role("button", name="React").click()
        bob.page.click("#react-dialog button[title=thumbsup]")
        self.shows(bob, CHIPS, [str(number), "👍 1", "true", "bob"])
        row.hover()
        row.get_by_role("button", name="Answer").click()
        bob.page.keyboard.type("at noon")
        bob.page.keyboard.press("Enter")
        ann.page.click("#persons a")
        self.shows(ann, CHIPS, [str(number), "👍 1", "false", "bob"])
        self.shows(ann, QUOTES, ["at noon", "ann shall we go?", f"#@bob/{number}"])
        ann.page.click(".reactions button")
        self.shows(bob, CHIPS, [str(number), "👍 2", "true", "bob, ann"])
        cat = self.opens()
        self.shows(cat, CHIPS)
        ann.says("/quit")
        bob.until(lambda: bob.page.inner_text("#topic") == "not here", "ann has gone")

    def test_with_a_message_of_long_ago(self) -> None:
        cat = self.calls(self.port)
        cat.types("/nick cat", "the first of many")
        cat.sees_some("the first of many")
        ann = self.opens()
        number = self.number(ann, "the first of many")
        cat.types(*[f"line {each}" for each in range(50)], f"/react {number} 👍")
        cat.sees_some(" reacts to ")
        bob = self.opens(f"/#lobby/{number}")
        self.shows(bob, CHIPS, [str(number), "👍 1", "false", "cat"])
        self.assertEqual(bob.page.locator(".row.found").get_attribute("data-id"), str(number))
        bob.page.click(".reactions button")
        self.shows(bob, CHIPS, [str(number), "👍 2", "true", f"cat, {bob.name()}"])

    def test_an_answer_to_a_message_of_long_ago_shows_it(self) -> None:
        cat = self.calls(self.port)
        cat.types("/nick cat", "the first of many")
        number = self.number(self.opens(), "the first of many")
        cat.types(*[f"line {each}" for each in range(150)], f"/answer {number} at last")
        ann = self.opens()
        ann.sees("at last")
        self.shows(ann, QUOTES, ["at last", "cat the first of many", f"#lobby/{number}"])

    def test_what_is_removed_is_quoted_no_longer(self) -> None:
        ann, cat = self.opens(), self.calls(self.port)
        ann.joins("#ops")
        cat.types("/nick cat", "/join #ops", "rude words")
        number = self.number(ann, "rude words")
        cat.types(f"/answer {number} as I said")
        quote = ["as I said", "cat rude words", f"#ops/{number}"]
        self.shows(ann, QUOTES, quote)
        ann.says(f"/redact {number}")
        quote[1] = f"cat This message was removed by {ann.name()}."
        self.shows(ann, QUOTES, quote)

    def test_a_link_to_a_message_leads_there_in_the_same_page(self) -> None:
        ann, cat = self.opens(), self.calls(self.port)
        cat.types("hello")
        number = self.number(ann, "hello")
        cat.types("/join #ops", f"/say #ops look: {self.url()}#lobby/{number}")
        ann.joins("#ops")
        ann.page.click(".said .body a")
        ann.page.locator(f".row.found[data-id='{number}']").wait_for()
        self.assertEqual(ann.page.inner_text("#title"), "#lobby")
