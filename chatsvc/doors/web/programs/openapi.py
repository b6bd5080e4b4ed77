"""The OpenAPI document, made from the routes: https://spec.openapis.org/oas/v3.1.1.html."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chatsvc import __version__

if TYPE_CHECKING:
    from chatsvc.doors.web.programs.route import Parameter, Route

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "text"],
            "properties": {"code": {"type": "string"}, "text": {"type": "string"}},
        }
    },
}
_ABOUT = (
    "Programs read rooms and speak in them. Events are the objects of JSON lines;"
    " an id is that of an event, and increases over all rooms."
)


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The document of some routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "chatsvc", "version": __version__, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of an account, made with /token in the chat.",
                }
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "description": route.about,
        "parameters": [_parameter(each) for each in route.parameters],
        "responses": {
            "200": {
                "description": route.answered,
                "content": {route.media: {"schema": route.schema}},
            }
        }
        | {str(status): _refusal(why) for status, why in sorted(route.refusals.items())},
    }
    if route.bodies:
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"example": body} for media, body in route.bodies.items()},
        }
    if route.scope:
        others: list[dict[str, list[str]]] = [] if route.needs_token else [{}]
        operation["security"] = [{"token": []}, *others]
    return operation


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.about,
        "schema": parameter.schema,
        "example": parameter.example,
    }


def _refusal(why: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": why, "content": {"application/json": {"schema": schema}}}
