"""Bare texts, to be selected with the mouse."""

from __future__ import annotations

from tests.client.screen.sitting import InterfaceTestCase

BARE = "\x1bl"
ADDRESS = f"https://example.org/{'a' * 120}/end"


class BareTests(InterfaceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.begins((100, 12))
        self.said("#lobby", "ann", "def f():\n    return 1", id=1)
        self.said("#lobby", "ann", ADDRESS, id=2)
        self.assertIn("│", self.screen)

    def test_texts_have_nothing_beside_them(self) -> None:
        self.types(BARE)
        rows = self.screen.split("\n")
        self.assertIn("08:15 ann: def f():", rows)
        self.assertIn("    return 1", rows)
        self.assertIn(f"08:15 ann: {ADDRESS}", "".join(rows))
        self.assertNotIn("│", self.screen)
        self.assertNotIn("[1 #lobby", self.screen)

    def test_the_terminal_has_the_mouse(self) -> None:
        self.types(BARE)
        self.assertIn(b"\x1b[?1000l", self.draws())
        self.types(" ")
        self.assertIn(b"\x1b[?1000h", self.draws())

    def test_nothing_changes_until_the_next_key(self) -> None:
        self.types(BARE)
        before = self.screen
        self.said("#lobby", "ann", "hello bob", id=3)
        self.assertEqual(self.draws(), b"\a")
        self.assertEqual(self.screen, before)
        self.types("x")
        self.assertIn("hello bob", self.screen)
        self.assertTrue(self.screen.endswith("#lobby>"))

    def test_they_are_shown_again_in_another_size(self) -> None:
        for number in range(3, 50):
            self.said("#lobby", "ann", f"line {number} is said", id=number)
        self.types(BARE)
        for columns, rows, shown in (100, 5, 5), (20, 6, 3):
            self.emulator.resize(rows, columns)
            self.interface.resize(columns, rows)
            last = "08:15 ann: line 49 is said"
            self.assertTrue(self.screen.replace("\n", "").endswith(last), self.screen)
            self.assertEqual(self.screen.count("08:15"), shown)
        self.types(" ")
        self.assertIn("[1 #lobby]", self.screen)

    def test_as_many_as_fit_and_those_in_view(self) -> None:
        for number in range(3, 50):
            self.said("#lobby", "ann", f"line {number}", id=number)
        for keys, last in ("", 49), ("\x1b[5~", 40):
            self.types(keys + BARE)
            rows = self.screen.split("\n")
            said = [f"08:15 ann: line {number}" for number in range(last - 11, last + 1)]
            self.assertEqual(rows, said)
            self.types(" ")

    def test_a_text_of_more_rows_than_there_are(self) -> None:
        self.said("#lobby", "ann", "x" * 3000, id=3)
        self.types(BARE)
        self.assertEqual(self.screen.split("\n")[-2], "x" * 100)

    def test_there_may_be_nothing(self) -> None:
        self.enters("/window ann")
        self.types(BARE)
        self.assertEqual(self.screen.strip(), "")
