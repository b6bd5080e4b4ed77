"""Rooms: listed, deleted, emptied, and given to somebody else."""

from __future__ import annotations

from getpass import getuser

from chatsvc.admin.protocol import question
from tests.admin.asking import AdminTestCase

BY = f"admin:{getuser()}"


class RoomTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann.types("/nick ann", "/register sesame-street", "/join #tea", "green", "/topic Tea")
        self.hush()
        self.bob.types("/join #tea", "black")
        self.hush()

    def test_all_are_listed(self) -> None:
        self.ann.types("/privacy invite-only", "/key secret", "/keep 30d", "/persist on")
        self.hush()
        lobby, tea = self.facts("rooms")
        self.assertEqual((lobby["name"], lobby["people"], lobby["owner"]), ("#lobby", 3, None))
        self.assertEqual(
            tea,
            {
                "name": "#tea", "people": 2, "owner": "ann", "privacy": "invite-only",
                "has_key": True, "persistent": True, "keep": 30 * 86400, "topic": "Tea",
            },
        )  # fmt: skip

    def test_delete(self) -> None:
        log = self.journal()
        [facts] = self.facts("room delete", room="tea", reason="Off topic.")
        self.assertEqual(facts, {"room": "#tea", "act": 1})
        self.assertEqual(
            self.bob.hears(),
            [
                f'server: {BY} is deleting #tea: "Off topic.".',
                f'server: {BY} has kicked client2 out of #tea (act 1): "Off topic."',
                f"server: {BY} has deleted #tea.",
            ],
        )
        self.assertIn(f"{BY} deleted the room #tea on the whole server (act 1).", log)
        self.assertEqual([each["name"] for each in self.facts("rooms")], ["#lobby"])
        self.assertEqual([each["did"] for each in self.facts("acts")], ["deleted the room"])
        self.assertNotIn("green", " ".join(self.cat.asks("/join #tea", "/history")))
        self.assertEqual(self.bob.asks("/join #lobby", "hi")[-1], "client2: hi")

    def test_delete_with_very_many_in_it(self) -> None:
        for number in range(35):
            person = self.server.joined_by(f"10.0.1.{number}")
            person.types("/join #tea")
        self.facts("room delete", room="tea")
        self.assertEqual([each["name"] for each in self.facts("rooms")], ["#lobby"])
        self.assertEqual({"#tea" in each["rooms"] for each in self.facts("who")}, {False})

    def test_clear(self) -> None:
        self.facts("room clear", room="#tea")
        self.assertEqual(self.bob.hears(), [f"server: {BY} has deleted all messages in #tea."])
        self.assertNotIn("green", " ".join(self.bob.asks("/history")))
        self.assertNotIn("green", " ".join(self.cat.asks("/join #tea")))
        self.bob.hears()
        self.assertEqual(self.bob.asks("hi"), ["#tea client2: hi"])

    def test_what_is_said_while_a_room_is_cleared_stays(self) -> None:
        self.ann.types("too late")  # which is not stored yet
        asking = self.connects()
        asking.sends(question("room clear", {"room": "tea"}))
        self.bob.types("meanwhile")
        self.server.clock.pump([0, 0.01] * 20)
        self.assertEqual(asking.answered()[-1], {"done": True})
        told = " ".join(self.cat.asks("/join #tea", "/history #tea"))
        self.assertIn("meanwhile", told)
        self.assertNotIn("too late", told)
        self.assertNotIn("black", told)

    def test_what_was_said_by_a_wrong_clock_is_cleared(self) -> None:
        for at in (1e9, 0.0):  # ahead, and right again
            self.server.clock.ahead = at
            self.ann.types("dated")
        self.facts("room clear", room="tea")
        self.assertNotIn("dated", " ".join(self.cat.asks("/join #tea", "/history #tea")))

    def test_what_was_cleared_is_not_told_to_those_who_are_behind(self) -> None:
        self.bob.stalls()
        self.ann.types(*[f"green tea {number} {'x' * 400}" for number in range(300)])
        self.facts("room clear", room="tea")
        self.bob.reads()
        heard = self.bob.hears()
        self.assertIn(f"#tea server: What ann said was removed by {BY}.", heard)

    def test_hand_over_to_somebody_in_it_or_to_an_account(self) -> None:
        [facts] = self.facts("room hand-over", room="tea", name="client2")
        self.assertEqual(facts, {"room": "#tea", "owner": "client2"})
        self.assertIn("client2", " ".join(self.bob.hears()))
        self.ann.types("/part #tea")
        [facts] = self.facts("room hand-over", room="tea", name="ann")
        self.assertEqual(facts, {"room": "#tea", "owner": "ann"})
        self.assertEqual(
            self.refused("room hand-over", room="tea", name="ann"), "#tea belongs to ann already."
        )
        self.assertEqual(
            self.refused("room hand-over", room="tea", name="client3"), "client3 is not in #tea."
        )

    def test_rename(self) -> None:
        [facts] = self.facts("room rename", room="tea", new="coffee", reason="Awake.")
        self.assertEqual(facts, {"room": "#coffee"})
        self.assertIn(f"{BY} has renamed #tea", self.bob.hears()[0])
        self.assertIn(
            "renamed less than a minute ago", self.refused("room rename", room="coffee", new="x")
        )
        self.assertIn("cannot be renamed", self.refused("room rename", room="lobby", new="hall"))

    def test_the_lobby_stays(self) -> None:
        self.assertIn("cannot be deleted", self.refused("room delete", room="lobby"))
        self.assertIn("belongs to nobody", self.refused("room hand-over", room="lobby", name="ann"))
        self.ann.types("/part #tea", "hello all")
        self.hush()
        self.facts("room clear", room="lobby")
        self.assertNotIn("hello", " ".join(self.server.joined_by("10.0.0.9").hears()))

    def test_a_room_that_always_exists(self) -> None:
        self.start(rooms={"#ops": {}})
        self.assertIn("always exists", self.refused("room delete", room="ops"))
        self.assertEqual(self.facts("room clear", room="ops")[0]["room"], "#ops")

    def test_no_such_room(self) -> None:
        for command in ("room delete", "room clear"):
            self.assertIn("no room", self.refused(command, room="coffee"))
