"""Spans and moments of time, as people write them."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from math import inf

from chatsvc.errors import SHOWN, Misused

MOST_YEARS = 100  # beyond the year 9999, which longer ones could lead to, there are no dates
_YEAR = 365.25 * 86400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_UNIT = (
    r"(?:s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:rs?|ours?)?|d(?:ays?)?|w(?:ks?|eeks?)?)"
    r"(?![^\W\d_])"  # a digit may follow, but no letter
)
_PART = rf"\d{{1,6}} *{_UNIT}"
_PARTS = re.compile(rf"(\d{{1,6}}) *({_UNIT}|$)", re.IGNORECASE)
# Such as 2h, 1d12h, 1 day and 12 hours; and 1h30, which means minutes.
_SPAN = rf"{_PART}(?:(?: *,| +and)? *{_PART})*(?:(?<=h)\d\d?)?(?=[\s,.;:]|$)"
_TERM = re.compile(
    rf"(?:for\s+)?(?:(?P<forever>(?:for\s*ever|permanent(?:ly)?|indefinitely)\b)|(?P<span>{_SPAN}))",
    re.IGNORECASE,
)
_AT_THE_END = re.compile(rf"\s(?:for\s+)?({_SPAN})\s*$", re.IGNORECASE)
_NUMBER = (
    r"(?:an?|half|few|some|several|couple|dozen|hundred|one|two|three|four|five|six|seven|eight|nine"
    r"|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)"
)
_WHILE = (
    r"(?:always|permanent(?:ly)?|overnight|life|good|now|soon|tonight|today|tomorrow|ages|eternity"
    r"|(?:second|minute|hour|day|week|month|year)s"
    r"|(?:an?|some|the|this|next|all)(?:\s+(?:little|long|short|rest|of|the))*"
    r"\s+(?:bit|while|moment|time|evening|night|weekend|(?:hour|day|week|month|year)s?))"
)
# The start of a text that may be meant as a time, understood or not.
_ATTEMPT = re.compile(
    r"\W*+(?:for\W*$"
    r"|(?:for)?\W*+[\d²³¹¼½¾]"  # any signs may precede the number
    r"|(?:for\s+)?(?:pt?\d"  # ISO 8601
    r"|(?:until|till?)\b"
    rf"|(?:{_NUMBER}[\s-]+(?:of\s+)?){{1,4}}"
    r"(?:sec|second|min|minute|hr|hour|day|week|fortnight|month|year)s?\b"
    rf"|{_WHILE}\W*$))",
    re.IGNORECASE,
)


def span(text: str) -> float:
    """Seconds in a span of time such as 90d, 2h30m or 10 minutes. Raises Misused."""
    text = text.strip()
    seconds = _span(text)
    if not seconds:
        raise Misused(f'"{text[:SHOWN]}" is no span of time such as 7d, 2h or 30m.')
    _check_length(text, seconds)
    return seconds


def _span(text: str) -> int:
    """Seconds in a span of time; 0 if the text is not one."""
    return _seconds(text) if re.fullmatch(_SPAN, text, re.IGNORECASE) else 0


def term(text: str) -> tuple[float, str] | None:
    """The span of time at the start of a text, and the rest; infinite for forever.

    None if the text begins with no time. Raises Misused if it seems to, but the time cannot be
    understood.
    """
    found = _TERM.match(text)
    if found is not None:
        seconds = inf if found["forever"] else _seconds(found["span"])
        rest = text[found.end() :].lstrip(" ,.;:")
        if begins_with_time(rest):
            raise Misused(f'"{text[:SHOWN]}" begins with two times: write one.')
        if seconds:
            if seconds < inf:
                _check_length(found["span"], seconds)
            return seconds, rest
    if found is not None or _ATTEMPT.match(text):
        raise Misused(
            f'"{text[:SHOWN]}" begins with no time that can be understood. Write it like 30m, 2h,'
            " 1d12h or 10 minutes; a reason begins with another word."
        )
    last = _AT_THE_END.search(text)
    if last is not None:
        raise Misused(f'The time comes first: "{last[1]} {text[: last.start()].strip()[:SHOWN]}".')
    return None


def begins_with_time(text: str) -> bool:
    """Whether a text begins with a span of time, or with forever."""
    return _TERM.match(text) is not None


def words(seconds: float) -> str:
    """A span of time in words: in the largest unit that gives a whole number."""
    unit = max([unit for unit in _UNITS if seconds % _UNITS[unit] == 0], key=lambda it: _UNITS[it])
    return f"{seconds / _UNITS[unit]:.0f}{unit}"


def _check_length(text: str, seconds: float) -> None:
    if seconds > MOST_YEARS * _YEAR:
        raise Misused(f'"{text[:SHOWN]}" is more than {MOST_YEARS} years.')


def _seconds(text: str) -> int:
    parts = _PARTS.findall(text)
    return sum([int(number) * _UNITS[unit[:1].lower() or "m"] for number, unit in parts])


_TIME = re.compile(r"(?:(\d{4})-(\d\d?)-(\d\d?))? ?(?:(\d\d?):(\d\d)(?::(\d\d))?)?")


_DAYS = {"today": timedelta(), "yesterday": timedelta(days=1)}  # ago


def moment(text: str, now: float) -> float:
    """A past time: 14:00, yesterday, 2026-11-22 14:00 or how long ago. Raises Misused.

    All are by the server's clock. A time of day that is still to come means yesterday's.
    """
    text = dated = text.strip()
    word, _, rest = text.casefold().partition(" ")
    if word in _DAYS:
        dated = f"{datetime.fromtimestamp(now) - _DAYS[word]:%Y-%m-%d} {rest}".rstrip()
    if ago := _span(text.casefold().removesuffix(" ago").strip()):
        return now - ago
    found = _TIME.fullmatch(dated)
    if found is None or not text:
        raise Misused(
            f'"{text[:SHOWN]}" is no time such as 14:00, 2h, 7d, yesterday or 2026-11-22.'
        )
    year, month, day, hour, minute, second = [int(each or 0) for each in found.groups()]
    date = (year, month, day) if found[1] else time.localtime(now)[:3]
    try:
        at = datetime(*date, hour, minute, second)
        if not found[1] and at.timestamp() > now:
            at -= timedelta(days=1)
        return at.timestamp()
    except (OverflowError, ValueError):
        raise Misused(f'"{text[:SHOWN]}" is no time.') from None
