"""Mattermost's bulk exports: JSON, an object a line, perhaps in a zip file.

The first line has the version; then come teams, channels, users and posts with their replies
(https://docs.mattermost.com/onboard/bulk-loading-data.html). Direct messages are not imported.

    {"type": "version", "version": 1}
    {"type": "channel", "channel": {"team": "t", "name": "ops", "type": "O", "header": "..."}}
    {"type": "post", "post": {"team": "t", "channel": "ops", "user": "ann", "message": "Hello",
     "create_at": 1764151200000, "replies": [{"user": "bob", "message": "hi", "create_at": ...}]}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any

from chatsvc.exchange.files import objects_of
from chatsvc.exchange.formats.fields import NAMELESS, emoji_of, moment, text_of
from chatsvc.exchange.said import Found, LeftOut, Message, Room, Unreadable

VERSION = 1
_PER_SECOND = 1000
_LEFT_OUT = {
    "direct_post": "direct messages",
    "direct_channel": "direct conversations",
    "emoji": "emoji",
    "bot": "bots",
}
_PRIVACIES = {"O": "public", "P": "invite-only"}


def read(file: IO[bytes], name: str) -> Iterator[Found]:
    """The channels and messages of an export. Raises Unreadable."""
    teams: list[str] = []  # the first one
    is_begun = False
    for each in objects_of(file, name):
        if isinstance(each, LeftOut):
            yield each
            continue
        where, found = each
        kind = found.get("type")
        if not is_begun:
            if kind != "version" or found.get("version") != VERSION:
                raise Unreadable(f"{where} does not say version {VERSION}, as Mattermost does.")
            is_begun = True
            continue
        facts = found.get(kind) if isinstance(kind, str) else None
        if not isinstance(facts, dict):
            yield LeftOut("objects of no known form", where)
        elif kind == "channel":
            yield _room(facts, teams)
        elif kind == "post":
            yield from _post(facts, teams, where)
        elif kind in _LEFT_OUT:
            yield LeftOut(_LEFT_OUT[kind], where)
    if not is_begun:
        raise Unreadable(f"{name} is empty.")


def _name(facts: Mapping[str, Any], field: str, teams: list[str]) -> str:
    """The name of a room: that of the channel; with the team's before it, but for the first."""
    team, channel = text_of(facts, "team"), text_of(facts, field)
    if not teams:
        teams.append(team)
    return f"#{channel}" if team == teams[0] else f"#{team}-{channel}"


def _room(facts: Mapping[str, Any], teams: list[str]) -> Room:
    privacy = _PRIVACIES.get(text_of(facts, "type"), "invite-only")
    return Room(_name(facts, "name", teams), text_of(facts, "header"), privacy=privacy)


def _post(facts: Mapping[str, Any], teams: list[str], where: str) -> Iterator[Found]:
    room = _name(facts, "channel", teams)
    if text_of(facts, "type").startswith("system_"):
        yield LeftOut("joins, parts and the like", where)
        return
    yield from _message(facts, room, where, where)
    replies = facts.get("replies")
    if not isinstance(replies, list):
        return
    for number, each in enumerate(replies, 1):
        if isinstance(each, dict):
            yield from _message(each, room, where, f"{where}, reply {number}", where)
        else:
            yield LeftOut("messages of no known form", where)


def _message(
    facts: Mapping[str, Any], room: str, where: str, ref: str, answers: str = ""
) -> Iterator[Found]:
    at = moment(facts.get("create_at"), _PER_SECOND)
    text = text_of(facts, "message").strip("\n")
    kind = "Said"
    if text_of(facts, "type") == "me":
        kind, text = "Acted", text.strip("*")
    attached = facts.get("attachments")
    for each in attached if isinstance(attached, list) else ():
        path = text_of(each, "path") if isinstance(each, dict) else ""
        text += "\n" * bool(text) + f"[file: {path.rpartition('/')[2]}]"
    if at is None:
        yield LeftOut("messages with a time that is none", where)
        return
    yield Message(room, at, kind, text_of(facts, "user"), text, ref=ref, answers=answers)
    reactions = facts.get("reactions")
    for each in reactions if isinstance(reactions, list) else ():
        if isinstance(each, dict):
            when = moment(each.get("create_at"), _PER_SECOND) or at
            who, emoji = text_of(each, "user"), emoji_of(text_of(each, "emoji_name"))
            if emoji:
                yield Message(room, max(at, when), "Reacted", who, emoji, answers=ref)
            else:
                yield LeftOut(NAMELESS, where)
