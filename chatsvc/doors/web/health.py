"""The health check: a round trip through the chat and the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet import defer
from twisted.internet.defer import Deferred

from chatsvc.doors.web.resource import Single
from chatsvc.errors import Closing
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from chatsvc.chat.chat import Chat
    from chatsvc.doors.web.request import WebRequest

ANSWER_WITHIN = 5.0  # seconds for the round trip; a server that takes longer is ill
GOOD_FOR = 1.0  # seconds for which a result is given again


class Health(Single):
    """Says whether the server works."""

    def __init__(self, chat: Chat) -> None:
        super().__init__()
        self._chat = chat
        self._is_checking = False
        self._waiting: set[Deferred[str]] = set()  # for the result of the running check
        self._good_until = 0.0  # when another check is needed

    def render_GET(self, request: WebRequest) -> Coroutine[object, object, bytes]:
        """Answer 200 if it works, 503 if not."""
        return self._answer(request)

    async def _answer(self, request: WebRequest) -> bytes:
        if self._chat.arrivals.is_over:
            return request.refuse(503, str(Closing()))
        if self._chat.clock.seconds() >= self._good_until:
            waiting: Deferred[str] = Deferred()
            self._waiting.add(waiting)
            if not self._is_checking:
                self._chat.spawn(self._check())
            waiting.addTimeout(ANSWER_WITHIN, self._chat.clock)  # type: ignore[arg-type]  # it has all that is used
            try:
                why = await waiting
            except defer.TimeoutError:
                why = "it takes too long"
                self._waiting.discard(waiting)  # the store may never answer
            if why:
                return request.refuse(503, f"The server does not work: {why}.")
        return b"ok\n"

    async def _check(self) -> None:
        """Have a round of the chat run, and store something; tell all who wait how that went."""
        self._is_checking = True
        why = "something went wrong"
        try:
            round_over: Deferred[None] = Deferred()
            self._chat.delivery.after_commit(lambda: round_over.callback(None))
            await round_over
            await self._chat.tokens.snapshots.note_alive()
            self._good_until = self._chat.clock.seconds() + GOOD_FOR
            why = ""
        except StoreError as error:
            why = str(error)
        finally:
            self._is_checking = False
            waiting, self._waiting = self._waiting, set()
            for each in waiting:
                each.callback(why)
