"""The wording of events as IRC's lines, once for all clients with the same capabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatsvc.chat.logs.wording import LineByLine, Personal
from chatsvc.doors.irc.codec.ctcp import action
from chatsvc.doors.irc.codec.message import END, LINE_BYTES, ended, replying, with_tag
from chatsvc.doors.irc.multiline import BATCH, CONCAT, Piece
from chatsvc.doors.irc.network.bounded_map import OVERHEAD
from chatsvc.doors.irc.supported import modes
from chatsvc.doors.irc.wording.changes import change_of, told_before
from chatsvc.doors.irc.wording.people import outside_source, source_of
from chatsvc.events import answers, rooms, speech
from chatsvc.events.event import LOBBY, Event, event
from chatsvc.events.relayed import Elsewhere, Noted, Relayed
from chatsvc.text.names import is_hook
from chatsvc.text.pieces import split
from chatsvc.text.times import stamp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.people.user import User
    from chatsvc.doors.irc.network.gone import AllGone

# The capabilities that affect the wording.
WORDED = frozenset(
    {
        *("server-time", "message-tags", "account-tag", "extended-join", "batch"),
        *("away-notify", "draft/message-redaction", "draft/multiline", "draft/channel-rename"),
        *("account-notify", "setname"),
    }
)
MOST_KEPT = 256 * 1024  # bytes of cached lines: several times as many as one round needs


@event
class Lines(Event):
    """Lines for one client alone, as they are sent, each with its end."""

    text: str

    def __str__(self) -> str:
        return self.text


class Wording(LineByLine):
    """The wording of events for all clients with some capabilities.

    gone: people who are gone.
    client_tags: the client-only tags of the latest messages, by id.
    pieces: the pieces of the latest multiline messages, by id.
    bots: people who have said that they are bots.
    name: of the server.
    shows_lobby: whether events of the lobby are told, presence among them.
    """

    def __init__(
        self,
        chat: Chat,
        gone: AllGone,
        client_tags: Mapping[int, str],
        pieces: Mapping[int, Sequence[Piece]],
        bots: Collection[User],
        name: str,
        caps: Iterable[str],
        shows_lobby: bool,
    ) -> None:
        self.chat = chat
        self.gone = gone
        self.client_tags = client_tags
        self._pieces = pieces
        self._bots = bots
        self._name = name
        self.shows_lobby = shows_lobby
        self.caps = frozenset(caps)
        self.has_away = "away-notify" in caps
        self.has_time = "server-time" in caps
        self.has_tags = "message-tags" in caps
        self.has_account = "account-tag" in caps
        self.has_extended_join = "extended-join" in caps
        self.has_redaction = "draft/message-redaction" in caps
        self.has_rename = "draft/channel-rename" in caps
        self.has_multiline = {"draft/multiline", "batch"} <= set(caps)
        self._is_tagged = self.has_time or self.has_tags or self.has_account
        self._kept: dict[int, tuple[Entry, bytes]] = {}  # by the ids of entries
        self._kept_bytes = 0
        # By name, while entries are worded together: nobody is renamed meanwhile.
        self._sources: dict[str, str] | None = None

    def lines(self, entries: Sequence[Entry]) -> list[bytes]:
        """The lines of each of some entries; none of a change told in another room before."""
        kept, pieces, client_tags = self._kept, self._pieces, self.client_tags
        hidden = None if self.shows_lobby else self.chat.lobby.log
        is_tagged = self._is_tagged
        speaker = room = account = None  # of the last message: the next mostly begins alike
        lines = []
        self._sources = {}
        try:
            for entry in entries:
                entry_id, log, at, event, text, _ = entry
                found = kept.get(entry_id)
                if found is not None and found[0] is entry:  # a redaction has its message's id
                    lines.append(found[1])
                    continue
                line = ""
                if type(event) is speech.Said and log is not hidden:  # as nearly all: this is quick
                    if (
                        event.speaker is not speaker
                        or event.room is not room
                        or event.account is not account
                    ):
                        speaker, room, account = event.speaker, event.room, event.account
                        begin, most = self._begin(speaker, room, account)
                    is_plain = len(text) <= most and not (
                        event.reply_to
                        or entry_id in pieces
                        or entry_id in client_tags
                        or not event.text.isprintable()
                    )
                    if is_plain and is_tagged:
                        line = f"@time={stamp(at)};msgid={entry_id}{begin}{event.text}{END}"
                    elif is_plain:
                        line = f"{begin}{event.text}{END}"
                found = kept[entry_id] = entry, (line or self._worded(entry)).encode()
                lines.append(found[1])
                self._kept_bytes += len(found[1]) + OVERHEAD
        finally:
            self._sources = None
        if self._kept_bytes > MOST_KEPT:
            kept.clear()
            self._kept_bytes = 0
        if not self.shows_lobby:
            for place in told_before(entries):
                lines[place] = b""
        return lines

    def _begin(self, speaker: str, room: str, account: str) -> tuple[str, int]:
        """How lines of somebody begin, after a time and an id.

        Also how many bytes they may take to be said so simply; -1 for none.
        """
        begin = f":{self.source(speaker)} PRIVMSG {room or LOBBY} :"
        most = LINE_BYTES - len(END) - len(begin.encode())
        if not self._is_tagged:
            return begin, most
        if not (self.has_time and self.has_tags) or self._is_bot(speaker):
            most = -1
        tag = f";account={account}" if account and self.has_account else ""
        return f"{tag} {begin}", most

    def _is_bot(self, name: str) -> bool:
        return is_hook(name) or bool(self._bots and self.chat.users.get(name) in self._bots)

    def once(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries without changes told in another room before."""
        before = told_before(entries) if not self.shows_lobby else ()
        return [each for place, each in enumerate(entries) if place not in before]

    def _worded(self, entry: Entry) -> str:
        """The lines of an entry, each with its end; none if it means nothing in IRC."""
        event = entry.event
        if isinstance(event, rooms.RoomRenamed | speech.Missed):
            raise Personal  # see `Alone`
        is_in_lobby = entry.log is self.chat.lobby.log
        if is_in_lobby and not (self.shows_lobby or isinstance(event, answers.Notice)):
            return ""
        if self.shows_lobby is not is_in_lobby and change_of(entry) is not None:
            return ""
        word, beside = _WORDS.get(type(event)), _BESIDE.get(type(event))
        lines = word(self, event, entry.id, entry.at) if word is not None else ""
        return lines if beside is None else lines + beside(self, event, 0, entry.at)

    def lines_of(self, event: Event, entry_id: int, at: float) -> str:
        """The same, for an event with an id and a time."""
        word = _WORDS.get(type(event))
        return word(self, event, entry_id, at) if word is not None else ""

    def tags(self, entry_id: int, at: float, account: str = "", more: str = "") -> str:
        """The tags before a line, with the blank; empty for none.

        more: further tags, as they are written, for clients that understand tags.
        """
        if not self._is_tagged:
            return ""
        tags = f"time={stamp(at)};" if self.has_time else ""
        if entry_id and self.has_tags:
            tags += f"msgid={entry_id};"
        if account and self.has_account:
            tags += f"account={account};"  # nothing in a name has to be escaped
        if more and self.has_tags:
            tags += f"{more};"
        return f"@{tags[:-1]} " if tags else ""

    def source(self, name: str) -> str:
        """The source of a message of somebody, here or gone."""
        known = self._sources
        if known is not None and (before := known.get(name)):
            return before
        user = self.chat.users.get(name)
        if user is not None:
            found = source_of(self.chat, user)
        else:
            found = outside_source(name) or self.gone.source(name)
        if known is not None:
            known[name] = found
        return found

    def by(self, name: str, rest: str, entry_id: int, at: float, tags: str = "") -> str:
        """A line whose source is a person.

        tags: client-only ones, as they are written.
        """
        account = self.gone.person(name)[0] if self.has_account else ""
        before = self.tags(entry_id, at, account, self.tagged(name, tags))
        return ended(f"{before}:{self.source(name)} {rest}")

    def tagged(self, name: str, tags: str) -> str:
        """The tags of a message besides the server's facts: whether a bot sends it, and its own."""
        if not (self.has_tags and self._is_bot(name)):
            return tags
        return f"bot;{tags}" if tags else "bot"

    def own(self, rest: str, entry_id: int, at: float) -> str:
        """A line whose source is the server."""
        return ended(f"{self.tags(entry_id, at)}:{self._name} {rest}")

    def notice(self, event: answers.Notice, at: float) -> str:
        """A notice, in the room that it is about."""
        target = event.room or (LOBBY if self.shows_lobby else "*")
        lines = event.text.split("\n")
        return "".join([self.own(f"NOTICE {target} :{line}", 0, at) for line in lines])

    def spoken(
        self,
        name: str,
        target: str,
        text: str,
        entry_id: int,
        at: float,
        account: str,
        verb: str = "PRIVMSG",
        reply_to: int = 0,
    ) -> str:
        """A message, in as many lines as it takes."""
        source = self.source(name)
        first = more = ""
        if self._is_tagged:
            more = self.tagged(name, self.client_tags.get(entry_id) or replying(reply_to))
            first = self.tags(entry_id, at, account, more)
        line = ended(f":{source} {verb} {target} :{text}")
        most = len(line) if line.isascii() else 4 * len(line)  # bytes
        if most <= LINE_BYTES and "\n" not in text and entry_id not in self._pieces:
            return first + line
        by = f":{source}"
        begin = f"{by} {verb} {target} :"
        most = LINE_BYTES - len(END) - len(begin.encode())
        pieces = self._pieces.get(entry_id) or [
            Piece(piece, number > 0)
            for line in text.split("\n")
            for number, piece in enumerate(split(line, most))
        ]
        if self.has_multiline and len(pieces) > 1:
            return self._batch(by, target, first, begin, pieces, entry_id)
        rest = self.tags(0, at, account, more)
        texts = [piece.text for piece in pieces if piece.text] or [" "]
        lines = [ended(f"{first}{begin}{texts[0]}")]
        return "".join(lines + [ended(f"{rest}{begin}{each}") for each in texts[1:]])

    def recalled(self, said: speech.Spoken, event: speech.Recalled) -> str:
        """An earlier message, which begins with its time where lines have none of their own."""
        if self.has_time or isinstance(said, speech.Reacted):
            return self.lines_of(said, event.id, event.at)
        said = replace(said, text=f"[{event.when}] {said.text}")
        lines = self.lines_of(said, 0, event.at)  # it is not split as the message was
        return with_tag(lines, f"msgid={event.id}") if self.has_tags else lines

    def _batch(
        self, by: str, target: str, tags: str, begin: str, pieces: Sequence[Piece], entry_id: int
    ) -> str:
        """A message of several lines, as a batch for clients that understand it."""
        batch = f"m{entry_id}"
        lines = [
            ended(f"@batch={batch}{f';{CONCAT}' if piece.goes_on else ''} {begin}{piece.text}")
            for piece in pieces
        ]
        start = ended(f"{tags}{by} BATCH +{batch} {BATCH} {target}")
        return "".join([start, *lines, ended(f":{self._name} BATCH -{batch}")])


Word = Callable[[Wording, Any, int, float], str]
_WORDS: dict[type[Event], Word] = {}
_BESIDE: dict[type[Event], Word] = {}  # lines beside those, when the event happens, not in history


def words(*kinds: type[Event], beside: bool = False) -> Callable[[Word], Word]:
    """Register a function that words some kinds of events.

    beside: whether it words what else clients are to know when such an event happens.
    """

    def register(function: Word) -> Word:
        (_BESIDE if beside else _WORDS).update(dict.fromkeys(kinds, function))
        return function

    return register


_NOTICES = (speech.Noticed, speech.DirectlyNoticed)
_ACTS = (speech.Acted, speech.DirectlyActed)


@words(speech.Said, speech.Direct, *_NOTICES, *_ACTS)
def _spoken(to: Wording, event: speech.Spoken, entry_id: int, at: float) -> str:
    target = event.to if isinstance(event, speech.Direct) else event.room or LOBBY
    verb = "NOTICE" if isinstance(event, _NOTICES) else "PRIVMSG"
    text = action(event.text.replace("\n", " ")) if isinstance(event, _ACTS) else event.text
    facts = (event.speaker, target, text, entry_id, at, event.account)
    return to.spoken(*facts, verb, event.reply_to)


@words(speech.Left, speech.LeftNotice, speech.Queued)
def _offline(to: Wording, event: speech.Left | speech.Queued, entry_id: int, at: float) -> str:
    return to.lines_of(event.direct, entry_id, at)


@words(speech.Waited)
def _waited(to: Wording, event: speech.Waited, entry_id: int, at: float) -> str:
    said = event.said.direct if isinstance(event.said, speech.Left) else event.said
    return to.recalled(said, event)


@words(rooms.ChangedRoom)
def _changed(to: Wording, event: rooms.ChangedRoom, entry_id: int, at: float) -> str:
    return to.by(event.name, f"MODE {event.room} {modes.changes(event.changes)}", entry_id, at)


@words(Noted)
def _noted(to: Wording, event: Noted, entry_id: int, at: float) -> str:
    return to.by(event.name, event.change, 0, at) if event.cap in to.caps else ""


@words(Elsewhere)
def _elsewhere(to: Wording, event: Elsewhere, entry_id: int, at: float) -> str:
    return to.lines_of(event.what, 0, at)


@words(Relayed)
def _relayed(to: Wording, event: Relayed, entry_id: int, at: float) -> str:
    if event.verb == "TAGMSG" and not to.has_tags:
        return ""
    text = f" :{event.text}" if event.text else ""
    begin = to.tags(entry_id, at, event.account, to.tagged(event.speaker, event.tags))
    return ended(f"{begin}:{to.source(event.speaker)} {event.verb} {event.room}{text}")


@words(rooms.TopicSet)
def _topic_set(to: Wording, event: rooms.TopicSet, entry_id: int, at: float) -> str:
    return to.by(event.name, f"TOPIC {event.room} :{event.topic}", entry_id, at)


@words(rooms.Owned)
def _owned(to: Wording, event: rooms.Owned, entry_id: int, at: float) -> str:
    return to.own(f"MODE {event.room} +o {event.name}", entry_id, at)


@words(rooms.GivenUp)
def _given_up(to: Wording, event: rooms.GivenUp, entry_id: int, at: float) -> str:
    return to.by(event.name, f"MODE {event.room} -o {event.name}", entry_id, at)


@words(answers.Notice, answers.Admitted, answers.Dismissed, answers.Invited, answers.Knocked)
def _notice(to: Wording, event: answers.Notice, entry_id: int, at: float) -> str:
    return to.notice(event, at)


@words(speech.Past)
def _past(to: Wording, event: speech.Past, entry_id: int, at: float) -> str:
    return to.lines_of(event.said, event.id, event.at)


@words(rooms.RoomRenamed)
def _room_renamed(to: Wording, event: rooms.RoomRenamed, entry_id: int, at: float) -> str:
    if not to.has_rename:
        return ""
    return to.by(event.name, f"RENAME {event.room} {event.new} :{event.why}", entry_id, at)
