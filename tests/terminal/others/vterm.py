"""libvterm, the terminal of Neovim and of Emacs (https://www.leonerd.org.uk/code/libvterm)."""

from __future__ import annotations

import ctypes
from ctypes.util import find_library

from tests.terminal.others.other import BLANK, Other, Shown

_PATH = find_library("vterm")
REASON = "" if _PATH else "libvterm is not installed (Debian: libvterm0)"
_BESIDE = 0xFFFFFFFF  # stands beside a wide character
_BOLD, _REVERSE = 1 << 0, 1 << 5


class _Pos(ctypes.Structure):
    _fields_ = (("row", ctypes.c_int), ("col", ctypes.c_int))


class _Cell(ctypes.Structure):
    """VTermScreenCell of vterm.h, version 0.1 to 0.3."""

    _fields_ = (
        ("chars", ctypes.c_uint32 * 6),
        ("width", ctypes.c_char),
        ("attrs", ctypes.c_uint32),
        ("colours", ctypes.c_uint8 * 8),
    )


class VTerm(Other):
    """libvterm in this process."""

    def __init__(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self._library = library = ctypes.CDLL(_PATH)
        for name in "vterm_new", "vterm_obtain_screen", "vterm_obtain_state":
            getattr(library, name).restype = ctypes.c_void_p
        library.vterm_screen_get_cell.argtypes = ctypes.c_void_p, _Pos, ctypes.c_void_p
        self._terminal = ctypes.c_void_p(library.vterm_new(lines, columns))
        library.vterm_set_utf8(self._terminal, 1)
        self._screen = ctypes.c_void_p(library.vterm_obtain_screen(self._terminal))
        library.vterm_screen_enable_altscreen(self._screen, 1)
        library.vterm_screen_reset(self._screen, 1)

    def __del__(self) -> None:
        self._library.vterm_free(self._terminal)

    def feed(self, data: bytes) -> None:
        self._library.vterm_input_write(self._terminal, data, ctypes.c_size_t(len(data)))

    def resize(self, lines: int, columns: int) -> None:
        self.columns, self.lines = columns, lines
        self._library.vterm_set_size(self._terminal, lines, columns)

    def cells(self) -> list[list[Shown]]:
        return [[self._cell(y, x) for x in range(self.columns)] for y in range(self.lines)]

    def _cell(self, y: int, x: int) -> Shown:
        found = _Cell()
        self._library.vterm_screen_get_cell(self._screen, _Pos(y, x), ctypes.byref(found))
        if found.chars[0] == _BESIDE:
            return Shown("")
        text = "".join(chr(each) for each in found.chars if each)
        return Shown(text or BLANK, bool(found.attrs & _REVERSE), bool(found.attrs & _BOLD))

    @property
    def cursor(self) -> tuple[int, int]:
        state = ctypes.c_void_p(self._library.vterm_obtain_state(self._terminal))
        found = _Pos()
        self._library.vterm_state_get_cursorpos(state, ctypes.byref(found))
        return found.row, found.col
