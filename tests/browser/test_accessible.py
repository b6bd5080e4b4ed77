"""axe-core finds nothing wrong with the page, in any state, light or dark, wide or narrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

from tests.browser.browsing import DESK, SMALL, BrowserTestCase, Visitor

AXE = Path(__file__).parent / "build" / "node_modules" / "axe-core" / "axe.min.js"
LOOK = """async () => {
  const { violations } = await axe.run(document);
  return violations.map(({ id, help, nodes }) =>
    `${id}: ${help}: ` + nodes.map(({ html, failureSummary }) => html + failureSummary).join("; "));
}"""


class AxeTests(BrowserTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        if not AXE.exists():
            raise SkipTest("axe-core is not installed: make browser, with npm")
        super().setUpClass()

    def states(self, ann: Visitor, cat: Any, is_small: bool) -> Iterator[str]:
        """Bring the page into all its states, one after the other."""
        page = ann.page
        yield "empty"
        ann.joins("#ops")
        ann.says("/topic what has to be done")
        name = ann.name()
        cat.types(
            "/join #ops",
            f"{name}: look at `this`, https://example.org/ and #lobby",
            "/me waves",
            "a line to be removed",
        )
        ann.sees("waves")
        number = ann.said()[0]["id"]
        cat.types(f"/react {number} +1", f"/answer {number} an answer")
        ann.sees("an answer")
        page.locator(".reactions").wait_for()
        ann.says("```\ncode\nin lines\n```")
        ann.says("/whois cat")
        ann.says("/nothing-of-that-kind")
        page.locator(".row.error").first.wait_for()
        cat.types(f"/dm {name} hello", "/here in the lobby")
        page.locator("#persons li").first.wait_for(state="attached")
        yield "full"
        page.fill("#text", "/me")
        page.keyboard.press("End")
        page.keyboard.type(" :smi")
        page.locator("#choices li").first.wait_for()
        yield "completions"
        page.fill("#text", "")
        page.hover(".row.said")
        yield "a message with the mouse on it"
        page.click(".tools [name=answer]")
        page.locator("#answering").wait_for()
        yield "an answer to a message"
        page.press("#text", "Escape")
        if is_small:
            page.click("#menu")
            ann.rests()
            yield "the menu"
            page.keyboard.press("Escape")
            ann.rests()
        if not page.is_visible("#people"):
            page.click("#who")
        yield "people"
        page.click("[data-close=people]")
        ann.finds("look", "look at")
        yield "found"
        page.fill("#words", "nothingofthatkind")
        page.press("#words", "Enter")
        ann.sees_words("Nothing like that was said.", "#search")
        yield "nothing found"
        page.click("[data-close=search]")
        for dialog in page.evaluate(
            "() => [...document.querySelectorAll('dialog')].map((e) => e.id)"
        ):
            page.evaluate("(id) => document.getElementById(id).showModal()", dialog)
            yield dialog
            page.evaluate("(id) => document.getElementById(id).close()", dialog)
        page.focus("#skip")
        yield "the way to the field"
        self.stop()
        ann.sees_words("What you write waits.", "#status")
        ann.says("not sent")
        yield "no connection"

    def looks_through(self, size: tuple[int, int], scheme: str) -> None:
        cat = self.calls(self.port)
        cat.types("/nick cat")
        ann = self.opens(size=size, color_scheme=scheme, reduced_motion="reduce")
        found = []
        for state in self.states(ann, cat, size == SMALL):
            ann.page.evaluate(AXE.read_text("utf-8"))
            found += [f"{state}: {each}" for each in ann.page.evaluate(LOOK)]
        self.assertEqual(found, [])

    def test_light(self) -> None:
        self.looks_through(DESK, "light")

    def test_dark(self) -> None:
        self.looks_through(DESK, "dark")

    def test_light_and_narrow(self) -> None:
        self.looks_through(SMALL, "light")

    def test_dark_and_narrow(self) -> None:
        self.looks_through(SMALL, "dark")

    def test_the_plain_pages(self) -> None:
        cat = self.calls(self.port)
        cat.types("/nick cat", "hello, https://example.org/")
        cat.sees_some("cat: hello")
        found = []
        for scheme in ("light", "dark"):
            ann = self.looks("/archive/", color_scheme=scheme, size=SMALL)
            for path in ("/archive/", "/archive/lobby", "/archive/search?q=hello"):
                ann.page.goto(self.url(path))
                ann.page.evaluate(AXE.read_text("utf-8"))
                found += [f"{path}: {each}" for each in ann.page.evaluate(LOOK)]
        self.assertEqual(found, [])
