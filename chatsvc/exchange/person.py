"""Exporting what the server keeps about a person, for the right of access (GDPR, art. 15).

It leaves out secrets: hashes of passwords, tokens and keys, which only prove who somebody is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.moderation.act import SERVER
from chatsvc.chat.people.keys import account_key
from chatsvc.clock import ahead
from chatsvc.errors import SHOWN, ChatError
from chatsvc.exchange.formats import own
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.moderation.act import Act
    from chatsvc.store import Stored

ACTS_AT_ONCE = 100  # acts checked before others have their turn


async def person(chat: Chat, name: str) -> AsyncIterator[str]:
    """The lines about a person, some at a time. Raises ChatError and StoreError.

    name: of an account; or of a guest, who has visits and messages.
    """
    account = chat.accounts.find(name)
    name = account.name if account is not None else name
    is_any = False
    async for line in _kept(chat, name, account):
        if not is_any:
            yield own.header("person", chat.clock.now(), name=name)
            is_any = True
        yield line
    if not is_any:
        raise ChatError(f'Nothing is kept of "{name[:SHOWN]}".')
    yield own.line(type="end")


async def _kept(chat: Chat, name: str, account: Account | None) -> AsyncIterator[str]:
    if account is not None:
        for line in list(_account(chat, account)):  # all at once, as it may change
            yield line
    for line in _connections(chat, name):
        yield line
    async for at, called, address in chat.visits.all_of(name):
        yield own.line(type="visit", at=at, name=called, address=address)
    async for act in chat.turns.slowly(chat.acts.all(), ACTS_AT_ONCE):
        if line := _act(chat, act, name):
            yield line
    async for room, found in _said(chat, name):
        for line in own.messages(found, room):
            yield line
    if account is not None:
        async for line in _direct(chat, account):
            yield line


def _account(chat: Chat, account: Account) -> Iterator[str]:
    yield own.line(
        type="account",
        name=account.name,
        certificates=account.certificates,
        metadata=account.metadata,
        refuses_guests=account.refuses_guests,
    )
    for key, position in account.cursors.items():
        yield own.line(type="read", room=chat.rooms.name_of(key), position=position)
    for key, ranges in account.missed.items():
        yield own.line(type="missed", room=chat.rooms.name_of(key), positions=ranges)
    for target, at in account.marks.items():
        yield own.line(type="read", room=target, at=at)
    for someone in account.ignored:
        yield own.line(type="ignored", name=someone.name)
    for notice in account.missed_notices:
        yield own.line(type="notice", text=notice.text, room=notice.room)
    for room in chat.rooms.values():
        if room.owner_account == account.name:
            yield own.line(type="owned", room=room.name, topic=room.topic, made_at=room.made_at)
    for until, *_ in account.tokens.values():
        yield own.line(type="token", kind="place", until=until)
    for sign_in in chat.sign_ins.of(account).values():
        yield own.line(type="token", kind="sign-in", made_at=sign_in.made_at)
    for token in chat.programs.tokens.of(account).values():
        rooms = [*map(chat.rooms.name_of, token.rooms)]
        facts = {"scopes": [*token.scopes], "rooms": rooms, "made_at": token.made_at}
        yield own.line(type="token", kind="program", name=token.name, **facts)
    for hook in chat.programs.hooks.made_by(account.name):
        room_name = chat.rooms.name_of(hook.room)
        yield own.line(type="hook", name=hook.name, room=room_name, made_at=hook.made_at)


def _connections(chat: Chat, name: str) -> Iterator[str]:
    """The connections of a name that is here."""
    user = chat.users.get(name)
    to_now = ahead(chat.clock)
    for session in user.sessions if user is not None else ():
        connection = session.connection
        yield own.line(
            type="connection",
            kind=connection.kind,
            address=session.address,
            since=connection.began_at + to_now,
            used=connection.heard_at + to_now,
        )


def _act(chat: Chat, act: Act, name: str) -> str:
    """The line of an act by or against a person; empty if it is neither."""
    look = skeleton(name)
    is_against = skeleton(act.name) == look or account_key(name) in act.keys
    if not is_against and skeleton(act.actor) != look:
        return ""
    to_now = ahead(chat.clock)
    facts = {"until": act.until + to_now} if act.lasts and act.until < inf else {}
    return own.line(
        type="act",
        id=act.id,
        kind=act.kind,
        room="" if act.room_key == SERVER else chat.rooms.name_of(act.room_key),
        by=act.actor,
        against=act.name if is_against else act.label,
        why=act.reason,
        at=act.at + to_now,
        undone_by=act.undone_by,
        **facts,
    )


async def _said(chat: Chat, name: str) -> AsyncIterator[tuple[str, list[Stored]]]:
    """The messages of a person in rooms: under the account, or under the name as a guest."""
    wanted = folded(name)
    for room in list(chat.rooms.values()):
        async for page in chat.recall.pages(room.key, 0.0, inf):
            found = [each for each in page if folded(each.account or each.speaker) == wanted]
            if found:
                yield room.name, found
            await chat.turns.pause()  # a store in memory answers at once


async def _direct(chat: Chat, account: Account) -> AsyncIterator[str]:
    """The direct messages that an account has sent and received."""
    inbox = chat.inboxes.get(account.name)
    if inbox is None:
        return
    async for other_id, other in chat.turns.slowly(list(inbox.others.items()), 1):
        async for page in chat.recall.pages(inbox.key(other_id), 0.0, inf):
            for lines in own.messages(page, "", "direct", **{"with": other.name}):
                yield lines
