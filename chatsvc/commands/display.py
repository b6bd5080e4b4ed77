"""Basics: help, leaving, and how things look."""

from __future__ import annotations

import time
from typing import Literal

from chatsvc.chat.chat import Chat
from chatsvc.chat.people.user import Session
from chatsvc.command import command
from chatsvc.dialects import text
from chatsvc.errors import SHOWN, ChatError
from chatsvc.text.names import LONGEST, SHORTEST, BadName, check_characters


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


@command("watch")
def watch(chat: Chat, session: Session, username: str = "") -> None:
    """Be told when somebody comes or goes.

    It lasts until you /unwatch the name, or leave. Without a name, list whom you watch.
    """
    user = session.user
    watches = chat.watches
    if not username:
        names = watches.names(user)
        here = ", ".join([name for name in names if name in chat.users])
        gone = ", ".join([name for name in names if name not in chat.users])
        session.tell(f"You watch, and here is: {here or 'nobody'}.")
        if gone:
            session.tell(f"You watch, and not here is: {gone}.")
        return
    other = chat.users.get(username)
    if other is user:
        raise ChatError("You cannot watch yourself.")
    name = other.name if other is not None else username
    if len(name) > LONGEST:
        raise BadName(f"A name has {SHORTEST} to {LONGEST} characters.")
    check_characters(name)
    if not watches.add(user, name):
        raise ChatError(f"You watch {name} already.")
    now = "is here" if name in chat.users else "is not here now"
    session.tell(f"You are told when {name} comes or goes. {name} {now}.")


@command("unwatch")
def unwatch(chat: Chat, session: Session, username: str) -> None:
    """Stop watching somebody."""
    if not chat.watches.remove(session.user, username):
        raise ChatError(f"You don't watch {username[:SHOWN]}.")
    session.tell(f"You are no longer told when {username} comes or goes.")
