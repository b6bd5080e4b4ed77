"""Alerts, which Alertmanager and Grafana post in the same form."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chatsvc.doors.web.programs.payloads.fields import (
    first_line,
    line,
    list_at,
    shortened,
    text_at,
    texts_at,
)

_SAID = ("summary", "description", "message")  # annotations, the most useful first
_UNTOLD = ("alertname", "grafana_folder")  # labels


def lines_of(payload: dict[str, Any], urls: tuple[str, ...], title: str = "") -> list[str]:
    """The lines for some alerts: one if there is only one.

    title: of all; empty for the labels that they share.
    urls: the fields of an alert with an address, the most useful first.
    """
    alerts = list_at(payload, "alerts")
    common = texts_at(payload, "commonLabels")
    if len(alerts) == 1:
        return [_one(alerts[0], {}, urls)]
    counts = Counter([text_at(each, "status") or "unknown" for each in alerts])
    states = ", ".join([f"{number} {state}" for state, number in counts.items()])
    about = title or " ".join([common.get("alertname", ""), _labels(common)])
    return [
        line(f"{states}: {about}" if about.strip() else states, text_at(payload, "externalURL")),
        *shortened(alerts, lambda each: _one(each, common, ())),
    ]


def _one(alert: object, common: dict[str, str], urls: tuple[str, ...]) -> str:
    """The line for an alert.

    common: labels that are told already.
    """
    labels = texts_at(alert, "labels")
    annotations = texts_at(alert, "annotations")
    left = {name: text for name, text in labels.items() if common.get(name) != text}
    name = labels.get("alertname") or "an alert"
    parts = [f"{text_at(alert, 'status') or 'unknown'}: {name}", _labels(left)]
    text = " ".join(filter(None, parts))
    said = next(filter(None, [first_line(annotations.get(each, "")) for each in _SAID]), "")
    values = ", ".join([f"{name}={text}" for name, text in texts_at(alert, "values").items()])
    text += f": {said}" if said else ""
    text += f" [{values}]" if values else ""
    return line(text, next(filter(None, [text_at(alert, url) for url in urls]), ""))


def _labels(labels: dict[str, str]) -> str:
    told = [f"{name}={text}" for name, text in labels.items() if name not in _UNTOLD]
    return f"({', '.join(told)})" if told else ""
