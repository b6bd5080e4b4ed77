"""Asking about the server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatsvc import __version__
from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.command.command import LONG
from chatsvc.doors.irc.supported import isupport
from chatsvc.doors.irc.verb import verb, verbs
from chatsvc.doors.irc.verbs.channel.channels import shown
from chatsvc.doors.irc.wording import lines

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

TOLD_AT_ONCE = 50  # clients that are told something in one turn


def _is_here(client: Client, message: Message, number: int = 0) -> bool:
    """Whether a message is for this server; a client that means another is told."""
    if len(message.params) <= number:
        return True
    target = message.params[number]
    if target.casefold() == client.door.name.casefold() or target in client.chat.users:
        return True
    client.say("402", shown(target), "No such server")
    return False


@verb("MOTD", cost=2)
def motd(client: Client, message: Message) -> None:
    """Read the message of the day."""
    if _is_here(client, message):
        for line in lines.motd(client):
            client.tell(line)


@verb("LUSERS")
def lusers(client: Client, message: Message) -> None:
    """Show how many people and channels there are."""
    for line in lines.lusers(client):
        client.tell(line)


@verb("VERSION")
def version(client: Client, message: Message) -> None:
    """Show the version of the server."""
    if _is_here(client, message):
        client.say("351", f"chatsvc-{__version__}", client.door.name, "")
        for line in lines.tokens(client):
            client.tell(line)


@verb("ISUPPORT", is_early=True)
def supported(client: Client, message: Message) -> None:
    """Show what the server supports (draft/extended-isupport)."""
    if not (client.is_registered or isupport.CAP in client.caps):
        client.say("451", "You have not registered")
        return
    for line in lines.tokens(client):
        client.tell(line)


@verb("TIME")
def show_time(client: Client, message: Message) -> None:
    """Show the time of the server."""
    if _is_here(client, message):
        now = client.chat.clock.now()
        text = time.strftime("%A %B %d %Y -- %H:%M:%S UTC", time.gmtime(now))
        client.say("391", client.door.name, text)


@verb("ADMIN")
def admin(client: Client, message: Message) -> None:
    """Show who runs the server."""
    if _is_here(client, message):
        name = client.door.name
        client.say("256", name, "Administrative info")
        client.say("257", f"Who runs {name} says so in the message of the day: MOTD")
        client.say("258", "chatsvc: one chat for IRC, netcat and its own client")
        client.say("259", f"postmaster@{name}")


@verb("INFO")
def info(client: Client, message: Message) -> None:
    """Read about the software."""
    if _is_here(client, message):
        began = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(client.door.began))
        client.say("371", f"chatsvc {__version__}, a chat server in Python, on Twisted")
        client.say("371", f"It has run since {began}.")
        client.say("374", "End of INFO list")


@verb("HELP", "HELPOP")
def explain(client: Client, message: Message) -> None:
    """List the commands, or explain one."""
    subject = message.params[0] if message.params else "*"
    found = verbs().get(subject.upper())
    if subject == "*":
        client.say("704", subject, "The commands; HELP and one of them tells more:")
        names = sorted(verbs())
        for start in range(0, len(names), 10):
            client.say("705", subject, " ".join(names[start : start + 10]))
        client.say("706", subject, "End of HELP")
    elif found is not None:
        client.say("704", shown(subject), subject.upper())
        for paragraph in (found.function.__doc__ or "").split("\n\n"):
            client.say("705", shown(subject), " ".join(paragraph.split()))
        client.say("706", shown(subject), "End of HELP")
    else:
        client.say("524", shown(subject), "There is no help on that")


@verb("LINKS")
def links(client: Client, message: Message) -> None:
    """List the linked servers: there are none."""
    client.note("This server has no links to others, and its services are a part of it.")
    client.say("365", "*", "End of LINKS list")


@verb("STATS")
def stats(client: Client, message: Message) -> None:
    """Show figures: STATS u shows how long the server has run."""
    what = message.params[0][:1] if message.params else ""
    if what == "u":
        seconds = int(client.chat.clock.now() - client.door.began)
        days, rest = divmod(max(seconds, 0), 86400)
        hours, rest = divmod(rest, 3600)
        client.say("242", f"Server up {days} days {hours}:{rest // 60:02}:{rest % 60:02}")
    client.say("219", what or "*", "End of STATS report")


@verb("REHASH", cost=LONG)
def rehash(client: Client, message: Message) -> MaybeCoroutine:
    """Reload the settings, motd and certificate, and reopen the log; for operators."""
    if not client.chat.standing.is_operator(client.user):
        client.say("481", "Permission denied: that is for operators")
        return None
    client.say("382", "*", "Rehashing")
    return _rehash(client)


async def _rehash(client: Client) -> None:
    for _, line in await client.chat.reload(client.user.name):
        client.note(f"{line[0].upper()}{line[1:]}")


@verb("WALLOPS", least=1)
def wallops(client: Client, message: Message) -> MaybeCoroutine:
    """Send a message to all with mode w; for operators."""
    if not client.chat.standing.is_operator(client.user):
        client.say("481", "Permission denied: that is for operators")
        return None
    return _wallops(client, message.params[0])


async def _wallops(client: Client, text: str) -> None:
    clients = list(client.door.clients.values())
    async for each in client.chat.turns.slowly(clients, TOLD_AT_ONCE):
        if "w" in each.modes and not each.is_over:
            each.inform_of(client.user, f"WALLOPS :{text}")
