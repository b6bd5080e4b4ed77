"""A round trip, which shows that the server works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat


async def make_round_trip(chat: Chat) -> None:
    """Run a round of the chat, and store something. Raises StoreError.

    It never ends if one of these hangs.
    """
    round_over: Deferred[None] = Deferred()
    chat.delivery.after_commit(lambda: round_over.callback(None))
    await round_over
    await chat.tokens.snapshots.note_alive()
