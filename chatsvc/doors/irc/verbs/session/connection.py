"""Saying who one is, that one is still there, and goodbye."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from chatsvc.chat.moderation.acts import REASON_LENGTH
from chatsvc.chat.people.user import AWAY_LENGTH, MaybeCoroutine
from chatsvc.command.command import LONG
from chatsvc.doors.irc import registration
from chatsvc.doors.irc.codec.formatting import plain
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.wording.people import REALNAME_LENGTH, USER_LENGTH
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message


@lru_cache(1000)
def _shared(name: str) -> str:
    """The one string of all who say the same, as programs do whose users have said nothing."""
    return name


@verb("PASS", least=1, is_early=True, is_late=False)
def password(client: Client, message: Message) -> MaybeCoroutine:
    """Log in as account:password, with a client that does not know SASL."""
    name, colon, words = message.params[0].partition(":")
    return _log_in(client, name, words) if colon else None  # the server itself has no password


async def _log_in(client: Client, name: str, words: str) -> None:
    chat, visit = client.chat, client.visit
    try:
        account = await chat.logins.owner_of(visit, name, words, visit.address)
    except ChatError as error:
        client.say("464", f"Password incorrect: {error}")
        client.leave(str(error))
    else:
        registration.own(client, account, account.era)


@verb("NICK", is_early=True, cost=LONG)
def nick(client: Client, message: Message) -> MaybeCoroutine:
    """Choose a name."""
    wanted = message.params[0] if message.params else ""
    if not wanted:
        client.say("431", "No nickname given")
        return None
    shown = "".join([each for each in wanted if each.isprintable() and each != " "])[:40] or "*"
    if client.is_registered:
        return _rename(client, wanted, shown) if client.user.name != wanted else None
    problem = registration.nick_problem(client, wanted)
    if problem is not None:
        client.say(problem[0], shown, problem[1])
        return None
    client.newcomer.wanted = wanted
    registration.go_on(client)
    return None


async def _rename(client: Client, wanted: str, shown: str) -> None:
    """Choose another name, once what the client has done under the old one is told.

    shown: the name as it can be told.
    """
    chat, user = client.chat, client.user
    await chat.clock.sleep(0)  # while that is told
    if client.session.has_left:
        return
    holder = chat.users.holder_of(wanted, but=user)
    if holder is not None:
        client.say("433", shown, "Nickname is already in use")
        return
    try:
        if user.account is not None and chat.accounts.like(wanted) in (None, user.account):
            chat.standing.check_words(user)
            chat.renaming.rename(user, wanted)
        else:
            chat.logins.choose_name(user, wanted)
        if client.label and client.shows_lobby:
            client.echoed |= {chat.delivery.last_id}
    except ChatError as error:
        client.say(registration.refused(error), shown, str(error))


@verb("USER", least=4, is_early=True, is_late=False)
def who_it_is(client: Client, message: Message) -> None:
    """Give your user name and your real name."""
    name, realname = message.params[0], plain(message.params[3])
    if not realname:
        client.say("461", "USER", "Not enough parameters")
        return
    kept = "".join([each for each in name if each.isascii() and (each.isalnum() or each in "-._")])
    newcomer = client.newcomer
    newcomer.username = _shared(kept[:USER_LENGTH] or "user")
    newcomer.realname = _shared(realname[:REALNAME_LENGTH])
    registration.go_on(client)


@verb("PING", is_early=True)
def ping(client: Client, message: Message) -> None:
    """Check that the server is there."""
    if not message.params or not message.params[0]:
        client.say("409", "No origin specified")
        return
    name = client.door.name
    client.tell(f":{name} PONG {name} :{message.params[0]}")


@verb("PONG", is_early=True)
def pong(client: Client, message: Message) -> None:
    """Answer a PING."""


@verb("QUIT", is_early=True)
def leave(client: Client, message: Message) -> None:
    """Leave the server."""
    why = plain(message.params[0])[:REASON_LENGTH] if message.params else ""
    if client.is_registered:
        try:
            client.chat.standing.check_words(client.user)
        except ChatError:
            why = ""  # whoever may not speak may leave
    client.leave(f"Quit: {why}" if why else "Quit", why)


@verb("SETNAME", least=1, cost=LONG)
def setname(client: Client, message: Message) -> None:
    """Change your real name."""
    realname = plain(message.params[0])
    if not realname or len(realname) > REALNAME_LENGTH:
        client.fail("SETNAME", "INVALID_REALNAME", "That is no name, or too long")
        return
    user = client.user
    client.chat.standing.check_words(user)
    user.realname = realname
    change = f"SETNAME :{realname}"
    for session in user.sessions:
        own = client.door.clients.get(session)
        if own is not None and "setname" in own.caps:
            if own is client:
                client.tell_own(change)
            else:
                own.inform_of(user, change)
    client.flush()
    client.door.tell_of(user, "setname", change)


@verb("AWAY", cost=LONG)
def away(client: Client, message: Message) -> None:
    """Mark yourself as away, and say why; without a reason, come back."""
    user = client.user
    text = plain(message.params[0]).strip() if message.params else ""
    if text:
        client.chat.standing.check_words(user)
    client.chat.announcements.set_away(user, text[:AWAY_LENGTH])
    if text:
        client.say("306", "You have been marked as being away")
    else:
        client.say("305", "You are no longer marked as being away")
