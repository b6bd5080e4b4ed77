"""How long tests wait for what has to happen, and how much of the same they try."""

from __future__ import annotations

import os
from typing import TypeVar

import pytest

Test = TypeVar("Test")

# Seconds; what has not happened by then will not. On a busy machine, everything takes its time.
PATIENCE = 120.0


def much(usually: int, long: int) -> int:
    """How much of the same a test tries: more with `make test-long`, which runs those marked so."""
    return long if "CHATSVC_SLOW_TESTS" in os.environ else usually


def only_long(test: Test) -> Test:
    """Leave a test, or all of a class, to `make test-long`."""
    is_left_out = "CHATSVC_SLOW_TESTS" not in os.environ
    skip = pytest.mark.skipif(is_left_out, reason="takes long: make test-long")
    left_out: Test = pytest.mark.long(skip(test))  # type: ignore[assignment]  # it takes anything
    return left_out
