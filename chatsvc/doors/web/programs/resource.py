"""The resource of all routes for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.web.resource import Resource

from chatsvc.doors.web.programs.errors import NotDone, NothingThere, headers_of, status_of
from chatsvc.doors.web.programs.routes import routes
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from chatsvc.door.entrance import Entrance
    from chatsvc.doors.web.programs.route import Answering, Route
    from chatsvc.doors.web.request import WebRequest


class Programs(Resource):
    """Answers to programs by the table of routes.

    routes: all routes.
    """

    isLeaf = True

    def __init__(self, entrance: Entrance) -> None:
        super().__init__()
        self.routes = routes(entrance)

    def render(self, request: WebRequest) -> Answering:
        """Answer by the route of the request."""
        try:
            route, part = self._found(request)
            answer = route.answer(request, part)
        except ChatError as error:
            return _refused(request, error)
        return answer if isinstance(answer, bytes | int) else _answered(request, answer)

    def _found(self, request: WebRequest) -> tuple[Route, str]:
        """The route of a request, and the part of its path that differs. Raises ChatError."""
        parts: list[bytes] = [*(request.prepath or ()), *(request.postpath or ())]
        names = [name.decode("utf-8", "replace") for name in parts]
        path = "/" + "/".join([name.replace("/", " ") for name in names])  # as no name has one
        method = request.method.decode("ascii", "replace")
        allowed = []
        for route in self.routes:
            part = route.part_of(path)
            if part is None:
                continue
            if method == route.method or (method, route.method) == ("HEAD", "GET"):
                return route, part
            allowed.append(route.method)
        raise NotDone(allowed) if allowed else NothingThere


async def _answered(request: WebRequest, answer: Coroutine[object, object, bytes]) -> bytes:
    try:
        return await answer
    except ChatError as error:
        return _refused(request, error)


def _refused(request: WebRequest, error: ChatError) -> bytes:
    for name, text in headers_of(error).items():
        request.setHeader(name, text)
    return request.refuse(status_of(error), str(error), error.code)
