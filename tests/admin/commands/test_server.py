"""Looking into a server: status, who, announcements, a lockdown."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

import chatsvc
from chatsvc.admin.commands.server import MOST_ANNOUNCED
from chatsvc.admin.server.pace import EVERY, LOOKS, Times
from chatsvc.histogram import Histogram
from tests.admin.asking import AdminTestCase


class StatusTests(AdminTestCase):
    def test_what_it_does(self) -> None:
        for _ in range(3):
            self.ann.types("hi")
            self.hush()
        [facts] = self.facts("status")
        self.assertEqual(facts["version"], chatsvc.__version__)
        self.assertEqual((facts["people"], facts["guests"], facts["connections"]), (3, 3, 3))
        self.assertEqual(facts["connections_by_door"], {"text": 3})
        self.assertEqual((facts["rooms"], facts["messages"], facts["not_kept"]), (1, 3, 0))
        self.assertIsNone(facts["store"])
        self.assertFalse(facts["lockdown"])

    def test_rates_are_of_the_last_minute(self) -> None:
        self.server.clock.pump([EVERY] * 20)
        for _ in range(6):
            self.ann.types("hi")
            self.server.clock.pump([EVERY])
        [facts] = self.facts("status")
        self.assertEqual(facts["messages_a_second"], 0.1)
        self.assertEqual(facts["deliveries_a_second"], 0.3)
        self.assertEqual(len(self.factory.desk.pace._looks), LOOKS)
        self.server.clock.pump([EVERY] * 10)
        self.assertEqual(self.facts("status")[0]["messages_a_second"], 0.0)


class TimesTests(SynchronousTestCase):
    def test_mean_and_p99(self) -> None:
        times = Histogram()
        before = Times.of(times)
        self.assertEqual((before.mean, before.p99), (None, None))
        for _ in range(98):
            times.note(0.0004)
        times.note(0.004)
        self.assertEqual(Times.of(times).p99, 0.005)
        times.note(20.0)
        self.assertEqual(Times.of(times).p99, 0.005)
        self.assertAlmostEqual(Times.of(times).since(before).mean or 0, 0.200432)
        between = Times.of(times)
        times.note(20.0)
        self.assertEqual(Times.of(times).since(between).mean, 20.0)
        self.assertIsNone(Times.of(times).since(between).p99)


class WhoTests(AdminTestCase):
    def test_connections(self) -> None:
        self.ann.types("/join #tea", "/json")
        self.server.clock.advance(60)
        self.bob.types("hi")
        self.server.clock.advance(5)
        ann, bob, _ = self.facts("who")
        self.assertEqual(ann["name"], "client1")
        self.assertEqual(ann["rooms"], ["#tea"])
        self.assertEqual((ann["account"], ann["address"]), (None, "10.0.0.1"))
        self.assertEqual(bob["since"], "1970-01-12T13:46:40Z")
        self.assertGreater(ann["idle"], 64)
        self.assertLess(bob["idle"], 6)

    def test_no_addresses_if_none_are_kept(self) -> None:
        self.server.chat.limits.keep_addresses = 0.0
        self.assertEqual([each["address"] for each in self.facts("who")], [None] * 3)

    def test_whoever_may_come_back_has_no_door(self) -> None:
        ann, *_ = self.start(grace=60.0)
        ann.types("/nick ann", "/register sesame-street")
        ann.hears()
        ann.drops()
        [first, *_] = self.facts("who")
        self.assertEqual((first["name"], first["account"], first["door"]), ("ann", "ann", None))


class AnnounceTests(AdminTestCase):
    def test_everybody_is_told_in_plain_text(self) -> None:
        log = self.journal()
        [facts] = self.facts("announce", text="Restart\x1b[31m at ten")
        self.assertEqual(facts, {"people": 3})
        self.everyone_hears("server: Restart at ten")
        self.assertNotIn("Restart", " ".join(log))

    def test_no_more_than_the_bound(self) -> None:
        self.facts("announce", text="x" * MOST_ANNOUNCED)
        self.assertIn("at most", self.refused("announce", text="x" * (MOST_ANNOUNCED + 1)))


class LockdownTests(AdminTestCase):
    def test_for_a_time_and_off(self) -> None:
        self.assertEqual(self.lines("lockdown", span="for 2h"), ["The server is locked."])
        self.assertIn("has locked the server for 2h", self.bob.hears()[0])
        self.assertTrue(self.facts("status")[0]["lockdown"])
        self.assertEqual(self.lines("lockdown", span="off"), ["The lockdown is over."])
        self.assertEqual(self.lines("lockdown"), ["The server is locked."])
        [last] = self.asks("lockdown", span="soon")
        self.assertIn("no span of time", last["misused"])
