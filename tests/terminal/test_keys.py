"""Keys, from the bytes that terminals send for them."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.keys import (
    KEYBOARD,
    LONGEST,
    PASTE,
    Answer,
    Background,
    Key,
    Keys,
    Paste,
    Press,
    Text,
    is_key,
)
from tests.terminal.hostile import TYPED

# What is sent, and the key it is.
NAMED = {
    b"\r": "enter", b"\n": "enter", b"\t": "tab", b"\x7f": "backspace", b"\b": "backspace",
    b"\x00": "ctrl-@", b"\x01": "ctrl-a", b"\x1a": "ctrl-z", b"\x1c": "ctrl-\\", b"\x1f": "ctrl-_",
    b"\x1bb": "alt-b", b"\x1b\r": "alt-enter", b"\x1b\x7f": "alt-backspace", b"\x1b1": "alt-1",
    b"\x1b\xc3\xa9": "alt-é", b"\x1b\xe6\xbc\xa2": "alt-漢", b"\x1b\xf0\x9f\x8e\x89": "alt-🎉",
    # xterm, and the Linux console
    b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[C": "right", b"\x1b[D": "left",
    b"\x1b[H": "home", b"\x1b[F": "end", b"\x1b[1~": "home", b"\x1b[4~": "end",
    b"\x1b[2~": "insert", b"\x1b[3~": "delete", b"\x1b[5~": "page-up", b"\x1b[6~": "page-down",
    b"\x1b[Z": "shift-tab",
    # application mode, as screen and tmux send it too
    b"\x1bOA": "up", b"\x1bOB": "down", b"\x1bOC": "right", b"\x1bOD": "left",
    b"\x1bOH": "home", b"\x1bOF": "end", b"\x1bOM": "enter",
    # function keys: xterm, the Linux console, rxvt
    b"\x1bOP": "f1", b"\x1bOS": "f4", b"\x1b[15~": "f5", b"\x1b[21~": "f10", b"\x1b[24~": "f12",
    b"\x1b[[A": "f1", b"\x1b[[E": "f5", b"\x1b[11~": "f1", b"\x1b[14~": "f4",
    b"\x1b[P": "f1", b"\x1b[13~": "f3", b"\x1b[1;5R": "ctrl-f3", b"\x1b[17;3~": "alt-f6",
    b"\x1bO2P": "shift-f1", b"\x1b[23^": "ctrl-f11",
    # with modifiers: xterm, older xterms, rxvt
    b"\x1b[1;5D": "ctrl-left", b"\x1b[1;3C": "alt-right", b"\x1b[1;2A": "shift-up",
    b"\x1b[1;9C": "alt-right", b"\x1b[1;8B": "ctrl-alt-shift-down", b"\x1b[3;5~": "ctrl-delete",
    b"\x1b[5;3~": "alt-page-up", b"\x1bO5D": "ctrl-left", b"\x1bO1;5C": "ctrl-right",
    b"\x1bOd": "ctrl-left", b"\x1b[d": "shift-left", b"\x1b[7~": "home", b"\x1b[8~": "end",
    b"\x1b[7^": "ctrl-home", b"\x1b[3$": "shift-delete", b"\x1b[8@": "ctrl-shift-end",
    # the mouse
    b"\x1b[<64;12;7M": "wheel-up", b"\x1b[<81;1;1M": "wheel-down", b"\x1b[<0;12;7M": "mouse",
    b"\x1b[M`\xff\x80": "wheel-up", b"\x1b[Ma!!": "wheel-down", b"\x1b[M !!": "mouse",
    # kitty's protocol
    b"\x1b[27u": "escape", b"\x1b[27;1u": "escape", b"\x1b[27;129u": "escape",
    b"\x1b[13;3u": "alt-enter", b"\x1b[13;2u": "shift-enter", b"\x1b[13;5u": "ctrl-enter",
    b"\x1b[9;2u": "shift-tab", b"\x1b[127;3u": "alt-backspace", b"\x1b[127;6u": "backspace",
    b"\x1b[97;5u": "ctrl-a", b"\x1b[97;5:2u": "ctrl-a", b"\x1b[99;69u": "ctrl-c",
    b"\x1b[105;5u": "tab", b"\x1b[104;5u": "backspace", b"\x1b[91;5u": "escape",
    b"\x1b[45:95;6u": "ctrl-_", b"\x1b[47;5u": "ctrl-_", b"\x1b[32;5u": "ctrl-@",
    b"\x1b[97;3u": "alt-a", b"\x1b[110:78;4u": "alt-N", b"\x1b[110;4u": "alt-N",
    b"\x1b[49;3u": "alt-1", b"\x1b[91;3u": "alt-[", b"\x1b[233;3u": "alt-é",
    b"\x1b[97;7u": "alt-ctrl-a", b"\x1b[97;33u": "alt-a", b"\x1b[1089::99;3u": "alt-с",
    b"\x1b[1089::99;5u": "ctrl-c", b"\x1b[1061:1093:91;5u": "escape",
    b"\x1b[57414u": "enter", b"\x1b[57421;3u": "alt-page-up", b"\x1b[57419;129u": "up",
    b"\x1b\x1b[D": "alt-left", b"\x1b\x1bOC": "alt-right", b"\x1b\x1b[5~": "alt-page-up",
}  # fmt: skip

UNKNOWN = [
    b"\x1b[25~", b"\x1b[16~", b"\x1bOX", b"\x1b[?1;2c", b"\x1b[<0;12;7m", b"\x1b[M#!!",
    b"\x1b[99;5~", b"\x1b[E",
    b"\x1b[1;5y", b"\x1b[?2026;0$y", b"\x1b[?2026;4$y",
    b"\x1b[97;9u", b"\x1b[97;5:3u", b"\x1b[57358u", b"\x1b[223;5u", b"\x1b[496;5u",
    b"\x1b[1089;5u", b"\x1b[1089::223;5u", b"\x1b[49;5u", b"\x1b[9999999;3u",
    b"\x1b[201~", b"\x1b]10;rgb:0/0/0\a", b"\x1b]11;red\a",
    b"\x1bP>|x\x1b\\",
    b"\x1b[1;1000A", b"\x1b_Gx\x1b\\", b"\x1b[" + b"1" * 5000 + b"~",
]  # fmt: skip


def joined(presses: list[Press]) -> list[Press]:
    """The same with characters joined that came one after the other."""
    result: list[Press] = []
    for press in presses:
        match result, press:
            case [*_, Text(before)], Text(text):
                result[-1] = Text(before + text)
            case _:
                result.append(press)
    return result


class KeysTests(SynchronousTestCase):
    def pressed(self, *pieces: bytes) -> list[Press]:
        keys = Keys()
        return joined([press for piece in pieces for press in keys.feed(piece)])

    def comes(self, data: bytes, *presses: Press) -> None:
        """Fail unless these presses come of it, wherever it is split, and nothing is left."""
        self.assertEqual(self.pressed(data), list(presses), data)
        for at in range(1, min(len(data), 100)):
            self.assertEqual(self.pressed(data[:at], data[at:]), list(presses), (data, at))
        self.assertEqual(self.pressed(*(bytes([byte]) for byte in data)), list(presses), data)

    def test_named_keys(self):
        for data, name in NAMED.items():
            self.comes(data, Key(name))
            self.comes(b"a" + data + b"b", Text("a"), Key(name), Text("b"))

    def test_characters(self):
        self.comes("aé漢🎉".encode(), Text("aé漢🎉"))

    def test_what_is_not_utf8_is_replaced(self):
        self.comes(b"a\xffb", Text("a\ufffdb"))
        self.comes(b"\xe6\xbc\r", Text("\ufffd"), Key("enter"))
        self.comes(b"\x1b\x80", Key("escape"), Text("\ufffd"))
        self.comes(b"\x1b\xed\xa0\x80", Key("alt-\ufffd\ufffd\ufffd"))

    def test_the_background_of_the_terminal(self):
        self.comes(b"\x1b]11;rgb:1e1e/ffff/0000\x1b\\", Background(30, 255, 0))
        self.comes(b"\x1b]11;rgb:f/80/000\x07", Background(255, 128, 0))
        self.comes(b"\x1b]11;rgba:ff/00/00/ff\x07", Background(255, 0, 0))

    def test_keys_that_are_told_apart_may_be_characters(self):
        self.comes(b"\x1b[57404;129u\x1b[57413ux\x1b[228u", Text("5+xä"))

    def test_what_the_terminal_answers(self):
        self.comes(b"\x1b[?2027;2$y", Answer(2027, is_set=False))
        self.comes(b"\x1b[?69;1$y", Answer(69, is_set=True))
        self.comes(b"\x1b[?2027;3$y", Answer(2027, is_set=True))
        self.comes(b"\x1b[?0u", Answer(KEYBOARD, is_set=False))

    def test_unknown_sequences_are_swallowed_whole(self):
        for data in UNKNOWN:
            self.comes(b"a" + data + b"b", Text("ab"))

    def test_sequences_broken_off_are_swallowed_as_far_as_they_go(self):
        self.comes(b"\x1b[1;\x1b[A", Key("up"))
        self.comes(b"\x1b[1\r", Key("enter"))
        self.comes(b"\x1bO1\xc3\xa9", Text("é"))
        self.comes(b"\x1b]11;x\x1bb", Key("alt-b"))
        self.comes(b"\x1b\xe6x", Text("x"))
        self.comes(b"\x1b[[x", Text("x"))

    def test_alt_with_what_begins_sequences(self):
        self.comes(b"\x1b[\r", Key("alt-["), Key("enter"))
        self.comes(b"\x1bP\x1bx", Key("alt-P"), Key("alt-x"))
        for character in "[O]P^_X":
            keys = Keys()
            self.assertEqual(keys.feed(b"\x1b" + character.encode()), [])
            self.assertEqual(keys.flush(), [Key(f"alt-{character}")])

    def test_escape_by_itself(self):
        keys = Keys()
        self.assertFalse(keys.waiting)
        self.assertEqual(keys.feed(b"\x1b"), [])
        self.assertTrue(keys.waiting)
        self.assertEqual(keys.flush(), [Key("escape")])
        self.assertFalse(keys.waiting)
        self.assertEqual(keys.flush(), [])
        self.assertEqual(keys.feed(b"b"), [Text("b")])

    def test_escape_twice(self):
        keys = Keys()
        self.assertEqual(keys.feed(b"\x1b\x1b") + keys.flush(), [Key("escape")] * 2)
        self.comes(b"\x1b\x1bx", Key("escape"), Key("alt-x"))

    def test_half_a_sequence_is_given_up(self):
        keys = Keys()
        self.assertEqual(keys.feed(b"\x1b[1;5") + keys.flush(), [])
        self.assertEqual(keys.feed(b"\x1b\xe6\xbc") + keys.flush(), [])
        self.assertEqual(keys.feed(b"A"), [Text("A")])

    def test_pastes(self):
        self.comes(
            b"a\x1b[200~one\r\ntwo\rthree\nf\xc3\xbcr\tus\x1b[201~\r",
            Text("a"),
            Paste("one\ntwo\nthree\nfür\tus"),
            Key("enter"),
        )

    def test_sequences_in_a_paste_are_text(self):
        self.comes(
            b"\x1b[200~\x1b[A\x1b[200~\x1b[20\x1b\x1b[201~b",
            Paste("\x1b[A\x1b[200~\x1b[20\x1b"),
            Text("b"),
        )

    def test_a_paste_is_not_ended_by_time(self):
        keys = Keys()
        keys.feed(b"\x1b[200~a\x1b")
        self.assertFalse(keys.waiting)
        self.assertEqual(keys.flush(), [])
        self.assertEqual(keys.feed(b"[201~"), [Paste("a")])

    def test_a_paste_is_kept_up_to_a_length_and_the_rest_counted(self):
        keys = Keys()
        keys.feed(b"\x1b[200~")
        for _ in range(PASTE // 1000 + 10):
            self.assertEqual(keys.feed(b"x" * 1000), [])
        self.assertEqual(len(keys._paste or b""), PASTE)
        dropped = (PASTE // 1000 + 10) * 1000 - PASTE
        self.assertEqual(keys.feed(b"\x1b[201~"), [Paste("x" * PASTE, dropped)])
        self.assertEqual(keys.feed(b"\x1b[200~y\x1b[201~"), [Paste("y")])

    def test_a_paste_of_just_the_length_is_whole(self):
        self.assertEqual(
            self.pressed(b"\x1b[200~" + b"x" * PASTE + b"\x1b[201~"), [Paste("x" * PASTE)]
        )

    def test_an_endless_sequence_takes_no_memory(self):
        for introducer, end in (b"\x1b[", b"~"), (b"\x1bO", b"A"), (b"\x1b]", b"\x1b\\"):
            keys = Keys()
            keys.feed(introducer)
            for _ in range(1000):
                self.assertEqual(keys.feed(b"0" * 1000), [])
                self.assertLessEqual(len(keys._begun), LONGEST + 1)
            keys.feed(end[:-1])
            self.assertEqual(keys.feed(end[-1:] + b"a"), [Text("a")])

    @given(st.lists(TYPED, max_size=6).map(b"".join), st.data())
    def test_how_bytes_are_split_makes_no_difference(self, data, draw):
        cut = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=4)))
        pieces = [data[a:b] for a, b in zip([0, *cut], [*cut, len(data)], strict=True)]
        self.assertEqual(self.pressed(*pieces), self.pressed(data))

    @given(st.lists(st.binary(max_size=20)))
    def test_no_bytes_are_too_strange(self, pieces):
        keys = Keys()
        for piece in pieces:
            for press in [*keys.feed(piece), *keys.flush()]:
                if isinstance(press, Key) and not press.name.startswith(
                    ("wheel-", "mouse", "alt- ", "alt-[")
                ):
                    self.assertTrue(is_key(press.name), press)
            self.assertFalse(keys.waiting)

    @given(st.lists(st.integers(0, 10_000_000), min_size=1, max_size=3), st.integers(0, 999))
    @example([ord("ß")], 1 + 4)  # its capital letter would be two
    @example([ord("ß")], 1 + 1 + 2)
    def test_no_code_is_too_strange(self, codes, modifier):
        for press in Keys().feed(f"\x1b[{':'.join(map(str, codes))};{modifier}u".encode()):
            if isinstance(press, Text):
                self.assertTrue(len(press.text) == 1 and press.text.isprintable(), press)
            else:
                assert isinstance(press, Key)
                is_named = press.name.startswith(("alt- ", "alt-["))
                self.assertTrue(is_named or is_key(press.name), press)

    def test_names_of_no_keys(self):
        for code in range(1, 32):
            if code != 27:
                [press] = Keys().feed(bytes([code]))
                assert isinstance(press, Key)
                self.assertTrue(is_key(press.name), press)
        for name in (
            "",
            "x",
            "f0",
            "f13",
            "F1",
            "ctrl-i",
            "ctrl-j",
            "ctrl-m",
            "ctrl-h",
            "ctrl-",
            "Ctrl-N",
            "alt-xy",
        ):
            self.assertFalse(is_key(name), name)
