"""SASL: how a client shows whose it is (https://ircv3.net/specs/extensions/sasl-3.2)."""

from __future__ import annotations


class Exchange:
    """One exchange that runs."""
