"""The intake: when each line of a visit is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chatsvc.bugs import log_bug
from chatsvc.door.contract import LONGEST
from chatsvc.door.flooding import Flooding
from chatsvc.door.turns import Turns
from chatsvc.errors import InternalError
from chatsvc.throttle import LONG

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session
    from chatsvc.clock import Timer
    from chatsvc.door.contract import Channel
    from chatsvc.door.entrance import Entrance
    from chatsvc.door.pace import Pace

TURN_LINES = 64  # taken from one connection before it is the others' turn


class Sender(Protocol):
    """Whose lines they are; see `Visit`."""

    session: Session | None
    take: Callable[[Chat, Session, bytes], None]

    def lose(self, reason: str) -> None:
        """Handle the end of the input without a quit."""


class Intake(Turns):
    """Takes the lines of one visit, each when it may be taken.

    A line waits while its sender is too fast, or has yet to read what it has asked for (that is
    backpressure), or while it is the turn of others.

    lines: that were taken in this turn.
    """

    __slots__ = (
        "_charged",
        "_chat",
        "_costly",
        "_delivery",
        "_extra",
        "_flooding",
        "_rested",
        "_sender",
        "_settled",
        "_throttle",
        "_throttled",
        "lines",
    )

    def __init__(
        self,
        entrance: Entrance,
        channel: Channel,
        sender: Sender,
        pace: Pace | None,
        settled: float,
    ) -> None:
        """Begin with the first line.

        pace: of the sender's address; None if it has none, or that is off.
        settled: when the sender is no newcomer any more, in seconds.
        """
        super().__init__(entrance.chat.delivery.admission, channel, pace)
        self.lines = 0
        self._chat = entrance.chat
        self._delivery = entrance.chat.delivery
        self._throttle = entrance.throttle
        self._sender = sender
        self._settled = settled
        self._rested = 0.0  # the throttle's number
        self._throttled: Timer | None = None  # runs while that slows it down
        self._charged = 0  # lines as which the last request counts, besides its own
        self._costly = ""  # what has counted as several lines since it rested
        self._flooding: Flooding | None = None  # None as long as no line was too fast
        self._extra = 0.0  # of a line: what was received outside lines

    def hear(self, line: bytes) -> None:
        """Take a line, or keep it until its turn; the channel hands over no more until then."""
        sender = self._sender
        session = sender.session
        assert session is not None
        chat = self._chat
        admission = self._admission
        throttle = self._throttle
        now = chat.clock.seconds()
        lines = 1 + self._charged + len(line) // LONG
        rested = throttle.take(self._rested, now, lines)
        wait = throttle.wait(rested, now) if rested > now else 0.0
        if wait > 0:
            self._throttled = chat.clock.callLater(wait, self._rest)
            if self._flooding is None:
                self._flooding = Flooding(chat.journal)
            self._flooding.warn(session, self._costly)
        elif self._delivery.must_hold(session):
            self._delivery.hold(session)
        elif not self._is_admitted and (
            self.lines >= TURN_LINES or not admission.admits(self._is_rested(now))
        ):
            admission.wait(self._admitted, self._address_share, self._share, self._is_rested(now))
        elif not (self._is_paid or self._pace is None or self._pace.take(now, lines)):
            self._pace.wait(self._paced, lines)
        else:
            self._is_paid = self._is_admitted = False
            flooding = self._flooding
            if self._rested <= now:
                self._costly = ""
                if flooding is not None:
                    flooding.rest()
            elif flooding is not None:
                flooding.count(session, now)
            self._rested = rested
            self._charged = 0
            self.lines += 1
            caused = admission.caused
            if flooding is not None and flooding.refuses(session, line, now):
                pass
            elif len(line) > LONGEST:
                session.tell(f"Your line is longer than {LONGEST} bytes; nothing of it was taken.")
            else:
                try:
                    sender.take(chat, session, line)
                except Exception as error:
                    log_bug(error)
                    (sender.session or session).refuse(InternalError())
                if (sender.session or session).has_left:
                    self._channel.forget_input()
            admission.charge(self._address_share, self._share, admission.caused - caused)
            return
        self.keep(line)

    def count_extra(self, lines: float) -> None:
        """Count bytes outside lines as so many lines, by the time that they take."""
        self._extra += lines
        if self._extra < 1 or self.is_paused:
            return
        whole = int(self._extra)
        self._extra -= whole
        now = self._chat.clock.seconds()
        self._rested = self._throttle.take(self._rested, now, whole)
        wait = self._throttle.wait(self._rested, now)
        if wait > 0:
            self._throttled = self._chat.clock.callLater(wait, self._rest)
            self.pause()
        elif not (self._pace is None or self._pace.take(now, whole)):
            self._pace.wait(self._paced, whole)
            self.pause()

    def charge(self, lines: int, why: str) -> None:
        """Count so many lines against the throttle, which the next line waits for.

        why: what costs so much, if the sender is told.
        """
        self._charged, self._costly = lines, why

    def resume(self) -> None:
        """Go on with the kept line, and those after it."""
        self.lines = 0
        super().resume()

    def close(self) -> None:
        """Take nothing more: the connection is closed."""
        if self._throttled is not None:
            self._throttled.cancel()
        super().close()

    def _is_rested(self, now: float) -> bool:
        """Whether it has been here for a while, and it and its address have sent little lately."""
        return (
            now >= self._settled
            and self._throttle.is_rested(self._rested, now)
            and (self._pace is None or self._pace.is_rested(now))
        )

    def _rest(self) -> None:
        """Go on: its throttle lets one more line pass."""
        self._throttled = None
        if self._has_left():
            return
        # Somebody who has gone meanwhile says one more burst, not all that is still to be read.
        has_gone = self._channel.hung_up()
        if has_gone:
            self._rested = 0.0
        self.resume()
        if has_gone:
            self._sender.lose("gone while its lines were slowed down")

    def _has_left(self) -> bool:
        session = self._sender.session
        return session is None or session.has_left
