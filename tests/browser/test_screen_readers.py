"""What screen readers are told: live regions, names, focus; by Chromium's accessibility tree."""

from __future__ import annotations

from typing import Any

from tests.browser.browsing import PHONE, BrowserTestCase, Visitor

# Notes whatever a live region says: nothing behind a dialog, nor what it holds when it begins to
# show, of which Firefox does not tell.
LISTEN = """() => {
  window.heard = [];
  const isShown = (region) => {
    const dialog = document.querySelector("dialog[open]");
    return region.checkVisibility() && (!dialog || dialog.contains(region));
  };
  const look = (region) => [region.textContent.trim(), isShown(region)];
  const regions = [...document.querySelectorAll("[role=status], [role=alert]")];
  const before = new Map(regions.map((region) => [region, look(region)]));
  new MutationObserver(() => {
    for (const region of regions) {
      const [[oldText, wasShown], [text, shows]] = [before.get(region), look(region)];
      before.set(region, [text, shows]);
      if (text && text !== oldText && wasShown && shows) window.heard.push(text);
    }
  }).observe(document, { attributes: true, childList: true, characterData: true, subtree: true });
}"""


class ScreenReaderTests(BrowserTestCase):
    def listens_to(self, ann: Visitor) -> None:
        """Note what is said from now on."""
        ann.page.evaluate(LISTEN)

    def hears(self, ann: Visitor, *texts: str) -> list[str]:
        """Wait until all of these were said; everything since the last time."""

        def heard() -> str:
            return "\n".join(ann.page.evaluate("() => window.heard"))

        ann.until(lambda: all(each in heard() for each in texts), texts)
        found: list[str] = ann.page.evaluate("() => window.heard.splice(0)")
        return found

    def nodes(self, ann: Visitor) -> list[tuple[str, str, str]]:
        """The role, the name and the description of all that can be used on the page."""
        session = ann.page.context.new_cdp_session(ann.page)
        found: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
        session.detach()
        return [
            (
                each["role"]["value"],
                each.get("name", {}).get("value", ""),
                each.get("description", {}).get("value", ""),
            )
            for each in found
            if not each["ignored"]
            and each["role"]["value"]
            in ("button", "link", "textbox", "searchbox", "checkbox", "combobox", "dialog")
        ]

    def test_what_happens_is_heard_once(self) -> None:
        cat = self.calls(self.port)
        cat.types("/nick cat", "/join #ops")
        ann = self.opens("/#ops")
        self.listens_to(ann)
        name = ann.name()
        cat.types("good morning")
        self.hears(ann, "cat: good morning")
        cat.types("good morning")
        self.hears(ann, "cat: good morning")
        ann.says("hello")
        self.assertEqual(self.hears(ann, "Sent."), ["Sent."])
        cat.types(f"/react {ann.said()[-1]['id']} 👍")
        self.hears(ann, "cat reacts 👍")
        cat.types(f"/dm {name} psst", f"/say #lobby {name}?")
        self.hears(ann, "cat to you: psst", f"cat in #lobby: {name}?")
        ann.says("/nothing")
        self.hears(ann, "There is no command")
        ann.says("/help")
        self.hears(ann, "lines. The last:")
        self.stop()
        ann.sees_words("What you write waits.", "#status")
        ann.page.wait_for_timeout(1500)  # it is tried again meanwhile
        told = self.hears(ann, "cannot be reached")
        self.assertEqual(sum(["cannot be reached" in each for each in told]), 1, told)
        self.serve()
        self.calls(self.web).socket.close()  # it listens
        ann.page.evaluate("() => dispatchEvent(new Event('online'))")
        self.hears(ann, "Connected.")

    def test_everything_has_a_name_and_none_is_heard_twice(self) -> None:
        cat = self.calls(self.port)
        cat.types("/nick cat", "/join #ops", "hello")
        ann = self.opens("/#ops")
        ann.sees("hello")
        cat.types(f"/react {ann.said()[0]['id']} 👍", f"/say #lobby {ann.name()}", "/say #lobby x")
        ann.page.locator(".reactions").wait_for()
        ann.until(lambda: ("link", "#lobby, 2 unread, 1 for you", "") in self.nodes(ann), "unread")
        ann.page.hover(".row.said")
        for each in (
            "",
            *ann.page.evaluate("() => [...document.querySelectorAll('dialog')].map((e) => e.id)"),
        ):
            if each:
                ann.page.evaluate("(id) => document.getElementById(id).showModal()", each)
            for role, name, description in self.nodes(ann):
                self.assertTrue(name, (each, role))
                self.assertNotEqual(name, description, (each, role))
            if each:
                ann.page.evaluate("(id) => document.getElementById(id).close()", each)

    def test_the_menu_takes_the_focus(self) -> None:
        ann = self.opens(size=PHONE)
        ann.page.focus("#menu")
        ann.page.keyboard.press("Enter")
        ann.until(lambda: ann.focus() == "#lobby", "the current room")
        ann.page.keyboard.press("Escape")
        ann.until(lambda: ann.focus() == "text", "the field")

    def test_what_comes_while_a_dialog_is_open_is_heard_once(self) -> None:
        cat, ann = self.calls(self.port), self.opens()
        cat.types("/nick cat")
        self.listens_to(ann)
        cat.types("good morning")
        self.hears(ann, "cat: good morning")
        ann.page.keyboard.press("Control+/")
        # Chromium tells of what still stands there when the page comes back from behind the dialog.
        self.assertEqual(ann.page.text_content("#announcer"), "")
        cat.types("still here?")
        self.hears(ann, "cat: still here?")
        ann.page.keyboard.press("Escape")
        ann.until(lambda: ann.focus() == "text", "the field")
        cat.types("good night")
        self.hears(ann, "cat: good night")

    def test_each_completion_has_an_id_of_its_own(self) -> None:
        # Firefox tells nothing of another one with the same.
        dan, dora, ann = self.calls(self.port), self.calls(self.port), self.opens()
        dan.types("/nick dan")
        dora.types("/nick dora")
        ann.sees_words("dan\ndora", "#people-list")
        chosen = "text.getAttribute('aria-activedescendant')"
        ann.page.keyboard.type("@da")
        dans = ann.page.evaluate(chosen)
        self.assertEqual(ann.page.text_content(f"[id={dans}][aria-selected=true] bdi"), "dan")
        ann.page.keyboard.press("Backspace")
        ann.page.keyboard.type("o")
        doras = ann.page.evaluate(chosen)
        self.assertEqual(ann.page.text_content(f"[id={doras}][aria-selected=true] bdi"), "dora")
        self.assertNotEqual(dans, doras)
        ann.page.keyboard.press("Escape")
        self.assertEqual(ann.page.evaluate(chosen), "")

    def test_completions_of_which_none_is_chosen_are_heard(self) -> None:
        cat, cathy, ann = self.calls(self.port), self.calls(self.port), self.opens()
        cat.types("/nick cat")
        cathy.types("/nick cathy")
        ann.sees_words("cat\ncathy", "#people-list")
        self.listens_to(ann)
        ann.page.keyboard.type("ca")
        ann.page.keyboard.press("Tab")
        self.hears(ann, "cat, cathy")

    def test_an_answer_says_what_it_answers(self) -> None:
        cat, ann = self.calls(self.port), self.opens()
        cat.types("/nick cat", "shall we?")
        ann.sees("shall we?")
        self.listens_to(ann)
        ann.page.focus(".row.said")
        ann.page.keyboard.press("Enter")
        self.hears(ann, "Answers cat: shall we?")
        ann.page.click("#people-list button:has-text('cat')")
        self.hears(ann, "is here.")
