"""The rooms that one is in."""

from __future__ import annotations

from chatsvc.client.connection.queue import MOST_WAITING
from chatsvc.errors import SHOWN
from tests.client.screen.sitting import InterfaceTestCase


class RoomTests(InterfaceTestCase):
    def test_their_windows_stand_as_in_the_settings(self) -> None:
        self.begins(rooms=("#ops", "#Dev"))
        self.told("logged-in", name="bob", rooms=["#lobby", "#art", "#dev", "#ops", "#zoo"])
        names = [window.name for window in self.interface.here.windows.all()]
        self.assertEqual(names, ["#lobby", "#ops", "#dev", "#art", "#zoo"])
        self.begins(rooms=("#ops", "#Dev"))
        for room in ("#art", "#dev", "#ops"):
            self.joins(room)
        names = [window.name for window in self.interface.here.windows.all()]
        self.assertEqual(names, ["#lobby", "#ops", "#dev", "#art"])
        self.assertIn("[2 #ops", self.status)

    def test_being_kicked_while_typing(self) -> None:
        self.joins("#ops")
        self.types("for ops on")
        self.told("kicked", room="#ops", name="bob", actor="ann", act=1, span="", why="enough")
        told = 'You were kicked out of #ops, by ann (act 1): "enough".'
        self.told("dismissed", room="#ops", text=told)
        self.assertIn("[2 #ops, you are not there]", self.status)
        self.assertIn(told, self.screen)
        self.assertNotIn("ann has kicked bob", self.screen)  # it would say the same
        self.told("kicked", room="#ops", name="cat", actor="ann", act=2, span="", why="")
        self.assertIn("ann has kicked cat", self.screen)
        self.assertEqual(self.enters("ly"), [])
        why = "!! That was not said: you are not in #ops. To come back: /join #ops"
        self.assertIn(why, self.screen)
        self.assertIn("ctrl-u takes it away", self.status)
        self.assertTrue(self.screen.endswith("> for ops only"))
        self.types("\x15/join #ops\r")
        self.told("admitted", room="#ops", text="You are in #ops.", answers="1")
        self.types("\x19")
        self.assertEqual(self.enters(""), [{"do": "say", "room": "#ops", "text": "for ops only"}])

    def test_being_put_out_elsewhere(self) -> None:
        self.joins("#ops")
        self.types("\x1b1half")
        self.told("dismissed", room="#ops", text="You have left #ops.")  # on another connection
        self.assertIn("[1 #lobby", self.status)
        self.assertIn(" 2 #ops !1", self.status)
        self.assertTrue(self.screen.endswith("> half"))
        self.types("\x0e")
        self.assertIn("You have left #ops.", self.screen)
        self.refuses("hi", "you are not in #ops")
        self.told("admitted", room="#ops", text="You are in #ops.")  # again there
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#ops", "text": "hi"}])

    def test_leaving_closes_the_window_at_once(self) -> None:
        for command in ("/part", "/close", "/leave", "/part #ops", "/close #OPS"):
            self.joins("#ops")
            self.assertEqual(self.enters(command), [{"do": "part", "room": "#ops"}])
            self.assertIn("[1 #lobby", self.status)
            self.types("half a line")
            self.said("#ops", "ann", "said meanwhile")
            self.told("parted", room="#ops", name="bob")
            text = "You have left #ops. What you type is said to everyone again."
            self.told("dismissed", room="#ops", text=text, answers="1")
            self.told("done", nonce="1")
            self.assertIn("You have left #ops.", self.screen)
            self.assertNotIn("said meanwhile", self.screen)
            self.assertNotIn("said to everyone", self.screen)
            self.assertNotIn("#ops", self.status)
            self.assertTrue(self.screen.endswith("> half a line"))
            self.types("\x15")

    def test_a_window_is_closed_by_its_name(self) -> None:
        for command in ("/close ann", "/close @Ann"):
            self.enters("/window ann")
            self.assertIn("2 @ann", self.status)
            self.types("\x1b1")
            self.assertEqual(self.enters(command), [])
            self.assertNotIn("@ann", self.status)
        for name in ("zoe", "#nowhere"):
            self.assertEqual(self.enters(f"/close {name}"), [])
            self.assertIn(f"There is no window {name}.", self.screen)
        self.enters(f"/close {'z' * 1000}")
        self.assertIn(f"There is no window {'z' * SHOWN}.", self.screen)

    def test_leaving_without_a_connection(self) -> None:
        self.joins("#ops")
        self.interface.here.status(False)
        self.enters("/part")
        rooms = ["#lobby", "#ops"]
        self.told("resumed", token="t", seen=8, name="bob", rooms=rooms, missing=0)
        self.told("dismissed", room="#ops", text="You have left #ops.", answers="1")
        self.assertEqual(len(self.interface.here.windows.all()), 1)

    def test_what_is_asked_is_bounded(self) -> None:
        for number in range(30):
            self.told("admitted", room=f"#r{number}", text="You are in it.")
        self.link.asked.clear()
        for _ in range(100):
            self.asks_first()
        self.assertLessEqual(len(self.interface.here.questions._open), MOST_WAITING)

    def test_leaving_and_joining_again(self) -> None:
        self.joins("#ops")
        self.enters("/part")
        self.types("/join #ops\r")
        self.told("dismissed", room="#ops", text="You have left #ops.", answers="1")
        self.told("admitted", room="#ops", text="You are in #ops.", answers="2")
        self.assertIn("[2 #ops", self.status)
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#ops", "text": "hi"}])

    def test_a_window_of_a_room_in_which_one_is_not(self) -> None:
        self.joins("#ops")
        self.told("dismissed", room="#ops", text="You were kicked out of #ops.")
        self.assertEqual(self.enters("/part"), [])
        self.assertIn("[1 #lobby", self.status)
        self.assertNotIn("#ops", self.status)
        self.enters("/window #ops")
        self.assertIn("You are not in #ops. /join #ops", self.status)

    def test_the_lobby_stays(self) -> None:
        self.assertEqual(self.enters("/part"), [{"do": "part", "room": "#lobby"}])
        self.interface.here.hear(
            {"error": {"code": "refused", "text": "Everyone is.", "nonce": "1"}}
        )
        self.assertIn("!! Everyone is.", self.screen)
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#lobby", "text": "hi"}])

    def test_joining_that_is_refused(self) -> None:
        self.enters("/join #ops wrong")
        self.types("hi\r")
        refusal = {"code": "refused", "text": "That is not the key of #ops.", "nonce": "1"}
        self.interface.here.hear({"error": refusal})
        self.assertIn("!! That is not the key of #ops.", self.screen)
        self.assertIn("[2 #ops", self.status)
        self.refuses("hi", "you are not in #ops")

    def test_what_is_typed_behind_a_join_is_for_that_room(self) -> None:
        self.enters("/join #ops")
        self.types("hi\r")
        self.assertEqual(self.link.asked[-1], {"do": "say", "room": "#ops", "text": "hi"})

    def test_joining_what_is_no_room(self) -> None:
        for text in ("/join", "/join ops", "/join #", f"/join #{'x' * 50}"):
            self.enters(text)
            self.assertEqual(self.link.asked[-1]["line"], text)
            self.assertEqual(len(self.interface.here.windows.all()), 1)

    def test_a_room_is_called_as_the_server_has_it(self) -> None:
        self.enters("/join #OPS")
        self.told("admitted", room="#ops", text="You are in #ops.", answers="1")
        self.assertIn("[2 #ops", self.status)

    def test_joining_by_a_name_that_looks_alike(self) -> None:
        self.told("admitted", room="#ops", text="You are in #ops.")
        self.enters("/join #0ps")
        self.told("admitted", room="#ops", text="You are in #ops.", answers="1")
        self.told("notice", text="The topic of #ops: x", room="#ops", answers="1")
        self.assertIn("[2 #ops", self.status)
        self.assertIn("The topic of #ops", self.screen)
        self.assertNotIn("#0ps", self.status)

    def test_what_belongs_to_a_room_that_is_joined(self) -> None:
        """Its topic and what was said last stand there, whoever has joined it."""
        for number, answers in enumerate(({"answers": "1"}, {})):
            self.begins()
            if number == 0:
                self.enters("/join #ops")
            self.told("admitted", room="#ops", text="You are in #ops.", **answers)
            self.told("notice", room="#ops", text="Said last in #ops:", **answers)
            self.said("#ops", "ann", "earlier", recalled=True, **answers)
            self.types("\x1b1")
            self.assertNotIn("earlier", self.screen)
            self.assertNotIn("Said last", self.screen)
            self.types("\x1b2")
            self.assertIn(" ann: earlier", self.screen)
            self.assertIn("Said last in #ops:", self.screen)

    def test_what_is_asked_of_another_room_is_answered_here(self) -> None:
        self.joins("#ops")
        self.types("\x1b1")
        self.enters("/history #ops")
        self.said("#ops", "ann", "earlier", recalled=True, answers="1")
        self.told("done", nonce="1")
        self.assertIn("#ops ann: earlier", self.screen)
        self.enters("/who #ops")
        facts = {"names": ["ann"], "where": "in #ops", "room": "#ops", "more": 0}
        self.told("listed", **facts, answers="1")
        self.assertIn("1 user is in #ops: ann", self.screen)

    def test_put_out_before_the_place_was_gone(self) -> None:
        self.joins("#ops")
        self.joins("#den")
        self.interface.here.status(False)
        self.assertEqual(self.asks_first(), [("join", "#ops"), ("join", "#den")])
        self.link.unsent = ["first1", "first2"]
        self.told("dismissed", room="#den", text="You were kicked out of #den.")
        self.assertEqual(self.link.forgotten, ["first2"])
        self.assertIn("[3 #den, you are not there]", self.status)
        self.assertIn("You were kicked out of #den.", self.screen)
        self.refuses("hi", "you are not in #den")

    def test_coming_back_where_one_is_no_longer(self) -> None:
        self.joins("#ops")
        self.types("half a line")
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby"], missing=0)
        self.assertIn("You are no longer in #ops.", self.screen)
        self.assertTrue(self.screen.endswith("> half a line"))
        self.assertEqual(self.enters(""), [])
        self.told("logged-in", name="bob", rooms=["#lobby", "#ops"])
        self.assertEqual(self.enters(""), [{"do": "say", "room": "#ops", "text": "half a line"}])
        self.told("logged-out", name="client7", rooms=["#lobby"])
        self.refuses("x", "you are not in #ops")
        self.types("y")
        self.assertIn("client7@", self.status)

    def test_a_room_with_another_name_keeps_its_window(self) -> None:
        self.joins("#ops")
        self.said("#ops", "ann", "hello")
        self.types("half")
        self.told("room-renamed", room="#ops", name="ann", new="#sre", why="better")
        self.assertIn("[2 #sre", self.status)
        self.assertIn("hello", self.screen)
        self.assertIn('ann has renamed #ops to #sre: "better"', self.screen)
        self.assertEqual(
            self.enters(" a line"), [{"do": "say", "room": "#sre", "text": "half a line"}]
        )

    def test_a_room_takes_the_name_of_one_that_was_left(self) -> None:
        self.joins("#ops")
        self.told("dismissed", room="#ops", text="You have left #ops.")  # on another connection
        self.joins("#old")
        self.told("room-renamed", room="#old", name="ann", new="#ops")
        self.assertEqual(
            [each.name for each in self.interface.here.windows.all()], ["#lobby", "#ops"]
        )
        self.told("room-renamed", room="#elsewhere", name="ann", new="#nowhere")
        self.assertEqual(len(self.interface.here.windows.all()), 2)
        self.assertEqual(self.enters("hi"), [{"do": "say", "room": "#ops", "text": "hi"}])

    def test_a_room_that_was_renamed_while_the_connection_was_lost_can_be_spoken_in(self) -> None:
        self.joins("#ops")
        self.said("#ops", "ann", "hello")
        rooms = ["#lobby", "#sre"]
        self.told("resumed", token="t", seen=8, name="bob", rooms=rooms, missing=0)
        self.told("room-renamed", room="#ops", name="ann", new="#sre")
        self.assertEqual([each.name for each in self.interface.here.windows.all()], rooms)
        self.assertIn("[2 #sre", self.status)
        self.assertNotIn("you are not there", self.status)
        self.assertIn("hello", self.screen)
        self.assertIn({"do": "say", "room": "#sre", "text": "hi"}, self.enters("hi"))
