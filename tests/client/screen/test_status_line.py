"""The line about the state of things, on terminals of all widths."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.screen.showing.status_line import Part, status
from chatsvc.client.screen.windows.groups import Groups
from chatsvc.client.screen.windows.view import View
from chatsvc.client.screen.windows.windows import MOST_WINDOWS, Windows
from chatsvc.terminal.cells import cells, width
from chatsvc.terminal.colours import URGENT
from chatsvc.terminal.editing.editor import Editor


class StatusTests(SynchronousTestCase):
    def setUp(self) -> None:
        view = View(Editor(lambda _: []), 80, 24)
        self.windows = Windows("host", view)
        self.groups = Groups(view)
        self.groups.add(self.windows)
        self.windows.lobby.people.set(["ann", "bob"], 10)

    def opens(self, name: str, unread: int = 0, is_urgent: bool = False) -> None:
        window = self.windows.open(name)
        for _ in range(unread):
            window.note_unread(is_urgent)

    def line(self, columns: int, *notes: str, hint: str = "") -> str:
        found = status(self.groups, columns, [Part(each) for each in notes], hint, "bob@host")
        self.assertLessEqual(width(cells(found, 80)), max(columns, len("[…]")))
        return "".join(text for text, _ in found)

    def test_where_one_is_stands_first_then_what_is_new(self) -> None:
        self.opens("#quiet")
        self.opens("#ops", 3)
        self.opens("@bob", 1, is_urgent=True)
        self.assertEqual(
            self.line(80), "[1 #lobby, 12 here]  4 @bob !1  3 #ops +3  2 #quiet  bob@host"
        )
        self.groups.go(1)
        self.assertEqual(
            self.line(80), "[2 #quiet, 0 here]  4 @bob !1  3 #ops +3  1 #lobby  bob@host"
        )

    def test_what_does_not_fit_is_counted(self) -> None:
        self.opens("@bob", 1, is_urgent=True)
        self.opens("@cat", 1, is_urgent=True)
        for number in range(4):
            self.opens(f"#room{number}", number)
        self.assertEqual(
            self.line(60), "[1 #lobby, 12 here]  2 @bob !1  3 @cat !1  5 #room1 +1  +3"
        )
        self.assertEqual(self.line(40), "[1 #lobby, 12 here]  2 @bob !1  +5")
        self.assertEqual(self.line(25), "[1 #lobby]  2 @bob !1  +5")
        self.assertEqual(self.line(14), "[1 #lobby]  +6")
        self.assertEqual(self.line(12), "[1 #lo…]  +6")
        self.assertEqual(self.line(5), "[1…]")
        hidden = status(self.groups, 14, [], "", "")[-1]
        self.assertEqual(hidden, ("+6", URGENT))

    def test_a_name_that_is_too_wide(self) -> None:
        self.opens("#" + "漢" * 32)
        self.groups.go(1)
        self.assertEqual(self.line(20), "[2 #漢漢漢漢漢…]  +1")

    def test_all_widths(self) -> None:
        for number in range(MOST_WINDOWS + 10):
            self.opens(f"#{'e' * (number % 32)}漢{number}", number % 3, number % 7 == 0)
        for columns in (*range(1, 60), *range(60, 200, 7)):
            for notes in (), ("no connection, trying again, 100 waiting", "1 new below (end)"):
                for hint in "", "That is not so.", "ann:  bob:  cat: " * 9:
                    line = self.line(columns, *notes, hint=hint)
                    self.assertTrue(line.startswith("[1 #lobby"[: max(columns // 2 - 1, 1)]), line)
                    if columns >= 14:
                        self.assertRegex(line, r" \+\d")

    def test_a_hint_stands_behind_what_is_unread(self) -> None:
        self.opens("@bob", 1, is_urgent=True)
        self.opens("#ops", 2)
        self.opens("#quiet")
        hint = "There is no window 7."
        self.assertEqual(self.line(80, hint=hint), f"[1 #lobby]  2 @bob !1  3 #ops +2  {hint}")
        self.assertEqual(self.line(40, hint=hint), f"[1 #lobby]  +2  {hint}")
        self.assertEqual(self.line(30, hint=hint), "[1 #lobby]  +2  There is no w…")

    def test_notes_stand_behind_where_one_is(self) -> None:
        self.assertEqual(self.line(80, "lag 1.2 s"), "[1 #lobby, 12 here]  lag 1.2 s  bob@host")
        self.assertEqual(self.line(24, "no connection"), "[1 #lobby]  no connecti…")
