"""Rooms, as the people in them see them."""

from __future__ import annotations

from chatsvc.chat.accounts.account import Account
from chatsvc.chat.rooms import joining, settings
from chatsvc.chat.rooms.joining import MOST_INVITED_BY_ONE, MOST_JOINED, MOST_ROOMS
from chatsvc.chat.rooms.settings import GUESSES, GUESSES_A_SECOND, MOST_MADE, TOPIC_LENGTH
from chatsvc.commands.rooms import MOST_LISTED
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.harness import ChatTestCase, Person


class RoomTestCase(ChatTestCase):
    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())

    def told(self, person: Person, line: str) -> list[str]:
        """What somebody hears who types a line, and nobody else."""
        person.hears()
        others = [each for each in (self.ann, self.bob, self.cat) if each is not person]
        for other in others:
            other.hears()
        person.types(line)
        heard = person.hears()
        for other in others:
            self.assertEqual(other.hears(), [])
        return heard

    def join(self, room: str, *people: Person) -> None:
        for person in people:
            person.types(f"/join {room}")
        self.hush()


class JoinTests(RoomTestCase):
    def test_left_and_joined_again_in_one_turn(self) -> None:
        self.ann.types("/join #b")
        self.bob.types("/join #b")
        self.ann.types("/part #b", "/join #b")
        self.assertEqual(self.ann.hears().count("server: client2 has joined #b."), 1)
        self.bob.types("/say #b hi")
        self.assertEqual(self.ann.hears(), ["#b client2: hi"])

    def test_who_makes_a_room_is_alone_in_it(self) -> None:
        self.assertEqual(
            self.ann.asks("/join #ops"),
            ["server: You are in #ops, which belongs to you. Nobody else is in it."],
        )

    def test_those_in_it_hear_of_it_and_nobody_else(self) -> None:
        self.join("#ops", self.ann)
        self.bob.types("/join #OPS")
        self.assertEqual(self.ann.hears(), ["server: client2 has joined #ops."])
        self.assertEqual(self.bob.hears(), ["server: You are in #ops. 1 other person is in it."])
        self.assertEqual(self.cat.hears(), [])

    def test_what_is_said_there_is_heard_there(self) -> None:
        self.join("#ops", self.ann, self.bob)
        self.ann.types("hi", '/say #ops "again"', "/bc all", "/me waves")
        ops = ["#ops client1: hi", "#ops client1: again"]
        self.assertEqual(self.ann.hears(), [*ops, "client1: all", "#ops * client1 waves"])
        self.assertEqual(self.bob.hears(), [*ops, "client1: all", "#ops * client1 waves"])
        self.assertEqual(self.cat.hears(), ["client1: all"])

    def test_several_rooms_keep_their_order(self) -> None:
        self.join("#a", self.ann, self.bob)
        self.join("#b", self.ann, self.bob)
        self.ann.types(*[f"/say #{'ab'[n % 2]} {n}" for n in range(10)])
        self.assertEqual(self.bob.hears(), [f"#{'ab'[n % 2]} client1: {n}" for n in range(10)])

    def test_line_without_a_slash_goes_where_one_spoke_last(self) -> None:
        self.join("#a", self.ann)
        self.join("#b", self.ann)
        self.ann.types("1", "/say #a 2", "3", "/join #b", "4", "/say #lobby 5", "6")
        said = [line for line in self.ann.hears() if not line.startswith("server")]
        self.assertEqual(
            said,
            [
                "#b client1: 1",
                "#a client1: 2",
                "#a client1: 3",
                "#b client1: 4",
                "client1: 5",
                "client1: 6",
            ],
        )

    def test_who_joins_is_shown_what_was_said_last(self) -> None:
        self.join("#ops", self.ann)
        self.ann.types("one", "two")
        self.ann.hears()
        heard = self.bob.asks("/join #ops")[1:]
        self.assertEqual(heard[0], "server: Said last in #ops:")
        self.assertRegex(heard[1], r"^\[\d+ \d\d:\d\d\] #ops client1: one$")
        self.assertRegex(heard[2], r"^\[\d+ \d\d:\d\d\] #ops client1: two$")
        self.assertEqual(heard[3:], ["server: From here on it is new."])

    def test_what_is_said_while_one_joins_is_seen_once(self) -> None:
        self.join("#ops", self.ann)
        self.ann.types("before")
        self.bob.types("/join #ops")
        self.ann.types("after")
        heard = self.bob.hears()
        self.assertEqual(len([line for line in heard if line.endswith("before")]), 1)
        self.assertEqual(heard[-1], "#ops client1: after")
        self.assertTrue(heard[-2].endswith("new."), heard)

    def test_refused(self) -> None:
        for name in ("#", "#a b!", "#" + "x" * 33, "#a/b", "#\N{GRINNING FACE}"):
            if " " not in name:
                self.assertRegex(self.ann.asks(f"/join {name}")[0], "letters|characters")
        self.assertIn("begins with a #, like #ops", self.ann.asks("/join ops")[0])
        self.assertIn("not in #ops", self.ann.asks("/say #ops hi")[0])

    def test_look_alike_is_the_same_room(self) -> None:
        self.join("#ops", self.ann)
        self.assertIn("1 other", self.bob.asks("/join #\N{CYRILLIC SMALL LETTER O}ps")[0])

    def test_number_of_rooms_is_bounded(self) -> None:
        for n in range(MOST_JOINED):
            self.ann.types(f"/join #r{n}")
            self.ann.hears()
        self.assertIn("which is the most", self.ann.asks("/join #more")[0])
        self.ann.types("/part #r0")
        self.assertIn("You are in #more", self.ann.asks("/join #more")[-1])

    def test_number_of_rooms_in_all_is_bounded(self) -> None:
        people = 0
        while len(self.server.chat.rooms) <= MOST_ROOMS:
            people += 1
            person = self.server.joined_by(f"10.1.{people // 250}.{people % 250}")
            person.types(*[f"/join #r{people}-{n}" for n in range(MOST_JOINED)])
            self.server.clock.pump([0] * 3)
        self.assertEqual(len(self.server.chat.rooms), MOST_ROOMS + 1)
        self.assertIn("No more rooms can be made", self.ann.asks("/join #more")[0])

    def test_a_few_strangers_leave_rooms_for_others(self) -> None:
        for number in range(50):
            person = self.server.joined_by(f"10.1.0.{number}")
            person.types(*[f"/join #r{number}-{n}" for n in range(MOST_JOINED)])
            self.server.clock.pump([0] * 3)
        self.assertLess(len(self.server.chat.rooms), MOST_ROOMS * 0.85)
        self.assertIn("belongs to you", self.ann.asks("/join #mine")[0])

    def test_those_of_one_address_share(self) -> None:
        made = 0
        for _ in range(3):
            person = self.server.joined_by("10.1.0.1")
            for number in range(MOST_MADE):
                person.types(f"/join #{person.name}-{number}")
            made += len([line for line in person.hears() if "belongs to you" in line])
        self.assertEqual(made, MOST_MADE)
        self.assertIn("belongs to you", self.ann.asks("/join #mine")[0])
        self.assertEqual(
            person.asks("/join #more"),
            ["server: 20 rooms were made by guests from your address, which is the most just now."],
        )
        self.patch(joining, "MOST_MADE", 5)
        told = "server: 20 rooms were made by guests from your address, which is the most just now."
        self.assertEqual(person.asks("/join #more"), [told])

    def test_all_accounts_of_one_address_share(self) -> None:
        self.patch(joining, "MOST_ROOMS", 100)
        for number in range(20):
            eve = self.server.joined_by("10.6.6.6")
            eve.session.user.account = Account(f"eve{number}")
            told = eve.asks(*[f"/join #e{number}-{n}" for n in range(4)])[-1]
        most = "server: 20 rooms were made from your address, which is the most just now."
        self.assertEqual(told, most)
        self.assertIn("belongs to you", self.ann.asks("/join #mine")[0])

    def test_all_accounts_of_one_address_share_those_that_are_kept(self) -> None:
        self.patch(settings, "MOST_PERSISTENT", 10)
        for number in range(3):
            eve = self.server.joined_by("10.6.6.6")
            eve.session.user.account = Account(f"eve{number}")
            told = eve.asks(f"/join #e{number}", f"/persist #e{number}")[-1]
        most = "server: 2 rooms were made from your address, which is the most just now."
        self.assertEqual(told, most)
        self.ann.session.user.account = Account("ann")
        self.assertIn("stays", self.ann.asks("/join #mine", "/persist #mine")[-1])


class PartTests(RoomTestCase):
    def test_is_told_to_those_who_stay(self) -> None:
        self.join("#ops", self.ann, self.bob)
        self.ann.types("bye", "/part", "hello")
        self.assertEqual(
            self.ann.hears(),
            [
                "#ops client1: bye",
                "server: client1 has left #ops.",
                "server: You have left #ops. What you type is said to everyone again.",
                "client1: hello",
            ],
        )
        self.assertEqual(
            self.bob.hears(),
            [
                "#ops client1: bye",
                "server: client1 has left #ops.",
                "server: #ops belongs to client2 now.",
                "client1: hello",
            ],
        )
        self.bob.types("alone")
        self.assertEqual(self.bob.hears(), ["#ops client2: alone"])
        self.assertEqual(self.ann.hears(), [])

    def test_who_quits_in_the_same_breath_sees_nothing_more_of_it(self) -> None:
        self.ann.types("/join #a")
        self.bob.types("/join #a")
        for person in (self.ann, self.bob):
            person.hears()
        self.ann.types("/part #a", "/quit")
        self.assertNotIn("belongs", "".join(self.ann.hears()))
        self.assertIn("server: #a belongs to client2 now.", self.bob.hears())

    def test_of_another_room_leaves_one_where_one_is(self) -> None:
        self.ann.types("/join #x", "/join #private", "/part #x", "secret")
        self.assertIn("server: You have left #x.", self.ann.hears())
        self.assertEqual(self.bob.hears(), [])

    def test_nobody_parts_from_the_lobby(self) -> None:
        self.assertIn("type /quit", self.told(self.ann, "/part")[0])

    def test_room_in_which_nothing_was_said_ends_with_the_last_who_leaves(self) -> None:
        self.join("#ops", self.ann)
        self.ann.types("/part")
        self.ann.hears()
        self.assertNotIn("#ops", self.server.chat.rooms)
        self.join("#ops", self.bob)
        self.assertEqual(self.told(self.bob, "/history"), ["server: Nothing was said in #ops."])

    def test_so_it_does_when_the_last_is_lost(self) -> None:
        self.join("#ops", self.ann)
        self.ann.drops()
        self.assertEqual(self.bob.hears(), ["server: client1 has lost its connection."])
        self.assertNotIn("#ops", self.server.chat.rooms)

    def test_loss_is_told_once_to_those_who_share_rooms(self) -> None:
        self.join("#ops", self.ann, self.bob)
        self.ann.types("/quit")
        told = self.bob.hears()
        self.assertEqual(told.count("server: client1 has quit."), 1)


class OwnerTests(RoomTestCase):
    def test_key(self) -> None:
        self.ann.types("/join #ops sesame")
        self.assertEqual(
            self.told(self.bob, "/join #ops"), ["server: #ops has a key: /join #ops key"]
        )
        self.assertIn("is not the key", self.told(self.bob, "/join #ops open")[0])
        self.assertEqual(self.told(self.ann, "/key"), ["server: #ops has a key."])
        begin = "server: client1 has changed #ops: it has"
        self.assertEqual(self.told(self.ann, "/key -"), [f"{begin} no key any more."])
        self.assertEqual(self.told(self.ann, "/key #ops word"), [f"{begin} a key now."])
        self.bob.types("/join #ops word")
        self.assertIn("1 other", self.bob.hears()[0])

    def test_a_key_cannot_be_guessed(self) -> None:
        self.ann.types("/join #ops 4711")
        for number in range(GUESSES):
            self.assertIn("is not the key", self.bob.asks(f"/join #ops {number}")[-1])
        self.assertIn("Too many attempts", self.bob.asks("/join #ops 4711")[-1])
        self.assertIn("has a key", self.bob.asks("/join #ops")[-1])
        self.assertIn("1 other", self.cat.asks("/join #ops 4711")[0])  # from elsewhere
        self.server.clock.advance(1 / GUESSES_A_SECOND)
        for _ in range(2):  # what is right does not count
            self.assertIn("2 others", self.bob.asks("/join #ops 4711")[0])
            self.bob.types("/part #ops")
        self.assertIn("is not the key", self.bob.asks("/join #ops 4712")[-1])
        self.assertIn("Too many attempts", self.bob.asks("/join #ops 4711")[-1])
        self.ann.types("/invite client2 #ops")
        self.assertIn("2 others", self.bob.asks("/join #ops")[-1])

    def test_only_the_owner_says_so(self) -> None:
        self.join("#ops", self.ann, self.bob)
        for line in ("/key x", "/privacy hidden", "/persist", "/keep 3d"):
            self.assertEqual(
                self.told(self.bob, line),
                ["server: That is for the owner of #ops only, who is client1."],
            )

    def test_hidden(self) -> None:
        self.join("#ops", self.ann)
        self.ann.types("/privacy hidden")
        self.ann.hears()
        self.assertEqual(self.told(self.bob, "/rooms"), ["server: #lobby (3 here)"])
        self.assertIn("There is no room", self.told(self.bob, "/who #ops")[0])
        self.assertEqual(
            self.told(self.ann, "/rooms"),
            ["server: #lobby (3 here)", "server: #ops (1 here, hidden)"],
        )
        self.bob.types("/join #ops")
        self.assertIn("1 other", self.bob.hears()[0])

    def test_one_address_leaves_invitations_for_others(self) -> None:
        self.join("#ops", self.ann, self.bob)
        eves = [self.server.joined_by("10.6.6.6") for _ in range(2)]
        self.join("#ops", *eves)
        crowd = [self.server.joined_by("10.0.0.7") for _ in range(MOST_INVITED_BY_ONE + 1)]
        for number, person in enumerate(crowd):
            told = self.told(eves[number % 2], f"/invite {person.name} #ops")[-1]
        self.assertEqual(told, "server: You have invited 10 people to #ops who have not come.")
        told = self.told(self.bob, f"/invite {person.name} #ops")[-1]
        self.assertEqual(told, f"server: You have invited {person.name} to #ops.")

    def test_those_who_keep_order_can_always_invite(self) -> None:
        self.patch(joining, "MOST_INVITED", 2)
        self.join("#ops", self.ann, self.bob)
        dan = self.server.joined_by("10.0.0.7")
        self.bob.types("/invite client3", f"/invite {dan.name}")
        self.assertIn("1 people are invited", self.bob.hears()[-1])
        self.ann.types(f"/invite {dan.name}")
        self.assertEqual(self.ann.hears()[-1], f"server: You have invited {dan.name} to #ops.")

    def test_invite_only(self) -> None:
        self.join("#ops", self.ann)
        self.ann.types("/privacy invite-only")
        self.ann.hears()
        self.assertIn("is invite-only", self.told(self.bob, "/join #ops")[0])
        self.ann.types("/invite client2")
        self.assertEqual(self.ann.hears(), ["server: You have invited client2 to #ops."])
        self.assertEqual(self.bob.hears(), ["server: client1 invites you: /join #ops"])
        self.bob.types("/join #ops")
        self.assertIn("1 other", self.bob.hears()[0])
        self.assertIn("Only the owner and", self.told(self.bob, "/invite client3")[0])
        self.assertIn("in #ops already", self.told(self.ann, "/invite client2")[0])

    def test_an_invited_guest_who_logs_in_stays_invited(self) -> None:
        self.ann, self.bob, self.cat = self.start(plaintext_passwords=True)
        self.cat.asks("/nick eve", f"/register {PASSWORD}")  # who stays
        self.join("#den", self.ann)
        self.ann.asks("/privacy #den invite-only", f"/invite {self.bob.name} #den")
        self.bob.asks(f"/login eve {PASSWORD}")
        self.assertIn("You are in #den", self.bob.asks("/join #den")[0])

    def test_invitations_end_when_the_rules_change(self) -> None:
        self.join("#ops", self.ann, self.bob)
        self.bob.types("/invite client3")
        self.assertIn("invited to #ops already", self.told(self.bob, "/invite client3")[0])
        self.told(self.ann, "/privacy invite-only")
        self.assertIn("is invite-only", self.told(self.cat, "/join #ops")[0])

    def test_how_long(self) -> None:
        self.join("#ops", self.ann)
        self.assertEqual(
            self.told(self.ann, "/keep 36h"), ["server: Messages in #ops are kept for 36h."]
        )
        self.assertIn("for 2w", self.told(self.ann, "/keep 14d")[0])
        self.assertIn("as long as", self.told(self.ann, "/keep -")[0])

    def test_what_is_old_is_shown_to_nobody(self) -> None:
        self.join("#ops", self.ann)
        self.ann.types("/keep 1m", "old")
        self.ann.hears()
        self.server.clock.pump([60] * 3)
        self.assertEqual(len(self.told(self.bob, "/join #ops")), 1)

    def test_topic(self) -> None:
        self.join("#ops", self.ann, self.bob)
        self.ann.types("/topic The weather")
        told = ["server: client1 has set the topic of #ops: The weather"]
        self.assertEqual(self.ann.hears(), told)
        self.assertEqual(self.bob.hears(), told)
        self.assertEqual(self.told(self.bob, "/topic"), ["server: #ops: The weather"])
        self.assertIn("The topic of #ops: The weather", self.told(self.cat, "/join #ops")[1])
        self.cat.types("/topic #ops -")
        self.assertIn("server: client3 has removed the topic of #ops.", self.bob.hears())
        self.assertIn("at most 300", self.told(self.ann, f"/topic {'x' * (TOPIC_LENGTH + 1)}")[0])

    def told(self, person: Person, line: str) -> list[str]:
        self.hush()
        return person.asks(line)


class ListTests(RoomTestCase):
    def test_many(self) -> None:
        people = [self.server.joined_by(f"10.1.0.{n}") for n in range(6)]
        for number, person in enumerate(people):
            person.types(*[f"/join #r{number}-{n}" for n in range(MOST_JOINED)])
        self.join("#zzz", self.bob)
        heard = self.told(self.bob, "/rooms")
        self.assertEqual(heard[:2], ["server: #lobby (9 here)", "server: #zzz (1 here)"])
        self.assertEqual(heard[-1], f"server: and {6 * MOST_JOINED + 2 - MOST_LISTED} more")

    def test_rooms(self) -> None:
        self.ann.types("/join #ops key", "/topic The weather")
        self.ann.hears()
        self.assertEqual(
            self.told(self.bob, "/rooms"),
            ["server: #lobby (3 here)", "server: #ops (1 here, has a key): The weather"],
        )

    def test_who(self) -> None:
        self.join("#ops", self.ann, self.bob)
        self.assertEqual(
            self.told(self.cat, "/who #ops"), ["server: 2 users are in #ops: client1, client2"]
        )
        self.assertEqual(
            self.told(self.cat, "/who"),
            ["server: 3 users are in #lobby: client1, client2, client3"],
        )


class GuestTests(RoomTestCase):
    def test_guests_stay_outside_or_silent(self) -> None:
        self.join("#ops", self.ann, self.bob)
        self.assertEqual(self.told(self.ann, "/guests"), ["server: #ops is for guests, too."])
        self.ann.types("/guests off")
        changed = "server: client1 has changed #ops: only those who have logged in can join it, and"
        self.assertEqual(self.bob.hears(), [f"{changed} speak there without voice."])
        self.ann.hears()
        self.assertEqual(
            self.told(self.cat, "/join #ops"), ["server: #ops is for those who have logged in."]
        )
        self.assertEqual(
            self.told(self.bob, "hi"), ["server: #ops is for those who have logged in."]
        )
        self.ann.types("/voice client2")
        self.bob.types("hi")
        self.assertEqual(self.ann.hears()[-1], "#ops client2: hi")  # and Ann, who owns it, too
        self.ann.types("hi", "/guests on")
        self.assertEqual(self.bob.hears()[-2], "#ops client1: hi")
        self.cat.types("/join #ops")
        self.assertIn("You are in #ops", self.cat.hears()[0])

    def test_who_refuses_guests_hears_those_who_answer(self) -> None:
        self.told(self.ann, "/dms accounts")
        self.assertIn("takes direct messages only", self.told(self.bob, "/dm client1 hi")[0])
        self.ann.types("/dm client2 yes?")
        self.bob.types("/r hi")
        self.assertEqual(self.ann.hears()[-1], "client2: hi")
        self.assertIn("takes direct messages only", self.told(self.cat, "/dm client1 hi")[0])
        self.told(self.cat, "/join #spam")
        told = self.told(self.cat, "/invite client1 #spam")[-1]
        self.assertIn("takes direct messages only", told)
        self.assertEqual(self.ann.hears(), [])
