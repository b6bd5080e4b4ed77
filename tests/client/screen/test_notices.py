"""Notices of what is said to whoever sits here."""

from __future__ import annotations

from chatsvc.client.notices.notices import MOST_LEVELS
from chatsvc.client.own_name import MOST_MENTIONS
from tests.client.screen.sitting import InterfaceTestCase


class NoticeTests(InterfaceTestCase):
    def test_unread(self) -> None:
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.said("#ops", "ann", "first")
        self.said("#ops", "ann", "second", recalled=True)
        self.said("#ops", "bob", "my own, elsewhere")
        self.assertIn("2 #ops +1", self.status)
        self.said("#ops", "ann", "hello Bob!")
        self.assertIn("2 #ops !1 +1", self.status)
        self.types("\x0e")
        rows = self.screen.split("\n")
        self.assertTrue(rows[rows.index("——— new ———") + 1].endswith("ann: first"))
        self.assertIn("[2 #ops", self.status)
        self.types("\x0e\x0e")
        self.assertNotIn("——— new ———", self.screen)

    def test_what_one_has_said_oneself_is_not_new(self) -> None:
        self.joins("#ops")
        self.enters("hello")
        self.types("\x1b1")
        self.said("#ops", "bob", "hello", nonce="1")
        self.assertNotIn("2 #ops +1", self.status)
        self.types("\x1b2")
        self.assertIn("bob: hello", self.screen)
        self.assertNotIn("new", self.screen)
        self.enters("/dm ann psst")
        self.told("direct", **{"from": "bob", "to": "ann", "text": "psst", "nonce": "1"})
        self.assertIn("3 @ann +1", self.status)

    def test_being_spoken_to(self) -> None:
        self.draws()
        for text, rings in {"hello bobby": 0, "hello bob": 1, "BOB!": 2, "my bob": 3}.items():
            self.said("#lobby", "ann", text)
            self.draws()
            self.assertEqual(self.emulator.rang, rings, text)
        self.said("#lobby", "bob", "I, bob")
        self.told("direct", **{"from": "ann", "to": "bob", "text": "psst"})
        self.draws()
        self.assertEqual(self.emulator.rang, 4)

    def test_what_was_said_to_one_earlier_is_not_told_again(self) -> None:
        earlier = {"from": "ann", "to": "bob", "text": "psst", "recalled": True}
        self.told("direct", **earlier)
        self.assertEqual(self.noticed, [])
        self.told("direct", **earlier, waited=True)
        self.assertEqual(self.noticed, [("chat.example.org:5000", "ann", "@ann", "psst")])

    def test_quietly(self) -> None:
        self.begins(notices="off")
        self.said("#lobby", "ann", "hello bob")
        self.draws()
        self.assertEqual(self.emulator.rang, 0)

    def test_notices_on_the_desktop(self) -> None:
        self.begins(notices="osc9")
        self.said("#lobby", "ann", "hello bob\x07\x1b]0;x\x07")
        self.assertTrue(self.interface.render().startswith(b"\x1b]9;ann: hello bob"))

    def test_notices_by_another_sign(self) -> None:
        self.begins(notices="osc99")
        self.said("#lobby", "ann", "hello bob\x1b\\\x1b]0;x\x07")
        notice = self.interface.render().partition(b"\x1b\\")[0]
        self.assertTrue(notice.startswith(b"\x1b]99;;ann: hello bob"))
        self.assertNotIn(b"\x1b", notice[1:])

    def test_words_that_are_mentions(self) -> None:
        self.begins(highlights=("deploy", "c++"))
        for text, rings in {"a deployment": 0, "Deploy now": 1, "not C, C++!": 2}.items():
            self.said("#lobby", "ann", text)
            self.draws()
            self.assertEqual(self.emulator.rang, rings, text)

    def test_levels(self) -> None:
        self.begins(levels={"#Ops": "all", "#noise": "none"})
        for room in ("#ops", "#noise"):
            self.told("admitted", room=room, text=f"You are in {room}.")
        for room, text in (("#ops", "anything"), ("#noise", "hello bob"), ("#lobby", "anything")):
            self.said(room, "ann", text)
        self.assertEqual(self.noticed, [("chat.example.org:5000", "ann", "#ops", "anything")])
        self.assertIn("2 #ops +1  3 #noise  ", self.status)  # not counted
        for typed, told in (
            ("/notify #ops none", "Notices of #ops: none."),
            ("/notify #ops", "Notices of #ops: none."),
            ("/notify all", "Notices of #lobby: all."),
            ("/notify #ops loud", "Write it like this: /notify"),
            ("/notify a b c", "Write it like this: /notify"),
        ):
            self.types(f"{typed}\r")
            self.assertIn(told, self.screen.split("\n")[-3] + self.screen)
        self.said("#ops", "ann", "hello bob")
        self.said("#lobby", "ann", "hi")
        self.assertEqual(self.noticed[1:], [("chat.example.org:5000", "ann", "#lobby", "hi")])

    def test_a_muted_room_is_passed_over_and_still_says_what_is_new(self) -> None:
        self.begins(levels={"#noise": "none"})
        self.told("admitted", room="#noise", text="You are in #noise.")
        for number in range(3):
            self.said("#noise", "ann", f"bob, {number}", id=number)
        self.types("\x1ba")
        self.assertIn("Nothing is new in other windows.", self.status)
        self.types("\x1b2")
        rows = self.screen.split("\n")
        self.assertIn("bob, 0", rows[rows.index("——— new ———") + 1])

    def test_no_more_levels_than_there_may_be(self) -> None:
        for number in range(MOST_LEVELS):
            self.types(f"/notify #room{number} all\r")
        self.types("/notify #more all\r")
        self.assertIn("that is the most", self.screen)
        self.types("/notify #room0 none\r")
        self.assertIn("Notices of #room0: none.", self.screen)

    def test_a_list_of_mentions(self) -> None:
        self.types("/mentions\r")
        self.assertIn("Nobody has mentioned you since you came.", self.screen)
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.said("#ops", "ann", "hello bob", id=7)
        self.said("#ops", "ann", "nothing", id=8)
        for number in range(MOST_MENTIONS - 1):
            self.said("#lobby", "cat", f"bob, {number}", id=9 + number)
        self.types("/mentions\r")
        self.assertIn("bob, 98", self.screen)
        self.types("\x1b[B")  # from the newest to the oldest
        self.assertIn("hello bob", self.screen)
        self.assertNotIn("nothing", self.screen)
        self.types("\r")
        self.assertIn("[2 #ops", self.status)
