"""The resource at /metrics, and all that an endpoint of --metrics serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, exposition
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from chatsvc.door.entrance import Entrance
from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.health import Health, why_not_ready
from chatsvc.doors.web.resource import Nothing, Single
from chatsvc.metrics.snapshot import Snapshots
from chatsvc.metrics.table import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from prometheus_client.core import Metric as Family

    from chatsvc.door.pace import Pace
    from chatsvc.doors.web.request import WebRequest
    from chatsvc.metrics.snapshot import Snapshot, Watched

ANSWER_WITHIN = 5.0  # seconds; Prometheus waits for ten


class Reading(Collector):
    """Reads all metrics when it is asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def describe(self) -> list[Family]:
        """Nothing: the names are in a table, and need not be checked again."""
        return []

    def collect(self) -> Iterator[Family]:
        """The metrics whose values are known."""
        for metric in METRICS:
            family = metric.family(self._snapshot)
            if family is not None:
                yield family


class Metrics(Single):
    """Shows all metrics, in the requested format: OpenMetrics or Prometheus' own text."""

    def __init__(self, watched: Watched) -> None:
        super().__init__()
        self._snapshots = Snapshots(watched)

    def render_GET(self, request: WebRequest) -> Coroutine[object, object, bytes]:
        """Answer with the metrics."""
        return self._answer(request)

    async def _answer(self, request: WebRequest) -> bytes:
        try:
            snapshot = await self._snapshots.get(ANSWER_WITHIN)
        except TimeoutError:
            return request.refuse(503, "The server does not work: it takes too long.")
        encode: Callable[[Collector], bytes]
        # The library's own choice raises errors at some requested versions, and repeats any.
        if "application/openmetrics-text" in (request.getHeader("Accept") or ""):
            encode, media_type = openmetrics.generate_latest, openmetrics.CONTENT_TYPE_LATEST
        else:
            encode, media_type = exposition.generate_latest, exposition.CONTENT_TYPE_PLAIN_0_0_4
        request.setHeader("Content-Type", media_type)
        text = snapshot.texts.get(media_type)
        if text is None:
            registry = CollectorRegistry()
            registry.register(Reading(snapshot))
            GCCollector(registry)
            PlatformCollector(registry)
            text = snapshot.texts[media_type] = encode(registry)
        return text


class Lookout(Entrance):
    """The entrance for monitoring, which works however busy that of people is."""

    def pace_of(self, address: str | None) -> Pace:
        """The pace of an address, or of all who have none; it has a share of the server's time."""
        return self.paces.of(address or "")


def factory(watched: Watched) -> WebFactory:
    """Makes the connections of an endpoint of --metrics, which have bounds of their own."""
    root = Nothing()
    root.putChild(b"metrics", Metrics(watched))
    root.putChild(b"healthz", Health(watched.chat))
    root.putChild(b"readyz", Health(watched.chat, why_not_ready))
    return WebFactory(Lookout(watched.chat), root)
