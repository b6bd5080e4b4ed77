"""Basics: help, leaving, and how things look."""

from __future__ import annotations

import time
from typing import Literal

from chatsvc.chat.chat import Chat
from chatsvc.chat.people.user import Session
from chatsvc.command import command
from chatsvc.dialects import text


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
