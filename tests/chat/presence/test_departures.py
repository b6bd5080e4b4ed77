"""What is kept of those who have left."""

from __future__ import annotations

import json
import tracemalloc

from chatsvc.chat.logs.room import Room
from chatsvc.chat.people.user import MOST_NONCES, User, note_nonce
from chatsvc.chat.presence import departures
from tests.commands.test_accounts import PASSWORD, AccountTestCase


class NoncesTests(AccountTestCase):
    def leaves(self, name: str) -> None:
        person = self.server.joined_by("127.0.0.1", is_new=False)
        person.types("/json", json.dumps({"do": "nick", "name": name}))
        person.types(json.dumps({"do": "register", "password": PASSWORD}))
        person.hears()
        person.types('{"do": "bc", "text": "x", "nonce": "n"}', '{"do": "quit"}')
        person.hears()
        person.drops()

    def test_nonces_of_accounts_are_kept_of_those_who_left_last(self) -> None:
        self.patch(departures, "MOST_WITH_NONCES", 2)
        for name in ("dan", "eve", "fay"):
            self.leaves(name)
        found = {each.name: len(each.nonces) for each in self.server.chat.accounts}
        self.assertEqual(found, {"ann": 0, "dan": 0, "eve": 1, "fay": 1})

    def test_those_of_one_person_take_little_however_long_they_are(self) -> None:
        user, room = User("dan", 1, None), Room("#x")
        tracemalloc.start()
        for number in range(2 * MOST_NONCES):
            note_nonce(user, f"{number}".ljust(64, "\U0001f600"), room, 10**9 + number)
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertEqual(len(user.nonces), MOST_NONCES)
        self.assertLess(taken, 25_000)
