"""An act: what somebody has done to keep order, and how that reads."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.rooms.roles import Role
from chatsvc.clock import ahead
from chatsvc.text.spans import words

if TYPE_CHECKING:
    from chatsvc.clock import Clock

SERVER = ""  # the place that is the whole server: the lobby's key

DONE = {
    "ban": "banned",
    "mute": "muted",
    "op": "made a moderator",
    "voice": "given voice",
    "moderated": "made moderated",
}
_PAST = {
    "kick": "kicked",
    "ban": "banned",
    "mute": "muted",
    "op": "made a moderator of",
    "voice": "gave voice to",
    "moderated": "made it moderated",
    "redact": "removed",
    "owner": "gave the room to",
    "reset": "let somebody reset the password of",
    "remove": "removed the account of",
}


@dataclass(slots=True)
class Act:
    """Something that somebody did to keep order.

    id: increases through the whole server.
    kind: the command, such as ban.
    place: the key of the room; SERVER if it is everywhere.
    actor: the name of who did it.
    rank: the role of that one then: whom an address could stand for, it hits only below that.
    name: of whom it hits, as people read it; empty if it hits nobody.
    keys: of whom it hits; see `targets`.
    reason: in words; empty if none was given.
    at: when it was done; this and the other times are by the clock that nobody can set.
    until: when it ends; infinite if it has to be undone.
    undone_by: the name of who has undone it; empty if nobody has.
    undone_at: when.
    undone_why: in words.
    is_kept: whether the store holds it, and so it counts.
    was_told: whom it hits has learned of it; not kept, and taken to be so after a restart.
    """

    id: int
    kind: str
    place: str
    actor: str
    rank: Role
    name: str
    keys: tuple[str, ...]
    reason: str
    at: float
    until: float
    undone_by: str = ""
    undone_at: float = 0.0
    undone_why: str = ""
    is_kept: bool = False
    was_told: bool = False

    def is_in_force(self, now: float) -> bool:
        """Whether it still has an effect."""
        return not self.undone_by and self.lasts and self.until > now

    @property
    def span(self) -> str:
        """For how long it was meant, in words; empty if it has no end, or was over at once."""
        return words(round(self.until - self.at)) if self.lasts and self.until < inf else ""

    @property
    def lasts(self) -> bool:
        """Whether it was not over at once, but for what two clocks differ by."""
        return self.until - self.at > 0.5

    def ends_at(self, clock: Clock) -> str:
        """When it ends, in words; empty if it has no end, or was over at once."""
        return _when(self.until, clock) if self.lasts and self.until < inf else ""

    def term(self, clock: Clock) -> str:
        """For how long it was meant, and until when, in words."""
        return (
            f"for {self.span}, until {self.ends_at(clock)}" if self.span else "until that is undone"
        )

    @property
    def what(self) -> str:
        """Who did what to whom, for the journal; whose address that is, does not belong there."""
        whom = "everybody" if self.shown != self.name else self.name
        return " ".join(filter(None, [self.actor, _PAST.get(self.kind, self.kind), whom]))

    @property
    def where(self) -> str:
        """The room, for the journal: what stands behind its name in the key is for us only."""
        return self.place.partition("/")[0] or "the whole server"

    def end(self, clock: Clock) -> str:
        """Until when it is, for the journal; empty if it is over at once."""
        if self.until == inf:
            return " until it is undone"
        at = time.strftime("%Y-%m-%dT%H:%M%z", time.localtime(self.until + ahead(clock)))
        return f" until {at}" if self.lasts else ""

    @property
    def shown(self) -> str:
        """Whom it hits, as everybody may read it: addresses are for those who keep order."""
        return "an address" if "." in self.name or ":" in self.name else self.name

    @property
    def why(self) -> str:
        """The reason, as it stands behind something."""
        return f': "{self.reason}"' if self.reason else ""

    @property
    def done(self) -> str:
        """What it has made of whom it hits."""
        return DONE.get(self.kind, self.kind)

    def line(self, clock: Clock) -> str:
        """All that there is to know of it."""
        during = f" for {self.span}" if self.span else ""
        what = " ".join(filter(None, [self.actor, _PAST.get(self.kind, self.kind), self.name]))
        line = f"[{self.id} {_when(self.at, clock)}] {what}{during}{self.why}"
        if self.undone_by:
            undone = f"undone by {self.undone_by} at {_when(self.undone_at, clock)}"
            why = f': "{self.undone_why}"' if self.undone_why else ""
            return f"{line}; {undone}{why}"
        if not self.lasts:
            return line
        if self.until <= clock.seconds():
            return f"{line}; ended at {_when(self.until, clock)}"
        return line if self.until == inf else f"{line}; ends at {_when(self.until, clock)}"

    def rest(self, clock: Clock) -> str:
        """How long it still holds, in words."""
        if self.until == inf:
            return "until that is undone"
        left = _about(self.until - clock.seconds())
        return f"for {left} more, until {_when(self.until, clock)}"

    def told(self, room: str, owner: str, clock: Clock) -> str:
        """What it is to whom it hits: what, for how long, by whom, why; and what to do.

        room: its name; empty if it is everywhere.
        owner: the name of whose it is; empty if it is nobody's.
        """
        rest = self.rest(clock)
        at = f"in {room}" if room else "on this server"
        what = {
            "kick": f"You were kicked {f'out of {room}' if room else 'off this server'}",
            "ban": f"You are banned from {room or 'this server'} {rest}",
            "mute": f"You are muted {at} {rest}",
            "op": f"You are a moderator of {room}",
            "voice": f"You have voice {at}",
            "redact": f"What you said {at} was removed",
        }[self.kind]
        told = f"{what}, by {self.actor} (act {self.id}){self.why}."
        if self.kind == "op":
            return f"{told} You can /kick, /mute, /ban and /voice people there. See /help ban."
        if self.kind == "voice":
            return told
        if self.kind == "kick":
            told += f" You can {f'/join {room}' if room else 'connect'} again."
        if not room and self.kind != "mute":
            return f"{told} If that is wrong, tell who runs this server."
        other = f" or the owner, {owner}" if owner and owner != self.actor else ""
        return f"{told} If that is wrong, /dm {self.actor}{other}."

    def record(self, clock: Clock) -> str:
        """What the store keeps of it; the times are those of the system's clock."""
        facts = asdict(self)
        del facts["is_kept"], facts["was_told"]
        for when in ("at", "until", "undone_at"):
            facts[when] += ahead(clock)
        return json.dumps(facts | {"until": None if self.until == inf else facts["until"]})

    @classmethod
    def recorded(cls, record: str, clock: Clock) -> Act:
        """What that was made of."""
        facts = json.loads(record)
        facts["until"] = inf if facts["until"] is None else facts["until"]
        for when in ("at", "until", "undone_at"):
            facts[when] -= ahead(clock)
        facts |= {"rank": Role(facts["rank"]), "keys": tuple(facts["keys"])}
        return cls(**facts, is_kept=True, was_told=True)


def _when(at: float, clock: Clock) -> str:
    """A time of day, with the date when that is not today's."""
    then, today = time.localtime(at + ahead(clock)), time.localtime(clock.now())
    form = "%H:%M" if then[:3] == today[:3] else "%Y-%m-%d %H:%M"
    return time.strftime(form, then)


def _about(seconds: float) -> str:
    """A span of time that is left, rounded up to what matters."""
    seconds = round(seconds, 1)  # the times that it lies between are not exact
    for unit, letter, most in ((1, "s", 120), (60, "m", 120), (3600, "h", 48)):
        if seconds <= unit * most:
            return f"{-(-seconds // unit):.0f}{letter}"
    return f"{-(-seconds // 86400):.0f}d"
