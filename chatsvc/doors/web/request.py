"""A request to the web door: where it comes from, and how it is answered."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from io import BytesIO
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.error import UnsupportedMethod
from twisted.web.http import NO_BODY_CODES, datetimeToString, parse_qs
from twisted.web.server import NOT_DONE_YET, Request

from chatsvc.bugs import log_bug
from chatsvc.chat.people.addresses import is_local
from chatsvc.door.porch import Porch
from chatsvc.doors.front.hand_over import Origin, address_of, host_of, is_tls
from chatsvc.doors.web.channel import MOST_BODIES, MOST_BODY, MOST_PARTS, PART, BodyRefused
from chatsvc.doors.web.forwarded import Misforwarded
from chatsvc.doors.web.refusals import HEADERS, TEXT
from chatsvc.errors import ChatError, InternalError
from chatsvc.store import StoreError
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from twisted.python.failure import Failure
    from twisted.web.resource import IResource

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.chat import Chat
    from chatsvc.doors.web.channel import WebChannel

# An address of IPv6, or a name or an address of IPv4; and a port (RFC 9110, section 7.2).
_HOST = re.compile(r"(?:\[([\da-fA-F:.]+)\]|([\w.~%-]+))(?::\d{1,5})?", re.ASCII)
MOST_PARAMETERS = 100
SHOWN = 40  # bytes of a part of a request that the log shows
_BUG = "Something went wrong at the server. If you report it, mention {}."

_log = Logger()


class WebRequest(Request):
    """A request.

    origin: where it comes from, if that is not just its connection's other end.
    body_bytes: the bytes of the body so far.
    """

    channel: WebChannel
    content: Any
    site: Any
    defaultContentType = TEXT.encode()
    origin: Origin | None = None
    body_bytes = 0
    _parts = 0  # the number of parts of the body so far
    _porch: Porch | None = None  # where it waits for its turn

    def parseCookies(self) -> None:  # noqa: N802  # Twisted's name
        """Leave the cookies, which few requests need, to `token`."""

    def gotLength(self, length: int | None) -> None:
        """Make space for the body, in memory."""
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        """Take a part of the body, which has a bound. Raises BodyRefused."""
        connections = self.channel.connections
        self._parts += 1
        if (
            self.body_bytes + len(data) > MOST_BODY
            or self._parts > MOST_PARTS + self.body_bytes // PART
        ):
            self.channel.refuse(413)
            raise BodyRefused
        if connections.body_bytes + len(data) > MOST_BODIES:
            self.channel.refuse(503)
            raise BodyRefused
        self.body_bytes += len(data)
        connections.body_bytes += len(data)
        self.content.write(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Handle the request once it is complete; no form is parsed."""
        self.site = self.channel.site
        self.content.seek(0)
        self.method, self.uri, self.clientproto = command, path, version
        self.path, _, query = path.partition(b"?")
        if query.count(b"&") + query.count(b";") > MOST_PARAMETERS:
            self.channel.refuse(400, f"A request has at most {MOST_PARAMETERS} parameters.")
            return
        self.args = parse_qs(query, True)
        try:
            self.origin = self._find_origin()
        except Misforwarded as error:
            self.channel.refuse(400, f"{error}.")
            return
        entrance = self.channel.connections.entrance
        self.chat: Chat = entrance.chat
        self._came_at = self.chat.clock.seconds()
        self._porch = Porch(entrance, self, entrance.pace_of(self.address), self._begin)
        self._porch.hear(self.uri)

    def pause(self) -> None:
        """Do nothing: the connection's next request waits for this one in any case."""

    go_on = pause

    def _begin(self, _: bytes) -> None:
        if self._close_porch():
            self.channel.begin_answer()
            for name, value in HEADERS.items():
                self.setHeader(name, value)
            self.process()

    def _close_porch(self) -> bool:
        porch, self._porch = self._porch, None
        if porch is not None:
            porch.close()
        return porch is not None

    def connectionLost(self, reason: Failure) -> None:
        """Handle the end of the connection before the answer."""
        self._close_porch()
        self.free_body()
        super().connectionLost(reason)

    def finish(self) -> None:
        """End the answer."""
        self.free_body()
        _log.debug(
            "{method} {part} was answered with {status} after {milliseconds} ms.",
            method=_shown(self.method),
            # The rest may hold a key, or words that somebody searches for.
            part=_shown(b"/".join(self.path.split(b"/")[:2])),
            status=self.code,
            milliseconds=round((self.chat.clock.seconds() - self._came_at) * 1000),
        )
        super().finish()

    def free_body(self) -> None:
        """Count the body no longer, as it was read, or is not needed."""
        self.channel.connections.body_bytes -= self.body_bytes
        self.body_bytes = 0

    # Where it comes from

    def _find_origin(self) -> Origin | None:
        """Where it comes from, if that is not just the other end. Raises Misforwarded."""
        hosts = self.requestHeaders.getRawHeaders("Host", [])
        if len(hosts) > 1 or (self.clientproto == b"HTTP/1.1" and not hosts):
            raise Misforwarded("A request has one Host")
        name = _name_in(hosts[0]) if hosts else ""
        transport, origin = self.channel.transport, self.channel.origin
        peer = host_of(transport, origin)
        proxies, is_encrypted = self.channel.connections.proxies, is_tls(transport)
        found = proxies.origin(peer, self.requestHeaders, is_encrypted)
        if found is not None:
            return found
        if origin is None and is_local(peer) and not _is_own_name(name):
            # The page of another host may let its name point here (DNS rebinding).
            return Origin(peer, False, is_encrypted)
        return origin

    @property
    def address(self) -> str | None:
        """The address that it comes from, as `network` returns it; None if unknown."""
        return address_of(self.channel.transport, self.origin)

    @property
    def is_local(self) -> bool:
        """Whether it is from this machine."""
        return self.origin is None and is_local(host_of(self.channel.transport, None))

    @property
    def is_encrypted(self) -> bool:
        """Whether it is encrypted all the way, as far as is known."""
        return is_tls(self.channel.transport) if self.origin is None else self.origin.is_encrypted

    @property
    def is_private(self) -> bool:
        """Whether nobody else can read it."""
        return self.is_local or self.is_encrypted

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether a page of another site has sent it, rather than one of ours, or a program."""
        where = self.getHeader("Sec-Fetch-Site")
        if where is not None:
            return where not in ("same-origin", "none")
        origin = self.getHeader("Origin")
        if origin is None:
            return False
        try:
            parts = urlsplit(origin)
        except ValueError:
            return True
        is_weaker = self.is_encrypted and parts.scheme != "https"
        return is_weaker or parts.netloc.lower() != (self.getHeader("Host") or "").lower()

    # Who has signed in

    @property
    def _cookie(self) -> str:
        """The name of the cookie. The prefix keeps others from setting it (RFC 6265bis, 4.1.3)."""
        return "__Host-chatsvc" if self.is_encrypted else "chatsvc"

    @property
    def token(self) -> str:
        """The token in the cookie; empty for none."""
        if not self.received_cookies:
            super().parseCookies()
        return (self.getCookie(self._cookie.encode()) or b"").decode("ascii", "replace")

    def owner(self) -> Account | None:
        """The account that has signed in; None for none."""
        return self.chat.sign_ins.owner(self.token) if self.token else None

    def set_token(self, token: str, seconds: float | None) -> None:
        """Set the cookie, for some seconds, or until the browser is closed (None)."""
        until = "" if seconds is None else f"; Max-Age={seconds:.0f}"
        secure = "; Secure" if self.is_encrypted else ""
        cookie = f"{self._cookie}={token}; Path=/; HttpOnly; SameSite=Strict{until}{secure}"
        self.responseHeaders.addRawHeader("Set-Cookie", cookie)

    # How it is answered

    def process(self) -> None:
        """Let the resource at the path answer."""
        self.setHeader("Date", datetimeToString())
        self.prepath, self.postpath = [], list(map(unquote_to_bytes, self.path[1:].split(b"/")))
        try:
            self.render(self.site.getResourceFor(self))
        except Exception as error:
            self._answer(self._refuse_for(error))

    def render(self, resource: IResource) -> None:
        """Let a resource answer: with bytes, a coroutine that returns them, or NOT_DONE_YET."""
        try:
            answer = resource.render(self)
        except UnsupportedMethod as error:
            self.setHeader("Allow", b", ".join(sorted(error.allowedMethods)))
            answer = self.refuse(405, "That cannot be done here.")
        if answer == NOT_DONE_YET:
            return
        if isinstance(answer, bytes):
            self._answer(answer)
        else:
            self.chat.spawn(self._answer_later(answer))

    async def _answer_later(self, answer: Coroutine[object, object, bytes]) -> None:
        try:
            body = await answer
        except ChatError as error:
            body = self.refuse(403, str(error), error.code)
        except StoreError as error:
            body = self.refuse(503, f"That cannot be done now, as {error}.")
        except Exception as error:
            body = self._refuse_for(error)
        self._answer(body)

    def _answer(self, body: bytes) -> None:
        if not (self._disconnected or self.startedWriting):
            if self.code not in NO_BODY_CODES and (body or self.method != b"HEAD"):
                self.setHeader("Content-Length", b"%d" % len(body))
            self.write(body)
            self.finish()

    async def charge(self, lines: int) -> None:
        """Count this request as more lines, and wait until its address may send them.

        Raises ChatError if the connection is lost meanwhile.
        """
        clock, pace = self.chat.clock, self.channel.connections.entrance.pace_of(self.address)
        if pace is None or pace.take(clock.seconds(), lines):
            return
        turn: Deferred[None] = Deferred()
        call = partial(turn.callback, None)
        pace.wait(call, lines)

        def is_over(_: object) -> None:
            if not turn.called:
                pace.forget(call)
                call()

        self.notifyFinish().addBoth(is_over)
        await turn
        if self._disconnected:
            raise ChatError("The connection is lost.")

    def done(self) -> bytes:
        """The body where there is nothing to say."""
        self.setResponseCode(204)
        return b""

    def _refuse_for(self, error: Exception) -> bytes:
        """The body for a bug, which is logged."""
        return self.refuse(500, _BUG.format(log_bug(error)), InternalError.code)

    def refuse(self, status: int, text: str, code: str = "refused") -> bytes:
        """The body of a refusal: text for people, JSON for programs."""
        self.setResponseCode(status, HTTPStatus(status).phrase.encode())
        if "text/html" in (self.getHeader("Accept") or ""):
            self.setHeader("Content-Type", TEXT)
            return f"{text}\n".encode()
        self.setHeader("Content-Type", "application/json")
        return json.dumps({"error": {"code": code, "text": text}}).encode() + b"\n"


def _shown(part: bytes) -> str:
    """A part of a request for the log."""
    return clean(part[:SHOWN].decode("ascii", "replace"))


def _name_in(host: str) -> str:
    """The name or the address in a Host. Raises Misforwarded."""
    match = _HOST.fullmatch(host)
    if match is not None:
        with suppress(ValueError):
            return str(IPv6Address(match[1])) if match[1] else match[2].lower()
    raise Misforwarded("That Host is malformed")


def _is_own_name(name: str) -> bool:
    """Whether a name or an address is this machine's, and not one that others can give it."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
