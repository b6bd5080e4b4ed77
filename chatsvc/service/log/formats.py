"""The formats of the log: text for people, and JSON for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from math import isfinite
from traceback import format_tb
from typing import Any

from twisted.logger import LogEvent, LogLevel, formatEvent, formatTime
from twisted.python.failure import Failure
from twisted.python.reflect import safe_str

Format = Callable[[LogEvent], str]

LONGEST_MESSAGE = 64 * 1024  # characters, with its traceback
LONGEST_FIELD = 8 * 1024  # characters
MOST_FIELDS = 40  # besides those that each line has
_CUT = " [...] "
# What acts on a terminal, and half characters, which have no UTF-8; not LF and TAB.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# What Twisted and its older way of logging add to an event.
_NOT_FIELDS = {"format", "isError", "message", "system", "time", "why", "failure", "traceback"}
# The priorities of sd-daemon(3), which journald takes from the beginning of a line.
_PRIORITIES = {
    LogLevel.debug: 7,
    LogLevel.info: 6,
    LogLevel.warn: 4,
    LogLevel.error: 3,
    LogLevel.critical: 2,
}


def as_text(event: LogEvent) -> str:
    """The lines of an event for people, with their end; empty if there is nothing to show."""
    text = _body(event)
    return text and f"{formatTime(event.get('log_time'))} {text}\n"


def as_json(event: LogEvent) -> str:
    """The line of an event for programs: a flat JSON object; empty if there is nothing to show.

    It has `time` (ISO 8601, UTC), `level`, `logger`, `message`, for bugs `traceback`, and the
    event's own fields: texts, numbers, booleans and null; anything else as a text.
    """
    message, traceback = _message(event), _traceback(event)
    if not (message or traceback):
        return ""
    line: dict[str, Any] = {
        "time": _utc(event.get("log_time")),
        "level": _level(event).name,
        "logger": str(event.get("log_namespace", "-")),
        "message": _cut(message, LONGEST_MESSAGE),
    }
    if traceback:
        line["traceback"] = _cut(traceback, LONGEST_MESSAGE)
    for name, value in list(event.items())[: MOST_FIELDS + len(_NOT_FIELDS)]:
        if len(line) < MOST_FIELDS and name not in line and _is_field(name):
            line[name] = _plain(value)
    return f"{_safe(json.dumps(line, ensure_ascii=False))}\n"


def for_journald(format_event: Format) -> Format:
    """A format for journald, which takes the level from the beginning of each line."""
    show = _body if format_event is as_text else format_event  # journald has the time

    def prefixed(event: LogEvent) -> str:
        level = f"<{_PRIORITIES[_level(event)]}>"
        return "".join([f"{level}{line}\n" for line in show(event).splitlines()])

    return prefixed


def _body(event: LogEvent) -> str:
    """An event with its source, in one or more lines; all but the first are indented."""
    text = _message(event)
    traceback = _traceback(event)
    if traceback:
        text = f"{text}\n{traceback}".strip()
    if not text:
        return ""
    system = event.get("log_system")
    if system is None:
        system = f"{event.get('log_namespace', '-')}#{_level(event).name}"
    text = _cut(f"[{safe_str(system)}] {text}", LONGEST_MESSAGE)
    return text if text.isprintable() else _safe(text).replace("\n", "\n\t")


def _message(event: LogEvent) -> str:
    """The message of an event, without the traceback."""
    if "failure" in event and "log_text" in event:  # logged in Twisted's older way
        return str(event.get("why") or "Unhandled error")
    return formatEvent(event).removesuffix(f"\n{event.get('traceback', '')}").strip()


def _traceback(event: LogEvent) -> str:
    """Where an event's error happened; empty for none."""
    failure = event.get("log_failure") or event.get("failure")
    if isinstance(failure, Failure):
        return _traceback_of(failure)
    return str(event.get("traceback", "")).strip()


def _traceback_of(failure: Failure) -> str:
    """Where a failure happened, and its kind.

    Its text, which may contain somebody's message, is left out unless it is the system's.
    """
    try:
        trace = "".join(format_tb(failure.getTracebackObject()))
    except Exception:  # as Twisted's logger itself expects
        trace = ""
    value = failure.value
    why = f": {value.strerror}" if isinstance(value, OSError) and value.strerror else ""
    kind = type(value)
    return f"{trace}{kind.__module__}.{kind.__qualname__}{why}"


def _level(event: LogEvent) -> Any:
    level = event.get("log_level")
    return level if level in _PRIORITIES else LogLevel.info


def _utc(when: float | None) -> str:
    at = datetime.now(UTC) if when is None else datetime.fromtimestamp(when, UTC)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _is_field(name: object) -> bool:
    return isinstance(name, str) and not name.startswith("log_") and name not in _NOT_FIELDS


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    return _cut(value if isinstance(value, str) else safe_str(value), LONGEST_FIELD)


def _cut(text: str, longest: int) -> str:
    """The beginning and the end of a text, if it is too long."""
    if len(text) <= longest:
        return text
    half = (longest - len(_CUT)) // 2
    return text[:half] + _CUT + text[-half:]


def _safe(text: str) -> str:
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


BY_NAME: dict[str, Format] = {"text": as_text, "json": as_json}
