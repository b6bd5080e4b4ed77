"""The levels of the log: how much is logged, in all and of each part."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from twisted.logger import InvalidLogLevelError, LogLevel, LogLevelFilterPredicate

DEFAULT = "info"
MOST_PARTS = 20
_PART = re.compile(r"(chatsvc|twisted)((?:\.[A-Za-z_]\w*){0,9})", re.ASCII)
_FOLDER = Path(__file__).parents[1]


def parsed(text: str) -> LogLevelFilterPredicate:
    """The levels of a text such as `info,chatsvc.doors.web=debug`. Raises ValueError.

    The part with the longest matching name determines the level of an event.
    """
    levels = LogLevelFilterPredicate()
    seen: set[str] = set()
    for each in text.split(","):
        part, is_part, name = each.strip().rpartition("=")
        part, level = part.strip(), _level(name.strip())
        if is_part:
            _check(part)
        if part in seen:
            raise ValueError(f"{part or 'the level of all'} is there twice.")
        seen.add(part)
        if len(seen) > MOST_PARTS:
            raise ValueError(f"at most {MOST_PARTS} parts can have levels.")
        levels.setLogLevelForNamespace(part, level)
        if part == "twisted":
            levels.setLogLevelForNamespace("log_legacy", level)  # its older parts
    return levels


def _level(name: str) -> Any:  # a constant of LogLevel, which have no type
    try:
        return LogLevel.levelWithName(name)
    except InvalidLogLevelError:
        names = ", ".join(level.name for level in LogLevel.iterconstants())
        raise ValueError(f"{name[:40]!r} is none of {names}.") from None


def _check(part: str) -> None:
    """Check that a part exists, as far as it is ours. Raises ValueError."""
    match = _PART.fullmatch(part)
    if match is not None:
        path = _FOLDER.joinpath(*match[2].split(".")[1:])
        if match[1] == "twisted" or path.is_dir() or path.with_suffix(".py").is_file():
            return
    raise ValueError(
        f"there is no part {part[:40]!r}. Parts are the modules of chatsvc, such as chatsvc.doors,"
        " and of twisted."
    )
