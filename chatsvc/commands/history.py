"""History: what was said earlier."""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.direct.pairs import Conversation
from chatsvc.chat.history.recall import MOST_LINES, MOST_TALKS, USUAL_LINES
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.command.command import LONG, command
from chatsvc.command.parameter import HERE_ALONE, RoomOrPerson
from chatsvc.errors import SHOWN, ChatError
from chatsvc.text.numbers import number
from chatsvc.text.spans import moment

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session

_OPTIONS = ("in", "by", "since", "before")
_BESIDE = re.compile(r"(?:(\d+) )?(before|after) (\S+)")  # lines before or after a line


@command("history", cost=LONG)
async def history(
    chat: Chat, session: Session, room: RoomOrPerson = HERE_ALONE, what: str = ""
) -> None:
    """Show the history of a room, or of your direct messages with somebody.

    By default, show the last 20 lines. There are also /history 50, /history since 14:00, /history
    since 2h, /history since yesterday, /history since 2026-11-22, and /history around 1234 for the
    lines before and after the line with that number; /history before 1234, /history 50 before 1234,
    and likewise with after.
    /history @ann shows your direct messages with ann, if both of you have an account.
    """
    found = _meant(chat, session, room)
    word, _, rest = what.partition(" ")
    most = MOST_LINES
    is_after = False
    if beside := _BESIDE.fullmatch(what):
        number, side, entry_id = beside.groups()
        is_after = side == "after"
        most = _number(number) if number else USUAL_LINES
        needed = min(chat.recall.needed(session, most), MOST_LINES)
        lines = await chat.recall.beside(found, _number(entry_id), needed, is_before=not is_after)
    elif word == "since":
        lines = await chat.recall.since(found, moment(rest, chat.clock.now()))
    elif word == "around":
        lines = await chat.recall.around(found, _number(rest))
    else:
        most = _number(what) if what else USUAL_LINES
        lines = await chat.recall.last(found, chat.recall.needed(session, most))
    nothing = f"Nothing {'more ' if beside else ''}was said in {found.name}."
    if isinstance(found, Conversation):
        nothing = f"No messages between you and {found.name[1:]} are kept."
    await chat.recall.tell(session, lines, nothing, most, is_newest=not is_after)


@command("reactions", cost=LONG)
async def reactions(
    chat: Chat, session: Session, room: RoomOrPerson = HERE_ALONE, what: str = ""
) -> None:
    """Show who has reacted to a message by its number, or to several: /reactions 812 to 912."""
    found = _meant(chat, session, room)
    first, _, last = what.partition(" to ")
    if not first:
        raise ChatError("Reactions to which message? Give its number: /reactions 812.")
    numbers = sorted((_number(first), _number(last or first)))
    lines = await chat.recall.reactions(found, *numbers)
    there = "" if isinstance(found, Conversation) else f" in {found.name}"
    await chat.recall.tell(session, lines, f"Nobody{there} has reacted to that.")


@command("since", cost=LONG)
async def since(chat: Chat, session: Session) -> None:
    """Show what was said in your rooms while you were not logged in.

    It starts where your last connection stopped reading, and waits until you have seen it. If that
    is too much for one answer, type /since again.
    """
    account = session.user.account
    if account is None:
        raise ChatError("You have to log in for that. See /history.")
    recall = chat.recall
    lines = await recall.missed(chat.rooms.of(session.user), account)
    await recall.tell(session, lines, "Nothing more was said while you were away.")
    if account.missed:
        session.tell("There is more: type /since again.")


@command("search", cost=LONG)
async def search(chat: Chat, session: Session, words: str) -> None:
    """Search what was said.

    /search two words finds lines with both; /search word in #room by name since 7d before 2d
    narrows it down; it shows the newest 20, and before 1234 those before the line with that number.
    A word that ends in * stands for all that begin with it. Case, accents and punctuation do not
    matter; symbols do: /search c++. Chinese, Japanese, Korean and Thai are found within words, too.
    It searches only the rooms that you are in and your direct messages; /search word in @ann
    searches only those with ann. A new message is found after about a second.
    """
    options: dict[str, str] = {}
    found = words.split()
    while (
        len(found) > 2
        and (found[-2] != "in" or found[-1][0] in "#@")
        and found[-2] in _OPTIONS
        and found[-2] not in options
    ):
        options[found[-2]] = found[-1]
        del found[-2:]
    now = chat.clock.now()
    since = moment(options["since"], now) if "since" in options else 0.0
    before = options.get("before", "")
    before_id = number(before)
    until = moment(before, now) if before and before_id is None else inf
    rooms: list[NamedRoom | Conversation]
    if "in" in options:
        rooms = [_meant(chat, session, RoomOrPerson(options["in"]))]
    else:
        rooms = [
            *chat.rooms.of(session.user),
            *chat.conversations.of(session.user)[-MOST_TALKS:],
        ]
    most = chat.recall.needed(session, USUAL_LINES)
    lines = await chat.recall.search(
        " ".join(found),
        rooms,
        most,
        speaker=options.get("by"),
        since=since,
        until=until,
        before_id=before_id,
    )
    await chat.recall.tell(session, lines, "Nothing like that was said.", USUAL_LINES)


def _meant(chat: Chat, session: Session, name: RoomOrPerson) -> NamedRoom | Conversation:
    """The room in which somebody is, or the conversation, that is meant. Raises ChatError."""
    if not name and session.person and session.user.account is not None:
        name = RoomOrPerson(f"@{session.person}")
    if name[:1] == "@":
        return chat.conversations.find(session.user, name[1:])
    return chat.rooms.entered(name, session.user) if name else chat.rooms.here(session)


def _number(text: str) -> int:
    found = number(text)
    if not found:
        raise ChatError(
            f'"{text[:SHOWN]}" is no number from 1 up, nor anything else that can stand there.'
        )
    return found
