"""What a door is: a way in, which brings connections as visits to the chat.

A door frames what its connections send, and hands it to a `Visit`, line by line; the visit sees to
all that is the same whichever the door: arrival and coming back, pace, backpressure, silence, and
how a connection ends.
"""

from __future__ import annotations

from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Protocol

from chatsvc import command
from chatsvc.chat.flow.admission import Share
from chatsvc.chat.identity.tokens import NoSuchToken
from chatsvc.chat.people.addresses import network
from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.errors import ChatError, Crowded, Full, Mistaken, Rushed
from chatsvc.events.answers import Paced
from chatsvc.mistakes import log_mistake
from chatsvc.pace import Pace, Paces
from chatsvc.throttle import LONG, Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.people.user import Session
    from chatsvc.clock import Timer

LONGEST = 8192  # bytes of a line, its end not counted
ANSWER_WITHIN = 2.0  # seconds for a refused connection to ask to resume
MOST_REFUSED = 50  # refused connections that have this time at once
DEFAULT_THROTTLE = Throttle(burst=30, rate=10.0)
MOST_SLOWED = 600  # lines in a row of one who sends too fast; a minute of them at the usual rate
MUTED_FOR = 10.0  # seconds in which nothing is taken from whoever sends more
LOOKS = 4  # at a silent connection before it is given up
TURN_LINES = 64  # taken from one connection before it is the others' turn
ARRIVAL = 500_000  # nanoseconds that it takes to let one in and, later, out


class Channel(Protocol):
    """A visit's connection, which the door provides."""

    @property
    def host(self) -> str | None:
        """The address of the peer; None if there is none, as on a unix socket."""

    @property
    def is_local(self) -> bool:
        """Whether it is from this machine."""

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read it."""

    @property
    def is_greeting(self) -> bool:
        """Whether a part has arrived of what may be a request to resume."""

    @property
    def is_delivered(self) -> bool:
        """Whether the peer has acknowledged everything written, as far as is known."""

    def write(self, data: bytes) -> bool:
        """Send; False when no more should be written before `Visit.drained` is called."""

    def pause(self) -> None:
        """Stop handing over lines (backpressure)."""

    def go_on(self) -> None:
        """Hand over lines again."""

    def forget_input(self) -> None:
        """Drop what was received: nothing more will be taken."""

    def hung_up(self) -> bool:
        """Whether the peer has stopped sending, though its input may not all be read yet."""

    def close(self) -> None:
        """Close once everything written is delivered."""

    def abort(self) -> None:
        """Close at once."""


class Dialect(Protocol):
    """The language of a connection."""

    def wording(self, entries: Sequence[Entry], /) -> bytes:
        """The bytes of some events."""

    def run(self, chat: Chat, session: Session, line: bytes, /) -> None:
        """Do what a line asks for, and tell the session if it is refused."""

    def refusal(self, error: ChatError, /) -> bytes:
        """The bytes for a connection that is not let in."""


class Comeback(Protocol):
    """A request to resume.

    token: of the place.
    seen: the read marker; None if it has none.
    """

    @property
    def token(self) -> str:
        """The token."""

    @property
    def seen(self) -> int | None:
        """The id."""


class Entrance:
    """The state that all doors share.

    throttle: of each connection.
    paces: of the connections of each address together.
    refused: the number of refused connections that may yet ask to resume.
    """

    def __init__(self, chat: Chat, throttle: Throttle = DEFAULT_THROTTLE) -> None:
        command.commands()  # imported now, or the first line would wait for it
        self.chat = chat
        self.throttle = throttle
        self.paces = Paces(chat.clock, throttle)
        self.refused = 0


class Visit:
    """One connection's stay, from its arrival to its end; it is the session's `Connection`.

    session: None until it is let in.
    refusal: why it was not, while it may yet ask to resume.
    dialect: the language spoken.
    take: handles the next line; at first, the dialect does.
    """

    __slots__ = (
        "_beside",
        "_channel",
        "_charged",
        "_chat",
        "_costly",
        "_deadline",
        "_entrance",
        "_has_spoken",
        "_is_admitted",
        "_is_paid",
        "_is_paused",
        "_kept",
        "_lines",
        "_look_out",
        "_muted_until",
        "_not_taken",
        "_pace",
        "_refused_in",
        "_rested",
        "_settled",
        "_share",
        "_slowed",
        "_throttled",
        "_warned",
        "_whole",
        "dialect",
        "refusal",
        "session",
        "take",
        "write",
    )

    def __init__(self, entrance: Entrance, channel: Channel, dialect: Dialect) -> None:
        self.session: Session | None = None
        self.refusal: ChatError | None = None
        self._refused_in = dialect  # that was told in it
        self.write = channel.write  # a call less for each write
        self._entrance = entrance
        self._chat = entrance.chat
        self._channel = channel
        self.speak(dialect)
        self._deadline: Timer | None = None  # runs while there is no session
        self._is_paused = False
        self._lines = 0  # taken in this turn
        self._rested = 0.0  # the throttle's number
        self._charged = 0  # lines as which what was asked for last counts, besides its own
        self._costly = ""  # what counted as several lines since it was rested
        self._warned = False  # told that its lines are slowed down, and not rested since
        self._slowed = 0  # lines that were taken since it was warned, without a rest
        self._muted_until = 0.0
        self._not_taken = 0  # lines since it was muted
        self._throttled: Timer | None = None  # runs while that slows it down
        self._pace: Pace | None = None  # of its address; None if it has none, or it is off
        self._is_admitted = False  # the line that is kept is to be done in this turn
        self._is_paid = False  # that pace counts the line that is kept already
        self._settled = 0.0  # from when on it is no newcomer
        self._share = self._whole = Share()  # of the server's time; the latter of the address
        self._beside = 0.0  # what is in no line, and counts as a part of one
        self._kept: bytes | None = None  # while it is paused: the line that was next, if one was
        self._has_spoken = False  # since it was looked at last
        self._look_out: Timer | None = None  # runs if it is to be given up when it is silent

    def speak(self, dialect: Dialect) -> None:
        """Switch to a dialect."""
        self.dialect = dialect
        self.take: Callable[[Chat, Session, bytes], None] = dialect.run

    # Arriving

    def arrive(self) -> None:
        """Let a newcomer in, or refuse it."""
        address = self.address
        if address is not None and self._entrance.throttle.rate < inf:
            self._pace = self._entrance.paces.of(address)
            self._whole = self._pace.share
        self._settled = self._chat.clock.seconds() + self._entrance.throttle.most
        self._chat.delivery.admission.charge(self._whole, self._share, ARRIVAL)
        try:
            if self._pace is not None and not self._pace.lets_in():
                self._chat.journal.write("rushed", address)
                raise Rushed
            self.session = self._chat.arrivals.enter(self, address, self.dialect.wording)
        except ChatError as error:
            self.write(self.dialect.refusal(error))
            self.refusal = error
            self._refused_in = self.dialect
            self._entrance.refused += 1
            if self._entrance.refused > MOST_REFUSED:
                self.send_away()
            else:
                self._deadline = self._chat.clock.callLater(ANSWER_WITHIN, self._is_late)

    def _is_late(self) -> None:
        self._deadline = None
        self.send_away()

    @property
    def may_come_back(self) -> bool:
        """Whether a refused connection may still resume a place."""
        return isinstance(self.refusal, Crowded | Full)

    def send_away(self) -> None:
        """Close a refused connection, with the reason in the dialect that it speaks by now."""
        if self.refusal is not None and self.dialect is not self._refused_in:
            self.write(self.dialect.refusal(self.refusal))
        self._end_refusal()
        self._channel.close()
        self.cut_off_in(CLOSE_WITHIN)

    def _end_refusal(self) -> None:
        self.stop_waiting()
        if self.refusal is not None:
            self.refusal = None
            self._entrance.refused -= 1

    def cut_off_in(self, seconds: float) -> None:
        """Abort the connection after a time, unless `stop_waiting` is called."""
        self._deadline = self._chat.clock.callLater(seconds, self._cut_off)

    def stop_waiting(self) -> bool:
        """Cancel `cut_off_in`; whether it was running."""
        if self._deadline is None:
            return False
        self._deadline.cancel()
        self._deadline = None
        return True

    def _cut_off(self) -> None:
        self._deadline = None
        self.abort()

    def come_back(self, asked: Comeback, agree: Callable[[Chat, Session], object]) -> None:
        """Resume the place of a lost connection, or go on as a newcomer.

        agree: called with the session, whichever it is, before the request is answered.
        """
        newcomer = self.session
        resuming = self._chat.resuming
        try:
            session = resuming.resume(
                self, self.address, self.dialect.wording, asked.token, asked.seen, newcomer
            )
        except ChatError as error:
            if newcomer is None:
                if not isinstance(error, NoSuchToken):
                    self.refusal = error
                self.send_away()
                return
            self._chat.announcements.arrive(newcomer)
            agree(self._chat, newcomer)
            resuming.welcome_newcomer(newcomer, asked.token, asked.seen, error)
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

    def begin_turn(self) -> None:
        """Note that something was received."""
        self._has_spoken = True
        self._lines = 0

    def hear(self, line: bytes) -> None:
        """Take a line, or keep it until its turn; the door hands over no more until then."""
        session = self.session
        if session is None:
            return
        chat = self._chat
        admission = chat.delivery.admission
        throttle = self._entrance.throttle
        now = chat.clock.seconds()
        lines = 1 + self._charged + len(line) // LONG
        rested = throttle.take(self._rested, now, lines)
        wait = throttle.wait(rested, now) if rested > now else 0.0
        if wait > 0:
            self._throttled = chat.clock.callLater(wait, self._rest)
            if not self._warned:
                self._warn(session)
        elif chat.delivery.must_hold(session):
            chat.delivery.hold(session)
        elif not self._is_admitted and (
            self._lines >= TURN_LINES or not admission.admits(self._is_rested(now))
        ):
            admission.wait(self._admitted, self._whole, self._share, self._is_rested(now))
        elif not (self._is_paid or self._pace is None or self._pace.take(now, lines)):
            self._pace.wait(self._paced, lines)
        else:
            self._is_paid = self._is_admitted = False
            if self._rested <= now:
                self._warned = False
                self._costly = ""
                self._slowed = 0
            elif self._warned:
                self._slowed += 1
                if self._slowed > MOST_SLOWED:
                    self._mute(session, now)
            self._rested = rested
            self._charged = 0
            self._lines += 1
            caused = admission.caused
            if not (self._muted_until and self._refuses(session, line, now)):
                self._do(session, line)
            admission.charge(self._whole, self._share, admission.caused - caused)
            return
        self._kept = line
        self._pause()

    def _is_rested(self, now: float) -> bool:
        """Whether it has been here for a while, and it and its address have sent little lately."""
        return (
            now >= self._settled
            and self._entrance.throttle.is_rested(self._rested, now)
            and (self._pace is None or self._pace.is_rested(now))
        )

    def note_beside(self, lines: float) -> None:
        """Count bytes outside lines as so many lines, by the time that they take."""
        self._beside += lines
        if self._beside < 1 or self._is_paused or self.session is None:
            return
        whole = int(self._beside)
        self._beside -= whole
        throttle = self._entrance.throttle
        now = self._chat.clock.seconds()
        self._rested = throttle.take(self._rested, now, whole)
        wait = throttle.wait(self._rested, now)
        if wait > 0:
            self._throttled = self._chat.clock.callLater(wait, self._rest)
            self._pause()
        elif not (self._pace is None or self._pace.take(now, whole)):
            self._pace.wait(self._paced, whole)
            self._pause()

    def _pause(self) -> None:
        self._is_paused = True
        self._channel.pause()

    def _do(self, session: Session, line: bytes) -> None:
        if len(line) > LONGEST:
            session.tell(f"Your line is longer than {LONGEST} bytes; nothing of it was taken.")
            return
        try:
            self.take(self._chat, session, line)
        except Exception as error:
            log_mistake(error)
            (self.session or session).refuse(Mistaken())
        if (self.session or session).has_left:
            self._channel.forget_input()

    def _warn(self, session: Session) -> None:
        self._warned = True
        why = f" ({self._costly})" if self._costly else ""
        session.tell(f"You are sending too fast{why}: your lines are taken more slowly now.")
        self._chat.journal.write("slowed", session.address, name=session.user.name)

    def _mute(self, session: Session, now: float) -> None:
        self._slowed = 0
        self._muted_until = now + MUTED_FOR
        self._chat.journal.write(
            "silenced", session.address, name=session.user.name, seconds=MUTED_FOR
        )
        session.tell(
            "You have been sending too fast for long: nothing but /quit is taken for"
            f" {MUTED_FOR:.0f} seconds."
        )

    def _refuses(self, session: Session, line: bytes, now: float) -> bool:
        """Whether a line is not taken, as its sender is muted for flooding."""
        if now < self._muted_until and line.strip().lower() not in (b"/quit", b"/exit"):
            self._not_taken += 1
            return True
        self._muted_until = 0.0
        session.tell(f"{self._not_taken} lines of yours were not taken.")
        self._not_taken = 0
        return False

    def _rest(self) -> None:
        self._throttled = None
        if self.session is None or self.session.has_left:
            return
        # Somebody who has gone meanwhile says one more burst, not all that is still to be read.
        gone = self._channel.hung_up()
        if gone:
            self._rested = 0.0
        self.resume()
        if gone:
            self.lose("gone while its lines were slowed down")

    def _paced(self) -> None:
        """Go on: it is its turn among those of its address."""
        if self.session is not None and not self.session.has_left:
            self._is_paid = self._kept is not None
            self.resume()

    def _admitted(self) -> None:
        """Go on: it is its turn among all."""
        if self.session is not None and not self.session.has_left:
            self._is_admitted = self._kept is not None
            self.resume()

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
                self._chat.journal.write("lost", name=session.user.name, reason=reason)
            self._chat.departures.lose(session)

    def failed(self, kind: str, reason: str) -> None:
        """Log why a connection failed before it could be let in."""
        self._chat.journal.write(kind, self.address, reason=reason)

    def closed(self, reason: str) -> None:
        """Handle the end of the connection, by whichever side."""
        self._end_refusal()
        for timer in (self._throttled, self._look_out):
            if timer is not None:
                timer.cancel()
        if self._pace is not None:
            self._pace.forget(self._paced)
        self._chat.delivery.admission.forget(self._admitted)
        if self.session is not None:
            self.lose(reason)
            self._chat.departures.gone(self.session)

    # The session's side

    @property
    def is_private(self) -> bool:
        """Whether nobody else can read what comes over it: encrypted, or from this machine."""
        return self.is_local or self._channel.is_encrypted

    @property
    def is_local(self) -> bool:
        """Whether it is from this machine."""
        return self._channel.is_local

    @property
    def address(self) -> str | None:
        """The address, as `network` gives it; None if unknown."""
        host = self._channel.host
        with suppress(ValueError):
            return network(host) if host is not None else None
        return None

    @property
    def is_greeting(self) -> bool:
        """Whether a part has arrived of what may be a request to resume."""
        return self._channel.is_greeting

    @property
    def is_delivered(self) -> bool:
        """Whether the peer has acknowledged everything written, as far as is known."""
        return self._channel.is_delivered

    def charge(self, lines: int, why: str) -> None:
        """Count so many lines against the throttle, which the next line waits for."""
        self._charged, self._costly = lines, why

    def resume(self) -> None:
        """Go on with the line that was kept, and those after it."""
        self._is_paused = False
        self._lines = 0
        kept, self._kept = self._kept, None
        if kept is not None:
            self.hear(kept)
        if not self._is_paused:
            self._channel.go_on()

    def drained(self) -> None:
        """Go on writing: the connection takes more again."""
        if self.session is not None:
            self._chat.delivery.drained(self.session)

    def give_up_after(self, seconds: int) -> None:
        """Take the connection for lost after so long without input, or a quarter more."""
        if self._look_out is not None:
            self._look_out.cancel()
        self._has_spoken = True
        self._look(seconds, 0)

    def _look(self, seconds: int, silent: int) -> None:
        """Check whether it has sent anything; `silent` counts the checks without."""
        # What is sent while it is not read is known only later.
        silent = 0 if self._has_spoken or self._is_paused else silent + 1
        self._has_spoken = False
        self._look_out = None
        if silent < LOOKS:
            self._look_out = self._chat.clock.callLater(
                seconds / LOOKS, self._look, seconds, silent
            )
        else:
            self.lose(f"silent for {seconds} seconds")
            self.abort()

    def close(self) -> None:
        """Close once everything is delivered."""
        self._channel.close()

    def abort(self) -> None:
        """Close at once."""
        self._channel.abort()

    def fail(self, error: Exception) -> None:
        """Give up a connection that cannot be written to because of a bug."""
        log_mistake(error)
        self.abort()
