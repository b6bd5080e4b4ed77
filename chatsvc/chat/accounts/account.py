"""An account: what is kept of a name that belongs to somebody."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.ignored import Ignored

if TYPE_CHECKING:
    from chatsvc.chat.accounts.untold import Untold
    from chatsvc.chat.logs.room import Room


MOST_ABSENCES = 10  # that are told apart in one room


class Account:
    """A name that is somebody's own.

    name: as it is written.
    hashed: what is kept of the password; empty until that is made.
    cursors: up to where its owner has read, by the keys of the rooms that the owner is in, or was
        in last.
    missed: what was said there while the owner was away, and is yet to be asked for: by the rooms'
        keys, behind which position and up to which, once for each absence.
    code: what is kept of that with which the owner can set another password, and until when it is
        good; empty and 0 if there is none.
    era: changes when all sessions of the owner and all tokens are ended: those of another are good
        no longer, whatever else the store still holds of them.
    tokens: with which the owner can come back, by their digests: until when, behind which id, and
        of which era.
    ignored: of whom the owner wants to see nothing.
    untold: what has happened to the owner, who may have missed it.
    said: what the owner had said last with a nonce when leaving, as in `User`.
    kept: its record in the store; empty if it has none.
    is_being_kept: the store is about to keep another.
    """

    __slots__ = (
        "code",
        "cursors",
        "era",
        "hashed",
        "ignored",
        "is_being_kept",
        "kept",
        "missed",
        "name",
        "said",
        "tokens",
        "untold",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.hashed = ""
        self.code = ("", 0.0)
        self.cursors: dict[str, int] = {}
        self.missed: dict[str, list[tuple[int, int]]] = {}
        self.era = new_era()
        self.tokens: dict[str, tuple[float, int, str]] = {}
        self.ignored = Ignored()
        self.untold: tuple[Untold, ...] = ()
        self.said: dict[str, tuple[Room, int]] = {}
        self.kept = ""
        self.is_being_kept = False

    @property
    def record(self) -> str:
        """What the store keeps of it."""
        facts = {
            "name": self.name,
            "password": self.hashed,
            "code": self.code,
            "era": self.era,
            "cursors": self.cursors,
            "missed": self.missed,
            "tokens": self.tokens,
            "ignored": self.ignored.record,
            "untold": self.untold,
        }
        return json.dumps(facts, ensure_ascii=False)

    def enter(self, key: str, head: int) -> None:
        """Note that the owner is in a room, whose newest event stands at a position."""
        self.cursors.setdefault(key, head)

    def leave(self, key: str) -> None:
        """Note that the owner is in a room no longer, and is not to be when coming back."""
        self.cursors.pop(key, None)
        self.missed.pop(key, None)

    def read(self, key: str, position: int) -> None:
        """Note how far one of the owner's connections has read."""
        if position > self.cursors.get(key, position):
            self.cursors[key] = position

    def come_back(self, key: str, head: int) -> None:
        """Note that the owner has missed what was said up to a position."""
        cursor = self.cursors[key]
        if cursor >= head:
            return
        missed = self.missed.setdefault(key, [])
        missed.append((cursor, head))
        if len(missed) > 1 and missed[-2][1] >= cursor:
            missed[-2:] = [(missed[-2][0], head)]
        elif len(missed) > MOST_ABSENCES:
            # Rather is something shown that was read than left out what was not.
            missed[:2] = [(missed[0][0], missed[1][1])]

    def show(self, key: str, position: int) -> None:
        """Note that what was missed in a room was shown, up to a position."""
        missed = self.missed.pop(key, [])
        left = [(max(start, position), end) for start, end in missed if end > position]
        if left:
            self.missed[key] = left


def new_era() -> str:
    """One that no other account has had either, as its name may be somebody else's later."""
    return secrets.token_hex(8)
