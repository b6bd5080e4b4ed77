"""Behind reverse proxies: where requests come from, and whom to believe."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from chatsvc.doors.front.hand_over import Origin
from chatsvc.doors.web.forwarded import MOST_HOPS, Misforwarded, TrustedProxies
from chatsvc.doors.web.request import WebRequest
from chatsvc.doors.web.resource import Single
from tests.doors.web.browsing import WebTestCase

PROXIES = ("10.0.0.0/8", "2001:db8::/32", "unix")
ANN = "203.0.113.9"


def headers(*pairs: tuple[str, str]) -> Headers:
    found = Headers()
    for name, value in pairs:
        found.addRawHeader(name, value)
    return found


def x(*hosts: str, proto: str = "") -> Headers:
    """The header X-Forwarded-For, in several lines."""
    more = [("X-Forwarded-Proto", proto)] if proto else []
    return headers(*[("X-Forwarded-For", host) for host in hosts], *more)


def forwarded(*lines: str) -> Headers:
    """The header Forwarded, in several lines."""
    return headers(*[("Forwarded", line) for line in lines])


class OriginTests(SynchronousTestCase):
    proxies = TrustedProxies(PROXIES)

    def origin(self, found: Headers, peer: str | None = "10.0.0.1") -> Origin | None:
        return self.proxies.origin(peer, found)

    def test_without_headers(self) -> None:
        self.assertIsNone(self.origin(Headers(), ANN))
        self.assertIsNone(TrustedProxies().origin("127.0.0.1", Headers()))
        self.assertIsNone(TrustedProxies().origin(None, Headers()))
        self.assertEqual(self.origin(Headers()), Origin("10.0.0.1", False))

    def test_proxies_that_say_nothing_are_not_this_machine(self) -> None:
        proxies = TrustedProxies(["127.0.0.1", "::1", "unix"])
        for peer in ("127.0.0.1", "::1", None):
            self.assertEqual(proxies.origin(peer, Headers()), Origin(None, False))

    def test_of_whom_nobody_trusts(self) -> None:
        """The headers tell nothing; but this is not this machine's, whatever its address."""
        for found in (
            x("192.0.2.1"),
            forwarded("for=192.0.2.1"),
            x(""),
            forwarded("nonsense"),
            x(*[ANN] * (MOST_HOPS + 1)),
        ):
            self.assertEqual(self.origin(found, ANN), Origin(ANN, False))
            self.assertEqual(self.origin(found, "127.0.0.1"), Origin("127.0.0.1", False))
            origin = self.proxies.origin(ANN, found, is_encrypted=True)
            self.assertEqual(origin, Origin(ANN, False, is_encrypted=True))

    def test_the_nearest_that_is_no_proxy(self) -> None:
        for found in (
            x(ANN),
            x(f"192.0.2.66, {ANN}"),
            x(f"192.0.2.66,{ANN},10.0.0.7 , 2001:db8::7"),
            x("192.0.2.66", f"{ANN}", "10.0.0.7"),
            x(f"unknown, {ANN}:4711, 10.0.0.7"),
            forwarded(f"for={ANN}"),
            forwarded(f"for=192.0.2.66, for={ANN};by=10.0.0.2"),
            forwarded("for=192.0.2.66", f"By=10.0.0.2 ; For={ANN} , for=10.0.0.7"),
            forwarded(f'for=_hidden, for="{ANN}:4711", for="[2001:db8::7]:1"'),
            forwarded(f'for="a,b;c\\"d", for={ANN}'),
            headers(("Forwarded", f"for={ANN}"), ("X-Forwarded-For", ANN)),
        ):
            for peer in ("10.0.0.1", "::ffff:10.0.0.1", None):
                self.assertEqual(self.origin(found, peer), Origin(ANN, False), found)

    def test_addresses_of_ipv6(self) -> None:
        host = "2001:db9::1"
        for found in (x(host), x(f"[{host}]:1"), forwarded(f'for="[{host}]"')):
            self.assertEqual(self.origin(found), Origin(host, False))

    def test_all_of_them_proxies(self) -> None:
        self.assertEqual(self.origin(x("10.0.0.9, 10.0.0.7")), Origin("10.0.0.9", False))

    def test_nothing_that_is_no_address(self) -> None:
        for node in ("unknown", "_hidden", "chat.example", "999.0.0.1", "1.2.3", ":::", ""):
            found = [forwarded(f'for="{node}"'), *([x(node)] if node else [])]
            for each in found:
                self.assertEqual(self.origin(each), Origin(None, False), node)

    def test_this_machine_is_never_believed_in(self) -> None:
        for host in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
            self.assertEqual(self.origin(x(host)), Origin(None, False))

    def test_encrypted(self) -> None:
        encrypted = Origin(ANN, False, is_encrypted=True)
        for found in (
            x(ANN, proto="https"),
            x(ANN, proto="http, HTTPS"),
            forwarded(f"for={ANN};proto=https"),
            forwarded(f'proto="https";for={ANN}'),
        ):
            self.assertEqual(self.origin(found), encrypted)
        for found in (
            x(ANN, proto="http"),
            x(ANN, proto="https, http"),
            forwarded("for=x;proto=http"),
        ):
            origin = self.origin(found)
            assert origin is not None
            self.assertFalse(origin.is_encrypted)

    def test_headers_that_contradict_each_other(self) -> None:
        """One of them is the client's own, which a proxy that knows only the other passes on."""
        found = headers(("Forwarded", "for=192.0.2.66"), ("X-Forwarded-For", ANN))
        self.assertRaises(Misforwarded, self.origin, found)

    def test_too_many_proxies(self) -> None:
        self.assertEqual(self.origin(x(*[ANN] * MOST_HOPS)), Origin(ANN, False))
        for found in (x(*[ANN] * (MOST_HOPS + 1)), forwarded(*[f"for={ANN}"] * (MOST_HOPS + 1))):
            self.assertRaises(Misforwarded, self.origin, found)

    def test_what_is_malformed(self) -> None:
        for line in (
            "nonsense", "for", f'for="{ANN}', f'for={ANN}"', f"for={ANN},", ",",
            f'for="abc, for="[{ANN}]"', f"for = {ANN}", "\u00e9=1",
        ):  # fmt: skip
            self.assertRaises(Misforwarded, self.origin, forwarded(line))


class RequestTests(WebTestCase):
    proxies = PROXIES

    def address(self, peer: str | None = "10.0.0.1", **sent: str) -> str | None:
        """The address that somebody has who comes by a WebSocket."""
        dan = self.connected(peer, **sent)
        address = dan.session.address
        dan.transport.protocol.connectionLost()
        return address

    def test_a_websocket_comes_from_there(self) -> None:
        self.assertEqual(self.address(X_Forwarded_For=ANN), ANN)
        self.assertEqual(self.address(None, X_Forwarded_For=ANN), ANN)
        self.assertEqual(self.address(Forwarded=f"for={ANN}"), ANN)
        self.assertEqual(self.address(X_Forwarded_For="2001:db9::1"), "2001:db9::/64")
        self.assertEqual(self.address("192.0.2.1", X_Forwarded_For=ANN), "192.0.2.1")
        self.assertEqual(self.address(), "10.0.0.1")

    def test_what_is_wrong_is_refused(self) -> None:
        for sent in ({"Forwarded": "nonsense"}, {"Forwarded": "for=x", "X_Forwarded_For": ANN}):
            answer = self.browser("10.0.0.1").asks("GET", "/", "", **sent)
            self.assertEqual(answer.status, 400)
            self.assertIn("Forwarded", answer.body)

    def test_who_is_private_and_who_is_local(self) -> None:
        for peer, sent, is_private, is_local in [
            ("127.0.0.1", {"Host": "localhost:5000"}, True, True),
            ("127.0.0.1", {"Host": "127.0.0.1"}, True, True),
            ("::1", {"Host": "[::1]:5000"}, True, True),
            ("127.0.0.1", {"Host": "chat.localhost"}, True, True),
            (None, {"Host": "localhost"}, False, False),  # from a trusted proxy
            # The page of another host, whose name points here; or a proxy that nobody mentioned.
            ("127.0.0.1", {"Host": "evil.example:5000"}, False, False),
            ("127.0.0.1", {"Host": "localhost", "X_Forwarded_For": ANN}, False, False),
            ("10.0.0.1", {"X_Forwarded_For": ANN, "X_Forwarded_Proto": "https"}, True, False),
            ("10.0.0.1", {"X_Forwarded_For": "127.0.0.1", "Host": "localhost"}, False, False),
            (ANN, {"X_Forwarded_For": ANN, "X_Forwarded_Proto": "https"}, False, False),
            ("192.0.2.1", {"Host": "localhost"}, False, False),
        ]:
            asked = Asked()
            self.door.resource.putChild(b"asked", asked)
            self.browser(peer).asks("GET", "/asked", "", **sent)
            self.assertEqual(
                (asked.is_private, asked.is_local), (is_private, is_local), (peer, sent)
            )


class Asked(Single):
    """Notes what is known of a request."""

    def render_GET(self, request: WebRequest) -> bytes:
        self.is_private, self.is_local = request.is_private, request.is_local
        return b""
