"""Saying things."""

from __future__ import annotations

from chatsvc.chat.sessions import Session
from chatsvc.command import Message, command


@command("bc")
def bc(session: Session, message: Message) -> None:
    """Say something to everyone.

    A line without a slash does the same. To say a line that begins with a slash, type two.
    """
    session.chat.say(session.user, message)


@command("dm", "msg")
def dm(session: Session, username: str, message: Message) -> None:
    """Say something to one person only."""
    session.chat.dm(session.user, username, message)
