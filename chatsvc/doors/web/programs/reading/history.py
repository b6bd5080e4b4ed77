"""History: the earlier messages of a room."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import TYPE_CHECKING

from chatsvc.chat.history.recall import MOST_LINES, USUAL_LINES
from chatsvc.command.command import LONG
from chatsvc.dialects import json_lines
from chatsvc.doors.web.programs.asked import (
    is_text_wanted,
    number_in,
    query_in,
    room_in,
    token_in,
)
from chatsvc.doors.web.programs.errors import TooFast
from chatsvc.errors import Misused
from chatsvc.events.speech import Recalled
from chatsvc.store import NEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.logs.log import Entry
    from chatsvc.door.entrance import Entrance
    from chatsvc.doors.web.request import WebRequest

MOST_BYTES = 256 * 1024  # of the lines in one answer; one more is given, however long


class History:
    """Answers with earlier messages."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._chat = entrance.chat

    async def answer(self, request: WebRequest, room: str) -> bytes:
        """The messages before an id, after one, or in between. Raises ChatError or StoreError."""
        reads = self._chat.programs.reads
        token, name = token_in(request), room_in(room)
        found = reads(token, name, request.address)
        before = number_in("before", query_in(request, "before"))
        after = number_in("after", query_in(request, "after"))
        limit = number_in("limit", query_in(request, "limit")) or USUAL_LINES
        is_text = is_text_wanted(request)
        if limit > MOST_LINES:
            raise Misused(f"The limit is at most {MOST_LINES}.", "limit")
        pace = self._entrance.pace_of(request.address)
        if pace is not None and not pace.take(self._chat.clock.seconds(), LONG - 1):
            raise TooFast(1)
        recall = self._chat.recall
        start = (await recall.split_at_id(found, after))[1] if after is not None else 0
        end = (await recall.split_at_id(found, before))[0] if before is not None else NEWEST
        is_newest = after is None
        entries = await recall.between(found, start, end, limit + 1, is_newest=is_newest)
        reads(token, name, request.address)  # again, as something may have happened meanwhile
        return self._worded(request, name, entries, limit, is_newest, is_text)

    def _worded(
        self,
        request: WebRequest,
        room: str,
        entries: Sequence[Entry],
        limit: int,
        is_newest: bool,
        is_text: bool,
    ) -> bytes:
        """The answer: as many of the entries as fit, and whether there are more."""
        order = entries[::-1] if is_newest else entries
        sizes = accumulate([len(entry.line) for entry in order[:limit]])
        number = max(1, sum([size <= MOST_BYTES for size in sizes]))
        fitting = order[:number][::-1] if is_newest else order[:number]
        if is_text:
            now = self._chat.clock.now()
            lines = [str(Recalled(each.id, each.at, each.event, now)) for each in fitting]
            return "".join([f"{line}\n" for line in lines]).encode()
        request.setHeader("Content-Type", "application/json")
        events = b",\n".join(json_lines.wording(fitting).split(b"\n")[:-1])
        more = json.dumps(number < len(entries)).encode()
        return b'{"more": %s, "events": [\n%s\n]}\n' % (more, events)
