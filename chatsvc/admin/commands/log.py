"""Log: earlier lines, and new ones as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from chatsvc.admin.answer import Item, Line, at
from chatsvc.admin.command import command
from chatsvc.admin.server.call import Call
from chatsvc.text.numbers import counted

LOOK_EVERY = 0.25  # seconds
# Events of the journal about acts of people in charge, and about accounts.
AUDITED = frozenset(
    {
        *("act", "undone", "administered", "locked", "unlocked", "reloaded"),
        *("registered", "unregistered", "password changed", "hook added", "hook revoked"),
        *("token added", "token revoked", "certificate added", "certificate removed"),
    }
)


@command("log", looks=True)
async def log(
    call: Call,
    *,
    follow: Annotated[bool, "go on with what is logged from now on"] = False,
    last: Annotated[int, "begin with this many of the last lines"] = 20,
    audit: Annotated[bool, "only what people in charge do, and what is about accounts"] = False,
) -> AsyncIterator[Item]:
    """Show the last lines of the server's log, of the last 1000.

    It has the lines since the start; acts of moderation are kept for longer: see acts.
    """
    recent = call.desk.recent
    lines, _ = recent.after(0)
    position = recent.total
    wanted = [each for each in lines if not audit or each.kind in AUDITED]
    wanted = wanted[max(0, len(wanted) - max(0, last)) :]
    missed = 0
    while True:
        if missed:
            yield Line(
                f"({counted(missed, 'line was', 'lines were')} not read in time.)",
                {"missed": missed},
            )
        for each in wanted:
            moment = at(each.at)
            facts = {"at": moment, "level": each.level, "part": each.part}
            yield Line(f"{moment.text} {each.text}", facts | {"kind": each.kind, "text": each.text})
        if not follow or call.is_over:
            return
        await call.chat.clock.sleep(LOOK_EVERY)
        found, missed = recent.after(position)
        position = recent.total
        wanted = [each for each in found if not audit or each.kind in AUDITED]
