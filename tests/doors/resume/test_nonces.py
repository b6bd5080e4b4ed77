"""What is repeated with the same nonce is said once."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.accounts.recent_nonces import MOST_NONCES, NO_NONCES
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from tests.doors.resume.program import ResumeTestCase


class NonceTests(ResumeTestCase):
    def test_what_is_repeated_is_said_once(self) -> None:
        said = {"do": "bc", "text": "once", "nonce": "n"}
        [first] = self.asks(said)
        self.assertEqual(self.asks(said), [first | {"recalled": True}])
        self.bob.drops()
        self.assertEqual(self.comes_back(said)[1:], [first | {"recalled": True}])
        self.asks({"do": "dm", "username": "client1", "text": "psst", "nonce": "m"})
        self.asks({"do": "dm", "username": "client1", "text": "psst", "nonce": "m"})
        self.assertEqual(self.ann.hears(), ["client2: once", "client2: psst"])

    def test_in_the_same_turn(self) -> None:
        said = {"do": "bc", "text": "once", "nonce": "n"}
        self.assertEqual(len(self.asks(said, said)), 1)

    def test_what_could_not_be_done_can_be_tried_again(self) -> None:
        class Failing(MemoryStore):
            fails = True

            def append(self, said: Any) -> Any:
                return self.refuse() if self.fails else super().append(said)

            async def refuse(self) -> None:
                raise StoreError("the disk is full")

        store = Failing(1000, 10**6)
        self.begin(store=store)
        said = {"do": "bc", "text": "once", "nonce": "n"}
        [error] = self.asks(said)
        self.assertEqual(
            error["error"],
            {"code": "not-kept", "text": "Not said, as the disk is full.", "nonce": "n"},
        )
        store.fails = False
        [told] = self.asks(said)
        self.assertEqual((told["text"], told["nonce"]), ("once", "n"))
        [error] = self.asks({"do": "dm", "username": "nobody", "text": "hi", "nonce": "d"})
        self.assertEqual(error["error"]["nonce"], "d")

    def test_they_are_bounded(self) -> None:
        for number in range(MOST_NONCES + 1):
            self.asks({"do": "bc", "text": str(number), "nonce": str(number)})
        self.assertEqual(len(self.bob.session.user.nonces), MOST_NONCES)
        self.assertEqual(len(NO_NONCES), 0)

    def test_those_of_others_are_others(self) -> None:
        self.asks({"do": "bc", "text": "bob's", "nonce": "n"})
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/json", '{"do": "bc", "text": "dan\'s", "nonce": "n"}')
        self.assertEqual(self.told(dan)[-1]["text"], "dan's")
