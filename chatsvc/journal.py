"""The contract of the journal, for administrators; it never has messages."""

from __future__ import annotations

from typing import Protocol


class Journal(Protocol):
    """Records events of people and connections."""

    def write(self, kind: str, address: str | None = None, **facts: object) -> None:
        """Record an event.

        kind: one of the journal's own words, which determines the facts.
        address: the address; None if unknown.
        """

    def sum_up(self) -> None:
        """Record how much was left out since the last call; called once a minute."""


class _NoJournal:
    """Records nothing."""

    def write(self, kind: str, address: str | None = None, **facts: object) -> None:
        """Do nothing."""

    def sum_up(self) -> None:
        """Do nothing."""


NO_JOURNAL: Journal = _NoJournal()
