"""Lines that a client sends after its question, for the few commands that take them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.defer import Deferred

MOST_WAITING = 2  # lines, before no more are read


class Lines:
    """Lines, for a command that iterates over them; those for other commands are dropped.

    hold: stops reading them; a few more may come.
    go_on: reads on.
    is_wanted: whether the command takes any.
    """

    def __init__(self, hold: Callable[[], object], go_on: Callable[[], object]) -> None:
        self._hold = hold
        self._go_on = go_on
        self.is_wanted = False
        self._is_over = False
        self._waiting: deque[bytes] = deque()
        self._news: Deferred[None] | None = None

    def add(self, line: bytes) -> None:
        """Add a line that has come."""
        if self.is_wanted:
            self._waiting.append(line)
            if len(self._waiting) >= MOST_WAITING:
                self._hold()
            self._tell()

    def end(self) -> None:
        """Note that no more come."""
        self._is_over = True
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, None
        if news is not None:
            news.callback(None)

    def __aiter__(self) -> Lines:
        self.is_wanted = True
        return self

    async def __anext__(self) -> bytes:
        while not (self._waiting or self._is_over):
            self._news = Deferred()
            await self._news
        if self._is_over:
            raise StopAsyncIteration
        line = self._waiting.popleft()
        if len(self._waiting) < MOST_WAITING:
            self._go_on()
        return line
