"""Signing in to an account with a browser, which then has a cookie."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatsvc.chat.programs.sign_ins import STAYS_FOR
from chatsvc.door.contract import LONGEST
from chatsvc.doors.web.resource import Form
from chatsvc.errors import Misused

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from chatsvc.doors.web.request import WebRequest

_MISUSED = 'A request is an object such as {"name": "ann", "password": "...", "stay": true}.'


class SignInPage(Form):
    """Signs browsers in, each time with a new cookie; the previous one ends."""

    def render_POST(self, request: WebRequest) -> bytes | Coroutine[object, object, bytes]:
        """Set the cookie, if the password is right."""
        if request.is_from_elsewhere:
            return request.refuse(403, "This page is not from here.")
        return self._sign_in(request)

    async def _sign_in(self, request: WebRequest) -> bytes:
        name, password, stays = _fields(request.content.read())
        sign_ins = request.chat.sign_ins
        token = await sign_ins.make(request, request.address, name, password, stays)
        await sign_ins.sign_out(request.token)
        request.set_token(token, STAYS_FOR if stays else None)
        return request.done()


class SignOutPage(Form):
    """Signs browsers out."""

    def render_POST(self, request: WebRequest) -> bytes | Coroutine[object, object, bytes]:
        """Delete the cookie, and what it stands for."""
        if request.is_from_elsewhere:
            return request.refuse(403, "This page is not from here.")
        return self._sign_out(request)

    async def _sign_out(self, request: WebRequest) -> bytes:
        await request.chat.sign_ins.sign_out(request.token)
        request.set_token("", 0)
        return request.done()


def _fields(body: bytes) -> tuple[str, str, bool]:
    """The name, the password, and whether to stay. Raises Misused."""
    if len(body) > LONGEST:
        raise Misused(_MISUSED)
    try:
        fields = json.loads(body)
        name, password, stays = fields["name"], fields["password"], fields.get("stay", False)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Misused(_MISUSED) from None
    if not (isinstance(name, str) and isinstance(password, str) and isinstance(stays, bool)):
        raise Misused(_MISUSED)
    return name, password, stays
