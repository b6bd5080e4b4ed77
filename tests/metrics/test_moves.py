"""Each metric moves when what it counts happens, and only then."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.address import IPv4Address

from chatsvc import bugs
from chatsvc.chat.accounts.accounts import ATTEMPTS
from chatsvc.chat.flow import holding, owed
from chatsvc.chat.flow.admission import Rank, Share
from chatsvc.chat.moderation.act import PAST
from chatsvc.chat.rooms.roles import Role
from chatsvc.door.flooding import MOST_SLOWED
from chatsvc.doors.front.door import FrontFactory
from chatsvc.doors.front.tls_only import TlsOnlyFactory
from chatsvc.doors.irc.door import IrcFactory
from chatsvc.doors.proxied import ProxiedFactory
from chatsvc.metrics.metric import COUNTER, HISTOGRAM
from chatsvc.metrics.resource import Metrics
from chatsvc.metrics.table import METRICS
from chatsvc.store import StoreError
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.harness import Person, Transport
from tests.metrics.scraping import ENDS, MetricsTestCase

CONSTANT = {
    "chatsvc_build_info",
    "chatsvc_certificate_expiry_timestamp_seconds",
    "chatsvc_connections_limit",
    "process_max_fds",
    "process_start_time_seconds",
}
# What has a test of its own here, or is measured only of a real process: see test_endpoint.py.
OTHERS = {
    "chatsvc_readers_behind",
    "chatsvc_senders_waiting",
    "chatsvc_commit_queue_events",
    "chatsvc_commit_seconds",
    "chatsvc_round_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
}


class MovesTests(MetricsTestCase):
    def test_each_series(self) -> None:
        unmoved = []
        for series, (options, happen) in MOVES.items():
            self.ann, self.bob, self.cat = self.start(**options)
            before = self.scraped()[series]
            happen(self)
            after = self.scraped()[series]
            is_counter = series.partition("{")[0].endswith(("_total", "_count"))
            if not (after > before if is_counter else after != before):
                unmoved.append(series)
        self.assertEqual(unmoved, [])

    def test_none_is_without_a_test(self) -> None:
        tested = {series.partition("{")[0].removesuffix("_count") for series in MOVES}
        self.assertEqual(tested | CONSTANT | OTHERS, {metric.name for metric in METRICS})
        self.start()
        shown = {name for name in self.scraped() if "{" in name and "le=" not in name}
        others = ("python_", "chatsvc_build_info")
        missing = {name for name in shown - set(MOVES) if not name.startswith(others)}
        self.assertEqual(missing, set())

    def test_what_happens_counts_for_nothing_else(self) -> None:
        before = self.scraped()
        self.ann.asks("hello")
        after = self.scraped()
        moved = {name for name in before if after[name] != before[name]}
        rounds = {name for name in moved if name.startswith("chatsvc_round_seconds")}
        processes = {name for name in moved if name.startswith(("process_", "python_"))}
        self.assertEqual(
            moved - rounds - processes,
            {
                "chatsvc_messages_total",
                "chatsvc_deliveries_total",
                "chatsvc_delivered_bytes_total",
                "chatsvc_received_bytes_total",
            },
        )
        self.assertEqual(after["chatsvc_messages_total"], before["chatsvc_messages_total"] + 1)
        deliveries = after["chatsvc_deliveries_total"] - before["chatsvc_deliveries_total"]
        self.assertEqual(deliveries, 3)
        size = after["chatsvc_delivered_bytes_total"] - before["chatsvc_delivered_bytes_total"]
        self.assertEqual(size, 3 * len("client1: hello"))
        received = after["chatsvc_received_bytes_total"] - before["chatsvc_received_bytes_total"]
        self.assertEqual(received, len("hello\n"))

    def test_what_does_not_change(self) -> None:
        found = self.scraped()
        self.assertEqual(found["chatsvc_certificate_expiry_timestamp_seconds"], ENDS)
        self.assertEqual(found["chatsvc_connections_limit"], self.server.chat.sessions.most)
        self.assertEqual([value for name, value in found.items() if "build_info" in name], [1])

    def test_rounds(self) -> None:
        before = self.scraped()["chatsvc_round_seconds_count"]
        self.ann.asks("hello")
        self.assertGreater(self.scraped()["chatsvc_round_seconds_count"], before)

    def test_who_waits_within_a_turn(self) -> None:
        def waiting() -> tuple[float, float]:
            found = {metric.name: metric.read(snapshot) for metric in METRICS}
            return found["chatsvc_readers_behind"], found["chatsvc_senders_waiting"]  # type: ignore[return-value]  # two numbers

        self.watcher().asks("GET", "/metrics")
        [shown] = [
            each for each in self.watching.resource.children.values() if isinstance(each, Metrics)
        ]
        snapshot: Any = shown._snapshots._shared._found
        self.assertEqual(waiting(), (0, 0))
        self.bob.stalls()
        self.ann.asks("hello")
        self.bob.reads()
        self.assertEqual(waiting(), (1, 0))
        share = Share()
        self.server.chat.delivery.admission.wait(lambda: None, share, share, Rank.OTHER)
        self.assertEqual(waiting(), (1, 1))
        self.hush()
        self.assertEqual(waiting(), (0, 0))

    def test_names(self) -> None:
        names = [metric.name for metric in METRICS]
        self.assertEqual(len(set(names)), len(names))
        for name, kind, about, _, label in METRICS:
            self.assertRegex(name, "^(chatsvc|process)_[a-z_]+$")
            self.assertEqual(name.endswith("_total"), kind == COUNTER, name)
            self.assertTrue(kind != HISTOGRAM or name.endswith("_seconds"), name)
            self.assertRegex(about, "^[A-Z].*[^.]$")
            self.assertRegex(label, "^[a-z]*$")

    def test_without_what_is_not_known(self) -> None:
        self.store.found = None
        found = self.scraped()
        self.assertNotIn("chatsvc_store_size_bytes", found)
        self.assertIn("chatsvc_messages_total", found)

    # What happens.

    def comes(self, host: str = "10.0.0.8") -> Person:
        return self.server.joined_by(host)

    def at(self, door: Any, data: bytes) -> None:
        """Somebody comes to a door, and sends something."""
        address = IPv4Address("TCP", "10.0.0.8", 40000)
        transport = Transport(peerAddress=address)
        transport.protocol = door.buildProtocol(address)
        transport.protocol.makeConnection(transport)
        transport.protocol.dataReceived(data)
        self.server.clock.pump([0, 1])

    def by_irc(self) -> None:
        door = IrcFactory(self.server.factory.entrance, "chatsvc", True)
        self.at(door, b"NICK dan\r\nUSER dan 0 * :Dan\r\n")

    def by_json(self) -> None:
        self.comes().types("/json", '{"do": "ping"}')

    def registers(self) -> None:
        self.ann.asks("/nick ann", f"/register {PASSWORD}")

    def logs_in(self, password: str = PASSWORD, times: int = 1) -> None:
        self.registers()
        for _ in range(times):
            self.bob.asks(f"/login ann {password}")

    def orders(self, *lines: str) -> None:
        """An operator types something."""
        self.comes("127.0.0.1").asks("/nick rooty", f"/register {PASSWORD}", *lines)

    def is_banned_at_login(self) -> None:
        self.registers()
        self.orders("/ban server ann")
        dan = self.comes()
        dan.asks(f"/login ann {PASSWORD}")

    def is_banned(self) -> None:
        self.orders("/ban server client2")
        self.comes("10.0.0.2")

    def quits(self) -> None:
        self.ann.asks("/quit")
        self.ann.is_closed()

    def is_removed(self) -> None:
        self.orders("/kick server client1")
        self.ann.hears()
        self.ann.is_closed()

    def floods(self, lines: int) -> None:
        for _ in range(lines):
            self.ann.sends(b"x\n")
            self.server.clock.advance(0.01)

    def is_silenced(self) -> None:
        self.ann.types(*["x"] * (MOST_SLOWED + 150))
        while self.ann.transport.producerState == "paused":
            self.server.clock.advance(0.1)

    def rushes(self) -> None:
        for _ in range(2000):
            self.server.joined_by("10.0.0.7").drops()

    def at_the_front(self, data: bytes) -> None:
        self.at(FrontFactory(self.server.factory.entrance, self.server.factory, None), data)

    def without_a_header(self) -> None:
        door = ProxiedFactory(self.server.factory, self.server.factory.entrance)
        self.at(door, b"hello\r\n")

    def without_tls(self) -> None:
        front = FrontFactory(self.server.factory.entrance, self.server.factory, None)
        self.at(TlsOnlyFactory(front), b"hello\r\n")

    def resumes(self) -> None:
        dan = self.comes()
        dan.types("/json", '{"do": "resume"}')
        token = json.loads(dan.hears()[-1])["token"]
        dan.drops()
        eve = self.server.joined_by("10.0.0.8", is_new=False)
        eve.types("/json", f'{{"do": "resume", "token": "{token}"}}')
        eve.hears()

    def is_abandoned(self) -> None:
        self.patch(owed, "OWED_TO_ONE", 1000)
        self.patch(owed, "REPLY_BYTES", 100)
        self.bob.stalls()
        self.bob.types("/help", "/help")
        self.server.clock.advance(owed.LOOK_EVERY)
        self.cat.asks("hello")

    def stalls(self) -> None:
        self.bob.stalls()

    def owes(self) -> None:
        self.bob.stalls()
        self.bob.types("/help")
        self.server.clock.advance(0)

    def is_held(self) -> None:
        self.patch(holding, "REPLY_BYTES", 10)
        self.bob.stalls()
        self.bob.types("/help", "/help")

    def acts(self, kind: str) -> None:
        acts = self.server.chat.acts
        self.server.chat.spawn(
            acts.add(kind, "lobby", "root", Role.OPERATOR, "bob", ("account bob",), "", 60.0)  # type: ignore[arg-type]  # it returns the act
        )

    def undoes(self) -> None:
        self.orders("/ban server client2", "/undo 1")

    def cannot_be_kept(self) -> None:
        append = self.store.append

        async def failing(said: Any) -> None:
            raise StoreError("the disk is full")

        self.patch(self.store, "append", failing)
        self.ann.asks("hello")
        self.patch(self.store, "append", append)

    def is_wrong(self) -> None:
        bugs.log_bug(ZeroDivisionError())

    def opens_files(self) -> None:
        for _ in range(50):  # as others, which nothing holds any longer, may be closed meanwhile
            self.addCleanup(os.close, os.dup(2))

    def reads_wait(self) -> None:
        self.patch(self.store, "reads_waiting", lambda: 3)

    def figures(self, name: str) -> None:
        """[The store's threads count; see tests/stores/test_figures.py.]"""
        figures = self.store.figures
        if name.startswith("failed"):
            setattr(figures, name, getattr(figures, name) + 1)
        else:
            getattr(figures, name).note(0.1)

    def uses(self, **more: int) -> None:
        assert self.store.found is not None
        self.store.found = self.store.found._replace(**more)


Happen = Callable[[MovesTests], object]
ROOT = {"operators": frozenset([skeleton("rooty")])}
NO_THROTTLE = {"throttle": Throttle.off()}

# For each series, how the server is started, and what happens to it.
MOVES: dict[str, tuple[dict[str, Any], Happen]] = {
    "chatsvc_ready": ({}, lambda test: test.server.chat.shut_down(lambda: None)),
    'chatsvc_connections{door="text"}': ({}, MovesTests.comes),
    'chatsvc_connections{door="json"}': ({}, MovesTests.by_json),
    'chatsvc_connections{door="irc"}': ({}, MovesTests.by_irc),
    'chatsvc_connections{door="web"}': ({}, MovesTests.joined),
    'chatsvc_people{kind="guest"}': ({}, MovesTests.comes),
    'chatsvc_people{kind="account"}': ({}, MovesTests.registers),
    "chatsvc_accounts": ({}, MovesTests.registers),
    "chatsvc_rooms": ({}, lambda test: test.ann.asks("/join #ops")),
    "chatsvc_arrivals_total": ({}, MovesTests.comes),
    "chatsvc_resumptions_total": ({}, MovesTests.resumes),
    'chatsvc_departures_total{how="quit"}': ({}, MovesTests.quits),
    'chatsvc_departures_total{how="ended"}': (ROOT, MovesTests.is_removed),
    'chatsvc_departures_total{how="lost"}': ({}, lambda test: test.ann.drops()),
    'chatsvc_refused_connections_total{reason="full"}': ({"users": 3}, MovesTests.comes),
    'chatsvc_refused_connections_total{reason="too_many_of_address"}': (
        {"per_address": 1},
        lambda test: test.comes("10.0.0.1"),
    ),
    'chatsvc_refused_connections_total{reason="too_fast"}': ({}, MovesTests.rushes),
    'chatsvc_refused_connections_total{reason="banned"}': (ROOT, MovesTests.is_banned),
    'chatsvc_refused_connections_total{reason="other_protocol"}': (
        {},
        lambda test: test.at_the_front(b"GET / HTTP/1.1\r\n\r\n"),
    ),
    'chatsvc_refused_connections_total{reason="no_tls"}': ({}, MovesTests.without_tls),
    'chatsvc_refused_connections_total{reason="no_proxy_header"}': (
        {},
        MovesTests.without_a_header,
    ),
    "chatsvc_abandoned_connections_total": (NO_THROTTLE, MovesTests.is_abandoned),
    'chatsvc_logins_total{result="ok"}': ({}, MovesTests.logs_in),
    'chatsvc_logins_total{result="wrong_password"}': ({}, lambda test: test.logs_in("wrong-one")),
    'chatsvc_logins_total{result="too_many_attempts"}': (
        NO_THROTTLE,
        lambda test: test.logs_in("wrong-one", ATTEMPTS + 1),
    ),
    'chatsvc_logins_total{result="banned"}': (ROOT, MovesTests.is_banned_at_login),
    "chatsvc_registrations_total": ({}, MovesTests.registers),
    'chatsvc_throttled_total{how="slowed"}': ({}, lambda test: test.floods(40)),
    'chatsvc_throttled_total{how="silenced"}': ({}, MovesTests.is_silenced),
    **{
        f'chatsvc_moderation_acts_total{{kind="{kind}"}}': (
            {},
            partial(MovesTests.acts, kind=kind),
        )
        for kind in PAST
    },
    "chatsvc_moderation_undone_total": (ROOT, MovesTests.undoes),
    "chatsvc_received_bytes_total": ({}, lambda test: test.ann.asks("hello")),
    "chatsvc_messages_total": ({}, lambda test: test.ann.asks("/dm client2 hello")),
    "chatsvc_messages_not_kept_total": ({}, MovesTests.cannot_be_kept),
    "chatsvc_deliveries_total": ({}, lambda test: test.ann.asks("hello")),
    "chatsvc_delivered_bytes_total": ({}, lambda test: test.ann.asks("hello")),
    "chatsvc_round_seconds_count": ({}, lambda test: test.ann.asks("hello")),
    "chatsvc_readers_stalled": ({}, MovesTests.stalls),
    "chatsvc_senders_held": (NO_THROTTLE, MovesTests.is_held),
    "chatsvc_waiting_replies_bytes": ({}, MovesTests.owes),
    "chatsvc_store_transaction_seconds_count": ({}, lambda test: test.figures("transactions")),
    "chatsvc_store_sync_seconds_count": ({}, lambda test: test.figures("syncs")),
    'chatsvc_store_failures_total{operation="read"}': (
        {},
        lambda test: test.figures("failed_reads"),
    ),
    'chatsvc_store_failures_total{operation="write"}': (
        {},
        lambda test: test.figures("failed_writes"),
    ),
    "chatsvc_store_reads_waiting": ({}, MovesTests.reads_wait),
    "chatsvc_store_size_bytes": ({}, lambda test: test.uses(size=1)),
    "chatsvc_store_free_bytes": ({}, lambda test: test.uses(free=1)),
    "chatsvc_store_unindexed_messages": ({}, lambda test: test.uses(unindexed=1)),
    "chatsvc_bugs_total": ({}, MovesTests.is_wrong),
    "process_open_fds": ({}, MovesTests.opens_files),
}
