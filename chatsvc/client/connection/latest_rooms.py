"""The latest rooms: a server that was killed may not have stored that one has joined them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.client.connection.objects import Received

LATELY = 60.0  # seconds; places are kept for longer, and later a place is new
MOST_ROOMS = 20  # that are remembered: a server lets one person into so many


class LatestRooms:
    """The rooms that were joined lately."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._joined: dict[str, tuple[str, float]] = {}  # name and time, by folded name

    def hear(self, received: Received) -> None:
        """Note a room that was joined, renamed or left."""
        kind, room = received.get("event"), received.get("room", "")
        if kind == "admitted":
            self._joined.pop(folded(room), None)  # it is the latest now
            self._joined[folded(room)] = room, self._now()
            if len(self._joined) > MOST_ROOMS:
                del self._joined[next(iter(self._joined))]
        elif kind == "dismissed":
            self._joined.pop(folded(room), None)
        elif kind == "room-renamed" and folded(room) in self._joined:
            _, at = self._joined.pop(folded(room))
            self._joined[folded(received["new"])] = received["new"], at

    def missing(self, received: Received) -> list[str]:
        """Those that the server does not know of, after a restart."""
        if received.get("event") != "resumed" or not received.get("restarted"):
            return []
        there = set(map(folded, [*received["rooms"], *received.get("left", ())]))
        since = self._now() - LATELY
        return [
            room for key, (room, at) in self._joined.items() if at >= since and key not in there
        ]
