"""Notices of what is said to whoever sits here."""

from __future__ import annotations

from tests.client.screen.sitting import InterfaceTestCase


class NoticeTests(InterfaceTestCase):
    def test_unread(self) -> None:
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.said("#ops", "ann", "first")
        self.said("#ops", "ann", "second", recalled=True)
        self.said("#ops", "bob", "my own, elsewhere")
        self.assertIn("2 #ops +1", self.status)
        self.said("#ops", "ann", "hello Bob!")
        self.assertIn("2 #ops !2", self.status)
        self.types("\x0e")
        rows = self.screen.split("\n")
        self.assertTrue(rows[rows.index("——— new ———") + 1].endswith("ann: first"))
        self.assertIn("[2 #ops", self.status)
        self.types("\x0e\x0e")
        self.assertNotIn("——— new ———", self.screen)

    def test_being_spoken_to(self) -> None:
        self.draws()
        for text, rings in {"hello bobby": 0, "hello bob": 1, "BOB!": 2, "my bob": 3}.items():
            self.said("#lobby", "ann", text)
            self.draws()
            self.assertEqual(self.emulator.rang, rings, text)
        self.said("#lobby", "bob", "I, bob")
        self.told("direct", **{"from": "ann", "to": "bob", "text": "psst"})
        self.draws()
        self.assertEqual(self.emulator.rang, 4)

    def test_quietly(self) -> None:
        self.begins(notices="off")
        self.said("#lobby", "ann", "hello bob")
        self.draws()
        self.assertEqual(self.emulator.rang, 0)

    def test_notices_on_the_desktop(self) -> None:
        self.begins(notices="osc9")
        self.said("#lobby", "ann", "hello bob\x07\x1b]0;x\x07")
        self.assertTrue(self.interface.render().startswith(b"\x1b]9;ann: hello bob"))
