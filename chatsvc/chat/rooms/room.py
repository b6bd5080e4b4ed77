"""A room that people join."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from chatsvc.chat.logs.log import Entry
from chatsvc.chat.logs.room import Room
from chatsvc.chat.people.keys import account_key, guest_key
from chatsvc.events.answers import Notice
from chatsvc.events.speech import KINDS, Recalled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.people.user import User
    from chatsvc.events.event import Event
    from chatsvc.store import Stored

# What an owner can set of a room: only moderators set the topic; only those with accounts may join;
# nobody sends to all in it what is for their clients alone (CTCP); others may speak there, too.
TOPIC_LOCKED, ACCOUNTS_ONLY, NO_CTCP, EXTERNAL = FLAGS = "tRCx"
RECENT_BYTES = 16 * 1024  # of what was said last, kept for those who join


class NamedRoom(Room):
    """A room that people can join.

    name: with its #.
    occupants: who has joined, in that order, each with the id of the last event before that; for
        the lobby nobody, as everyone is there.
    topic: what it is about, if somebody has said so.
    made_at: when it was made, in seconds since the epoch; 0.0 if that is not known.
    topic_by: who has; empty if that is not known.
    topic_at: when, in seconds since the epoch.
    limit: how many can be in it at once, besides those invited; 0 for any number.
    flags: what its owner has set of FLAGS.
    owner: who made it; None when that was somebody who is not here any more.
    owner_account: the name of the account whose owner the room belongs to, here or not; empty if
        it belongs to a guest, or to nobody.
    password: without which nobody can join; empty if there is none.
    privacy: public, hidden or invite-only.
    invited: who can join in spite of all that.
    is_changing: the store is about to keep a change of it.
    is_persistent: it stays when nobody is in it; for a day, if it belongs to no account.
    is_to_stay: the store is about to keep that.
    made_from: the address from which it was made, since the server runs; None if that is not known.
    empty_since: when the last has left, by the system's clock; None while somebody is in it.
    heir: the key of the guest to whom it belonged last; empty if there is none.
    has_history: something was said in it.
    is_restricted: there may be somebody who cannot speak in it.
    keep: for how many seconds what is said here is kept; None if the server's rule holds.
    recent: what was said last.
    """

    __slots__ = (
        "_recent_bytes",
        "empty_since",
        "flags",
        "has_history",
        "heir",
        "invited",
        "is_changing",
        "is_persistent",
        "is_restricted",
        "is_to_stay",
        "keep",
        "limit",
        "made_at",
        "made_from",
        "name",
        "occupants",
        "owner",
        "owner_account",
        "password",
        "privacy",
        "recent",
        "topic",
        "topic_at",
        "topic_by",
    )

    def __init__(self, name: str, key: str, backlog: int) -> None:
        super().__init__(key)
        self.name = name
        self.occupants: dict[User, int] = {}
        self.owner: User | None = None
        self.owner_account = ""
        self.topic = self.topic_by = ""
        self.topic_at = self.made_at = 0.0
        self.limit = 0
        self.flags = ""
        self.password = ""
        self.privacy = "public"
        self.invited: dict[User, None] = {}
        self.is_changing = False
        self.is_persistent = self.is_to_stay = False
        self.made_from: str | None = None
        self.empty_since: float | None = None
        self.heir = ""
        self.has_history = False
        self.is_restricted = False
        self.keep: float | None = None
        self.recent: deque[Entry] = deque(maxlen=backlog)
        self._recent_bytes = 0  # that those take, and some that are gone

    @property
    def place(self) -> str:
        """The key: a room that people can join has one."""
        assert self.key is not None
        return self.key

    @property
    def owner_key(self) -> str:
        """The key of whom it belongs to; empty if that is nobody."""
        if self.owner_account:
            return account_key(self.owner_account)
        return guest_key(self.owner) if self.owner is not None else self.heir

    @property
    def owner_name(self) -> str:
        """The name of whom it belongs to; empty if that is nobody."""
        return self.owner_account or (self.owner.name if self.owner is not None else "")

    @property
    def stays(self) -> bool:
        """Whether it is kept however long nobody is in it."""
        return self.is_persistent and bool(self.owner_account)

    def is_of(self, owner: str, address: str | None) -> bool:
        """Whether it is one of an account's; or of the guests' from an address, without an account.

        owner: the name of the account; empty if there is none.
        """
        if owner or self.owner_account:
            return self.owner_account == owner
        return self.made_from == address and address is not None

    def belong_to(self, user: User) -> None:
        """It belongs to somebody from now on."""
        self.owner = user
        self.heir = guest_key(user)

    def belong_again(self, user: User) -> None:
        """It belongs again to somebody who comes, if it belonged to that guest last."""
        if self.heir == guest_key(user) and self.owner is None and not self.owner_account:
            self.owner = user

    def backlog(self, last_id: int, now: float) -> list[Event]:
        """What was said last, up to an id, as newcomers are told of it."""
        recent = [entry for entry in self.recent if entry.id <= last_id]
        if not recent:
            return []
        return [
            Notice(f"Said last in {self.name}:", self.name),
            *[Recalled(entry.id, entry.at, entry.event, now) for entry in recent],
            Notice("From here on it is new.", self.name),
        ]

    def entry_of(self, stored: Stored) -> Entry:
        """What the store has kept of something said here."""
        kind = KINDS[stored.kind]
        event = kind(stored.speaker, stored.text, self.name, stored.nonce, stored.account)
        return Entry(stored.id, self.log, stored.at, event, str(event).encode())

    def remember(self, said: Sequence[Entry]) -> None:
        """Keep what was said last for those who join, in place of the oldest of it."""
        self.has_history = True
        self.recent.extend(said)
        self._recent_bytes += sum([len(entry.line) for entry in said])
        if self._recent_bytes > RECENT_BYTES:
            self._recent_bytes = sum([len(entry.line) for entry in self.recent])
            while self._recent_bytes > RECENT_BYTES:
                self._recent_bytes -= len(self.recent.popleft().line)

    def replace(self, entry: Entry) -> None:
        """Put an entry in the place of the one that has its id, as far as that is still here."""
        self.log.replace(entry)
        for index, each in enumerate(self.recent):
            if each.id == entry.id:
                self.recent[index] = entry

    def forget_before(self, at: float) -> None:
        """Let go of what was said before a time."""
        while self.recent and self.recent[0].at < at:
            self.recent.popleft()
