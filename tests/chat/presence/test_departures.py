"""What is kept of those who have left."""

from __future__ import annotations

import gc
import json
import tracemalloc

from chatsvc.chat.accounts.recent_nonces import MOST_NONCES
from chatsvc.chat.logs.room import Room
from chatsvc.chat.people.user import User
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
            user.note_nonce(f"{number}".ljust(64, "\U0001f600"), room, 10**9 + number)
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertEqual(len(user.nonces), MOST_NONCES)
        self.assertLess(taken, 4000)

    def test_who_has_gone_is_not_kept_by_those_they_have_written_to(self) -> None:
        """Each writes to the next one who comes, and leaves: the last must not hold all others."""
        gone, before = set(), self.server.joined_by("10.0.0.8", is_new=False)
        before.types("/json")
        for number in range(3):
            person = self.server.joined_by("10.0.0.9", is_new=False)
            person.types("/json")
            person.hears()
            written = {"do": "dm", "username": person.name, "text": "x", "nonce": f"n{number}"}
            before.types(json.dumps(written))
            person.types(json.dumps(written | {"username": before.name}))
            self.assertEqual(len(before.session.user.nonces), 2 if number else 1)
            for each in (before, person):  # both have seen it
                each.hears()
                each.types('{"do": "ping", "seen": 1000}')
            gone.add(id(before.session.user))
            before.types('{"do": "quit"}')
            before.hears()
            before.drops()
            before = person
        before.hears()
        said = {"do": "dm", "username": "client1", "text": "x", "nonce": "n2"}
        before.types(json.dumps(said))  # which was said to whom is gone by now
        self.assertEqual([json.loads(line)["event"] for line in before.hears()], ["done"])
        del person
        gc.collect()
        left = [each for each in gc.get_objects() if isinstance(each, User) and id(each) in gone]
        self.assertLessEqual(len(left), 1)  # of the room of two that the last one still has
