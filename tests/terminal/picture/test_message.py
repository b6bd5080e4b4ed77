"""How a message looks."""

from __future__ import annotations

from datetime import date

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.cells import width
from chatsvc.terminal.pen import Pen
from chatsvc.terminal.picture.message import NAMES, Look, Message, folded
from chatsvc.terminal.picture.scrollback import Scrollback
from chatsvc.terminal.styles import PLAIN, Segment


def said(name: str, text: str, key: int | None = None) -> Message:
    line: list[Segment] = [("12:00 ", PLAIN), (name, PLAIN), (": ", PLAIN), (text, PLAIN)]
    return Message(line, key, head=3)


def rows(message: Message, columns: int = 40, names: int = 0) -> list[str]:
    return ["".join(cell.text for cell in row) for row in folded(message, Look(columns, names))]


class MessageTests(SynchronousTestCase):
    def test_texts_begin_behind_their_names(self) -> None:
        self.assertEqual(
            rows(said("ann", "one two three four five six seven")),
            ["12:00 ann: one two three four five six", "           seven"],
        )
        two = ["12:00   ann: one", "             two"]
        self.assertEqual(rows(said("ann", "one\ntwo"), names=7), two)
        self.assertEqual(rows(said("anna", "hi"), names=4), ["12:00 anna: hi"])

    def test_lists_tables_and_code_keep_their_shape(self) -> None:
        for text, shown in {
            "  one two three four five six": ["  one two three four five", "  six"],
            "  /who  List who is in a room": ["  /who  List who is in a", "        room"],
            "  /a  b  c d e f g h i j k l m n": ["  /a  b  c d e f g h i j k l", "         m n"],
            "  /keep [#room] [time]   Show how": ["  /keep [#room] [time]", "  Show how"],
            "  漢  one two three four five six": ["  漢  one two three four", "      five six"],
            "one  two three four five six s": ["one  two three four five six", "s"],
        }.items():
            found = rows(said("ann", text), 39)
            self.assertEqual([row[11:].rstrip() for row in found], shown)
        narrow = ["12:00 ann:   /who  List", "     who"]
        self.assertEqual(rows(said("ann", "  /who  List who"), 23), narrow)

    def test_a_long_word_begins_beside_its_name(self) -> None:
        word = ["12:00 ann: " + "x" * 29, " " * 11 + "x" * 11]
        self.assertEqual(rows(said("ann", "x" * 40)), word)

    def test_there_is_no_column_on_a_narrow_terminal(self) -> None:
        narrow = ["12:00 ann: one two", "     three"]
        self.assertEqual(rows(said("ann", "one two three"), 20, 9), narrow)
        message = said("漢字", "one 漢字 three\nfour")
        for columns in range(2, 60):
            for names in (0, NAMES):
                found = folded(message, Look(columns, names))
                self.assertLessEqual(max(map(width, found)), columns)
                self.assertEqual({row[0].text for row in found[1:]}, {" "})

    def test_ids_are_shown_if_one_likes(self) -> None:
        for key, shown in (7, "12:00 [7]  ann: hi"), (None, "12:00  ann: hi"):
            [row] = folded(said("ann", "hi", key), Look(60, 6, has_ids=True))
            self.assertEqual("".join(cell.text for cell in row), shown)

    def test_addresses_are_links_even_over_two_rows(self) -> None:
        address = "https://example.org/" + "x" * 40
        found = folded(said("ann", f"see ({address}), and 漢"), Look(40, has_links=True))
        linked = [[cell.text for cell in row if cell.style.link == address] for row in found]
        self.assertEqual("".join("".join(part) for part in linked), address)
        self.assertGreater(len([row for row in linked if row]), 1)
        start, end = f"\x1b]8;;{address}\x1b\\", "\x1b]8;;\x1b\\"
        for row, part in zip(found, linked, strict=True):
            pen = Pen()
            drawn = pen.draw(row) + pen.lift()
            self.assertEqual(drawn.count(start), len(part) > 0)
            self.assertEqual(drawn.count(end), len(part) > 0)
            if part:
                self.assertIn(f"{start}{''.join(part)}{end}", drawn)

    def test_only_addresses_are_links(self) -> None:
        for text in ("http://", "https://\u202e", "ftp://a", "javascript://x", "xhttp//a"):
            [row] = folded(said("ann", text), Look(80, has_links=True))
            self.assertEqual({cell.style.link for cell in row}, {""}, text)

    def test_the_column_is_as_wide_as_the_widest_name(self) -> None:
        scrollback = Scrollback()
        scrollback.fit(Look(80, 1), 10)
        for name in ("ann", "client12", "cat", "x" * NAMES):
            message = said(name, "hi")
            scrollback.show(message.segments, head=message.head)
        shown = ["".join(cell.text for cell in row) for row in scrollback.view()]
        self.assertEqual(shown[:2], ["12:00      ann: hi", "12:00 client12: hi"])
        self.assertEqual(shown[2:], ["12:00      cat: hi", f"12:00 {'x' * NAMES}: hi"])

    def test_the_column_takes_a_third_of_the_terminal_with_the_time(self) -> None:
        scrollback = Scrollback()
        for name in ("ann", "x" * (NAMES - 2), "cat"):
            message = said(name, "hi")
            scrollback.show(message.segments, head=message.head)
        for columns, at in (140, 6 + NAMES), (90, 30), (80, 26), (60, 20), (30, 11):
            scrollback.fit(Look(columns, 1), 10)
            shown = ["".join(cell.text for cell in row) for row in scrollback.view()]
            self.assertEqual([shown[0].find("hi"), shown[-1].find("hi")], [at, at], columns)

    def test_names_wider_than_the_column_lose_their_end(self) -> None:
        shown = [rows(said(name, "hi"), 80, NAMES)[0] for name in ("ann", "x" * 18, "x" * 32)]
        self.assertEqual(shown[0], f"12:00 {'ann':>18}: hi")
        self.assertEqual(shown[1], f"12:00 {'x' * 18}: hi")
        self.assertEqual(shown[2], f"12:00 {'x' * 17}…: hi")
        wide = rows(said("漢" * 16, "hi"), 80, NAMES)[0]
        self.assertEqual(wide, f"12:00  {'漢' * 8}…: hi")

    def test_what_is_new_on_another_day_has_one_line(self) -> None:
        scrollback = Scrollback()
        scrollback.fit(Look(80), 10)
        scrollback.mark("new")
        scrollback.show([("hi", PLAIN)], day=date(2026, 11, 1))
        shown = ["".join(cell.text for cell in row) for row in scrollback.view()]
        self.assertEqual(shown, ["——— Sunday, 01 November 2026, new ———", "hi"])

    def test_a_day_is_said_once(self) -> None:
        scrollback = Scrollback()
        scrollback.fit(Look(80), 10)
        for day in (1, 1, 2):
            scrollback.show([("hi", PLAIN)], day=date(2026, 11, day))
        shown = ["".join(cell.text for cell in row) for row in scrollback.view()]
        self.assertEqual(shown[:3], ["——— Sunday, 01 November 2026 ———", "hi", "hi"])
        self.assertEqual(shown[3:], ["——— Monday, 02 November 2026 ———", "hi"])
