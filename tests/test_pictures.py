"""The pictures in the documents: how a terminal is drawn, and that all are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

import chatsvc

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

PROJECT = Path(chatsvc.__file__).parents[1]
SVG = "{http://www.w3.org/2000/svg}"
LARGEST = {".svg": 60_000, ".png": 100_000}  # bytes; they come with the page


class PictureTests(SynchronousTestCase):
    def setUp(self) -> None:
        if not (PROJECT / "docs").exists():
            raise self.skipTest("the documents are not installed")

    def draws(self, data: str, columns: int = 12, rows: int = 2) -> Element:
        """Have a terminal show something."""
        from docs.screens import Terminal, picture

        emulator = Terminal(columns, rows)
        emulator.feed(data.encode())
        return ElementTree.fromstring(picture(emulator, "a <title> & more"))

    def runs(self, svg: Element) -> dict[tuple[int, int], Element]:
        """What stands where, by row and column."""
        from docs.screens import BASELINE, HEIGHT, MARGIN, WIDTH

        return {
            (
                (int(row.attrib["y"]) - MARGIN - BASELINE) // HEIGHT,
                (int(run.attrib["x"]) - MARGIN) // WIDTH,
            ): run
            for row in svg.iter(f"{SVG}text")
            for run in row.iter(f"{SVG}tspan")
        }

    def texts(self, svg: Element) -> dict[tuple[int, int], str | None]:
        return {place: run.text for place, run in self.runs(svg).items()}

    def test_what_would_be_markup(self) -> None:
        svg = self.draws("<&> \"'")
        self.assertEqual(svg.findtext(f"{SVG}title"), "a <title> & more")
        self.assertEqual(self.texts(svg), {(0, 0): "<&> \"'"})

    def test_wide_characters_keep_what_follows_in_its_column(self) -> None:
        svg = self.draws("a漢b\r\n👩‍👩‍👧e\u0301 x")
        self.assertEqual(
            self.texts(svg), {(0, 0): "a漢", (0, 3): "b", (1, 0): "👩‍👩‍👧", (1, 2): "e\u0301 x"}
        )

    def test_styles(self) -> None:
        svg = self.draws("\x1b[31mr\x1b[0;38;5;26;1mb\x1b[0;38;5;2mg\x1b[0;2mf\x1b[mp")
        runs = self.runs(svg)
        self.assertEqual([runs[0, x].text for x in range(5)], list("rbgfp"))
        self.assertEqual(runs[0, 0].attrib["fill"], "#cd3131")
        self.assertEqual(runs[0, 1].attrib["fill"], "#005fd7")
        self.assertEqual(
            ["font-weight" in runs[0, x].attrib for x in range(5)], [False, True, *[False] * 3]
        )
        self.assertEqual(
            ["fill-opacity" in runs[0, x].attrib for x in range(5)], [*[False] * 3, True, False]
        )

    def test_reverse_and_the_cursor_have_blocks_behind_them(self) -> None:
        from docs.screens import DARK, HEIGHT, MARGIN, WIDTH

        svg = self.draws("ab\x1b[7m漢\x1b[m")
        blocks = [
            tuple(int(block.attrib[name]) for name in ("x", "y", "width", "height"))
            for block in svg.iter(f"{SVG}rect")
            if block.attrib["fill"] == DARK.ink
        ]
        places = [(2, 2), (4, 1)]  # columns and widths; the last is the cursor
        self.assertEqual(
            blocks, [(MARGIN + x * WIDTH, MARGIN, width * WIDTH, HEIGHT) for x, width in places]
        )
        self.assertEqual(self.runs(svg)[0, 2].attrib["fill"], DARK.paper)

    def test_all_that_documents_show_are_there(self) -> None:
        for page in (PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")):
            text = page.read_text("utf-8")
            shown = re.findall(r"!\[[^]]+\]\(([^):]+)\)", text)
            for name in [*shown, *re.findall(r'\bsrc(?:set)?="([^":]+)"', text)]:
                picture = page.parent / name
                self.assertLess(picture.stat().st_size, LARGEST[picture.suffix])
                if picture.suffix == ".svg":
                    svg = ElementTree.fromstring(picture.read_bytes())
                    self.assertTrue(svg.findtext(f"{SVG}title"))
