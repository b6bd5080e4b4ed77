"""How clients are told of a channel that has another name (draft/channel-rename)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.ignoring import ignores
from chatsvc.doors.irc.supported.capabilities import RENAME
from chatsvc.doors.irc.wording.alone import enter
from chatsvc.doors.irc.wording.wording import END, Lines, Wording, words
from chatsvc.events.rooms import RoomRenamed

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client


@words(RoomRenamed)
def _renamed(to: Wording, event: RoomRenamed, entry_id: int, at: float) -> str:
    if not to.has_rename:
        return ""  # each such client is told in its own way
    return to.by(event.name, f"RENAME {event.room} {event.new} :{event.why}", entry_id, at)


def note_renamed(client: Client, event: RoomRenamed) -> None:
    """Note that a channel in which a client is has another name.

    Without the capability, and unless only the case is another, the client is told that it leaves
    the old channel and joins the new one.
    """
    client.joined.discard(event.room)
    if RENAME in client.caps or event.room.lower() == event.new.lower():
        client.joined.add(event.new)
        return
    is_own = client.user.name == event.name
    by = client.chat.users.get(event.name)
    is_heard = by is not None and not ignores(client.user, by)
    why = f" :{event.why}" if event.why and is_heard else ""
    lines = f":{client.source} PART {event.room}{why}{END}{enter(client, event.new)}"
    client.tell_event(Lines(lines), client.session.nonce if is_own else "")
