"""How long tests wait for what has to happen, and how much of the same they try."""

from __future__ import annotations

import os

# Seconds; what has not happened by then will not. On a busy machine, everything takes its time.
PATIENCE = 120.0


def much(usually: int, long: int) -> int:
    """How much of the same a test tries: more with `make test-long`, which runs those marked so."""
    return long if "CHATSVC_SLOW_TESTS" in os.environ else usually
