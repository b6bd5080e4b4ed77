"""The table of all metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc import __version__, bugs
from chatsvc.chat.moderation.act import PAST
from chatsvc.doors.web.health import why_not_ready
from chatsvc.metrics.metric import COUNTER, GAUGE, HISTOGRAM, Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.metrics.metric import Number, Value
    from chatsvc.metrics.process import Process
    from chatsvc.metrics.snapshot import Snapshot
    from chatsvc.store import Figures, Usage

# The values of labels: a fixed table each, as nobody may make any. By the journal's kinds, if the
# metric counts what was written there.
_DOORS = {"text": "text", "JSON": "json", "IRC": "irc", "web": "web"}
_LOGINS = {
    "logged in": "ok",
    "wrong password": "wrong_password",
    "too many passwords": "too_many_attempts",
    "account banned": "banned",
}
_REFUSALS = {
    "full": "full",
    "crowded": "too_many_of_address",
    "rushed": "too_fast",
    "banned": "banned",
    "not spoken": "other_protocol",
    "no TLS": "no_tls",
    "no header": "no_proxy_header",
}


def _chat(read: Callable[[Chat], Value]) -> Callable[[Snapshot], Value]:
    return lambda snapshot: read(snapshot.watched.chat)


def _delivery(read: Callable[[Delivery], Value]) -> Callable[[Snapshot], Value]:
    return lambda snapshot: read(snapshot.watched.chat.delivery)


def _store(read: Callable[[Figures], Value]) -> Callable[[Snapshot], Value]:
    return lambda snapshot: read(snapshot.watched.store.figures)


def _disk(read: Callable[[Usage], Value]) -> Callable[[Snapshot], Value]:
    return lambda snapshot: None if snapshot.usage is None else read(snapshot.usage)


def _process(read: Callable[[Process], Value]) -> Callable[[Snapshot], Value]:
    return lambda snapshot: read(snapshot.process)


def _journal(kind: str) -> Callable[[Snapshot], Value]:
    return lambda snapshot: snapshot.watched.journal.get(kind, 0)


def _labelled(
    found: Callable[[Snapshot], Mapping[str, Number]], labels: Mapping[str, str]
) -> Callable[[Snapshot], Value]:
    return lambda snapshot: {label: found(snapshot).get(name, 0) for name, label in labels.items()}


def _by_kind(labels: Mapping[str, str]) -> Callable[[Snapshot], Value]:
    return _labelled(lambda snapshot: snapshot.watched.journal, labels)


def _people(chat: Chat) -> Mapping[str, Number]:
    return {"account": chat.users.owners, "guest": len(chat.users) - chat.users.owners}


METRICS = [
    Metric(
        "chatsvc_build_info",
        GAUGE,
        "Always 1; the label is the version of chatsvc",
        lambda _: {__version__: 1},
        "version",
    ),
    Metric(
        "chatsvc_ready",
        GAUGE,
        "Whether newcomers are let in (1) or not (0), as /readyz says while the store works",
        _chat(lambda chat: int(not why_not_ready(chat))),
    ),
    # People.
    Metric(
        "chatsvc_connections",
        GAUGE,
        "Connections that take part, by the protocol that they speak",
        _labelled(lambda snapshot: snapshot.connections, _DOORS),
        "door",
    ),
    Metric(
        "chatsvc_connections_limit",
        GAUGE,
        "The most connections at once (--max-users)",
        _chat(lambda chat: chat.sessions.most),
    ),
    Metric(
        "chatsvc_people",
        GAUGE,
        "People here or in their grace period, with an account or as guests",
        _chat(_people),
        "kind",
    ),
    Metric("chatsvc_accounts", GAUGE, "Accounts", _chat(lambda chat: len(chat.accounts))),
    Metric(
        "chatsvc_rooms", GAUGE, "Rooms, the lobby included", _chat(lambda chat: len(chat.rooms))
    ),
    Metric("chatsvc_arrivals_total", COUNTER, "People who came", _journal("joined")),
    Metric(
        "chatsvc_resumptions_total",
        COUNTER,
        "Lost connections whose place was resumed",
        _journal("resumed"),
    ),
    Metric(
        "chatsvc_departures_total",
        COUNTER,
        "Connections of people that ended: with /quit, lost, or by the server",
        _by_kind({"quit": "quit", "lost": "lost", "ended": "ended"}),
        "how",
    ),
    Metric(
        "chatsvc_refused_connections_total",
        COUNTER,
        "Connections that were not let in",
        _by_kind(_REFUSALS),
        "reason",
    ),
    Metric(
        "chatsvc_abandoned_connections_total",
        COUNTER,
        "Connections that were given up, as they did not read",
        _journal("stalled"),
    ),
    Metric("chatsvc_logins_total", COUNTER, "Logins to accounts", _by_kind(_LOGINS), "result"),
    Metric(
        "chatsvc_registrations_total", COUNTER, "Accounts that were made", _journal("registered")
    ),
    Metric(
        "chatsvc_throttled_total",
        COUNTER,
        "How often somebody sent so much that it was taken more slowly, or not at all for a while",
        _by_kind({"slowed": "slowed", "silenced": "silenced"}),
        "how",
    ),
    Metric(
        "chatsvc_moderation_acts_total",
        COUNTER,
        "Acts of moderation",
        _labelled(lambda snapshot: snapshot.watched.chat.acts.made, {kind: kind for kind in PAST}),
        "kind",
    ),
    Metric(
        "chatsvc_moderation_undone_total",
        COUNTER,
        "Acts of moderation that were undone",
        _journal("undone"),
    ),
    # What is said.
    Metric(
        "chatsvc_received_bytes_total",
        COUNTER,
        "Bytes received from connections that take part, without TLS and HTTP",
        lambda snapshot: snapshot.watched.entrance.received_bytes,
    ),
    Metric(
        "chatsvc_messages_total",
        COUNTER,
        "Messages that were said, direct ones included",
        _delivery(lambda delivery: delivery.said),
    ),
    Metric(
        "chatsvc_messages_not_kept_total",
        COUNTER,
        "Messages that were not said, as the store could not keep them",
        _delivery(lambda delivery: delivery.not_kept),
    ),
    Metric(
        "chatsvc_deliveries_total",
        COUNTER,
        "Messages and other events, each times the readers of its room",
        _delivery(lambda delivery: delivery.deliveries),
    ),
    Metric(
        "chatsvc_delivered_bytes_total",
        COUNTER,
        "Bytes of these events as lines of text, likewise",
        _delivery(lambda delivery: delivery.delivered_bytes),
    ),
    Metric(
        "chatsvc_round_seconds",
        HISTOGRAM,
        "How long a round took to give people what was new",
        _delivery(lambda delivery: delivery.round_times),
    ),
    Metric(
        "chatsvc_commit_seconds",
        HISTOGRAM,
        "How long messages waited for the store before anybody saw them",
        _delivery(lambda delivery: delivery.commit_times),
    ),
    Metric(
        "chatsvc_commit_queue_events",
        GAUGE,
        "Events that nobody sees yet, as they are being committed",
        _delivery(lambda delivery: delivery.last_id - delivery.done_id),
    ),
    # Who waits.
    Metric(
        "chatsvc_readers_behind",
        GAUGE,
        "Connections that are catching up with earlier messages",
        _delivery(lambda delivery: len(delivery.behind)),
    ),
    Metric(
        "chatsvc_readers_stalled",
        GAUGE,
        "Connections that take no more data at the moment, those behind included",
        lambda snapshot: snapshot.stalled,
    ),
    Metric(
        "chatsvc_senders_held",
        GAUGE,
        "Connections whose input is not read, as too much of what they caused is unread",
        _delivery(lambda delivery: len(delivery.holding.held)),
    ),
    Metric(
        "chatsvc_senders_waiting",
        GAUGE,
        "Connections that wait for their turn, as there is more to do than fits into one",
        _delivery(lambda delivery: delivery.admission.waiting),
    ),
    Metric(
        "chatsvc_waiting_replies_bytes",
        GAUGE,
        "Memory that unread replies take",
        lambda snapshot: snapshot.reply_bytes,
    ),
    # The store.
    Metric(
        "chatsvc_store_transaction_seconds",
        HISTOGRAM,
        "How long the database took to write messages and records",
        _store(lambda figures: figures.transactions),
    ),
    Metric(
        "chatsvc_store_sync_seconds",
        HISTOGRAM,
        "How much of that it waited for the disk (fsync)",
        _store(lambda figures: figures.syncs),
    ),
    Metric(
        "chatsvc_store_failures_total",
        COUNTER,
        "How often the database failed",
        _store(lambda each: {"read": each.failed_reads, "write": each.failed_writes}),
        "operation",
    ),
    Metric(
        "chatsvc_store_reads_waiting",
        GAUGE,
        "Reads of the store that have not begun",
        lambda snapshot: snapshot.watched.store.reads_waiting(),
    ),
    Metric(
        "chatsvc_store_size_bytes",
        GAUGE,
        "Size of the store's files",
        _disk(lambda usage: usage.size),
    ),
    Metric(
        "chatsvc_store_free_bytes",
        GAUGE,
        "Space that is left on the store's disk",
        _disk(lambda usage: usage.free),
    ),
    Metric(
        "chatsvc_store_unindexed_messages",
        GAUGE,
        "Messages that no search finds yet, imported ones aside; at most 20,000 are counted",
        _disk(lambda usage: usage.unindexed),
    ),
    # The server itself.
    Metric(
        "chatsvc_bugs_total",
        COUNTER,
        "Bugs in the server that were logged",
        lambda _: bugs.number(),
    ),
    Metric(
        "chatsvc_certificate_expiry_timestamp_seconds",
        GAUGE,
        "When the first of the certificates expires",
        lambda snapshot: snapshot.watched.certificate_ends(),
    ),
    Metric(
        "process_cpu_seconds_total",
        COUNTER,
        "CPU time of all threads, without that of hashing passwords",
        _process(lambda process: process.cpu),
    ),
    Metric(
        "process_resident_memory_bytes",
        GAUGE,
        "Memory that is in use",
        _process(lambda process: process.memory),
    ),
    Metric(
        "process_open_fds",
        GAUGE,
        "Open files and sockets",
        _process(lambda process: process.descriptors),
    ),
    Metric(
        "process_max_fds",
        GAUGE,
        "The most open files and sockets",
        _process(lambda process: process.most_descriptors),
    ),
    Metric(
        "process_start_time_seconds",
        GAUGE,
        "When the process began",
        lambda snapshot: snapshot.started_at,
    ),
]


def as_markdown() -> str:
    """The table, for the documentation."""
    rows = [
        f"| `{name}`{f' by `{label}`' if label else ''} | {kind} | {about} |"
        for name, kind, about, _, label in METRICS
    ]
    return "\n".join(["| metric | kind | what it is |", "|---|---|---|", *rows])
