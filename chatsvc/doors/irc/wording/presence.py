"""How clients are told who comes and goes: with the account, the real name, and the modes given."""

from __future__ import annotations

from chatsvc.doors.irc.codec.message import ended
from chatsvc.doors.irc.wording.people import account_name, modes_given
from chatsvc.doors.irc.wording.wording import Wording, words
from chatsvc.events import answers, people, rooms
from chatsvc.events.event import LOBBY, NameOnly
from chatsvc.events.relayed import Ranked


@words(people.Joined)
def _joined(to: Wording, event: people.Joined, entry_id: int, at: float) -> str:
    return _join(to, event.name, LOBBY, entry_id, at)


@words(rooms.Entered)
def _entered(to: Wording, event: rooms.Entered, entry_id: int, at: float) -> str:
    return _join(to, event.name, event.room, entry_id, at)


def _join(to: Wording, name: str, room: str, entry_id: int, at: float) -> str:
    more = ""
    if to.has_extended_join:
        account, called = to.gone.person(name)
        more = f" {account or '*'} :{name if isinstance(name, NameOnly) else called}"
    return to.by(name, f"JOIN {room}{more}", entry_id, at)


@words(people.Joined, rooms.Entered, beside=True)
def _beside(to: Wording, event: people.Joined | rooms.Entered, _: int, at: float) -> str:
    """The absence and the modes of who has joined: JOIN tells neither."""
    user = to.chat.users.get(event.name)
    if user is None:
        return ""
    lines = ""
    if to.has_away and user.away is not None and not isinstance(event.name, NameOnly):
        lines += to.by(event.name, f"AWAY :{user.away}", 0, at)
    name = event.room if isinstance(event, rooms.Entered) else LOBBY
    room = to.chat.rooms.get(name)
    given = modes_given(to.chat, room, user) if room is not None else ""
    return lines + to.own(f"MODE {name} {given}", 0, at) if given else lines


@words(Ranked)
def _ranked(to: Wording, event: Ranked, entry_id: int, at: float) -> str:
    return to.own(f"MODE {event.room} {event.change}", 0, at)


@words(people.CrowdJoined)
def _crowd_joined(to: Wording, event: people.CrowdJoined, entry_id: int, at: float) -> str:
    return to.notice(answers.Notice(str(event).removeprefix("server: "), LOBBY), at)


@words(people.Quit)
def _quit(to: Wording, event: people.Quit, entry_id: int, at: float) -> str:
    why = f": {event.why}" if event.why else ""
    return to.by(event.name, f"QUIT :Quit{why}", entry_id, at)


@words(people.Lost)
def _lost(to: Wording, event: people.Lost, entry_id: int, at: float) -> str:
    return to.by(event.name, "QUIT :Connection lost", entry_id, at)


@words(people.Renamed)
def _renamed(to: Wording, event: people.Renamed, entry_id: int, at: float) -> str:
    user = to.chat.users.get(event.new)
    begin = to.source(event.new if user is not None else event.name)
    _, _, behind = begin.partition("!")
    tags = to.tags(entry_id, at, account_name(user) if user is not None else "")
    return ended(f"{tags}:{event.name}!{behind} NICK {event.new}")


@words(people.Merged)
def _merged(to: Wording, event: people.Merged, entry_id: int, at: float) -> str:
    """The guest is gone, as nobody can take a nick that somebody has."""
    return to.by(event.name, f"QUIT :Logged in as {event.new}", entry_id, at)


@words(rooms.Parted)
def _parted(to: Wording, event: rooms.Parted, entry_id: int, at: float) -> str:
    why = f" :{event.why}" if event.why else ""
    return to.by(event.name, f"PART {event.room}{why}", entry_id, at)
