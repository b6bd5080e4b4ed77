"""Resuming: what a program reads on another connection, and what the others notice."""

from __future__ import annotations

import gc
import json
import weakref
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.accounts.missed_notices import MOST_NOTICES
from chatsvc.chat.accounts.recent_nonces import MOST_NONCES, NO_NONCES
from chatsvc.chat.direct import pairs
from chatsvc.chat.identity.left_rooms import MOST_LINES
from chatsvc.chat.identity.tokens import MOST_TOKENS
from chatsvc.chat.presence.announcements import GREET_WITHIN, PRESENCE_DELAY
from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.chat.history.test_archive import Lasting
from tests.commands.test_accounts import PASSWORD
from tests.dialects.test_json_lines import JsonTestCase
from tests.harness import Person


class Slow(Lasting):
    """Answers when the test says so."""

    is_slow = True

    def __init__(self) -> None:
        super().__init__()
        self._asked: list[Deferred[None]] = []

    async def position_of(self, room: str, entry_id: int) -> int:
        if self.is_slow:
            self._asked.append(Deferred())
            await self._asked[-1]
        return await super().position_of(room, entry_id)

    def answers(self) -> None:
        while self._asked:
            self._asked.pop().callback(None)


def lines(*objects: dict[str, Any]) -> bytes:
    return b"".join([json.dumps(each).encode() + b"\n" for each in objects])


class ResumeTestCase(JsonTestCase):
    """Bob is a program that holds a token."""

    seen = 0

    def setUp(self) -> None:
        super().setUp()
        [given] = self.asks({"do": "resume"})
        self.token, self.seen = given["token"], given["seen"]
        for person in (self.ann, self.cat):
            person.hears()

    def told(self, person: Person) -> list[dict[str, Any]]:
        """The same; what Bob has seen is noted."""
        told = super().told(person)
        if person is self.bob:
            self.seen = max([each.get("id", 0) for each in told], default=0) or self.seen
        return told

    def comes_back(self, *objects: dict[str, Any], token: str = "") -> list[dict[str, Any]]:
        """What Bob is told on another connection, on which he asks for more."""
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        resume = {"do": "resume", "token": token or self.token, "seen": self.seen}
        self.bob.sends(b"/json\n" + lines(resume, *objects))
        told = self.told(self.bob)
        for each in told:
            if each.get("event") == "resumed":
                self.token, self.seen = each["token"], max(self.seen, each["seen"])
        return told

    def texts(self, told: list[dict[str, Any]]) -> list[str]:
        return [each["text"] for each in told if each.get("event") in ("said", "direct")]


class ResumeTests(ResumeTestCase):
    def test_nothing_is_missed_or_doubled_and_nobody_notices(self) -> None:
        self.ann.types("/bc one", "/dm client2 two")
        self.assertEqual(self.texts(self.told(self.bob)), ["one", "two"])
        self.ann.types("/bc three", "/dm client2 four")
        self.bob.sends(lines({"do": "bc", "text": "five", "nonce": "5"}))
        self.server.clock.advance(0)  # [It is sent, and gets lost on its way.]
        self.bob.drops()
        self.ann.types("/bc six", "/dm client2 seven")
        told = self.comes_back()
        resumed = told[0]
        self.assertEqual(
            {name: resumed[name] for name in ("event", "name", "rooms", "missing")},
            {"event": "resumed", "name": "client2", "rooms": ["#lobby"], "missing": 0},
        )
        self.assertEqual(self.texts(told), ["three", "four", "five", "six", "seven"])
        self.assertEqual([each["nonce"] for each in told if "nonce" in each], ["5"])
        self.server.clock.advance(RESUME_WITHIN + 1)
        self.assertEqual(self.cat.hears(), ["client1: one", "client1: three", "client2: five",
                                            "client1: six"])  # fmt: skip

    def test_a_place_keeps_nothing_of_the_connection(self) -> None:
        protocol = weakref.ref(self.bob.protocol)
        self.assertIsNotNone(protocol())
        self.bob.drops()
        self.bob = self.ann
        self.server.clock.advance(0)
        gc.collect()
        self.assertIsNone(protocol())
        self.assertEqual(self.comes_back()[0]["event"], "resumed")

    def test_the_old_connection_ends_after_the_new_one(self) -> None:
        first = self.bob
        self.comes_back()
        self.bob.sends(lines({"do": "quit"}))
        first.drops()
        self.bob.drops()
        self.assertEqual(list(self.server.chat.users), ["client1", "client3"])
        self.assertEqual(len(self.server.chat.sessions), 2)

    def test_the_journal_tells_nothing_of_the_old_one(self) -> None:
        journal, first = self.journal(), self.bob
        self.comes_back()
        first.drops()
        self.assertEqual(journal, ["client2 came back from 10.0.0.2."])
        self.bob.drops()
        self.assertIn("client2 has lost its connection", journal[-1])

    def test_whose_place_is_had_again_in_time_has_it_for_good(self) -> None:
        first = self.bob
        self.comes_back()
        self.bob.drops()
        first.drops()
        self.comes_back()
        self.server.clock.advance(RESUME_WITHIN + 1)
        self.assertIn("client2", self.server.chat.users)

    def test_again_and_again(self) -> None:
        heard = []
        for number in range(20):
            self.ann.types(f"/bc a{number}", f"/dm client2 b{number}")
            if number % 3:
                heard += self.texts(self.told(self.bob))
            self.bob.drops()
            heard += self.texts(self.comes_back())
        self.assertEqual(heard, [f"{kind}{n}" for n in range(20) for kind in "ab"])

    def test_before_the_server_has_noticed(self) -> None:
        old = self.bob
        self.ann.types("/bc one")
        self.assertEqual(self.texts(self.comes_back()), ["one"])
        self.assertTrue(old.transport.disconnecting or old.transport.disconnected)
        old.drops()
        self.ann.types("/users")
        self.assertEqual(
            self.ann.hears()[-1], "server: 3 users are connected: client1, client2, client3"
        )
        self.ann.types("/bc two")
        self.assertEqual(self.texts(self.told(self.bob)), ["two"])

    def test_what_is_asked_for_with_it_is_done(self) -> None:
        self.bob.drops()
        told = self.comes_back({"do": "bc", "text": "back", "nonce": "1"})
        self.assertEqual([each["event"] for each in told], ["resumed", "said"])

    def test_rooms_are_kept_and_read_from_where_they_were_entered(self) -> None:
        self.ann.types("/join #ops", "/say #ops before")
        seen = self.seen
        self.asks({"do": "join", "room": "#ops"})
        self.ann.types("/say #ops one")
        self.bob.drops()
        self.cat.types("/join #ops")
        self.seen = seen
        told = self.comes_back()
        self.assertEqual(told[0]["rooms"], ["#lobby", "#ops"])
        self.assertEqual(self.texts(told), ["one"])
        self.ann.types("/who #ops")
        self.assertIn("3 users are in #ops: client1, client2, client3", self.ann.hears()[-1])

    def test_when_the_name_is_free_is_told(self) -> None:
        self.asks({"do": "nick", "name": "Ian"})
        self.bob.drops()
        self.server.clock.advance(17.5)
        self.ann.hears()
        self.ann.types("/nick lan")
        self.assertEqual(
            self.ann.hears()[0],
            'server: The name "Ian" is taken by somebody who has lost the connection:'
            " it is free in at most 43 seconds.",
        )
        self.server.clock.advance(RESUME_WITHIN - 17.5)
        self.ann.types("/nick lan")
        self.assertEqual(self.ann.hears()[-1], "server: client1 is now known as lan.")

    def test_who_was_put_out_meanwhile_reads_nothing_there(self) -> None:
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"}, {"do": "say", "room": "#ops", "text": "hi"})
        self.bob.drops()
        self.ann.types("/kick #ops client2", "/say #ops a secret")
        self.ann.hears()
        told = self.comes_back({"do": "history"}, {"do": "history", "room": "#ops"})
        self.assertEqual(told[0]["rooms"], ["#lobby"])
        self.assertNotIn("a secret", json.dumps(told))

    def test_who_was_put_out_meanwhile_is_told(self) -> None:
        for is_noticed in (True, False):
            self.ann.types("/join #ops")
            self.asks({"do": "join", "room": "#ops"})
            self.ann.types("/say #ops one")
            self.assertEqual(self.texts(self.told(self.bob)), ["one"])
            self.cat.types("/join #ops")
            if is_noticed:
                self.bob.drops()
            self.cat.types("/say #ops two")
            self.ann.types("/say #ops three", "/kick #ops client2 because", "/say #ops secret")
            self.ann.hears()
            for again in (False, True):
                seen = self.seen
                told = self.comes_back()
                self.assertEqual((told[0]["event"], told[0]["rooms"]), ("resumed", ["#lobby"]))
                self.assertEqual(self.texts(told), ["two", "three"])
                self.assertEqual([each["room"] for each in told if "text" in each], ["#ops"] * 3)
                self.assertEqual(told[-1]["event"], "dismissed")
                self.assertIn("kicked out of #ops, by client1 (act", told[-1]["text"])
                self.assertIn('"because"', told[-1]["text"])
                ids = [each["id"] for each in told[1:]]
                self.assertEqual(ids, sorted(set(ids)))
                if not again:  # what was told got lost on its way
                    self.seen = seen
                    self.bob.drops()
            self.bob.drops()
            self.assertEqual([each["event"] for each in self.comes_back()], ["resumed"])

    def test_who_was_put_out_and_has_read_that_is_not_told_again(self) -> None:
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"})
        self.ann.types("/say #ops one", "/kick #ops client2")
        told = self.told(self.bob)
        self.assertEqual([each["event"] for each in told], ["said", "kicked", "dismissed"])
        self.bob.drops()
        self.assertEqual([each["event"] for each in self.comes_back()], ["resumed"])

    def test_who_is_in_the_room_again_is_not_dismissed(self) -> None:
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"})
        seen = self.seen
        self.ann.types("/say #ops one", "/kick #ops client2")
        self.ann.hears()
        self.asks({"do": "join", "room": "#ops"})
        self.ann.types("/say #ops two")
        self.ann.hears()
        self.seen = seen
        self.bob.drops()
        told = self.comes_back()
        self.assertEqual(told[0]["rooms"], ["#lobby", "#ops"])
        self.assertEqual(self.texts(told), ["one", "two"])
        self.assertNotIn("dismissed", [each["event"] for each in told])

    def test_what_was_said_to_oneself_alone_meanwhile_is_told(self) -> None:
        for is_noticed in (True, False):
            self.ann.types("/join #ops", "/privacy invite-only")
            self.ann.hears()
            if is_noticed:
                self.bob.drops()
            self.ann.types("/invite client2 #ops")
            self.ann.hears()
            resumed, invitation = self.comes_back()
            self.assertEqual(resumed["rooms"], ["#lobby"])
            self.assertEqual(invitation["text"], "client1 invites you: /join #ops")
            self.bob.drops()
            told = self.comes_back({"do": "join", "room": "#ops"})
            self.assertNotIn("invites", str(told))
            self.asks({"do": "part", "room": "#ops"})

    def test_what_was_said_to_oneself_alone_is_not_lost_by_a_cut_while_it_is_told(self) -> None:
        self.bob.drops()
        for number in range(3):
            self.server.chat.notices.tell(self.server.chat.users["client2"], f"number {number}")
        expected = [f"number {number}" for number in range(3)]
        for read in (0, 1, 2):  # of those, before the connection is lost again
            seen = self.seen
            told = [each for each in self.comes_back() if each["event"] == "notice"]
            self.assertEqual([each["text"] for each in told], expected)
            self.seen = told[read - 1]["id"] if read else seen
            del expected[:read]
            self.bob.drops()
        self.assertEqual([each["event"] for each in self.comes_back()], ["resumed"])

    def test_what_is_kept_for_the_return_is_bounded(self) -> None:
        self.ann.types("/join #ops")
        self.bob.drops()
        for number in range(MOST_NOTICES + 5):
            self.server.chat.notices.tell(self.server.chat.users["client2"], f"number {number}")
        told = self.comes_back()
        texts = [each["text"] for each in told if each["event"] == "notice"]
        self.assertEqual(texts, [f"number {n}" for n in range(5, MOST_NOTICES + 5)])

    def test_of_what_was_said_before_only_the_last_is_told(self) -> None:
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"})
        self.bob.drops()
        self.ann.types(*[f"/say #ops {n}" for n in range(MOST_LINES + 5)], "/kick #ops client2")
        self.ann.hears()
        told = self.comes_back()
        self.assertEqual(told[0]["missing"], 1)
        self.assertEqual(self.texts(told), [f"{n}" for n in range(5, MOST_LINES + 5)])

    def test_who_was_put_off_the_server_meanwhile_is_told(self) -> None:
        self.begin(operators=frozenset({skeleton("rooty")}), plaintext_passwords=True)
        root = self.server.joined_by("127.0.0.1")
        root.types("/nick rooty", f"/register {PASSWORD}")
        root.hears()
        [given] = [each for each in self.asks({"do": "resume"}) if each["event"] == "resumable"]
        self.bob.drops()
        root.types("/kick server client2 because")
        self.assertIn("client2 was kicked", root.hears()[-1])
        _, error, *_ = self.comes_back(token=given["token"])
        self.assertEqual(error["error"]["code"], "put-off")
        self.assertIn("You were kicked off this server, by rooty", error["error"]["text"])
        self.assertIn('"because"', error["error"]["text"])
        self.bob.types('{"do": "quit"}')
        self.bob.drops()
        self.assertEqual(self.comes_back(token=given["token"])[1]["error"]["code"], "no-such-token")

    def test_the_place_is_kept_for_a_while(self) -> None:
        self.bob.drops()
        self.ann.types("/users", "/dm client2 are you there?")
        self.assertEqual(
            self.ann.hears()[0],
            "server: 3 users are connected: client1, client2 (reconnecting), client3",
        )
        self.server.clock.advance(RESUME_WITHIN)
        self.assertEqual(self.ann.hears(), ["server: client2 has lost its connection."])
        self.assertEqual(len(self.server.chat.tokens), 0)
        welcome, error, resumable = self.comes_back()
        self.assertEqual(welcome["event"], "welcome")
        self.assertEqual(error["error"]["code"], "no-such-token")
        self.assertEqual(resumable["token"], self.token)
        self.assertEqual(len(self.server.chat.pairs), 0)

    def test_who_quits_has_no_place(self) -> None:
        self.asks({"do": "quit"})
        self.assertEqual(self.ann.hears(), ["server: client2 has quit."])
        self.bob.drops()
        self.assertEqual(self.comes_back()[1]["error"]["code"], "no-such-token")

    def test_an_answer_that_was_lost(self) -> None:
        self.bob.drops()
        lost = self.server.joined_by("10.0.0.2", is_new=False)
        lost.sends(b"/json\n" + lines({"do": "resume", "token": self.token, "seen": self.seen}))
        self.server.clock.advance(0)
        lost.drops()
        self.ann.types("/bc one")
        self.assertEqual(self.texts(self.comes_back()), ["one"])

    def test_another_token_takes_the_place_of_the_first(self) -> None:
        first = self.token
        [given] = self.asks({"do": "resume"})
        self.assertNotEqual(given["token"], first)
        thief = self.server.joined_by("10.6.6.6", is_new=False)
        thief.sends(b"/json\n" + lines({"do": "resume", "token": first, "seen": 0}))
        self.assertEqual(self.told(thief)[1]["error"]["code"], "no-such-token")

    def test_tokens_are_bounded(self) -> None:
        self.bob.types("/json")
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        programs = [self.server.joined_by(f"10.0.1.{number}") for number in range(MOST_TOKENS + 1)]
        for person in programs:
            person.types("/json")
            asked = ({"do": "login", "name": "ann", "password": PASSWORD}, {"do": "resume"})
            person.types(*map(json.dumps, asked))
            self.told(person)
        self.assertEqual(len(self.ann.session.user.tokens), MOST_TOKENS)
        self.assertEqual(len(self.server.chat.tokens), MOST_TOKENS + 1)
        self.assertEqual(programs[0].session.token, "")

    def test_a_token_is_kept_by_a_login_and_ends_with_a_logout(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.ann.hears()
        self.asks({"do": "login", "name": "ann", "password": PASSWORD})
        self.bob.drops()
        told = self.comes_back()
        self.assertEqual(told[0]["name"], "ann")
        self.assertEqual(self.bob.session.user.account, self.ann.session.user.account)
        self.asks({"do": "logout"})
        self.bob.drops()
        self.assertEqual(self.comes_back()[1]["error"]["code"], "no-such-token")

    def test_what_waits_for_the_owner_of_an_account(self) -> None:
        self.asks({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.bob.drops()
        self.ann.types("/dm bob hello")
        self.assertEqual(self.ann.hears()[-1], "server: bob is not here. Your message waits: hello")
        [direct] = [each for each in self.comes_back() if each["event"] == "direct"]
        self.assertIsInstance(direct.pop("id"), int)
        facts = {"event": "direct", "from": "ann", "account": "ann", "to": "bob", "text": "hello"}
        self.assertEqual(direct, facts | {"recalled": True, "waited": True})

    def test_waiting_lines_are_one_message_for_programs_and_several_lines_for_people(self) -> None:
        self.asks({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        self.ann.types("/nick ann", f"/register {PASSWORD}", "/quit")
        self.ann.hears()
        self.assertTrue(self.ann.is_closed())
        self.asks({"do": "dm", "username": "ann", "text": "one\ntwo"})
        self.ann = self.server.joined_by("10.0.0.1")
        self.ann.types(f"/login ann {PASSWORD}")
        heard = [line.partition(" wrote to you only, at ") for line in self.ann.hears()]
        texts = [rest.partition(": ")[2] for name, _, rest in heard if name == "server: bob"]
        self.assertEqual(texts, ["one", "two"])

    def test_others_see_as_whom_somebody_logs_in(self) -> None:
        self.ann.types("/nick ann", "/register correct-horse", "/quit")
        self.told(self.bob)
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/login ann correct-horse")
        self.cat.types("/login ann correct-horse")
        told = [each for each in self.told(self.bob) if each["event"] == "renamed"]
        self.assertEqual(
            [(each["new"], each.get("account", "")) for each in told],
            [("ann", "ann"), ("ann", "ann")],  # then, on another connection
        )

    def test_a_login_tells_the_rooms(self) -> None:
        asked = ({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        self.asks(*asked, {"do": "join", "room": "#ops"}, {"do": "persist", "room": "#ops"})
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.bob = self.server.joined_by("10.0.0.2")
        self.bob.types("/json")
        told = self.asks({"do": "login", "name": "bob", "password": PASSWORD})
        [login] = [each for each in told if each.get("event") == "logged-in"]
        self.assertEqual((login["name"], login["rooms"]), ("bob", ["#lobby", "#ops"]))

    def test_memory_that_has_forgotten_is_told(self) -> None:
        self.begin(history=10)
        [given] = self.asks({"do": "resume"})
        self.token, self.seen = given["token"], given["seen"]
        self.bob.drops()
        for number in range(30):
            self.ann.types(f"/bc {number}")
            self.ann.hears()
        told = self.comes_back()
        self.assertEqual(told[0]["missing"], 1)
        self.assertEqual(self.texts(told)[-1], "29")

    def forgets(self, **options: Any) -> None:
        """Bob loses his connection, and memory forgets what comes next."""
        self.begin(history=10, **options)
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"})
        [given] = self.asks({"do": "resume"})
        self.token, self.seen = given["token"], given["seen"]
        self.bob.drops()
        for number in range(700):
            self.ann.types(f"/say #ops {number}" if number % 3 else f"/bc {number}")
            self.server.clock.advance(0)

    def hears_on(self, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for _ in range(20):
            told += self.told(self.bob)
        return told

    def test_what_memory_has_forgotten_is_read_from_the_store(self) -> None:
        self.forgets(store=Lasting())
        told = self.hears_on(self.comes_back({"do": "bc", "text": "back", "nonce": "b"}))
        self.assertEqual((told[0]["event"], told[0]["missing"]), ("resumed", 0))
        self.assertEqual(self.texts(told), [*map(str, range(700)), "back"])
        self.assertEqual([each["id"] for each in told[1:]], sorted(self.ids(told)))
        self.ann.types("/bc after")
        self.assertEqual(self.texts(self.told(self.bob)), ["after"])

    def ids(self, told: list[dict[str, Any]]) -> set[int]:
        return {each["id"] for each in told if "id" in each}

    def test_what_happens_while_the_store_looks_for_it(self) -> None:
        store = Slow()
        self.forgets(store=store)
        self.assertEqual(self.comes_back({"do": "bc", "text": "back"}), [])
        self.ann.types("/bc meanwhile", "/say #ops too", "/dm client2 psst")
        self.ann.hears()
        store.answers()
        told = self.hears_on([])
        self.assertEqual(
            self.texts(told), [*map(str, range(700)), "back", "meanwhile", "too", "psst"]
        )

    def test_lost_again_while_the_store_looks_for_it(self) -> None:
        store = Slow()
        self.forgets(store=store)
        self.comes_back()
        self.bob.drops()
        store.answers()
        self.ann.types("/bc after")
        store.is_slow = False
        told = self.hears_on(self.comes_back())
        self.assertEqual(self.texts(told), [*map(str, range(700)), "after"])

    def test_a_store_that_fails_is_told(self) -> None:
        store = Lasting()
        self.forgets(store=store)
        store.broken = True
        told = self.hears_on(self.comes_back())
        self.assertEqual((told[0]["event"], told[0]["missing"]), ("resumed", 2))
        self.assertEqual(self.texts(told)[-1], "699")

    def test_direct_messages_that_memory_has_forgotten_are_told(self) -> None:
        self.begin(history=10, store=Lasting())
        [given] = self.asks({"do": "resume"})
        self.token, self.seen = given["token"], given["seen"]
        self.bob.drops()
        self.ann.types("/dm client2 psst")
        for number in range(30):
            self.ann.types(f"/bc {number}")
            self.cat.hears()
        self.assertEqual(self.comes_back()[0]["missing"], 1)

    def test_the_server_goes_down(self) -> None:
        self.bob.drops()
        closed: list[bool] = []
        self.server.chat.shut_down(lambda: closed.append(True))
        [error] = self.comes_back()
        self.assertEqual(error["error"]["text"], "The server is shutting down.")
        self.assertTrue(self.bob.is_closed())
        for person in (self.ann, self.cat):
            person.hears()
            person.is_closed()
        self.assertEqual(closed, [True])
        self.assertEqual(self.server.clock.getDelayedCalls(), [])

    def test_numbers_that_cannot_be(self) -> None:
        self.ann.types("/bc one")
        for seen in (-1, 10**30):
            self.bob.drops()
            self.seen = seen
            self.assertEqual(self.comes_back()[0]["event"], "resumed")
        self.ann.types("/bc two")
        self.assertEqual(self.texts(self.told(self.bob)), ["two"])


class PrivateTests(ResumeTestCase):
    """Direct messages, which no store keeps."""

    def test_they_are_kept_until_both_have_them(self) -> None:
        for number in range(3):
            self.ann.types(f"/dm client2 {number}")
        self.told(self.bob)
        self.ann.types("/quit")
        self.ann.hears()
        self.assertTrue(self.ann.is_closed())
        self.assertEqual(len(self.server.chat.pairs), 1)
        self.asks({"do": "ping", "nonce": "1", "seen": self.seen})
        self.cat.types("/dm client2 hi")
        self.told(self.bob)
        self.server.chat.pairs.clear(self.bob.session.user)
        self.assertEqual(len(self.server.chat.pairs), 1)

    def test_what_one_device_has_read_another_has_yet_to_read(self) -> None:
        self.asks({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        phone = self.server.joined_by("10.0.0.9")
        login = {"do": "login", "name": "bob", "password": PASSWORD}
        phone.types("/json", json.dumps(login), '{"do": "resume"}')
        self.told(phone)
        self.told(self.bob)
        self.bob.drops()
        self.ann.types("/dm bob psst")
        self.ann.hears()
        [told] = [each for each in self.told(phone) if each["event"] == "direct"]
        phone.types(json.dumps({"do": "ping", "seen": told["id"] + 1}))
        self.cat.types("/dm bob hi")
        phone.types(json.dumps({"do": "ping", "seen": 10**9}))
        self.told(phone)
        self.server.chat.pairs.clear(phone.session.user)
        self.assertEqual(self.texts(self.comes_back()), ["psst", "hi"])
        self.asks({"do": "ping", "seen": self.seen})
        phone.types(json.dumps({"do": "ping", "seen": self.seen}))
        self.server.chat.pairs.clear(phone.session.user)
        self.assertEqual(len(self.server.chat.pairs), 0)

    def test_who_never_says_so_can_still_be_written_to(self) -> None:
        self.patch(pairs, "MOST_PAIRS", 3)
        for number in range(6):
            person = self.server.joined_by(f"10.0.1.{number}")
            person.types(f"/dm client2 {number}")
            person.hears()
        self.assertEqual(self.texts(self.told(self.bob)), list("012345"))


class NonceTests(ResumeTestCase):
    def test_what_is_repeated_is_said_once(self) -> None:
        said = {"do": "bc", "text": "once", "nonce": "n"}
        [first] = self.asks(said)
        self.assertEqual(self.asks(said), [first | {"recalled": True}])
        self.bob.drops()
        self.assertEqual(self.comes_back(said)[1:], [first | {"recalled": True}])
        self.asks({"do": "dm", "username": "client1", "text": "psst", "nonce": "m"})
        self.asks({"do": "dm", "username": "client1", "text": "psst", "nonce": "m"})
        self.assertEqual(self.ann.hears(), ["client2: once", "client2: psst"])

    def test_in_the_same_turn(self) -> None:
        said = {"do": "bc", "text": "once", "nonce": "n"}
        self.assertEqual(len(self.asks(said, said)), 1)

    def test_what_could_not_be_done_can_be_tried_again(self) -> None:
        class Failing(MemoryStore):
            fails = True

            def append(self, said: Any) -> Any:
                return self.refuse() if self.fails else super().append(said)

            async def refuse(self) -> None:
                raise StoreError("the disk is full")

        store = Failing(1000, 10**6)
        self.begin(store=store)
        said = {"do": "bc", "text": "once", "nonce": "n"}
        [error] = self.asks(said)
        self.assertEqual(
            error["error"],
            {"code": "not-kept", "text": "Not said, as the disk is full.", "nonce": "n"},
        )
        store.fails = False
        [told] = self.asks(said)
        self.assertEqual((told["text"], told["nonce"]), ("once", "n"))
        [error] = self.asks({"do": "dm", "username": "nobody", "text": "hi", "nonce": "d"})
        self.assertEqual(error["error"]["nonce"], "d")

    def test_they_are_bounded(self) -> None:
        for number in range(MOST_NONCES + 1):
            self.asks({"do": "bc", "text": str(number), "nonce": str(number)})
        self.assertEqual(len(self.bob.session.user.nonces), MOST_NONCES)
        self.assertEqual(len(NO_NONCES), 0)

    def test_those_of_others_are_others(self) -> None:
        self.asks({"do": "bc", "text": "bob's", "nonce": "n"})
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/json", '{"do": "bc", "text": "dan\'s", "nonce": "n"}')
        self.assertEqual(self.told(dan)[-1]["text"], "dan's")


class FirstTests(ResumeTestCase):
    """The first moments of a connection."""

    def test_in_any_pieces(self) -> None:
        data = b"/json 1\r\n" + lines({"do": "resume", "token": self.token, "seen": 0})
        for cut in range(1, len(data)):
            self.bob.drops()
            self.bob = self.server.joined_by("10.0.0.2", is_new=False)
            data = b"/json 1\r\n" + lines({"do": "resume", "token": self.token, "seen": 0})
            self.bob.sends(data[:cut])
            self.bob.sends(data[cut:])
            resumed = self.told(self.bob)[0]
            self.assertEqual(resumed["event"], "resumed", cut)
            self.token = resumed["token"]
        self.assertEqual(self.ann.hears(), [])

    def test_whatever_one_says_one_is_let_in_at_once(self) -> None:
        for first in (
            b"",
            b"/users\n",
            b"/j",
            b"/json",
            b"/json\n",
            b'/json\n{"do": "resume"}\n',
            b'/json\n{"do": "resume", "token": "x"}\n',
            b'/json\n{"do": "resume", "token": 7, "seen": 7}\n',
            b"/json\nnonsense\n",
            b"/jsonx\n",
            b"x" * 9000,
        ):
            person = self.server.joined_by("10.0.0.5", is_new=False)
            person.sends(first)
            self.server.clock.advance(0)
            welcome, *told = person.transport.value().decode().splitlines()
            self.assertTrue(welcome.startswith("server: Welcome"), first)
            if first.startswith(b"/json\n"):
                self.assertTrue(told[0].startswith('{"event": "welcome"'), first)
            person.drops()

    def test_gone_before_that(self) -> None:
        dan = self.server.joined_by("10.0.0.4", is_new=False)
        dan.drops()
        self.server.clock.advance(10)
        self.assertEqual(self.ann.hears(), [])
        eve = self.server.joined_by("10.0.0.5", is_new=False)
        eve.closes()
        self.assertIn("Welcome", eve.hears()[0])
        self.assertTrue(eve.is_closed())
        self.assertEqual(self.ann.hears(), [])
        for part in (b"/js", b"/json 1", b'/json\n{"do": "res'):
            fay = self.server.joined_by("10.0.0.6", is_new=False)
            fay.sends(part)
            self.server.clock.advance(1)
            fay.closes()
            fay.hears()
            self.assertTrue(fay.is_closed())
            self.assertEqual(self.ann.hears(), [])
        self.assertEqual(len(self.server.chat.sessions), 3)
        self.assertEqual(list(self.server.chat.users), ["client1", "client2", "client3"])
        self.assertEqual(self.server.joined_by("10.0.0.7").name, "client4")

    def test_who_says_nothing_is_announced(self) -> None:
        self.server.joined_by("10.0.0.4", is_new=False)
        self.server.clock.advance(PRESENCE_DELAY)
        self.assertEqual(self.ann.hears(), ["server: client4 has joined."])

    def test_what_never_ends_is_announced_after_a_while(self) -> None:
        dan = self.server.joined_by("10.0.0.4", is_new=False)
        dan.sends(b'/json\n{"do": "res')
        self.server.clock.pump([0.1] * int(GREET_WITHIN * 10 - 2))
        self.assertEqual(self.ann.hears(), [])
        self.server.clock.pump([0.1] * 4)
        self.assertEqual(self.ann.hears(), ["server: client4 has joined."])

    def comes_back_late(self, seconds: float, between: bytes = b"") -> list[dict[str, Any]]:
        """What Bob is told who asks for his place so late, and says something before that."""
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.bob.sends(between)
        self.server.clock.pump([seconds / 10] * 10)
        resume = {"do": "resume", "token": self.token, "seen": self.seen, "nonce": "r"}
        self.bob.sends(b"/json\n"[len(between) :] + lines(resume))
        self.bob.transport.clear()
        return self.told(self.bob)

    def test_however_late(self) -> None:
        for seconds, departed in ((0.05, []), (0.4, ["joined", "quit"]), (40, ["joined", "quit"])):
            for between in (b"", b"/js", b"/json\n"):
                self.ann.types("one")
                told = self.comes_back_late(seconds, between)
                self.assertEqual((told[0]["event"], told[0]["name"]), ("resumed", "client2"))
                self.assertEqual(self.texts(told), ["one"])
                self.assertEqual(told[-1], {**told[-1], "event": "done", "nonce": "r"})
                heard = [line for line in self.ann.hears() if line != "client1: one"]
                is_part = between == b"/js" and seconds < GREET_WITHIN
                self.assertEqual([line.split()[-1][:-1] for line in heard],
                                 [] if is_part else departed)  # fmt: skip
                self.assertEqual(list(self.server.chat.users), ["client1", "client2", "client3"])
                self.assertEqual(len(self.server.chat.sessions), 3)

    def test_no_number_is_used_up_by_coming_back(self) -> None:
        for seconds in (0, 0.05, 0.4):
            for number in range(5):
                self.bob.drops()
                host = f"10.9.{number}.1" if seconds < 0.4 else "10.0.0.2"
                self.bob = self.server.joined_by(host, is_new=False)
                self.server.clock.advance(seconds)
                self.bob.sends(b"/json\n" + lines({"do": "resume", "token": self.token}))
                self.assertIn('"resumed"', str(self.bob.hears()))
        self.assertLessEqual(int(self.server.joined_by("10.0.0.5").name[len("client") :]), 5)

    def test_what_is_said_meanwhile_is_heard_once(self) -> None:
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.ann.types("one")
        self.server.clock.pump([0.05] * 4)
        self.ann.types("two")
        self.bob.sends(b"/json\n")
        self.server.clock.pump([0.05] * 4)
        self.ann.types("three")
        self.bob.transport.clear()
        resume = {"do": "resume", "token": self.token, "seen": self.seen}
        self.bob.sends(lines(resume, {"do": "bc", "text": "four"}))
        told = self.told(self.bob)
        self.assertEqual(told[0]["event"], "resumed")
        self.assertEqual(self.texts(told), ["one", "two", "three", "four"])

    def test_where_only_people_with_an_account_take_part(self) -> None:
        self.begin(accounts_only=True)
        person = self.server.joined_by("10.0.0.4", is_new=False)
        person.types("/json", json.dumps({"do": "resume", "token": "x" * 32, "nonce": "r"}))
        told = self.told(person)
        self.assertEqual((told[0]["event"], told[0]["rooms"]), ("welcome", []))
        self.assertEqual((told[-1]["event"], told[-1]["nonce"]), ("done", "r"))

    def test_there_is_room_for_who_comes_back(self) -> None:
        for limits in ({"users": 3}, {"per_address": 1}):
            self.begin(**limits)
            [given] = self.asks({"do": "resume"})
            self.token, self.seen = given["token"], given["seen"]
            late = self.server.joined_by("10.0.0.2", is_new=False)
            self.server.clock.advance(1)
            late.types("/json", json.dumps({"do": "resume", "token": "x" * 32, "seen": 1}))
            self.assertIn('"error"', late.hears()[-1])
            self.assertTrue(late.is_closed())
            old, self.bob = self.bob, self.server.joined_by("10.0.0.2", is_new=False)
            self.server.clock.advance(1)
            self.bob.types("/json", json.dumps({"do": "resume", "token": self.token}))
            self.assertIn('"resumed"', str(self.bob.hears()))
            self.assertTrue(old.transport.disconnected)
            old.drops()
            self.ann.types("hi")
            self.assertEqual(self.texts(self.told(self.bob)), ["hi"])
            self.assertEqual(self.server.factory.entrance.refused, 0)

    def test_one_that_is_not_the_first(self) -> None:
        [error] = self.asks({"do": "resume", "token": self.token, "nonce": "r"})
        self.assertIn("It is too late for that", error["error"]["text"])

    def test_from_an_address_that_is_banned(self) -> None:
        self.begin(operators=frozenset({skeleton("rooty")}))
        [given] = self.asks({"do": "resume"})
        local = self.server.joined_by("127.0.0.1")
        local.types("/nick rooty", f"/register {PASSWORD}", "/ban #lobby address 10.6.6.0/24 spam")
        self.assertIn("is banned from this server", local.hears()[-1])
        thief = self.server.joined_by("10.6.6.6", is_new=False)
        thief.sends(b"/json\n" + lines({"do": "resume", "token": given["token"], "seen": 0}))
        self.assertIn("You are banned", self.told(thief)[0]["error"]["text"])
        self.assertTrue(thief.is_closed())


class SilenceTests(ResumeTestCase):
    """Programs that have the server give up a connection over which nothing comes."""

    def waits(self, seconds: float) -> None:
        for _ in range(int(seconds * 2)):
            self.server.clock.advance(0.5)

    def is_given_up(self) -> bool:
        return bool(self.bob.transport.disconnected)

    def test_after_so_many_seconds(self) -> None:
        self.assertEqual(self.asks({"do": "ping", "silence": 40}), [])
        self.waits(39)
        self.assertFalse(self.is_given_up())
        self.waits(12)
        self.assertTrue(self.is_given_up())
        self.ann.types("/users")
        self.assertIn("client2 (reconnecting)", self.ann.hears()[-1])

    def test_who_speaks_is_not_given_up(self) -> None:
        self.asks({"do": "ping", "silence": "10"})
        for _ in range(20):
            self.waits(9)
            self.bob.sends(b" ")
        self.assertFalse(self.is_given_up())
        self.waits(13)
        self.assertTrue(self.is_given_up())

    def test_agreed_with_the_first_line(self) -> None:
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        resume = {"do": "resume", "token": self.token, "seen": self.seen, "silence": 10}
        self.bob.sends(b"/json\n" + lines(resume))
        self.assertEqual(self.told(self.bob)[0]["event"], "resumed")
        self.waits(13)
        self.assertTrue(self.is_given_up())

    def test_agreed_with_a_token(self) -> None:
        self.asks({"do": "resume", "silence": 10})
        self.waits(13)
        self.assertTrue(self.is_given_up())

    def test_another_time_is_the_one_that_counts(self) -> None:
        self.asks({"do": "ping", "silence": 10}, {"do": "ping", "silence": 600})
        self.waits(590)
        self.assertFalse(self.is_given_up())

    def test_a_time_that_cannot_be(self) -> None:
        for silence in (9, 601, -10, "x", 10.5, "\u0661\u0660", "9" * 5000):
            [error] = self.asks({"do": "ping", "silence": silence})
            self.assertEqual(error["error"]["field"], "silence")
        self.bob.drops()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        resume = {"do": "resume", "token": self.token, "seen": self.seen, "silence": []}
        self.bob.sends(b"/json\n" + lines(resume))
        told = self.told(self.bob)
        self.assertEqual(told[0]["event"], "resumed")
        self.assertEqual(told[-1]["error"]["field"], "silence")
        self.waits(1000)
        self.assertFalse(self.is_given_up())

    def test_who_is_not_read_is_not_given_up(self) -> None:
        self.begin(throttle=Throttle(10, 0.01))
        self.bob.types(*['{"do": "ping", "silence": 10}'] * 12)
        self.waits(90)
        self.assertFalse(self.is_given_up())

    def test_without_that_one_may_be_silent_for_ever(self) -> None:
        self.waits(3000)
        self.assertFalse(self.is_given_up())
