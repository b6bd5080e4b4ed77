"""The pictures in the documents."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

import chatsvc
from tests.terminal.emulator import Emulator

PROJECT = Path(chatsvc.__file__).parents[1]
SVG = "{http://www.w3.org/2000/svg}"


class PictureTests(SynchronousTestCase):
    def setUp(self) -> None:
        if not (PROJECT / "docs").exists():
            raise self.skipTest("the documents are not installed")

    def drawing(self) -> ModuleType:
        spec = spec_from_file_location("pictures", PROJECT / "docs" / "pictures.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def test_each_is_there(self) -> None:
        names = re.findall(
            r"\]\((docs/pictures/[^)]*)\)", (PROJECT / "README.md").read_text("utf-8")
        )
        self.assertEqual(len(names), 3)
        for name in names:
            ElementTree.parse(PROJECT / name)

    def test_what_is_drawn(self) -> None:
        drawing = self.drawing()
        emulator = Emulator(12, 2)
        emulator.feed("a\x1b[1;7;31m<&>\x1b[m 漢b\r\n\x1b[38;5;26mx".encode())
        svg = ElementTree.fromstring(drawing.picture(emulator, "A <title>"))
        self.assertEqual(svg.findtext(f"{SVG}title"), "A <title>")
        columns = {
            text.text: (float(text.attrib["x"]) - drawing.MARGIN) / drawing.WIDE
            for text in svg.findall(f"{SVG}text")
        }
        self.assertEqual(
            {text: round(column) for text, column in columns.items()},
            {"a": 0, "<&>": 1, "漢": 5, "b": 7, "x": 0},
        )
        looks = {text.text: text.attrib for text in svg.findall(f"{SVG}text")}
        self.assertEqual(looks["<&>"]["fill"], drawing.PAPER)
        self.assertEqual(looks["<&>"]["font-weight"], "bold")
        self.assertEqual(looks["x"]["fill"], "#005fd7")
