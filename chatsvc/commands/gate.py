"""Operators: access to the server, visits, and accounts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from chatsvc.chat.accounts.gate import GOOD_FOR, way_in
from chatsvc.command.command import LONG, LONGER, command
from chatsvc.errors import SHOWN, ChatError
from chatsvc.events.answers import Notice
from chatsvc.text.spans import span, words

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session

MOST_SEEN = 20  # addresses shown
LOCKED_FOR = 600.0  # seconds by default


@command("invitecode", for_operators=True)
async def invitecode(chat: Chat, session: Session, time: str = "") -> None:
    """Make a registration code for one person, which an invite-only server asks for.

    It works for 7 days, or as long as you say: /invitecode for 2h. For operators.
    """
    seconds = _span(time, GOOD_FOR)
    code = await chat.gate.make_code(seconds)
    session.tell(f"For one person, within {words(seconds)}: {way_in(code)}")


@command("lockdown", for_operators=True)
async def lockdown(chat: Chat, session: Session, time: str = "") -> None:
    """Keep out new guests and new accounts for 10 minutes.

    Or for as long as you say: /lockdown for 2h. /lockdown off ends it. Everyone is told. For
    operators.
    """
    name = session.user.name
    if time.casefold() == "off":
        if not chat.gate.is_locked:
            raise ChatError("There is no lockdown.")
        await chat.gate.lock(0)
        chat.journal.write("unlocked", name=name)
        text = f"{name} has ended the lockdown: guests may come again."
    else:
        seconds = _span(time, LOCKED_FOR)
        await chat.gate.lock(seconds)
        chat.journal.write("locked", name=name, span=words(seconds))
        text = f"{name} has locked the server for {words(seconds)}: no new guests, no new accounts."
    chat.delivery.append(chat.lobby, Notice(text))


@command("rehash", for_operators=True, cost=LONG)
async def rehash(chat: Chat, session: Session) -> None:
    """Reload the server's settings, motd and certificate, and reopen its log, as SIGHUP does.

    You are told what has changed, and what takes a restart. A file that cannot be used is named,
    and the old one stays in use. For operators.
    """
    found = await chat.reload(session.user.name)
    for _, line in found or [(True, "there is nothing to reload.")]:
        session.tell(f"{line[0].upper()}{line[1:]}")


def _span(text: str, usual: float) -> float:
    return span(text.casefold().removeprefix("for ")) if text else usual


@command("seen", for_operators=True, cost=LONGER)
async def seen(chat: Chat, session: Session, username: str) -> None:
    """Show the addresses somebody came from lately, here or not. For operators."""
    found = await chat.visits.of(username)
    newest = sorted(found.items(), key=lambda item: item[1])[-MOST_SEEN:]
    for address, at in newest:
        when = time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(at))
        session.tell(f"{username[:SHOWN]} came from {address}, last at {when}.")
    if not newest:
        session.tell(f"No addresses of {username[:SHOWN]} are known.")


@command("account", for_operators=True, cost=LONGER)
async def account(
    chat: Chat, session: Session, what: Literal["reset", "remove"], username: str
) -> None:
    """Let somebody reset a lost password, or remove an account.

    /account reset NAME makes a code for you to give to the owner, who sets a new password with
    /setpass, once, within a day. Until then the old one works. /account remove NAME deletes the
    account and all that /unregister does. Both are in the /log of the server.
    """
    registration = chat.registration
    change = registration.make_code if what == "reset" else registration.remove
    await change(session, username)
