"""Resuming: what memory has forgotten, and what no store keeps."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.direct import pairs
from tests.chat.history.test_archive import Lasting
from tests.commands.test_accounts import PASSWORD
from tests.doors.resume.program import ResumeTestCase


class Slow(Lasting):
    """Answers when the test says so."""

    is_slow = True

    def __init__(self) -> None:
        super().__init__()
        self._asked: list[Deferred[None]] = []

    async def position_of(self, room: str, entry_id: int) -> int:
        if self.is_slow:
            self._asked.append(Deferred())
            await self._asked[-1]
        return await super().position_of(room, entry_id)

    def answers(self) -> None:
        while self._asked:
            self._asked.pop().callback(None)


class ForgottenTests(ResumeTestCase):
    """What memory has forgotten is read from the store."""

    def test_memory_that_has_forgotten_is_told(self) -> None:
        self.begin(history=10)
        [given] = self.asks({"do": "resume"})
        self.token, self.seen = given["token"], given["seen"]
        self.bob.drops()
        for number in range(30):
            self.ann.types(f"/bc {number}")
            self.ann.hears()
        told = self.comes_back()
        self.assertEqual(told[0]["missing"], 1)
        self.assertEqual(self.texts(told)[-1], "29")

    def forgets(self, **options: Any) -> None:
        """Bob loses his connection, and memory forgets what comes next."""
        self.begin(history=10, **options)
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"})
        [given] = self.asks({"do": "resume"})
        self.token, self.seen = given["token"], given["seen"]
        self.bob.drops()
        for number in range(700):
            self.ann.types(f"/say #ops {number}" if number % 3 else f"/bc {number}")
            self.server.clock.advance(0)

    def hears_on(self, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for _ in range(20):
            told += self.told(self.bob)
        return told

    def test_what_memory_has_forgotten_is_read_from_the_store(self) -> None:
        self.forgets(store=Lasting())
        told = self.hears_on(self.comes_back({"do": "bc", "text": "back", "nonce": "b"}))
        self.assertEqual((told[0]["event"], told[0]["missing"]), ("resumed", 0))
        self.assertEqual(self.texts(told), [*map(str, range(700)), "back"])
        self.assertEqual([each["id"] for each in told[1:]], sorted(self.ids(told)))
        self.ann.types("/bc after")
        self.assertEqual(self.texts(self.told(self.bob)), ["after"])

    def ids(self, told: list[dict[str, Any]]) -> set[int]:
        return {each["id"] for each in told if "id" in each}

    def test_what_happens_while_the_store_looks_for_it(self) -> None:
        store = Slow()
        self.forgets(store=store)
        self.assertEqual(self.comes_back({"do": "bc", "text": "back"}), [])
        self.ann.types("/bc meanwhile", "/say #ops too", "/dm client2 psst")
        self.ann.hears()
        store.answers()
        told = self.hears_on([])
        self.assertEqual(
            self.texts(told), [*map(str, range(700)), "back", "meanwhile", "too", "psst"]
        )

    def test_a_connection_that_takes_more_while_the_store_looks_for_it(self) -> None:
        """[What it was sent before it asked for its place has filled it.]"""
        store = Slow()
        self.forgets(store=store)
        self.comes_back()
        self.bob.stalls()
        self.bob.reads()
        self.assertEqual(self.told(self.bob), [])
        store.answers()
        told = self.hears_on([])
        self.assertEqual(told[0]["event"], "resumed")
        self.assertEqual(self.texts(told), [*map(str, range(700))])

    def test_lost_again_while_the_store_looks_for_it(self) -> None:
        store = Slow()
        self.forgets(store=store)
        self.comes_back()
        self.bob.drops()
        store.answers()
        self.ann.types("/bc after")
        store.is_slow = False
        told = self.hears_on(self.comes_back())
        self.assertEqual(self.texts(told), [*map(str, range(700)), "after"])

    def test_a_store_that_fails_is_told(self) -> None:
        store = Lasting()
        self.forgets(store=store)
        store.broken = True
        told = self.hears_on(self.comes_back())
        self.assertEqual((told[0]["event"], told[0]["missing"]), ("resumed", 2))
        self.assertEqual(self.texts(told)[-1], "699")

    def test_direct_messages_that_memory_has_forgotten_are_told(self) -> None:
        self.begin(history=10, store=Lasting())
        [given] = self.asks({"do": "resume"})
        self.token, self.seen = given["token"], given["seen"]
        self.bob.drops()
        self.ann.types("/dm client2 psst")
        for number in range(30):
            self.ann.types(f"/bc {number}")
            self.cat.hears()
        self.assertEqual(self.comes_back()[0]["missing"], 1)


class PrivateTests(ResumeTestCase):
    """Direct messages, which no store keeps."""

    def test_they_are_kept_until_both_have_them(self) -> None:
        for number in range(3):
            self.ann.types(f"/dm client2 {number}")
        self.told(self.bob)
        self.ann.types("/quit")
        self.ann.hears()
        self.assertTrue(self.ann.is_closed())
        self.assertEqual(len(self.server.chat.pairs), 1)
        self.asks({"do": "ping", "nonce": "1", "seen": self.seen})
        self.cat.types("/dm client2 hi")
        self.told(self.bob)
        self.server.chat.pairs.clear(self.bob.session.user)
        self.assertEqual(len(self.server.chat.pairs), 1)

    def test_what_one_device_has_read_another_has_yet_to_read(self) -> None:
        self.asks({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        phone = self.server.joined_by("10.0.0.9")
        login = {"do": "login", "name": "bob", "password": PASSWORD}
        phone.types("/json", json.dumps(login), '{"do": "resume"}')
        self.told(phone)
        self.told(self.bob)
        self.bob.drops()
        self.ann.types("/dm bob psst")
        self.ann.hears()
        [told] = [each for each in self.told(phone) if each["event"] == "direct"]
        phone.types(json.dumps({"do": "ping", "seen": told["id"] + 1}))
        self.cat.types("/dm bob hi")
        phone.types(json.dumps({"do": "ping", "seen": 10**9}))
        self.told(phone)
        self.server.chat.pairs.clear(phone.session.user)
        self.assertEqual(self.texts(self.comes_back()), ["psst", "hi"])
        self.asks({"do": "ping", "seen": self.seen})
        phone.types(json.dumps({"do": "ping", "seen": self.seen}))
        self.server.chat.pairs.clear(phone.session.user)
        self.assertEqual(len(self.server.chat.pairs), 0)

    def test_who_never_says_so_can_still_be_written_to(self) -> None:
        self.patch(pairs, "MOST_PAIRS", 3)
        for number in range(6):
            person = self.server.joined_by(f"10.0.1.{number}")
            person.types(f"/dm client2 {number}")
            person.hears()
        self.assertEqual(self.texts(self.told(self.bob)), list("012345"))
