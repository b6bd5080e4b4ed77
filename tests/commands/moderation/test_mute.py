"""/mute and /unmute, in a room and everywhere."""

from __future__ import annotations

from chatsvc.chat.upkeep import TIDY_EVERY
from tests.commands.moderation.order import ModerationTestCase


class MuteTests(ModerationTestCase):
    def test_for_a_time(self) -> None:
        until = self.clock(600)
        self.ann.types("/mute client2 too loud")
        until = self.clock(600)
        told = f'server: ann has muted client2 in #ops for 10m, until {until} (act 1): "too loud"'
        self.assertEqual(self.cat.hears(), [told])
        muted = (
            f"server: You are muted in #ops for {{}} more, until {until}, by ann (act 1):"
            ' "too loud". If that is wrong, /dm ann.'
        )
        self.assertEqual(self.bob.hears(), [told, muted.format("10m")])
        self.server.clock.advance(500)
        for line in ("hello", "/me waves", "/topic Bob speaks", "/say #ops hi"):
            [heard] = self.asks(self.bob, line)
            self.assertRegex(heard, muted.format(r"\d\ds").replace("(act 1)", r"\(act 1\)"))
        self.assertEqual(self.asks(self.cat, "hi"), ["#ops client3: hi"])
        self.assertEqual(self.asks(self.bob, "/bc hello"), ["client2: hello"])
        self.server.clock.advance(100)
        self.assertEqual(self.asks(self.bob, "hello"), ["#ops client2: hello"])
        self.server.clock.advance(TIDY_EVERY)
        self.assertFalse(self.server.chat.rooms["#ops"].is_restricted)

    def test_unmute(self) -> None:
        self.asks(self.ann, "/mute client2 for 1d")
        self.ann.types("/unmute client2")
        self.assertEqual(
            self.bob.hears()[-1], "server: ann has lifted the mute of client2 in #ops (act 1)."
        )
        self.assertEqual(self.asks(self.bob, "hello"), ["#ops client2: hello"])
        self.assertFalse(self.server.chat.rooms["#ops"].is_restricted)

    def test_logging_out_does_not_help(self) -> None:
        self.register(self.bob, "bobby")
        self.asks(self.ann, "/mute bobby")
        self.assertIn("You are muted", self.asks(self.bob, "/logout", "hello")[-1])

    def test_everywhere(self) -> None:
        until = self.clock(3600)
        self.root.types("/mute server client2 for 1h")
        told = f"server: rooty has muted client2 on the whole server for 1h, until {until} (act 1)."
        self.assertEqual(self.cat.hears(), [told])
        for line in ("/bc hello", "/say #ops hello"):
            [heard] = self.asks(self.bob, line)[-1:]
            self.assertRegex(heard, "^server: You are muted on this server for 60m more, until")
        self.bob.types("/dm rooty help")
        self.assertIn("client2: help", self.root.hears())
        self.ann.types("/dm client2 what is it?")
        self.bob.types("/dm ann nothing")
        self.assertIn("client2: nothing", self.ann.hears())
        self.asks(self.root, "/undo 1")
        self.assertEqual(self.asks(self.bob, "/bc hello"), ["client2: hello"])

    def test_everywhere_no_words_reach_anybody(self) -> None:
        self.asks(self.bob, "/join #own")
        self.asks(self.root, "/mute server client2 for 1h")
        for person in (self.ann, self.cat):
            person.hears()
        for line in (
            "/bc spam", "/me spam", "/say #ops spam", "/dm ann spam", "/nick spam", "/away spam",
            "/topic #own spam", "/invite ann #own", "/join #spam", "/kick #own cat spam",
            "/mute #own cat spam", "/ban #own cat spam", "/undo 1 spam",
        ):  # fmt: skip
            self.asks(self.bob, line)
        for person in (self.ann, self.cat):
            self.assertEqual(person.hears(), [])
        self.assertNotIn("spam", " ".join(self.asks(self.ann, "/rooms", "/whois client2")))
