"""Exporting rooms, in our own format."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from math import inf
from typing import TYPE_CHECKING

from chatsvc.exchange.formats import own

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.rooms.room import NamedRoom


async def rooms(
    chat: Chat, found: Sequence[NamedRoom], since: float = 0.0, until: float = inf
) -> AsyncIterator[str]:
    """The lines of some rooms, one room after another, some lines at a time. Raises StoreError.

    since, until: the times of the messages, in seconds since the epoch.
    """
    bounds = {}
    if since > 0.0:
        bounds["since"] = since
    if until < inf:
        bounds["until"] = until
    yield own.header("rooms", chat.clock.now(), **bounds)
    number = 0
    for room in found:
        facts = {name: getattr(room, name) for name in own.ROOM_FACTS}
        yield own.line(type="room", name=room.name, owner=room.owner_name, **facts)
        async for page in chat.recall.pages(room.key, since, until):
            number += len(page)
            for lines in own.messages(page, room.name):
                yield lines
    yield own.line(type="end", messages=number)
