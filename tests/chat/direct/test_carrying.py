"""What waited in records of older versions waits on, whenever the server is killed meanwhile."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence

from twisted.internet.defer import Deferred

from chatsvc.store import Stored, StoreError
from tests.chat.history.test_archive import Lasting
from tests.commands.test_accounts import PASSWORD
from tests.harness import ChatTestCase, Server


class Dying(Lasting):
    """A store that is cut off after so many things that it has written."""

    left = 1_000_000

    def _writes(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise StoreError("the server is killed")

    async def put(self, name: str, value: str | None, version: int) -> None:
        self._writes()
        await super().put(name, value, version)

    def append(self, said: Sequence[Stored]) -> None:
        self._writes()
        super().append(said)


class CarryingTests(ChatTestCase):
    def setUp(self) -> None:
        self.store = Dying()

    def starts(self) -> Server:
        return Server(store=self.store, plaintext_passwords=True)

    def holds(self, name: str, facts: object) -> None:
        self.successResultOf(Deferred.fromCoroutine(self.store.put(name, json.dumps(facts), 0)))

    def test_nothing_is_lost_or_doubled_wherever_it_is_killed(self) -> None:
        for steps in range(20):
            with self.subTest(steps=steps):
                self.store = Dying()
                for name in ("ann", "bob"):
                    facts: dict[str, object] = {
                        "name": name,
                        "password": f"hashed {PASSWORD}",
                        "cursors": {},
                    }
                    self.holds(f"account/{name}", facts)
                now = 1_000_000
                waiting = [(now - 9, "ann", "one"), (now - 8, "gone", "two"), (now, "ann", "one")]
                self.holds("waiting/bob", waiting)
                self.holds("waiting/nobody", waiting)
                self.store.left = steps
                with contextlib.suppress(StoreError):
                    self.starts()
                self.flushLoggedErrors(StoreError)
                self.store.left = 1_000_000
                server = self.starts()
                bob = server.joined_by("10.0.0.1")
                bob.types(f"/login bob {PASSWORD}")
                told = [line for line in bob.hears() if "wrote to you only" in line]
                texts = [f"{line.split()[1]} {line.rpartition(' ')[2]}" for line in told]
                self.assertEqual(texts, ["ann one", "gone two", "ann one"])
                self.assertFalse([each for each in self.store._records if "waiting/" in each])
                bob.types("/history @gone")
                self.assertIn("gone: two", bob.hears()[-1])
