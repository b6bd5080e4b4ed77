"""Memory levels off, however many come and go, by whichever door and however they end."""

from __future__ import annotations

import gc
import json
from collections import Counter
from functools import partial
from typing import Any

from wsproto.events import CloseConnection

from chatsvc.chat.direct import pairs
from chatsvc.chat.people import users
from chatsvc.dialects import json_lines
from chatsvc.door import pace
from chatsvc.doors.irc.network import gone
from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.site import root
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.doors.irc.irc import IrcTestCase
from tests.doors.web.browsing import Browser, WebSocket, request
from tests.harness import Clock

FEW = 20  # of each thing that is kept of those who were here
MANY = 3 * FEW  # who come and go


class MemoryTests(IrcTestCase):
    def start(self, **options: Any) -> Any:
        clock = Clock()
        store = MemoryStore(FEW, 10**6, partial(clock.callLater, 0))
        throttle = Throttle(1000, 1000.0)
        people = super().start(
            throttle=throttle, store=store, clock=clock, history=FEW, keep_addresses=0.0, backlog=1
        )
        entrance = self.server.factory.entrance
        self.web = WebFactory(entrance, root(entrance, self.door))
        return people

    def setUp(self) -> None:
        for module, bound in (
            (users, "MOST_GIVEN_UP"),
            (pairs, "MOST_PAIRS"),
            (pace, "REMEMBERED"),
            (gone, "MOST_GONE"),
        ):
            self.patch(module, bound, FEW)
        super().setUp()
        self.server.chat._names._limit = FEW

    def comes_and_goes(self, number: int) -> None:
        """Somebody from another address, at each door in turn, who ends in another way."""
        host = f"10.1.{number // 250}.{number % 250 + 1}"
        room = f"#r{number % 5}"
        door, end = number % 4, number // 4 % 3
        if door == 3:
            self.comes_by_web(number, host, room, end)
            return
        if door == 0:
            by_irc = self.registered(f"irc{number}", host=host)
            by_irc.sends(f"JOIN {room}", f"PRIVMSG {room} :hi", *["QUIT :bye"][: int(end == 2)])
            by_irc.hears()
            by_irc.protocol.connectionLost()
            return
        person = self.server.joined_by(host, is_new=door == 2)
        if door == 1:
            person.types("/json")
            for asked in (
                {"do": "nick", "name": f"json{number}"},
                {"do": "dm", "username": "client1", "text": "hi", "nonce": f"n{number}"},
                {"do": "resume", "token": ""},
            ):
                person.types(json.dumps(asked))
        else:
            person.types(f"/nick line{number}", f"/join {room}", "hi", "/watch client1")
        person.hears()
        if end == 0:
            person.drops()
            return
        if end == 1:
            person.closes()
        else:
            person.types('{"do": "quit"}' if door == 1 else "/quit")
        person.hears()
        person.drops()

    def comes_by_web(self, number: int, host: str, room: str, end: int) -> None:
        """The same with a page: a request, and then a WebSocket."""
        browser = Browser(self.web, self.server.clock, host)
        browser.sends(request("GET", "/healthz")[: None if end else -1])
        browser.hears_all()
        browser.transport.protocol.connectionLost()
        page = WebSocket(self.web, self.server.clock, host)
        page.opens()
        for asked in (
            {"do": "resume", "token": f"{number}".zfill(32)},
            {"do": "nick", "name": f"web{number}"},
            {"do": "join", "room": room},
            {"do": "say", "room": room, "text": "hi", "nonce": f"n{number}"},
        ):
            page.says(json.dumps(asked))
        page.hears_frames()
        if end == 1:
            page.tells(CloseConnection(1001))
        elif end == 2:
            page.says('{"do": "quit"}')
        page.hears_frames()
        page.transport.protocol.connectionLost()

    def counted(self, start: int) -> Counter[type]:
        """How many objects of each type there are after so many more have come and gone."""
        for number in range(start, start + MANY):
            self.comes_and_goes(number)
            self.ann.hears()
        self.server.clock.pump([1] * 100)
        for each in (self.ann, self.bob, self.cat):
            each.hears()
        json_lines._worded.clear()  # of the last 500 lines
        gc.collect()
        kinds = Counter(map(type, gc.get_objects()))
        return Counter({kind: n for kind, n in kinds.items() if str(kind)[8:15] == "chatsvc"})

    def test_nothing_more_is_left_of_more(self) -> None:
        self.counted(0)
        before = self.counted(MANY)
        after = self.counted(2 * MANY)
        more = {kind.__name__: n for kind, n in (after - before).items() if n > 5}
        self.assertEqual(more, {})
        self.assertEqual(len(self.server.chat.users), 3)
