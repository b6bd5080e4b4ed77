"""The intake of a visit: it takes each line as soon as it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chatsvc.bugs import log_bug
from chatsvc.chat.flow.admission import Rank
from chatsvc.door.contract import LONGEST
from chatsvc.door.flooding import Flooding
from chatsvc.door.turns import TurnTaker
from chatsvc.errors import InternalError
from chatsvc.throttle import LONG

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session
    from chatsvc.clock import Timer
    from chatsvc.door.contract import Channel, Dialect
    from chatsvc.door.entrance import Entrance
    from chatsvc.door.pace import Pace

TURN_LINES = 64  # taken from one connection before others have their turn


class Sender(Protocol):
    """The sender of the lines; see `Visit`."""

    session: Session | None
    take: Callable[[Chat, Session, bytes], None] | None
    dialect: Dialect

    def lose(self, reason: str) -> None:
        """Handle the end of the input without a quit."""


class Intake(TurnTaker):
    """Takes the lines of one visit.

    A line waits while its sender is too fast, has too much to read (backpressure), or while others
    have their turn.

    lines: the number of lines taken in this turn.
    heard: the number of lines taken so far.
    heard_at: when the last line came, in seconds by the steady clock.
    """

    __slots__ = (
        "_caused",
        "_charged",
        "_chat",
        "_costly",
        "_delivery",
        "_extra",
        "_flooding",
        "_has_gone",
        "_holding",
        "_is_first",
        "_rested",
        "_seconds",
        "_sender",
        "_settled",
        "_throttle",
        "_throttled",
        "heard",
        "heard_at",
        "lines",
    )

    _channel: Channel

    def __init__(
        self,
        entrance: Entrance,
        channel: Channel,
        sender: Sender,
        pace: Pace | None,
        settled: float,
    ) -> None:
        """Begin with the first line.

        pace: of the sender's address; None without one.
        settled: when the sender stops being a newcomer, in seconds.
        """
        super().__init__(entrance.chat.delivery.admission, channel, pace)
        self.lines = self.heard = 0
        self.heard_at = 0.0
        self._chat = entrance.chat
        self._seconds = entrance.chat.clock.seconds
        self._delivery = entrance.chat.delivery
        self._holding = entrance.chat.delivery.holding
        self._throttle = entrance.throttle
        self._sender = sender
        self._settled = settled
        self._rested = 0.0  # the throttle's state
        self._throttled: Timer | None = None  # runs while the throttle holds a line back
        self._is_first: bool | None = None  # the sender is rested; None if not asked in this turn
        self._caused = self._admission.caused  # before this turn
        self._charged = 0  # lines that the last request counts as, besides its own
        self._costly = ""  # the request that has counted as several lines since the sender rested
        self._flooding: Flooding | None = None  # None until a line is too fast
        self._extra = 0.0  # a fraction of a line: bytes received outside lines
        self._has_gone = False  # if so, what it had sent is still taken, as there is time

    def hear(self, line: bytes) -> None:
        """Take a line, or keep it until its turn; the channel is paused until then."""
        self.hear_all((line,))

    def hear_all(self, lines: Sequence[bytes]) -> int:
        """Take lines, up to one that is kept until its turn; the channel is paused until then.

        Returns the number of lines that need not be given again.
        """
        sender, throttle, admission = self._sender, self._throttle, self._admission
        for number, line in enumerate(lines, 1):
            session = sender.session
            assert session is not None
            self.heard_at = now = self._seconds()
            if not self.lines:  # a turn begins
                self._is_first = None
                self._caused = admission.caused
            size = len(line)
            cost = 1 + self._charged + size // LONG
            rested = throttle.take(self._rested, now, cost)
            if rested > now and (wait := throttle.wait(rested, now)) > 0:
                self._throttled = self._chat.clock.callLater(wait, self._rest)
                if self._flooding is None:
                    self._flooding = Flooding(self._chat.journal)
                self._flooding.warn(session, self._costly)
            elif self._holding.must_hold(session):
                self._delivery.hold(session)
            elif (
                (now >= admission.open_until or cost > 1 or self.lines >= TURN_LINES)
                and not self._is_admitted
                and not self._may_go_on(now)
            ):
                rank = Rank.RESTED if self._goes_first(now) else Rank.OTHER
                admission.wait(self._admitted, self._address_share, self._share, rank)
            elif not (self._is_paid or self._pace is None or self._pace.take(now, cost)):
                self._pace.wait(self._paced, cost)
            else:
                is_taken = self._flooding is None or self._flooding.takes(
                    session, line, now, self._rested <= now
                )
                if self._rested <= now:
                    self._costly = ""
                self._is_paid = self._is_admitted = False
                self._rested = rested
                self._charged = 0
                self.lines += 1
                self.heard += 1
                if not is_taken:
                    pass
                elif size > LONGEST:
                    session.tell(
                        f"Your line is longer than {LONGEST} bytes; nothing of it was taken."
                    )
                else:
                    try:
                        (sender.take or sender.dialect.run)(self._chat, session, line)
                    except Exception as error:
                        (sender.session or session).refuse(InternalError(log_bug(error)))
                    if (sender.session or session).ends_at is not None:
                        self._channel.forget_input()
                        break
                    if self.is_paused:
                        return number
                continue
            self.keep(line)
            return number
        return len(lines)

    def _may_go_on(self, now: float) -> bool:
        """Whether others leave time for the next line in this turn."""
        if self.lines >= TURN_LINES:
            return False
        if self._is_first and now < self._admission.rested_until:
            return True
        since = now if self.lines else None  # before the first, nothing is to be charged to it
        admits = self._admission.admits
        return admits(False, since) or (self._goes_first(now) and admits(True, since))

    def _goes_first(self, now: float) -> bool:
        """Whether the sender was rested when that was first asked in this turn."""
        if self._is_first is None:
            self._is_first = self.is_rested(now)
        return self._is_first

    def count_extra(self, lines: float) -> None:
        """Count bytes outside lines as a number of lines, by the time that they take."""
        self._extra += lines
        self._admission.charge(self._address_share, self._share, 0)
        if self._extra < 1 or self.is_paused:
            return
        count = int(self._extra)
        self._extra -= count
        now = self._chat.clock.seconds()
        self._rested = self._throttle.take(self._rested, now, count)
        wait = self._throttle.wait(self._rested, now)
        if wait > 0:
            self._throttled = self._chat.clock.callLater(wait, self._rest)
            self.pause()
        elif not (self._pace is None or self._pace.take(now, count)):
            self._pace.wait(self._paced, count)
            self.pause()

    def wait_for_turn(self) -> None:
        """Take nothing more until it is the sender's turn, after input that was not a line.

        Lines wait for their turn by themselves.
        """
        # Counted as lines, it may be little enough for a rested person, who would go first.
        self._admission.wait(self._admitted, self._address_share, self._share, Rank.STRANGER)
        if not self.is_paused:
            self.pause()

    def charge(self, lines: int, why: str) -> None:
        """Charge a request as several lines, which the next line waits for.

        why: what costs so much, for the warning.
        """
        self._charged, self._costly = lines, why

    def end_turn(self) -> None:
        """Charge the lines that were taken in this turn, all at once."""
        if self.lines:
            self.lines = 0
            caused = self._admission.caused - self._caused
            self._admission.charge(self._address_share, self._share, caused)

    def resume(self) -> None:
        """Go on with the kept line, and those after it."""
        self.end_turn()
        super().resume()
        self.end_turn()

    def close(self) -> None:
        """Take no more: the connection is closed."""
        if self._throttled is not None:
            self._throttled.cancel()
        super().close()

    def is_rested(self, now: float) -> bool:
        """Whether the sender is no newcomer, and it and its address have sent little lately."""
        return (
            now >= self._settled
            and not self._has_gone
            and self._throttle.is_rested(self._rested, now)
            and (self._pace is None or self._pace.is_rested(now))
        )

    def _rest(self) -> None:
        """Go on: the throttle lets one more line pass."""
        self._throttled = None
        if self._has_left():
            return
        # Of a sender that has gone meanwhile, one more burst is taken, not all that it has sent.
        self._has_gone = self._channel.hung_up()
        if self._has_gone:
            self._rested = 0.0
        elif self._kept is None:
            self.wait_for_turn()
            return
        self.resume()
        if self._has_gone:
            self._sender.lose("gone while its lines were slowed down")

    def _paced(self) -> None:
        """Go on: it is its turn among the connections of its address."""
        if self._kept is None and not self._has_left():
            self.wait_for_turn()
        else:
            super()._paced()

    def _has_left(self) -> bool:
        session = self._sender.session
        return session is None or session.has_left
