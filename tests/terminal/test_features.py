"""What a terminal has beyond others: what is asked for is switched on, and off at the end."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.terminal.features import CLUSTERS, MARGINS, Features
from chatsvc.terminal.keys import KEYBOARD, Answer


class FeaturesTests(SynchronousTestCase):
    def test_nothing_changes_where_nothing_is_known(self):
        features = Features()
        self.assertFalse(features.has(MARGINS))
        self.assertEqual(features.off(), "")

    def test_what_is_known_is_switched_on_once_and_off(self):
        features = Features()
        for number, on, off in (
            (CLUSTERS, "\x1b[?2027h", "\x1b[?2027l"),
            (MARGINS, "\x1b[?69h", "\x1b[?69l"),
            (KEYBOARD, "\x1b[>5u", "\x1b[<u"),
        ):
            for _ in range(2):
                self.assertEqual(features.hear(Answer(number, is_set=False)), on)
                self.assertEqual(features.hear(Answer(number, is_set=True)), "")
                self.assertEqual(features.off(), off)
                self.assertEqual(features.off(), "")

    def test_what_was_on_before_stays_on(self):
        features = Features()
        self.assertEqual(features.hear(Answer(MARGINS, is_set=True)), "")
        self.assertTrue(features.has(MARGINS))
        self.assertEqual(features.off(), "")
        self.assertFalse(features.has(MARGINS))

    def test_other_modes_are_left_alone(self):
        features = Features()
        self.assertEqual(features.hear(Answer(2048, is_set=False)) + features.off(), "")
        self.assertFalse(features.has(2048))
