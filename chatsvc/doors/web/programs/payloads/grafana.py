"""What Grafana posts, by its alerting of today and by that of before version 9.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/
"""

from __future__ import annotations

from typing import Any

from chatsvc.doors.web.programs.payloads import alerts
from chatsvc.doors.web.programs.payloads.fields import (
    MOST_TOLD,
    first_line,
    line,
    list_at,
    text_at,
)

_URLS = ("panelURL", "dashboardURL", "generatorURL")


def is_from_grafana(payload: dict[str, Any]) -> bool:
    """Whether an object is Grafana's."""
    return "orgId" in payload and bool(list_at(payload, "alerts") or "ruleName" in payload)


def lines_of(payload: dict[str, Any]) -> list[str]:
    """The lines for some alerts, or for one of an old version."""
    if list_at(payload, "alerts"):
        return alerts.lines_of(payload, _URLS, text_at(payload, "title"))
    state = text_at(payload, "state") or "unknown"
    said = first_line(text_at(payload, "message"))
    values = [
        f"{text_at(each, 'metric')}={text_at(each, 'value')}"
        for each in list_at(payload, "evalMatches")[:MOST_TOLD]
    ]
    text = f"{state}: {text_at(payload, 'ruleName')}{f': {said}' if said else ''}"
    return [line(f"{text} [{', '.join(values)}]" if values else text, text_at(payload, "ruleUrl"))]
