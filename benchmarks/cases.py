"""The cases: what the load generator is asked to do, and which of its figures are shown."""

from __future__ import annotations

import resource
from dataclasses import dataclass

from benchmarks.servers import CHATSVC, Server

LISTENERS = (1, 10, 100, 1000, 5000)
SPARE_DESCRIPTORS = 500


@dataclass(frozen=True)
class Column:
    """A figure of the load generator.

    name: in its report.
    unit: what one of the shown numbers is, in units of the reported ones.
    compared: with chatsvc's.
    """

    title: str
    name: str
    unit: float = 1.0
    compared: bool = False


@dataclass(frozen=True)
class Table:
    """What is shown of cases of one kind."""

    title: str
    columns: tuple[Column, ...]


TALK = Table(
    "Talk",
    (
        Column("deliveries/s, thousands", "deliveries_per_second", 1000, compared=True),
        Column("CPU µs a delivery", "cpu_us_per_delivery", compared=True),
        Column("p50, ms", "p50_us", 1000),
        Column("p99, ms", "p99_us", 1000, compared=True),
        Column("p99.9, ms", "p999_us", 1000),
    ),
)
ARRIVALS = Table(
    "Connections",
    (
        Column("connections/s", "connections_per_second", compared=True),
        Column("CPU µs each", "cpu_us_per_connection", compared=True),
        Column("bytes each", "bytes_per_connection", compared=True),
        Column("CPU when idle, %", "idle_cpu", 0.01),
        Column("one message to all, ms", "one_message_us", 1000),
    ),
)
STALLED = Table(
    "Readers who stall",
    (
        Column("p99 without them, ms", "alone_p99_us", 1000),
        Column("p99 with them, ms", "p99_us", 1000, compared=True),
        Column("messages said", "said"),
        Column("MiB said", "said_bytes", 2**20),
        Column("server's growth, MiB", "rss_growth", 2**20, compared=True),
        Column("lines missed", "missed"),
    ),
)
STORM = Table(
    "Many join at once",
    (
        Column("s until all are in", "arrived_seconds"),
        Column("s until all are told", "told_seconds", compared=True),
        Column("CPU µs a join", "cpu_us_per_join", compared=True),
        Column("reads a listener", "reads_per_listener"),
        Column("lines a listener", "lines_per_listener"),
    ),
)
SOAK = Table(
    "Soak",
    (
        Column("came", "comings"),
        Column("quit", "quits"),
        Column("dropped", "drops"),
        Column("deliveries, thousands", "deliveries", 1000),
        Column("p99, ms", "p99_us", 1000),
        Column("longest, ms", "max_us", 1000),
        Column("MiB early", "rss_early", 2**20),
        Column("MiB half-way", "rss_middle", 2**20),
        Column("MiB at the end", "rss_end", 2**20),
    ),
)


@dataclass(frozen=True)
class Case:
    """Something that all servers are asked to do.

    loads: runs of the load generator, each against a fresh server: what is put before the names
        of its figures, and its options, {listeners} and {rate} filled in.
    listeners: how many, unless the user says otherwise.
    seconds: how long is measured, unless the user says otherwise.
    announced: only for servers that tell people who comes and goes.
    only: only for that server: the others would take all memory.
    on_request: not one of all cases.
    """

    name: str
    table: Table
    loads: tuple[tuple[str, str], ...]
    listeners: tuple[int, ...]
    seconds: float = 3.0
    announced: bool = False
    only: Server | None = None
    on_request: bool = False

    def suits(self, server: Server, listeners: int) -> bool:
        """Whether it makes sense to ask that server."""
        return (
            listeners <= server.most
            and (server.announces or not self.announced)
            and self.only in (None, server)
        )

    def options(self, load: str, listeners: int) -> list[str]:
        """The load generator's options for so many listeners."""
        rate = 100 if listeners <= 1000 else 10  # a second; what every server can bear
        return [
            *load.format(listeners=listeners, rate=rate).split(),
            "--listeners",
            str(listeners),
        ]


def _as_many_as_possible() -> int:
    """How many connections both a server and the load generator may have here, in thousands."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - SPARE_DESCRIPTORS
    return max(most // 1000 * 1000, 100)


_PACED = "--senders 10 --rate {rate}"

CASES = (
    Case("one-at-a-time", TALK, (("", "--senders 1 --window 1"),), LISTENERS),
    Case("ten-by-eight", TALK, (("", "--senders 10 --window 8"),), LISTENERS),
    Case(
        "ten-by-eight-quickack", TALK, (("", "--senders 10 --window 8 --quickack"),), LISTENERS
    ),
    Case("paced", TALK, (("", _PACED),), LISTENERS),
    Case("connect", ARRIVALS, (("", "--mode connect --stay-out"),), (3000, 10000), seconds=1.0),
    Case(
        "idle", ARRIVALS, (("", "--mode connect --stay-out"),), (_as_many_as_possible(),),
        seconds=5.0,
    ),
    Case(
        "stalled", STALLED, (("alone_", _PACED), ("", f"{_PACED} --stalled {{listeners}}")),
        (1000,),
    ),
    Case(
        "stalled-flood", STALLED, (("", "--senders 10 --window 8 --size 400 --stalled 1000"),),
        (10,), seconds=45.0, only=CHATSVC,
    ),
    Case("storm", STORM, (("", "--mode storm --newcomers 1000"),), (1000,), announced=True),
    Case(
        "soak", SOAK,
        (("", "--mode soak --senders 10 --rate 50 --churn 50 --newcomers {listeners}"),),
        (200,), seconds=3600.0, announced=True, on_request=True,
    ),
)  # fmt: skip
