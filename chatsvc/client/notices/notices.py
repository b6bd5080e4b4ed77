"""Notices of mentions and direct messages, by the level of each room or conversation."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from chatsvc.client.own_name import MOST_MENTIONS
from chatsvc.events.speech import Reacted
from chatsvc.terminal.styles import neutral
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.client.own_name import OwnName
    from chatsvc.client.settings.values import Settings
    from chatsvc.events.speech import Spoken

NO_MENTIONS = "Nobody has mentioned you since you came."
LENGTH = 100  # characters of a notice on the desktop
MOST_LEVELS = 200  # rooms and conversations that have another level than the others


class Notices:
    """Rings the bell, or lets the terminal show a notice.

    own: the user's name, and what else counts as a mention.
    noticed: called with the server's name, the speaker, the room or @person and the text of each
        message that gets a notice.
    label: returns a speaker's name for people, with the server's if there are several.
    mentions: the messages that mentioned the user or were for the user only, latest last, as they
        were received and as events.
    """

    def __init__(
        self,
        settings: Settings,
        own: OwnName,
        noticed: Callable[[str, str, str, str], object],
        label: Callable[[str], str] = str,
    ) -> None:
        self._own = own
        self._noticed = noticed
        self._label = label
        self._waiting = b""
        self.use(settings)
        self.mentions: deque[tuple[dict[str, Any], Spoken]] = deque(maxlen=MOST_MENTIONS)

    def use(self, settings: Settings) -> None:
        """Use other settings."""
        self._settings = settings
        self._own.highlights = settings.highlights
        self._levels = {folded(name): level for name, level in settings.levels.items()}

    def level(self, name: str) -> str:
        """The level of notices of a room, or of a person after @."""
        return self._levels.get(folded(name), "mentions")

    def is_muted(self, name: str) -> bool:
        """Whether there are no notices of a room, or of a person after @."""
        return self.level(name) == "none"

    def note(self, received: dict[str, Any], event: Spoken, where: str) -> None:
        """Note a new message, or one that has waited; there are no notices of reactions.

        where: the room, or the other person after @.
        """
        if event.speaker == self._own.name or isinstance(event, Reacted):
            return
        is_meant = self._own.is_meant(event)
        if is_meant:
            self.mentions.append((received, event))
        level = self.level(where)
        if level == "all" or (is_meant and level == "mentions"):
            self._tell(event.speaker, where, event.text)

    def _tell(self, speaker: str, where: str, text: str) -> None:
        words = neutral(f"{self._label(speaker)}: {text}")[:LENGTH]
        match self._settings.notices:
            case "bell":
                self._waiting = b"\a"
            case "osc9":
                self._waiting = f"\x1b]9;{words}\a".encode()
            case "osc777":
                self._waiting = f"\x1b]777;notify;chatsvc;{words}\a".encode()
            case "osc99":  # https://sw.kovidgoyal.net/kitty/desktop-notifications/
                self._waiting = f"\x1b]99;;{words}\x1b\\".encode()
        self._noticed(self._settings.title, speaker, where, text)

    def take(self) -> bytes:
        """The bytes that tell of the newest notice, once."""
        waiting, self._waiting = self._waiting, b""
        return waiting
