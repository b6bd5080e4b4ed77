"""Moving from window to window, and within what was said."""

from __future__ import annotations

from tests.client.screen.sitting import InterfaceTestCase


class MovingTests(InterfaceTestCase):
    def has_rooms(self, *names: str) -> None:
        for name in names:
            self.told("admitted", room=name, text=f"You are in {name}.")
            self.lists(name, "ann", "bob")

    def test_to_what_is_new_mentions_first_and_back(self) -> None:
        self.has_rooms("#dev", "#ops", "#web")
        self.said("#dev", "ann", "hi all")
        self.said("#ops", "ann", "hi bob")
        self.types("\x1b4")
        for name in ("[3 #ops", "[2 #dev", "[4 #web"):
            self.types("\x1ba")
            self.assertIn(name, self.status)
        self.types("\x1ba")
        self.assertIn("Nothing is new in other windows.", self.status)

    def test_to_the_window_beside(self) -> None:
        self.has_rooms("#dev")
        self.types("\x1b[1;3C")
        self.assertIn("[2 #dev", self.status)
        self.types("\x1b[1;3D")
        self.assertIn("[1 #lobby", self.status)

    def test_to_the_window_of_two_digits(self) -> None:
        self.has_rooms(*[f"#r{number}" for number in range(12)])
        self.types("\x1bj")
        self.assertTrue(self.screen.endswith("\nwindow:"))
        self.types("1")
        self.assertTrue(self.screen.endswith("\nwindow: 1"))
        self.types("2")
        self.assertIn("[12 #r10", self.status)
        self.types("\x1bj2\r")
        self.assertIn("[2 #r0", self.status)
        self.types("\x1bj9\x1bj99")
        self.assertIn("There is no window 99.", self.status)
        self.types("\x1bjx")
        self.assertTrue(self.screen.endswith("\n#r0> x"))
        self.types("\x1bj\x03\x1bj\r")
        self.assertTrue(self.screen.endswith("\n#r0> x"))

    def test_picking_a_room_or_a_person(self) -> None:
        self.has_rooms("#dev", "#deploys", "#ops")
        self.said("#ops", "ann", "hi bob")
        self.told("topic-set", room="#dev", name="ann", topic="code")
        self.types("half\x0b")
        rows = self.screen.split("\n")
        self.assertEqual(rows[-1], "go to:")
        self.assertEqual(rows[-5:-2], ["  #ops  !1", "  #dev  code", "  #deploys"])
        self.types("dpl")
        self.assertEqual(self.screen.split("\n")[-3], "  #deploys")
        self.types("\r")
        self.assertIn("[3 #deploys", self.status)
        self.types("\x0bca\r")
        self.assertIn("[5 @cat", self.status)
        self.types("\x0bzzz")
        self.assertIn("nobody, and no room, of such a name", self.screen)
        self.types("\r\x0b\x1b[B\x1b[B\x1b[A\r")
        self.assertIn("[3 #deploys", self.status)
        self.types("\x0bd\x03\x1b1")
        self.assertTrue(self.screen.endswith("#lobby> half"))
        self.types("\x0b\x1b2")
        self.assertIn("[2 #dev", self.status)

    def test_the_picker_is_quick_among_many(self) -> None:
        self.lists("#lobby", *[f"client{number}" for number in range(10_000)])
        self.types("\x0bcl9999")
        self.assertIn("  @client9999", self.screen)

    def test_to_where_one_was_before(self) -> None:
        self.has_rooms("#dev", "#ops", "#art")
        self.types("\x1b/")
        self.assertIn("You have been in no other window.", self.status)
        self.types("\x1b3\x1b4\x1b/")
        self.assertIn("[3 #ops", self.status)
        self.types("\x1b/")
        self.assertIn("[4 #art", self.status)

    def test_to_the_first_that_was_new(self) -> None:
        self.has_rooms("#dev")
        for number in range(50):
            self.said("#dev", "ann", f"old {number}")
        self.types("\x1b2\x1b1")
        for number in range(50):
            self.said("#dev", "ann", f"new {number}")
        self.types("\x1ba")
        self.assertIn("50 are new; alt-u goes to the first.", self.status)
        self.types("\x1bu")
        rows = self.screen.split("\n")
        self.assertEqual(rows[0], "——— new ———")
        self.assertIn("new 0", rows[1])
        self.types("\x1b1\x1bu")
        self.assertIn("Nothing here was new.", self.status)

    def test_nobody_has_mentioned_one(self) -> None:
        self.said("#lobby", "ann", "hi all")
        self.types("\x1bp")
        self.assertIn("Nobody has mentioned you here", self.status)

    def test_to_the_last_mention(self) -> None:
        for number in range(90):
            self.said("#lobby", "ann", f"{'bob' if number % 30 == 5 else 'all'}: line {number}")
        for number in (65, 35, 5, 65):
            self.types("\x1bp")
            self.assertIn(f"bob: line {number}\n", self.screen)
        self.types("\x1b[F")
        self.assertIn("line 89", self.screen)

    def test_the_mouse_is_given_away_and_taken_back(self) -> None:
        self.draws()
        self.types("\x1bm")
        self.assertTrue(self.draws().startswith(b"\x1b[?1006l\x1b[?1000l"))
        self.types("\x1bm")
        self.assertTrue(self.draws().startswith(b"\x1b[?1000h\x1b[?1006h"))
