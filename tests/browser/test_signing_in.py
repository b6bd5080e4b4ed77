"""Accounts on the page: made, signed in to by a cookie, kept over a reload, signed out."""

from __future__ import annotations

from typing import Any

from tests.browser.browsing import PHONE, BrowserTestCase, Visitor

PASSWORD = "correct-horse"


class SigningInTests(BrowserTestCase):
    def fills(self, ann: Visitor, form: str, **fields: str) -> None:
        """Fill in a form, and submit it."""
        for name, text in fields.items():
            ann.page.fill(f"#{form} [name={name}]", text)
        ann.page.click(f"#{form} .main")

    def registers(self, ann: Visitor, name: str) -> None:
        """Make an account by the dialogs."""
        ann.page.click("#you")
        ann.page.click("#you-dialog [data-open=register-dialog]")
        self.fills(ann, "register", name=name, password=PASSWORD)
        self.is_signed_in(ann, name)

    def is_signed_in(self, ann: Visitor, name: str) -> None:
        """Wait until one is signed in."""
        ann.until(lambda: ann.page.inner_text("#your-account") == "signed in", "signed in")
        self.assertEqual(ann.name(), name)
        ann.until(lambda: not ann.page.locator("dialog[open]").count())

    def cookies(self, ann: Visitor) -> list[Any]:
        """The cookies of a browser."""
        found: list[Any] = ann.page.context.cookies()
        return found

    def test_an_account_from_its_making_to_its_signing_out(self) -> None:
        ann = self.opens()
        self.registers(ann, "ann")
        [cookie] = self.cookies(ann)
        self.assertEqual((cookie["httpOnly"], cookie["sameSite"]), (True, "Strict"))
        self.assertEqual(ann.page.evaluate("() => document.cookie"), "")
        ann.page.reload()
        self.is_signed_in(ann, "ann")
        ann.says("still here")
        ann.sees("still here")
        # Another tab of the same browser, and another browser.
        self.is_signed_in(self.opens(context=ann.page.context), "ann")
        bob = self.opens()
        bob.page.click("#you")
        bob.page.click("#you-dialog [data-open=sign-in-dialog]")
        self.fills(bob, "sign-in", name="ann", password="wrong-horse")
        bob.until(lambda: bob.page.inner_text("#sign-in .error"))
        self.assertEqual(bob.focus(), "Sign in")
        bob.faults = [each for each in bob.faults if "403" not in each]  # the browser's note
        self.fills(bob, "sign-in", name="ann", password=PASSWORD)
        self.is_signed_in(bob, "ann")
        bob.page.click("#you")
        bob.page.click("#sign-out")
        bob.until(lambda: bob.page.inner_text("#your-account") == "guest", "guest")
        self.assertEqual(self.cookies(bob), [])
        bob.page.reload()
        bob.until(lambda: bob.is_up() and bob.page.inner_text("#your-account") == "guest", "guest")
        ann.says("ann stays")
        bob.sees("ann stays")

    def test_what_is_read_on_one_device_is_read_on_the_other(self) -> None:
        ann, cat = self.opens(), self.calls(self.port)
        cat.types("/nick cat", "/join #ops", "before")
        self.registers(ann, "ann")
        ann.joins("#ops")
        ann.sees("before")
        ann.joins("#tea")
        cat.types("/say #ops one", "/say #ops two, ann")
        count = "#rooms li[data-key='#ops'] .count"
        ann.until(lambda: ann.page.inner_text(count) == "@1", "a mention")
        phone = self.opens(size=PHONE)
        phone.page.tap("#menu")
        phone.page.tap("#you")
        phone.page.tap("#you-dialog [data-open=sign-in-dialog]")
        self.fills(phone, "sign-in", name="ann", password=PASSWORD)
        self.is_signed_in(phone, "ann")
        phone.until(lambda: phone.page.text_content(count) == "@1", "what was said before it came")
        cat.types("/say #ops three")
        ann.page.click("#rooms li[data-key='#ops'] a")
        ann.sees("two, ann", "three")
        phone.until(lambda: not phone.page.text_content(count), "read")
        ann.page.click("#rooms li[data-key='#lobby'] a")
        cat.types("/say #ops four")
        ann.until(lambda: ann.page.text_content(count) == "1", "one more")
        phone.until(lambda: phone.page.text_content(count) == "1", "one more")

    def test_on_a_phone_who_signs_in_is_in_the_room_of_before_and_sees_it(self) -> None:
        self.registers(self.opens(), "ann")
        ann = self.opens("/#ops", size=PHONE)
        ann.until(lambda: ann.page.inner_text("#title") == "#ops")
        ann.types("here I am")
        ann.page.tap("#menu")
        ann.page.tap("#you")
        ann.page.tap("#you-dialog [data-open=sign-in-dialog]")
        self.fills(ann, "sign-in", name="ann", password=PASSWORD)
        ann.until(lambda: ann.is_up() and ann.name() == "ann", "ann")
        ann.until(lambda: not ann.page.is_visible("#rooms"), "the messages")
        ann.until(lambda: ann.page.inner_text("#title") == "#ops", "#ops")
        ann.until(lambda: not ann.page.is_visible("dialog[open]"))
        ann.page.tap("#send")
        ann.sees("here I am")

    def test_a_guest_comes_back_as_the_same_after_a_reload(self) -> None:
        ann = self.opens()
        ann.is_named("ann")
        ann.page.click("#you")
        ann.page.click("#you-dialog [data-open=register-dialog]")
        self.assertEqual(ann.page.input_value("#register [name=name]"), "ann")
        ann.page.keyboard.press("Escape")
        ann.joins("#ops")
        ann.says("before")
        ann.sees("before")
        ann.page.reload()
        ann.until(lambda: ann.is_up() and ann.name() == "ann", "ann")
        ann.sees("before")
        self.assertEqual(ann.page.inner_text("#title"), "#ops")

    def test_an_invitation(self) -> None:
        ann = self.opens()
        self.registers(ann, "ann")
        self.stop()
        self.serve("--invite-only", "--operator", "ann")
        ann.page.evaluate("() => dispatchEvent(new Event('online'))")
        ann.until(ann.is_up)
        ann.says("/invitecode")
        told = ann.page.locator(".row.answer").last
        ann.until(lambda: "invite" in told.inner_text().lower() or "code" in told.inner_text())
        code = ann.page.evaluate(
            "() => [...document.querySelectorAll('.answer pre')].at(-1).textContent"
        ).split()
        eve = self.looks("/")
        eve.until(lambda: eve.page.locator("#sign-in-dialog").is_visible(), "the way in")
        eve.page.keyboard.press("Escape")
        eve.says("may I come in?")
        eve.until(lambda: eve.page.locator("#sign-in-dialog").is_visible(), "the way in, again")
        self.fills(eve, "sign-in", name="ann", password=PASSWORD)
        self.is_signed_in(eve, "ann")
        self.assertEqual(eve.page.input_value("#text"), "may I come in?")
        bob = self.looks(max(code, key=len))
        bob.until(lambda: bob.page.locator("#register-dialog").is_visible(), "the form")
        self.fills(bob, "register", name="bob", password=PASSWORD)
        self.is_signed_in(bob, "bob")
        bob.says("thank you")
        ann.sees("thank you")
