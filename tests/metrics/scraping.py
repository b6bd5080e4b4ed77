"""Somebody who watches a whole server in memory by its metrics."""

from __future__ import annotations

from typing import Any

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parsed_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parsed_text

from chatsvc.metrics.resource import factory
from chatsvc.metrics.snapshot import GOOD_FOR, Watched
from chatsvc.service.log.journal import LogJournal
from chatsvc.store import Usage
from chatsvc.stores.memory import MemoryStore
from tests.doors.web.browsing import Browser, WebTestCase

ENDS = 2_000_000_000.0  # when the certificate expires
OPENMETRICS = "application/openmetrics-text"


class Store(MemoryStore):
    """A store in memory that takes something of a disk."""

    found: Usage | None = Usage(size=5000, free=7000, unindexed=3)

    async def usage(self) -> Any:
        return self.found


def samples(text: str, is_openmetrics: bool = False) -> dict[str, float]:
    """The samples of all metrics, by their names with labels."""
    found = {}
    for family in parsed_openmetrics(text) if is_openmetrics else parsed_text(text):
        for name, labels, value, *_ in family.samples:
            inside = ",".join(f'{label}="{each}"' for label, each in labels.items())
            found[f"{name}{{{inside}}}" if inside else name] = value
    return found


class MetricsTestCase(WebTestCase):
    """Ann, Bob and Cat are at the line door, others at the web door; somebody watches."""

    def start(self, **options: Any) -> Any:
        self.store = Store(1000, 10**6)
        people = super().start(plaintext_passwords=True, **{"store": self.store, **options})
        chat = self.server.chat
        assert isinstance(chat.journal, LogJournal)
        self.watched = Watched(
            chat, self.store, self.server.factory.entrance, chat.journal.counts, lambda: ENDS
        )
        self.watching = factory(self.watched)
        return people

    def watcher(self) -> Browser:
        """A connection to the endpoint for metrics."""
        return Browser(self.watching, self.server.clock, "10.9.9.9")

    def scraped(self) -> dict[str, float]:
        """The samples as they are now."""
        self.server.clock.advance(GOOD_FOR)
        answer = self.watcher().asks("GET", "/metrics")
        assert answer.status == 200, answer
        return samples(answer.body)
