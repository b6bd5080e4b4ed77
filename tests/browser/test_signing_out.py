"""Accounts on the page: what a new password, and signing out, leave."""

from __future__ import annotations

from tests.browser.browsing import BrowserTestCase, Visitor

PASSWORD = "correct-horse"


class SigningOutTests(BrowserTestCase):
    def registered(self) -> Visitor:
        """Ann, who has an account."""
        ann = self.opens("/#lobby")
        ann.page.click("#you")
        ann.page.click("[data-open=register-dialog]")
        ann.page.fill("#register [name=name]", "ann")
        ann.page.fill("#register [name=password]", PASSWORD)
        ann.page.click("#register .main")
        ann.until(lambda: ann.page.inner_text("#your-account") == "signed in", "signed in")
        ann.until(lambda: not ann.page.locator("dialog[open]").count())
        return ann

    def is_guest(self, visitor: Visitor) -> None:
        visitor.until(lambda: visitor.page.inner_text("#your-account") == "guest", "guest")

    def test_a_new_password_leaves_this_browser_signed_in(self) -> None:
        ann = self.registered()
        ann.page.click("#you")
        ann.page.click("[data-open=password-dialog]")
        ann.page.fill("#password [name=password]", PASSWORD)
        ann.page.fill("#password [name=new]", "battery-staple")
        ann.page.click("#password .main")
        ann.until(lambda: not ann.page.locator("dialog[open]").count())
        again = self.opens(context=ann.page.context)
        again.until(lambda: again.page.inner_text("#your-account") == "signed in", "signed in")

    def test_signing_out_leaves_nothing_on_the_page(self) -> None:
        ann = self.registered()
        ann.joins("#own")
        ann.says("a note to myself")
        ann.sees("a note to myself")
        other = self.opens(context=ann.page.context)
        other.until(lambda: other.page.inner_text("#your-account") == "signed in", "signed in")
        ann.page.click("#you")
        ann.page.click("#sign-out")
        for each in (ann, other):
            self.is_guest(each)
        self.assertNotIn("myself", ann.page.content())
        ann.page.press("#text", "ArrowUp")  # which shows what was written before
        self.assertEqual(ann.page.input_value("#text"), "")
