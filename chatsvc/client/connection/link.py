"""A program's connection to the server: it stays, and nothing is lost or doubled."""

from __future__ import annotations

import json
import secrets
from collections import deque
from typing import TYPE_CHECKING, Any

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import LoopingCall
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from chatsvc.command import commands
from chatsvc.events.event import LOBBY, PREFIX
from chatsvc.events.people import WELCOME
from chatsvc.text.safe import decode, from_what_shows
from chatsvc.throttle import LONG, Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime, IStreamClientEndpoint

    Told = dict[str, Any]  # an event or an error, as docs/protocol.md has them

MOST_WAITING = 1000  # things asked for that are not answered
WINDOW = 50  # of those that are sent; of so many the server knows whether it has done them
LOOK_EVERY = 10.0  # seconds; how often it is seen whether the server still speaks
ASK_AFTER = 20.0  # seconds of silence of either side after which a sign of life is asked for
GIVE_UP_AFTER = 40  # seconds of silence after which either side takes the connection for lost
FIRST_WAIT, LONGEST_WAIT = 0.2, 30.0  # seconds before it is tried again
ANSWER_WITHIN = 20.0  # seconds that a server has for its first answer, once there is a connection
LONGEST_LINE = 2**20  # bytes of what is told
LONGEST_TOKEN = 128  # characters
LONGEST_ASKED = 8192  # bytes of an object that the server takes
MOST_EARLY = 1000  # things told before it is answered whether one comes back
MOST_TEXT = 2**20  # bytes of the text that comes before JSON
RESUME = "resume"  # the nonce of that
TLS_ALERT = b"\x15\x03"  # how an answer begins that speaks TLS and was not spoken to so
# What can be asked for again: what is said, which is done once, and what is the same twice.
_AGAIN = {
    *("bc", "dm", "here", "join", "me", "msg", "nick", "ping", "r", "reply", "say", "users", "who")
}


class TooMuch(Exception):
    """As many things as may wait for an answer."""


class NoAnswer(Exception):
    """Whatever there is at that address, it speaks no JSON lines."""


class SpeaksTls(Exception):
    """The server speaks TLS at that address, and nothing else."""


class NotLetIn(Exception):
    """The server lets nobody in, or not this one; the text is what it says."""


class Place:
    """What a server knows somebody by, so that another connection goes on where one was lost.

    token: of which the server makes a secret of that place.
    seen: the greatest id that was told; None as long as there is no place.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self.seen: int | None = None

    def keep(self) -> None:
        """Something has changed: note it where the place is to outlive this program."""

    def end(self) -> None:
        """The place was given up."""


class Link:
    """Speaks JSON lines with a server, over one connection after the other.

    What is asked for while there is none waits, and is sent when there is one again. What was said
    and not answered is said again, which the server does once. Of other things that were on their
    way it is not known whether they were done: they are answered by an error of the code "unsure".

    hear: called with all that is told, once and in order; of a new place, which begins with a
        `welcome`, the first is that.
    status: called with True when there is a connection, and with False when it is lost.
    begin: called when one is new, as after the first connection, with what asks, like `ask`, for
        that which comes before anything else; and with the name that one has, and the rooms in
        which one is.
    login: what logs in, an object like what is asked for; nothing is asked for before that.
    over: called with the reason when the server has put somebody off, or the login has failed. It
        is not tried again.
    place: where this goes on.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        hear: Callable[[Told], object],
        status: Callable[[bool], object],
        begin: Callable[[Callable[..., str], str, list[str]], object] = lambda *_: None,
        login: dict[str, Any] | None = None,
        over: Callable[[str], object] = bool,
        place: Place | None = None,
    ) -> None:
        self.clock = clock
        self._hear = hear
        self._status = status
        self._begin = begin
        self._login = login
        self._logging_in = ""  # the nonce of that, as long as it is not answered
        self._over = over
        self._place = place or Place()
        self.may_come_back = self._place.seen is not None  # the token was sent
        self._has_begun = False
        self._answered: Deferred[None] | None = None  # until the first answer
        self._throttle = Throttle.off()  # the server's
        self._rested = 0.0  # the number of that
        self._pause: IDelayedCall | None = None  # runs while that makes us wait
        self._is_held = False
        self._is_stopping = False
        self._idle: list[Deferred[None]] = []
        self._count = 0
        self._prefix = secrets.token_hex(8)  # so that no two programs of one person are confused
        self._waiting: dict[str, dict[str, Any]] = {}  # by nonce
        self._first: list[str] = []  # the nonces of what is asked for first, where one is new
        self._sent: dict[str, float] = {}  # the nonces of those that are on their way, since when
        self._unsent: deque[str] = deque()  # the nonces of the others
        self._last: deque[str] = deque()  # of those that let all others go before
        self._line: _Line | None = None  # the connection, once the server has answered
        policy = backoffPolicy(FIRST_WAIT, LONGEST_WAIT)
        factory = Factory.forProtocol(_Line)
        factory.link = self  # type: ignore[attr-defined]
        self._service = ClientService(endpoint, factory, policy, clock)

    def start(self) -> None:
        """Connect, and again whenever the connection is lost."""
        self._service.startService()

    def first_answer(self) -> Deferred[None]:
        """Connect; fires when the server has answered.

        It fails when that was not to be had: with what made the connection fail, or NoAnswer.
        """
        answered: Deferred[None] = Deferred()
        self._answered = answered
        self.start()
        self._service.whenConnected(failAfterFailures=1).addErrback(self.fail)
        return answered

    def fail(self, why: Failure) -> None:
        """There is no answer; whoever waits for the first one is told why."""
        answered, self._answered = self._answered, None
        if answered is not None:
            answered.errback(why)

    def stop(self) -> Deferred[None]:
        """Leave, and connect no more; fires when the connection is closed."""
        self._is_stopping = True
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._line is not None:
            self._line.send(_encoded({"do": "quit"}))
            self._place.end()
        return self._service.stopService()

    def ask(self, do: str, /, **arguments: Any) -> str:
        """Ask for a command; the nonce by which its answer is known. Raises TooMuch."""
        if len(self._waiting) >= MOST_WAITING:
            raise TooMuch
        nonce = self._noted({"do": do, **arguments})
        self._unsent.append(nonce)
        self._send()
        return nonce

    def ask_last(self, do: str, /, **arguments: Any) -> str:
        """Ask for a command that lets all others go before, those too that are yet to be asked for.

        It is not asked for again when the connection is lost before it was sent, and answered as
        what is not known to be done. Raises TooMuch.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise TooMuch
        nonce = self._noted({"do": do, **arguments})
        self._last.append(nonce)
        self._send()
        return nonce

    def forget(self, nonce: str) -> None:
        """Ask for something no more, and say nothing of its answer."""
        self._waiting.pop(nonce, None)
        self._sent.pop(nonce, None)

    def _ask_first(self, do: str, /, **arguments: Any) -> str:
        nonce = self._noted({"do": do, **arguments})
        self._first.append(nonce)
        return nonce

    def _noted(self, asked: dict[str, Any]) -> str:
        self._count += 1
        nonce = f"{self._prefix}{self._count}"
        self._waiting[nonce] = {**asked, "nonce": nonce}
        return nonce

    @property
    def is_up(self) -> bool:
        """Whether there is a connection."""
        return self._line is not None

    @property
    def lag(self) -> float:
        """For how many seconds that has been on its way that was sent first; 0 for nothing."""
        return self.clock.seconds() - min(self._sent.values()) if self._sent else 0.0

    @property
    def waiting(self) -> int:
        """How many things that were asked for are not answered."""
        return len(self._waiting)

    @property
    def unanswered(self) -> list[dict[str, Any]]:
        """Those, in their order."""
        return list(self._waiting.values())

    def when_idle(self) -> Deferred[None]:
        """Fires when nothing waits for an answer but what lets all others go before."""
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        self._look_whether_idle()
        return idle

    def _look_whether_idle(self) -> None:
        if len(self._waiting) == len(self._last):
            waiting, self._idle = self._idle, []
            for each in waiting:
                each.callback(None)

    def pauseProducing(self) -> None:
        """Hear nothing more for now."""
        self._hold(True)

    def resumeProducing(self) -> None:
        """Hear it again."""
        self._hold(False)

    def stopProducing(self) -> None:
        """Whoever heard it is gone: hear it all the same, and do nothing with it."""
        self._hold(False)

    def _hold(self, is_held: bool) -> None:
        self._is_held = is_held
        if self._line is not None:
            self._line.hold(is_held)

    @property
    def resume(self) -> dict[str, Any]:
        """What is asked for first on a connection."""
        place = self._place
        asked = {
            "do": "resume", "token": place.token, "silence": GIVE_UP_AFTER, "nonce": RESUME
        }  # fmt: skip
        return asked if place.seen is None else asked | {"seen": place.seen}

    def told(self, line: _Line, told: Told) -> None:
        """The server has told something."""
        kind = told.get("event")
        place = self._place
        if kind == "welcome":
            place.seen = None
        elif kind in ("resumable", "resumed"):
            place.token, place.seen = told["token"], told["seen"]
            place.keep()
        elif kind == "paced":
            # A bit less than that: pings are lines, too, and the server's clock is another.
            self._throttle = Throttle(max(told["burst"] - 5, 1), told["rate"] * 0.9)
        elif "id" in told and (told.get("waited") or not told.get("recalled")):
            if place.seen is not None and told["id"] <= place.seen:
                return
            place.seen = told["id"]
        error = told.get("error", {})
        is_placeless = False
        if error and line is not self._line and error.get("nonce", RESUME) == RESUME:
            if not line.is_welcomed:
                self.fail(Failure(NotLetIn(error.get("text", ""))))
            elif error.get("code") != "no-such-token":
                is_placeless = True  # it cannot come back by a token, and goes on all the same
            elif self._answered is not None:
                return  # that token was of an earlier run
        nonce = (error or told).get("nonce", "")
        if nonce in self._sent:
            del self._sent[nonce]
            del self._waiting[nonce]
            if nonce == self._logging_in:
                self._logging_in = ""
                if error:
                    self._end(f"not logged in: {error.get('text', '')}")
                    return
            self._send()
        elif nonce.startswith(self._prefix) and told.get("recalled"):
            return  # it was heard when it was said
        if error.get("code") == "banned" and nonce in ("", RESUME):
            self._end(error.get("text", ""))
            return
        if kind == "dismissed" and told.get("room") == LOBBY:
            self._end(told.get("text", ""))
        if not is_placeless:
            self._hear(told)
        if kind == "welcome":
            line.is_welcomed = True
            for text in line.text:
                if not text.startswith(WELCOME):
                    self._hear({"event": "text", "text": text})
        self._look_whether_idle()
        if kind in ("welcome", "resumed"):
            for each in self._first:  # of a connection that was lost before it had a place
                self._waiting.pop(each, None)
            self._first = self._logged_in(told["name"] if kind == "resumed" else "")
        if kind == "welcome" or (kind == "resumed" and not self._has_begun):
            self._has_begun = True
            self._begin(self._ask_first, told["name"], told["rooms"])
        # In no room, one has to log in first, and has no place until then.
        is_outside = kind == "welcome" and not told["rooms"]
        is_let_in = kind in ("resumable", "resumed") or is_outside or is_placeless
        if is_let_in and line is not self._line and not self._is_stopping:
            self._goes_on(line)

    def _logged_in(self, name: str) -> list[str]:
        """The nonce of the login, if somebody who goes by that name has yet to log in."""
        self._waiting.pop(self._logging_in, None)
        self._sent.pop(self._logging_in, None)
        self._logging_in = ""
        if self._login is None or self._login["name"].casefold() == name.casefold():
            return []
        self._logging_in = self._noted(self._login)
        return [self._logging_in]

    def _end(self, why: str) -> None:
        """Connect no more."""
        self._is_stopping = True
        if self._line is not None:  # else others would be told that it is on the way back
            self._line.send(_encoded({"do": "quit"}))
        self._line = None
        self._place.end()
        self._service.stopService()
        self._over(why)

    def lost(self, line: _Line, why: Failure) -> None:
        """A connection has ended."""
        last = line.text[-1] if line.text else ""
        if last.startswith(PREFIX) and not last.startswith(WELCOME):
            why = Failure(NotLetIn(last.removeprefix(PREFIX)))
        self.fail(why)
        if line is self._line:
            self._line = None
            while self._last:
                self._is_unsure(self._last.popleft())
            if not self._is_stopping:
                self._status(False)

    def sign_of_life(self) -> dict[str, Any]:
        """What the server is asked for to see whether it is there."""
        self._place.keep()  # before the server forgets what was read
        return {"do": "ping", "nonce": "ping", "seen": self._place.seen}

    def _goes_on(self, line: _Line) -> None:
        self._line = line
        line.hold(self._is_held)
        answered, self._answered = self._answered, None
        if answered is not None:
            answered.callback(None)
        self._status(True)
        again, self._sent = self._sent, {}
        for nonce in again:
            if nonce != self._logging_in and not _may_be_done_twice(self._waiting[nonce]):
                self._is_unsure(nonce)
        first, self._first = [*self._first, *again], []
        self._unsent.extendleft([nonce for nonce in reversed(first) if nonce in self._waiting])
        self._send()

    def _is_unsure(self, nonce: str) -> None:
        del self._waiting[nonce]
        text = "The connection was lost: it is not known whether that was done."
        self._hear({"error": {"code": "unsure", "text": text, "nonce": nonce}})

    def _send(self) -> None:
        """Send what may be on its way, no faster than the server takes it."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        while self._line is not None and len(self._sent) < WINDOW:
            unsent = self._unsent or self._last
            if not unsent or self._logging_in in self._sent:
                return
            asked = self._waiting.get(unsent[0])
            if asked is None:
                unsent.popleft()
                continue  # it is asked for anew
            now = self.clock.seconds()
            throttle = self._throttle
            line = _encoded(asked)
            rested = throttle.take(self._rested, now, _cost(asked) + len(line) // LONG)
            spent = rested
            if unsent is self._last:  # it leaves half a burst to what may come
                spent = throttle.take(rested, now, throttle.burst // 2)
            if (wait := throttle.wait(spent, now)) > 0:
                self._pause = self.clock.callLater(wait, self._go_on)
                return
            nonce = unsent.popleft()
            self._sent[nonce] = now
            if self._line.send(line):
                self._rested = rested
            else:
                self.clock.callLater(0, self._refuse, nonce)

    def _refuse(self, nonce: str) -> None:
        text = f"That is longer than the server takes at once ({LONGEST_ASKED} bytes)."
        if nonce in self._sent and self._line is not None:
            self.told(self._line, {"error": {"code": "misused", "text": text, "nonce": nonce}})

    def _go_on(self) -> None:
        self._pause = None
        self._send()


class _Line(LineReceiver):
    """One connection."""

    delimiter = b"\n"
    MAX_LENGTH = LONGEST_LINE
    factory: Any
    transport: Any
    _heard_at = 0.0
    _sent_at = 0.0
    _looking: LoopingCall | None = None
    _deadline: IDelayedCall | None = None  # runs until the server has answered

    # What is told before it is answered whether one comes back: if so, it was told to the
    # newcomer for whom the server took the connection until then. None once that is known.
    _early: list[Told] | None = None

    def __init__(self) -> None:
        self.text: list[str] = []  # the lines that came before JSON
        self._text_size = 0
        self.is_welcomed = False

    def connectionMade(self) -> None:
        link = self.factory.link
        self._deadline = link.clock.callLater(ANSWER_WITHIN, self._give_up)
        if link.may_come_back:
            self._early = []
        self.sendLine(b"/json")
        self.send(_encoded(link.resume))
        link.may_come_back = True
        self._heard_at = link.clock.seconds()
        self._looking = LoopingCall(self._look)
        self._looking.clock = link.clock
        self._looking.start(LOOK_EVERY, now=False)

    def _give_up(self) -> None:
        self._deadline = None
        self.factory.link.fail(Failure(NoAnswer()))
        self.transport.abortConnection()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def dataReceived(self, data: bytes) -> None:
        if self._deadline is not None and not self._buffer and data.startswith(TLS_ALERT):
            self.factory.link.fail(Failure(SpeaksTls()))
            self.transport.abortConnection()
        else:
            super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        self._heard_at = self.factory.link.clock.seconds()
        if not line.startswith(b"{"):
            self._text_size += len(line)
            if self._deadline is not None and self._text_size <= MOST_TEXT:
                self.text.append(decode(line.removesuffix(b"\r")))
            return
        self._stop_waiting()
        told = _understood(line)
        if told is None:
            self.transport.abortConnection()  # nothing of what comes can be trusted
        elif self._early is not None:
            self._hear_early(told, self._early)
        elif told.get("nonce") not in ("ping", RESUME):
            self.factory.link.told(self, told)

    def _hear_early(self, told: Told, early: list[Told]) -> None:
        kind, error = told.get("event"), told.get("error", {})
        if kind == "resumed":
            early.clear()
        elif kind == "resumable" or error or told.get("nonce") == RESUME:
            error.pop("nonce", None)
        elif len(early) < MOST_EARLY:
            early.append(told)
            return
        else:
            self.transport.abortConnection()
            return
        self._early = None
        for each in early:
            self.factory.link.told(self, each)
        if kind != "done":
            self.factory.link.told(self, told)

    def send(self, line: bytes) -> bool:
        """Send an object; whether the server takes one that is so long."""
        if len(line) > LONGEST_ASKED:
            return False
        self._sent_at = self.factory.link.clock.seconds()
        self.sendLine(line)
        return True

    def hold(self, is_held: bool) -> None:
        """Read nothing for now, or read again."""
        if is_held != self.paused:
            (self.pauseProducing if is_held else self.resumeProducing)()

    def lineLengthExceeded(self, line: bytes) -> None:
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._stop_waiting()
        if self._looking is not None:
            self._looking.stop()
        self.factory.link.lost(self, reason)

    def _look(self) -> None:
        now = self.factory.link.clock.seconds()
        if now - self._heard_at >= GIVE_UP_AFTER:
            self.transport.abortConnection()
        elif now - min(self._heard_at, self._sent_at) >= ASK_AFTER:
            self.send(_encoded(self.factory.link.sign_of_life()))


def _may_be_done_twice(asked: dict[str, Any]) -> bool:
    return _command(asked) in _AGAIN


def _encoded(asked: dict[str, Any]) -> bytes:
    return json.dumps(asked, ensure_ascii=False).encode("utf-8", "replace")


def _cost(asked: dict[str, Any]) -> int:
    """As how many lines the server counts something, however long it is."""
    found = commands().get(_command(asked))
    return 1 if found is None else found.cost


def _command(asked: dict[str, Any]) -> str:
    """The name of what is asked for, or of what is typed by that; "here" for what is said."""
    name: str = asked["do"]
    if name == "type":
        line = from_what_shows(str(asked.get("line", "")))
        name = line.partition(" ")[0] if line[:1] == "/" and line[:2] != "//" else "here"
    return name.removeprefix("/").casefold()


def _understood(line: bytes) -> Told | None:
    """What a line tells; None if it is not made as docs/protocol.md has it."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    kind, error = told.get("event"), told.get("error", {})
    is_sound = (
        isinstance(error, dict)
        and isinstance(error.get("nonce", ""), str)
        and isinstance(told.get("nonce", ""), str)
        and isinstance(told.get("answers", ""), str)
        and isinstance(told.get("id", 0), int)
    )
    if kind in ("resumable", "resumed"):
        token, seen = told.get("token"), told.get("seen")
        is_sound = is_sound and isinstance(token, str) and isinstance(seen, int)
        is_sound = is_sound and len(token) <= LONGEST_TOKEN
    if kind in ("welcome", "resumed"):
        name, rooms = told.get("name"), told.get("rooms")
        is_sound = is_sound and isinstance(name, str) and isinstance(rooms, list)
        is_sound = is_sound and all(isinstance(each, str) for each in rooms)
    elif kind == "paced":
        burst, rate = told.get("burst"), told.get("rate")
        is_sound = (
            is_sound and isinstance(burst, int) and isinstance(rate, int | float) and rate > 0
        )
    return told if is_sound else None
