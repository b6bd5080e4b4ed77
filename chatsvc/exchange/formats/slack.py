"""Slack's exports: a zip file with JSON.

It holds `users.json`, `channels.json`, perhaps `groups.json` (private channels), and for each
channel a folder of its name with a file a day, such as `general/2026-11-26.json`: a list of
messages (https://slack.com/help/articles/220556107). Direct messages are not imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from chatsvc.exchange.formats.fields import NAMELESS, emoji_of, moment, text_of
from chatsvc.exchange.said import Found, LeftOut, Message, Room, Unreadable
from chatsvc.text.names import HOOK

if TYPE_CHECKING:
    from chatsvc.exchange.files import Archive

USERS, CHANNELS, PRIVATE = "users.json", "channels.json", "groups.json"
_DIRECT = ("dms.json", "mpims.json")
_DAY = re.compile(r"([^/]+)/(\d{4}-\d\d-\d\d)\.json")
_MARKED = re.compile(r"<([^<>\n]*)>")
# Subtypes of messages that somebody has written (https://api.slack.com/events/message).
_WRITTEN = ("", "me_message", "bot_message", "thread_broadcast", "file_share", "file_comment")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # in this order: &amp;lt; is &lt;


def read(archive: Archive) -> Iterator[Found]:
    """The channels and messages of an export. Raises Unreadable."""
    users = _names(archive)
    rooms: dict[str, str] = {}  # the names of channels, by their ids
    for file, privacy in ((CHANNELS, "public"), (PRIVATE, "invite-only")):
        for channel in _list(archive, file):
            name = text_of(channel, "name")
            if name:
                rooms[text_of(channel, "id")] = f"#{name}"
                yield _room(channel, f"#{name}", privacy, users)
    if not rooms:
        raise Unreadable(f"there is no {CHANNELS} with channels in it: is this Slack's export?")
    words = _Words(users, rooms)
    days = sorted(name for name in archive.names if _DAY.fullmatch(name))
    known = set(rooms.values())
    for folder, files in groupby(days, key=lambda name: name.partition("/")[0]):
        if f"#{folder}" in known:
            for file in files:
                yield from _day(archive, file, f"#{folder}", words)
        else:
            for file in files:
                yield LeftOut("days of direct messages, and of unknown channels", file)
    for file in _DIRECT:
        if file in archive.names:
            yield LeftOut("lists of direct messages", file)


def _list(archive: Archive, file: str) -> list[Mapping[str, Any]]:
    found = archive.json(file) if file in archive.names else []
    if not isinstance(found, list):
        raise Unreadable(f"{file} is no list in JSON, or too large.")
    return [each for each in found if isinstance(each, dict)]


def _names(archive: Archive) -> dict[str, str]:
    """The names of people, by their ids."""
    names = {}
    for user in _list(archive, USERS):
        profile = user.get("profile")
        shown = text_of(profile, "display_name") if isinstance(profile, dict) else ""
        names[text_of(user, "id")] = shown or text_of(user, "name") or text_of(user, "id")
    return names


def _room(channel: Mapping[str, Any], name: str, privacy: str, users: Mapping[str, str]) -> Room:
    topic = channel.get("topic")
    topic = topic if isinstance(topic, dict) else {}
    by = text_of(topic, "creator")
    return Room(
        name,
        _without_entities(text_of(topic, "value")),
        users.get(by, by),
        moment(topic.get("last_set")) or 0.0,
        moment(channel.get("created")) or 0.0,
        privacy,
    )


def _day(archive: Archive, file: str, room: str, words: _Words) -> Iterator[Found]:
    found = archive.json(file)
    if not isinstance(found, list):
        yield LeftOut("days that are no list in JSON, or too large", file)
        return
    for number, each in enumerate(found, 1):
        where = f"{file}, message {number}"
        if not isinstance(each, dict):
            yield LeftOut("messages of no known form", where)
            continue
        at, kind = moment(each.get("ts")), text_of(each, "subtype")
        if kind not in _WRITTEN or each.get("hidden"):
            yield LeftOut("joins, parts and the like", where)
        elif at is None:
            yield LeftOut("messages with a time that is none", where)
        else:
            speaker, text = words.speaker(each), words.text(each)
            ref, thread = text_of(each, "ts"), text_of(each, "thread_ts")
            said = "Acted" if kind == "me_message" else "Said"
            answers = thread if thread != ref else ""
            yield Message(room, at, said, speaker, text, ref=ref, answers=answers)
            for who, emoji in words.reactions(each):
                if emoji:
                    yield Message(room, at, "Reacted", who, emoji, answers=ref)
                else:
                    yield LeftOut(NAMELESS, where)


class _Words:
    """Reads Slack's texts.

    users, rooms: the names of people and channels, by their ids.
    """

    def __init__(self, users: Mapping[str, str], rooms: Mapping[str, str]) -> None:
        self._users = users
        self._rooms = rooms

    def speaker(self, message: Mapping[str, Any]) -> str:
        """The name of the writer of a message; that of a program ends like a hook's."""
        user = text_of(message, "user")
        if user in self._users:
            return self._users[user]
        profile = message.get("bot_profile")
        named = text_of(profile, "name") if isinstance(profile, dict) else ""
        name = text_of(message, "username") or named
        if name or "bot_id" in message:
            return f"{name or 'bot'}{HOOK}"
        return user or "unknown"

    def reactions(self, message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The reactions to a message: who, and with what; when is not known."""
        found = message.get("reactions")
        for each in found if isinstance(found, list) else ():
            users = each.get("users") if isinstance(each, dict) else None
            for user in users if isinstance(users, list) else ():
                if isinstance(user, str):
                    yield self._users.get(user, user), emoji_of(text_of(each, "name"))

    def text(self, message: Mapping[str, Any]) -> str:
        """The text of a message, with the names of its files; else what is attached."""
        parts = [self._plain(text_of(message, "text")).strip("\n")]
        attached = message.get("attachments")
        if not parts[0] and isinstance(attached, list):
            texts = [
                text_of(e, "fallback") or text_of(e, "text") for e in attached if type(e) is dict
            ]
            parts = [self._plain(text) for text in texts]
        files = message.get("files")
        for each in files if isinstance(files, list) else ():
            if isinstance(each, dict):
                parts.append(f"[file: {text_of(each, 'name') or text_of(each, 'title')}]")
        return "\n".join(filter(None, parts))

    def _plain(self, text: str) -> str:
        """A text without Slack's marks (https://api.slack.com/reference/surfaces/formatting)."""
        if "<" in text:
            text = _MARKED.sub(self._marked, text)
        return _without_entities(text)

    def _marked(self, found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        sign, rest = target[:1], target[1:]
        if sign == "@":
            return f"@{self._users.get(rest) or label or rest}"
        if sign == "#":
            return self._rooms.get(rest) or f"#{label or rest}"
        if sign == "!":
            word = rest.partition("^")[0]
            return label or f"@{word}"
        shown = target.removeprefix("mailto:")
        return shown if label in ("", target, shown) else f"{label} ({shown})"


def _without_entities(text: str) -> str:
    if "&" in text:
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
    return text
