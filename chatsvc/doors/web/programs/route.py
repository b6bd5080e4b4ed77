"""Routes for programs, with their descriptions for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatsvc.doors.web.request import WebRequest

    # The body; a coroutine that returns it; or NOT_DONE_YET.
    Answering = bytes | Coroutine[object, object, bytes] | int

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a route.

    place: path, query or header.
    about: what it means, in a sentence.
    example: a value, for those that have one of their own.
    """

    name: str
    place: str
    about: str
    schema: Schema
    example: str


@dataclass(frozen=True)
class Route:
    """A route.

    path: with a name in braces for the part that varies.
    answer: answers a request; also takes that part, "" without one. Raises ChatError.
    summary: what it does, in a few words.
    about: more of that.
    scope: of the token that it takes: read or speak; empty if it takes none.
    needs_token: whether it always needs one.
    bodies: examples of what can be sent, by media type.
    media: the media type of the answer.
    answered: what the answer is.
    schema: of the answer.
    refusals: when it is refused, by status.
    """

    method: str
    path: str
    answer: Callable[[WebRequest, str], Answering]
    summary: str
    about: str
    media: str
    answered: str
    schema: Schema
    refusals: Mapping[int, str] = field(default_factory=dict)
    scope: str = ""
    needs_token: bool = False
    parameters: tuple[Parameter, ...] = ()
    bodies: Mapping[str, Any] = field(default_factory=dict)

    def part_of(self, path: str) -> str | None:
        """The part in which a path may differ from the route's; None if it is another path."""
        begin, brace, rest = self.path.partition("{")
        end = rest.partition("}")[2]
        part = path.removeprefix(begin).removesuffix(end)
        is_like = path == f"{begin}{part}{end}" and "/" not in part
        return part if is_like and bool(part) == bool(brace) else None
