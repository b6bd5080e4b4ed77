"""/op, /deop, /voice and /devoice: who may keep order, and who may speak."""

from __future__ import annotations

from chatsvc.chat.moderation.standing import MOST_HELPERS
from tests.commands.moderation.order import ModerationTestCase


class RoleTests(ModerationTestCase):
    def test_op_of_a_guest_lasts_while_the_guest_is_here(self) -> None:
        self.ann.types("/op client2")
        told = "server: ann has made client2 a moderator of #ops (act 1)."
        self.assertEqual(self.cat.hears(), [told])
        self.assertEqual(
            self.bob.hears(),
            [
                told,
                "server: You are a moderator of #ops, by ann (act 1). You can /kick, /mute, /ban"
                " and /voice people there. See /help ban.",
            ],
        )
        self.assertIn("has kicked client3", self.asks(self.bob, "/kick client3")[0])
        self.assertEqual(
            self.asks(self.ann, "/op client2"),
            ["server: client2 is a moderator of #ops, whom the owner cannot op."],
        )
        self.bob.types("/quit")
        again = self.server.joined_by("10.0.0.2")
        self.assertEqual(again.name, "client2")
        again.types("/join #ops", "/kick client1")
        self.assertIn("That is for the owner and moderators", again.hears()[-1])

    def test_deop(self) -> None:
        self.asks(self.ann, "/op client2", "/op client3")
        self.assertIn("That is for the owner of #ops only", self.asks(self.bob, "/deop client3")[0])
        self.assertIn("That is for the owner of #ops only", self.asks(self.bob, "/deop ann")[0])
        self.assertIn("that you could undo", self.asks(self.root, "/undo 99")[0])
        self.assertIn("That is for the owner", self.asks(self.bob, "/undo 1")[0])
        self.assertEqual(
            self.asks(self.ann, "/deop client2 thanks"),
            [
                "server: ann has taken the role of a moderator of #ops from client2 (act 1):"
                ' "thanks"'
            ],
        )
        self.assertIn("That is for", self.asks(self.bob, "/kick client3")[0])

    def test_moderators_cannot_touch_each_other(self) -> None:
        self.asks(self.ann, "/op client2", "/op client3")
        for act in ("kick", "ban", "mute"):
            self.assertEqual(
                self.asks(self.bob, f"/{act} client3"),
                [f"server: client3 is a moderator of #ops, whom a moderator cannot {act}."],
            )

    def test_moderated(self) -> None:
        self.ann.types("/moderated on")
        told = "server: ann has made #ops moderated (act 1): only those with voice can speak there."
        self.assertEqual(self.bob.hears(), [told])
        refused = (
            "server: #ops is moderated, and you have no voice there."
            " People who can give it to you: ann, client3."
        )
        self.asks(self.ann, "/op client3", "/op rooty")
        for line in ("hello", "/me waves", "/topic Bob speaks"):
            self.assertEqual(self.asks(self.bob, line), [refused])
        self.assertEqual(self.asks(self.cat, "hi"), ["#ops client3: hi"])
        self.assertEqual(self.asks(self.ann, "hi"), ["#ops ann: hi"])
        self.assertEqual(
            self.asks(self.cat, "/voice client2"),
            ["server: client3 has given voice in #ops to client2 (act 3)."],
        )
        self.assertEqual(
            self.bob.hears()[-1], "server: You have voice in #ops, by client3 (act 3)."
        )
        self.assertEqual(self.asks(self.bob, "hello"), ["#ops client2: hello"])
        self.assertIn(
            "has taken voice in #ops from client2", self.asks(self.ann, "/devoice client2")[0]
        )
        self.assertEqual(self.asks(self.bob, "hello"), [refused])
        self.assertIn("is made moderated already", self.asks(self.ann, "/moderated on")[0])
        self.assertEqual(
            self.asks(self.ann, "/moderated off"),
            ["server: ann has let everybody speak in #ops again (act 1)."],
        )
        self.assertEqual(self.asks(self.bob, "hello"), ["#ops client2: hello"])

    def test_only_some_are_named_who_can_help(self) -> None:
        people = [self.server.joined_by(f"10.1.0.{number}") for number in range(MOST_HELPERS)]
        for person in people:
            person.types("/join #ops")
            person.hears()
            self.asks(self.ann, f"/op {person.name}")
        self.asks(self.ann, "/moderated on")
        names = ", ".join(["ann", *[person.name for person in people[:-1]]])
        self.assertIn(f"People who can give it to you: {names}.", self.asks(self.bob, "hello")[0])
        people[0].types("/nick helper")  # goes by another name than when it was done
        people[0].hears()
        self.assertNotIn(names, self.asks(self.bob, "hello")[0])

    def test_nobody_keeps_order_in_the_lobby_but_operators(self) -> None:
        self.assertIn(
            "Only operators of this server moderate", self.asks(self.root, "/op #lobby ann")[0]
        )
        self.asks(self.root, "/moderated #lobby on")
        self.assertEqual(
            self.asks(self.bob, "/bc hello"),
            [
                "server: #lobby is moderated, and you have no voice there."
                " People who can give it to you: an operator of this server."
            ],
        )
        self.asks(self.root, "/voice #lobby client2")
        self.assertEqual(self.asks(self.bob, "/bc hello"), ["client2: hello"])

    def test_operators_in_rooms_where_they_are_not(self) -> None:
        self.assertEqual(
            self.asks(self.root, "/mute #ops client2 for 1m"),
            [f"server: rooty has muted client2 in #ops for 1m, until {self.clock(60)} (act 1)."],
        )
        self.assertIn("That is for", self.asks(self.root, "/key #lobby x")[0])
        self.root.types("/join #ops")
        told = self.asks(self.root, "/key #ops word", "/key #ops word")
        changed = "server: rooty has changed #ops: it has a key now."
        self.assertEqual(told, [changed, "server: #ops has a key."])
