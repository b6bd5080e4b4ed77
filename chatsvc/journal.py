"""The journal: what those who run the server can look up, but never what was said."""

from __future__ import annotations

from typing import Protocol


class Journal(Protocol):
    """Writes down what happens to people and connections."""

    def write(self, kind: str, address: str | None = None, **facts: object) -> None:
        """Something has happened.

        kind: what, as one of the journal's own words; which facts it needs depends on that.
        address: from where; None if that cannot be told.
        """

    def sum_up(self) -> None:
        """Write how much was left out since the last time; to be called once a minute."""


class _NoJournal:
    """Writes nothing down."""

    def write(self, kind: str, address: str | None = None, **facts: object) -> None:
        """Something has happened."""

    def sum_up(self) -> None:
        """Nothing was left out."""


NO_JOURNAL: Journal = _NoJournal()
