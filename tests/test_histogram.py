"""Histograms."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.histogram import BOUNDS, Histogram


class HistogramTests(SynchronousTestCase):
    def test_each_duration_is_in_one_bucket(self) -> None:
        histogram = Histogram()
        for seconds in (0.0, BOUNDS[0], BOUNDS[0] * 1.01, BOUNDS[-1], 1e9):
            histogram.note(seconds)
        self.assertEqual(histogram.counts[:2], [2, 1])
        self.assertEqual(histogram.counts[-2:], [1, 1])
        self.assertEqual(sum(histogram.counts), 5)
        self.assertAlmostEqual(histogram.seconds, 1e9 + BOUNDS[-1] + BOUNDS[0] * 2.01)

    def test_it_takes_no_more_space_for_more_durations(self) -> None:
        histogram = Histogram()
        before = len(histogram.counts)
        for number in range(1000):
            histogram.note(number / 10)
        self.assertEqual((len(histogram.counts), sum(histogram.counts)), (before, 1000))
        self.assertEqual(tuple(sorted(BOUNDS)), BOUNDS)
