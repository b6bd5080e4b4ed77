"""Hostile texts, and what is a link in a text."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.template import flattenString, tags

from chatsvc.doors.web.archive.links import MOST_LINKS, linked
from chatsvc.text.safe import clean
from tests.doors.web.archive.reading import ReadingTestCase
from tests.terminal.hostile import TEXTS

HOSTILE = [
    "<script>alert(1)</script>",
    "</li></ol></main><script src=//x.example></script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<!-- --> ]]> <![CDATA[ &lt;b&gt; &amp; &#60;",
    "javascript:alert(1) data:text/html,<b>x</b> vbscript:x",
    'https://x.example/"onclick="alert(1)',
    "https://x.example/<script>",
    "http://javascript:alert(1)@x.example/",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "\u202eright to left\u202c \u200b\ufeff",
]


class HostileTests(ReadingTestCase):
    def test_all_text_is_text(self) -> None:
        self.says(*[f"/say #ops {each}" for each in HOSTILE])
        page = self.reads("/archive/ops")
        said = [each.removeprefix("ann: ") for each in page.messages]
        self.assertEqual(said, [clean(each) for each in HOSTILE])
        for each in page.links():
            self.assertTrue(each.startswith(("/", "#", "https://x.example/", "http://javascript:")))

    def test_topics_and_what_is_searched(self) -> None:
        for each in HOSTILE:
            self.bob.types(f"/topic #ops {each}")
            self.bob.hears()
            self.assertIn(clean(each), self.reads("/archive/ops").text)
            self.assertIn(clean(each), self.reads("/archive/").text)
        page = self.reads("/archive/search?q=%22%3E%3Cscript%3Ex&room=%3Cb%3E")
        self.assertEqual(page.status, 404)
        page = self.reads("/archive/search?q=%22%3E%3Cscript%3Ex")
        self.assertIn('Search: "><script>x', page.text)
        [words] = [each for each in page.tree.iter("input") if each.get("name") == "q"]
        self.assertEqual(words.get("value"), '"><script>x')


class LinkTests(SynchronousTestCase):
    def links(self, text: str) -> list[str]:
        """The addresses of a text that are links; all of the text is there."""
        flat = self.successResultOf(flattenString(None, tags.p(linked(text))))
        tree = ElementTree.fromstring(flat.decode())
        self.assertEqual("".join(tree.itertext()), text)
        for each in tree.iter("a"):
            self.assertEqual(each.get("rel"), "nofollow noopener noreferrer ugc")
            self.assertEqual(each.text, each.get("href"))
        return [each.get("href", "") for each in tree.iter("a")]

    def test_addresses(self) -> None:
        found = {
            "see http://x.example": ["http://x.example"],
            "HTTPS://X.example/A?b=c&d#e, or": ["HTTPS://X.example/A?b=c&d#e"],
            "(https://x.example/a_(b)).": ["https://x.example/a_(b)"],
            "[https://x.example/]": ["https://x.example/"],
            "<https://x.example/a> https://y.example/é!": [
                "https://x.example/a", "https://y.example/é",
            ],
            "http://[::1]:80/x": ["http://[::1]:80/x"],
            "https://x.example/\nhttps://y.example": ["https://x.example/", "https://y.example"],
        }  # fmt: skip
        for text, links in found.items():
            self.assertEqual(self.links(text), links, text)

    def test_what_is_none(self) -> None:
        for text in (
            "", "http://", "https://.", "https://???", "http://[::1", "xhttp://x.example",
            "ftp://x.example", "javascript:x", "x.example", "mailto:ann@x.example", "http:///x",
        ):  # fmt: skip
            self.assertEqual(self.links(text), [], text)

    def test_many(self) -> None:
        self.assertEqual(len(self.links("http://x.example " * 900)), MOST_LINKS)
        self.assertEqual(self.links("http://x.example/" + "([" + "])" * 3000), [
            "http://x.example/([])"
        ])  # fmt: skip

    @given(TEXTS)
    def test_whatever_is_said(self, text: str) -> None:
        self.links(clean(f"{text}https://x.example{text}".encode("utf-8", "replace").decode()))
