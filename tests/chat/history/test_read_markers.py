"""How far accounts have read is stored soon, of so many at a time."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.chat.history import read_markers
from chatsvc.chat.upkeep import KEEP_EVERY
from tests.commands.test_accounts import PASSWORD
from tests.harness import ChatTestCase

NAMES = ("ann", "bob", "cat")


class ReadMarkerTests(ChatTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(plaintext_passwords=True, **options)

    def setUp(self) -> None:
        super().setUp()
        for name, person in zip(NAMES, (self.ann, self.bob, self.cat), strict=True):
            person.asks(f"/nick {name}", f"/register {PASSWORD}")
        self.hush()
        self.server.clock.pump([KEEP_EVERY] * 2)

    def behind(self) -> list[str]:
        """The accounts of which the store does not have how far they have read."""
        lobby, kept = self.server.chat.lobby, self.server.records()
        cursors = {name: json.loads(kept[f"account/{name}"])["cursors"] for name in NAMES}
        return [name for name in NAMES if cursors[name].get(lobby.key) != lobby.log.head]

    def test_it_is_stored_within_seconds(self) -> None:
        self.ann.types("/bc hi")
        self.hush()
        self.assertEqual(self.behind(), [*NAMES])
        self.server.clock.advance(KEEP_EVERY)
        self.assertEqual(self.behind(), [])

    def test_of_so_many_at_a_time(self) -> None:
        self.patch(read_markers, "MOST_KEPT", 2)
        self.ann.types("/bc hi")
        self.hush()
        self.server.clock.advance(KEEP_EVERY)
        self.assertEqual(len(self.behind()), 1)
        self.server.clock.advance(KEEP_EVERY)
        self.assertEqual(self.behind(), [])

    def test_nothing_is_stored_where_nobody_reads(self) -> None:
        before = dict(self.server.store._records)  # type: ignore[attr-defined]  # it is in memory
        self.server.clock.pump([KEEP_EVERY] * 5)
        self.assertEqual(self.server.store._records, before)  # type: ignore[attr-defined]  # the same
