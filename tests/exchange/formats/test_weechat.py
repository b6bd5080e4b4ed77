"""Logs of WeeChat are read."""

from __future__ import annotations

from chatsvc.exchange.files import LINE_BYTES
from chatsvc.exchange.said import Message
from tests.exchange.formats.reading import ReadingTestCase, at

LOG = """\
2026-11-26 10:00:00\t-->\tann (~ann@host) has joined #ops
2026-11-26 10:00:01\t--\tTopic for #ops is "ops"
2026-11-26 10:00:02\t@ann\tHello, wörld\ttabbed
2026-11-26 10:00:03\t+bob\t<ann> quoted
2026-11-26 10:00:03\t *\tbob waves
2026-11-26 10:00:04\tcat\t
2026-11-26 10:00:05\t<--\tann (~ann@host) has quit (bye)
"""
NAME = "irc.libera.#ops.weechatlog"


class WeeChatTests(ReadingTestCase):
    def test_what_was_said(self) -> None:
        path = self.writes(NAME, LOG)
        ten = at(2026, 11, 26, 10)
        self.assertEqual(
            self.messages(path),
            [
                Message("#ops", ten + 2, "Said", "ann", "Hello, wörld\ttabbed"),
                Message("#ops", ten + 3, "Said", "bob", "<ann> quoted"),
                Message("#ops", ten + 3, "Acted", "bob", "waves"),
                Message("#ops", ten + 4, "Said", "cat", ""),
            ],
        )
        what = "joins, parts and the like"
        self.assertEqual(self.left_out(path), [(what, f"{NAME}:{n}") for n in (1, 2, 7)])

    def test_times_are_local(self) -> None:
        path = self.writes(NAME, LOG)
        [first, *_] = self.messages(path, zone="Europe/Berlin")
        self.assertEqual(first.at, at(2026, 11, 26, 9, 0, 2))

    def test_times_do_not_go_back_when_the_clock_does(self) -> None:
        lines = ["2026-10-25 02:59:59\tann\tone", "2026-10-25 02:00:00\tann\ttwo"]
        lines += ["2026-10-25 03:00:00\tann\tthree"]
        path = self.writes(NAME, "\n".join(lines))
        times = [each.at for each in self.messages(path, zone="Europe/Berlin")]
        self.assertEqual(times, sorted(times))
        self.assertEqual(times[-1], at(2026, 10, 25, 2))

    def test_the_room_is_that_of_the_file_or_another(self) -> None:
        self.assertEqual(self.messages(self.writes("log", LOG), into="#x")[0].room, "#x")
        self.assertIn("--into", self.refuses(self.writes("log", LOG)))

    def test_hostile_lines(self) -> None:
        data = LOG.encode() + b"2026-11-26 10:00:06\tann\t\xff\xfe broken\n"
        data += b"2026-13-77 10:00:06\tann\tno day\n2026-11-26 25:61:06\tann\tno time\n"
        data += b"9999-12-31 23:59:59\tann\tlate\n" + b"x" * (LINE_BYTES + 5) + b"\nno form\n\n"
        data += b"2026-11-26 10:00:07\tann\tlast, without an end"
        path = self.writes(NAME, data)
        self.assertEqual(self.said(path)[4], ("ann", "\ufffd\ufffd broken"))
        self.assertEqual(self.said(path)[-1], ("ann", "last, without an end"))
        self.assertEqual(
            self.left_out(path)[3:],
            [
                ("lines with a time that is none", f"{NAME}:9"),
                ("lines with a time that is none", f"{NAME}:10"),
                ("lines that are too long", f"{NAME}:12"),
                ("lines of no known form", f"{NAME}:13"),
            ],
        )

    def test_a_folder_of_logs(self) -> None:
        self.writes("logs/irc.a.#x.weechatlog", LOG)
        self.writes("logs/deep/irc.a.#y.weechatlog", LOG)
        self.writes("logs/notes.txt", "no log")
        rooms = {each.room for each in self.messages(self.folder / "logs")}
        self.assertEqual(rooms, {"#x", "#y"})
        (self.folder / "empty").mkdir()
        self.assertIn("no log", self.refuses(self.folder / "empty"))
