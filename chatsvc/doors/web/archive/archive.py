"""The archive's resources, at their paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twisted.web.resource import Resource

from chatsvc.doors.web.archive.pages import MessagePage, RoomPage, RoomsPage, SearchPage, id_in
from chatsvc.doors.web.archive.paths import ROOMS, SEARCH, room_of
from chatsvc.doors.web.files import ASK_FIRST, PAGE, Document
from chatsvc.doors.web.resource import Nothing, Single
from chatsvc.errors import Misused

if TYPE_CHECKING:
    from chatsvc.doors.web.request import WebRequest

_STYLES = (PAGE / "look" / "colours.css", Path(__file__).with_name("style.css"))


class Archive(Resource):
    """The list of rooms, the search, and each room's pages.

    is_public: whether search engines may keep the pages.
    """

    def __init__(self, is_public: bool) -> None:
        super().__init__()
        self._is_public = is_public
        self.putChild(b"", RoomsPage(is_public))
        self.putChild(b"search", SearchPage(is_public))
        style = b"".join([each.read_bytes() for each in _STYLES])
        self.putChild(b"style.css", Document("style.css", style, ASK_FIRST))

    def getChild(self, path: bytes, request: WebRequest) -> Resource:
        """The pages of a room."""
        try:
            return Room(self._is_public, room_of(path))
        except UnicodeDecodeError:
            return Nothing()

    def render_GET(self, request: WebRequest) -> bytes:
        """Send on to the list of rooms."""
        request.setResponseCode(308, b"Permanent Redirect")
        request.setHeader("Location", ROOMS)
        return b""


class Room(RoomPage):
    """A room's pages."""

    def getChild(self, path: bytes, request: WebRequest) -> Resource:
        """The page of a message."""
        try:
            return MessagePage(self.is_public, self.name, id_in(path))
        except Misused:
            return Nothing()


class Robots(Single):
    """What search engines may read: the archive, if it is public, but never the search."""

    def __init__(self, is_public: bool) -> None:
        super().__init__()
        allowed = [f"Disallow: {SEARCH}", f"Allow: {ROOMS}"] if is_public else []
        self._rules = "\n".join(["User-agent: *", *allowed, "Disallow: /", ""]).encode()

    def render_GET(self, request: WebRequest) -> bytes:
        """Answer with the rules (RFC 9309)."""
        return self._rules
