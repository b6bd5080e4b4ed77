"""The wording of slices with something that is told to one client alone."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from chatsvc.chat.logs.wording import Filter, is_own
from chatsvc.doors.irc import registration
from chatsvc.doors.irc.codec.message import END, ended
from chatsvc.doors.irc.labels import Hushed
from chatsvc.doors.irc.sets import shared
from chatsvc.doors.irc.wording import channel_lists, metadata
from chatsvc.doors.irc.wording.people import account_name, realname
from chatsvc.doors.irc.wording.wording import Lines
from chatsvc.events import answers, orders, people, rooms, speech
from chatsvc.events.event import LOBBY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client
    from chatsvc.events.event import Event

_LEAVING = (rooms.Parted, orders.Kicked, orders.Banned)


class Alone(Filter):
    """Words events for one client alone, and the events for all in between.

    The answers to a message with a label are collected, and sent as one batch when they are
    complete.

    It leaves out the people whom the client's owner ignores.
    """

    __slots__ = ("_client",)

    is_own = True

    def __init__(self, client: Client) -> None:
        super().__init__(client.wording)
        self._client = client

    def __call__(self, entries: Sequence[Entry]) -> bytes:
        """The bytes of some events."""
        client = self._client
        if client.user.ignored:
            entries = client.heard(entries)
        told = []
        for (room, answers_to), group in groupby(client.wording.once(entries), _replayed_in):
            if room and "batch" in client.caps:
                told.append(self._replayed(room, answers_to, group))
            else:
                told += map(self._told, group)
        return "".join(told).encode()

    def _replayed(self, room: str, label: str, entries: Iterable[Entry]) -> str:
        """What was said in a room earlier, as a batch, by which bots know that it is not new."""
        client = self._client
        lines = "".join([self._own(entry.event, entry) for entry in entries]).split(END)[:-1]
        if not lines:
            return ""
        batch = END.join([*client.batched(f"chathistory {room}", lines), ""])
        return self._collected(batch) if label else batch

    def _told(self, entry: Entry) -> str:
        if entry.log is not None:
            client = self._client
            if not client.is_welcomed:
                lines = ""
            elif isinstance(entry.event, rooms.RoomRenamed):
                lines = self._renamed(entry.event, entry.id, entry.at)
            else:
                lines = client.wording.lines([entry])[0].decode()
            return self._collected(lines) if self._is_answer(entry.id, entry.event) else lines
        event = entry.event
        if isinstance(event, answers.Done):
            return self._end(event.nonce, entry.id)
        if isinstance(entry.answers, Hushed) and type(event) is answers.Notice:
            return ""
        lines = self._own(event, entry)
        if isinstance(event, speech.Past) and self._is_answer(event.id, event.said):
            return self._collected(lines)
        if isinstance(event, speech.Queued) and entry.id in self._client.acted:
            return self._collected(lines)
        if isinstance(event, answers.Refused) and event.nonce:
            self._collected(lines)
            return self._end(event.nonce, entry.id)
        return self._collected(lines) if entry.answers else lines

    def _collected(self, lines: str) -> str:
        """Keep lines for the end of the answer; there is nothing to send yet."""
        self._client.answers += lines
        return ""

    def _is_answer(self, entry_id: int, event: Event) -> bool:
        """Whether the client has said this, or done it to a room, by a message with a label."""
        client = self._client
        is_done = entry_id in client.acted and isinstance(event, rooms.RoomEvent)
        return is_done or entry_id in client.echoed

    def _end(self, label: str, last_id: int) -> str:
        """The answer to a label; what comes behind it belongs to it no more.

        last_id: the id of the newest event before its end.
        """
        client = self._client
        client.echoed = frozenset([each for each in client.echoed if each > last_id])
        client.acted = frozenset([each for each in client.acted if each > last_id])
        is_next_running = client.session.is_busy and client.label  # a client that reads slowly
        if is_own(client.session.wording) and not is_next_running:
            client.chat.users.show(client.session, client.wording)  # nothing is collected now
        return client.answer(label)

    def _own(self, event: Event, entry: Entry) -> str:
        """The lines for an event that is for this client alone."""
        if isinstance(event, people.LoggedIn):
            return self._logged_in(event, entry.at)
        if not self._client.is_welcomed and not isinstance(event, Lines):
            return ""
        if isinstance(event, Lines):
            return str(event)
        if isinstance(event, answers.Admitted):
            return enter(self._client, event.room, entry.at)
        if isinstance(event, answers.Dismissed):
            return self._dismissed(event, entry.at)
        if isinstance(event, answers.Invited):
            invite = f"INVITE {self._client.nick} {event.to}"
            return self._client.wording.by(event.name, invite, 0, entry.at)
        if isinstance(event, answers.Knocked):
            return self._knocked(event)
        if type(event) is answers.Notice and event.room in self._client.joined:
            return ""  # all in the room are told what happens there
        if isinstance(event, speech.Past):
            return self._past(event)
        if isinstance(event, speech.Recalled):
            return self._recalled(event)
        if isinstance(event, speech.Missed):
            return self._missed(event, entry.at)
        if isinstance(event, answers.Refused | answers.Notice):
            return self._notice(event.text)
        if isinstance(event, speech.NotSaid):
            return self._notice(f"Not said, as {event.why}.")
        if isinstance(event, speech.Queued):
            return self._queued(event, entry)
        if isinstance(event, answers.Paced | answers.Resumable | people.Welcomed):
            return ""
        return self._client.wording.lines_of(event, 0, entry.at)

    def _knocked(self, event: answers.Knocked) -> str:
        by = self._client.wording.source(event.name)
        text = f"is knocking{f': {event.why}' if event.why else ''}"
        line = registration.numeric(self._client, "710", event.to, by, text)
        return ended(line)

    def _queued(self, event: speech.Queued, entry: Entry) -> str:
        """That a message waits, and the message for those who want to hear what they say."""
        wording = self._client.wording
        is_echoed = "echo-message" in self._client.caps
        said = wording.lines_of(event, entry.id, entry.at) if is_echoed else ""
        return said + self._notice(f"{event.to} is not here. Your message waits.")

    def _notice(self, text: str) -> str:
        client = self._client
        begin = f":{client.door.name} NOTICE {client.nick} :"
        return "".join([ended(f"{begin}{line}") for line in text.split("\n")])

    # Coming and going

    def _dismissed(self, event: answers.Dismissed, at: float) -> str:
        client = self._client
        if event.room == LOBBY:  # put off the server
            return ended(f"ERROR :Closing link: {event.text}")
        if event.room not in client.joined:
            return ""
        client.joined = shared(client.joined - {event.room})
        return client.wording.by(client.user.name, f"PART {event.room}", 0, at)

    def _renamed(self, event: rooms.RoomRenamed, entry_id: int, at: float) -> str:
        """Note the new name of a room; most clients are told that they leave it for another.

        A name in another case is the same to all.
        """
        client = self._client
        if event.room not in client.joined:
            return ""  # it has left it meanwhile
        client.joined = shared(client.joined - {event.room})
        if client.wording.has_rename or event.room.lower() == event.new.lower():
            client.joined = shared(client.joined | {event.new})
            return client.wording.lines_of(event, entry_id, at)
        why = f" :{event.why}" if event.why else ""
        left = client.wording.by(client.user.name, f"PART {event.room}{why}", 0, at)
        return left + enter(client, event.new, at)

    def _past(self, event: speech.Past) -> str:
        said = event.said
        if isinstance(said, rooms.RoomRenamed):
            return self._renamed(said, event.id, event.at)
        if isinstance(said, _LEAVING) and said.name == self._client.user.name:
            self._client.joined = shared(self._client.joined - {said.room})
        return self._client.wording.lines_of(said, event.id, event.at)

    def _logged_in(self, event: people.LoggedIn, at: float) -> str:
        client = self._client
        lines = []
        if not self._client.is_welcomed:
            lines += registration.welcome(client)
        else:
            name = client.user.name
            if client.told_name != name:
                behind = client.source.partition("!")[2]
                lines.append(f":{client.told_name}!{behind} NICK {name}")
            client.told_name = name
            lines.append(registration.logged_in(client))
        return "".join(map(ended, lines)) + self._moved(event.rooms, at)

    def _moved(self, rooms: Sequence[str], at: float) -> str:
        """Tell the client which rooms it is in, where it does not know."""
        client = self._client
        text = ""
        for name in sorted(client.joined - {*rooms, LOBBY}):
            client.joined = shared(client.joined - {name})
            text += client.wording.by(client.user.name, f"PART {name}", 0, at)
        for name in rooms:
            if name != LOBBY or client.shows_lobby:
                text += enter(client, name, at)
        return text

    # Earlier messages

    def _missed(self, event: speech.Missed, at: float) -> str:
        """How much is lost for good; the new name of a room may be, too."""
        client = self._client
        rooms = [room.name for room in client.chat.rooms.of(client.user)]
        return self._notice(str(event).removeprefix("server: ")) + self._moved(rooms, at)

    def _recalled(self, event: speech.Recalled) -> str:
        """The backlog of a room, unless the client can ask for it."""
        client = self._client
        room = getattr(event.said, "room", "")
        if "draft/chathistory" in client.caps or (room == LOBBY and not client.shows_lobby):
            return ""
        said = event.said
        if isinstance(said, speech.Spoken):
            return client.wording.recalled(said, event)
        return client.wording.lines_of(said, event.id, event.at)


def _replayed_in(entry: Entry) -> tuple[str, str]:
    """The room in which something was said that is shown once more, and what that answers."""
    event = entry.event
    if not isinstance(event, speech.Recalled) or isinstance(event, speech.Past):
        return "", ""
    if isinstance(event.said, speech.Direct):
        return "", ""
    return getattr(event.said, "room", "") or LOBBY, entry.answers


def enter(client: Client, name: str, at: float) -> str:
    """The lines that tell a client that it is in a room, unless it knows.

    What is in the room it learns if it is still there; or else it is told next how it left.

    at: when it has joined.
    """
    rooms, user = client.chat.rooms, client.user
    room = rooms.get(name) or rooms.formerly(name)  # it may have been renamed since
    if room is not None and not rooms.is_in(room, user):
        room = None
    name = name if room is None else room.name
    if name in client.joined:
        return ""
    client.joined = shared(client.joined | {name})
    more = ""
    if "extended-join" in client.caps:
        more = f" {account_name(user) or '*'} :{realname(user)}"
    joined = client.wording.by(user.name, f"JOIN {name}{more}", 0, at)
    if room is None:
        return joined
    lines = channel_lists.topic(client, room, is_wanted=False)
    if "draft/read-marker" in client.caps:
        lines.append(client.marked(room.name))
    if "no-implicit-names" not in client.caps:
        if channel_lists.has_few(client, room):
            lines += channel_lists.names(client, room)
        else:
            client.chat.spawn(_tell_names(client, room))
    lines += metadata.of_room(client, room)
    return joined + "".join(map(ended, lines))


async def _tell_names(client: Client, room: NamedRoom) -> None:
    """Tell a client the names in a room with many people, which it has joined, while it stays."""

    def tell(lines: Sequence[str]) -> None:
        if client.chat.rooms.is_in(room, client.user):
            client.inform(*lines)

    await client.chat.turns.pause()
    await channel_lists.tell_names(client, room, tell)
    tell([channel_lists.end_of_names(client, room.name)])
