"""The link: coming back to its place after a lost connection, or not."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.client.connection import latest_rooms
from chatsvc.client.connection.failures import NotLetIn
from chatsvc.client.connection.latest_rooms import LATELY
from tests.client.connection.linking import LinkTestCase


class LinkTests(LinkTestCase):
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

    def test_what_goes_first_is_asked_again_if_the_place_is_heard_of_over_the_next_connection(
        self,
    ) -> None:
        self.welcomes()
        self.link._begin = lambda ask, name, rooms: ask("nick", name="ann")
        self.lost()
        self.connects()
        self.hears("welcome", name="client2", rooms=["#lobby"])
        self.line.dataReceived(b'{"error": {"code": "no-such-token", "text": ""}}\n')
        self.lost()
        self.connects()
        self.sends()
        self.hears("resumed", token="t", seen=7, name="client2", rooms=["#lobby"])
        self.assertEqual([json.loads(line)["do"] for line in self.sends().splitlines()], ["nick"])

    def resumes(self, *rooms: str, restarted: bool = True) -> list[str]:
        """Come back, and return the rooms that are asked for, in order, with what is said."""
        self.patch(latest_rooms, "LATELY", LATELY + 100)  # which coming back takes
        self.lost()
        self.connects()
        self.sends()
        facts = {"rooms": rooms, "restarted": restarted, "left": ["#put-out"]}
        self.hears("resumed", token="t", seen=7, name="ann", **facts)
        self.clock.advance(10)  # as its pace allows
        sent = [json.loads(line) for line in self.sends().splitlines()]
        return [each.get("text", each["room"]) for each in sent]

    def hears(self, event: str, **facts: Any) -> None:
        self.line.dataReceived(json.dumps({"event": event, **facts}).encode() + b"\n")

    def test_a_killed_server_is_asked_again_for_the_latest_rooms(self) -> None:
        self.welcomes()
        for room in ("#old", "#stored", "#gone", "#put-out", "#ops", "#tea"):
            self.hears("admitted", room=room, text="")
            if room == "#old":
                self.clock.advance(LATELY + 1)
        self.hears("dismissed", room="#gone", text="")
        self.hears("room-renamed", room="#tea", new="#Coffee")
        self.link.ask("say", room="#ops", text="hi")
        self.assertEqual(self.resumes("#lobby", "#stored"), ["#ops", "#Coffee", "hi"])

    def test_a_server_that_was_not_restarted_is_not_asked_for_rooms(self) -> None:
        self.welcomes()
        self.hears("admitted", room="#ops", text="")
        self.assertEqual(self.resumes("#lobby", restarted=False), [])

    def test_of_the_latest_rooms_a_number_is_remembered(self) -> None:
        self.welcomes()
        rooms = [f"#room{number}" for number in range(latest_rooms.MOST_ROOMS + 5)]
        for room in rooms:
            self.hears("admitted", room=room, text="")
        self.assertEqual(self.resumes("#lobby"), rooms[5:])

    def test_a_room_that_is_joined_again_is_among_the_latest(self) -> None:
        self.welcomes()
        rooms = [f"#room{number}" for number in range(latest_rooms.MOST_ROOMS)]
        for room in (*rooms, rooms[0], "#ops"):
            self.hears("admitted", room=room, text="")
        self.assertEqual(self.resumes("#lobby"), [*rooms[2:], rooms[0], "#ops"])

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
