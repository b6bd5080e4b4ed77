"""The user's own name, mentions of it, and the wanted name while somebody else has it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from chatsvc.events.answers import Resumed
from chatsvc.events.orders import Removed
from chatsvc.events.people import LoggedIn, Lost, Quit, Renamed, Welcomed
from chatsvc.events.speech import Direct, Reacted, Spoken
from chatsvc.text.names import folded, mentions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.events.event import Event

MOST_MENTIONS = 100  # that /mentions lists; the oldest are forgotten

_mentions = lru_cache(maxsize=16)(mentions)  # each message is checked several times


class OwnName:
    """Tracks the user's name from events.

    name: the current one.
    wanted: the name that the user wants and somebody else has; empty for none.
    highlights: words that count as mentions, as the name does.
    """

    def __init__(self) -> None:
        self.highlights: Sequence[str] = ()
        self.name = ""
        self.wanted = ""

    def where(self, event: Event | None) -> str:
        """The room of an event, or the other person of a direct message after @; empty for none."""
        if isinstance(event, Direct):
            return f"@{event.to if event.speaker == self.name else event.speaker}"
        return getattr(event, "room", "")

    def is_meant(self, event: Event | None) -> bool:
        """Whether a message from somebody else mentions the user, or is for the user only."""
        if not isinstance(event, Spoken) or isinstance(event, Reacted):
            return False
        if event.speaker == self.name:
            return False
        return isinstance(event, Direct) or self.is_in(event.text)

    def is_in(self, text: str) -> bool:
        """Whether a text mentions the user."""
        return any(_mentions(word, text) for word in (self.name, *self.highlights))

    def hear(self, event: Event | None) -> bool:
        """Note an event, and return whether the wanted name may be free now."""
        match event:
            case Welcomed() | Resumed():
                self.name = event.name
            case LoggedIn():  # or out
                self.name, self.wanted = event.name, ""
            case Renamed() if event.name == self.name:
                self.name, self.wanted = event.new, ""
            case Quit() | Lost() | Removed() | Renamed():
                return self.wanted != "" and folded(event.name) == folded(self.wanted)
        return False
