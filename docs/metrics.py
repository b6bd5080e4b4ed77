"""Prints docs/metrics.md: what an endpoint of --metrics shows, from the table of metrics itself."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatsvc.histogram import BOUNDS
from chatsvc.metrics.table import as_markdown

_HEAD = """# Metrics

What `--metrics` shows at `/metrics`; [operating.md](operating.md#metrics-and-health) says how to
use it. Counters begin at 0 when the server starts. Labels have the same few values on every server,
whatever people do. The library adds `python_info` and the numbers of Python's garbage collection
(`python_gc_...`).
"""

_HISTOGRAMS = """The buckets of all histograms, in seconds: {}.
"""


def reference() -> str:
    """The whole page."""
    bounds = ", ".join(f"{bound:g}" for bound in BOUNDS)
    return "\n".join([_HEAD, as_markdown(), "", _HISTOGRAMS.format(bounds)])


if __name__ == "__main__":
    print(reference(), end="")
