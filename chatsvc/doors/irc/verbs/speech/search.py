"""Searching what was said (https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md)."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.direct.pairs import Pair
from chatsvc.chat.history.recall import MOST_TALKS
from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.doors.irc.codec.message import END, tags_of
from chatsvc.doors.irc.supported.capabilities import SEARCH
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.verbs.speech.history import COST, Wrong, limit, remembered, time_of
from chatsvc.doors.irc.wording import channel_lists
from chatsvc.errors import ChatError
from chatsvc.events.speech import Reacted
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatsvc.chat.direct.pairs import Conversation
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

USUAL_LINES = 50
MILLISECOND = 0.000999  # all but the next one, as clients know no more of a time
_KEYS = ("in", "from", "after", "before", "text", "limit")


@verb("SEARCH", least=1, cost=COST)
def search(client: Client, message: Message) -> MaybeCoroutine:
    """Search what was said: text=word;in=#channel;from=nick, after and before a time, limit."""
    if SEARCH not in client.caps:
        client.say("421", "SEARCH", "Unknown command")
        return None
    wanted = tags_of(message.params[0])
    unknown = [key for key in wanted if key not in _KEYS]
    if unknown or not wanted:
        name = shown(unknown[0] if unknown else message.params[0])
        client.fail("SEARCH", "INVALID_PARAMS", name, "There is no such attribute")
        return None
    return _search(client, wanted)


async def _search(client: Client, wanted: Mapping[str, str]) -> None:
    try:
        entries = await _found(client, wanted)
    except (ChatError, Wrong) as error:
        client.fail("SEARCH", "INVALID_PARAMS", str(error))
        return
    except StoreError as error:
        client.fail("SEARCH", "INTERNAL_ERROR", f"The search could not be run, as {error}.")
        return
    lines = [
        client.wording.lines_of(entry.event, entry.id, entry.at)
        for entry in entries
        if not isinstance(entry.event, Reacted)
    ]
    client.tell_batch(SEARCH, "".join(lines).split(END)[:-1])


async def _found(client: Client, wanted: Mapping[str, str]) -> Sequence[Entry]:
    """What is found, the oldest first. Raises ChatError, Wrong and StoreError."""
    recall = client.chat.recall
    most = limit(wanted["limit"]) if "limit" in wanted else USUAL_LINES
    entries = await recall.search(
        wanted.get("text"),
        _rooms(client, wanted.get("in")),
        recall.needed(client.session, most),
        speaker=wanted.get("from"),
        since=time_of(wanted["after"]) - 1e-6 if "after" in wanted else 0.0,
        until=time_of(wanted["before"]) + MILLISECOND if "before" in wanted else inf,
    )
    return client.heard(entries)[-most:] if most else []


def _rooms(client: Client, target: str | None) -> Sequence[NamedRoom | Conversation]:
    """Where to search: in one room or conversation, or in all of one's own. Raises ChatError."""
    chat, user = client.chat, client.user
    if target is None:
        talks = chat.conversations.of(user)[-MOST_TALKS:]
        return [*channel_lists.rooms_of(client, user), *talks]
    room = remembered(client, target)
    return [] if room is None or isinstance(room, Pair) else [room]
