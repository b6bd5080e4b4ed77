"""An act of moderation, and its wording."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.rooms.roles import Role
from chatsvc.clock import ahead
from chatsvc.events.orders import has_words
from chatsvc.text.names import is_administrator
from chatsvc.text.spans import words

if TYPE_CHECKING:
    from chatsvc.clock import Clock

SERVER = ""  # the room key of acts on the whole server, which is the lobby's

DONE = {
    "ban": "banned",
    "mute": "muted",
    "exempt": "exempted",
    "admit": "let in",
    "op": "made a moderator",
    "voice": "given voice",
    "moderated": "made moderated",
}
PAST = {
    "kick": "kicked",
    "ban": "banned",
    "mute": "muted",
    "exempt": "exempted",
    "admit": "let in",
    "op": "made a moderator of",
    "voice": "gave voice to",
    "moderated": "made it moderated",
    "redact": "removed",
    "owner": "gave the room to",
    "reset": "let somebody reset the password of",
    "remove": "removed the account of",
    "rename": "renamed the account",
    "delete": "deleted the room",
    "clear": "deleted the messages in",
    "restore": "restored the store",
}


@dataclass(slots=True)
class Act:
    """An act of moderation.

    id: increases throughout the server.
    kind: the command, such as ban.
    room_key: of its room; SERVER for the whole server.
    actor: the moderator's name.
    rank: the moderator's role at that time; an act against an address hits only lower roles.
    name: of the target, as people know it; empty for none.
    keys: of the target; see `targets`.
    reason: in words; empty for none.
    at: when it was done, like all times here by the steady clock.
    until: when it ends; infinite if it has to be undone.
    undone_by: the name of the person who undid it; empty if nobody has.
    undone_at: when it was undone.
    undone_why: the reason, in words.
    is_kept: whether it is stored, and so counts.
    event_id: of the event that told its room; only for removed messages. 0 if it was not told yet.
    was_told: whether its target knows of it; not stored, and assumed after a restart.
    """

    id: int
    kind: str
    room_key: str
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
    event_id: int = 0
    is_kept: bool = False
    was_told: bool = False

    def is_in_force(self, now: float) -> bool:
        """Whether it is still in effect."""
        return not self.undone_by and self.lasts and self.until > now

    @property
    def span(self) -> str:
        """Its duration in words; empty if it has no end, or was over at once."""
        return words(round(self.until - self.at)) if self.lasts and self.until < inf else ""

    @property
    def lasts(self) -> bool:
        """Whether it has a duration, allowing for the difference of two clocks."""
        return self.until - self.at > 0.5

    def ends_at(self, clock: Clock) -> str:
        """Its end in words; empty if it has no end, or was over at once."""
        return _when(self.until, clock) if self.lasts and self.until < inf else ""

    def term(self, clock: Clock) -> str:
        """Its duration and end, in words."""
        return (
            f"for {self.span}, until {self.ends_at(clock)}" if self.span else "until that is undone"
        )

    @property
    def what(self) -> str:
        """Who did what to whom, for the journal, without addresses."""
        whom = "everybody" if self.label != self.name else self.name
        return " ".join(filter(None, [self.actor, PAST.get(self.kind, self.kind), whom]))

    def end(self, clock: Clock) -> str:
        """Its end, for the journal; empty if it is over at once."""
        if self.until == inf:
            return " until it is undone"
        at = time.strftime("%Y-%m-%dT%H:%M%z", time.localtime(self.until + ahead(clock)))
        return f" until {at}" if self.lasts else ""

    @property
    def label(self) -> str:
        """The name of its target for everybody; addresses are for moderators only."""
        is_address = "." in self.name or ":" in self.name
        return "an address" if is_address and not has_words(self.name) else self.name

    @property
    def why(self) -> str:
        """The reason, as the end of a sentence."""
        return f': "{self.reason}"' if self.reason else ""

    @property
    def done(self) -> str:
        """The act as a participle, such as banned."""
        return DONE.get(self.kind, self.kind)

    def line(self, clock: Clock) -> str:
        """The act in one line, for the log."""
        during = f" for {self.span}" if self.span else ""
        what = " ".join(filter(None, [self.actor, PAST.get(self.kind, self.kind), self.name]))
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
        """The rest of its duration in words."""
        if self.until == inf:
            return "until that is undone"
        left = _about(self.until - clock.seconds())
        return f"for {left} more, until {_when(self.until, clock)}"

    def notice(self, room: str, owner: str, clock: Clock) -> str:
        """The notice to its target: what, for how long, by whom and why; and what to do about it.

        room: its name; empty for the whole server.
        owner: the name of the room's owner; empty for nobody.
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
        notice = f"{what}, by {self.actor} (act {self.id}){self.why}."
        if self.kind == "op":
            return f"{notice} You can /kick, /mute, /ban and /voice people there. See /help ban."
        if self.kind == "voice":
            return notice
        if self.kind == "kick":
            notice += f" You can {f'/join {room}' if room else 'connect'} again."
        if is_administrator(self.actor) or (not room and self.kind != "mute"):
            return f"{notice} If that is wrong, tell who runs this server."
        other = f" or the owner, {owner}" if owner and owner != self.actor else ""
        return f"{notice} If that is wrong, /dm {self.actor}{other}."

    def record(self, clock: Clock) -> str:
        """Its record for the store, with times of the system's clock."""
        facts = asdict(self)
        facts["place"] = facts.pop("room_key")
        del facts["is_kept"], facts["was_told"]
        for when in ("at", "until", "undone_at"):
            facts[when] += ahead(clock)
        return json.dumps(facts | {"until": None if self.until == inf else facts["until"]})

    @classmethod
    def recorded(cls, record: str, clock: Clock) -> Act:
        """The act of a record."""
        facts = json.loads(record)
        facts["room_key"] = facts.pop("place")
        facts["until"] = inf if facts["until"] is None else facts["until"]
        facts.setdefault("event_id", 1)  # older records have none: it was told long ago
        for when in ("at", "until", "undone_at"):
            facts[when] -= ahead(clock)
        facts |= {"rank": Role(facts["rank"]), "keys": tuple(facts["keys"])}
        return cls(**facts, is_kept=True, was_told=True)


def _when(at: float, clock: Clock) -> str:
    """A time of day, with the date if it is not today."""
    then, today = time.localtime(at + ahead(clock)), time.localtime(clock.now())
    form = "%H:%M" if then[:3] == today[:3] else "%Y-%m-%d %H:%M"
    return time.strftime(form, then)


def _about(seconds: float) -> str:
    """A span of time in words, rounded up."""
    seconds = round(seconds, 1)  # both ends of the span are inexact
    for unit, letter, most in ((1, "s", 120), (60, "m", 120), (3600, "h", 48)):
        if seconds <= unit * most:
            return f"{-(-seconds // unit):.0f}{letter}"
    return f"{-(-seconds // 86400):.0f}d"
