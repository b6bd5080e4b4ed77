"""How a renamed channel is announced to clients (draft/channel-rename)."""

from __future__ import annotations

from chatsvc.doors.irc.wording.wording import Wording, words
from chatsvc.events.rooms import RoomRenamed


@words(RoomRenamed)
def _renamed(to: Wording, event: RoomRenamed, entry_id: int, at: float) -> str:
    if not to.has_rename:
        return ""  # such clients are told one by one; see `Alone`
    return to.by(event.name, f"RENAME {event.room} {event.new} :{event.why}", entry_id, at)
