"""What people say, and what was said."""

from __future__ import annotations

import time

from chatsvc.events.event import LOBBY, Author, Event, event

_UNNAMED = ("", LOBBY)  # rooms whose lines do not begin with their names


@event
class Spoken(Event):
    """What somebody says, in whatever way; it is kept, other than what only happens.

    room: the name of the room, which stands before it unless it is the lobby; empty between two
        people.
    nonce: by which whoever has said it knows it again; empty if they did not give one.
    account: the name of the speaker's account; empty for guests, and where it was not kept.
    """

    speaker: str
    text: str
    room: str = ""
    nonce: str = ""
    account: str = ""

    @property
    def author(self) -> Author:
        """Whoever says it."""
        return Author(self.speaker, self.account)

    def worded(self, before: str) -> str:
        """Its lines, each behind what tells who says it: nobody can forge a line of another."""
        if self.room not in _UNNAMED:
            before = f"{self.room} {before}"
        if "\n" in self.text:
            return "\n".join([before + line for line in self.text.split("\n")])
        return before + self.text


@event
class Said(Spoken):
    """Somebody said something."""

    def __str__(self) -> str:
        if self.room not in _UNNAMED or "\n" in self.text:
            return self.worded(f"{self.speaker}: ")
        return f"{self.speaker}: {self.text}"


@event
class Direct(Said):
    """Somebody said something to one person only.

    to: the name of that person.
    """

    to: str = ""


@event
class Noticed(Said):
    """Somebody, a bot most of the time, said something that nobody is to answer by itself."""


@event
class DirectlyNoticed(Direct):
    """The same, to one person only."""


@event
class DirectlyActed(Direct):
    """Somebody said to one person only what they do."""

    def __str__(self) -> str:
        return self.worded(f"* {self.speaker} ")


@event
class Left(Direct):
    """Somebody said something to one person only, who was not here; that person reads it."""

    @property
    def direct(self) -> Direct:
        """What was said, as if both had been here."""
        act = f"* {self.speaker} "
        kind = DirectlyActed if self.text.startswith(act) else Direct
        text = self.text.removeprefix(act)
        return kind(self.speaker, text, nonce=self.nonce, account=self.account, to=self.to)

    def __str__(self) -> str:
        return self.worded(f"server: {self.speaker} wrote to you only: ")


@event
class Queued(Direct):
    """Somebody said something to one person only, who is not here; it waits for that person.

    It is told to its speaker.
    """

    def __str__(self) -> str:
        return self.worded(f"server: {self.to} is not here. Your message waits: ")


@event
class Acted(Spoken):
    """Somebody said what they do."""

    def __str__(self) -> str:
        return self.worded(f"* {self.speaker} ")


@event
class Redacted(Spoken):
    """What stands in the place of what somebody said; the text is who has removed it, and why."""

    def __str__(self) -> str:
        before = "server" if self.room in _UNNAMED else f"{self.room} server"
        return f"{before}: What {self.speaker} said was removed by {self.text}."


# By the words under which a store keeps them.
KINDS: dict[str, type[Spoken]] = {kind.__name__: kind for kind in (Said, Acted, Noticed, Redacted)}
DIRECT_KINDS: dict[str, type[Direct]] = {
    kind.__name__: kind for kind in (Direct, DirectlyActed, DirectlyNoticed, Left)
}


@event
class Recalled(Event):
    """Something that was said earlier, to whoever asked for it or has joined since.

    id: its number; 0 if it has none.
    at: when it was said, in seconds since the epoch.
    now: when it is told; a time on another day is told with its date.
    """

    id: int
    at: float
    said: Event
    now: float

    @property
    def author(self) -> Author:
        """Whoever said it."""
        return self.said.author

    @property
    def when(self) -> str:
        """When it was said, for people."""
        at, today = time.localtime(self.at), time.localtime(self.now)
        return time.strftime("%H:%M" if at[:3] == today[:3] else "%Y-%m-%d %H:%M", at)

    def __str__(self) -> str:
        before = f"[{self.id} {self.when}] "
        return "\n".join([before + line for line in str(self.said).split("\n")])


@event
class SaidAlready(Recalled):
    """What somebody has said already, under the nonce under which they say it again."""


@event
class Past(Recalled):
    """Something that happened in a room that the reader has left since."""

    def __str__(self) -> str:
        return str(self.said)


@event
class Waited(Recalled):
    """Something that was said to one person only, who was not here."""

    said: Direct

    @property
    def when(self) -> str:
        """When it was said, with the date."""
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(self.at))

    def __str__(self) -> str:
        before = f"server: {self.said.speaker} wrote to you only, at {self.when}: "
        return "\n".join([before + line for line in self.said.text.split("\n")])


@event
class NotSaid(Event):
    """What a session said could not be kept, so nobody sees it."""

    why: str
    line: str
    nonce: str = ""

    def __str__(self) -> str:
        return f"server: Not said, as {self.why}: {self.line}"


@event
class Missed(Event):
    """A session fell so far behind that this many lines were forgotten before it read them."""

    lines: int

    def __str__(self) -> str:
        return f"server: You missed {self.lines} {'line' if self.lines == 1 else 'lines'}."
