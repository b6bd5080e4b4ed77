"""Basics: help, leaving, and how things look."""

from __future__ import annotations

from chatsvc.chat.chat import Chat
from chatsvc.chat.people.user import Session
from chatsvc.command import command


@command("quit", "exit", is_outside=True)
def leave(chat: Chat, session: Session, *anything: str) -> None:
    """Leave the chat.

    The others are told that you have quit. The rest of the line is not passed on.
    """
    chat.departures.quit(session)
