"""Signing out on the page, which leaves nothing of what was there."""

from __future__ import annotations

from tests.browser.browsing import BrowserTestCase

PASSWORD = "correct-horse"


class SigningOutTests(BrowserTestCase):
    def test_nothing_is_left_on_the_page(self) -> None:
        ann = self.opens("/#lobby")
        ann.page.click("#you")
        ann.page.click("[data-open=register-dialog]")
        ann.page.fill("#register [name=name]", "ann")
        ann.page.fill("#register [name=password]", PASSWORD)
        ann.page.click("#register .main")
        ann.until(lambda: ann.page.inner_text("#your-account") == "signed in", "signed in")
        ann.until(lambda: not ann.page.locator("dialog[open]").count())
        ann.joins("#own")
        ann.says("a note to myself")
        ann.sees("a note to myself")
        ann.page.click("#find")
        ann.page.fill("#words", "myself")
        ann.page.press("#words", "Enter")
        ann.sees_words("a note to myself", "#found")
        ann.page.click("#you")
        ann.page.click("#sign-out")
        ann.until(lambda: ann.page.inner_text("#your-account") == "guest", "guest")
        self.assertNotIn("myself", ann.page.content())
        ann.page.press("#text", "ArrowUp")
        self.assertEqual(ann.page.input_value("#text"), "")
