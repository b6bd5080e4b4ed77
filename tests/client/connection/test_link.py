"""The link: what it sends, and what it does when the connection is lost."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.connection.failures import NoAnswer, NotLetIn
from chatsvc.client.connection.line import (
    ANSWER_WITHIN,
    ASK_AFTER,
    AT_ONCE,
    GIVE_UP_AFTER,
    LONGEST_LINE,
    LOOK_EVERY,
    MOST_EARLY,
    RESUME,
)
from chatsvc.client.connection.link import Link
from chatsvc.client.connection.objects import LONGEST_TOKEN
from chatsvc.client.connection.queue import MOST_WAITING, WINDOW, TooMuch


class Endpoint:
    """Connects when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, Deferred[Any]]] = []

    def connect(self, factory: Any) -> Deferred[Any]:
        self.asked.append((factory, Deferred()))
        return self.asked[-1][1]


class LinkTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.endpoint = Endpoint()
        self.told: list[Any] = []
        self.states: list[bool] = []
        self.over: list[str] = []
        self.link = Link(
            self.clock,
            self.endpoint,  # type: ignore[arg-type]  # it only connects
            self.told.append,
            self.states.append,
            over=self.over.append,
        )
        self.link.start()
        self.connects()

    def connects(self) -> None:
        self.clock.advance(100)
        factory, connected = self.endpoint.asked.pop()
        self.transport = StringTransport()
        self.line = factory.buildProtocol(None)
        self.line.makeConnection(self.transport)
        connected.callback(self.line)

    def sends(self) -> str:
        sent: str = self.transport.value().decode()
        self.transport.clear()
        return sent

    def opening(self, **more: Any) -> str:
        """What is sent first: the link's own token, which stays the same."""
        token = self.link._place.token
        asked = {"do": "resume", "token": token, "silence": GIVE_UP_AFTER, "nonce": RESUME, **more}
        return f"/json\n{json.dumps(asked)}\n"

    def welcomes(self) -> None:
        self.line.dataReceived(
            b'server: Welcome\n{"event": "welcome", "name": "client1", "rooms": ["#lobby"]}\n'
            b'{"event": "resumable", "token": "%s", "seen": 7}\n' % self.link._place.token.encode()
        )

    def lost(self) -> None:
        self.line.connectionLost(Failure(ConnectionError()))

    def test_one_turn_of_the_reactor_reads_only_so_much(self) -> None:
        self.assertIn("bufferSize", vars(FileDescriptor))  # what Twisted's connections read at once
        self.assertEqual(vars(self.transport)["bufferSize"], AT_ONCE)

    def test_what_is_asked_for_waits_for_the_connection(self) -> None:
        self.assertEqual(self.sends(), self.opening())
        self.link.ask("bc", text="hi")
        self.assertEqual(self.sends(), "")
        self.welcomes()
        [said] = self.sends().splitlines()
        self.assertIn('"text": "hi"', said)
        self.assertEqual(self.states, [True])

    def test_what_was_on_its_way_is_said_again_and_of_the_rest_one_is_told(self) -> None:
        self.welcomes()
        self.sends()
        said, kicked = self.link.ask("bc", text="hi"), self.link.ask("kick", username="bob")
        self.lost()
        self.connects()
        self.assertEqual(self.sends(), self.opening(seen=7))
        self.line.dataReceived(
            b'{"event": "resumed", "token": "t", "seen": 7, "name": "client2", "rooms": []}\n'
        )
        self.assertIn(said, self.sends())
        self.assertEqual(self.told[-1]["error"]["nonce"], kicked)
        self.assertEqual(self.states, [True, False, True])

    def test_what_is_for_one_person_waits_for_what_happened_meanwhile(self) -> None:
        self.welcomes()
        self.lost()
        asked = self.link.ask("dm", username="Dan", text="hi")
        gone = self.link.ask("dm", username="cat", text="hi")
        self.connects()
        self.sends()
        self.line.dataReceived(
            b'{"event": "resumed", "token": "t", "seen": 7, "name": "client2", "rooms": []}\n'
        )
        ping = json.loads(self.sends())
        self.assertEqual(ping["do"], "ping")
        self.assertTrue(self.link.waits(asked))
        self.link.readdress("dan", "daniel")
        self.link.forget(gone)
        self.line.dataReceived(b'{"event": "done", "nonce": "%s"}\n' % ping["nonce"].encode())
        said = json.loads(self.sends())
        self.assertEqual((said["username"], said["nonce"]), ("daniel", asked))
        self.assertFalse(self.link.waits(asked))

    def test_no_more_is_sent_than_the_server_takes(self) -> None:
        self.welcomes()
        self.line.dataReceived(b'{"event": "paced", "burst": 30, "rate": 10.0}\n')
        self.sends()
        for number in range(8):
            self.link.ask_last("who", room=f"#r{number}")
        self.assertEqual(self.sends().count('"who"'), 2)  # half a burst is left
        self.link.ask("type", line="/users", room="#lobby")
        self.link.ask("bc", text="hi")
        self.assertEqual(self.sends().count('"do"'), 2)
        self.assertNoResult(idle := self.link.when_idle())
        self.clock.pump([0.1] * 20)
        self.link.ask("bc", text="hi")
        sent = self.sends()
        self.assertIn('"bc"', sent)
        self.clock.pump([0.1] * 60)
        self.assertEqual(self.link.waiting, 11)
        self.assertEqual((sent + self.sends()).count('"who"'), 6)
        for nonce in [asked["nonce"] for asked in self.link.unanswered]:
            self.line.dataReceived(b'{"event": "done", "nonce": "%s"}\n' % nonce.encode())
        self.successResultOf(idle)

    def test_what_is_forgotten_is_not_asked_for(self) -> None:
        first = self.link.ask("dm", username="ann", text="hi")
        self.welcomes()
        second = self.link.ask("dm", username="ann", text="ho")
        self.sends()
        self.lost()
        third = self.link.ask("dm", username="ann", text="hm")
        for nonce in (first, third):
            self.link.forget(nonce)
        self.connects()
        self.sends()
        self.welcomes()
        self.assertEqual(self.link.waiting, 1)
        [sent] = self.sends().splitlines()
        self.assertIn(second, sent)

    def test_what_lets_all_others_go_before_ends_with_the_connection(self) -> None:
        self.welcomes()
        self.line.dataReceived(b'{"event": "paced", "burst": 30, "rate": 10.0}\n')
        nonces = [self.link.ask_last("who", room=f"#r{number}") for number in range(8)]
        self.lost()
        told = [each["error"]["nonce"] for each in self.told if "error" in each]
        self.assertEqual((told, self.link.waiting), (nonces[2:], 2))

    def test_one_comes_back_with_the_token_that_was_given_last(self) -> None:
        self.welcomes()
        self.line.dataReceived(b'{"event": "resumable", "token": "another", "seen": 8}\n')
        self.lost()
        self.connects()
        self.assertIn('"token": "another"', self.sends().splitlines()[-1])

    def test_each_event_is_heard_once(self) -> None:
        self.welcomes()
        nonce = self.link.ask("bc", text="hi").encode()
        self.told.clear()
        self.line.dataReceived(b'{"event": "said", "id": 8, "nonce": "%s"}\n' % nonce * 2)
        self.line.dataReceived(
            b'{"event": "said", "id": 8, "nonce": "%s", "recalled": true}\n' % nonce
        )
        self.line.dataReceived(b'{"event": "said", "id": 5, "recalled": true}\n')
        self.assertEqual([each["id"] for each in self.told], [8, 5])

    def test_what_waited_counts_as_read(self) -> None:
        self.welcomes()
        self.told.clear()
        for _ in range(2):
            self.line.dataReceived(
                b'{"event": "direct", "id": 9, "recalled": true, "waited": true}\n'
            )
        self.assertEqual([each["id"] for each in self.told], [9])
        self.assertEqual(self.link.sign_of_life()["seen"], 9)

    def test_a_server_that_is_silent_is_given_up(self) -> None:
        self.welcomes()
        self.sends()
        self.clock.pump([LOOK_EVERY] * int(ASK_AFTER / LOOK_EVERY))
        self.assertIn('"do": "ping"', self.sends())
        self.line.dataReceived(b'{"event": "done", "nonce": "ping"}\n')
        self.clock.pump([LOOK_EVERY] * int(GIVE_UP_AFTER / LOOK_EVERY - 1))
        self.assertFalse(self.transport.disconnected)
        self.clock.pump([LOOK_EVERY])
        self.assertTrue(self.transport.disconnected)

    def test_who_only_listens_shows_that_it_is_there(self) -> None:
        self.welcomes()
        self.sends()
        for _ in range(9):
            for _ in range(int(ASK_AFTER / LOOK_EVERY)):
                self.line.dataReceived(b'{"event": "said", "id": 8}\n')
                self.clock.advance(LOOK_EVERY)
            self.assertEqual(self.sends().count('"do": "ping"'), 1)

    def test_a_place_that_is_gone(self) -> None:
        self.welcomes()
        self.lost()
        self.connects()
        self.welcomes()
        self.assertEqual(self.sends(), self.opening(seen=7))
        self.lost()
        self.connects()
        self.line.dataReceived(
            b'{"event": "welcome", "name": "client2", "rooms": ["#lobby"]}\n'
            b'{"error": {"code": "no-such-token", "text": "", "nonce": "resume"}}\n'
        )
        self.lost()
        self.connects()
        self.assertEqual(self.sends(), self.opening())

    def test_what_is_told_before_one_is_known_to_come_back_is_not_heard(self) -> None:
        self.welcomes()
        self.lost()
        self.connects()
        self.told.clear()
        self.line.dataReceived(
            b'server: Welcome\n{"event": "welcome", "name": "client2", "rooms": ["#lobby"]}\n'
            b'{"event": "said", "id": 8, "text": "hi"}\n'
        )
        self.assertEqual((self.told, self.link.is_up), ([], False))
        self.line.dataReceived(
            b'{"event": "resumed", "token": "t", "seen": 7, "name": "client2", "rooms": []}\n'
            b'{"event": "said", "id": 8, "text": "hi"}\n{"event": "done", "nonce": "resume"}\n'
        )
        self.assertEqual([each["event"] for each in self.told], ["resumed", "said"])

    def test_of_that_no_more_is_kept_than_may(self) -> None:
        self.lost()
        self.connects()
        self.line.dataReceived(b'{"event": "said", "id": 8}\n' * MOST_EARLY)
        self.assertFalse(self.transport.disconnected)
        self.line.dataReceived(b'{"event": "said", "id": 8}\n')
        self.assertTrue(self.transport.disconnected)

    def test_the_first_answer_is_lost_with_its_connection(self) -> None:
        begun: list[str] = []
        self.link._begin = lambda ask, name, rooms: begun.append(name)
        self.lost()
        self.connects()
        self.line.dataReceived(
            b'{"event": "resumed", "token": "t", "seen": 7, "name": "client2", "rooms": []}\n'
        )
        self.assertEqual(begun, ["client2"])
        self.lost()
        self.connects()
        self.line.dataReceived(
            b'{"event": "resumed", "token": "t", "seen": 7, "name": "client2", "rooms": []}\n'
        )
        self.assertEqual(begun, ["client2"])

    def test_not_let_in(self) -> None:
        for told in (
            b"server: The server is full.\n",
            b'{"error": {"code": "refused", "text": "The server is full."}}\n',
        ):
            answered = self.link.first_answer()
            self.line.dataReceived(told)
            self.lost()
            error = self.failureResultOf(answered, NotLetIn)
            self.assertEqual(str(error.value), "The server is full.")
            self.connects()

    def is_put_off(self, code: str) -> None:
        self.line.dataReceived(
            b'{"event": "welcome", "name": "client2", "rooms": ["#lobby"]}\n'
            b'{"error": {"code": "%s", "text": "You were kicked.", "nonce": "resume"}}\n'
            b'{"event": "resumable", "token": "t", "seen": 9}\n' % code.encode()
        )

    def test_put_off_meanwhile(self) -> None:
        for code in ("put-off", "banned"):
            self.setUp()
            self.welcomes()
            self.lost()
            self.link.ask("bc", text="never said")
            self.connects()
            self.sends()
            self.is_put_off(code)
            self.assertEqual(self.sends(), '{"do": "quit"}\n')
            self.assertEqual(self.over, ["You were kicked."])
            self.assertFalse(self.link.is_up)
            self.assertEqual([each["text"] for each in self.link.unanswered], ["never said"])
            self.lost()
            self.clock.advance(100)
            self.assertEqual(self.endpoint.asked, [])

    def test_put_off_before_this_run(self) -> None:
        """[It was killed, and has the token from a file.]"""
        self.link._place.seen = 7
        self.link.may_come_back = True
        self.lost()
        self.connects()
        answered = self.link.first_answer()
        self.is_put_off("put-off")
        error = self.failureResultOf(answered, NotLetIn)
        self.assertEqual(str(error.value), "You were kicked.")
        self.assertEqual(self.over, [])  # it would be told twice

    def test_where_one_has_to_log_in_first(self) -> None:
        self.link.ask("login", name="ann", password="secret")
        self.sends()
        self.line.dataReceived(b'{"event": "welcome", "name": "client1", "rooms": []}\n')
        self.assertIn('"do": "login"', self.sends())
        self.line.dataReceived(b'{"event": "resumable", "token": "t", "seen": 7}\n')
        self.assertEqual(self.sends(), "")
        self.lost()
        self.connects()
        self.assertEqual(self.sends(), self.opening(seen=7))

    def test_no_more_waits_than_may(self) -> None:
        for _ in range(MOST_WAITING):
            self.link.ask("bc", text="hi")
        self.assertRaises(TooMuch, self.link.ask, "bc", text="hi")

    def test_so_many_are_on_their_way(self) -> None:
        self.welcomes()
        nonces = [self.link.ask("bc", text=str(number)) for number in range(WINDOW + 1)]
        self.assertEqual(self.sends().count('"do": "bc"'), WINDOW)
        self.line.dataReceived(b'{"event": "said", "id": 8, "nonce": "%s"}\n' % nonces[0].encode())
        self.assertIn(nonces[-1], self.sends())

    def test_no_faster_than_the_server_takes_it(self) -> None:
        self.welcomes()
        self.line.dataReceived(b'{"event": "paced", "burst": 10, "rate": 10.0}\n')
        self.sends()
        for number in range(20):
            self.link.ask("bc", text=str(number))
        self.assertEqual(self.sends().count('"do": "bc"'), 5)
        self.clock.pump([0.01] * 100)
        self.assertEqual(self.sends().count('"do": "bc"'), 9)
        self.assertEqual(self.link.waiting, 20)

    def test_a_long_line_counts_as_several_as_for_the_server(self) -> None:
        self.welcomes()
        self.line.dataReceived(b'{"event": "paced", "burst": 30, "rate": 10.0}\n')
        self.sends()
        for _ in range(5):
            self.link.ask("bc", text="x" * 7 * 1024)
        self.assertEqual(self.sends().count('"do": "bc"'), 3)  # of 25 lines, eight each
        self.clock.pump([0.01] * 100)
        self.assertEqual(self.sends().count('"do": "bc"'), 1)

    def test_for_how_long_there_is_no_answer(self) -> None:
        self.welcomes()
        nonce = self.link.ask("bc", text="hi").encode()
        self.clock.advance(0.3)
        other = self.link.ask("bc", text="hello").encode()
        self.clock.advance(0.2)
        self.assertAlmostEqual(self.link.lag, 0.5)
        self.line.dataReceived(b'{"event": "said", "id": 8, "nonce": "%s"}\n' % nonce)
        self.assertAlmostEqual(self.link.lag, 0.2)
        self.line.dataReceived(b'{"event": "said", "id": 9, "nonce": "%s"}\n' % other)
        self.assertEqual(self.link.lag, 0)

    def test_what_cannot_be_trusted_ends_the_connection(self) -> None:
        for line in (
            "{",
            "{" * 100_000,
            '{"id": "8"}',
            '{"nonce": 8}',
            '{"error": "no"}',
            '{"error": {"nonce": 8}}',
            '{"event": "resumed", "seen": 8}',
            f'{{"event": "resumable", "token": "{"x" * (LONGEST_TOKEN + 1)}", "seen": 8}}',
            '{"event": "paced", "burst": 1, "rate": 0}',
        ):
            self.line.dataReceived(line.encode() + b"\n")
            self.assertTrue(self.transport.disconnected, line)
            self.lost()
            self.connects()

    def test_hearing_nothing_for_a_while(self) -> None:
        self.welcomes()
        self.link.pauseProducing()
        self.line.dataReceived(b'{"event": "notice", "text": "hi"}\n')
        self.assertNotEqual(self.told[-1]["event"], "notice")
        self.link.resumeProducing()
        self.assertEqual(self.told[-1]["event"], "notice")

    def test_the_first_answer(self) -> None:
        answered = self.link.first_answer()
        self.assertNoResult(answered)
        self.welcomes()
        self.successResultOf(answered)
        self.lost()

    def test_no_first_answer(self) -> None:
        lost = self.link.first_answer()
        self.lost()
        self.failureResultOf(lost, ConnectionError)
        silent = self.link.first_answer()
        self.clock.advance(ANSWER_WITHIN)
        self.assertNoResult(silent)  # there is no connection yet
        self.connects()
        self.clock.advance(ANSWER_WITHIN)
        self.failureResultOf(silent, NoAnswer)
        self.assertTrue(self.transport.disconnected)

    def test_a_line_without_end(self) -> None:
        self.line.dataReceived(b"x" * (LONGEST_LINE + 1))
        self.assertTrue(self.transport.disconnected)
