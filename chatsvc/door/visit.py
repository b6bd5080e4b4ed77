"""A visit: one connection's stay, at any door."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from chatsvc.bugs import log_bug
from chatsvc.chat.flow.admission import Share
from chatsvc.chat.identity.tokens import NoSuchToken
from chatsvc.chat.people.addresses import known_network
from chatsvc.chat.people.user import NOT_ENDED, Ending
from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.door.contract import Gone
from chatsvc.door.intake import Intake
from chatsvc.door.silence import Silence
from chatsvc.errors import ChatError, ComingTooFast, Crowded, Full
from chatsvc.events.answers import Paced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session
    from chatsvc.clock import Timer
    from chatsvc.door.contract import Channel, Dialect, ResumeRequest
    from chatsvc.door.entrance import Entrance
    from chatsvc.door.pace import Pace

ANSWER_WITHIN = 2.0  # seconds for a refused connection to ask to resume
MOST_REFUSED = 50  # refused connections that may ask at once
_SHUT_DOWN = Ending("ended", "the server shuts down")
ARRIVAL = 500_000  # nanoseconds to let a connection in and, later, out


class Visit:
    """One connection's stay, from its arrival to its end; it is the session's `Connection`.

    session: None until it is let in.
    dialect: the language spoken.
    take: handles the next line; None to let the dialect do so.
    """

    __slots__ = (
        "_channel",
        "_deadline",
        "_entrance",
        "_intake",
        "_pace",
        "_refused",
        "_settled",
        "_silence",
        "dialect",
        "session",
        "take",
        "writer",
    )

    def __init__(self, entrance: Entrance, channel: Channel, dialect: Dialect) -> None:
        self.session: Session | None = None
        # Why it was not let in, and the dialect in which it was told; while it may ask to resume.
        self._refused: tuple[ChatError, Dialect] | None = None
        self.writer = channel.writer  # its own attribute, which saves a call
        self._entrance = entrance
        self._channel = channel
        self.speak(dialect)
        self._deadline: Timer | None = None  # runs while something is awaited
        self._pace: Pace | None = None  # of its address; None without one
        self._settled = 0.0  # when it stops being a newcomer
        self._intake: Intake | None = None  # made with the first line: many never say a word
        self._silence: Silence | None = None  # None unless silence ends it

    def speak(self, dialect: Dialect) -> None:
        """Switch to a dialect."""
        self.dialect = dialect
        self.take: Callable[[Chat, Session, bytes], None] | None = None

    @property
    def _chat(self) -> Chat:
        return self._entrance.chat

    # Arriving

    def arrive(self) -> None:
        """Let a newcomer in, or refuse it."""
        address, chat = self.address, self._chat
        self._pace = self._entrance.pace_of(address)
        self._settled = chat.clock.seconds() + self._entrance.throttle.most
        share = Share()
        address_share = share if self._pace is None else self._pace.share
        chat.delivery.admission.charge(address_share, share, ARRIVAL)
        try:
            if self._pace is not None and not self._pace.lets_in():
                chat.journal.write("rushed", address)
                raise ComingTooFast
            self.session = chat.arrivals.enter(self, address, self.dialect.wording)
        except ChatError as error:
            self.writer.write(self.dialect.refusal(error))
            self._refused = error, self.dialect
            self._entrance.refused += 1
            if self._entrance.refused > MOST_REFUSED:
                self.send_away()
            else:
                self._deadline = self._chat.clock.callLater(ANSWER_WITHIN, self._is_late)

    def _is_late(self) -> None:
        self._deadline = None
        self.send_away()

    @property
    def refusal(self) -> ChatError | None:
        """Why it was not let in, while it may still ask to resume."""
        return self._refused[0] if self._refused is not None else None

    @property
    def may_come_back(self) -> bool:
        """Whether a refused connection may still resume a place."""
        return isinstance(self.refusal, Crowded | Full)

    def send_away(self) -> None:
        """Close a refused connection, with the reason in its present dialect."""
        if self._refused is not None and self.dialect is not self._refused[1]:
            self.writer.write(self.dialect.refusal(self._refused[0]))
        self._end_refusal()
        self._channel.close()
        self.cut_off_in(CLOSE_WITHIN)

    def _end_refusal(self) -> None:
        self.stop_waiting()
        if self._refused is not None:
            self._refused = None
            self._entrance.refused -= 1

    def cut_off_in(self, seconds: float) -> None:
        """Abort the connection after a time, unless `stop_waiting` is called."""
        self.stop_waiting()
        self._deadline = self._chat.clock.callLater(seconds, self._cut_off)

    def stop_waiting(self) -> bool:
        """Cancel `cut_off_in`; returns whether it was running."""
        if self._deadline is None:
            return False
        self._deadline.cancel()
        self._deadline = None
        return True

    def _cut_off(self) -> None:
        self._deadline = None
        self.abort()

    def come_back(self, request: ResumeRequest, agree: Callable[[Chat, Session], object]) -> None:
        """Resume the place of a lost connection, or go on as a newcomer.

        agree: called with the resumed or new session before the request is answered.
        """
        newcomer = self.session
        resuming = self._chat.resuming
        try:
            session = resuming.resume(
                self, self.address, self.dialect.wording, request.token, request.seen, newcomer
            )
        except ChatError as error:
            if newcomer is None:
                if self._refused is not None and not isinstance(error, NoSuchToken):
                    self._refused = error, self._refused[1]
                self.send_away()
                return
            self._chat.announcements.arrive(newcomer)
            agree(self._chat, newcomer)
            resuming.welcome_newcomer(newcomer, request.token, request.seen, error)
            return
        self._end_refusal()
        self.session = session
        self.tell_pace()
        agree(self._chat, session)
        session.finish()

    def tell_pace(self) -> None:
        """Tell a program its pace."""
        throttle = self._entrance.throttle
        if throttle.rate < inf and self.session is not None:
            self._chat.delivery.tell(self.session, Paced(throttle.burst, throttle.rate))

    # What it says

    def note_received(self, received: int) -> None:
        """Note that some bytes were received."""
        self._entrance.received_bytes += received
        if self._silence is not None:
            self._silence.has_spoken = True

    def end_turn(self) -> None:
        """Note that all lines in what was received were passed on."""
        if self._intake is not None:
            self._intake.end_turn()

    def is_rested(self, now: float) -> bool:
        """Whether it has been here for a while, and it and its address have sent little lately.

        What it has sent that waits to be taken is not little: it may be more than it can read.
        """
        if self.session is None:
            return False
        if self._intake is not None:
            return not self._intake.is_paused and self._intake.is_rested(now)
        return now >= self._settled and (self._pace is None or self._pace.is_rested(now))

    def hear(self, line: bytes) -> None:
        """Take a line, or keep it until its turn; the door is paused until then."""
        if self.session is not None:
            (self._intake or self._begin_intake()).hear(line)

    def hear_all(self, lines: Sequence[bytes]) -> int:
        """Take lines up to one that is kept; returns how many need not be given again."""
        return (self._intake or self._begin_intake()).hear_all(lines)

    def count_extra(self, lines: float) -> None:
        """Count bytes outside lines as a number of lines, by the time that they take."""
        if self.session is not None:
            (self._intake or self._begin_intake()).count_extra(lines)

    def wait_for_turn(self) -> None:
        """Take nothing more until it is the sender's turn among all."""
        if self.session is not None:
            (self._intake or self._begin_intake()).wait_for_turn()

    def _begin_intake(self) -> Intake:
        self._intake = Intake(self._entrance, self._channel, self, self._pace, self._settled)
        return self._intake

    # How it ends

    def half_closed(self) -> None:
        """Handle a peer that has stopped sending, but may still read."""
        if self.refusal is not None:
            self.send_away()
        self.lose("closed by the peer")

    def lose(self, reason: str) -> None:
        """Handle the end of the input without a quit; the rest is still written."""
        session = self.session
        if session is not None and not session.has_left:
            if self._chat.announcements.knows(session):
                session.ending = Ending("lost", reason)
            self._chat.departures.lose(session)

    def failed(self, kind: str, reason: str) -> None:
        """Log why a connection failed before it was let in."""
        self._chat.journal.write(kind, self.address, reason=reason)

    def closed(self, reason: str) -> None:
        """Handle the end of the connection, by either side."""
        self._end_refusal()
        if self._silence is not None:
            self._silence.stop()
        if self._intake is not None:
            self._intake.close()
        if self.session is not None:
            self.lose(reason)
            self._note_end(self.session, reason)
            self._chat.departures.gone(self.session)
        # Who refers to each other would wait for a search for garbage among all that there is.
        self._channel, self._intake, self.take = Gone(self._channel.host), None, None

    def _note_end(self, session: Session, reason: str) -> None:
        """Log the connection's end, with what it did.

        reason: why it is closed, unless the session knows better.
        """
        ending = session.ending
        if ending is NOT_ENDED:
            is_over = self._chat.arrivals.is_over
            ending = _SHUT_DOWN if is_over else Ending("unseen", reason)
        self._chat.journal.write(
            ending.kind,
            session.address,
            name=session.user.name,
            reason=ending.reason,
            door=self.kind,
            seconds=round(self._chat.clock.seconds() - self.began_at),
            lines=0 if self._intake is None else self._intake.heard,
        )

    def withdraw(self) -> None:
        """End the visit of a connection that goes on at another door."""
        session, self.session = self.session, None
        if session is not None:
            self._chat.departures.withdraw(session)
        self.closed("")

    # The session's side

    @property
    def is_private(self) -> bool:
        """Whether nobody else can read it: it is encrypted, or from this machine."""
        return self.is_local or self._channel.is_encrypted

    @property
    def is_local(self) -> bool:
        """Whether it is from this machine."""
        return self._channel.is_local

    @property
    def address(self) -> str | None:
        """The address, as `network` returns it; None if unknown."""
        return known_network(self._channel.host)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the client's TLS certificate, in hexadecimal; empty without one."""
        return self._channel.fingerprint

    @property
    def kind(self) -> str:
        """The protocol that it speaks: text, JSON, IRC or web."""
        return self._channel.kind

    @property
    def sign_in(self) -> str:
        """The token of the browser's sign-in; empty for none."""
        return self._channel.sign_in

    @property
    def began_at(self) -> float:
        """When it arrived, in seconds by the steady clock."""
        return self._settled - self._entrance.throttle.most

    @property
    def heard_at(self) -> float:
        """When its last line came, as `began_at`; at first, when it came."""
        return self.began_at if self._intake is None else self._intake.heard_at

    @property
    def is_greeting(self) -> bool:
        """Whether a part of what may be a request to resume has arrived, or waits for its turn."""
        return self._channel.is_greeting or self._is_paused()

    @property
    def is_delivered(self) -> bool:
        """Whether the peer has acknowledged everything written, as far as is known."""
        return self._channel.is_delivered

    def charge(self, lines: int, why: str) -> None:
        """Charge a request as several lines, which the next line waits for."""
        if self.session is not None:
            (self._intake or self._begin_intake()).charge(lines, why)

    def resume(self) -> None:
        """Go on with the kept line, and those after it."""
        if self._intake is not None:
            self._intake.resume()

    def drained(self) -> None:
        """Go on writing: the connection takes more again."""
        if self.session is not None:
            self._chat.delivery.drained(self.session)

    def give_up_after(self, seconds: int) -> None:
        """Give the connection up after some seconds without input, or up to a quarter more."""
        if self._silence is not None:
            self._silence.stop()
        self._silence = Silence(self._chat.clock, seconds, self._is_paused, self._give_up)

    def _is_paused(self) -> bool:
        return self._intake is not None and self._intake.is_paused

    def _give_up(self, reason: str) -> None:
        self.lose(reason)
        self.abort()

    def close(self) -> None:
        """Close once everything is delivered."""
        self._channel.close()

    def abort(self) -> None:
        """Close at once."""
        self._channel.abort()

    def fail(self, error: Exception) -> None:
        """Give up a connection that cannot be written to because of a bug."""
        log_bug(error)
        self.abort()
