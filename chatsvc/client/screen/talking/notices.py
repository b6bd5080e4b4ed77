"""Notices of mentions and direct messages, by the level of each window."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from chatsvc.client.own_name import MOST_MENTIONS
from chatsvc.terminal.styles import neutral
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.client.own_name import OwnName
    from chatsvc.client.screen.windows.window import Window
    from chatsvc.client.screen.windows.windows import Windows
    from chatsvc.client.settings.values import Settings
    from chatsvc.events.speech import Spoken

LENGTH = 100  # characters of a notice on the desktop
MOST_LEVELS = 200  # windows that have another level than the others


class Notices:
    """Marks windows as unread, rings the bell, or has the terminal show a notice.

    ring: rings the bell.
    noticed: called with the server's name, the speaker, the window's name and the text of each
        message that there is a notice of.
    mentions: the messages that mentioned the user or were for the user only, latest last, as they
        were received and as events.
    """

    def __init__(
        self,
        settings: Settings,
        windows: Windows,
        own: OwnName,
        ring: Callable[[], object],
        noticed: Callable[[str, str, str, str], object],
    ) -> None:
        self._windows = windows
        self._own = own
        self._ring = ring
        self._noticed = noticed
        self._waiting = b""
        self.use(settings)
        self.mentions: deque[tuple[dict[str, Any], Spoken]] = deque(maxlen=MOST_MENTIONS)

    def use(self, settings: Settings) -> None:
        """Use other settings."""
        self._settings = settings
        self._levels = {folded(name): level for name, level in settings.levels.items()}

    def level(self, name: str) -> str:
        """What there are notices of in a window, by its name."""
        return self._levels.get(folded(name), "mentions")

    def note(
        self, received: dict[str, Any], event: Spoken, window: Window, is_from_elsewhere: bool
    ) -> None:
        """Note a message that is shown in a window.

        is_from_elsewhere: whether it was typed here, in another window, as /dm can be.
        """
        is_elsewhere = not self._windows.is_in_view(window)
        if event.speaker == self._own.name:
            if is_from_elsewhere and is_elsewhere:
                window.note_unread(is_urgent=False)
            return
        is_meant = self._own.is_meant(event)
        if is_meant:
            self.mentions.append((received, event))
        level = self.level(window.name)
        if is_elsewhere:
            window.note_unread(is_meant and level != "none")
        if level == "all" or (is_meant and level == "mentions"):
            self._show(event.speaker, window.name, event.text)

    def _show(self, speaker: str, where: str, text: str) -> None:
        words = neutral(f"{speaker}: {text}")[:LENGTH]
        match self._settings.notices:
            case "bell":
                self._ring()
            case "osc9":
                self._waiting = f"\x1b]9;{words}\a".encode()
            case "osc777":
                self._waiting = f"\x1b]777;notify;chatsvc;{words}\a".encode()
            case "osc99":  # https://sw.kovidgoyal.net/kitty/desktop-notifications/
                self._waiting = f"\x1b]99;;{words}\x1b\\".encode()
        self._noticed(self._windows.name, speaker, where, text)

    def take(self) -> bytes:
        """The bytes that show the newest notice, once."""
        waiting, self._waiting = self._waiting, b""
        return waiting
