"""The payload that is posted to a hook: a service's, or a text."""

from __future__ import annotations

from typing import Any

from chatsvc.doors.web.programs.payloads import alertmanager, github, grafana
from chatsvc.doors.web.programs.payloads.fields import list_at
from chatsvc.errors import Misused

TEXTS = ("text", "content")  # the fields that have one, as Slack and Discord call them


def text_of(payload: dict[str, Any], github_event: str = "") -> str:
    """The text of an object. Raises Misused if it is of no known shape.

    github_event: the header X-GitHub-Event; empty if there is none.
    """
    if github_event:
        return "\n".join(github.lines_of(payload, github_event))
    if grafana.is_from_grafana(payload):
        return "\n".join(grafana.lines_of(payload))
    if list_at(payload, "alerts"):
        return "\n".join(alertmanager.lines_of(payload))
    for name in TEXTS:
        found = payload.get(name)
        if isinstance(found, str):
            return found
    raise Misused('There is no text in that. Send a text, or an object like {"text": "hello"}.')
