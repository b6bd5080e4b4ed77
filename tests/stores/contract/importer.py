"""Somebody who imports messages that were said elsewhere."""

from __future__ import annotations

import json

from chatsvc.store import Stored
from tests.stores.contract.contract import Contract

KINDS = ["Said", "Acted"]


class Importer(Contract):
    """Imports messages into a store."""

    def imports(self, said: list[Stored], at_once: int = 2) -> None:
        """Import messages, of which the first and the last have the least and greatest id."""
        keeper, store = self.keeper, self.keeper.store
        keeper.gets(store.begin_import(said[0].id, said[-1].id))
        rooms = list(dict.fromkeys([each.room for each in said]))
        for start in range(0, len(said), at_once):
            rows = [
                [
                    *(each.id, rooms.index(each.room), each.position, each.at),
                    *(KINDS.index(each.kind), each.speaker, each.text),
                    *(each.account, each.reply_to),
                ]
                for each in said[start : start + at_once]
            ]
            keeper.gets(store.add_imported(rooms, KINDS, json.dumps(rows)))
        keeper.gets(store.end_import())

    def old(self, number: int, *rooms: str, at: float = 0.0) -> list[Stored]:
        """Messages of some rooms by turns, a second after each other, with the next ids."""
        last_id, heads = self.keeper.kept
        self.keeper.kept = self.keeper.kept._replace(last_id=last_id + number)
        said: list[Stored] = []
        for count in range(1, number + 1):
            room = rooms[count % len(rooms)]
            heads[room] = heads.get(room, 0) + 1
            facts = (last_id + count, room, heads[room], at + count, KINDS[count % 2])
            words = f"bob{count % 3}", f"old no {count}", "", f"ann{count % 2}"
            said.append(Stored(*facts, *words, reply_to=said[-1].id if count % 3 == 0 else 0))
        return said
