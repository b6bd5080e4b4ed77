"""The queue of unanswered requests."""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING

from chatsvc.client.connection.objects import cost, encoded, may_be_done_twice
from chatsvc.text.names import folded
from chatsvc.throttle import LONG, Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from chatsvc.client.connection.line import Line
    from chatsvc.client.connection.objects import Request

MOST_WAITING = 1000  # unanswered requests
_TO_ONE = ("dm", "msg", "type")  # requests that may have a recipient
WINDOW = 50  # requests on their way; the server remembers at least as many nonces


class TooMuch(Exception):
    """The queue is full."""


class Queue:
    """Sends requests over one connection after another, no faster than the server takes them.

    Each has a nonce, by which its answer is recognised.

    refused: called with the nonce of a request that is too long for the server.
    """

    def __init__(self, clock: IReactorTime, refused: Callable[[str], object]) -> None:
        self._clock = clock
        self._refused = refused
        self._line: Line | None = None
        self._throttle = Throttle.off()  # the server's
        self._rested = 0.0  # the throttle's state
        self._pause: IDelayedCall | None = None  # runs while the throttle makes us wait
        self._count = 0
        self._prefix = secrets.token_hex(8)  # of the nonces; other programs have others
        self._open: dict[str, Request] = {}  # the unanswered requests, by their nonces
        self._sent: dict[str, float] = {}  # the nonces of those that were sent, and when
        self._unsent: deque[str] = deque()  # the nonces of the others
        self._last: deque[str] = deque()  # the nonces of `add_last`
        self._before = ""  # the nonce of the request that is answered before others are sent

    def __len__(self) -> int:
        """The number of unanswered requests."""
        return len(self._open)

    @property
    def unanswered(self) -> list[Request]:
        """The unanswered requests, in order."""
        return list(self._open.values())

    @property
    def is_idle(self) -> bool:
        """Whether no request is unanswered but those of `add_last`."""
        return len(self._open) == len(self._last)

    @property
    def lag(self) -> float:
        """Seconds since the oldest unanswered request was sent; 0 without one."""
        return self._clock.seconds() - min(self._sent.values()) if self._sent else 0.0

    def add(self, request: Request) -> str:
        """Queue a request; returns its nonce. Raises TooMuch."""
        return self._add(request, self._unsent)

    def add_last(self, request: Request) -> str:
        """Queue a request after all others; returns its nonce. Raises TooMuch."""
        return self._add(request, self._last)

    def _add(self, request: Request, unsent: deque[str]) -> str:
        if len(self._open) >= MOST_WAITING:
            raise TooMuch
        nonce = self.note(request)
        unsent.append(nonce)
        self.send()
        return nonce

    def note(self, request: Request) -> str:
        """Note a request that will be among the first on a connection; returns its nonce."""
        self._count += 1
        nonce = f"{self._prefix}{self._count}"
        self._open[nonce] = {**request, "nonce": nonce}
        return nonce

    def forget(self, nonce: str) -> None:
        """Withdraw a request."""
        self._open.pop(nonce, None)
        self._sent.pop(nonce, None)

    def waits(self, nonce: str) -> bool:
        """Whether a request is yet to be sent."""
        return nonce in self._open and nonce not in self._sent

    @property
    def is_to_somebody(self) -> bool:
        """Whether a request has a recipient, by name."""
        return any(
            request["do"] in _TO_ONE and "username" in request for request in self._open.values()
        )

    def readdress(self, name: str, new: str) -> None:
        """Readdress the requests to somebody who has changed names."""
        for request in self._open.values():
            if request["do"] in _TO_ONE and folded(str(request.get("username", ""))) == folded(
                name
            ):
                request["username"] = new

    def is_own(self, nonce: str) -> bool:
        """Whether a nonce is from this queue."""
        return nonce.startswith(self._prefix)

    def answer(self, nonce: str) -> bool:
        """Note an answer, and return whether its request was unanswered until now."""
        if nonce not in self._open:
            return False
        self.forget(nonce)
        return True

    def pace(self, burst: int, rate: float) -> None:
        """Keep within the server's throttle.

        Some of it is left for pings, and for differences of the clocks.
        """
        self._throttle = Throttle(max(burst - 5, 1), rate * 0.9)

    def resume(self, line: Line, first: Iterable[str], before: str) -> list[str]:
        """Go on over a new connection; returns the nonces of requests that may have been done.

        first: the nonces of the requests to send first.
        before: the nonce of the request to be answered before others are sent; empty for none.
        """
        self._line = line
        self._before = before
        again, self._sent = self._sent, {}
        unsure = [
            nonce for nonce in again if nonce != before and not may_be_done_twice(self._open[nonce])
        ]
        for nonce in unsure:
            del self._open[nonce]
        unsent = [nonce for nonce in (*first, *again) if nonce in self._open]
        self._unsent.extendleft(reversed(unsent))
        return unsure

    def halt(self) -> None:
        """Stop sending over this connection."""
        self._line = None
        self._stop_pause()

    def lose(self) -> list[str]:
        """Note a lost connection; returns the nonces of the requests of `add_last`, now dropped."""
        self.halt()
        lost = [nonce for nonce in self._last if self._open.pop(nonce, None) is not None]
        self._last.clear()
        return lost

    def send(self) -> None:
        """Send as much as the window and the throttle allow."""
        self._stop_pause()
        while self._line is not None and len(self._sent) < WINDOW:
            unsent = self._unsent or self._last
            if not unsent or self._before in self._sent:
                return
            request = self._open.get(unsent[0])
            if request is None:
                unsent.popleft()
                continue  # it was withdrawn
            now = self._clock.seconds()
            throttle = self._throttle
            line = encoded(request)
            rested = throttle.take(self._rested, now, cost(request) + len(line) // LONG)
            spent = rested
            if unsent is self._last:  # half a burst is left for other requests
                spent = throttle.take(rested, now, throttle.burst // 2)
            if (wait := throttle.wait(spent, now)) > 0:
                self._pause = self._clock.callLater(wait, self._go_on)
                return
            nonce = unsent.popleft()
            self._sent[nonce] = now
            if self._line.send(line):
                self._rested = rested
            else:
                self._clock.callLater(0, self._refuse, nonce)

    def _go_on(self) -> None:
        self._pause = None
        self.send()

    def _stop_pause(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _refuse(self, nonce: str) -> None:
        if nonce in self._sent and self._line is not None:
            self._refused(nonce)
