"""The pages of the archive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from twisted.web.template import tags

from chatsvc.chat.history.recall import AROUND
from chatsvc.doors.web.archive.links import linked
from chatsvc.doors.web.archive.messages import by_day, hits, in_turns
from chatsvc.doors.web.archive.page import NoSuchMessage, Page, last_at
from chatsvc.doors.web.archive.paths import SEARCH, part_path, room_of, room_path, search_path
from chatsvc.errors import ChatError, Misused
from chatsvc.text.numbers import counted, number
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.web.template import Tag

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.web.archive.page import Content, Reader
    from chatsvc.doors.web.request import WebRequest

MOST_MESSAGES = 50  # on a page


def id_in(text: bytes | str) -> int:
    """The id of a message in a path or a query. Raises Misused."""
    found = number(text.decode("ascii", "replace") if isinstance(text, bytes) else text)
    if found is None:
        raise Misused("A message has a number.")
    return found


class RoomsPage(Page):
    """The list of the public rooms."""

    async def content(self, reader: Reader, request: WebRequest) -> Content:
        """The rooms, with their topics, how many people are there, and when they spoke last."""
        rooms = [_listed(reader, room) for room in await reader.rooms()]
        return "Rooms", [_search_form(), tags.ul(in_turns(rooms, reader.chat.turns))]


def _listed(reader: Reader, room: NamedRoom) -> Tag:
    """A room, with what is known of it."""
    name = tags.a(tags.bdi(room.name), href=room_path(room.name), class_="name")
    about = tags.small(_people(reader.chat, room))
    if last_at(room):
        at = datetime.fromtimestamp(last_at(room), UTC)
        time = tags.time(f"{at:%Y-%m-%d %H:%M}", datetime=f"{at:%Y-%m-%dT%H:%MZ}")
        about(", last message ", time)
    return tags.li(name, " ", about, _topic(reader, room))


def _people(chat: Chat, room: NamedRoom) -> str:
    number = len(chat.users) if room is chat.lobby else len(room.occupants)
    return counted(number, "person", "people")


def _topic(reader: Reader, room: NamedRoom) -> Tag | str:
    topic = reader.chat.rooms.topic(room, reader.user)
    return tags.p(linked(topic), dir="auto", class_="topic") if topic else ""


class RoomPage(Page):
    """The messages of a room: the newest, or those before or after one.

    name: of the room.
    """

    def __init__(self, is_public: bool, name: str) -> None:
        super().__init__(is_public)
        self.name = name

    async def content(self, reader: Reader, request: WebRequest) -> Content:
        """The messages, and the ways to others."""
        room, recall = reader.room(self.name), reader.chat.recall
        before, after = [request.args.get(each, [b""])[0] for each in (b"before", b"after")]
        start, end = 0, recall.end
        if after:
            _, start = await recall.split_at_id(room, id_in(after))
        elif before:
            end, _ = await recall.split_at_id(room, id_in(before))
        most = MOST_MESSAGES + 1  # one more tells whether there are others
        said = await recall.between(room, start, end, most, is_newest=not after)
        is_all = len(said) < most
        said = said[:MOST_MESSAGES] if after else said[-MOST_MESSAGES:]
        has_older = bool(after) or not is_all
        has_newer = not is_all if after else bool(before)
        return room.name, [
            *_about(reader, room),
            _ways(room, said, has_older, has_newer, "Pages, before the messages"),
            *_messages(reader, said),
            _ways(room, said, has_older, has_newer),
        ]


class MessagePage(Page):
    """A message, with what is around it.

    name: of the room.
    """

    def __init__(self, is_public: bool, name: str, entry_id: int) -> None:
        super().__init__(is_public)
        self.name = name
        self._id = entry_id

    async def content(self, reader: Reader, request: WebRequest) -> Content:
        """The messages, and the ways to others."""
        room = reader.room(self.name)
        try:
            said = await reader.chat.recall.around(room, self._id)
        except ChatError as error:
            raise NoSuchMessage(str(error)) from None
        in_chat = tags.a("Open in the chat", href=f"/#{quote(room.name[1:], safe='')}/{self._id}")
        has_older = sum([each.id < self._id for each in said]) == AROUND
        has_newer = sum([each.id > self._id for each in said]) == AROUND
        ways = _ways(room, said, has_older, has_newer)(" ", in_chat)
        return f"{room.name}, message {self._id}", [
            *_about(reader, room),
            *_messages(reader, said, self._id),
            ways,
        ]


def _about(reader: Reader, room: NamedRoom) -> Iterator[Tag | str]:
    """What comes before the messages of a room."""
    yield _topic(reader, room)
    yield tags.p(f"{_people(reader.chat, room)} here.")
    yield _search_form(room.name)


def _messages(reader: Reader, said: list[Entry], marked: int = 0) -> Iterator[Tag]:
    shown = reader.heard(said)
    yield from by_day(shown, reader.chat.turns, marked)
    if not shown:
        yield tags.p("Nothing was said here.")


def _ways(
    room: NamedRoom, said: list[Entry], has_older: bool, has_newer: bool, label: str = "Pages"
) -> Tag:
    """The links to other messages of a room."""
    ways = tags.nav(**{"aria-label": label})
    if said and has_older:
        ways(tags.a("Older", href=part_path(room.name, before=said[0].id), rel="prev"), " ")
    if said and has_newer:
        ways(tags.a("Newer", href=part_path(room.name, after=said[-1].id), rel="next"), " ")
    return ways(tags.a("Newest", href=room_path(room.name)))


class SearchPage(Page):
    """Finds messages in the public rooms."""

    async def content(self, reader: Reader, request: WebRequest) -> Content:
        """The form, and what was found."""
        words, name, before = [_field(request, each) for each in (b"q", b"room", b"before")]
        rooms = [reader.room(room_of(name.encode()))] if name else await reader.rooms()
        if not words:
            return "Search", [_search_form(name)]
        try:
            said = await reader.chat.recall.search(
                words, rooms, MOST_MESSAGES, before_id=id_in(before) if before else None
            )
        except ChatError as error:
            raise Misused(str(error)) from None
        shown = reader.heard(said)
        found = hits(shown, reader.chat.turns) if shown else tags.p("Nothing like that was said.")
        ways = []
        if len(said) == MOST_MESSAGES:
            older = search_path(q=words, **{"room": name} if name else {}, before=str(said[0].id))
            ways = [tags.nav(tags.a("Older", href=older, rel="next"), **{"aria-label": "Pages"})]
        return f"Search: {words}", [_search_form(name, words), found, *ways]


def _field(request: WebRequest, name: bytes) -> str:
    """A field of the query."""
    return clean(request.args.get(name, [b""])[0].decode("utf-8", "replace")).strip()


def _search_form(room: str = "", words: str = "") -> Tag:
    """The form of the search, in one room or in all."""
    label = f"Search in {room}" if room else "Search in all rooms"
    form = tags.form(method="get", action=SEARCH, role="search")
    form(tags.label(tags.bdi(label), **{"for": "q"}), " ")
    form(tags.input(type="search", id="q", name="q", value=words, maxlength="200"), " ")
    if room:
        form(tags.input(type="hidden", name="room", value=room))
    return form(tags.button("Search"))
