"""Somebody who reads the archive without scripts, on a whole server in memory."""

from __future__ import annotations

from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from chatsvc.throttle import Throttle
from tests.doors.web.browsing import Response, WebTestCase, request

MOST_TURNS = 20  # in which a page comes
_DOCTYPE = "<!DOCTYPE html>\n"


class Page(NamedTuple):
    """A page of the archive."""

    response: Response
    tree: Element

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def text(self) -> str:
        return _text(next(self.tree.iter("main")))

    @property
    def messages(self) -> list[str]:
        """The messages as they read, without their times."""
        return [_text(each).partition(" ")[2] for each in self.tree.iter("li")]

    def links(self, **attributes: str) -> list[str]:
        """Where the links lead that have these attributes."""
        return [
            each.get("href", "")
            for each in self.tree.iter("a")
            if attributes.items() <= each.attrib.items()
        ]


def _text(element: Element) -> str:
    return "".join(element.itertext())


class ReadingTestCase(WebTestCase):
    """Bob owns #ops, where Ann is, too."""

    def start(self, **options: Any) -> Any:
        options = {"throttle": Throttle.off(), "plaintext_passwords": True, **options}
        return super().start(**options)

    def setUp(self) -> None:
        super().setUp()
        self.bob.types("/nick bob", "/join #ops")
        self.ann.types("/nick ann", "/join #ops")
        self.hush()

    def says(self, *lines: str) -> None:
        self.ann.types(*lines)
        self.hush()

    def reads(self, path: str, host: str = "10.0.0.9", **headers: str) -> Page:
        """A page, which is well-formed."""
        browser = self.browser(host)
        browser.sends(request("GET", path, **headers))
        [response] = next(filter(None, (browser.hears_all() for _ in range(MOST_TURNS))))
        self.assertEqual(response.headers["content-type"], "text/html; charset=utf-8")
        self.assertTrue(response.body.startswith(_DOCTYPE), response.body)
        tree = ElementTree.fromstring(response.body.removeprefix(_DOCTYPE))
        self.assertEqual((tree.tag, tree.get("lang")), ("html", "en"))
        ids = [each.get("id") for each in tree.iter() if each.get("id")]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(len(list(tree.iter("h1"))), 1)
        self.assertFalse([each for each in tree.iter() if each.tag in ("script", "style", "img")])
        self.assertFalse([each for each in tree.iter() if any(k[:2] == "on" for k in each.attrib)])
        return Page(response, tree)
