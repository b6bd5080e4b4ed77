"""The health check."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.doors.web.health import ANSWER_WITHIN, GOOD_FOR, Health
from chatsvc.store import StoreError
from tests.doors.web.browsing import Browser, Response, WebTestCase, request


class HealthTests(WebTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.puts = 0
        self.answer: Any = None
        put = self.server.store.put

        async def counted(name: str, value: str | None, version: int) -> None:
            self.puts += 1
            if self.answer is not None:
                await self.answer
            await put(name, value, version)

        self.patch(self.server.store, "put", counted)

    def asks(self) -> Browser:
        browser = self.browser()
        browser.sends(request("GET", "/healthz"))
        return browser

    def test_a_round_trip(self) -> None:
        answer = self.asks().hears()
        self.assertEqual((answer.status, answer.body), (200, "ok\n"))
        self.assertEqual(self.puts, 1)

    def test_one_check_for_all_who_ask(self) -> None:
        browsers = [self.asks() for _ in range(5)]
        self.assertEqual([browser.hears().status for browser in browsers], [200] * 5)
        self.assertEqual(self.asks().hears().status, 200)
        self.assertEqual(self.puts, 1)
        self.server.clock.advance(GOOD_FOR)
        self.assertEqual(self.asks().hears().status, 200)
        self.assertEqual(self.puts, 2)

    def test_a_store_that_fails(self) -> None:
        self.answer = Deferred()
        browsers = [self.asks(), self.asks()]
        self.server.clock.advance(0)
        self.answer.errback(StoreError("the disk is full"))
        for browser in browsers:
            answer = browser.hears()
            self.assertEqual(answer.status, 503)
            self.assertEqual(answer.error, "The server does not work: the disk is full.")
        self.answer = None
        self.assertEqual(self.asks().hears().status, 200)

    def test_a_store_that_does_not_answer(self) -> None:
        self.answer = Deferred()
        browser = self.asks()
        health = self.door.resource.children[b"healthz"]
        assert isinstance(health, Health)
        for _ in range(3):  # of whom none is kept, as the store may never answer
            self.server.clock.pump([0, ANSWER_WITHIN])
            answer = browser.hears()
            self.assertEqual(answer.error, "The server does not work: it takes too long.")
            self.assertEqual(len(health._trip._waiting), 0)
            browser = self.asks()
        self.assertEqual(self.puts, 1)
        self.answer.callback(None)
        self.assertEqual(self.asks().hears().status, 200)

    def test_who_has_gone_meanwhile(self) -> None:
        self.answer = Deferred()
        browser = self.asks()
        self.server.clock.advance(0)
        browser.transport.protocol.connectionLost()
        self.answer.callback(None)
        self.assertEqual(browser.hears_all(), [])

    def test_a_server_that_shuts_down(self) -> None:
        self.server.chat.shut_down(lambda: None)
        self.assertEqual(self.asks().hears().error, "The server is shutting down.")

    def test_a_server_that_starts(self) -> None:
        self.server.chat.arrivals.is_open = False
        self.assertEqual(self.asks().hears().error, "The server is starting.")
        self.assertEqual(self.puts, 0)

    def test_a_bug(self) -> None:
        self.answer = Deferred()
        browser = self.asks()
        self.server.clock.advance(0)
        self.answer.errback(ZeroDivisionError())
        self.assertEqual(browser.hears().status, 500)
        self.answer = None
        self.assertEqual(self.asks().hears().status, 200)


class ReadinessTests(WebTestCase):
    def asks(self) -> Response:
        return self.browser().asks("GET", "/readyz")

    def refused(self) -> str:
        answer = self.asks()
        self.assertEqual(answer.status, 503)
        return answer.error

    def test_newcomers_are_let_in(self) -> None:
        answer = self.asks()
        self.assertEqual((answer.status, answer.body), (200, "ok\n"))

    def test_a_server_that_starts_or_shuts_down(self) -> None:
        self.server.chat.arrivals.is_open = False
        self.assertEqual(self.refused(), "The server is starting.")
        self.server.chat.shut_down(lambda: None)
        self.assertEqual(self.refused(), "The server is shutting down.")

    def test_a_store_that_fails(self) -> None:
        async def fails(name: str, value: str | None, version: int) -> None:
            raise StoreError("the disk is full")

        self.patch(self.server.store, "put", fails)
        self.assertEqual(self.refused(), "The server does not work: the disk is full.")

    def test_a_lockdown(self) -> None:
        self.server.chat.spawn(self.server.chat.gate.lock(60.0))
        self.assertIn("The server is locked down", self.refused())
        self.server.clock.advance(61)
        self.assertEqual(self.asks().status, 200)

    def test_a_full_server(self) -> None:
        self.ann, self.bob, self.cat = self.start(users=3)
        self.assertIn("full", self.refused())
        self.cat.drops()
        self.server.clock.advance(0)
        self.assertEqual(self.asks().status, 200)
