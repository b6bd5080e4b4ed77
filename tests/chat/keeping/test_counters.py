"""Numbers of given names and of events, which go on where they were when the server runs again."""

from __future__ import annotations

from chatsvc.chat import chat
from chatsvc.chat.people.given_names import RESERVED
from chatsvc.store import Stored, StoreError
from chatsvc.stores.memory import MemoryStore
from tests.harness import ChatTestCase, Person, Server


class Failing(MemoryStore):
    """Cannot keep any record while it is broken."""

    broken = False

    def __init__(self) -> None:
        super().__init__(1000, 10**6)

    async def put(self, name: str, value: str | None, version: int) -> None:
        if self.broken:
            raise StoreError("the disk is full")
        await super().put(name, value, version)


class NumbersTests(ChatTestCase):
    def setUp(self) -> None:
        self.store = Failing()
        self.server = Server(store=self.store, users=2000)

    def come(self, number: int) -> list[Person]:
        """So many who were never here before."""
        came = len(self.server.chat.users)
        return [
            self.server.joined_by(f"10.{came + n >> 8}.{came + n & 255}.1") for n in range(number)
        ]

    def shuts_down(self) -> None:
        done: list[None] = []
        people = [user.sessions[0].connection for user in self.server.chat.users.values()]
        self.server.chat.shut_down(lambda: done.append(None))
        self.server.clock.advance(0)
        for connection in people:
            connection.closed("done")  # type: ignore[attr-defined]  # which a visit has
        self.assertEqual(done, [None])

    def runs_again(self) -> None:
        self.server = Server(store=self.store, users=2000)

    def test_go_on_after_a_restart(self) -> None:
        self.assertEqual([each.name for each in self.come(3)], ["client1", "client2", "client3"])
        self.shuts_down()
        self.runs_again()
        self.assertEqual([each.name for each in self.come(2)], ["client4", "client5"])
        self.shuts_down()
        self.runs_again()
        self.assertEqual(self.come(1)[0].name, "client6")

    def test_a_restart_at_which_nobody_came_skips_none(self) -> None:
        self.come(3)
        for _ in range(3):
            self.shuts_down()
            self.runs_again()
        self.assertEqual(self.come(1)[0].name, "client4")

    def test_a_crash_skips_a_few(self) -> None:
        given = 0
        for came in (0, 1, 49, 50, 51, 99, 100, 101, 250):
            for person in self.come(came):
                number = int(person.name.removeprefix("client"))
                self.assertGreater(number, given)
                self.assertLessEqual(number, given + 1 + RESERVED)
                given = number
            self.runs_again()  # without having shut down
        self.assertLess(given, 2000)

    def test_nobody_gets_one_twice(self) -> None:
        names: list[str] = []
        for came in (3, 70, 130, 20):
            names += [each.name for each in self.come(came)]
            self.runs_again()
            names += [each.name for each in self.come(1)]
            self.shuts_down()
            self.runs_again()
        self.assertEqual(len(names), 227)
        self.assertEqual(len(set(names)), len(names))

    def test_a_store_that_fails_keeps_nobody_out(self) -> None:
        logged = self.logged()
        self.store.broken = True
        people = self.come(300)
        self.assertEqual(people[-1].name, "client300")
        people[-1].hears()
        people[-1].types("hi")
        self.assertEqual(people[0].hears()[-1], "client300: hi")
        self.assertEqual(logged, [])
        self.store.broken = False
        self.come(1)
        self.runs_again()
        self.assertGreater(int(self.come(1)[0].name.removeprefix("client")), 301)

    def test_a_store_that_fails_at_the_end_does_not_keep_the_server_from_ending(self) -> None:
        self.come(2)
        self.store.broken = True
        self.shuts_down()
        self.store.broken = False
        self.runs_again()
        self.assertEqual(self.come(1)[0].name, f"client{RESERVED + 1}")

    def test_ids_of_events_go_up_over_a_crash(self) -> None:
        self.patch(chat, "IDS_RESERVED", 10)
        self.store = Failing()
        last_id = -1
        for said in (0, 3, 4, 5, 6, 9, 10, 11, 50):
            self.runs_again()
            [person] = self.come(1)
            self.assertGreater(self.server.chat.delivery.last_id, last_id)
            person.hears()  # [Its joining has an id, and the store knows nothing of that.]
            for _ in range(said):
                person.types("hi")
                person.hears()
            last_id, before = self.server.chat.delivery.last_id, last_id
            self.assertLessEqual(last_id, before + 10 + said + 2)

    def test_ids_of_events_are_given_back_when_the_server_ends(self) -> None:
        self.come(2)[0].hears()
        last_id = self.server.chat.delivery.last_id
        self.shuts_down()
        ended = self.server.chat.delivery.last_id  # [It has told that it goes down.]
        self.assertLessEqual(ended, last_id + 1)
        self.runs_again()
        self.assertEqual(self.server.chat.delivery.last_id, ended)

    def test_ids_of_events_go_on_behind_what_an_older_version_has_kept(self) -> None:
        said = Stored(7_000_000, "#lobby", 1, 0.0, "Said", "ann", "hi")
        self.store.append([said])
        self.runs_again()
        self.assertEqual(self.server.chat.delivery.last_id, said.id)
        self.come(1)
        self.runs_again()
        self.assertGreater(self.server.chat.delivery.last_id, said.id + 1)
