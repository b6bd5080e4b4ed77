"""Messages: said now, or recalled."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import ClassVar

from chatsvc.events.event import LOBBY, Author, Event, event

_REASON = ': "'  # precedes a reason
MOST_REACTED = 32  # characters of a reaction
_UNNAMED = ("", LOBBY)  # rooms whose lines do not begin with the name


@event
class Spoken(Event):
    """A message of any kind; unlike other events, it is stored.

    room: the name of the room, which precedes the text except in the lobby; empty for a direct
        message.
    nonce: given by the speaker; empty for none.
    account: the name of the speaker's account; empty for guests, and if unknown.
    reply_to: the id of the message that it answers, or reacts to; 0 for none.
    """

    speaker: str
    text: str
    room: str = ""
    nonce: str = ""
    account: str = ""
    reply_to: int = field(default=0, kw_only=True)

    @property
    def author(self) -> Author:
        """The speaker."""
        is_hook = self.speaker.endswith("]")  # which no person's name has
        return Author(self.speaker, self.account, self.room if is_hook else "")

    def worded(self, before: str) -> str:
        """The text with the speaker before each line, so that nobody can forge another's line."""
        if self.room not in _UNNAMED:
            before = f"{self.room} {before}"
        if "\n" in self.text:
            return "\n".join([before + line for line in self.text.split("\n")])
        return before + self.text


@event
class Said(Spoken):
    """Somebody said something."""

    def __str__(self) -> str:
        if "\n" in self.text:
            return self.worded(f"{self.speaker}: ")
        if self.room in _UNNAMED:
            return f"{self.speaker}: {self.text}"
        return f"{self.room} {self.speaker}: {self.text}"


@event
class Direct(Said):
    """A direct message.

    to: the name of its recipient.
    """

    to: str = ""


@event
class Noticed(Said):
    """An IRC notice, mostly a bot's: a message that programs do not answer automatically."""


@event
class DirectlyNoticed(Direct):
    """A direct notice."""


@event
class DirectlyActed(Direct):
    """A direct message of what somebody does."""

    def __str__(self) -> str:
        return self.worded(f"* {self.speaker} ")


@event
class Left(Direct):
    """An offline message, as its recipient reads it."""

    @property
    def direct(self) -> Direct:
        """The message as if both had been here."""
        return _as_if_here(self, Direct)

    def __str__(self) -> str:
        return self.worded(f"server: {self.speaker} wrote to you only: ")


@event
class LeftNotice(Left):
    """An offline message that is an IRC notice."""

    @property
    def direct(self) -> Direct:
        """The notice as if both had been here."""
        return _as_if_here(self, DirectlyNoticed)


@event
class Queued(Direct):
    """An offline message that waits for its recipient, as its speaker reads it.

    is_notice: whether it is an IRC notice.
    """

    is_notice: bool = field(default=False, kw_only=True)

    @property
    def direct(self) -> Direct:
        """The message as if both had been here."""
        return _as_if_here(self, DirectlyNoticed if self.is_notice else Direct)

    def __str__(self) -> str:
        return self.worded(f"server: {self.to} is not here. Your message waits: ")


def _as_if_here(event: Left | Queued, kind: type[Direct]) -> Direct:
    """An offline message as one of another kind; what somebody does begins with their name."""
    act, text = f"* {event.speaker} ", event.text
    if kind is Direct and text.startswith(act):
        kind, text = DirectlyActed, text.removeprefix(act)
    facts = (event.speaker, text, "", event.nonce, event.account, event.to)
    return kind(*facts, reply_to=event.reply_to)


@event
class Acted(Spoken):
    """A message of what somebody does."""

    def __str__(self) -> str:
        return self.worded(f"* {self.speaker} ")


@event
class Reacted(Spoken):
    """Somebody reacted to a message; the text is the reaction, mostly an emoji."""

    does: ClassVar[str] = "reacts to"

    def __str__(self) -> str:
        return self.worded(f"* {self.speaker} {self.does} [{self.reply_to}]: ")


@event
class Unreacted(Reacted):
    """Somebody took a reaction back."""

    does: ClassVar[str] = "no longer reacts to"


@event
class DirectlyReacted(Reacted, Direct):
    """Somebody reacted to a direct message."""


@event
class DirectlyUnreacted(Unreacted, DirectlyReacted):
    """Somebody took a reaction to a direct message back."""


@event
class Redacted(Spoken):
    """The note in place of a removed message; its text says who removed it, and why."""

    @property
    def author(self) -> Author:
        """The author of the reason."""
        by, has_reason, _ = self.text.partition(_REASON)
        return Author(by if has_reason else "")

    def without_words(self) -> Event:
        """The note without the reason."""
        return replace(self, text=self.text.partition(_REASON)[0])

    def __str__(self) -> str:
        before = "server" if self.room in _UNNAMED else f"{self.room} server"
        return f"{before}: What {self.speaker} said was removed by {self.text}."


# By kind in the store.
KINDS: dict[str, type[Spoken]] = {
    kind.__name__: kind for kind in (Said, Acted, Noticed, Redacted, Reacted, Unreacted)
}
DIRECT_KINDS: dict[str, type[Direct]] = {
    kind.__name__: kind
    for kind in (
        *(Direct, DirectlyActed, DirectlyNoticed, DirectlyReacted, DirectlyUnreacted),
        *(Left, LeftNotice),
    )
}
REACTIONS = tuple(  # kinds in the store
    name for name, kind in (KINDS | DIRECT_KINDS).items() if issubclass(kind, Reacted)
)
# The direct kind of each kind that can answer a message.
DIRECTLY: dict[type[Said | Reacted], type[Direct]] = {
    Said: Direct,
    Reacted: DirectlyReacted,
    Unreacted: DirectlyUnreacted,
}


@event
class Recalled(Event):
    """An earlier event, for somebody who asks for history, or has joined since.

    id: of the event; 0 for none.
    at: its time, in seconds since the epoch.
    now: the time at which it is told, on whose day times have no date.
    """

    id: int
    at: float
    said: Event
    now: float

    @property
    def author(self) -> Author:
        """The author of the words in it."""
        return self.said.author

    def without_words(self) -> Event | None:
        """The same with what is left of the earlier event; None if nothing is."""
        said = self.said.without_words()
        return None if said is None else replace(self, said=said)

    @property
    def when(self) -> str:
        """Its time, for people."""
        at, today = time.localtime(self.at), time.localtime(self.now)
        return time.strftime("%H:%M" if at[:3] == today[:3] else "%Y-%m-%d %H:%M", at)

    def __str__(self) -> str:
        before = f"[{self.id} {self.when}] "
        return "\n".join([before + line for line in str(self.said).split("\n")])


@event
class SaidAlready(Recalled):
    """The answer to a repeated nonce: the message that was said with it."""


@event
class Past(Recalled):
    """An event of a room that the reader has left meanwhile."""

    def __str__(self) -> str:
        return str(self.said)


@event
class Waited(Recalled):
    """An offline message, told to its recipient at the return."""

    said: Direct

    @property
    def when(self) -> str:
        """Its time, with the date."""
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(self.at))

    def __str__(self) -> str:
        before = f"server: {self.said.speaker} wrote to you only, at {self.when}: "
        return "\n".join([before + line for line in self.said.text.split("\n")])


@event
class NotSaid(Event):
    """A message of the session could not be stored, so nobody sees it."""

    why: str
    line: str
    nonce: str = ""

    def __str__(self) -> str:
        return f"server: Not said, as {self.why}: {self.line}"


@event
class Missed(Event):
    """Lines were forgotten before the session read them.

    lines: how many.
    """

    lines: int

    def __str__(self) -> str:
        return f"server: You missed {self.lines} {'line' if self.lines == 1 else 'lines'}."
