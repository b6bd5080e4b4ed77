"""NickServ and ChanServ: names that answer, as people type them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.doors.irc.registration import logged_in
from chatsvc.doors.irc.verb import verb

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

SERVICES = {"nickserv": "NickServ", "chanserv": "ChanServ"}
_HELP = {
    "NickServ": (
        "REGISTER password: make your nick your own",
        "IDENTIFY [name] password: log in",
        "LOGOUT: log out",
        "PASSWD old new: change your password",
        "CERT ADD, LIST, or DEL fingerprint: TLS certificates that log you in",
        "SESSIONS, SESSIONS END 2, or SESSIONS END OTHERS: your connections and tokens",
    ),
    "ChanServ": (
        "Whoever creates a channel owns it: MODE #channel +o nick makes moderators.",
        "It stays your own when you have an account.",
        "If anything was said in it, it is kept for a day after the last occupant has left. To keep"
        " it for good, type /persist on the page or with netcat: IRC has no command for that.",
    ),
}


@verb("NS", "NICKSERV", cost=5)
def nickserv(client: Client, message: Message) -> MaybeCoroutine:
    """Register, log in, and see to your account: NS HELP."""
    return ask(client, "NickServ", " ".join(message.params))


@verb("CS", "CHANSERV")
def chanserv(client: Client, message: Message) -> MaybeCoroutine:
    """Ask ChanServ about channels: CS HELP."""
    return ask(client, "ChanServ", " ".join(message.params))


def ask(client: Client, service: str, text: str) -> MaybeCoroutine:
    """Answer what is said to a service."""
    what, *words = text.split() or [""]
    chat, session = client.chat, client.session
    if service == "NickServ" and words:
        match what.upper():
            case "REGISTER":
                return _register(client, words[0])
            case "IDENTIFY":
                name = words[0] if len(words) > 1 else client.user.name
                return chat.logins.log_in(session, name, words[-1])
            case "PASSWD" if len(words) > 1:
                return chat.registration.change_password(session, words[0], words[1])
            case "CERT":
                return _certificates(client, *words)
    if service == "NickServ" and what.upper() == "LOGOUT":
        chat.logins.log_out(session)
        return None
    if service == "NickServ" and what.upper() == "SESSIONS":
        return chat.own_sessions.ask(session, " ".join(words))
    for line in _HELP[service]:
        client.note(line, _source(client, service))
    return None


def _source(client: Client, service: str) -> str:
    """The source of a service's answers."""
    return f"{service}!{service}@{client.door.name}"


async def _register(client: Client, password: str) -> None:
    """Make a client's nick its owner's own."""
    client.hush()
    await client.chat.registration.register(client.session, password, "")
    name = client.user.name
    how = f"log in with SASL, or type IDENTIFY {name} password"
    client.note(f"The name {name} is yours. Next time, {how}.", _source(client, "NickServ"))
    client.tell(logged_in(client))


def _certificates(client: Client, what: str, fingerprint: str = "", *_: str) -> MaybeCoroutine:
    """Add, remove or list certificates."""
    certificates, session = client.chat.certificates, client.session
    match what.upper():
        case "ADD":
            return certificates.add(session)
        case "DEL":
            return certificates.remove(session, fingerprint)
    certificates.tell(session)
    return None
