"""The page by keyboard alone, as docs/browser.md describes it."""

from __future__ import annotations

from typing import Any

from tests.browser.browsing import BrowserTestCase, Visitor


class KeyboardTests(BrowserTestCase):
    def presses(self, ann: Visitor, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        for key in keys:
            ann.page.keyboard.press(key)

    def reaches(self, ann: Visitor, focus: str, key: str = "Tab") -> list[str]:
        """Press a key until something has the focus; what had it on the way."""
        passed: list[str] = []
        while not ann.focus().endswith(focus):
            passed.append(ann.focus())
            self.assertLess(len(passed), 60, passed)
            self.presses(ann, key)
        return passed

    def test_tab_leads_through_the_page(self) -> None:
        ann = self.opens()
        ann.joins("#ops")
        ann.says("hello")
        ann.sees("hello")
        self.presses(ann, "Escape", "Escape")
        self.assertEqual(ann.focus(), "text")
        self.reaches(ann, "skip", "Shift+Tab")
        passed = self.reaches(ann, "text")
        order = ["skip", "you", "#lobby", "#ops", "join", "find", "who", "log"]
        self.assertEqual([each for each in passed if each in order], order)
        self.reaches(ann, "skip", "Shift+Tab")
        self.presses(ann, "Enter")
        self.assertEqual(ann.focus(), "text")

    def test_rooms(self) -> None:
        ann = self.opens()
        title = ann.page.locator("#title")
        self.presses(ann, "Control+k")
        ann.page.keyboard.type("#ops")
        self.presses(ann, "Enter")
        ann.until(lambda: title.inner_text() == "#ops")
        ann.until(lambda: ann.focus() == "text")
        self.presses(ann, "Alt+ArrowUp")
        ann.until(lambda: title.inner_text() == "#lobby")
        bob = self.opens("/#ops")
        bob.until(lambda: bob.page.inner_text("#title") == "#ops")
        bob.says("look here")
        ann.until(lambda: ann.page.locator("li.unread[data-key='#ops']").count())
        self.presses(ann, "Alt+Shift+ArrowDown")
        ann.until(lambda: title.inner_text() == "#ops")
        ann.sees("look here")

    def test_the_panels_the_dialogs_and_the_way_back(self) -> None:
        ann = self.opens()
        ann.says("a needle")
        ann.sees("a needle")
        ann.finds("needle", "a needle")  # and the server has found it, by now
        self.presses(ann, "Escape", "Escape")
        self.presses(ann, "Control+Shift+F")
        ann.until(lambda: ann.focus() == "words")
        ann.page.keyboard.type("nothing of that kind")  # in place of what was there
        self.presses(ann, "Enter")
        ann.sees_words("Nothing like that was said.", "#search")
        self.presses(ann, "Control+a")
        ann.page.keyboard.type("needle")
        self.presses(ann, "Enter")
        ann.sees_words("a needle", "#found")
        self.reaches(ann, "a needle")
        self.presses(ann, "Enter")
        ann.page.locator(".row.found").wait_for(state="visible")
        self.presses(ann, "Escape")
        ann.until(lambda: ann.focus() == "text")
        was_shown = ann.page.is_visible("#people")
        self.presses(ann, "Alt+p")
        ann.until(lambda: ann.page.is_visible("#people") != was_shown)
        for key, held in (("π", "altKey"), ("л", "ctrlKey")):  # on a Mac, and in Cyrillic
            code = {"π": "KeyP", "л": "KeyK"}[key]
            event = f"{{ key: '{key}', code: '{code}', {held}: true, bubbles: true }}"
            ann.page.evaluate(
                f"() => document.body.dispatchEvent(new KeyboardEvent('keydown', {event}))"
            )
        ann.until(lambda: ann.page.is_visible("#people") == was_shown)
        ann.until(lambda: ann.page.is_visible("#join-dialog"))
        self.presses(ann, "Escape")
        self.presses(ann, "Control+Shift+F", "Tab", "Shift+Tab", "Shift+Tab", "Enter")
        ann.until(lambda: ann.focus() == "find", "what opens the search has the focus again")
        self.presses(ann, "Control+/")
        ann.until(lambda: ann.page.is_visible("#keys-dialog"))
        self.presses(ann, "Escape")
        ann.until(lambda: not ann.page.is_visible("#keys-dialog"))
        self.reaches(ann, "you", "Shift+Tab")
        self.presses(ann, "Enter")
        ann.until(lambda: ann.page.is_visible("#you-dialog"))
        self.presses(ann, "Escape")
        ann.until(lambda: ann.focus() == "you")

    def test_writing(self) -> None:
        ann, bob = self.opens(), self.opens()
        bob.is_named("bobby")
        bob.says("hello")
        ann.sees("hello")
        typed: Any = ann.page.keyboard
        ann.page.focus("#text")
        typed.type("bo")
        self.presses(ann, "Tab")
        typed.type("are you there?")
        self.presses(ann, "Shift+Enter")
        typed.type("second line")
        self.presses(ann, "Enter")
        bob.sees("bobby: are you there?\nsecond line")
        self.assertEqual(bob.page.locator(".row.mentions").count(), 1)
        self.presses(ann, "ArrowUp")
        ann.until(lambda: "are you there" in ann.page.input_value("#text"))
        self.presses(ann, "Control+a", "Delete")
        typed.type(":tad")
        self.presses(ann, "Tab")
        typed.type("/roo")
        self.presses(ann, "Control+a", "Delete")
        typed.type("/roo")
        ann.sees_words("/rooms List the rooms", "#choices")
        self.presses(ann, "Tab")
        self.assertEqual(ann.page.input_value("#text"), "/rooms ")

    def test_from_message_to_message(self) -> None:
        context = self.context(permissions=["clipboard-read", "clipboard-write"])
        ann, bob = self.opens(context=context), self.opens()
        bob.is_named("bob")
        for text in ("one", "two", "three"):
            bob.says(text)
        ann.sees("three")
        self.reaches(ann, "log", "Shift+Tab")
        self.presses(ann, "ArrowUp", "ArrowUp")
        ann.until(lambda: "two" in ann.focus())
        # Who speaks is in the tree for screen readers, though seen above the first message alone.
        spoken = "() => document.activeElement.querySelector('.who').checkVisibility()"
        self.assertTrue(ann.page.evaluate(spoken))
        self.presses(ann, "l")
        read = "() => navigator.clipboard.readText()"
        number = next(each["id"] for each in ann.said() if each["text"] == "two")
        ann.until(lambda: ann.page.evaluate(read) == self.url(f"/#lobby/{number}"))
        self.presses(ann, "Enter")
        ann.until(lambda: ann.page.input_value("#text") == "bob: ")
        self.assertEqual(ann.focus(), "text")
