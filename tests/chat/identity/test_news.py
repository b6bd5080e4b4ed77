"""What happened to somebody whose place is gone, told at the return."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.identity import tokens
from chatsvc.chat.identity.tokens import NEWS_FOR
from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.text.lookalikes import skeleton
from tests.chat.identity.restarting import RestartTestCase
from tests.commands.test_accounts import PASSWORD


class NewsTests(RestartTestCase):
    """Rooty, an operator, owns #k."""

    def begin(self, **options: Any) -> None:
        super().begin(operators=frozenset({skeleton("rooty")}), **options)

    def setUp(self) -> None:
        super().setUp()
        self.root = self.server.joined_by("127.0.0.1")
        self.root.types("/nick rooty", f"/register {PASSWORD}", "/join #k", "/persist")
        self.asks({"do": "join", "room": "#k"})
        self.root.hears()
        self.bob.drops()

    def restarts(self, after: float = 0.0) -> None:
        self.crashes(after)
        self.root = self.server.joined_by("127.0.0.1")
        self.root.types(f"/login rooty {PASSWORD}")
        self.root.hears()

    def news(self) -> int:
        return sum(name.startswith("news/") for name in self.store._records)

    def is_gone(self, *lines: str) -> None:
        self.root.types(*lines)
        self.server.clock.advance(RESUME_WITHIN)
        self.root.hears()

    def errors(self) -> list[str]:
        return [each["error"]["code"] for each in self.comes_back() if "error" in each]

    def test_put_off_the_server(self) -> None:
        for is_restarted in (False, True):
            self.root.types("/kick server bob because")
            self.server.clock.advance(0)
            if is_restarted:
                self.restarts()
            self.assertEqual(self.news(), 1)
            [error] = [each["error"] for each in self.comes_back() if "error" in each]
            self.assertEqual(error["code"], "put-off")
            self.assertIn("You were kicked off this server, by rooty (act", error["text"])
            self.assertIn('"because". You can connect again.', error["text"])
            self.asks({"do": "nick", "name": "bob"})
            self.bob.drops()
            self.assertEqual(self.news(), 0)

    def test_put_off_by_a_server_that_is_killed_before_all_is_stored(self) -> None:
        def result(coroutine: Any) -> Any:
            return self.successResultOf(Deferred.fromCoroutine(coroutine))

        places = result(self.store.records("place/"))
        self.root.types("/kick server bob because")
        self.server.clock.advance(1)
        for name, record in places.items():
            if result(self.store.record(name)) is None:
                result(self.store.put(name, record.value, 0))
        self.restarts()
        self.assertEqual(self.errors(), ["put-off"])

    def test_it_is_told_once(self) -> None:
        self.root.types("/kick server bob")
        self.assertEqual(self.errors(), ["put-off"])
        self.bob.types(json.dumps({"do": "quit"}))
        self.bob.drops()
        self.assertEqual(self.errors(), ["no-such-token"])

    def test_put_out_of_a_room_and_then_gone(self) -> None:
        for is_restarted in (False, True):
            self.is_gone("/kick #k bob because", "/invite bob #m")
            if is_restarted:
                self.restarts()
            told = self.comes_back()
            self.assertEqual(
                [each.get("event", "error") for each in told],
                ["welcome", "error", "dismissed", "resumable"],
            )
            self.assertEqual(told[2]["room"], "#k")
            self.assertIn("You were kicked out of #k, by rooty (act", told[2]["text"])
            self.assertEqual(self.news(), 0)
            self.asks({"do": "nick", "name": "bob"}, {"do": "join", "room": "#k"})
            self.bob.drops()

    def test_nothing_has_happened(self) -> None:
        self.is_gone()
        self.assertEqual(self.news(), 0)
        self.assertEqual(self.errors(), ["no-such-token"])

    def test_it_is_forgotten_after_a_day(self) -> None:
        self.root.types("/kick server bob")
        self.server.clock.advance(0)
        self.assertEqual(self.news(), 1)
        self.server.clock.advance(NEWS_FOR + TIDY_EVERY)
        self.assertEqual(self.news(), 0)
        self.assertEqual(self.errors(), ["no-such-token"])

    def test_after_a_day_without_a_server(self) -> None:
        self.root.types("/kick server bob")
        self.server.clock.advance(0)
        self.restarts(after=NEWS_FOR + 1)
        self.assertEqual(self.news(), 0)

    def test_it_is_bounded(self) -> None:
        self.patch(tokens, "MOST_NEWS", 1)
        self.root.types("/kick server bob")
        first, self.token = self.token, "another-token".ljust(32, "x")
        self.assertEqual(self.errors(), ["no-such-token"])
        self.asks({"do": "nick", "name": "bob"})
        self.bob.drops()
        self.root.types("/kick server bob")
        self.server.clock.advance(0)
        self.assertEqual(self.news(), 1)
        self.assertEqual(self.errors(), ["put-off"])
        self.token = first
        self.assertEqual(self.errors(), ["no-such-token"])
