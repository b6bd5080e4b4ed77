"""History on the page: search with jumps, scrolling back without losing the place, permalinks."""

from __future__ import annotations

from typing import Any

from tests.browser.browsing import BrowserTestCase, Visitor

MANY = 2000
# The numbers of the lines that can be seen.
SEEN = """() => {
  const { top, bottom } = document.getElementById("log").getBoundingClientRect();
  return [...document.querySelectorAll("#rows > .said")].filter((row) => {
    const place = row.getBoundingClientRect();
    return place.bottom > top && place.top < bottom;
  }).map((row) => Number(row.querySelector(".body").textContent.split(" ")[1]));
}"""
SCROLL = (
    "(by) => { const log = document.getElementById('log'); log.scrollTop += by * log.clientHeight }"
)
ROWS = "() => document.getElementById('rows').childElementCount"
MOST = 310  # rows and separators; docs/browser.md promises 300 rows


class HistoryTests(BrowserTestCase):
    scrolled = 0  # so often

    def filled(self, number: int, *before: str) -> Any:
        """Cat, who has said some lines."""
        cat = self.calls(self.port)
        cat.types("/nick cat", *before, *[f"line {each} of all" for each in range(number)])
        cat.sees_some(f"cat: line {number - 1} of all\n")
        return cat

    def comes(self, number: int) -> Visitor:
        """Ann, who sees the last of so many lines, and has some before them."""
        ann = self.opens()
        ann.sees(f"line {number - 1} of all", f"line {number - 100} of all")
        return ann

    def seen(self, ann: Visitor) -> list[int]:
        """The numbers of the lines that can be seen."""
        found: list[int] = ann.page.evaluate(SEEN)
        return found

    def scrolls(self, ann: Visitor, by: float) -> None:
        """Scroll by so many heights of the window, and wait for what is loaded then."""
        self.scrolled += 1
        self.assertLess(self.scrolled, MANY, "there is no end")
        ann.page.evaluate(SCROLL, by)
        ann.page.wait_for_timeout(60)

    def test_scrolling_back_and_forth_keeps_the_place(self) -> None:
        cat = self.filled(MANY)
        ann = self.comes(MANY)
        seen = self.seen(ann)
        while seen[0]:
            self.scrolls(ann, -0.7)
            before, seen = seen, ann.until(lambda: self.seen(ann))
            self.assertEqual(seen, list(range(seen[0], seen[0] + len(seen))))
            self.assertLessEqual(seen[0], before[0])
            self.assertGreaterEqual(seen[-1], before[0] - 1, "a jump")
            self.assertLess(ann.page.evaluate(ROWS), MOST)
        ann.sees_words("No earlier messages")
        cat.types("said meanwhile")
        while seen[-1] < 700:
            self.scrolls(ann, 0.7)
            before, seen = seen, ann.until(lambda: self.seen(ann))
            self.assertEqual(seen, list(range(seen[0], seen[0] + len(seen))))
            self.assertLessEqual(seen[0], before[-1] + 1, "a jump")
            self.assertLess(ann.page.evaluate(ROWS), MOST)
        self.assertNotIn("said meanwhile", ann.texts())
        ann.page.click("#newest")
        ann.sees("said meanwhile")

    def test_lines_that_come_while_one_reads_move_nothing(self) -> None:
        cat = self.filled(300)
        ann = self.comes(300)
        self.scrolls(ann, -1.5)
        ann.page.wait_for_timeout(300)
        before = self.seen(ann)
        cat.types(*[f"new {each}" for each in range(50)])
        ann.sees("new 49")
        ann.page.wait_for_timeout(300)
        self.assertEqual(self.seen(ann), before)
        self.assertIn("50 new", ann.page.inner_text("#newest"))

    def test_what_is_found_leads_to_its_place(self) -> None:
        self.filled(700, "the needle lies here")
        ann = self.comes(700)
        self.assertNotIn("the needle lies here", ann.texts())
        ann.finds("needle", "the needle lies here")
        ann.finds("needle", "the needle lies here")
        ann.page.click("#found a")
        found = ann.page.locator(".row.found")
        found.wait_for(state="visible")
        self.assertIn("the needle lies here", found.inner_text())
        ann.sees("line 20 of all")
        self.assertRegex(ann.page.url, r"#lobby/\d+$")
        ann.page.click("#newest")
        ann.sees("line 699 of all")

    def test_what_is_found_goes_on_as_far_as_anything_was_said(self) -> None:
        self.filled(50)
        ann = self.opens()
        ann.finds("all", "line 49 of all")
        found = ann.page.locator("#found li")
        self.assertEqual(found.count(), 20)
        ann.page.focus("#older")
        ann.page.keyboard.press("Enter")
        ann.sees_words("40 messages", "#found-status")
        self.assertIn("line 29 of all", ann.page.evaluate("document.activeElement.textContent"))
        ann.page.click("#older")
        ann.sees_words("50 messages", "#found-status")
        ann.page.locator("#older").wait_for(state="hidden")
        texts = found.locator("span").all_inner_texts()
        self.assertEqual(texts, [f"line {each} of all" for each in reversed(range(50))])
        ann.finds("line 7", "line 7 of all")
        self.assertEqual(found.count(), 1)

    def test_the_address_of_a_message(self) -> None:
        cat = self.filled(400)
        ann = self.comes(400)
        self.scrolls(ann, -5)
        ann.sees("line 250 of all")
        row = ann.page.locator(".row", has_text="line 250 of all")
        row.hover()
        row.locator("a.when").click()
        ann.until(lambda: "/" in ann.page.url.partition("#")[2], "an address")
        bob = self.opens(ann.page.url.removeprefix(self.url("")))
        found = bob.page.locator(".row.found")
        found.wait_for(state="visible")
        self.assertIn("line 250 of all", found.inner_text())
        cat.types("/join #ops", "hello, #ops")
        cat.sees_some("cat: hello, #ops\n")
        eve = self.opens("/#ops")
        eve.sees("hello, #ops")
        self.assertEqual(eve.page.inner_text("#title"), "#ops")
        eve.page.go_back()  # nowhere, and all stays as it is
        gone = self.opens("/#lobby/999999")
        gone.sees_words("That message is not there")

    def test_the_address_of_a_message_in_a_room_that_fits_on_the_screen(self) -> None:
        ann = self.opens()
        for text in ("one", "two"):
            ann.says(text)
            ann.sees(text)
        bob = self.opens(f"/#lobby/{ann.said()[0]['id']}")
        bob.page.locator(".row.found").wait_for()
        bob.until(lambda: not bob.page.is_visible("#newest"))
        ann.says("three")
        bob.sees("three")
        self.assertFalse(bob.page.is_visible("#newest"))

    def test_rooms_that_are_called_like_parts_of_the_page(self) -> None:
        cat = self.calls(self.port)
        for name in ("text", "search", "log"):
            cat.types(f"/join #{name}", f"hello, {name}")
            cat.sees_some(f": hello, {name}\n")
            self.opens(f"/#{name}").sees(f"hello, {name}")
