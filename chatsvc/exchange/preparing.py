"""Preparing an import: mapping names, cleaning texts, and counting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatsvc.chat.history.importing import KIND_NAMES, MOST_MESSAGES, PRIVACIES
from chatsvc.chat.rooms.settings import TOPIC_LENGTH
from chatsvc.events import speech
from chatsvc.events.speech import MOST_REACTED
from chatsvc.exchange.names import LONGEST_READ
from chatsvc.exchange.said import Found, Message, Room, Unreadable
from chatsvc.exchange.texts import messages_of
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from chatsvc.exchange.names import Names
    from chatsvc.exchange.spool import Spool

MOST_CLEANED = 4 * TOPIC_LENGTH  # characters of a topic, of which some may be removed
LONGEST_REFERENCE = 400  # characters; a file's name and two numbers in it
EXAMPLES = 5  # places shown of things left out of the same kind
_KINDS = {kind: number for number, kind in enumerate(KIND_NAMES)}
REDACTED = _KINDS["Redacted"]
REACTIONS = [_KINDS[kind] for kind in speech.REACTIONS if kind in _KINDS]


class Prepared:
    """The contents of an export.

    rooms: their names here, in order; a message in the spool has the number of its room.
    named: their names in the export, by their names here.
    facts: the rooms that the export describes, by their names here.
    messages: the number of messages in the spool.
    until: seconds since the epoch; nothing was said after that.
    left_out: for each kind, how many things were left out, and where the first ones are.
    """

    def __init__(self, names: Names, spool: Spool, until: float) -> None:
        self.rooms: dict[str, int] = {}
        self.named: dict[str, str] = {}
        self.facts: dict[str, Room] = {}
        self.messages = 0
        self.left_out: dict[str, tuple[int, list[str]]] = {}
        self.names = names
        self.spool = spool
        self.until = until

    def take(self, found: Iterable[Found]) -> None:
        """Take in the contents of an export. Raises Unreadable."""
        for each in found:
            if isinstance(each, Message):
                self._message(each)
            elif isinstance(each, Room):
                room = self.names.room(each.name)
                if room:
                    self.facts.setdefault(room, self._allowed(room, each))
            else:
                self.leave_out(each.what, each.where)

    def leave_out(self, what: str, where: str = "", number: int = 1) -> None:
        """Count something that is left out."""
        count, places = self.left_out.get(what, (0, []))
        if where and len(places) < EXAMPLES:
            places.append(clean(where))
        self.left_out[what] = (count + number, places)

    def _message(self, message: Message) -> None:
        room = self.names.room(message.room)
        if not room:
            self.leave_out("messages of rooms that are left out")
            return
        if message.at > self.until:
            # `--keep` would never delete it, nor any later message in its room.
            self.leave_out("messages of the future")
            return
        number = self.rooms.setdefault(room, len(self.rooms))
        self.named.setdefault(room, message.room[:LONGEST_READ])
        speaker = self.names.person(message.speaker)
        account = self.names.account(message.account) if message.account else ""
        kind = _KINDS[message.kind]
        ref, answers = [_reference(message.room, each) for each in (message.ref, message.answers)]
        texts = messages_of(message.text)
        is_short = len(texts) == 1 and len(texts[0]) <= MOST_REACTED and "\n" not in texts[0]
        if kind in REACTIONS and not (is_short and answers):
            self.leave_out("reactions of no known form")
            return
        if not texts:
            self.leave_out("messages in which nothing is visible")
        for text in texts:
            self.spool.add((number, message.at, kind, speaker, text, account, ref, answers))
            ref = answers = ""  # those are the first part's
        self.messages += len(texts)
        if self.messages > MOST_MESSAGES:
            raise Unreadable(f"more than {MOST_MESSAGES} messages are in it.")

    def room_of(self, name: str) -> Room:
        """A room as it was there, with the settings that are allowed here."""
        return self.facts.get(name, Room(name))

    def _allowed(self, name: str, facts: Room) -> Room:
        topic = facts.topic[:MOST_CLEANED].encode("utf-8", "replace").decode()
        return facts._replace(
            name=name,
            topic=clean(topic).strip()[:TOPIC_LENGTH],
            topic_by=self.names.person(facts.topic_by) if facts.topic_by else "",
            privacy=facts.privacy if facts.privacy in PRIVACIES else "invite-only",
        )


def _reference(room: str, ref: str) -> str:
    """A reference that is unique among those of all rooms; empty for none, and if it is too long.

    room: the name in the export, as rooms of it that become one here may have used the same.
    """
    return ascii(f"{room[:LONGEST_READ]} {ref}") if 0 < len(ref) <= LONGEST_REFERENCE else ""
