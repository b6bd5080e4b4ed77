"""Coming back after a restart of the server."""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred

from chatsvc.chat.identity import restarts, restoring
from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.chat.rooms.vacancies import EMPTY_FOR
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import StoreError
from tests.chat.identity.restarting import RestartTestCase
from tests.commands.test_accounts import PASSWORD


class RestartTests(RestartTestCase):
    def test_guests_have_no_place_where_only_people_with_an_account_take_part(self) -> None:
        self.server.clock.advance(0)
        self.assertEqual(len(self.records()), 1)
        self.crashes(accounts_only=True)
        self.assertEqual(self.records(), {})
        self.assertNotIn("bob", self.server.chat.users)
        self.comes_back()
        self.assertTrue(self.bob.session.must_log_in)

    def test_nothing_is_missed_and_nobody_notices(self) -> None:
        self.ann.types("/bc one", "/say #ops two")
        self.server.clock.advance(0)  # [Bob is not told of it any more.]
        self.crashes()
        self.ann.types("/users", "/who #ops")
        heard = self.ann.hears()
        self.assertIn("bob (reconnecting)", heard[0])
        self.assertIn("bob", heard[-1])
        self.ann.types("/nick bob", "/say #ops three")
        self.assertIn('The name "bob" is taken', self.ann.hears()[0])
        told = self.comes_back({"do": "say", "room": "#ops", "text": "four"})
        resumed = self.resumed(told)
        self.assertEqual(
            (resumed["name"], resumed["rooms"], resumed["missing"]), ("bob", ["#lobby", "#ops"], 0)
        )
        self.assertEqual(self.texts(told), ["one", "two", "three", "four"])
        ids = [each["id"] for each in told if "id" in each]
        self.assertEqual(ids, sorted(set(ids)))
        self.assertEqual(self.ann.hears(), ["#ops bob: four"])
        self.ann.types("/bc five")
        self.assertEqual(self.texts(self.told(self.bob)), ["five"])

    def test_again_and_again(self) -> None:
        heard = []
        for number in range(5):
            self.ann.types(f"/bc a{number}")
            self.ann.hears()
            self.crashes()
            self.ann.types(f"/say #ops b{number}")
            heard += self.texts(self.comes_back())
        self.assertEqual(heard, [f"{kind}{n}" for n in range(5) for kind in "ab"])

    def test_who_was_put_out_before_it_is_told(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.asks({"do": "part", "room": "#ops"})
        self.ann.types("/join #k")
        self.asks({"do": "join", "room": "#k"})
        self.ann.types("/say #k one", "/invite bob #ops")
        self.ann.hears()
        self.bob.drops()
        self.ann.types("/say #k two", "/kick #k bob because")
        self.ann.hears()
        self.server.clock.advance(TIDY_EVERY / 2)
        self.crashes()
        told = self.comes_back()
        self.assertEqual(self.resumed(told)["rooms"], ["#lobby"])
        self.assertEqual(self.resumed(told)["left"], ["#k"])
        self.assertTrue(self.resumed(told)["restarted"])
        self.bob.drops()
        self.assertFalse(self.resumed(self.comes_back())["restarted"])
        self.assertEqual(self.texts(told), ["one", "two"])
        [dismissed] = [each for each in told if each["event"] == "dismissed"]
        self.assertIn("kicked out of #k", dismissed["text"])

    def test_what_was_told_to_oneself_alone_just_before_it_is_told(self) -> None:
        self.ann.types("/join #k", "/nick ann")
        self.asks({"do": "join", "room": "#k"}, {"do": "part", "room": "#ops"})
        self.bob.drops()
        self.ann.types("/op #k bob", "/mute #k bob for 5m", "/invite bob #ops", "/deop #k bob")
        self.ann.hears()
        self.server.clock.advance(0)
        self.crashes()
        told = [each["text"] for each in self.comes_back() if each["event"] == "notice"]
        self.assertEqual(len(told), 4, told)
        begins = ("You are a moderator of #k", "You are muted in #k", "ann invites you",
                  "ann has undone act 1, by which you were made a moderator.")  # fmt: skip
        for text, begin in zip(told, begins, strict=True):
            self.assertTrue(text.startswith(begin), text)

    def test_a_place_to_which_nobody_comes_back(self) -> None:
        self.crashes()
        self.server.clock.advance(RESUME_WITHIN)
        self.assertEqual(self.ann.hears()[0], "server: bob has lost its connection.")
        self.assertEqual(self.records(), {})
        self.crashes()
        self.assertEqual(self.comes_back()[1]["error"]["code"], "no-such-token")

    def test_who_has_quit_is_gone(self) -> None:
        self.asks({"do": "quit"})
        self.crashes()
        self.ann.types("/users")
        self.assertIn("client1", self.ann.hears()[0])
        self.assertEqual(self.comes_back()[1]["error"]["code"], "no-such-token")

    def test_the_store_knows_where_everybody_is(self) -> None:
        [(given, facts)] = self.records().items()
        self.assertEqual(given, "place/client2")
        self.assertEqual((facts["name"], len(facts["rooms"])), ("bob", 1))
        self.asks({"do": "part", "room": "#ops"}, {"do": "nick", "name": "rob"})
        [facts] = self.records().values()
        self.assertEqual((facts["name"], facts["former"]), ("rob", ["bob"]))
        self.assertEqual(facts["rooms"], {})
        self.assertNotIn(self.token, str(self.store._records))

    def test_the_owner_of_a_room_is_so_again(self) -> None:
        self.crashes()
        told = self.comes_back({"do": "topic", "room": "#ops", "topic": "x", "nonce": "t"})
        self.assertNotIn("error", told[-1])

    def test_what_was_said_with_a_nonce_is_said_once(self) -> None:
        said = {"do": "bc", "text": "once", "nonce": "n"}
        [first] = self.asks(said)
        self.asks({"do": "nick", "name": "rob"})
        self.crashes()
        told = self.comes_back(said, {"do": "ping", "nonce": "p"})
        self.assertIn(first | {"recalled": True}, told)
        self.assertEqual(self.ann.hears(), [])
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/json", json.dumps(said))
        self.assertEqual(self.told(dan)[-1]["from"], dan.name)

    def test_a_room_that_is_not_to_stay_is_there_as_long_as_somebody_may_come_back(self) -> None:
        self.asks({"do": "join", "room": "#tmp", "key": "key"})
        self.asks({"do": "topic", "room": "#tmp", "topic": "x"})
        self.asks({"do": "say", "room": "#tmp", "text": "one"})
        for _ in range(2):
            self.crashes()
            self.ann.types("/join #tmp")
            self.assertIn("has a key", self.ann.hears()[-1])
        self.ann.types("/join #tmp key")
        self.assertIn("server: The topic of #tmp: x", self.ann.hears())
        resumed = self.resumed(self.comes_back({"do": "history", "room": "#tmp"}))
        self.assertEqual(resumed["rooms"], ["#lobby", "#ops", "#tmp"])
        self.asks({"do": "part", "room": "#tmp"})
        self.ann.types("/part #tmp")
        self.ann.hears()
        self.crashes()
        self.assertEqual(self.resumed(self.comes_back())["rooms"], ["#lobby", "#ops"])

    def rooms_kept(self) -> list[str]:
        kept = self.store._records.items()
        return [json.loads(each.value)["name"] for name, each in kept if name.startswith("room/")]

    def test_a_room_to_which_nobody_comes_back_ends(self) -> None:
        self.asks({"do": "join", "room": "#tmp"}, {"do": "say", "room": "#tmp", "text": "one"})
        self.crashes()
        self.server.clock.advance(RESUME_WITHIN)
        self.ann.hears()
        self.room_ends("#tmp")
        self.assertNotIn("one", [each.text for each in self.store._said])

    def room_ends(self, room: str) -> None:
        """A room ends a day from now."""
        self.server.clock.pump([TIDY_EVERY] * int(EMPTY_FOR / TIDY_EVERY - 1))
        self.assertIn(room, self.server.chat.rooms)
        self.server.clock.pump([TIDY_EVERY] * 2)
        self.assertNotIn(room, self.server.chat.rooms)
        self.assertEqual(self.rooms_kept(), ["#ops"])

    def test_a_room_of_those_who_were_away_for_too_long_ends(self) -> None:
        self.asks({"do": "join", "room": "#tmp"}, {"do": "say", "room": "#tmp", "text": "one"})
        self.crashes(restarts.RESTORED_WITHIN + 1)
        self.room_ends("#tmp")

    def test_a_room_that_is_no_longer_to_stay(self) -> None:
        self.asks({"do": "persist", "room": "#ops", "state": "off"})
        self.crashes()
        self.assertEqual(self.resumed(self.comes_back())["rooms"], ["#lobby", "#ops"])

    def test_among_so_many_lines(self) -> None:
        self.patch(restoring, "RECALLED", 3000)
        self.patch(restoring, "MOST_ROWS", 1000)
        said = [{"do": "bc", "text": str(number), "nonce": str(number)} for number in range(2)]
        self.asks(said[0])
        self.ann.types(*["x"] * 2000)
        self.ann.hears()
        self.asks(said[1])
        self.ann.types(*["x"] * 999)
        self.ann.hears()
        self.crashes()
        told = self.comes_back(*said)
        for _ in range(9):
            told += self.told(self.bob)
        again = [(each["text"], each.get("recalled")) for each in told if "nonce" in each]
        self.assertEqual(again[-2:], [("0", None), ("1", True)])

    def test_the_server_was_away_for_long(self) -> None:
        self.server.clock.advance(60)
        self.crashes(restarts.RESTORED_WITHIN - 120)
        self.resumed(self.comes_back())
        self.crashes(restarts.RESTORED_WITHIN + 1)
        self.assertEqual(self.records(), {})
        self.assertEqual(self.comes_back()[1]["error"]["code"], "no-such-token")

    def test_as_many_as_may_be_kept(self) -> None:
        self.patch(restarts, "MOST_SNAPSHOTS", 1)
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/json", '{"do": "resume"}')
        token = self.told(dan)[-1]["token"]
        dan.drops()
        self.seen = 0
        self.resumed(self.comes_back(token=token))
        self.crashes()
        self.assertEqual(self.comes_back(token=token)[1]["error"]["code"], "no-such-token")

    def test_a_store_that_fails_for_a_while(self) -> None:
        put = self.store.put
        failing: list[bool] = [True]

        async def broken(name: str, value: str | None, version: int) -> None:
            if failing:
                raise StoreError("the disk is full")
            await put(name, value, version)

        self.patch(self.store, "put", broken)
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/json", '{"do": "resume"}')
        token = self.told(dan)[-1]["token"]
        self.assertEqual(len(self.records()), 1)
        failing.clear()
        self.server.clock.advance(60)
        self.assertEqual(len(self.records()), 2)
        self.crashes()
        self.resumed(self.comes_back(token=token))

    def test_who_came_one_after_the_other_is_listed_so(self) -> None:
        for number in range(4, 12):
            dan = self.server.joined_by(f"10.0.0.{number}")
            dan.types("/json", '{"do": "resume"}')
        dan.hears()
        self.store._records = dict(sorted(self.store._records.items()))
        self.crashes()
        names = ["bob", *[f"client{number}" for number in range(4, 12)], self.ann.name]
        self.assertEqual(list(self.server.factory.users), names)

    def test_what_failed_is_kept_when_the_server_ends(self) -> None:
        async def broken(name: str, value: str | None, version: int) -> None:
            raise StoreError("the disk is full")

        put = self.patch(self.store, "put", broken)
        self.asks({"do": "nick", "name": "rob"})
        put.restore()
        self.test_a_clean_end("rob")

    def test_what_waits_is_kept_when_the_server_ends(self) -> None:
        put = self.store.put
        stuck: Deferred[None] = Deferred()

        async def slow(name: str, value: str | None, version: int) -> None:
            if name == "place/client2":
                await stuck
            await put(name, value, version)

        self.patch(self.store, "put", slow)
        self.asks({"do": "nick", "name": "rob"})
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/json", '{"do": "resume"}')
        dan.hears()
        self.assertNotIn("place/client4", self.records())
        self.ends()
        self.assertIn("place/client4", self.records())

    def test_a_clean_end(self, name: str = "bob") -> None:
        self.ann.types("/say #ops one")
        self.ends()
        self.crashes()
        told = self.comes_back()
        self.assertEqual(self.resumed(told)["name"], name)
        self.assertEqual(self.texts(told), ["one"])

    def ends(self) -> None:
        """The server is stopped, and everybody's connection is closed."""
        closed: list[bool] = []
        self.server.clock.advance(0)
        self.server.chat.shut_down(lambda: closed.append(True))
        self.server.clock.advance(0)
        for user in list(self.server.chat.users.values()):
            for session in list(self.server.chat.sessions):
                if session.user is user:
                    session.connection.closed("done")  # type: ignore[attr-defined]  # which a visit has
        self.assertEqual(closed, [True])
