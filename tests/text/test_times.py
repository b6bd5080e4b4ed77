"""Times as programs are told them, and tell them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.text import times
from chatsvc.text.times import moment, stamp


class StampTests(SynchronousTestCase):
    @example(datetime(2110, 1, 1, 0, 0, 0, 124999, tzinfo=UTC))
    @given(some.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=some.just(UTC)))
    def test_it_is_the_time_to_the_millisecond_and_no_later(self, when: datetime) -> None:
        expected = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.assertEqual(stamp(when.timestamp()), expected)

    def test_only_so_many_are_remembered(self) -> None:
        most = times._stamp.cache_info().maxsize
        assert most is not None
        for number in range(most + 10):
            stamp(1e9 + number)
        self.assertEqual(times._stamp.cache_info().currsize, most)


class TimeTests(SynchronousTestCase):
    def test_times_come_back(self) -> None:
        for at in (0.0, 1_000_000.123, 1_764_104_580.999):
            self.assertEqual(stamp(moment(stamp(at))), stamp(at))

    def test_what_is_none(self) -> None:
        bad: Any
        for bad in ("", "x", "2026-11-25", "2026-11-25T00:00:00", "9999999-01-01T00:00:00Z"):
            self.assertRaises(ValueError, moment, bad)
