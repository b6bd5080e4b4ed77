"""Accounts: their owners, lost passwords, and registration codes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from heapq import merge
from typing import Annotated

from chatsvc.admin.answer import Facts, Item, Line, Row, at, lasting
from chatsvc.admin.command import NOTHING, Text, command
from chatsvc.admin.server.call import Call
from chatsvc.chat.accounts.account import Account
from chatsvc.chat.accounts.accounts import CODE_FOR
from chatsvc.chat.accounts.gate import GOOD_FOR, way_in
from chatsvc.chat.administration.account_names import AccountNames
from chatsvc.chat.people.keys import account_key
from chatsvc.chat.rooms.roles import Role
from chatsvc.clock import ahead
from chatsvc.errors import SHOWN, ChatError
from chatsvc.text.spans import span

MOST_SEEN = 20  # addresses shown
SORTED_AT_ONCE = 1000  # accounts, before others have their turn


@command("accounts list", looks=True)
async def list_all(call: Call) -> AsyncIterator[Item]:
    """List all accounts."""
    accounts = call.chat.accounts
    found = list(accounts)
    starts = range(0, len(found), SORTED_AT_ONCE)
    parts = [
        sorted(found[start : start + SORTED_AT_ONCE], key=_look)
        async for start in call.chat.turns.slowly(starts, 1)
    ]
    for account in merge(*parts, key=_look):
        if accounts.find(account.name) is account:  # it is not gone meanwhile
            yield Row(_facts(call, account))


def _look(account: Account) -> str:
    return account.name.casefold()


@command("accounts show")
async def show(call: Call, name: str) -> AsyncIterator[Item]:
    """Show what is known about an account, and the addresses its owner came from."""
    chat = call.chat
    account = _found(call, name)
    owned = [room.name for room in chat.rooms.values() if room.owner_account == account.name]
    joined = [room.name for room in chat.rooms.values() if room.key in account.cursors]
    tokens = chat.programs.tokens.of(account)
    visits = await chat.visits.of(account.name)
    newest = sorted(visits.items(), key=lambda item: item[1])[-MOST_SEEN:]
    bans = chat.acts.against(chat.lobby.key, "ban", [account_key(account.name)])
    yield Facts(
        _facts(call, account)
        | {
            "ban": next((act.line(chat.clock) for act in bans), None),
            "rooms": [name for name in joined if name != chat.lobby.name],
            "owns": owned,
            "certificates": len(account.certificates),
            "sign_ins": len(chat.sign_ins.of(account)),
            "programs": [token.name for token in tokens.values()],
            "ignores": [each.name for each in account.ignored],
            "code_until": at(account.code[1] + ahead(chat.clock)) if account.code[0] else None,
        }
    )
    for address, moment in newest:
        yield Row({"address": address, "last_seen": at(moment)})


@command("accounts reset-password")
async def reset_password(call: Call, name: str) -> AsyncIterator[Item]:
    """Make a code with which the owner of an account can set a new password, once.

    Pass it on where nobody else reads it: anybody who types /setpass NAME CODE and a new password
    within a day gets the account. Until then the old password works.
    """
    code = await call.chat.registration.make_code(call.session, name)
    text = " ".join(call.session.take_told())
    yield Line(text, {"name": name, "code": code, "within": lasting(CODE_FOR)})


@command("accounts rename")
async def rename(call: Call, name: str, new: str) -> AsyncIterator[Item]:
    """Give an account another name, with its password, rooms, roles, bans and direct messages.

    Its owner is logged out, and told. Tokens of programs end. Earlier messages keep the old name,
    which is free from then on.
    """
    chat = call.chat
    names = AccountNames(
        chat.turns, chat.limits, chat.accounts, chat.users, chat.visits, chat.rooms, chat.settings,
        chat.acts, chat.moderation, chat.conversations, chat.inboxes, chat.programs.hooks,
        chat.logins,
    )  # fmt: skip
    account = await names.rename(call.session, name, new)
    yield Line(f"{name} is called {account.name}.", {"name": account.name})


@command("accounts delete", asks="Delete the account {name}, with all that is kept with it?")
async def delete(call: Call, name: str) -> None:
    """Delete an account; what its owner said stays."""
    await call.chat.registration.remove(call.session, name)


@command("forget", asks="Delete what is kept of {name}, but for the account?")
async def forget(call: Call, name: str) -> None:
    """Delete what is kept about a person, except the account and messages in rooms.

    That is the addresses they came from, how far they have read, and their direct messages.
    """
    await call.chat.forgetting.forget(call.session, name)


@command("invite")
async def invite(
    call: Call, time: Annotated[Text, "how long it is good; otherwise 7d"] = NOTHING
) -> AsyncIterator[Item]:
    """Make a code for one person to register with, on an invite-only server."""
    gate = call.chat.gate
    seconds = span(time.casefold().removeprefix("for ")) if time else GOOD_FOR
    code = await gate.make_code(seconds)
    good_for = lasting(seconds)
    text = f"For one person, within {good_for.text}: {way_in(code)}"
    yield Line(text, {"code": code, "within": good_for})


def _found(call: Call, name: str) -> Account:
    account = call.chat.accounts.find(name)
    if account is None:
        raise ChatError(f'There is no account "{name[:SHOWN]}".')
    return account


def _facts(call: Call, account: Account) -> dict[str, object]:
    chat = call.chat
    target = chat.targets.person(account.name)
    owner = chat.users.owner(account)
    key = account_key(account.name)
    return {
        "name": account.name,
        "here": owner is not None,
        "operator": chat.standing.role_of_target(chat.lobby, target) is Role.OPERATOR,
        "banned": any(chat.acts.against(chat.lobby.key, "ban", [key])),
        "muted": any(chat.acts.against(chat.lobby.key, "mute", [key])),
        "connections": len(owner.sessions) if owner is not None else 0,
    }
