"""Notices of mentions and direct messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.terminal.styles import neutral

if TYPE_CHECKING:
    from chatsvc.client.own_name import OwnName
    from chatsvc.client.screen.windows.window import Window
    from chatsvc.client.screen.windows.windows import Windows
    from chatsvc.client.settings import Settings
    from chatsvc.events.speech import Spoken

LENGTH = 100  # characters of a notice on the desktop


class Notices:
    """Marks windows as unread, rings the bell, or has the terminal show a notice."""

    def __init__(self, settings: Settings, windows: Windows, own: OwnName) -> None:
        self._settings = settings
        self._windows = windows
        self._own = own
        self._waiting = b""

    def note(self, event: Spoken, window: Window, is_answer: bool) -> None:
        """Note a message that is shown in a window.

        is_answer: whether it answers what was typed here.
        """
        is_elsewhere = window is not self._windows.current
        if event.speaker == self._own.name:
            if is_answer and is_elsewhere:  # /dm was typed in another window
                window.note_unread(is_urgent=False)
            return
        is_urgent = self._own.is_meant(event)
        if is_elsewhere:
            window.note_unread(is_urgent)
        if not is_urgent:
            return
        words = neutral(f"{event.speaker}: {event.text}")[:LENGTH]
        if self._settings.notices == "bell":
            self._windows.screen.picture.ring()
        elif self._settings.notices == "osc9":
            self._waiting = f"\x1b]9;{words}\a".encode()
        elif self._settings.notices == "osc777":
            self._waiting = f"\x1b]777;notify;chatsvc;{words}\a".encode()

    def take(self) -> bytes:
        """The bytes that show the newest notice, once."""
        waiting, self._waiting = self._waiting, b""
        return waiting
