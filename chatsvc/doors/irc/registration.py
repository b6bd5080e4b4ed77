"""Registration: a client says who it is, is let in, and is welcomed."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from chatsvc import __version__
from chatsvc.chat.people.keys import account_key, keys_of
from chatsvc.chat.people.nicks import ReservedName, checked
from chatsvc.chat.rooms.metadata import MOST_KEYS
from chatsvc.doors.irc.labels import Hushed
from chatsvc.doors.irc.supported import isupport
from chatsvc.doors.irc.wording import lines, metadata
from chatsvc.errors import ChatError
from chatsvc.events.event import LOBBY
from chatsvc.events.people import LoggedIn
from chatsvc.events.speech import Recalled
from chatsvc.store import StoreError
from chatsvc.text.names import BadName

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.newcomer import Newcomer


def go_on(client: Client) -> None:
    """Let a client in, if it has said all that it has to."""
    if client.is_registered:
        return
    newcomer = client.newcomer
    if newcomer.wanted and newcomer.username and not newcomer.is_negotiating:
        enter(client, newcomer)


def own(client: Client, account: Account, era: str) -> None:
    """Let a client register as the owner of an account, and tell it so.

    era: the account's when the client has proved that.
    """
    newcomer = client.newcomer
    newcomer.account, newcomer.era = account, era
    source = f"{client.nick}!{newcomer.username or '*'}@*"
    client.say("900", source, account.name, f"You are now logged in as {account.name}")


def refused(error: ChatError) -> str:
    """The numeric with which a nick is refused.

    For one that nobody can have it is 433, too: after 432, irssi closes the connection, and after
    433 it tries another. Its default is the name of the user, which is often "root" in containers.
    """
    return "432" if isinstance(error, BadName) and not isinstance(error, ReservedName) else "433"


def nick_problem(client: Client, nick: str) -> tuple[str, str] | None:
    """The reason why a client cannot register with a nick: a numeric and a text; None if it can."""
    newcomer = client.newcomer
    try:
        nick = checked(nick)
    except BadName as error:
        return refused(error), str(error)
    chat = client.chat
    if newcomer.is_negotiating or newcomer.account is not None:
        return None  # it may belong to the client's account, which is checked later
    if chat.accounts.like(nick) is not None:
        return "433", "Nickname is somebody's own: log in with SASL, or choose another"
    if chat.users.holder_of(nick) is not None:
        return "433", "Nickname is already in use"
    return None


def enter(client: Client, newcomer: Newcomer) -> None:
    """Let a client in."""
    chat, visit = client.chat, client.visit
    if newcomer.account is None:
        problem = nick_problem(client, newcomer.wanted)
        if problem is not None:
            client.say(problem[0], newcomer.wanted, problem[1])
            newcomer.wanted = ""
            return
    client.finish()  # what follows answers nothing
    visit.stop_waiting()
    client.door.waiting.pop(client, None)
    visit.arrive()
    session = visit.session
    if session is None:
        visit.send_away()
        return
    session.alone = client.door.alone
    client.door.clients[session] = client
    user = session.user
    if not _is_muted(client, newcomer):
        user.username, user.realname = newcomer.username, newcomer.realname
    if newcomer.account is not None:
        session.wait_for(_let_in(client, newcomer, newcomer.account))
        return
    if session.must_log_in:
        why = "come in just now" if chat.gate.is_locked else "take part here"
        text = f"No guests {why}. Log in with SASL, or with PASS account:password."
        client.fail("*", "ACCOUNT_REQUIRED", text)
        client.leave(text)
        return
    try:
        chat.logins.choose_name(user, newcomer.wanted)
    except ChatError as error:
        client.note(str(error))
    _take_facts(client, newcomer)
    chat.announcements.arrive(session)
    client.flush()
    session.answer(LoggedIn(user.name, (LOBBY,)))
    chat.announcements.announce()


async def _let_in(client: Client, newcomer: Newcomer, account: Account) -> None:
    """Let a client in as the owner of an account."""
    client.session.nonce = Hushed()
    if not _is_muted(client, newcomer):
        with suppress(ChatError):  # otherwise it is that of the account
            client.chat.logins.choose_name(client.user, newcomer.wanted)
    try:
        await client.chat.logins.come(client.session, account, newcomer.era, keeps_name=True)
        _take_facts(client, newcomer)
        await _show_missed(client, account)
    except ChatError as error:
        client.leave(str(error))


def _is_muted(client: Client, newcomer: Newcomer) -> bool:
    """Whether whoever comes is muted everywhere, also by the account, and so chooses no words."""
    keys = keys_of(client.user)
    if newcomer.account is not None:
        keys.append(account_key(newcomer.account.name))
    chat = client.chat
    return chat.standing.restriction(chat.lobby, "mute", keys, client.user) is not None


def _take_facts(client: Client, newcomer: Newcomer) -> None:
    """Give its owner the metadata that a client has set before it was let in."""
    if newcomer.facts:
        with suppress(ChatError):  # muted people have none
            kept = dict([*client.user.metadata.items(), *newcomer.facts.items()][-MOST_KEYS:])
            client.chat.metadata.set_of(client.user, kept)


async def _show_missed(client: Client, account: Account) -> None:
    """Show a client what its owner has missed, unless it can ask for history."""
    if "draft/chathistory" in client.caps or client.session.has_left:
        return
    chat = client.chat
    with suppress(StoreError):
        entries = await chat.recall.missed(chat.rooms.of(client.user), account)
        now = chat.clock.now()
        for entry in client.heard(entries):
            chat.delivery.tell(client.session, Recalled(entry.id, entry.at, entry.event, now))


def welcome(client: Client) -> list[str]:
    """The lines that welcome a client, by which it knows that it has registered."""
    name = client.door.name
    client.told_name = client.nick
    client.reword()
    began = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(client.door.began))
    channel_modes = "".join(sorted("IbeklCRimnstov"))
    source = client.source
    found = [
        numeric(client, "001", f"Welcome to the {client.door.title} IRC network, {source}"),
        numeric(client, "002", f"Your host is {name}, running chatsvc-{__version__}"),
        numeric(client, "003", f"This server was started {began}"),
        f":{name} 004 {client.nick} {name} chatsvc-{__version__} {isupport.USER_MODES}"
        f" {channel_modes} Ibeklov",
    ]
    found += lines.tokens(client) + lines.lusers(client) + lines.motd(client)
    found.append(f":{name} 221 {client.nick} +{''.join(sorted(client.user_modes))}")
    facts = client.user.metadata
    if facts and metadata.CAP in client.caps:
        rows = [metadata.line(client, client.nick, key, facts[key]) for key in sorted(facts)]
        found += client.batched(f"metadata {client.nick}", rows)
    return found


def logged_in(client: Client) -> str:
    """The line that tells a client its account, or that it has none."""
    account = client.user.account
    if account is None:
        text = "You are now logged out"
        return f":{client.door.name} 901 {client.nick} {client.source} :{text}"
    text = f"You are now logged in as {account.name}"
    return f":{client.door.name} 900 {client.nick} {client.source} {account.name} :{text}"


def numeric(client: Client, number: str, *params: str) -> str:
    """A line with a numeric; the last parameter is a text for people."""
    *middle, last = params
    return f":{client.door.name} {' '.join([number, client.nick, *middle])} :{last}"
