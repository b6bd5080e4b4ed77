"""A metric: its name, what it means, and where its value is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

from chatsvc.histogram import BOUNDS, Histogram

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

    from chatsvc.metrics.snapshot import Snapshot

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"

Number = int | float
Value = Number | Mapping[str, Number] | Histogram | None
_LE = [str(bound) for bound in BOUNDS] + ["+Inf"]


class Metric(NamedTuple):
    """A metric, by Prometheus' conventions.

    name: begins with chatsvc_, or with process_ where Prometheus has a name for it.
    kind: COUNTER, GAUGE or HISTOGRAM.
    help: says what it is, without a full stop.
    read: returns the value; with a label, one for each of its values, which are always the same;
        None if it is unknown.
    label: the name of the label; empty for none.
    """

    name: str
    kind: str
    help: str
    read: Callable[[Snapshot], Value]
    label: str = ""

    def family(self, snapshot: Snapshot) -> Family | None:
        """Its samples; None if the value is unknown."""
        value = self.read(snapshot)
        if value is None:
            return None
        if isinstance(value, Histogram):
            buckets = list(zip(_LE, accumulate(value.counts), strict=True))
            return HistogramMetricFamily(
                self.name, self.help, buckets=buckets, sum_value=value.seconds
            )
        make = CounterMetricFamily if self.kind == COUNTER else GaugeMetricFamily
        if not isinstance(value, Mapping):
            return make(self.name, self.help, value=value)
        family = make(self.name, self.help, labels=[self.label])
        for label, number in value.items():
            family.add_metric([label], number)
        return family
