"""Hostile text through every door, and back: it is shown as text, and nothing else.

The Big List of Naughty Strings, by Max Woolf and others, is in naughty/, with its licence.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.browsing import BrowserTestCase, Visitor, Witness

LIST: list[str] = json.loads((Path(__file__).parent / "naughty" / "blns.json").read_text("utf-8"))
OWN = [
    "<script>alert(1)</script>",
    "</textarea></template></noscript><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' autofocus onfocus='alert(1)' x='",
    "javascript:alert(1)",
    'https://x/"onmouseover="alert(1)',
    "https://javascript:alert(1)@x/",
    "data:text/html,<script>alert(1)</script>",
    "mailto:a@b?body=<script>",
    "`<b>` ```<i>x</i>```",
    "`" * 200,
    "```" * 100,
    "http://" * 100,
    "https://x/" + "(" * 500,
    "https://x/" + ")]}" * 250,
    "&lt;&amp;&#60;&#x3c;",
    "{{7*7}} ${7*7} <%= 7 %> #{7}",
    "%3Cscript%3E \\u003cscript\\u003e",
    "#text #rows #log #main #\u202e",
    "__proto__ @__proto__ :__proto__: #constructor",
    "a\u200bb\ufeffc \u2066\u202e\u202b evil \u202e",
    "Z" + "\u0300\u0315\u0489" * 100,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "\U0001f1e9\U0001f1ea\U0001f1fa \u0645\u0631\u062d\u0628\u0627 https://x/\u0645",
    "\ufdfd" * 100,
    "\ud7ff\ue000\ufffd\uffff\U0010ffff",
    "\x1b[31mred\x07\x00",
    "x" * 4000,
]
BATCH = 30  # messages, as many as can be seen: of more at once, the page draws only those
END = "that was all"
# What a message of people may be made of.
ELEMENTS = """() => [...new Set([...document.querySelectorAll("#rows .row *")].map(
  ({ localName, attributes }) =>
    [localName, ...[...attributes].map(({ name }) => name).sort()].join(" ")
))]"""
# What no terminal may get, nor any client of IRC; see docs/protocol.md.
CONTROLS = "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
LINKS = "() => [...document.querySelectorAll('.body a')].map((link) => link.href)"
ALLOWED = {
    "a class href tabindex title", "a href rel target", "a href", "bdi", "code", "mark",
    "pre tabindex", "button class data-person tabindex type", "div class dir", "span class",
    "pre", "small",
}  # fmt: skip


class HostileTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann = self.opens()
        self.witness = self.listens()

    def comes(self, say: Callable[[str], None], texts: list[str]) -> int:
        """Have each text said, and look at how it is shown; how many were."""
        number = 0
        for start in range(0, len(texts), BATCH):
            for text in texts[start : start + BATCH]:
                say(text)
            say(f"{END} {start}")
            events = self.witness.hears(f"{END} {start}")
            self.ann.sees(f"{END} {start}")
            self.are_shown(self.ann, events)
            number += len(events) - 1
        return number

    def are_shown(self, ann: Visitor, events: list[dict[str, Any]]) -> None:
        """Messages stand on the page letter by letter, except the marks of code."""
        shown = {each["id"]: each["text"] for each in ann.said()}
        for event in events:
            text = event["text"].replace("`", "")
            self.assertEqual(shown[event["id"]].replace("`", ""), text)
        self.assertLessEqual(set(ann.page.evaluate(ELEMENTS)), ALLOWED)
        for link in ann.page.evaluate(LINKS):
            self.assertRegex(link, r"\A(https?://|mailto:)")
        is_wide = "() => document.documentElement.scrollWidth > innerWidth"
        self.assertFalse(ann.page.evaluate(is_wide))

    def test_by_netcat(self) -> None:
        cat = self.calls(self.port)
        number = self.comes(lambda text: cat.types(f"/here {text}"), [*LIST, *OWN])
        self.assertGreater(number, 500)

    def test_by_irc(self) -> None:
        ivy = self.calls(self.port)
        ivy.types("NICK ivy", "USER ivy 0 * ivy")
        number = self.comes(lambda text: ivy.types(f"PRIVMSG #lobby :{text}"), [*LIST, *OWN])
        self.assertGreater(number, 500)

    def test_by_json_lines(self) -> None:
        eve = Witness(self)
        number = self.comes(
            lambda text: eve.asks(do="say", room="#lobby", text=text), [*LIST, *OWN]
        )
        self.assertGreater(number, 500)

    def test_by_the_page_itself(self) -> None:
        bob = self.opens()
        typed = [text for text in [*LIST, *OWN] if text.strip() and "`" not in text]
        number = self.comes(lambda text: bob.says(f"/here {text}"), typed)
        self.assertGreater(number, 400)

    def test_by_a_hook(self) -> None:
        self.witness.asks(do="nick", name="wit")
        self.witness.asks(do="register", password="correct-horse")
        self.witness.asks(do="join", room="#ops")
        self.witness.asks(do="hook", what="add", room="#ops", name="deploys")
        told = self.witness.hears_until(lambda event: "/hook/" in event.get("text", ""))
        key = told[-1]["text"].partition("/hook/")[2].split()[0]
        self.ann.joins("#ops")

        def say(text: str) -> None:
            data = json.dumps({"text": text}).encode()
            headers = {"Content-Type": "application/json"}
            asked = urllib.request.Request(self.url(f"/hook/{key}"), data, headers)
            urllib.request.urlopen(asked).close()

        short = [text for text in OWN if len(text) < 900]  # a hook has its pace
        self.assertEqual(self.comes(say, short[:24]), 24)

    def test_back_through_the_other_doors(self) -> None:
        cat, ivy = self.calls(self.port), self.calls(self.port)
        cat.sees_some("Welcome")
        ivy.types("NICK ivy", "USER ivy 0 * ivy")
        ivy.sees_some(" 366 ")
        for text in [*LIST, *OWN, END]:
            self.witness.asks(do="say", room="#lobby", text=text)
        for heard in (cat.sees_some(f": {END}\n"), ivy.sees_some(f":{END}\r\n")):
            self.assertIn("<script>alert(1)</script>", heard)
            self.assertNotRegex(heard, CONTROLS)

    def test_in_topics_and_in_what_is_found(self) -> None:
        self.ann.joins("#ops")
        for text in OWN[:10]:
            self.ann.says(f"/topic {text}")
            self.ann.sees_words(text, "#topic")
        said = "<img src=x onerror=alert(1)> found"
        self.witness.asks(do="say", room="#lobby", text=said)
        self.witness.hears(said)
        self.ann.finds("found", said)
        self.ann.page.goto(self.url("/archive/lobby"))
        self.ann.sees_words(said, "body")
