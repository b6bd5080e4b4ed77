"""One's own name, and the one that is to be had once somebody else has it no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.events.answers import Resumed
from chatsvc.events.orders import Removed
from chatsvc.events.people import LoggedIn, Lost, Quit, Renamed, Welcomed
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from chatsvc.events.event import Event


class OwnName:
    """Follows what is told of names.

    name: that one has.
    wanted: that was asked for and is not had; empty if there is none.
    """

    def __init__(self) -> None:
        self.name = ""
        self.wanted = ""

    def hear(self, event: Event | None) -> bool:
        """Something was told; whether the name that is wanted may be free now."""
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
