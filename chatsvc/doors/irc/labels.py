"""Labels of messages, by which clients find the answers."""

from __future__ import annotations

import sys

LABELED = frozenset({"labeled-response", "batch"})  # the capabilities of whom labels are for
NEVER = sys.maxsize  # no event has so great an id


class Hushed(str):
    """The label, perhaps empty, of a message that the door answers in its own words.

    The chat's notices that answer it are left out.
    """

    __slots__ = ()
