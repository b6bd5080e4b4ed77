"""Features that only some terminals have: asked for, switched on, and switched off at the end."""

from __future__ import annotations

from chatsvc.terminal.keys import KEYBOARD, Answer

# A grapheme is drawn as one (github.com/contour-terminal/terminal-unicode-core).
CLUSTERS = 2027
# Rows scroll between a left and a right column (DECLRMM, of the VT420).
MARGINS = 69

# Output between setting and resetting it is shown at once: each picture uses that.
SYNCHRONIZED = 2026

# What switches each on and off. Of kitty's protocol (sw.kovidgoyal.net/kitty/keyboard-protocol), 1
# tells ambiguous keys apart, and 4 tells characters with Shift; the terminal keeps what was before.
_SWITCHES = {
    CLUSTERS: ("\x1b[?2027h", "\x1b[?2027l"),
    MARGINS: ("\x1b[?69h", "\x1b[?69l"),
    SYNCHRONIZED: ("", ""),
    KEYBOARD: ("\x1b[>5u", "\x1b[<u"),
}
# Some terminals draw a letter for a question that they do not know: a picture is to follow.
ASK = "\x1b[?2027$p\x1b[?69$p\x1b[?2026$p\x1b[?u"


class Features:
    """The known features of a terminal."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._changed: list[int] = []  # what was switched on here

    def has(self, mode: int) -> bool:
        """Whether the terminal has told that it has a mode, which is switched on."""
        return mode in self._known

    def hear(self, answer: Answer) -> str:
        """The control sequences after an answer, which switch the feature on if need be."""
        if answer.number in self._known or answer.number not in _SWITCHES:
            return ""
        self._known.add(answer.number)
        if answer.is_set:
            return ""
        self._changed.append(answer.number)
        return _SWITCHES[answer.number][0]

    def off(self) -> str:
        """The control sequences that switch off what was switched on here; all is unknown then."""
        self._known.clear()
        changed, self._changed = self._changed, []
        return "".join([_SWITCHES[number][1] for number in changed])
