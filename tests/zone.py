"""Tests of what people read by their own clock."""

from __future__ import annotations

import os
import time
from unittest import TestCase


def move_to(test: TestCase, zone: str) -> None:
    """Have this process in a time zone, given as TZ has it, until the test has ended."""
    before = os.environ.get("TZ")

    def restore() -> None:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()

    os.environ["TZ"] = zone
    time.tzset()
    test.addCleanup(restore)
