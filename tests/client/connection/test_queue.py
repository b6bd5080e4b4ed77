"""The queue of the link: what waits, what is on its way, and how fast it goes."""

from __future__ import annotations

import json

from chatsvc.client.connection.queue import MOST_WAITING, WINDOW, TooMuch
from tests.client.connection.linking import LinkTestCase


class QueueTests(LinkTestCase):
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
