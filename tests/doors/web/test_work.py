"""How long anything takes that browsers and programs ask for, of a server that is full."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.programs.api_tokens import MOST_OF_ACCOUNT
from chatsvc.doors.irc.door import IrcFactory
from chatsvc.doors.web.channel import MOST_BODY
from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.programs.asked import MOST_VALUES
from chatsvc.doors.web.programs.reading.streams import MOST_STREAMS
from chatsvc.doors.web.site import root
from chatsvc.passwords import scram
from tests.crowded import ROUND, Crowded, Taken, secret, slow, undisturbed
from tests.doors.web.browsing import Browser, request
from tests.harness import Person
from tests.patience import only_long

JSON, TEXT, FORM = "application/json", "text/plain", "application/x-www-form-urlencoded"
SIGN_IN = json.dumps({"name": "owner", "password": "password", "stay": True})
PAGES = (
    "/", "/nothing", "/static/x/page.js", "/join/c0de", "/manifest.webmanifest", "/sw.js",
    "/robots.txt", "/healthz", "/readyz", "/openapi.json", "/" + "a/" * 4000, "/?" + "a=b&" * 99,
    "/archive/", "/archive/style.css", "/archive/{room}", "/archive/{room}/5000",
    "/archive/{room}?before=5000", "/archive/{room}?after=5000", "/archive/search",
    "/archive/search?q=aa", "/archive/search?q=" + "a+" * 3000, "/archive/" + "%CC%81" * 1300,
    "/rooms/{room}/history?limit=200", "/rooms/{room}/history?limit=200&format=text",
    "/rooms/{room}/history?after=1&limit=200", "/rooms/{room}/history?before=9000",
    "/rooms/{room}/history?after=1&before=9000&limit=200", "/rooms/" + "%CC%81" * 1300 + "/history",
    "/rooms/{room}/events", "/rooms/lobby/history", "/rooms/lobby/events",
)  # fmt: skip
HEADERS: dict[str, dict[str, str]] = {
    "alone": {},
    "token": {"Authorization": "Bearer {token}"},
    "cookie": {"Cookie": "chatsvc={cookie}"},
    "cookies": {"Cookie": "a=b; " * 1600},
    "tags": {"If_None_Match": 'W/"a", ' * 1000, "Accept_Encoding": "gzip;q=0, " * 800},
    "since": {"Last_Event_ID": "1", "Authorization": "Bearer {token}"},
    "forwarded": {"Forwarded": "for=1.2.3.4;by=x, " * 400, "X_Forwarded_For": "1.2.3.4, " * 800},
    "range": {"Range": "bytes=0-1," * 800, "Origin": "http://" + "a." * 4000},
}
BODIES = (
    (TEXT, "x" * 8000), (TEXT, "é" * (MOST_BODY // 2)), (TEXT, "\x1b[" * (MOST_BODY // 2)),
    (TEXT, "\n" * 8000), (TEXT, "\u202e" * 5000), (JSON, '{"text": "' + "\\u0041" * 40_000 + '"}'),
    (JSON, '{"text": "' + "\\ud800" * 16_000 + '"}'), (JSON, "[" * MOST_VALUES),
    (JSON, '{"a":' * MOST_VALUES), (JSON, '{"a": [' + "1," * (MOST_VALUES - 9) + "1]}"),
    (JSON, '{"a": ' + "9" * (MOST_BODY - 10) + "}"), (JSON, '{"a": 1' + "0" * 4000 + "e9}"),
    (JSON, json.dumps({"text": "x"} | {f"k{n}": "x" * 12 for n in range(MOST_VALUES - 9)})),
    (FORM, "payload=" + "%7B" * (MOST_BODY // 3 - 4)), (FORM, "payload=" + "+" * (MOST_BODY - 10)),
    (FORM, "&" * (MOST_BODY - 1)),
    (JSON, json.dumps({"alerts": [{"labels": {f"l{n}": "x" * 60 for n in range(50)}}] * 40})),
    (JSON, json.dumps({"orgId": 1, "ruleName": "x", "evalMatches": [{"metric": "m" * 10}] * 4000})),
    (JSON, json.dumps({"commits": [{"id": "a" * 40, "message": "m " * 2000}] * 20, "ref": "r"})),
)  # fmt: skip


class Asked(Crowded):
    """Browsers and programs ask for everything, while a thousand read along with tokens."""

    def __init__(self) -> None:
        super().__init__()
        entrance = self.server.factory.entrance
        irc = IrcFactory(entrance, "chatsvc", True)
        self.door = WebFactory(entrance, root(entrance, irc))
        self.room = quote(self.first.name.removeprefix("#"))
        self.streams: list[Browser] = []
        for number in range(MOST_STREAMS - 10):
            browser = self.browser(f"10.0.{number // 200}.{number % 200}")
            token = secret("owner", number % MOST_OF_ACCOUNT)
            path = f"/rooms/{self.room}/events"
            browser.sends(request("GET", path, Authorization=f"Bearer {token}"))
            self.streams.append(browser)
        self.settles()

    def browser(self, host: str = "192.0.2.99") -> Browser:
        return Browser(self.door, self.server.clock, host)

    def measures(self) -> Taken:
        taken = Taken()
        with undisturbed():
            for path in PAGES:
                for what, headers in HEADERS.items():
                    for method in ("GET", "HEAD") if what == "alone" else ("GET",):
                        self.asks(taken, f"{method} {path[:40]} {what}", method, path, "", headers)
            for kind, body in BODIES:
                for path, github in (
                    ("/hook/{hook}", ""),
                    ("/hook/{hook}", "push"),
                    ("/rooms/{room}/messages", ""),
                ):
                    about = {"Content_Type": kind, "Authorization": "Bearer {token}"}
                    about |= {"X_GitHub_Event": github} if github else {}
                    self.clock.advance(1000)  # so that the pace of the credential is no matter
                    self.asks(
                        taken, f"POST {path} {github} {body[:20]!r}", "POST", path, body, about
                    )
            for number in range(3):  # the last of which ends the oldest of all
                self.asks(taken, f"sign in {number}", "POST", "/sign-in", SIGN_IN, {})
            self.asks(taken, "sign out", "POST", "/sign-out", "", HEADERS["cookie"])
            self.changes(taken)
        return taken

    def asks(
        self,
        taken: Taken,
        what: str,
        method: str,
        path: str,
        body: str,
        headers: dict[str, str],
    ) -> None:
        """Ask for something, and note how long it takes."""
        filled = {
            "room": self.room,
            "token": secret("owner", 1),
            "cookie": secret("owner", 1),
            "hook": quote(secret("boss", 1)),
        }

        def fill(text: str) -> str:
            for name, value in filled.items():
                text = text.replace(f"{{{name}}}", value)
            return text

        asked = request(method, fill(path), body, **{n: fill(each) for n, each in headers.items()})
        browser = self.browser()
        self.times(taken, what, browser.sends, asked)
        browser.transport.protocol.connectionLost()

    def changes(self, taken: Taken) -> None:
        """What ends some of the streams, or may."""
        boss: Any = Person(self.server, self.browser().transport.getPeer())
        boss.types("/login owner password", f"/join {self.first.name}")
        self.settles()
        for line in (
            f"/token revoke t1{'ñ' * 30}", f"/privacy {self.first.name} invite-only",
            f"/privacy {self.first.name} public", f"/ban {self.first.name} ghost[hook]",
            f"/key {self.first.name} key", "/sessions", "/hook", "/token", "/token add new",
            "/hook add new", "/logout everywhere",
        ):  # fmt: skip
            self.times(taken, line[:20], boss.sends, line.encode() + b"\n")

    def times(self, taken: Taken, what: str, doing: Any, *args: Any) -> None:
        self.clock.took.clear()
        self.clock.times("dataReceived", doing, *args)
        self.settles()
        for seconds, call in self.clock.took:
            if call != ROUND:
                taken.note(f"{what}: {call}", seconds)


class WorkTests(SynchronousTestCase):
    def setUp(self) -> None:
        # The keys are made in another process, which here is this one.
        self.patch(scram, "ITERATIONS", 1)

    @only_long
    def test_nothing_that_is_asked_for_takes_long(self) -> None:
        self.assertEqual(slow(lambda: Asked().measures()), {})
