"""An export in our own format, as people read it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from chatsvc.events.speech import KINDS
from chatsvc.exchange.formats import own
from chatsvc.text.safe import clean

_TIMES = ("at", "since", "until", "made_at", "topic_at", "used")  # fields in seconds


class Wording:
    """Words the lines of an export, which come one after the other."""

    def __init__(self) -> None:
        self._day = ""

    def lines(self, line: str) -> Iterator[str]:
        """The lines for people of a line of JSON."""
        facts = json.loads(line)
        kind = facts.pop("type", "")
        if kind in ("message", "direct"):
            yield from self._message(facts)
        elif kind != "end":
            self._day = ""
            title = "Export of chatsvc" if "chatsvc" in facts else kind
            yield clean(": ".join(filter(None, (title, _words(facts)))))

    def _message(self, facts: Mapping[str, Any]) -> Iterator[str]:
        at = time.localtime(facts["at"])
        where = facts["room"] or f"@{facts['with']}"
        day = f"{clean(where)}, {time.strftime('%Y-%m-%d', at)}"
        if day != self._day:
            self._day = day
            yield ""
            yield f"{day}:"
        kind = KINDS[own.KINDS.get(facts["kind"], "Said")]
        message = kind(facts["by"], facts["text"], reply_to=facts.get("reply_to", 0))
        for said in str(message).split("\n"):
            yield f"[{time.strftime('%H:%M:%S', at)}] {clean(said)}"


def _words(facts: Mapping[str, Any]) -> str:
    """Facts in a line, without those that are empty."""
    return ", ".join(
        f"{name.replace('_', ' ')} {_value(name, value)}"
        for name, value in facts.items()
        if value not in ("", None, [], {}, 0.0) and name not in ("chatsvc", "version")
    )


def _value(name: str, value: object) -> str:
    if name in _TIMES and isinstance(value, int | float):
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
