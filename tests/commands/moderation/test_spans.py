"""How long a ban or a mute lasts, as people write it."""

from __future__ import annotations

from tests.commands.moderation.order import ModerationTestCase


class SpanTests(ModerationTestCase):
    def test_a_span_without_for(self) -> None:
        heard = self.asks(self.ann, "/ban #ops client2 2h spam")
        self.assertIn("banned client2 from #ops for 2h", heard[0])
        heard = self.asks(self.ann, "/mute #ops client3 10m loud")
        self.assertIn(f'for 10m, until {self.clock(600)} (act 2): "loud"', heard[0])

    def test_all_that_is_a_time(self) -> None:
        for what, seconds, why in (
            ("10 minutes flooding", 600, "flooding"),
            ("5mins", 300, ""),
            ("1h30", 5400, ""),
            ("2 d", 172800, ""),
            ("for 1 hour and 30 minutes, spam", 5400, "spam"),
            ("1d12h spam", 129600, "spam"),
        ):
            self.asks(self.ann, f"/ban #ops client2 {what}")
            [act] = self.server.chat.moderation._acts.in_force(
                self.server.chat.rooms["#ops"].key, "ban"
            )
            self.assertEqual((act.until - act.at, act.reason), (seconds, why), what)
            self.asks(self.ann, "/unban client2")

    def test_for_ever(self) -> None:
        heard = self.asks(self.ann, "/mute client2 forever spam")
        self.assertEqual(
            heard, ['server: ann has muted client2 in #ops until that is undone (act 1): "spam"']
        )

    def test_dates_that_nobody_can_write(self) -> None:
        for what in ("for 999999w", "5218w", "999999w" * 1000, "36526d"):
            for line in (
                f"/ban client2 {what}",
                f"/mute client2 {what}",
                f"/keep {what.removeprefix('for ')}",
            ):
                self.assertEqual(self.server.chat.acts.all(), [])
                [told] = self.asks(self.ann, line)
                self.assertRegex(told, "more than 100 years")
        self.assertIn("for 5217w", self.asks(self.ann, "/ban client2 for 5217w")[0])

    def test_what_is_no_time_is_never_a_reason(self) -> None:
        for what in (
            "for", "for 2", "2x spam", "for 0h", "10", "10 spam", "1.5h", "-5m", "½h", "3 months",
            "10mspam", "for ten minutes", "an hour", "half an hour", "until 18:00", "9999999d",
            "until tomorrow", "2nd warning", "1h30x", "a couple of days", "until they say sorry",
            "for a while", "(2h) spam", "#10m", "for2h", "thirty-five minutes", "for the night",
            "next week", "for good", "always", "PT2H", "for days", "weeks", "for ages",
        ):  # fmt: skip
            heard = self.asks(self.ann, f"/ban #ops client2 {what}")
            self.assertIn(f'"{what}" begins with no time that can be understood.', heard[-1])
        self.assertEqual(
            self.asks(self.ann, "/mute client2 spam for 2h"),
            ['server: The time comes first: "2h spam".'],
        )
        self.assertEqual(
            self.asks(self.ann, "/mute client2 for spamming")[0][-18:], '1): "for spamming"'
        )

    def test_what_is_a_reason_though_it_has_words_of_time(self) -> None:
        reasons = (
            "for good reason", "a bit rude", "all the time he swears", "always rude",
            "for days of rudeness",
        )  # fmt: skip
        for number, why in enumerate(reasons, 1):
            heard = self.asks(self.ann, f"/mute client2 {why}")
            self.assertIn(f'(act {number}): "{why}"', heard[0])
            self.asks(self.ann, "/unmute client2")
