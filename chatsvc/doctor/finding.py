"""Findings of checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is: nothing to do; may get worse or is bad for some; does not work."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    what: the finding, in a sentence.
    mend: how to fix it, in sentences; empty if nothing is wrong.
    """

    level: Level
    what: str
    mend: str = ""


Findings = Iterable[Finding]


def ok(what: str) -> Finding:
    """Something that is as it should be."""
    return Finding(Level.OK, what)


def warning(what: str, mend: str) -> Finding:
    """Something that may get worse, or is bad for some."""
    return Finding(Level.WARNING, what, mend)


def fault(what: str, mend: str) -> Finding:
    """Something that does not work, or is not safe."""
    return Finding(Level.FAULT, what, mend)


def or_ok(findings: Iterator[Finding], what: str) -> Iterator[Finding]:
    """The findings; or, if there are none, that everything is as it should be."""
    found = list(findings)
    yield from found or [ok(what)]
