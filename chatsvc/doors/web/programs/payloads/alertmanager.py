"""What Alertmanager posts: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config."""

from __future__ import annotations

from typing import Any

from chatsvc.doors.web.programs.payloads import alerts

_URLS = ("generatorURL",)


def lines_of(payload: dict[str, Any]) -> list[str]:
    """The lines for some alerts, which are grouped by labels."""
    return alerts.lines_of(payload, _URLS)
