"""A lasting link with the server, over which nothing is lost or doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from chatsvc.client.connection.failures import NotLetIn
from chatsvc.client.connection.latest_rooms import LatestRooms
from chatsvc.client.connection.line import GIVE_UP_AFTER, LONGEST_ASKED, RESUME, Line
from chatsvc.client.connection.objects import encoded
from chatsvc.client.connection.place import Place
from chatsvc.client.connection.queue import Queue
from chatsvc.events.event import LOBBY, PREFIX
from chatsvc.events.people import WELCOME
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint

    from chatsvc.client.connection.objects import Received, Request

FIRST_WAIT, LONGEST_WAIT = 0.2, 30.0  # seconds before a retry
_PUT_OFF = ("banned", "put-off")  # errors after which the client does not come back by itself


class Link:
    """Speaks JSON lines with a server, over one connection after another.

    Without a connection, requests wait for the next one. Unanswered messages are sent again, and
    the server says them only once. Other requests may or may not have been done when a connection
    is lost: they are answered by the error "unsure".

    hear: called with each event and error, once and in order; a new place begins with `welcome`.
    status: called with True when there is a connection, and with False when it is lost.
    begin: called when a place is new, as after the first connection, with a function like `ask` for
        requests that go before all others, the name, and the rooms.
    login: the request that logs in; it is answered before others are sent.
    over: called with the reason when the client does not connect again: the server has removed or
        banned it, or the login has failed.
    place: the place to resume.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        hear: Callable[[Received], object],
        status: Callable[[bool], object],
        begin: Callable[[Callable[..., str], str, list[str]], object] = lambda *_: None,
        login: Request | None = None,
        over: Callable[[str], object] = bool,
        place: Place | None = None,
    ) -> None:
        self.clock = clock
        self._hear = hear
        self._status = status
        self._begin = begin
        self._login = login
        self._logging_in = ""  # the nonce of the login, until it is answered
        self._over = over
        self._place = place or Place()
        self.may_come_back = self._place.seen is not None  # the server knows the token
        self._has_begun = False  # it was let in at the place, and has asked first what goes first
        self._answered: Deferred[None] | None = None  # until the first answer
        self._is_held = False
        self._is_stopping = False
        self._idle: list[Deferred[None]] = []
        self._first: list[str] = []  # the nonces of the first requests at a new place
        self._latest_rooms = LatestRooms(clock.seconds)
        self._queue = Queue(clock, self._refuse)
        self._line: Line | None = None  # the connection, once the server has answered
        policy = backoffPolicy(FIRST_WAIT, LONGEST_WAIT)
        factory = Factory.forProtocol(lambda: Line(self))
        self._service = ClientService(endpoint, factory, policy, clock)

    def start(self) -> None:
        """Connect, and reconnect whenever the connection is lost."""
        self._service.startService()

    def first_answer(self) -> Deferred[None]:
        """Connect; fires when the server has answered.

        Fails with the connection's error, or with NoAnswer.
        """
        answered: Deferred[None] = Deferred()
        self._answered = answered
        self.start()
        self._service.whenConnected(failAfterFailures=1).addErrback(self.fail)
        return answered

    def fail(self, why: Failure) -> None:
        """Fail the wait for the first answer."""
        answered, self._answered = self._answered, None
        if answered is not None:
            answered.errback(why)

    def stop(self) -> Deferred[None]:
        """Leave, and do not reconnect; fires when the connection is closed."""
        self._is_stopping = True
        self._queue.halt()
        if self._line is not None:
            self._line.send(encoded({"do": "quit"}))
            self._place.end()
        return self._service.stopService()

    def ask(self, do: str, /, **arguments: Any) -> str:
        """Send a request; returns the nonce of its answer. Raises TooMuch."""
        return self._queue.add({"do": do, **arguments})

    def ask_last(self, do: str, /, **arguments: Any) -> str:
        """Send a request after all others, even later ones.

        If the connection is lost before it was sent, it is dropped, and answered by the error
        "unsure". Raises TooMuch.
        """
        return self._queue.add_last({"do": do, **arguments})

    def forget(self, nonce: str) -> None:
        """Withdraw a request; its answer is ignored."""
        self._queue.forget(nonce)

    def waits(self, nonce: str) -> bool:
        """Whether a request is yet to be sent."""
        return self._queue.waits(nonce)

    def readdress(self, name: str, new: str) -> None:
        """Readdress the requests to a person who has changed names."""
        self._queue.readdress(name, new)

    def _ask_first(self, do: str, /, **arguments: Any) -> str:
        nonce = self._queue.note({"do": do, **arguments})
        self._first.append(nonce)
        return nonce

    @property
    def is_up(self) -> bool:
        """Whether there is a connection."""
        return self._line is not None

    @property
    def is_over(self) -> bool:
        """Whether it does not connect again."""
        return self._is_stopping

    @property
    def lag(self) -> float:
        """Seconds since the oldest unanswered request was sent; 0 without one."""
        return self._queue.lag

    @property
    def waiting(self) -> int:
        """The number of unanswered requests."""
        return len(self._queue)

    @property
    def unanswered(self) -> list[Request]:
        """The unanswered requests, in order."""
        return self._queue.unanswered

    def when_idle(self) -> Deferred[None]:
        """Fires when no request is unanswered but those of `ask_last`."""
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        self._look_whether_idle()
        return idle

    def _look_whether_idle(self) -> None:
        if self._queue.is_idle:
            waiting, self._idle = self._idle, []
            for each in waiting:
                each.callback(None)

    def pauseProducing(self) -> None:
        """Stop reading for now (backpressure)."""
        self._hold(True)

    def resumeProducing(self) -> None:
        """Read again."""
        self._hold(False)

    def stopProducing(self) -> None:
        """Read again, though nobody listens: the consumer is gone."""
        self._hold(False)

    def _hold(self, is_held: bool) -> None:
        self._is_held = is_held
        if self._line is not None:
            self._line.hold(is_held)

    @property
    def resume(self) -> Request:
        """The first request on a connection, to resume the place."""
        place = self._place
        request = {
            "do": "resume", "token": place.token, "silence": GIVE_UP_AFTER, "nonce": RESUME
        }  # fmt: skip
        return request if place.seen is None else request | {"seen": place.seen}

    def received(self, line: Line, received: Received) -> None:
        """Handle an event or an error."""
        kind, error = received.get("event"), received.get("error", {})
        if self._was_seen(received):
            return
        if error.get("code") in _PUT_OFF and error.get("nonce", RESUME) == RESUME:
            self._end(error.get("text", ""), line)
            return
        is_placeless = False
        if error and line is not self._line and error.get("nonce", RESUME) == RESUME:
            if not line.is_welcomed:
                self.fail(Failure(NotLetIn(error.get("text", ""))))
            elif error.get("code") != "no-such-token":
                is_placeless = True  # without a token it cannot resume, but works all the same
            elif self._answered is not None:
                return  # that token was of an earlier run
        nonce = (error or received).get("nonce", "")
        if self._queue.answer(nonce):
            if nonce == self._logging_in:
                self._logging_in = ""
                if error:
                    self._end(f"not logged in: {error.get('text', '')}", line)
                    return
            self._queue.send()
        elif self._queue.is_own(nonce) and received.get("recalled"):
            return  # it was heard when it was said
        if kind == "dismissed" and received.get("room") == LOBBY:
            self._end(received.get("text", ""), line)
        if not is_placeless:
            self._hear(received)
        if kind == "welcome":
            line.is_welcomed = True
            for text in line.text:
                if not text.startswith(WELCOME):
                    self._hear({"event": "text", "text": text})
        self._look_whether_idle()
        if kind in ("welcome", "resumed"):
            for each in self._first:  # those of a connection that was lost before it had a place
                self._queue.forget(each)
            self._first = self._logged_in(received["name"] if kind == "resumed" else "")
        if kind == "welcome" or (kind == "resumed" and not self._has_begun):
            self._has_begun = False
            self._begin(self._ask_first, received["name"], received["rooms"])
        self._latest_rooms.hear(received)
        for room in self._latest_rooms.missing(received):
            self._ask_first("join", room=room)
        # Without a room, the client has to log in first, and has no place until then.
        is_outside = kind == "welcome" and not received["rooms"]
        is_let_in = kind in ("resumable", "resumed") or is_outside or is_placeless
        if is_let_in and line is not self._line and not self._is_stopping:
            self._goes_on(line, is_back=kind == "resumed")

    def _was_seen(self, received: Received) -> bool:
        """Note the read marker of the place, and return whether an event was seen before."""
        kind = received.get("event")
        place = self._place
        if kind == "welcome":
            place.seen = None
        elif kind in ("resumable", "resumed"):
            place.token, place.seen = received["token"], received["seen"]
            place.keep()
        elif kind == "paced":
            self._queue.pace(received["burst"], received["rate"])
        elif "id" in received and (received.get("waited") or not received.get("recalled")):
            if place.seen is not None and received["id"] <= place.seen:
                return True
            place.seen = received["id"]
        return False

    def _logged_in(self, name: str) -> list[str]:
        """The nonce of the login, if the client with that name has yet to log in."""
        self._queue.forget(self._logging_in)
        self._logging_in = ""
        if self._login is None or folded(self._login["name"]) == folded(name):
            return []
        self._logging_in = self._queue.note(self._login)
        return [self._logging_in]

    def _end(self, why: str, line: Line) -> None:
        """Stop reconnecting."""
        self._is_stopping = True
        line.send(encoded({"do": "quit"}))  # so that nobody waits for its return
        self._line = None
        self._queue.halt()
        self._place.end()
        self._service.stopService()
        if self._answered is None:
            self._over(why)
        self.fail(Failure(NotLetIn(why)))

    def lost(self, line: Line, why: Failure) -> None:
        """Handle the end of a connection."""
        last = line.text[-1] if line.text else ""
        if last.startswith(PREFIX) and not last.startswith(WELCOME):
            why = Failure(NotLetIn(last.removeprefix(PREFIX)))
        self.fail(why)
        if line is self._line:
            self._line = None
            for nonce in self._queue.lose():
                self._is_unsure(nonce)
            if not self._is_stopping:
                self._status(False)

    def sign_of_life(self) -> Request:
        """A ping, which shows whether the server is there."""
        self._place.keep()  # before the server forgets what was read
        return {"do": "ping", "nonce": "ping", "seen": self._place.seen}

    def _goes_on(self, line: Line, is_back: bool) -> None:
        self._line = line
        self._has_begun = True
        line.hold(self._is_held)
        answered, self._answered = self._answered, None
        if answered is not None:
            answered.callback(None)
        self._status(True)
        first, self._first = self._first, []
        before = self._logging_in
        if is_back and not before and self._queue.is_to_somebody:
            # Its answer comes after what happened meanwhile, such as changes of recipients' names.
            before = self._queue.note({"do": "ping"})
            first.insert(0, before)
        for nonce in self._queue.resume(line, first, before):
            self._is_unsure(nonce)
        self._queue.send()

    def _is_unsure(self, nonce: str) -> None:
        text = "The connection was lost: it is not known whether that was done."
        self._hear({"error": {"code": "unsure", "text": text, "nonce": nonce}})

    def _refuse(self, nonce: str) -> None:
        text = f"That is longer than the server takes at once ({LONGEST_ASKED} bytes)."
        if self._line is not None:
            self.received(self._line, {"error": {"code": "misused", "text": text, "nonce": nonce}})
