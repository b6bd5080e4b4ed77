"""Comings and goings: by default, only those of people who have spoken lately are shown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chatsvc.events.orders import Removed
from chatsvc.events.people import Presence
from chatsvc.events.rooms import Entered, Parted

if TYPE_CHECKING:
    from datetime import datetime

    from chatsvc.client.screen.windows.window import Window
    from chatsvc.events.event import Event

LATELY = timedelta(minutes=10)


def is_shown(event: Event | None, window: Window, which: str, me: str, at: datetime | None) -> bool:
    """Whether an event is shown in a window: anything but most comings and goings.

    which: of these: smart, all or none.
    me: the user's name.
    at: the time of the event.
    """
    if not isinstance(event, Presence | Entered | Parted) or isinstance(event, Removed):
        return True
    names = [event.name, getattr(event, "new", event.name)]
    if which == "all" or not window.is_room or me in names:
        return True
    return which == "smart" and any(window.has_spoken(name, at, LATELY) for name in names)
