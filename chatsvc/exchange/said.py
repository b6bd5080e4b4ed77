"""The contents of an export: messages, rooms, and things left out."""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """A message, as the export has it.

    room: its name there.
    at: seconds since the epoch.
    kind: a word of `chatsvc.events.speech.KINDS`.
    speaker: the name there.
    account: the name of the speaker's account; empty if unknown.
    ref: the reference that other messages of the room use for it; empty for none.
    answers: the ref of the message that it answers, or reacts to; empty for none.
    """

    room: str
    at: float
    kind: str
    speaker: str
    text: str
    account: str = ""
    ref: str = ""
    answers: str = ""


class Room(NamedTuple):
    """A room, as the export has it; it comes before its messages.

    topic_at, made_at: in seconds since the epoch; 0.0 if unknown.
    privacy: public, hidden or invite-only.
    """

    name: str
    topic: str = ""
    topic_by: str = ""
    topic_at: float = 0.0
    made_at: float = 0.0
    privacy: str = "public"


class LeftOut(NamedTuple):
    """Something that is not imported.

    what: in the plural, such as "joins and parts"; things of the same kind are counted together.
    where: the file, and the line in it if there is one.
    """

    what: str
    where: str


Found = Message | Room | LeftOut


class Unreadable(Exception):
    """A file is not what it should be; the text says where and why."""
