"""The times and spans of time that people write when they ask for what was said earlier."""

from __future__ import annotations

import time
from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.errors import Misused
from chatsvc.text.spans import moment, span
from tests.zone import move_to


class TimeTestCase(SynchronousTestCase):
    def refused(self, read: Callable[[str], float], *texts: str) -> None:
        for text in texts:
            with self.assertRaises(Misused) as refusal:
                read(text)
            self.assertIn(f'"{text.strip()}"', str(refusal.exception))


class SpanTests(TimeTestCase):
    def test_units(self) -> None:
        for text, seconds in [
            ("30s", 30),
            ("30m", 1800),
            ("2h", 7200),
            ("90d", 90 * 86400),
            ("1w", 7 * 86400),
            (" 2H ", 7200),
            ("1s", 1),
            ("2 h", 7200),
            ("2h30m", 9000),
            ("2h30", 9000),
            ("10 minutes", 600),
            ("1 day and 12 hours", 129600),
            ("5217w", 5217 * 7 * 86400),
        ]:
            self.assertEqual(span(text), seconds)

    def test_wrong(self) -> None:
        self.refused(
            span,
            "",
            "0d",
            "2",
            "h",
            "-2h",
            "1.5h",
            "2y",
            "1000000w",
            "5218w",
            "²h",
            "2h\n3h",
        )


class MomentTests(TimeTestCase):
    """By the clock of a place that is two hours ahead in summer, and one in winter."""

    def setUp(self) -> None:
        move_to(self, "CET-1CEST,M3.5.0,M10.5.0/3")
        self.now = self.at(2026, 7, 15, 12)

    def at(self, *date: int) -> float:
        """A time by the clock here, given from the year down."""
        year, month, day, hour, minute, second = [*date, 0, 0, 0, 0][:6]
        return time.mktime((year, month, day, hour, minute, second, 0, 0, -1))

    def means(self, text: str, *date: int) -> None:
        self.assertEqual(moment(text, self.now), self.at(*date), text)

    def test_how_long_ago(self) -> None:
        self.means("2h", 2026, 7, 15, 10)
        self.means("2h ago", 2026, 7, 15, 10)
        self.means("120 minutes ago", 2026, 7, 15, 10)
        self.means("7D", 2026, 7, 8, 12)

    def test_a_time_of_day_is_the_last_one(self) -> None:
        self.means("11:59", 2026, 7, 15, 11, 59)
        self.means("9:05", 2026, 7, 15, 9, 5)
        self.means("11:59:58", 2026, 7, 15, 11, 59, 58)
        self.means("12:00", 2026, 7, 15, 12)
        self.means("12:00:01", 2026, 7, 14, 12, 0, 1)
        self.means("23:00", 2026, 7, 14, 23)

    def test_a_date_begins_at_midnight(self) -> None:
        self.means("2026-07-01", 2026, 7, 1)
        self.means(" 2026-7-1 ", 2026, 7, 1)

    def test_a_date_with_a_time(self) -> None:
        self.means("2026-07-01 14:00", 2026, 7, 1, 14)
        self.means("2025-12-31 23:59:59", 2025, 12, 31, 23, 59, 59)

    def test_today_and_yesterday(self) -> None:
        self.means("yesterday", 2026, 7, 14)
        self.means("Yesterday 14:00", 2026, 7, 14, 14)
        self.means("today", 2026, 7, 15)
        self.means("today 14:00", 2026, 7, 15, 14)
        self.now = self.at(2026, 3, 29, 12)  # since two o'clock it is summer
        self.means("yesterday", 2026, 3, 28)

    def test_winter_and_summer(self) -> None:
        winter, summer = moment("2026-01-10 12:00", self.now), moment("2026-07-10 12:00", self.now)
        self.assertEqual(summer - winter, 181 * 86400 - 3600)

    def test_what_is_still_to_come_is_left_as_it_is_if_it_has_a_date(self) -> None:
        self.means("2026-07-16", 2026, 7, 16)

    def test_wrong(self) -> None:
        self.refused(
            lambda text: moment(text, self.now),
            *(
                "",
                "noon",
                "yesterday noon",
                "today 2h",
                "yesterdays",
                "14",
                "14:0",
                "2026",
                "2026-07",
                "07-01",
                "2h since",
                "14:00 2026-07-01",
            ),
            *("24:00", "12:60", "12:00:60", "2026-13-01", "2026-00-10", "2026-02-30", "0000-01-01"),
        )

    def test_yesterday_at_that_time_when_the_clocks_were_changed_since(self) -> None:
        self.now = self.at(2026, 3, 29, 12)  # since two o'clock it is summer
        self.means("13:00", 2026, 3, 28, 13)
