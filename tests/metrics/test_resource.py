"""What an endpoint for metrics answers, to whomever."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.moderation.act import PAST
from chatsvc.clock import TURN_EVERY
from chatsvc.doors.web.channel import ASK_WITHIN, HEAD, MOST_ASKING, WebChannel
from chatsvc.metrics import process, resource, snapshot
from chatsvc.metrics.snapshot import GOOD_FOR
from chatsvc.metrics.table import METRICS
from chatsvc.throttle import Throttle
from tests.doors.web.browsing import Browser, request
from tests.metrics.scraping import OPENMETRICS, MetricsTestCase, samples

HOSTILE = '\u202eevil\x1b[2J"}\\'


class FormatTests(MetricsTestCase):
    def test_both_formats_say_the_same(self) -> None:
        text = self.watcher().asks("GET", "/metrics")
        self.assertEqual(text.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        accept = f"{OPENMETRICS};version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        other = self.watcher().asks("GET", "/metrics", Accept=accept)
        media_type = f"{OPENMETRICS}; version=1.0.0; charset=utf-8"
        self.assertEqual(other.headers["content-type"], media_type)
        self.assertTrue(other.body.endswith("# EOF\n"))
        found, others = samples(text.body), samples(other.body, is_openmetrics=True)
        processes = ("process_", "python_")
        self.assertEqual(
            {name: value for name, value in found.items() if not name.startswith(processes)},
            {name: value for name, value in others.items() if not name.startswith(processes)},
        )
        self.assertEqual(set(found), set(others))

    def test_whatever_is_accepted(self) -> None:
        for accept in (
            "", "*/*", f"{OPENMETRICS};version=bad", f"{OPENMETRICS};version=1.0.0.0.0.0.0.0.0",
            "text/plain;version=9;escaping=allow-utf-8", ",;=", "x" * 5000, "text/plain;version=x",
        ):  # fmt: skip
            answer = self.watcher().asks("GET", "/metrics", Accept=accept)
            self.assertEqual(answer.status, 200)
            self.assertNotIn("bad", answer.headers["content-type"])
        [metrics] = [
            each
            for each in self.watching.resource.children.values()
            if isinstance(each, resource.Metrics)
        ]
        found = metrics._snapshots._shared._found
        assert found is not None
        self.assertLessEqual(len(found.texts), 2)  # nobody fills it with what is accepted

    def test_each_metric_has_its_help_and_type(self) -> None:
        lines = self.watcher().asks("GET", "/metrics").body.split("\n")
        for name, kind, about, *_ in METRICS:
            self.assertIn(f"# HELP {name} {about}", lines)
            self.assertIn(f"# TYPE {name} {kind}", lines)

    def test_head(self) -> None:
        answer = self.watcher().asks("HEAD", "/metrics")
        self.assertEqual((answer.status, answer.body), (200, ""))

    def test_nothing_else_is_served(self) -> None:
        for path in ("/", "/metrics/x", "/rooms/lobby/events", "/hook/x", "/ws", "/archive", "/.."):
            self.assertEqual(self.watcher().asks("GET", path).status, 404, path)
        self.assertEqual(self.watcher().asks("POST", "/metrics", "x").status, 405)
        self.assertEqual(self.watcher().asks("GET", "/healthz").body, "ok\n")
        self.assertEqual(self.watcher().asks("GET", "/readyz").body, "ok\n")

    def test_the_web_door_shows_no_metrics(self) -> None:
        self.assertEqual(self.browser().asks("GET", "/metrics").status, 404)


class HostileTests(MetricsTestCase):
    """Whatever strangers do, what is shown has the same size, and others can watch."""

    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), **options)

    def test_nobody_makes_series(self) -> None:
        before = self.scraped()
        self.ann.asks("/nick dave", "/register correct-horse", f"/join #{'x' * 20}", HOSTILE)
        self.bob.asks(f"/nick {HOSTILE}", "/login dave wrong", "/login nobody wrong", HOSTILE)
        self.ann.asks(f"/topic {HOSTILE}", f"/kick client3 {HOSTILE}", "/ban client2 spam")
        self.browser().asks("GET", f"/rooms/{'x' * 100}/events?name[]=x", User_Agent="x")
        self.cat.drops()
        after = self.scraped()
        self.assertEqual(set(before), set(after))
        self.assertEqual(len(PAST), len([name for name in after if "acts_total{" in name]))

    def test_one_snapshot_for_all_who_ask_at_once(self) -> None:
        taken = []
        look = process.look

        async def counted(turns: Any) -> Any:
            taken.append(1)
            return await look(turns)

        self.patch(process, "look", counted)
        self.server.clock.advance(GOOD_FOR)
        watchers = [self.watcher() for _ in range(50)]
        for each in watchers:
            each.sends(request("GET", "/metrics"))
        bodies = {each.hears().body for each in watchers}
        self.assertEqual((len(taken), len(bodies)), (1, 1))

    def test_half_requests_are_given_up(self) -> None:
        watchers = [self.watcher() for _ in range(5)]
        for each in watchers:
            each.sends(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
        self.server.clock.advance(ASK_WITHIN)
        self.assertTrue(all(each.is_closed() for each in watchers))
        self.assertEqual(self.watcher().asks("GET", "/metrics").status, 200)

    def test_they_are_at_most_so_many(self) -> None:
        watchers = [self.watcher() for _ in range(MOST_ASKING + 10)]
        for each in watchers:
            each.sends(b"GET /" + b"x" * HEAD)
        gone = [each.is_closed() for each in watchers]
        self.assertEqual(gone, [True] * 10 + [False] * MOST_ASKING)
        self.assertEqual(self.browser().asks("GET", "/readyz").status, 200)  # people have their own

    def test_huge_headers(self) -> None:
        for data in (
            b"GET /metrics HTTP/1.1\r\n" + b"X: " + b"x" * WebChannel.MAX_LENGTH + b"\r\n",
            b"GET /" + b"x" * WebChannel.MAX_LENGTH,
            b"GET /metrics HTTP/1.1\r\n" + b"X: x\r\n" * 200,
            b"\x00\xff" * 5000,
        ):
            watcher = self.watcher()
            watcher.sends(data)
            [answer] = watcher.hears_all()
            self.assertIn(answer.status, (400, 431))
        self.assertEqual(self.watcher().asks("GET", "/metrics").status, 200)

    def test_who_does_not_read(self) -> None:
        slow = self.watcher()
        slow.stalls()
        for _ in range(100):
            slow.sends(request("GET", "/metrics"))
            self.server.clock.advance(GOOD_FOR)
        self.assertLess(len(slow.transport.value()), 100_000)


class FloodedTests(MetricsTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle(3, 0.01), **options)

    def test_others_who_flood_from_the_same_address(self) -> None:
        flooders = [Browser(self.door, self.server.clock, "10.9.9.9") for _ in range(50)]
        for each in flooders:
            each.sends(request("GET", "/readyz"))
        answered = [bool(each.hears_all()) for each in flooders]
        self.assertEqual(answered, [True] * 30 + [False] * 20)
        for _ in range(50):
            self.assertEqual(self.watcher().asks("GET", "/readyz").status, 200)
            self.assertEqual(self.watcher().asks("GET", "/metrics").status, 200)

    def test_those_of_an_address_have_one_pace_and_one_share(self) -> None:
        """Or else each request would come before whoever was served before."""
        entrance = self.watching.entrance
        for address in ("10.9.9.9", None):
            pace = entrance.pace_of(address)
            self.assertIsNotNone(pace)
            self.assertIs(entrance.pace_of(address), pace)
        watchers = [self.watcher() for _ in range(310)]
        for each in watchers:
            each.sends(request("GET", "/readyz"))
        self.server.clock.advance(0)
        answered = [bool(each.transport.value()) for each in watchers]
        self.assertEqual(answered.count(True), 300)
        other = Browser(self.watching, self.server.clock, "10.9.9.8")
        self.assertEqual(other.asks("GET", "/metrics").status, 200)


class SlowTests(MetricsTestCase):
    def test_a_store_that_does_not_answer(self) -> None:
        asked = []

        async def hangs() -> Any:
            asked.append(1)
            await Deferred()

        self.patch(self.store, "usage", hangs)
        self.watching = resource.factory(self.watched)
        for _ in range(3):
            self.server.clock.advance(GOOD_FOR)
            watcher = self.watcher()
            watcher.sends(request("GET", "/metrics"))
            self.server.clock.advance(0)
            self.assertEqual(watcher.hears_all(), [])
            self.server.clock.advance(snapshot.USAGE_WITHIN)
            found = samples(watcher.hears().body)
            self.assertNotIn("chatsvc_store_size_bytes", found)
            self.assertIn("chatsvc_messages_total", found)
        self.assertEqual(len(asked), 1)  # not once more for each who asks

    def test_many_connections_are_counted_in_turns(self) -> None:
        self.patch(snapshot, "AT_ONCE", 1)
        watcher = self.watcher()
        watcher.sends(request("GET", "/metrics"))
        self.server.clock.advance(0)
        self.assertEqual(watcher.transport.value(), b"")
        found = samples(watcher.hears().body)
        self.assertEqual(found['chatsvc_connections{door="text"}'], 3)

    def test_so_are_descriptors(self) -> None:
        self.patch(process, "AT_ONCE", 3)
        watcher = self.watcher()
        watcher.sends(request("GET", "/metrics"))
        self.server.clock.advance(0)
        self.assertEqual(watcher.transport.value(), b"")
        while not watcher.transport.value():
            self.server.clock.advance(TURN_EVERY)
        self.assertGreater(samples(watcher.hears().body)["process_open_fds"], 3)

    def test_it_gives_up(self) -> None:
        async def hangs(turns: Any) -> Any:
            await Deferred()

        self.patch(process, "look", hangs)
        watcher = self.watcher()
        watcher.sends(request("GET", "/metrics"))
        self.server.clock.pump([0, resource.ANSWER_WITHIN])
        self.assertEqual(watcher.hears().error, "The server does not work: it takes too long.")
