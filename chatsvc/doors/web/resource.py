"""Resources of the web door, which answer the requests for a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.web.resource import Resource

if TYPE_CHECKING:
    from chatsvc.doors.web.request import WebRequest


class Nothing(Resource):
    """The resource of a path where nothing is, nor below it."""

    def getChild(self, path: bytes, request: WebRequest) -> Resource:
        """Itself."""
        return self

    def render(self, request: WebRequest) -> bytes:
        """Say that there is nothing."""
        return request.refuse(404, "There is nothing here.")


class Single(Resource):
    """A resource with nothing below its path."""

    def getChild(self, path: bytes, request: WebRequest) -> Resource:
        """Nothing."""
        return Nothing()


class Form(Single):
    """A resource to post to, with nothing to show."""

    allowedMethods = (b"POST",)
    render_HEAD = None  # type: ignore[assignment]  # Twisted's calls what answers to GET
