"""The view: the one window that is on the screen, and the draft that is typed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.screen.windows.window import Window
from chatsvc.terminal.picture.screen import Screen

if TYPE_CHECKING:
    from chatsvc.terminal.editing.editor import Editor


class View:
    """Shows one window after another, of any server.

    window: the one in view.
    screen: shows it.
    """

    def __init__(self, editor: Editor, columns: int, rows: int) -> None:
        self.window = Window("")  # until there is one
        self.screen = Screen(self.window.scrollback, editor, columns, rows)
        self._editor = editor
        self._looks = 0  # the number of times that another window was looked at

    def show(self, window: Window) -> None:
        """Show a window, with the draft typed there."""
        self.window.unmark()
        if window is not self.window:
            self.window.draft = self._editor.swap(window.draft)
        self.window = window
        self._looks += 1
        window.looked_at = self._looks
        self.screen.scrollback = window.scrollback
        window.look()
