"""How fast one may send."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.throttle import Throttle


class ThrottleTests(SynchronousTestCase):
    def sent(self, throttle: Throttle, moments: Sequence[float]) -> list[float]:
        """When lines that come at these moments are taken."""
        rested = 0.0
        taken = []
        now = 0.0
        for moment in moments:
            now = max(now, moment)
            now += throttle.wait(throttle.take(rested, now), now)
            rested = throttle.take(rested, now)
            taken.append(round(now, 6))
        return taken

    def test_burst_then_rate(self) -> None:
        self.assertEqual(self.sent(Throttle(3, 2), [10] * 6), [10, 10, 10, 10.5, 11, 11.5])

    def test_rest_gives_the_burst_back_but_no_more(self) -> None:
        self.assertEqual(self.sent(Throttle(2, 1), [0] * 3 + [100] * 3), [0, 0, 1, 100, 100, 101])

    def test_exact_enough_at_todays_times(self) -> None:
        now = 1.8e9
        throttle = Throttle(1000, 100)
        rested = 0.0
        for _ in range(1000):
            rested = throttle.take(rested, now)
            self.assertEqual(throttle.wait(rested, now), 0.0)
        self.assertAlmostEqual(throttle.wait(throttle.take(rested, now), now), 0.01, places=3)

    def test_clock_set_back(self) -> None:
        throttle = Throttle(10, 1)
        rested = throttle.take(0.0, 1.8e9)
        now = 1.8e9 - 3600
        self.assertLess(throttle.wait(throttle.take(rested, now), now), 2)

    def test_off(self) -> None:
        self.assertEqual(self.sent(Throttle.off(), [5] * 1000), [5] * 1000)

    def test_steady_senders_never_wait(self) -> None:
        moments = [n / 8 for n in range(1000)]
        self.assertEqual(self.sent(Throttle(1, 8), moments), moments)
