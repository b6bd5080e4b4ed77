"""Hostile input, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

_BODIES = st.text("0123456789;:?<=>!$\"' ABCDHJKLMPSTXhlmnpqrtuz@[]\\^_~", max_size=12)
_ESCAPES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_", "\x1b(",
                         "\x1b#", "\x1bc", "\x9b", "\x9d", "\x90", "\x0e", "\x0f", "\x1b%"]),
        _BODIES,
        st.sampled_from(["", "\a", "\x1b\\", "\x9c", "H", "J", "m", "h", "A", "\n", "~"]),
    ),
)  # fmt: skip
_KNOWN = st.sampled_from([
    "\x1b[2J", "\x1b[1;1H", "\x1b]0;title\a", "\x1b[?1049l", "\x1bc", "\x1b[20A", "\r\n" * 40,
    "\x1b[?7h", "\x1b[?25l", "\x1b[6n", "\x1b[r", "\x1b[3;4r", "\x1b[200~", "\x1b[201~", "\t",
    "\b" * 50, "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\u200f", "\u061c", "\u200b",
    "\x00", "e" + "\u0301" * 300, "\u0301", "\u200d", "\ufe0f", "\U000e0041", "\ud800", "\udfff",
    "👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦" * 30, "🇩🇪🇫🇷", "🇩", "❤️", "⌚\ufe0e", "1️⃣", "👩🏻‍❤️‍💋‍👨🏻", "漢字",
    "漢" * 50, "각", "ᄀ" * 20, "ก\u0e33",
    "स्त्री", "\u093e", "\u0600", "a" * 200, "word " * 30, "\u00a0", "\u3000", "\ufeff", "\xad",
])  # fmt: skip
_ANY = st.text(st.characters(exclude_categories=()), max_size=20)

# What somebody writes.
TEXTS = st.lists(st.one_of(_ANY, _ESCAPES, _KNOWN, st.text("ab \n", max_size=8)), max_size=5).map(
    "".join
)

_KEYS = st.sampled_from([
    *(b"\x1b[" + final for final in (b"A", b"B", b"C", b"D", b"H", b"F", b"1;5D", b"1;5C", b"3~")),
    *(bytes([code]) for code in range(32)), b"\x7f",
    *(b"\x1b" + char for char in (b"b", b"f", b"d", b"\x7f", b"u", b"l", b"c", b"y", b"\r")),
])  # fmt: skip
# What comes from a keyboard.
TYPED = st.one_of(
    _KEYS,
    TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    TEXTS.map(lambda text: b"\x1b[200~" + text.encode("utf-8", "replace") + b"\x1b[201~"),
    st.binary(max_size=12),
)
