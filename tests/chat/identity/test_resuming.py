"""Coming back after a restart of the server, and with the token of an account at any time."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.identity import restarts, restoring
from chatsvc.chat.identity.tokens import GOOD_FOR, MOST_TOKENS, RENEWED_AFTER
from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.chat.rooms.vacancies import EMPTY_FOR
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import StoreError
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.chat.history.test_archive import Lasting
from tests.commands.test_accounts import PASSWORD
from tests.doors.resume.program import ResumeTestCase, lines
from tests.harness import Person, Server

OWN = "a-token_of-my-own".ljust(32, "x")


class RestartTestCase(ResumeTestCase):
    """The store survives the server. Bob, a program, has a name and is in a room that stays."""

    def begin(self, **options: Any) -> None:
        self.store = Lasting()
        self.options = {"store": self.store, "plaintext_passwords": True, **options}
        super().begin(**self.options)

    def setUp(self) -> None:
        super().setUp()
        self.asks({"do": "nick", "name": "bob"}, {"do": "join", "room": "#ops"}, {"do": "persist"})
        self.ann.types("/join #ops")
        self.ann.hears()
        self.told(self.bob)

    def crashes(self, after: float = 0.0, **options: Any) -> None:
        """The server is killed, and run again after a while; only Ann comes at once."""
        now = self.server.clock.seconds() + after
        self.server = Server(throttle=Throttle.off(), now=now, **self.options | options)
        self.ann = self.server.joined_by("10.0.0.1")
        self.ann.types("/join #ops")
        self.ann.hears()

    def resumed(self, told: list[dict[str, Any]]) -> dict[str, Any]:
        self.assertEqual(told[0].get("event"), "resumed", told)
        return told[0]

    def records(self) -> dict[str, Any]:
        return {
            name: json.loads(record.value)
            for name, record in self.store._records.items()
            if name.startswith("place/")
        }


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
        self.assertEqual((facts["name"], facts["former"]), ("rob", ["client2", "bob"]))
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

        self.store.put = broken  # type: ignore[method-assign]
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
        put = self.store.put

        async def broken(name: str, value: str | None, version: int) -> None:
            raise StoreError("the disk is full")

        self.store.put = broken  # type: ignore[method-assign]
        self.asks({"do": "nick", "name": "rob"})
        self.store.put = put  # type: ignore[method-assign]
        self.test_a_clean_end("rob")

    def test_what_waits_is_kept_when_the_server_ends(self) -> None:
        put = self.store.put
        stuck: Deferred[None] = Deferred()

        async def slow(name: str, value: str | None, version: int) -> None:
            if name == "place/client2":
                await stuck
            await put(name, value, version)

        self.store.put = slow  # type: ignore[method-assign]
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


class OwnTokenTests(RestartTestCase):
    """Tokens that programs have chosen."""

    def calls(self, *objects: dict[str, Any]) -> tuple[Person, list[dict[str, Any]]]:
        person = self.server.joined_by("10.0.0.4", is_new=False)
        person.sends(b"/json\n" + lines(*objects))
        return person, self.told(person)

    def test_the_first_answer_is_lost(self) -> None:
        dan, told = self.calls({"do": "resume", "token": OWN})
        self.assertEqual([each["event"] for each in told], ["welcome", "resumable"])
        self.assertEqual(told[1]["token"], OWN)
        dan.drops()
        self.ann.types("/bc one")
        self.ann.hears()
        dan, told = self.calls({"do": "resume", "token": OWN})
        self.assertEqual((told[0]["event"], told[0]["name"]), ("resumed", "client4"))
        self.assertIn("one", self.texts(told))
        self.assertEqual(len(self.server.chat.users), 4)
        self.assertNotIn("client5", str(self.ann.hears()))

    def test_over_a_restart(self) -> None:
        self.calls({"do": "resume", "token": OWN})
        self.crashes()
        self.assertEqual(self.calls({"do": "resume", "token": OWN})[1][0]["name"], "client4")

    def test_one_that_is_unknown_with_what_was_seen(self) -> None:
        _, told = self.calls({"do": "resume", "token": OWN, "seen": 7})
        self.assertEqual(told[1]["error"]["code"], "no-such-token")
        self.assertEqual((told[2]["event"], told[2]["token"]), ("resumable", OWN))

    def test_one_that_is_none(self) -> None:
        for token in ("", "x" * 31, "x" * 129, "x" * 32 + "\u00e9", "x" * 32 + "\n"):
            _, [welcome, error] = self.calls({"do": "resume", "token": token})
            self.assertEqual(welcome["event"], "welcome")
            self.assertEqual(
                (error["error"]["code"], error["error"]["field"]), ("misused", "token")
            )
            self.assertIn("32 to 128", error["error"]["text"])
            _, [_, error] = self.calls({"do": "resume", "token": token, "seen": 7})
            self.assertEqual(error["error"]["code"], "no-such-token")
        for asked in ({}, {"seen": 7}):
            _, [_, error] = self.calls({"do": "resume", "token": "\ud800" * 32} | asked)
            self.assertEqual(
                (error["error"]["code"], error["error"]["field"]), ("misused", "token")
            )

    def test_where_guests_cannot_take_part(self) -> None:
        self.begin(accounts_only=True)
        dan, told = self.calls({"do": "resume", "token": OWN})
        self.assertEqual([each.get("rooms") for each in told if each["event"] == "welcome"], [[]])
        self.assertEqual(len(self.server.chat.tokens), 0)
        dan.types('{"do": "nick", "name": "dan"}', '{"do": "register", "password": "correcthorse"}')
        [token] = [each["token"] for each in self.told(dan) if each["event"] == "resumable"]
        self.assertEqual(token, OWN)
        self.assertEqual(len(self.server.chat.tokens), 1)


class AccountTests(RestartTestCase):
    """Bob has an account; its tokens are good when the place was given up."""

    def begin(self, **options: Any) -> None:
        super().begin(operators=frozenset({skeleton("rooty")}), **options)

    def setUp(self) -> None:
        super().setUp()
        self.asks({"do": "register", "password": PASSWORD})

    def is_gone(self) -> None:
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.assertIn("server: bob has lost its connection.", self.ann.hears())

    def is_unknown(self, code: str = "no-such-token") -> None:
        seen = self.seen
        told = self.comes_back()
        self.assertEqual(told[1]["error"]["code"], code)
        self.seen = seen

    def test_after_the_place_was_given_up(self) -> None:
        for restarted in (False, True):
            self.is_gone()
            self.ann.types("/bc one", "/say #ops two")
            self.ann.hears()
            if restarted:
                self.crashes()
            told = self.comes_back()
            resumed = self.resumed(told)
            self.assertEqual((resumed["name"], resumed["rooms"]), ("bob", ["#lobby", "#ops"]))
            self.assertEqual(self.texts(told), ["one", "two"])
            self.assertEqual(
                self.ann.hears(), ["server: bob has joined.", "server: bob has joined #ops."]
            )
            self.ann.types("/bc three")
            self.assertEqual(self.texts(self.told(self.bob)), ["three"])
            self.assertIsNotNone(self.bob.session.user.account)

    def test_what_was_told_to_oneself_alone_just_before_a_crash_is_told(self) -> None:
        for room, is_waited_for in (("#k", True), ("#m", False)):
            self.ann.types(f"/join {room}")
            self.asks({"do": "join", "room": room})
            if is_waited_for:
                self.bob.drops()
            else:
                self.is_gone()
            self.ann.types(f"/mute {room} bob for 5m")
            self.ann.hears()
            self.server.clock.advance(0)
            self.crashes()
            self.assertIn(f"You are muted in {room}", str(self.comes_back()))

    def test_what_happened_meanwhile_is_told_however_one_comes_back(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.ann.hears()
        self.ann.types("/join #k", "/persist", "/join #other", "/persist")
        self.ann.hears()
        for by_token in (True, False):
            self.asks({"do": "join", "room": "#k"}, {"do": "join", "room": "#other"})
            self.bob.drops()
            self.ann.types("/say #k one", "/kick #k bob because")
            self.ann.hears()
            self.server.clock.advance(RESUME_WITHIN)
            self.ann.types("/ban #other bob rude", "/mute #k bob")
            self.ann.hears()
            self.server.clock.advance(TIDY_EVERY)
            self.crashes()
            if by_token:
                told = self.comes_back()
                self.assertEqual(self.texts(told), ["one"])
            else:
                told = self.logs_in()
            self.assertNotIn("#k", [*self.server.chat.rooms.of(self.bob.session.user)])
            texts = " ".join([each.get("text", "") for each in told if each.get("room")])
            for text in ("kicked out of #k", "banned from #other", "muted in #k"):
                self.assertIn(text, texts)
            self.assertNotIn("kicked", str(self.logs_in()))
            self.ann.types(f"/login ann {PASSWORD}")
            self.ann.hears()
            self.ann.types("/unban #other bob", "/unmute #k bob")
            self.assertIn("lifted the mute of bob", self.ann.hears()[-1])
            self.bob.drops()
            self.resumed(self.comes_back())

    def logs_in(self) -> list[dict[str, Any]]:
        """What Bob is told who comes without a token, and logs in."""
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.bob.types("/json")
        self.bob.hears()
        return self.asks({"do": "login", "name": "bob", "password": PASSWORD})

    def test_there_is_nothing_left_to_show(self) -> None:
        self.is_gone()
        self.ann.types("/say #ops two")
        self.ann.hears()
        self.comes_back()
        [answer] = self.asks({"do": "since"})
        self.assertNotIn("two", str(answer))

    def test_what_was_said_with_a_nonce_is_said_once(self) -> None:
        said = {"do": "bc", "text": "once", "nonce": "n"}
        [first] = self.asks(said)
        self.is_gone()
        self.assertIn(first | {"recalled": True}, self.comes_back(said))

    def test_somebody_else_has_the_name_meanwhile(self) -> None:
        self.is_gone()
        self.server.joined_by("10.0.0.4")
        self.resumed(self.comes_back())
        self.assertEqual(self.bob.name, "bob")

    def test_it_ends_after_a_month(self) -> None:
        self.is_gone()
        self.server.clock.advance(GOOD_FOR - RENEWED_AFTER - RESUME_WITHIN)
        self.resumed(self.comes_back())
        self.is_gone()
        self.server.clock.advance(GOOD_FOR - RENEWED_AFTER - RESUME_WITHIN)
        self.resumed(self.comes_back())
        self.is_gone()
        self.crashes(GOOD_FOR + 10)
        self.is_unknown()

    def test_what_ends_it(self) -> None:
        for asked in (
            {"do": "logout"},
            {"do": "quit"},
            {"do": "unregister", "password": PASSWORD},
        ):
            for is_restarted in (False, True):
                self.setUp()
                self.asks(asked)
                self.bob.drops()
                if is_restarted:
                    self.crashes()
                self.is_unknown()

    def test_a_kick_and_a_ban_end_it(self) -> None:
        for order in ("/kick #lobby bob x", "/ban #lobby account bob x"):
            self.setUp()
            rooty = self.server.joined_by("127.0.0.1")
            rooty.types("/nick rooty", f"/register {PASSWORD}", order)
            rooty.hears()
            self.is_unknown("put-off")

    def test_a_ban_of_who_is_gone(self) -> None:
        self.is_gone()
        rooty = self.server.joined_by("127.0.0.1")
        rooty.types("/nick rooty", f"/register {PASSWORD}", "/ban #lobby account bob x")
        rooty.hears()
        told = self.comes_back()
        self.assertEqual(told[0]["event"], "welcome")
        self.assertIn("banned", told[1]["error"]["text"])
        self.assertEqual(len(told), 2)

    def test_another_password_ends_all_others(self) -> None:
        own = self.token
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/json", json.dumps({"do": "login", "name": "bob", "password": PASSWORD}),
                  '{"do": "resume"}')  # fmt: skip
        other = self.told(dan)[-1]["token"]
        told = self.asks({"do": "passwd", "password": PASSWORD, "new": PASSWORD * 2})
        [renewed] = [each["token"] for each in told if each["event"] == "resumable"]
        dan.drops()
        self.is_gone()
        for self.token in (other, own):  # who knows them may have been told by anybody
            self.is_unknown()
        self.token = renewed
        self.resumed(self.comes_back())

    def test_it_is_given_by_a_login(self) -> None:
        self.is_gone()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.bob.sends(b"/json\n" + lines({"do": "resume", "token": OWN}))
        self.asks({"do": "login", "name": "bob", "password": PASSWORD})
        self.is_gone()
        self.crashes()
        self.assertEqual(self.resumed(self.comes_back(token=OWN))["name"], "bob")

    def test_they_are_bounded(self) -> None:
        account = self.bob.session.user.account
        assert account is not None
        for _ in range(MOST_TOKENS + 1):
            dan = self.server.joined_by("10.0.0.4")
            dan.types("/json", json.dumps({"do": "login", "name": "bob", "password": PASSWORD}),
                      '{"do": "resume"}')  # fmt: skip
            self.told(dan)
            dan.drops()
        self.assertEqual(len(account.tokens), MOST_TOKENS)
        self.assertEqual(len(self.server.chat.tokens), MOST_TOKENS)

    def test_a_token_from_elsewhere_while_the_owner_is_here(self) -> None:
        own = self.token
        self.is_gone()
        self.bob = self.server.joined_by("10.0.0.2")
        self.bob.types("/json")
        self.asks({"do": "login", "name": "bob", "password": PASSWORD})
        first = self.bob
        self.token = own
        self.resumed(self.comes_back())
        self.assertEqual(self.bob.session.user, first.session.user)
        self.ann.types("/bc both")
        self.assertEqual(self.texts(self.told(self.bob)), ["both"])
        self.assertEqual(self.texts(self.told(first)), ["both"])


class EndingTests(RestartTestCase):
    """Whatever ends all sessions of an account ends them for good: Mal has Bob's password."""

    endings = ("passwd", "setpass", "logout")

    def begin(self, **options: Any) -> None:
        operators = frozenset({skeleton("rooty"), *options.pop("operators", ())})
        super().begin(operators=operators, **options)

    def given(self) -> None:
        """Mal is logged in as bob over a connection, and over one that was lost; with tokens."""
        self.setUp()
        self.asks({"do": "register", "password": PASSWORD})
        self.root = self.server.joined_by("127.0.0.1")
        self.root.types("/nick rooty", f"/register {PASSWORD}", "/account reset bob")
        [found] = [line for line in self.root.hears() if "/setpass bob" in line]
        self.code = found.partition("/setpass bob ")[2].partition(" ")[0]
        self.stolen = [self.token]
        for _ in range(2):
            self.mal = self.server.joined_by("10.6.6.6")
            self.mal.types("/json", self.login(PASSWORD), '{"do": "resume"}')
            self.stolen.append(self.told(self.mal)[-1]["token"])
            if len(self.stolen) == 2:
                self.mal.drops()

    def login(self, password: str) -> str:
        return json.dumps({"do": "login", "name": "bob", "password": password})

    def ends(self, how: str) -> list[dict[str, Any]]:
        """What is told to Bob, who ends them."""
        if how == "passwd":
            return self.asks({"do": how, "password": PASSWORD, "new": PASSWORD * 2, "nonce": "e"})
        if how == "logout":
            return self.asks({"do": how, "where": "everywhere", "nonce": "e"})
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2")
        self.bob.types("/json")
        asked = {"do": how, "name": "bob", "code": self.code, "password": PASSWORD * 2}
        return self.asks({**asked, "nonce": "e"})

    def are_unknown(self) -> None:
        """None of the stolen tokens is Bob's."""
        for token in self.stolen:
            mal = self.server.joined_by("10.6.6.6", is_new=False)
            mal.sends(b"/json\n" + lines({"do": "resume", "token": token}))
            self.told(mal)
            self.assertIsNone(mal.session.user.account)
            self.assertNotEqual(mal.name, "bob")
            mal.drops()

    def test_at_once_and_over_a_restart(self) -> None:
        for how in self.endings:
            with self.subTest(how=how):
                self.given()
                told = self.ends(how)
                self.assertEqual(told[-1].get("nonce") or told[-2].get("nonce"), "e")
                if how != "logout":
                    self.assertIsNotNone(self.bob.session.user.account)
                mal = self.told(self.mal)
                [out] = [each for each in mal if each["event"] == "logged-out"]
                self.assertRegex(out["name"], "client[0-9]+")
                texts = str([each.get("text") for each in mal])
                self.assertRegex(texts, "another password now|logged out as bob everywhere")
                # What is asked for afterwards is that of a guest.
                self.mal.types('{"do": "resume"}')
                self.stolen.append(self.told(self.mal)[-1]["token"])
                self.mal.types('{"do": "bc", "text": "I am Bob"}')
                self.assertEqual(self.ann.hears()[-1], f"{out['name']}: I am Bob")
                self.are_unknown()
                self.server.clock.advance(TIDY_EVERY)
                self.crashes()
                self.are_unknown()
                self.server.clock.advance(GOOD_FOR / 2)
                self.are_unknown()

    def test_though_the_server_is_killed_in_that_moment(self) -> None:
        for how in self.endings:
            with self.subTest(how=how):
                self.given()
                self.server.clock.advance(0)
                before = {n: each for n, each in self.store._records.items() if n[:6] == "place/"}
                self.assertNotEqual(before, {})
                self.ends(how)
                kept = json.loads(self.store._records["account/bob"].value)
                self.store._records |= before
                self.crashes()
                self.assertEqual(self.records(), {})
                self.are_unknown()
                self.assertEqual(kept["code"][0] == "", how != "logout")

    def test_a_code_is_no_good_once_the_password_is_changed(self) -> None:
        self.given()
        self.ends("passwd")
        self.mal.types(json.dumps({"do": "setpass", "name": "bob", "code": self.code,
                                   "password": "mals-own-password"}))  # fmt: skip
        self.assertIn("that code is wrong", str(self.told(self.mal)[-1]))

    def test_where_guests_take_no_part_they_are_closed(self) -> None:
        for how in ("passwd", "logout"):
            self.begin(accounts_only=True)
            self.bob.types('{"do": "nick", "name": "bob"}')
            self.asks({"do": "register", "password": PASSWORD})
            mal = self.server.joined_by("10.6.6.6")
            mal.types("/json", self.login(PASSWORD))
            self.told(mal)
            self.ends(how)
            self.assertIn("another password now" if how == "passwd" else "everywhere",
                          str(self.told(mal)))  # fmt: skip
            self.assertTrue(mal.is_closed())
            self.assertEqual(self.bob.is_closed(), how == "logout")

    def test_nothing_ends_that_cannot_be_kept(self) -> None:
        put = self.store.put

        async def failing(name: str, value: str | None, version: int) -> None:
            if name == "account/bob" and json.loads(value or "{}")["era"] != self.era:
                raise StoreError("the disk is full")
            await put(name, value, version)

        for how in ("passwd", "logout"):
            self.given()
            put = self.store.put
            self.era = self.server.chat.accounts.find("bob").era  # type: ignore[union-attr]
            self.store.put = failing  # type: ignore[method-assign]
            told = self.ends(how)
            self.assertEqual(told[-1]["error"]["code"], "not-kept")
            self.assertIsNotNone(self.mal.session.user.account)
            self.server.clock.advance(TIDY_EVERY)
            self.crashes()
            self.assertEqual(self.resumed(self.comes_back())["name"], "bob")
            person = self.server.joined_by("10.0.0.9")
            person.types("/json", self.login(PASSWORD))
            self.assertIn("logged-in", str(self.told(person)))

    def test_a_login_that_has_begun_with_the_old_password(self) -> None:
        self.given()
        passwords = self.server.passwords
        self.patch(passwords, "is_outdated", lambda hashed: True)
        hashing: Deferred[None] = Deferred()
        hash_now = passwords.hash

        async def slowly(password: str) -> str:
            if password == PASSWORD and not hashing.called:
                await hashing
            return await hash_now(password)

        eve = self.server.joined_by("10.6.6.7")

        async def checked(password: str, hashed: str | None, is_doubtful: bool) -> bool:
            return f"hashed {password}" == hashed

        self.patch(passwords, "is_right", checked)
        self.patch(passwords, "hash", slowly)
        eve.types(f"/login bob {PASSWORD}")
        eve.hears()
        self.patch(passwords, "is_outdated", lambda hashed: False)
        self.ends("passwd")
        hashing.callback(None)
        self.assertIn("The password was changed just now", eve.hears()[-1])
        self.assertIsNone(eve.session.user.account)


class OlderRecordTests(AccountTests):
    """The store is of a version that knew no eras."""

    def crashes(self, after: float = 0.0, **options: Any) -> None:
        self.server.clock.advance(0)
        for name, record in list(self.store._records.items()):
            if name.startswith(("account/", "place/")):
                facts = json.loads(record.value)
                facts.pop("era")
                if name.startswith("account/"):
                    facts["tokens"] = {key: each[:2] for key, each in facts["tokens"].items()}
                value = json.dumps(facts)
                self.store._records[name] = record._replace(value=value)
        super().crashes(after, **options)
