"""Resuming: nothing is missed or doubled, and the others notice nothing."""

from __future__ import annotations

import gc
import weakref

from chatsvc.chat.presence.departures import RESUME_WITHIN
from tests.doors.resume.program import ResumeTestCase, lines


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

    def test_what_the_journal_tells_of_the_old_one(self) -> None:
        journal, first = self.journal(), self.bob
        self.comes_back()
        first.drops()
        back, replaced = journal
        self.assertEqual(back, "client2 came back from 10.0.0.2.")
        self.assertRegex(
            replaced, r"^The connection of client2 was .*: another one has its place\.$"
        )
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
