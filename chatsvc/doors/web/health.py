"""Health checks: whether the server works, and whether it lets newcomers in, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.door.shared import Shared
from chatsvc.doors.round_trip import make_round_trip
from chatsvc.doors.web.resource import Single
from chatsvc.errors import Closing, Full
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from chatsvc.chat.chat import Chat
    from chatsvc.doors.web.request import WebRequest

ANSWER_WITHIN = 5.0  # seconds for the round trip; a server that takes longer is ill
GOOD_FOR = 1.0  # seconds for which a result is reused
OK = b"ok\n"


def why_not_open(chat: Chat) -> str:
    """Why the server is not open, in words; empty if it is."""
    if chat.arrivals.is_over:
        return str(Closing())
    return "" if chat.arrivals.is_open else "The server is starting."


def why_not_ready(chat: Chat) -> str:
    """Why the server lets no newcomers in, in words; empty if it does."""
    if why := why_not_open(chat):
        return why
    if chat.gate.is_locked:
        return "The server is locked down: it takes no new guests and accounts."
    if len(chat.sessions) >= chat.sessions.most:
        return str(Full())
    return ""


class Health(Single):
    """Says whether the server works, by a round trip through the chat and the store.

    why_not: returns why it does not work, or does not let people in, if that is known before; empty
        if not.
    """

    def __init__(self, chat: Chat, why_not: Callable[[Chat], str] = why_not_open) -> None:
        super().__init__()
        self._chat = chat
        self._why_not = why_not
        self._trip = Shared(chat.clock, chat.spawn, self._make_trip, GOOD_FOR)

    def render_GET(self, request: WebRequest) -> Coroutine[object, object, bytes]:
        """Answer 200 if it works, 503 if not."""
        return self._answer(request)

    async def _answer(self, request: WebRequest) -> bytes:
        if why := self._why_not(self._chat):
            return request.refuse(503, why)
        try:
            await self._trip.get(ANSWER_WITHIN)
        except TimeoutError:
            return request.refuse(503, "The server does not work: it takes too long.")
        except StoreError as error:
            return request.refuse(503, f"The server does not work: {error}.")
        return OK

    async def _make_trip(self) -> bool:
        await make_round_trip(self._chat)
        return True
