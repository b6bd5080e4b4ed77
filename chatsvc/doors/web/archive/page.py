"""Pages of the archive: what they have in common."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from twisted.web.template import Tag, flattenString, tags

from chatsvc.chat.people.ignoring import heard
from chatsvc.chat.programs.programs import Unauthorized, stand_in
from chatsvc.command.command import LONG
from chatsvc.doors.web.archive.paths import ROOMS, SEARCH, STYLE
from chatsvc.doors.web.resource import Single
from chatsvc.errors import ChatError, Misused, NoSuchRoom
from chatsvc.events.event import LOBBY

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from twisted.web.template import Flattenable

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.web.request import WebRequest

    Content = tuple[str, Sequence[Flattenable]]  # the title of a page, and what follows it

MOST_ROOMS = 100  # listed, and searched
ROOMS_AT_ONCE = 20  # checked before others have their turn
_HTML = "text/html; charset=utf-8"
_NOT_FOR_ROBOTS = "noindex, nofollow"
_NO_SUCH_ROOM = "There is no public room of that name."  # instead of one that names a command


class NoSuchMessage(ChatError):
    """There is no message with that number."""


_STATUS: dict[type[ChatError], HTTPStatus] = {
    Misused: HTTPStatus.BAD_REQUEST,
    NoSuchRoom: HTTPStatus.NOT_FOUND,
    NoSuchMessage: HTTPStatus.NOT_FOUND,
}


class Reader:
    """The reader of a page, who owns an account or is anybody, and what they may read.

    user: stands for the reader.
    """

    def __init__(self, request: WebRequest) -> None:
        self.chat: Chat = request.chat
        self._account = request.owner()
        self._address = request.address
        name = "guest" if self._account is None else self._account.name
        self.user = stand_in(name, self._account, self._address)

    def room(self, name: str) -> NamedRoom:
        """The public room of a name. Raises ChatError."""
        return self.chat.programs.public(name, self._account, self._address)

    async def rooms(self) -> list[NamedRoom]:
        """The public rooms in which something was said last, newest first. Raises ChatError."""
        self.room(LOBBY)  # a person who may not read that may read none
        found = [
            each
            for each in self.chat.rooms.values()
            if each.privacy == "public" and not each.password
        ]
        found.sort(key=last_at, reverse=True)
        readable = []
        async for room in self.chat.turns.slowly(found[:MOST_ROOMS], ROOMS_AT_ONCE):
            with suppress(ChatError):
                readable.append(self.room(room.name))
        return readable

    def heard(self, said: Sequence[Entry]) -> Sequence[Entry]:
        """Messages without those of people whom the reader ignores."""
        return heard(said, self.user.ignored, self.chat.users.known_by)


def last_at(room: NamedRoom) -> float:
    """When something was said last in a room, in seconds since the epoch; 0.0 if unknown."""
    return room.recent[-1].at if room.recent else 0.0


class Page(Single):
    """A page of the archive.

    is_public: whether search engines may keep it.
    """

    def __init__(self, is_public: bool) -> None:
        super().__init__()
        self.is_public = is_public

    def render_GET(self, request: WebRequest) -> Coroutine[object, object, bytes]:
        """Answer with the page, or with one that says why there is none."""
        return self._answer(request, Reader(request))

    async def _answer(self, request: WebRequest, reader: Reader) -> bytes:
        await request.charge(LONG - 1)
        request.setHeader("Content-Type", _HTML)
        if not self.is_public:
            request.setHeader("X-Robots-Tag", _NOT_FOR_ROBOTS)
        try:
            title, content = await self.content(reader, request)
        except ChatError as error:
            status = _STATUS.get(type(error), HTTPStatus.FORBIDDEN)
            request.setResponseCode(status, status.phrase.encode())
            why = _NO_SUCH_ROOM if isinstance(error, NoSuchRoom) else str(error)
            title, content = status.phrase, [tags.p(why, dir="auto")]
            if isinstance(error, Unauthorized):
                content = [*content, tags.p(tags.a("Sign in", href="/"))]
        return await self._html(title, content)

    async def content(self, reader: Reader, request: WebRequest) -> Content:
        """The title and the content. Raises ChatError or StoreError."""
        raise NotImplementedError

    async def _html(self, title: str, content: Sequence[Flattenable]) -> bytes:
        head = tags.head(
            tags.meta(charset="utf-8"),
            tags.title(title, " – archive"),
            tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
            tags.meta(name="color-scheme", content="light dark"),
            tags.link(rel="stylesheet", href=STYLE),
        )
        if not self.is_public:
            head(tags.meta(name="robots", content=_NOT_FOR_ROBOTS))
        ways = [
            tags.a(name, href=path)
            for name, path in (("Rooms", ROOMS), ("Search", SEARCH), ("Chat", "/"))
        ]
        body = tags.body(
            tags.a("Skip to the content", href="#content", class_="skip"),
            tags.header(tags.nav(*ways, **{"aria-label": "Archive"})),
            Tag("main")(tags.h1(title, dir="auto"), *content, id="content"),
            tags.footer(tags.p("Times are in UTC.")),
        )
        return b"<!DOCTYPE html>\n" + await flattenString(None, tags.html(head, body, lang="en"))
