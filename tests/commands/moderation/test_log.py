"""/log and /undo: what was done, and taking it back."""

from __future__ import annotations

from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.commands.moderation import MOST_SHOWN
from tests.commands.moderation.order import ModerationTestCase


class LogTests(ModerationTestCase):
    def test_all_of_it_is_shown_and_undone(self) -> None:
        self.asks(self.ann, "/op client3")
        self.asks(self.cat, "/mute client2 for 1h noise")
        now, hour = self.clock(0), self.clock(3600)
        mute = f'server: [2 {now}] client3 muted client2 for 1h: "noise"'
        self.assertEqual(
            self.asks(self.cat, "/log"),
            [
                f"server: [1 {now}] ann made a moderator of client3",
                f"{mute}; ends at {hour}",
            ],
        )
        self.assertEqual(
            self.asks(self.bob, "/undo 2"),
            ['server: There is no act "2" that you could undo. See /log.'],
        )
        self.assertEqual(
            self.asks(self.ann, "/undo 2 was not so loud"),
            ['server: ann has lifted the mute of client2 in #ops (act 2): "was not so loud"'],
        )
        self.assertEqual(
            self.asks(self.cat, "/log")[1], f'{mute}; undone by ann at {now}: "was not so loud"'
        )
        self.assertEqual(self.asks(self.cat, "/undo 2"), ["server: ann has undone act 2 already."])

    def test_whom_it_hits_does_not_undo_it(self) -> None:
        self.register(self.bob, "bobby")
        self.asks(self.ann, "/mute bobby")
        self.asks(self.ann, "/op bobby")
        self.assertEqual(
            self.asks(self.bob, "/undo 1"),
            ["server: Act 1 hits you: somebody else has to undo it."],
        )

    def test_a_moderator_does_not_undo_what_hits_another(self) -> None:
        self.register(self.bob, "bobby")
        self.asks(self.ann, "/mute bobby", "/op bobby", "/op client3")
        self.assertEqual(
            self.asks(self.cat, "/undo 1"),
            ["server: bobby is a moderator of #ops, whom a moderator cannot unmute."],
        )

    def test_is_bounded(self) -> None:
        for number in range(MOST_SHOWN + 5):
            self.asks(self.ann, f"/ban 10.9.9.{number}")
        heard = self.asks(self.ann, "/log #ops")
        self.assertEqual(len(heard), MOST_SHOWN)
        self.assertRegex(heard[-1], r"\[25 .* ann banned 10.9.9.24$")

    def test_rooms_that_are_no_more(self) -> None:
        self.asks(self.ann, "/ban client2")
        for person in (self.ann, self.cat):
            person.types("/part #ops")
        self.hush()
        self.assertIn("belongs to you", self.asks(self.bob, "/join #ops")[0])
        self.server.clock.advance(TIDY_EVERY)
        self.assertEqual(self.asks(self.bob, "/log"), ["server: Nothing was done in #ops."])
