"""Rooms that get another name."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.rooms.rooms import MOVED_FOR
from chatsvc.chat.rooms.settings import RENAMED_EVERY, WHY_LENGTH
from chatsvc.store import StoreError
from chatsvc.throttle import Throttle
from tests.commands.test_rooms import RoomTestCase
from tests.harness import ChatTestCase

PASSWORD = "correct-horse"


class RenameTests(RoomTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.join("#ops", self.ann, self.bob)

    def test_those_in_it_are_told_and_speak_on_there(self) -> None:
        self.ann.types("/rename #ops #sre a better name")
        told = 'server: client1 has renamed #ops to #sre: "a better name"'
        self.assertEqual(self.ann.hears(), [told])
        self.assertEqual(self.bob.hears(), [told])
        self.assertEqual(self.cat.hears(), [])
        self.bob.types("hi", "/say #sre again")
        self.assertEqual(self.ann.hears(), ["#sre client2: hi", "#sre client2: again"])
        self.assertIn("You are not in #ops", self.told(self.bob, "/say #ops hi")[0])

    def test_all_of_it_stays_with_it(self) -> None:
        self.ann.types("/topic all about it", "hello", "/op client2", "/ban client3", "/keep 30d")
        self.ann.types("/rename #ops #sre")
        self.hush()
        self.assertIn("#sre client1: hello", self.told(self.bob, "/history")[0])
        self.assertIn("#sre client1: hello", self.told(self.bob, "/search hello")[0])
        self.assertEqual(self.told(self.bob, "/topic"), ["server: #sre: all about it"])
        self.assertIn("You are banned from #sre", self.told(self.cat, "/join #sre")[0])
        self.assertIn("client3", self.told(self.bob, "/bans")[0])
        self.assertIn("kept for 30d", self.told(self.ann, "/keep")[0])
        self.assertIn("#sre (2 here): all about it", "".join(self.told(self.bob, "/rooms")))

    def test_whoever_comes_later_sees_the_last_lines_under_the_new_name(self) -> None:
        self.ann.types("hello", "/rename #ops #sre")
        self.hush()
        self.cat.types("/join #sre")
        heard = self.cat.hears()
        self.assertIn("server: Said last in #sre:", heard)
        self.assertTrue(any(line.endswith("] #sre client1: hello") for line in heard), heard)

    def test_only_the_owner_may_and_not_with_every_name(self) -> None:
        self.join("#taken", self.cat)
        for line, told in (
            ("/rename #ops #0ps-\u200b", "server: "),
            ("/rename #ops #taken", "server: There is a room called #taken, or one whose name"),
            ("/rename #ops #TAKEN", "server: There is a room called #TAKEN, or one whose name"),
            ("/rename #ops #lobby", "server: There is a room called #lobby, or one whose name"),
            ("/rename #ops #ops", "server: There is a room called #ops, or one whose name"),
            ("/rename #ops new", "server: The name of a room begins with a #, like #new. Write"),
            (f"/rename #ops #x {'a' * (WHY_LENGTH + 1)}", "server: A reason has at most 200"),
            ("/rename #lobby #x", "server: That is for the owner of #lobby only"),
        ):
            [heard] = self.told(self.ann, line)
            self.assertTrue(heard.startswith(told), heard)
        self.assertIn(
            "That is for the owner of #ops only", self.told(self.bob, "/rename #ops #x")[0]
        )

    def test_the_case_alone_is_changed(self) -> None:
        self.ann.types("/rename #ops #Ops")
        self.assertEqual(self.bob.hears(), ["server: client1 has renamed #ops to #Ops."])
        self.bob.types("/say #ops hi")
        self.assertEqual(self.ann.hears()[-1], "#Ops client2: hi")

    def test_not_again_at_once(self) -> None:
        self.ann.types("/rename #ops #sre")
        self.hush()
        told = self.told(self.ann, "/rename #sre #x")
        self.assertEqual(told, ["server: #sre was renamed less than a minute ago. Try again."])
        self.server.clock.advance(RENAMED_EVERY)
        self.ann.types("/rename #sre #ops")  # and back
        self.assertEqual(self.bob.hears(), ["server: client1 has renamed #sre to #ops."])

    def test_the_old_name_leads_there_for_a_while(self) -> None:
        self.ann.types("/rename #ops #sre")
        self.hush()
        moved = ["server: #ops is called #sre now: /join #sre"]
        self.assertEqual(self.told(self.cat, "/join #0ps"), [moved[0].replace("#ops", "#0ps")])
        self.assertEqual(self.told(self.cat, "/join #ops"), moved)
        self.join("#cats", self.cat)
        self.assertEqual(self.told(self.cat, "/rename #cats #ops"), moved)
        self.ann.types("/privacy #sre hidden")
        self.hush()
        self.assertEqual(
            self.told(self.cat, "/join #ops"), ["server: The name #ops is not free yet."]
        )
        self.server.clock.advance(MOVED_FOR)
        self.assertIn("You are in #ops, which belongs", self.told(self.cat, "/join #ops")[0])

    def test_those_in_it_can_have_the_old_name_at_once(self) -> None:
        self.ann.types("/rename #ops #sre")
        self.hush()
        self.assertIn("You are in #ops, which belongs", self.told(self.bob, "/join #ops")[0])
        self.cat.types("/join #ops")
        self.assertIn("You are in #ops.", self.cat.hears()[0])

    def test_the_old_name_leads_to_the_last_room_that_had_it(self) -> None:
        self.ann.types("/rename #ops #sre")
        self.hush()
        self.bob.types("/join #ops")
        self.server.clock.advance(RENAMED_EVERY)
        self.bob.types("/rename #ops #dev")
        self.hush()
        moved = ["server: #ops is called #dev now: /join #dev"]
        self.assertEqual(self.told(self.cat, "/join #ops"), moved)

    def test_a_name_in_another_case_does_not_free_the_old_one(self) -> None:
        self.ann.types("/rename #ops #sre")
        self.server.clock.advance(RENAMED_EVERY)
        self.ann.types("/rename #sre #SRE")
        self.hush()
        moved = ["server: #ops is called #SRE now: /join #SRE"]
        self.assertEqual(self.told(self.cat, "/join #ops"), moved)

    def test_who_ignores_the_owner_does_not_read_why(self) -> None:
        self.bob.types("/ignore client1")
        self.bob.hears()
        self.ann.types("/rename #ops #sre spam")
        self.assertEqual(self.bob.hears(), ["server: client1 has renamed #ops to #sre."])

    def test_programs_are_told_both_names(self) -> None:
        program = self.server.joined_by("10.0.0.5", is_new=False)
        program.types("/json", '{"do": "join", "room": "#ops"}')
        program.hears()
        self.ann.types("/rename #ops #sre why not")
        told = json.loads(program.hears()[-1])
        facts = [told[each] for each in ("event", "room", "name", "new", "why")]
        self.assertEqual(facts, ["room-renamed", "#ops", "client1", "#sre", "why not"])


class StoredTests(ChatTestCase):
    def test_the_name_outlives_the_server(self) -> None:
        options: dict[str, Any] = {"plaintext_passwords": True, "throttle": Throttle.off()}
        self.start(**options)
        ann = self.server.joined_by("10.0.0.9")
        ann.types("/nick ann", f"/register {PASSWORD}", "/join #ops", "hello", "/rename #ops #sre")
        self.assertIn("server: ann has renamed #ops to #sre.", ann.hears())
        self.server.chat.shut_down(lambda: None)
        self.start(store=self.server.store, **options)
        ann = self.server.joined_by("10.0.0.9")
        ann.types(f"/login ann {PASSWORD}", "/history #sre", "/join #sre")
        heard = ann.hears()
        self.assertTrue(any(line.endswith("] #sre ann: hello") for line in heard), heard)
        eve = self.server.joined_by("10.0.0.66")
        eve.hears()
        eve.types("/join #ops")
        self.assertEqual(eve.hears(), ["server: #ops is called #sre now: /join #sre"])

    def test_if_it_cannot_be_stored_nothing_is_changed(self) -> None:
        ann, bob, _ = self.start(throttle=Throttle.off())
        ann.types("/join #ops")
        bob.types("/join #ops")
        ann.hears()
        bob.hears()

        async def fails(name: str, value: str | None, version: int) -> None:
            raise StoreError("the disk is full")

        put = self.patch(self.server.store, "put", fails)
        ann.types("/rename #ops #sre")
        self.assertIn("the disk is full", ann.hears()[-1])
        put.restore()
        bob.types("hi", "/join #sre")
        heard = bob.hears()
        self.assertEqual(heard[0], "#ops client2: hi")
        self.assertIn("You are in #sre, which belongs to you", heard[1])

    def test_a_name_is_kept_until_it_is_stored(self) -> None:
        ann, bob, _ = self.start(throttle=Throttle.off())
        ann.types("/join #ops")
        ann.hears()
        put, waiting = self.server.store.put, []

        async def waits(name: str, value: str | None, version: int) -> None:
            done: Any = Deferred()
            waiting.append(done)
            await done
            await put(name, value, version)

        patched = self.patch(self.server.store, "put", waits)
        ann.types("/rename #ops #sre")
        bob.types("/join #sre")
        self.assertIn("There is a room called #sre", bob.hears()[-1])
        for done in waiting:
            done.callback(None)
        self.assertIn("server: client1 has renamed #ops to #sre.", ann.hears())
        patched.restore()
