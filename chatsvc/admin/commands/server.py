"""Server: its state, and the people on it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Annotated

from twisted.internet import defer
from twisted.internet.defer import Deferred

from chatsvc import __version__
from chatsvc.admin.answer import Facts, Item, Line, Row, Shown, at, lasting, size
from chatsvc.admin.command import NOTHING, Text, command
from chatsvc.admin.server.call import Call
from chatsvc.chat.people.user import User
from chatsvc.clock import ahead
from chatsvc.commands import gate
from chatsvc.errors import ChatError
from chatsvc.events.answers import Notice
from chatsvc.metrics.process import look
from chatsvc.store import StoreError, Usage
from chatsvc.text.numbers import counted

AT_ONCE = 500  # connections listed before others have their turn
USAGE_WITHIN = 1.0  # seconds for the store to say what it takes
MOST_ANNOUNCED = 1000  # characters


@command("status", looks=True)
async def status(call: Call) -> AsyncIterator[Item]:
    """Show what the server does, and how well.

    Rates and times are those of the last minute. A commit stores messages; a round gives them to
    everybody. The times that 99 of 100 do not exceed are rounded up.
    """
    chat, delivery = call.chat, call.chat.delivery
    doors: Counter[str] = Counter()
    async for session in chat.turns.slowly(list(chat.sessions), AT_ONCE):
        doors[session.connection.kind] += 1
    usage = await _usage(call)
    lately = call.desk.pace.lately()
    a_second = max(lately.at, 1.0)
    process = await look(chat.turns)
    guests = sum([user.account is None for user in chat.users.in_any_order()])
    yield Facts(
        {
            "version": __version__,
            "process": os.getpid(),
            "uptime": lasting(chat.clock.seconds() - call.desk.started_at),
            "people": len(chat.users),
            "guests": guests,
            "connections": len(chat.sessions),
            "connections_by_door": Shown(
                dict(doors), ", ".join([f"{door} {n}" for door, n in doors.most_common()]) or "-"
            ),
            "rooms": len(chat.rooms),
            "accounts": len(chat.accounts),
            "messages": delivery.said,
            "messages_a_second": round(lately.said / a_second, 1),
            "deliveries_a_second": round(lately.deliveries / a_second, 1),
            "commit": _milliseconds(lately.commits.mean),
            "commit_p99": _milliseconds(lately.commits.p99),
            "round": _milliseconds(lately.rounds.mean),
            "round_p99": _milliseconds(lately.rounds.p99),
            "not_kept": delivery.not_kept,
            "slow_readers": len(delivery.behind),
            "held_senders": len(delivery.holding.held),
            "waiting_for_their_turn": delivery.admission.waiting,
            "lockdown": chat.gate.is_locked,
            "store": None if usage is None else size(usage.size),
            "store_free": None if usage is None else size(usage.free),
            "memory": None if process.memory is None else size(process.memory),
            "descriptors": process.descriptors,
            "most_descriptors": process.most_descriptors,
        }
    )


def _milliseconds(seconds: float | None) -> Shown | None:
    """A short time: seconds for programs."""
    return None if seconds is None else Shown(round(seconds, 6), f"{1000 * seconds:.2f} ms")


async def _usage(call: Call) -> Usage | None:
    """How much of its disk the store uses; None if it has no disk, or does not say in time."""
    usage: Deferred[Usage | None] = Deferred.fromCoroutine(call.desk.store.usage())
    usage.addTimeout(USAGE_WITHIN, call.chat.clock)  # type: ignore[arg-type]  # it has all that is used
    with suppress(StoreError, defer.TimeoutError):
        return await usage
    return None


@command("who", looks=True)
def who(call: Call) -> Iterator[Item]:
    """List the connections: who is here, by which door, since when.

    A person who has lost the connection and may still come back has no door. A connection is idle
    since its last line.
    """
    chat = call.chat
    keeps_addresses = chat.limits.keep_addresses > 0
    to_now = ahead(chat.clock)
    for user in list(chat.users.values()):
        if chat.users.get(user.name) is not user:
            continue  # gone meanwhile
        facts = {"name": user.name, "account": user.account_name or None}
        rooms = [room.name for room in chat.rooms.of(user) if room is not chat.lobby]
        for session in user.sessions:
            connection = session.connection
            yield Row(
                facts
                | {
                    "door": connection.kind,
                    "address": session.address if keeps_addresses else None,
                    "since": at(connection.began_at + to_now),
                    "idle": lasting(chat.clock.seconds() - connection.heard_at),
                    "rooms": rooms,
                }
            )
        if not user.sessions:
            yield Row(facts | _absent(user, keeps_addresses) | {"rooms": rooms})


def _absent(user: User, keeps_addresses: bool) -> dict[str, object]:
    """What is known about a person without a connection."""
    address = user.address if keeps_addresses else None
    return {"door": None, "address": address, "since": None, "idle": None}


@command("announce")
async def announce(call: Call, text: Text) -> AsyncIterator[Item]:
    """Tell everybody on the server something."""
    if len(text) > MOST_ANNOUNCED:
        raise ChatError(f"An announcement has at most {MOST_ANNOUNCED} characters.")
    call.chat.announcements.tell_all(Notice(text))
    number = len(call.chat.users)
    yield Line(f"{counted(number, 'person is', 'people are')} told.", {"people": number})


@command("lockdown")
async def lockdown(
    call: Call, span: Annotated[Text, "such as 2h, or off; otherwise 10 minutes"] = NOTHING
) -> AsyncIterator[Item]:
    """Keep out new guests and new accounts for a while; everybody is told."""
    await gate.lockdown(call.chat, call.session, span)
    yield Line("The server is locked." if call.chat.gate.is_locked else "The lockdown is over.")
