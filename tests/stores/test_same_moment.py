"""Two who want the same thing in the same moment: one gets it, whichever the store."""

from __future__ import annotations

import tempfile
from pathlib import Path

from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.accounts.account import Account
from chatsvc.chat.accounts.accounts import Accounts
from chatsvc.chat.accounts.gate import Gate
from chatsvc.chat.limits import Limits
from chatsvc.store import Store
from chatsvc.stores.memory import MemoryStore
from chatsvc.stores.sqlite.store import SqliteStore
from tests.harness import Clock, Passwords
from tests.stores.keeper import Keeper, Turns

PASSWORD = "correct-horse"


class SameMomentTests(SynchronousTestCase):
    def stores(self) -> list[tuple[Store, Turns]]:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        turns = Turns()
        file = SqliteStore(str(Path(folder.name) / "chat.sqlite"), turns.from_thread)
        return [(MemoryStore(1000, 10**6), Turns()), (file, turns)]

    def tries(self, *attempts: tuple[str, bool]) -> None:
        """Some register at once, with the first code or another; one of them can."""
        for store, turns in self.stores():
            keeper = Keeper(store, turns)
            keeper.opens()
            gate = Gate(Clock(), store, Limits(invite_only=True))
            accounts = Accounts(Clock(), store, Passwords())
            codes = [keeper.gets(gate.make_code(100.0)) for _ in range(2)]
            begun = [
                keeper.begins(accounts.register(name, PASSWORD, None, gate, codes[is_other], False))
                for name, is_other in attempts
            ]
            results: list[Account | Failure] = []
            for each in begun:
                each.addBoth(results.append)
            while len(results) < len(attempts):
                keeper.gets(store.records(""))
            made = [each for each in results if isinstance(each, Account)]
            self.assertEqual(len(made), 1, results)
            self.assertEqual(len(accounts), 1)
            kept = [name for name in keeper.gets(store.records("")) if name.startswith("account/")]
            self.assertEqual(kept, [f"account/{made[0].name}"])
            keeper.closes()

    def test_one_code(self) -> None:
        self.tries(("ann", False), ("bob", False))

    def test_one_name(self) -> None:
        self.tries(("ann", False), ("ANN", True))
