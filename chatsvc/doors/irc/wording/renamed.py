"""How a renamed channel is announced to clients (draft/channel-rename)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.ignoring import ignores
from chatsvc.doors.irc.sets import shared
from chatsvc.doors.irc.supported.capabilities import RENAME
from chatsvc.doors.irc.wording.alone import enter
from chatsvc.doors.irc.wording.wording import END, Lines, Wording, words
from chatsvc.events.rooms import RoomRenamed

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client


@words(RoomRenamed)
def _renamed(to: Wording, event: RoomRenamed, entry_id: int, at: float) -> str:
    if not to.has_rename:
        return ""  # `note_renamed` tells such clients one by one
    return to.by(event.name, f"RENAME {event.room} {event.new} :{event.why}", entry_id, at)


def note_renamed(client: Client, event: RoomRenamed) -> None:
    """Note that a channel of a client was renamed.

    A client without the capability is told that it leaves the old channel and joins the new one,
    unless the names differ only in case.
    """
    client.joined = shared(client.joined - {event.room})
    if RENAME in client.caps or event.room.lower() == event.new.lower():
        client.joined = shared(client.joined | {event.new})
        return
    is_own = client.user.name == event.name
    by = client.chat.users.get(event.name)
    is_heard = by is not None and not ignores(client.user, by)
    why = f" :{event.why}" if event.why and is_heard else ""
    lines = f":{client.source} PART {event.room}{why}{END}{enter(client, event.new)}"
    client.tell_event(Lines(lines), client.session.nonce if is_own else "")
