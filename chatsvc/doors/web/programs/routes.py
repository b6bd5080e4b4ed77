"""The table of all routes for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatsvc.chat.history.recall import MOST_LINES, USUAL_LINES
from chatsvc.chat.programs.api_tokens import READ, SPEAK
from chatsvc.dialects.requests import NONCE_LENGTH
from chatsvc.door.contract import LONGEST
from chatsvc.doors.web.programs import openapi
from chatsvc.doors.web.programs.asked import JSON, MOST_VALUES, TEXT
from chatsvc.doors.web.programs.reading.events import Events
from chatsvc.doors.web.programs.reading.history import History
from chatsvc.doors.web.programs.route import Parameter, Route
from chatsvc.doors.web.programs.speaking import Posts

if TYPE_CHECKING:
    from chatsvc.door.entrance import Entrance
    from chatsvc.doors.web.request import WebRequest

_TEXT = {"type": "string"}
_ID = {"type": "integer", "minimum": 0}
_SAID = {"type": "object", "required": ["id"], "properties": {"id": _ID}}
_EVENT = {
    "type": "object",
    "required": ["event", "at"],
    "properties": {
        "event": _TEXT,
        "id": _ID,
        "at": {"type": "string", "format": "date-time"},
        "room": _TEXT,
        "from": _TEXT,
        "text": _TEXT,
    },
}
_ROOM = Parameter("room", "path", "The name of a room, without its #.", _TEXT, "ops")
_FORMAT = Parameter(
    "format", "query", "How events are told: as JSON, or as people read them.",
    {"enum": ["json", "text"], "default": "json"}, "json",
)  # fmt: skip
_IDEMPOTENCY = Parameter(
    "Idempotency-Key", "header",
    "A text of your own: a message with the key of one of your last 100 is not said again.",
    {"type": "string", "maxLength": NONCE_LENGTH}, "deploy-42",
)  # fmt: skip
_SPEAKING = {
    400: "That cannot be understood, or says nothing.",
    403: "The speaker is muted or banned there.",
    413: f"A message has at most {LONGEST} bytes, and an object {MOST_VALUES} values.",
    415: "That media type is not read.",
    429: "That is too fast; Retry-After says when to try again.",
    503: "It cannot be kept now, and so was not said.",
}
_READING = {
    400: "A parameter is wrong.",
    401: "That needs a token, or the token has ended.",
    403: "The token is not for that, its owner is banned there, or the room has a key.",
    404: "There is no such room, as far as the program may know.",
    429: "There are too many requests; Retry-After says when to try again.",
}
_BODIES = {TEXT: "1.2 is out", JSON: {"text": "1.2 is out"}}


def routes(entrance: Entrance) -> tuple[Route, ...]:
    """All routes."""
    chat = entrance.chat
    posts, events, history = Posts(chat), Events(chat), History(entrance)
    table = (
        Route(
            "POST", "/hook/{key}", posts.hook,
            "Speak in the room of a hook",
            "Takes a text, an object with a text, or what GitHub, Alertmanager and Grafana post."
            " The answer comes when the message is kept.",
            JSON, "The id of the message.", _SAID,
            _SPEAKING | {404: "There is no such hook."},
            parameters=(
                Parameter("key", "path", "The key, from /hook in the chat.", _TEXT, "KEY"),
                _IDEMPOTENCY,
            ),
            bodies=_BODIES,
        ),
        Route(
            "GET", "/rooms/{room}/events", events.answer,
            "Read what happens in a room, as it happens",
            "A stream of server-sent events. Without a token, it is for rooms that any guest could"
            " read.",
            "text/event-stream", "The events, each with its id.", _TEXT, _READING,
            scope=READ,
            parameters=(
                _ROOM,
                _FORMAT,
                Parameter(
                    "Last-Event-ID", "header", "The id after which to go on.", _ID, "0",
                ),
            ),
        ),
        Route(
            "GET", "/rooms/{room}/history", history.answer,
            "Read what was said earlier",
            "The last messages, or those before an id, after one, or in between; oldest first."
            " Without a token, it is for rooms that any guest could read.",
            JSON, "The messages, and whether there are more.",
            {
                "type": "object",
                "required": ["more", "events"],
                "properties": {
                    "more": {"type": "boolean"},
                    "events": {"type": "array", "items": _EVENT},
                },
            },
            _READING | {503: "The store cannot be read now."},
            scope=READ,
            parameters=(
                _ROOM,
                _FORMAT,
                Parameter("before", "query", "Only messages before this id.", _ID, "1000000"),
                Parameter("after", "query", "Only messages after this id.", _ID, "0"),
                Parameter(
                    "limit", "query", "How many messages at most.",
                    {"type": "integer", "minimum": 1, "maximum": MOST_LINES,
                     "default": USUAL_LINES},
                    "50",
                ),
            ),
        ),
        Route(
            "POST", "/rooms/{room}/messages", posts.message,
            "Speak in a room as the owner of a token",
            "The answer comes when the message is kept.",
            JSON, "The id of the message.", _SAID,
            _SPEAKING | {401: _READING[401], 404: _READING[404]},
            scope=SPEAK, needs_token=True,
            parameters=(_ROOM, _IDEMPOTENCY),
            bodies=_BODIES,
        ),
    )  # fmt: skip
    described: list[Route] = [*table]

    def answer(request: WebRequest, part: str) -> bytes:
        request.setHeader("Content-Type", JSON)
        return json.dumps(openapi.document(described), indent=1).encode() + b"\n"

    described.append(
        Route(
            "GET", "/openapi.json", answer,
            "Read this document", "It is made from the table by which requests are answered.",
            JSON, "This document.",
            {"type": "object", "required": ["openapi", "info", "paths"]},
        )
    )  # fmt: skip
    return tuple(described)
