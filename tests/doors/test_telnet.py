"""Telnet's negotiations."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.doors.telnet import end_lines, strip

NEGOTIATIONS = [
    b"\xff\xfb\x1f",  # WILL NAWS
    b"\xff\xfd\x03",  # DO SUPPRESS-GO-AHEAD
    b"\xff\xfa\x1f\x00\x0a\x00\xff\xff\xff\xf0",  # SB NAWS 10 by 255, IAC SE
    b"\xff\xf4",  # interrupt process
    b"\xff\xf1",  # no operation
]


class StripTests(SynchronousTestCase):
    def test_only_the_text_stays(self) -> None:
        for negotiation in NEGOTIATIONS:
            self.assertEqual(strip(b"a" + negotiation + b"b"), (b"ab", b""))

    def test_what_a_client_erases(self) -> None:
        self.assertEqual(strip(b"ab\xff\xf7c\xff\xf8d"), (b"ab\x7fc\x15d", b""))

    def test_latin1_stays(self) -> None:
        self.assertEqual(strip(b"L\xffwe\n"), (b"L\xffwe\n", b""))

    def test_one_without_an_end_is_bounded(self) -> None:
        data = b"\xff\xfa" + b"x" * 200
        self.assertEqual(strip(data), (b"", data))
        data = b"\xff\xfa" + b"x" * 300
        self.assertEqual(strip(data), (data, b""))

    def test_no_bytes_take_long(self) -> None:
        started = time.process_time()
        for hostile in (b"\xff", b"\xff\xfa", b"\xff\xff\xfa", b"\xff\xfa\xff\xff", b"\xff\xfaxx"):
            strip(hostile * (65536 // len(hostile)))
        self.assertLess(time.process_time() - started, 1)

    def test_commands_that_follow_each_other_take_no_longer_than_text(self) -> None:
        def took(data: bytes) -> float:
            started = time.thread_time()
            strip(data)
            return time.thread_time() - started

        text = min([took(b"text " * 13107) for _ in range(5)])
        for command in (b"\xff\xfd\x06", b"\xff\xf1", b"\xff\xff"):
            commands = min([took(command * (65536 // len(command))) for _ in range(5)])
            self.assertLess(commands, 4 * text, command)  # one by one, it is more than twelve

    def test_two_255_are_no_start_of_a_command_wherever_a_segment_ends(self) -> None:
        self.assertEqual(strip(b"\xff\xff"), (b"\xff\xff", b""))
        self.assertEqual(strip(b"\xff\xff\xff"), (b"\xff\xff", b"\xff"))
        self.assertEqual(strip(b"\xff\xff\xef"), (b"\xff\xff\xef", b""))

    @given(st.lists(st.sampled_from([*NEGOTIATIONS, b"text\n", b"\xc3\xbc"])), st.data())
    def test_segments_end_anywhere(self, parts: list[bytes], data: st.DataObject) -> None:
        stream = b"".join(parts)
        text = unfinished = b""
        while stream:
            length = data.draw(st.integers(1, len(stream)))
            stripped, unfinished = strip(unfinished + stream[:length])
            text += stripped
            stream = stream[length:]
        expected = b"".join(part for part in parts if part not in NEGOTIATIONS)
        self.assertEqual((text, unfinished), (expected, b""))

    def test_a_size_may_hold_the_end_of_a_line_and_nothing_else(self) -> None:
        self.assertEqual(strip(b"a\xff\xfa\x1f\x00\x0a\x00\x0d\xff\xf0b"), (b"ab", b""))
        for broken in (b"\xff\xfa\x18hello\n", b"\xff\xfa\x1fhello\n", b"\xff\xfahello\r"):
            self.assertEqual(strip(broken), (broken, b""))


class EndLinesTests(SynchronousTestCase):
    @given(st.lists(st.sampled_from([b"\r\n", b"\r\0", b"\r", b"\n", b"", b"x"])), st.data())
    def test_segments_end_anywhere(self, parts: list[bytes], data: st.DataObject) -> None:
        stream = b"".join(parts)
        expected = stream.replace(b"\r\n", b"\n").replace(b"\r\0", b"\n").replace(b"\r", b"\n")
        text, after_cr = b"", False
        cuts = data.draw(st.lists(st.integers(0, len(stream))).map(sorted))
        for start, end in pairwise([0, *cuts, len(stream)]):
            ended, after_cr = end_lines(stream[start:end], after_cr)
            text += ended
        self.assertEqual(text, expected)
