"""A terminal's input: characters, named keys and pastes."""

from __future__ import annotations

import codecs
import re
import sys
from dataclasses import dataclass, field

PASTE = 64 * 1024  # bytes kept of a paste
KEYBOARD = 0  # the number here of kitty's keyboard protocol, which is no mode of DECRPM
LONGEST = 64  # bytes kept of an unfinished sequence; those we know have fewer than ten


@dataclass(frozen=True, slots=True)
class Text:
    """Typed characters that arrived together, without C0 controls."""

    text: str


@dataclass(frozen=True, slots=True)
class Key:
    """A pressed key that is not a character, or the mouse.

    name: enter, tab, backspace, escape, insert, delete, up, down, left, right, home, end, page-up,
        page-down or f1 to f12, perhaps after ctrl-, alt- and shift-, in this order; or such as
        ctrl-a, alt-b; or wheel-up, wheel-down, and mouse for its buttons.
    column: where the mouse is, from 0; None for other keys. It makes no other key.
    """

    name: str
    column: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Paste:
    """A pasted text, with line feeds between lines.

    dropped: the number of bytes that were too many.
    """

    text: str
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Background:
    """The colour of the terminal's background, as it reports it: 0 to 255 each."""

    red: int
    green: int
    blue: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A mode that the terminal has, as it reports it.

    number: as in DECRPM, or KEYBOARD.
    is_set: whether it was set already.
    """

    number: int
    is_set: bool


Press = Text | Key | Paste | Background | Answer

# After ESC [ (xterm, the Linux console, rxvt, screen, tmux) or ESC O (xterm and rxvt in application
# mode), or either with another ESC before it (rxvt's Alt). The Linux console's function keys
# (ESC [ [ A) and rxvt's Shift (ESC [ 3 $) break the grammar of ECMA-48, section 5.4.
_KEY = re.compile(
    rb"\x1b(?P<alt>\x1b?)(?P<kind>[\[O])"
    rb"(?P<body>(?<=\[)(?:\[[A-E]|M[ -\xff]{3}|[0-9]+\$|(?!M)[0-?]*[ -/]*[@-Z\\-~])"
    rb"|(?<=O)[0-9;]*[@-~])"
)
_STRING = re.compile(rb"\x1b[P\]X^_][^\x07\x1b]*(?:\x07|\x1b\\)")  # a terminal's answer
# The answer to OSC 11; the numbers have one to four digits (xterm's control sequences).
_BACKGROUND = re.compile(
    rb"\x1b\]11;rgba?:([0-9A-Fa-f]{1,4})/([0-9A-Fa-f]{1,4})/([0-9A-Fa-f]{1,4})"
)
_ALT = re.compile(
    rb"\x1b(?P<character>[^\x1b\[OP\]X^_\x80-\xff]"
    rb"|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
)
# The beginning of any of these.
_BEGUN = re.compile(
    rb"\x1b\x1b?(?:\[(?:\[|M[ -\xff]{0,2}|[0-?]*[ -/]*)|O[0-9;]*)"
    rb"|\x1b[P\]X^_][^\x07\x1b]*\x1b?"
    rb"|\x1b[\xc2-\xf4][\x80-\xbf]{0,2}"
    rb"|\x1b\x1b?"
)
_PRINTED = re.compile(rb"[^\x00-\x1f\x7f]+")
_BODY = re.compile(rb"(?P<number>[0-9]{0,3})(?:;(?P<modifier>[0-9]{1,3}))?(?P<final>[A-Za-z~^$@])")

_LETTERS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
_NUMBERS = {1: "home", 2: "insert", 3: "delete", 4: "end", 5: "page-up", 6: "page-down"}
_NUMBERS |= {7: "home", 8: "end"}  # rxvt
_FUNCTIONS = (11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24)  # after a gap, those of a VT220
_NUMBERS |= {code: f"f{number}" for number, code in enumerate(_FUNCTIONS, 1)}
_LETTERS |= {"P": "f1", "Q": "f2", "R": "f3", "S": "f4"}
# Buttons and wheel, as xterm's mode 1006 reports them, and mode 1000 alone.
_MOUSE = re.compile(rb"<([0-9]{1,3});([0-9]{1,5});[0-9]+M|M([ -\xff])(.).", re.DOTALL)
_MODIFIERS, _WHEEL = 4 | 8 | 16, {64: "wheel-up", 65: "wheel-down"}
_RELEASED = 3  # by mode 1000 alone
_SHIFT, _ALTERNATE, _CONTROL, _META = 1, 2, 4, 8  # xterm adds them up, plus one
_RXVT = {"^": _CONTROL, "$": _SHIFT, "@": _CONTROL | _SHIFT}  # in place of ~
_CONTROLS = {code: f"ctrl-{chr(code + 64).lower()}" for code in range(32)}
_CONTROLS |= {8: "backspace", 9: "tab", 10: "enter", 13: "enter", 127: "backspace"}

# DECRPM: a mode is set (1), reset (2), or set for good (3). Kitty's flags are one's own, none yet.
_MODE = re.compile(rb"\?([0-9]{1,5});([123])\$y|\?[0-9]{1,3}u")
# A key of kitty's protocol: its code, that with Shift and that of the same key of a keyboard with
# Latin letters; its modifiers, and whether it was let go.
_CODED = re.compile(
    rb"(?P<code>[0-9]{1,7})(?::(?P<shifted>[0-9]{0,7})(?::(?P<latin>[0-9]{0,7}))?)?"
    rb"(?:;(?P<modifier>[0-9]{0,3})(?P<is_up>:3)?(?::[0-9]?)?(?:;[0-9:]*)?)?u"
)
_CODES = {9: "tab", 13: "enter", 27: "escape", 127: "backspace"}
_KEYPAD = 57399  # the first of these: what they type, or are called
_KEYPAD_KEYS = [*"0123456789./*-+", "enter", "=", ",", "left", "right", "up", "down"]
_KEYPAD_KEYS += ["page-up", "page-down", "home", "end", "insert", "delete"]
_SUPER, _HYPER, _KITTY_META = 8, 16, 32
# With Ctrl, these are what they are without the protocol.
_SAME_WITH_CONTROL = {" ": "ctrl-@", "/": "ctrl-_", "[": "escape"}

_NAMES = "|".join({*_LETTERS.values(), *_NUMBERS.values(), "tab", "enter", "backspace", "escape"})
_NAME = re.compile(
    rf"(ctrl-)?(alt-)?(shift-)?({_NAMES})|(alt-)?ctrl-[a-gklnopq-z@\\\]^_]|alt-[^\s\x00-\x1f\[]"
)

_PASTED = b"\x1b[201~"


def is_key(name: str) -> bool:
    """Whether that is the name of a key that is not a character."""
    return _NAME.fullmatch(name) is not None


class Keys:
    """Turns bytes, however they are split, into key presses."""

    def __init__(self) -> None:
        self._begun = b""  # an incomplete sequence
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._paste: bytearray | None = None
        self._dropped = 0

    @property
    def waiting(self) -> bool:
        """Whether a sequence is incomplete; if its end does not come soon, call ``flush``."""
        return bool(self._begun) and self._paste is None

    def feed(self, data: bytes) -> list[Press]:
        """The keys that were pressed, as far as their sequences are complete."""
        data = self._begun + data
        self._begun = b""
        presses: list[Press] = []
        at = 0
        while at < len(data):
            if self._paste is not None:
                at = self._read_paste(self._paste, data, at, presses)
            elif printed := _PRINTED.match(data, at):
                if text := self._utf8.decode(printed[0]):
                    presses.append(Text(text))
                at = printed.end()
            else:
                if text := self._utf8.decode(b"", final=True):
                    presses.append(Text(text))
                if data[at] == 0x1B:
                    at = self._read_escape(data, at, presses)
                else:
                    presses.append(Key(_CONTROLS[data[at]]))
                    at += 1
        return presses

    def flush(self) -> list[Press]:
        """The keys meant by an incomplete sequence: ESC by itself is escape."""
        if not self.waiting:
            return []
        begun, self._begun = self._begun, b""
        return _meant(begun)

    def _read_escape(self, data: bytes, at: int, presses: list[Press]) -> int:
        if sequence := _KEY.match(data, at):
            if sequence["kind"] == b"[" and sequence["body"] == b"200~":
                self._paste, self._dropped = bytearray(), 0
            elif press := _press(sequence):
                presses.append(press)
            return sequence.end()
        if string := _STRING.match(data, at):
            if colour := _BACKGROUND.match(string[0]):
                shares = [int(each, 16) / (16 ** len(each) - 1) for each in colour.groups()]
                presses.append(Background(*[round(share * 255) for share in shares]))
            return string.end()
        if alt := _ALT.match(data, at):
            character = alt["character"]
            name = _CONTROLS.get(character[0]) or character.decode("utf-8", "replace")
            presses.append(Key(f"alt-{name}"))
            return alt.end()
        begun = _BEGUN.match(data, at)
        assert begun is not None, "an ESC begins something"
        if begun.end() == len(data):
            self._begun = begun[0][:LONGEST]
            if len(begun[0]) > LONGEST and begun[0].endswith(b"\x1b"):
                self._begun += b"\x1b"  # it may begin the end of a string
            return len(data)
        # Broken off by foreign bytes; an ESC at its end begins another sequence.
        broken = begun[0][:1] + begun[0][1:].removesuffix(b"\x1b")
        presses.extend(_meant(broken))
        return at + len(broken)

    def _read_paste(self, paste: bytearray, data: bytes, at: int, presses: list[Press]) -> int:
        end = data.find(_PASTED, at)
        is_complete = end >= 0
        if not is_complete:
            partly = next(n for n in range(len(_PASTED) - 1, -1, -1) if data.endswith(_PASTED[:n]))
            end = len(data) - partly
            self._begun = data[end:]
        room = PASTE - len(paste)
        paste += data[at : min(end, at + room)]
        self._dropped += max(0, end - at - room)
        if not is_complete:
            return len(data)
        text = paste.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        presses.append(Paste(text, self._dropped))
        self._paste = None
        return end + len(_PASTED)


def _meant(begun: bytes) -> list[Press]:
    """The keys meant by a sequence that never ends: ESC, or Alt with its first character."""
    if not begun.strip(b"\x1b"):
        return [Key("escape")] * len(begun)
    return [Key(f"alt-{begun[1:].decode()}")] if len(begun) == 2 and begun.isascii() else []


def _press(sequence: re.Match[bytes]) -> Press | None:
    """What sends a sequence; None if it is unknown."""
    if mode := _MODE.fullmatch(sequence["body"]):
        return Answer(int(mode[1]), mode[2] != b"2") if mode[1] else Answer(KEYBOARD, False)
    if coded := _CODED.fullmatch(sequence["body"]):
        return _coded(coded)
    return _key(sequence)


def _coded(coded: re.Match[bytes]) -> Press | None:
    """What sends a sequence of kitty's protocol; as without it, as far as there is such a key."""
    code, shifted = int(coded["code"]), int(coded["shifted"] or 0)
    modifiers = max(0, int(coded["modifier"] or 1) - 1)
    if coded["is_up"] or modifiers & (_SUPER | _HYPER):
        return None
    shift, control = modifiers & _SHIFT, modifiers & _CONTROL
    alt = "alt-" if modifiers & (_ALTERNATE | _KITTY_META) else ""
    if 0 <= code - _KEYPAD < len(_KEYPAD_KEYS):
        name = _KEYPAD_KEYS[code - _KEYPAD]
    else:
        name = _CODES.get(code) or _character(shifted if shift and shifted else code)
        if shift and not shifted and len(name) == len(name.upper()) == 1:
            name = name.upper()
    if len(name) > 1:
        if name in ("escape", "backspace"):  # which most terminals send alike
            shift = control = 0
        return Key(f"{'ctrl-' if control else ''}{alt}{'shift-' if shift else ''}{name}")
    if control:
        name = _with_control(name if name.isascii() else _character(int(coded["latin"] or 0)))
    if not name:
        return None
    return Key(f"{alt}{name}") if alt or control else Text(name)


def _with_control(character: str) -> str:
    """The key of an ASCII character with Ctrl; empty if there is none."""
    if character in _SAME_WITH_CONTROL:
        return _SAME_WITH_CONTROL[character]
    upper = character.upper()
    return _CONTROLS[ord(upper) & 0x1F] if len(upper) == 1 and "@" <= upper <= "_" else ""


def _character(code: int) -> str:
    """The character of a code point; empty if there is none that can be printed."""
    return chr(code) if code <= sys.maxunicode and chr(code).isprintable() else ""


def _key(sequence: re.Match[bytes]) -> Key | None:
    """The key that sends another sequence; None if it is unknown."""
    if mouse := _MOUSE.fullmatch(sequence["body"]):
        is_decimal = mouse[1] is not None
        button = (int(mouse[1]) if is_decimal else mouse[3][0] - 32) & ~_MODIFIERS
        column = (int(mouse[2]) if is_decimal else mouse[4][0] - 32) - 1
        return Key(_WHEEL.get(button, "mouse"), column) if button != _RELEASED else None
    if sequence["body"].startswith(b"["):  # the Linux console
        return Key(f"f{sequence['body'][1] - ord('A') + 1}")
    if not (body := _BODY.fullmatch(sequence["body"])):
        return None
    number, final = int(body["number"] or 0), body["final"].decode()
    application = sequence["kind"] == b"O"
    modifiers = max(0, int(body["modifier"] or 1) - 1)
    if application and number:  # older xterms: ESC O 5 A
        modifiers |= number - 1
    if sequence["alt"]:
        modifiers |= _ALTERNATE
    if final in "~^$@":
        name = _NUMBERS.get(number)
        modifiers |= _RXVT.get(final, 0)
    elif final in "abcd":  # rxvt
        name = _LETTERS[final.upper()]
        modifiers |= _CONTROL if application else _SHIFT
    elif final == "Z":
        name = "tab"
        modifiers |= _SHIFT
    elif final == "M" and application:
        name = "enter"
    else:
        name = _LETTERS.get(final)
    if not name:
        return None
    control = "ctrl-" if modifiers & _CONTROL else ""
    alt = "alt-" if modifiers & (_ALTERNATE | _META) else ""
    shift = "shift-" if modifiers & _SHIFT else ""
    return Key(f"{control}{alt}{shift}{name}")
