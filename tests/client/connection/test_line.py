"""One connection of the link: what it takes from the server, and when it gives up."""

from __future__ import annotations

from twisted.internet.abstract import FileDescriptor

from chatsvc.client.connection.failures import NoAnswer
from chatsvc.client.connection.line import (
    ANSWER_WITHIN,
    ASK_AFTER,
    AT_ONCE,
    GIVE_UP_AFTER,
    LONGEST_LINE,
    LOOK_EVERY,
    MOST_EARLY,
)
from chatsvc.client.connection.objects import LONGEST_TOKEN
from tests.client.connection.linking import LinkTestCase


class LineTests(LinkTestCase):
    def test_one_turn_of_the_reactor_reads_only_so_much(self) -> None:
        self.assertIn("bufferSize", vars(FileDescriptor))  # what Twisted's connections read at once
        self.assertEqual(vars(self.transport)["bufferSize"], AT_ONCE)

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
