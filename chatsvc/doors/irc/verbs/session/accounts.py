"""Accounts: logging in, making one, and being an operator."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.doors.irc import registration, sasl
from chatsvc.doors.irc.supported.capabilities import mechanisms
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.errors import ChatError
from chatsvc.passwords import scram
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

COST = 5


@verb("AUTHENTICATE", least=1, is_early=True)
def authenticate(client: Client, message: Message) -> MaybeCoroutine:
    """Log in (SASL)."""
    text = message.params[0]
    if client.is_registered and client.user.account is not None:
        client.say("907", "You have already authenticated using SASL")
    elif len(text) > sasl.CHUNK:
        client.sasl = None
        client.say("905", "SASL message too long")
    elif text == "*":
        client.sasl = None
        client.say("906", "SASL authentication aborted")
    elif client.sasl is None:
        _begin(client, text.upper())
    else:
        return _go_on(client, client.sasl, text)
    return None


def _begin(client: Client, mechanism: str) -> None:
    if mechanism not in mechanisms(client):
        client.say("908", ",".join(mechanisms(client)), "are available SASL mechanisms")
        client.say("904", "SASL authentication failed")
        return
    client.sasl = sasl.Exchange(mechanism)
    client.tell("AUTHENTICATE +")


def _go_on(client: Client, exchange: sasl.Exchange, text: str) -> MaybeCoroutine:
    try:
        response = exchange.take(text)
        if response is None:
            return None
        if exchange.mechanism == "PLAIN":
            name, password = sasl.plain(response)
            client.sasl = None
            return _log_in(client, name, password)
        if exchange.mechanism == "EXTERNAL":
            account = client.chat.certificates.owner(client.visit, response.decode())
            client.sasl = None
            return _succeed(client, account, account.era)
        return _show(client, exchange, response.decode())
    except (ValueError, KeyError, ChatError):
        _fail(client)
        return None


def _fail(client: Client) -> None:
    client.sasl = None
    client.say("904", "SASL authentication failed")


def _show(client: Client, exchange: sasl.Exchange, text: str) -> MaybeCoroutine:
    """Go on with SCRAM. Raises ValueError, KeyError and ChatError."""
    accounts, address = client.chat.accounts, client.visit.address
    if exchange.server is None:
        name, bare = scram.name_in(text)
        account = accounts.begin_scram(name, address)
        salt = client.chat.cloaks.of(f"scram {folded(name)}").encode()[:16]
        exchange.name, exchange.account = name, account
        exchange.era = account.era if account is not None else ""
        keys = account.scram if account is not None else scram.decoy(salt)
        exchange.server = scram.Server(text, bare, keys)
        _send(client, exchange.server.first)
        return None
    if exchange.is_shown:
        assert exchange.account is not None
        client.sasl = None
        return _succeed(client, exchange.account, exchange.era)
    final = exchange.server.final(text)
    account = exchange.account if final is not None else None
    if account is None or accounts.find(account.name) is not account:
        accounts.end_scram(None, exchange.name, address)
        _fail(client)
        return None
    accounts.end_scram(account, exchange.name, address)
    exchange.is_shown = True
    _send(client, final or "")
    return None


def _send(client: Client, text: str) -> None:
    client.tell(f"AUTHENTICATE {b64encode(text.encode()).decode()}")


async def _log_in(client: Client, name: str, password: str) -> None:
    chat, visit = client.chat, client.visit
    try:
        account = await chat.logins.owner_of(visit, name, password, visit.address)
    except ChatError as error:
        client.say("904", f"SASL authentication failed: {error}")
        return
    await _succeed(client, account, account.era)


async def _succeed(client: Client, account: Account, era: str) -> None:
    """Let a client be that of an account's owner, now or when it registers.

    era: the account's when the client has proved it.
    """
    if client.is_registered:
        client.flush()
        client.hush()
        await client.chat.logins.come(client.session, account, era, keeps_name=True)
    else:
        registration.own(client, account, era)
    client.say("903", "SASL authentication successful")


@verb("REGISTER", least=3, is_early=True, cost=COST)
def register(client: Client, message: Message) -> MaybeCoroutine:
    """Make your nick your own (draft/account-registration)."""
    name, _, password = message.params[:3]
    if not client.is_registered:
        client.fail("REGISTER", "COMPLETE_CONNECTION_REQUIRED", shown(name),
                    "Complete the connection first")  # fmt: skip
        return None
    if client.user.account is not None:
        client.fail("REGISTER", "ALREADY_AUTHENTICATED", shown(name), "You have an account")
        return None
    if name != "*" and folded(name) != folded(client.user.name):
        client.fail("REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", shown(name),
                    "An account is named like its owner: choose that nick first")  # fmt: skip
        return None
    return _register(client, password)


async def _register(client: Client, password: str) -> None:
    name = client.user.name
    client.hush()
    try:
        await client.chat.registration.register(client.session, password, "")
    except ChatError as error:
        client.fail("REGISTER", _why_not(error), name, str(error))
        return
    client.tell(f":{client.door.name} REGISTER SUCCESS {name} :{name} is yours now")
    client.tell(registration.logged_in(client))


def _why_not(error: ChatError) -> str:
    """The code of what kept somebody from registering."""
    text = str(error)
    if "password has" in text:
        return "UNACCEPTABLE_PASSWORD" if "at most" in text else "WEAK_PASSWORD"
    return "ACCOUNT_EXISTS" if "belongs to" in text else "TEMPORARILY_UNAVAILABLE"


@verb("VERIFY", least=2, is_early=True)
def verify(client: Client, message: Message) -> None:
    """Accounts need no verification."""
    client.fail("VERIFY", "INVALID_CODE", shown(message.params[0]), "Nothing waits for a code")


@verb("OPER", least=2, cost=COST)
def oper(client: Client, message: Message) -> MaybeCoroutine:
    """Become an operator until you leave, with an operator's account and password."""
    return _oper(client, *message.params[:2])


async def _oper(client: Client, name: str, password: str) -> None:
    chat = client.chat
    try:
        account = await chat.logins.owner_of(client.visit, name, password, client.session.address)
        chat.standing.grant(client.user, account)
    except ChatError as error:
        client.say("464", f"Password incorrect: {error}")
        return
    client.tell_own(f"MODE {client.nick} +o")
    client.say("381", "You are now an IRC operator")


@verb("KILL", least=1)
def kill(client: Client, message: Message) -> MaybeCoroutine:
    """Remove somebody from the server; for operators."""
    chat = client.chat
    if not chat.standing.is_operator(client.user):
        client.say("481", "Permission denied: that is for operators")
        return None
    other = chat.users.get(message.params[0])
    if other is None:
        client.say("401", shown(message.params[0]), "No such nick")
        return None
    why = message.params[1] if len(message.params) > 1 else ""
    for session in other.sessions:
        if session in client.door.clients:
            what = f"KILL {other.name} :{why or client.nick}"
            client.door.clients[session].inform_of(client.user, what)
    client.hush()
    return chat.moderation.kick(client.session, chat.lobby, other.name, why)
