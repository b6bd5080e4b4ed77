"""The queue of what is asked for, until it is answered."""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING

from chatsvc.client.connection.objects import cost, encoded, may_be_done_twice
from chatsvc.throttle import LONG, Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

    from chatsvc.client.connection.line import Line
    from chatsvc.client.connection.objects import Asked

MOST_WAITING = 1000  # questions without an answer
WINDOW = 50  # questions on their way; of so many the server knows whether it has done them


class TooMuch(Exception):
    """As many questions wait for an answer as may."""


class Queue:
    """Sends questions over one connection after the other, no faster than the server takes them.

    A question is an object with a nonce, by which its answer is known.

    refused: called with the nonce of a question that is longer than the server takes.
    """

    def __init__(self, clock: IReactorTime, refused: Callable[[str], object]) -> None:
        self._clock = clock
        self._refused = refused
        self._line: Line | None = None
        self._throttle = Throttle.off()  # the server's
        self._rested = 0.0  # the number of that
        self._pause: IDelayedCall | None = None  # runs while that makes us wait
        self._count = 0
        self._prefix = secrets.token_hex(8)  # so that no two programs of one person are confused
        self._open: dict[str, Asked] = {}  # all without an answer, by their nonces
        self._sent: dict[str, float] = {}  # the nonces of those on their way, since when
        self._unsent: deque[str] = deque()  # the nonces of the others
        self._last: deque[str] = deque()  # of those that let all others go before
        self._before = ""  # the nonce of the one that is answered before others are sent

    def __len__(self) -> int:
        """The number of questions without an answer."""
        return len(self._open)

    @property
    def unanswered(self) -> list[Asked]:
        """The questions without an answer, in their order."""
        return list(self._open.values())

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits for an answer but what lets all others go before."""
        return len(self._open) == len(self._last)

    @property
    def lag(self) -> float:
        """Seconds since the oldest question on its way was sent; 0 if none is."""
        return self._clock.seconds() - min(self._sent.values()) if self._sent else 0.0

    def add(self, asked: Asked) -> str:
        """Send a question in its turn; its nonce. Raises TooMuch."""
        return self._add(asked, self._unsent)

    def add_last(self, asked: Asked) -> str:
        """Send a question once no other is left to be sent; its nonce. Raises TooMuch."""
        return self._add(asked, self._last)

    def _add(self, asked: Asked, unsent: deque[str]) -> str:
        if len(self._open) >= MOST_WAITING:
            raise TooMuch
        nonce = self.note(asked)
        unsent.append(nonce)
        self.send()
        return nonce

    def note(self, asked: Asked) -> str:
        """Keep a question that is to be among the first of a connection; its nonce."""
        self._count += 1
        nonce = f"{self._prefix}{self._count}"
        self._open[nonce] = {**asked, "nonce": nonce}
        return nonce

    def forget(self, nonce: str) -> None:
        """Withdraw a question."""
        self._open.pop(nonce, None)
        self._sent.pop(nonce, None)

    def is_own(self, nonce: str) -> bool:
        """Whether a nonce was given here."""
        return nonce.startswith(self._prefix)

    def answer(self, nonce: str) -> bool:
        """A question was answered; whether it was on its way."""
        if nonce not in self._sent:
            return False
        self.forget(nonce)
        return True

    def pace(self, burst: int, rate: float) -> None:
        """Keep within the throttle that the server has told of.

        A bit is left: pings are lines, too, and the server's clock is another.
        """
        self._throttle = Throttle(max(burst - 5, 1), rate * 0.9)

    def resume(self, line: Line, first: Iterable[str], before: str) -> list[str]:
        """Go on over a new connection; the nonces of what may have been done over the last one.

        first: the nonces of what is sent first.
        before: the nonce of what is answered before anything else is sent; empty for none.
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
        """Send nothing more over this connection."""
        self._line = None
        self._stop_pause()

    def lose(self) -> list[str]:
        """The connection is lost; the nonces of what let all others go before, and is given up."""
        self.halt()
        lost = [nonce for nonce in self._last if self._open.pop(nonce, None) is not None]
        self._last.clear()
        return lost

    def send(self) -> None:
        """Send what may be on its way."""
        self._stop_pause()
        while self._line is not None and len(self._sent) < WINDOW:
            unsent = self._unsent or self._last
            if not unsent or self._before in self._sent:
                return
            asked = self._open.get(unsent[0])
            if asked is None:
                unsent.popleft()
                continue  # it was withdrawn
            now = self._clock.seconds()
            throttle = self._throttle
            line = encoded(asked)
            rested = throttle.take(self._rested, now, cost(asked) + len(line) // LONG)
            spent = rested
            if unsent is self._last:  # it leaves half a burst to what may come
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
