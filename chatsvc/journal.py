"""The journal, for those who run the server; never holds messages."""

from __future__ import annotations

from typing import Protocol


class Journal(Protocol):
    """Records events of people and connections."""

    def write(self, kind: str, address: str | None = None, **facts: object) -> None:
        """Record an event.

        kind: one of the journal's own words, on which the facts depend.
        address: the address; None if unknown.
        """

    def sum_up(self) -> None:
        """Write how much was left out since the last call; to be called once a minute."""


class _NoJournal:
    """Records nothing."""

    def write(self, kind: str, address: str | None = None, **facts: object) -> None:
        """Something has happened."""

    def sum_up(self) -> None:
        """Nothing was left out."""


NO_JOURNAL: Journal = _NoJournal()
