"""Knocking at rooms that cannot be joined."""

from __future__ import annotations

import json

from chatsvc.chat.rooms.knocking import AGAIN_AFTER, MOST_AT_ONCE, TEXT_LENGTH
from chatsvc.throttle import Throttle
from tests.commands.test_rooms import RoomTestCase

DELIVERED = ["server: You have knocked at #ops."]
TOLD = "server: client2 asks to be invited: /invite client2 #ops"


class KnockTests(RoomTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.join("#ops", self.ann)
        self.ann.types("/privacy invite-only")
        self.ann.hears()

    def test_the_owner_is_told_and_can_invite(self) -> None:
        self.bob.types('/knock #ops "let me in"')
        self.assertEqual(self.bob.hears(), DELIVERED)
        told = 'server: client2 asks to be invited ("let me in"): /invite client2 #ops'
        self.assertEqual(self.ann.hears(), [told])
        self.ann.types("/invite client2 #ops")
        self.bob.types("/join #ops")
        self.assertIn("You are in #ops", self.bob.hears()[-1])

    def test_moderators_are_told_too_and_can_invite(self) -> None:
        self.ann.types("/invite client3 #ops")
        self.cat.types("/join #ops")
        self.ann.types("/op client3")
        self.cat.hears()
        self.ann.hears()
        self.bob.types("/knock #ops")
        self.assertEqual(self.ann.hears(), [TOLD])
        self.assertEqual(self.cat.hears(), [TOLD])
        self.cat.types("/invite client2 #ops")
        self.assertEqual(self.cat.hears(), ["server: You have invited client2 to #ops."])

    def test_others_in_the_room_are_not_told(self) -> None:
        self.ann.types("/invite client3 #ops")
        self.cat.types("/join #ops")
        self.cat.hears()
        self.bob.types("/knock #ops")
        self.assertEqual(self.cat.hears(), [])

    def test_programs_get_its_parts(self) -> None:
        program = self.server.joined_by("10.0.0.5", is_new=False)
        program.types("/json", '{"do": "join", "room": "#j"}')
        program.types('{"do": "privacy", "room": "#j", "state": "invite-only"}')
        program.hears()
        self.bob.types("/knock #j please")
        told = json.loads(program.hears()[-1])
        facts = [told[each] for each in ("event", "name", "to", "why")]
        self.assertEqual(facts, ["knocked", "client2", "#j", "please"])

    def test_one_knocks_once_in_a_while(self) -> None:
        self.bob.types("/knock #ops", "/knock #ops")
        self.assertIn("Too many attempts. Try again in 30", self.bob.hears()[-1])
        self.assertEqual(self.ann.hears(), [TOLD])
        self.server.clock.advance(AGAIN_AFTER)
        self.bob.types("/knock #ops")
        self.assertEqual(self.ann.hears(), [TOLD])

    def test_another_connection_of_the_address_does_not_help(self) -> None:
        self.bob.types("/knock #ops")
        again = self.server.joined_by("10.0.0.2")
        self.ann.hears()
        again.types("/knock #ops")
        self.assertIn("Too many attempts", again.hears()[-1])
        self.assertEqual(self.ann.hears(), [])

    def test_a_room_is_not_flooded(self) -> None:
        people = [self.server.joined_by(f"10.0.1.{n}") for n in range(MOST_AT_ONCE + 1)]
        self.ann.hears()
        for person in people:
            person.types("/knock #ops")
        told = [line for line in self.ann.hears() if "asks to be invited" in line]
        self.assertEqual(len(told), MOST_AT_ONCE)
        self.assertIn("Too many attempts", people[-1].hears()[-1])
        self.server.clock.advance(AGAIN_AFTER / 5)
        people[-1].types("/knock #ops")  # which has not counted against that one
        self.assertEqual(people[-1].hears(), DELIVERED)

    def test_who_is_ignored_does_not_learn_of_it(self) -> None:
        self.ann.types("/ignore client2")
        self.ann.hears()
        self.bob.types("/knock #ops")
        self.assertEqual(self.ann.hears(), [])
        self.assertEqual(self.bob.hears(), DELIVERED)

    def test_who_is_muted_or_banned_cannot(self) -> None:
        for act, undo in (
            ("/mute #ops client2", "/unmute #ops client2"),
            ("/ban #ops client2", ""),
        ):
            self.ann.types(act)
            self.ann.hears()
            self.bob.hears()
            self.bob.types("/knock #ops")
            self.assertIn(act[1:4], self.bob.hears()[-1])
            self.assertEqual(self.ann.hears(), [])
            if undo:
                self.ann.types(undo)

    def test_what_keeps_one_out_is_what_one_knocks_for(self) -> None:
        told = self.told(self.bob, "/knock #none")
        self.assertEqual(told, ['server: There is no room "#none". See /rooms.'])
        self.assertEqual(self.told(self.ann, "/knock #ops"), ["server: You are in #ops."])
        self.ann.types("/privacy public")
        open_ = ["server: You can join #ops: /join #ops"]
        self.assertEqual(self.told(self.bob, "/knock #ops"), open_)
        self.ann.types("/key sesame")
        self.ann.hears()
        self.bob.types("/knock #ops")
        self.assertEqual(self.ann.hears(), [TOLD])
        too_long = self.told(self.cat, f"/knock #ops {'a' * (TEXT_LENGTH + 1)}")
        self.assertEqual(too_long, ["server: That is longer than 200 characters."])

    def test_somebody_has_to_be_there_who_could_invite(self) -> None:
        self.ann.types("/invite client3 #ops")
        self.cat.types("/join #ops")
        self.ann.types("/owner client3", "/owner -", "hi")
        self.cat.types("/owner -")
        told = ["server: Nobody who could invite you is in #ops now."]
        for person in (self.ann, self.cat):
            person.hears()
        self.assertEqual(self.told(self.bob, "/knock #ops"), told)


class ThrottledTests(RoomTestCase):
    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle(30, 10.0))

    def test_it_counts_as_several_lines(self) -> None:
        self.bob.types(*["/knock #none"] * 10)
        self.assertIn("counts as 5", "".join(self.bob.hears()))
