"""Every store, for tests of what all of them do."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.store import Store
from chatsvc.stores.memory import MemoryStore
from chatsvc.stores.sqlite import upkeep
from chatsvc.stores.sqlite.store import SqliteStore
from tests.stores.keeper import Keeper, Turns

if TYPE_CHECKING:
    Case = SynchronousTestCase
else:
    Case = object


NEVER = float("inf")


class Contract(Case):
    """What tests of every store need; InMemory and InFile say how to make one."""

    def makes(self) -> Store:
        """A store that holds nothing, or, when it lasts, what the last one held."""
        raise NotImplementedError

    def setUp(self) -> None:
        self.turns = Turns()
        self.keeper = self.opens()

    def opens(self) -> Keeper:
        keeper = Keeper(self.makes(), self.turns)
        keeper.opens()
        self.addCleanup(keeper.closes)
        return keeper


class InMemory(Contract):
    """The store that keeps nothing beyond its own end."""

    def makes(self) -> Store:
        return MemoryStore(100_000, 2**30, self.turns.soon)


class InFile(Contract):
    """The store that lasts."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(Path(folder.name) / "chat 100%?#.sqlite")
        self.patch(upkeep, "INDEX_AFTER", 0.0)
        super().setUp()

    def makes(self) -> Store:
        return SqliteStore(self.path, self.turns.from_thread, "normal")
