"""Basics: help, leaving, and how things look."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from textwrap import wrap
from typing import TYPE_CHECKING, Literal, NamedTuple

from chatsvc.chat.rooms.roles import Role
from chatsvc.command.command import Command, command, commands, find
from chatsvc.dialects import text
from chatsvc.errors import ChatError

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session

WIDTH = 28  # characters of a command's syntax, after which the help is aligned
ROW = 72  # characters, so that a row after the server's name fits into 80 columns
FIRST = ("dm", "nick", "join", "quit")  # what a newcomer needs besides talking
FOR_OWNERS = frozenset({"logout", "passwd", "sessions", "token", "unregister"})  # of accounts
FOR_GUESTS = frozenset({"register"})
FOR_ROOM_OWNERS = frozenset({"privacy", "guests", "rename", "key", "owner", "persist", "keep"})
ORDER = ("talking", "people", "rooms", "history", "accounts", "moderation", "operators", "basics")


class Subject(NamedTuple):
    """The commands of one subject.

    title: what it is about.
    """

    title: str
    commands: list[Command]


def subjects(known: Iterable[Command]) -> dict[str, Subject]:
    """The commands of each subject, by its name.

    The docstring of a module in commands/ begins with the name, a colon, and the title.
    """
    found: dict[str, Subject] = {}
    for each in dict.fromkeys(known):
        about = (sys.modules[each.function.__module__].__doc__ or "").partition("\n")[0]
        name, _, title = about.partition(": ")
        found.setdefault(name.casefold(), Subject(title, [])).commands.append(each)
    return dict(sorted(found.items(), key=lambda item: ORDER.index(item[0])))


@command("help", is_outside=True)
def explain(chat: Chat, session: Session, command: str = "") -> None:
    """List the commands, or explain one.

    /help rooms, for example, lists the commands of one subject. Without a subject, only commands
    that you can use now are listed: those for owners, for example, once you own a room.
    """
    known = [each for each in commands().values() if each.who != "programs"]
    found = subjects([each for each in known if each.is_for(chat, session)])
    if not command:
        _list_all(chat, session, _useful(chat, session, found))
        return
    subject = found.get(command.casefold())
    if subject is None or command.casefold() in commands():
        _explain(chat, session, command)
    if subject is not None:
        session.tell(f"{command.capitalize()}: {subject.title}")
        for each in subject.commands:
            session.tell(f"  {each.syntax.ljust(WIDTH)}  {each.help[0]}")


def _useful(chat: Chat, session: Session, found: dict[str, Subject]) -> dict[str, Subject]:
    """The subjects, without the commands that a session cannot use now."""
    user = session.user
    hidden = FOR_OWNERS if user.account is None else FOR_GUESTS
    highest = max([chat.standing.role_of(room, user) for room in chat.rooms.of(user)], default=0)
    keeps_order = highest >= Role.MODERATOR
    if highest < Role.OWNER:
        hidden |= FOR_ROOM_OWNERS
    if not keeps_order or user.account is None:
        hidden |= {"hook"}
    return {
        name: Subject(title, [each for each in known if each.names[0] not in hidden])
        for name, (title, known) in found.items()
        if keeps_order or name != "moderation"
    }


def _list_all(chat: Chat, session: Session, found: dict[str, Subject]) -> None:
    session.tell("A line is said in the room you joined or spoke in last, or to everyone.")
    for each in [commands()[name] for name in FIRST]:
        if each.is_for(chat, session):
            session.tell(f"  {each.syntax.ljust(WIDTH)}  {each.help[0]}")
    session.tell("For more, type /help and a subject, or a command:")
    for name, subject in found.items():
        names = " ".join([f"/{each.names[0]}" for each in subject.commands])
        for row in wrap(names, ROW, initial_indent=f"  {name:12}", subsequent_indent=" " * 14):
            session.tell(row)


def _explain(chat: Chat, session: Session, name: str) -> None:
    found = find(name)
    if found.for_operators and not found.is_for(chat, session):
        raise ChatError("That is for operators only.")
    session.tell(found.syntax)
    for paragraph in found.help:
        session.tell(f"  {paragraph}")
    if found.cost > 1:
        session.tell(f"  Counts as {found.cost} lines against the limit of your connection.")
    if len(found.names) > 1:
        session.tell(f"  Also known as /{', /'.join(found.names[1:])}.")


@command("quit", "exit", is_outside=True)
def leave(chat: Chat, session: Session, *anything: str) -> None:
    """Leave the chat.

    The others are told that you have quit. The rest of the line is not passed on.
    """
    chat.departures.quit(session)


@command("time", who="people")
def show_times(chat: Chat, session: Session, state: Literal["on", "off"]) -> None:
    """Show the time before each line, or stop showing it."""
    if state == "on":
        chat.users.show(session, text.timed)
        zone = time.strftime("%Z")
        session.tell(f"Times are shown from now on. They are the server's ({zone}).")
    else:
        chat.users.show(session, text.plain)
        session.tell("Times are no longer shown.")
