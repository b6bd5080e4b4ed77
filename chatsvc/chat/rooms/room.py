"""One room that people join."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatsvc.chat.accounts.account import NO_METADATA
from chatsvc.chat.logs.log import Entry, line_of
from chatsvc.chat.logs.room import Room
from chatsvc.chat.people.keys import account_key, guest_key
from chatsvc.events.rooms import RoomRenamed
from chatsvc.events.speech import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.people.user import User
    from chatsvc.store import Stored

# The flags that an owner can set: only moderators set the topic; only people with accounts join;
# nobody sends CTCP to the room; people outside may speak there.
TOPIC_LOCKED, ACCOUNTS_ONLY, NO_CTCP, EXTERNAL = FLAGS = "tRCx"
RECENT_BYTES = 16 * 1024  # of the backlog


class NamedRoom(Room):
    """A room that people can join.

    name: with its #.
    occupants: those who have joined, in that order, each with the id of the last event before that;
        none in the lobby, where everyone is.
    former: its former name; empty for none.
    renamed_at: when it got its name, in seconds since the epoch; 0.0 if it was never renamed.
    topic: in words; empty for none.
    made_at: when it was made, in seconds since the epoch; 0.0 if unknown.
    topic_by: the name of the person who set the topic; empty if unknown.
    topic_at: when the topic was set, in seconds since the epoch.
    topic_id: of the event that told the room of the topic; 0 if there is none, or none yet.
    limit: the most occupants, invited ones aside; 0 for any number.
    flags: the FLAGS that its owner has set.
    metadata: by key, for clients to show; never changed in place.
    owner: its owner, if here, or kicked out and still on the server; else None.
    owner_account: the name of the account that owns it; empty if a guest or nobody does.
    promised_to: the name of the account, or the key of the guest, that is about to own it; empty
        for nobody.
    password: the key that people need to join; empty for none.
    privacy: public, hidden or invite-only.
    invited: the people who can join without the key, and in spite of privacy and limit; each with
        the `share_key` of who has invited them.
    is_changing: whether a change is on its way to the store.
    is_persistent: whether it stays when empty; for a day, if no account owns it.
    is_to_stay: whether it is being made persistent.
    made_from: the address from which it was made; None if unknown, as after a restart.
    is_fixed: whether the server's settings name it, so that it always exists.
    empty_since: when the last occupant left, by the system's clock; None if it is not empty.
    heir: the key of the guest who owned it last; empty for none.
    has_history: whether anything was said in it.
    is_restricted: whether somebody in it may be muted, or without voice.
    keep: how many seconds its messages are kept; None for the server's default.
    recent: the last messages, for the backlog.
    """

    __slots__ = (
        "_recent_bytes",
        "empty_since",
        "flags",
        "former",
        "has_history",
        "heir",
        "invited",
        "is_changing",
        "is_fixed",
        "is_persistent",
        "is_restricted",
        "is_to_stay",
        "keep",
        "limit",
        "made_at",
        "made_from",
        "metadata",
        "name",
        "occupants",
        "owner",
        "owner_account",
        "password",
        "privacy",
        "promised_to",
        "recent",
        "renamed_at",
        "topic",
        "topic_at",
        "topic_by",
        "topic_id",
    )

    key: str

    def __init__(self, name: str, key: str, backlog: int) -> None:
        super().__init__(key)
        self.name = name
        self.occupants: dict[User, int] = {}
        self.owner: User | None = None
        self.owner_account = self.promised_to = ""
        self.topic = self.topic_by = ""
        self.topic_at = self.made_at = 0.0
        self.topic_id = 0
        self.former = ""
        self.renamed_at = 0.0
        self.limit = 0
        self.flags = ""
        self.metadata = NO_METADATA
        self.password = ""
        self.privacy = "public"
        self.invited: dict[User, str] = {}
        self.is_changing = self.is_fixed = False
        self.is_persistent = self.is_to_stay = False
        self.made_from: str | None = None
        self.empty_since: float | None = None
        self.heir = ""
        self.has_history = False
        self.is_restricted = False
        self.keep: float | None = None
        self.recent: deque[Entry] = deque(maxlen=backlog)
        self._recent_bytes = 0  # of those, or more

    @property
    def owner_key(self) -> str:
        """The key of its owner; empty for nobody."""
        if self.owner_account:
            return account_key(self.owner_account)
        return guest_key(self.owner) if self.owner is not None else self.heir

    @property
    def owner_name(self) -> str:
        """The name of its owner; empty for nobody."""
        return self.owner_account or (self.owner.name if self.owner is not None else "")

    @property
    def stays(self) -> bool:
        """Whether it is kept for good when empty."""
        return self.is_fixed or (self.is_persistent and bool(self.owner_account))

    def is_of(self, owner: str, address: str | None) -> bool:
        """Whether it belongs to an account; or, without an account, to guests from an address.

        owner: the name of the account; empty for none.
        """
        if owner and self.promised_to == owner:
            return True
        is_from_there = self.made_from == address and address is not None
        if self.owner_key and (owner or self.owner_account):
            return self.owner_account == owner
        return is_from_there  # also if it was given up

    def belong_to(self, user: User) -> None:
        """Make somebody its owner."""
        self.owner = user
        self.heir = guest_key(user)

    def belong_again(self, user: User) -> None:
        """Make a guest who joins the owner again, if that guest was the last owner."""
        if self.heir == guest_key(user) and self.owner is None and not self.owner_account:
            self.owner = user

    def entry_of(self, stored: Stored) -> Entry:
        """The entry of a stored message."""
        kind = KINDS[stored.kind]
        facts = (stored.speaker, stored.text, self.name, stored.nonce, stored.account)
        event = kind(*facts, reply_to=stored.reply_to)
        return Entry(stored.id, self.log, stored.at, event, str(event).encode())

    def remember(self, said: Sequence[Entry]) -> None:
        """Add messages to the backlog, which drops its oldest."""
        self.has_history = True
        self.recent.extend(said)
        self._recent_bytes += sum(map(len, map(line_of, said)))
        if self._recent_bytes > RECENT_BYTES:
            self._recent_bytes = sum([len(entry.line) for entry in self.recent])
            while self._recent_bytes > RECENT_BYTES:
                self._recent_bytes -= len(self.recent.popleft().line)

    def under_its_name(self, entry: Entry) -> Entry:
        """An entry with the room's current name in place of a former one."""
        event: Any = entry.event
        if isinstance(event, RoomRenamed) or getattr(event, "room", self.name) == self.name:
            return entry
        event = replace(event, room=self.name)
        return entry._replace(event=event, line=str(event).encode())

    def replace(self, entry: Entry) -> None:
        """Replace the entry with the same id, if it is still in memory."""
        self.log.replace(entry)
        for index, each in enumerate(self.recent):
            if each.id == entry.id:
                self.recent[index] = entry

    def forget_up_to(self, last_id: int) -> None:
        """Drop messages up to an id."""
        while self.recent and self.recent[0].id <= last_id:
            self.recent.popleft()

    def forget_before(self, at: float) -> None:
        """Drop messages from before a time."""
        while self.recent and self.recent[0].at < at:
            self.recent.popleft()
