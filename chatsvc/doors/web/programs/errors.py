"""Errors of requests, and the status for each (RFC 9110, section 15)."""

from __future__ import annotations

from math import ceil

from chatsvc.chat.programs.programs import NoSuchKey, Unauthorized
from chatsvc.dialects.requests import Malformed
from chatsvc.errors import ChatError, Misused, NoSuchRoom
from chatsvc.text.numbers import counted


class NothingThere(ChatError):
    """There is nothing at a path."""

    code = "not-found"

    def __init__(self) -> None:
        super().__init__("There is nothing here. See /openapi.json.")


class NotDone(ChatError):
    """A path is not for that method.

    allowed: the methods that it is for.
    """

    code = "misused"

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(f"That is for {' and '.join(allowed)}.")
        self.allowed = allowed


class TooLong(ChatError):
    """A text is too long."""

    code = "too-long"


class Unreadable(ChatError):
    """A body is of no type that is read."""

    code = "misused"


class TooFast(ChatError):
    """A program has sent too much of late.

    seconds: after which it may go on.
    """

    code = "too-fast"

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, ceil(seconds))
        super().__init__(f"That is too fast. Go on in {counted(self.seconds, 'second')}.")


class NotKept(ChatError):
    """A message could not be stored, so nobody sees it."""

    code = "not-kept"

    def __init__(self) -> None:
        super().__init__("That was not said, as it cannot be kept now. Try again.")


class TooMany(ChatError):
    """Too many streams are open."""

    code = "crowded"


_STATUSES: dict[type[ChatError], int] = {
    Misused: 400,
    Malformed: 400,
    Unauthorized: 401,
    NoSuchKey: 404,
    NoSuchRoom: 404,
    NothingThere: 404,
    NotDone: 405,
    TooLong: 413,
    Unreadable: 415,
    TooFast: 429,
    TooMany: 429,
    NotKept: 503,
}


def status_of(error: ChatError) -> int:
    """The status by which an error is answered; 403 for those that only say why."""
    return next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 403)


def headers_of(error: ChatError) -> dict[str, str]:
    """The headers that go with an error."""
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooFast):
        return {"Retry-After": str(error.seconds)}
    return {"Allow": ", ".join(error.allowed)} if isinstance(error, NotDone) else {}
