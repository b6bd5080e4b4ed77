"""Replies and reactions: what client-only tags say of an earlier message.

See https://ircv3.net/specs/client-tags/reply and https://ircv3.net/specs/client-tags/react.
"""

from __future__ import annotations

from chatsvc.doors.irc.codec.message import ended, escape, replying, tags_of
from chatsvc.doors.irc.wording.wording import Wording, words
from chatsvc.events.speech import (
    DIRECTLY,
    MOST_REACTED,
    DirectlyReacted,
    DirectlyUnreacted,
    Reacted,
    Unreacted,
)
from chatsvc.text.numbers import number

_KINDS = {"+draft/react": Reacted, "+draft/unreact": Unreacted}
_TAGS = {each: tag for tag, kind in _KINDS.items() for each in (kind, DIRECTLY[kind])}


def replied_to(tags: str) -> int:
    """The id of the message that one with these tags answers; 0 for none."""
    found = tags_of(tags)
    return number(found.get("+reply") or found.get("+draft/reply", "")) or 0


def reaction_in(tags: str) -> tuple[type[Reacted], str] | None:
    """The kind and the text of a reaction that tags are; None if they are none."""
    found = tags_of(tags)
    for tag, kind in _KINDS.items():
        text = found.get(tag, "").strip()
        if text and text.isprintable() and len(text) <= MOST_REACTED and replied_to(tags):
            return kind, text
    return None


@words(Reacted, Unreacted, DirectlyReacted, DirectlyUnreacted)
def _reacted(to: Wording, event: Reacted, entry_id: int, at: float) -> str:
    if not to.has_tags:
        return ""
    more = f"{_TAGS[type(event)]}={escape(event.text)};{replying(event.reply_to)}"
    more = to.tagged(event.speaker, to.client_tags.get(entry_id, more))
    tags = to.tags(entry_id, at, event.account, more)
    target = event.to if isinstance(event, DirectlyReacted) else event.room
    return ended(f"{tags}:{to.source(event.speaker)} TAGMSG {target}")
