"""One account: a name that belongs to somebody, with its data."""

from __future__ import annotations

import json
import secrets

from chatsvc.chat.accounts.ignored import NOBODY, Ignored
from chatsvc.chat.accounts.missed_notices import MissedNotice
from chatsvc.chat.accounts.recent_nonces import NO_NONCES

MOST_ABSENCES = 10  # from one room
NO_METADATA: dict[str, str] = {}  # shared by all that have none; it stays empty
NO_CODE = ("", 0.0, 0.0)


class Account:
    """An account.

    name: as the owner writes it.
    hashed: the hash of the password; empty until it is made.
    scram: the stored and server keys of SCRAM-SHA-256; empty for none.
    certificates: the fingerprints of the TLS certificates that log the owner in.
    cursors: the read markers of the rooms that the owner is in, or was last in, by their keys.
    marks: the times up to which IRC clients of the owner have read, by name of room or person.
    metadata: the owner's metadata, by key; never changed in place.
    refuses_guests: whether guests cannot write to the owner.
    missed: the ranges of positions that the owner has missed and not asked for yet, by the rooms'
        keys: for each absence, the position after which it began, and that at which it ended.
    code: the digest of a code to set another password; when it expires, by the steady clock; and
        the same by the system's, for the store.
    era: changes when all of the owner's sessions and tokens are ended; tokens of an earlier era are
        void, even if the store still has them.
    tokens: by digest: when each expires, the id after which it resumes, and its era.
    ignored: the people whom the owner ignores.
    missed_notices: the notices that the owner may have missed.
    nonces: of the owner's last messages before leaving, as in `User`; kept for the owners who left
        last.
    kept: its record in the store; empty for none.
    is_being_kept: whether a new record is on its way to the store.
    made_from: the address that has made it since the server started; None if unknown.
    """

    __slots__ = (
        "certificates",
        "code",
        "cursors",
        "era",
        "hashed",
        "ignored",
        "is_being_kept",
        "kept",
        "made_from",
        "marks",
        "metadata",
        "missed",
        "missed_notices",
        "name",
        "nonces",
        "refuses_guests",
        "scram",
        "tokens",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.hashed = ""
        self.scram = ""
        self.certificates: tuple[str, ...] = ()
        self.code = NO_CODE
        self.cursors: dict[str, int] = {}
        self.missed: dict[str, list[tuple[int, int]]] = {}
        self.marks: dict[str, float] = {}
        self.metadata = NO_METADATA
        self.refuses_guests = False
        self.era = new_era()
        self.tokens: dict[str, tuple[float, int, str]] = {}
        self.ignored = NOBODY
        self.missed_notices: tuple[MissedNotice, ...] = ()
        self.nonces = NO_NONCES
        self.kept = ""
        self.is_being_kept = False
        self.made_from: str | None = None

    @classmethod
    def of(cls, record: str, to_steady: float) -> Account:
        """The account of a record from the store.

        to_steady: the seconds from a time by the system's clock to the same by the steady one.
        """
        facts = json.loads(record)
        account = cls(facts["name"])
        account.hashed = facts["password"]
        digest, until = facts.get("code", ("", 0.0))  # older records have none
        account.code = (digest, until + to_steady, until) if digest else NO_CODE
        account.cursors = facts["cursors"]
        account.missed = {
            key: [(start, end) for start, end in missed]
            for key, missed in facts.get("missed", {}).items()  # older records have none
        }
        account.scram = facts.get("scram", "")  # the same
        account.certificates = tuple(facts.get("certificates", ()))  # the same
        account.marks = facts.get("marks", {})  # the same
        account.metadata = facts.get("metadata", NO_METADATA)  # the same
        account.refuses_guests = facts.get("refuses_guests", False)  # the same
        account.era = facts.get("era", "")  # the same
        account.tokens = {
            key: (until, seen, era[0] if era else "")
            for key, (until, seen, *era) in facts.get("tokens", {}).items()  # the same
        }
        account.ignored = Ignored.of(facts.get("ignored", []))  # the same
        account.missed_notices = tuple([MissedNotice(*each) for each in facts.get("untold", [])])
        account.kept = record
        return account

    @property
    def record(self) -> str:
        """Its record for the store."""
        digest, _, until = self.code
        facts = {
            "name": self.name,
            "password": self.hashed,
            "scram": self.scram,
            "certificates": self.certificates,
            "code": (digest, until),
            "era": self.era,
            "cursors": self.cursors,
            "missed": self.missed,
            "marks": self.marks,
            "metadata": self.metadata,
            "refuses_guests": self.refuses_guests,
            "tokens": self.tokens,
            "ignored": self.ignored.record,
            "untold": self.missed_notices,
        }
        return json.dumps(facts, ensure_ascii=False)

    def copy(self, name: str) -> Account:
        """A copy under another name and in the same era, which is not stored yet."""
        copy = Account(name)
        for fact in self.__slots__:
            if fact not in ("name", "kept", "is_being_kept"):
                setattr(copy, fact, getattr(self, fact))
        return copy

    def enter(self, key: str, head: int) -> None:
        """Set the read marker of a room that the owner joins, whose newest position is `head`."""
        self.cursors.setdefault(key, head)

    def leave(self, key: str) -> None:
        """Drop the read marker of a room that the owner has left."""
        self.cursors.pop(key, None)
        self.missed.pop(key, None)

    def read(self, key: str, position: int) -> bool:
        """Advance the read marker of a room; returns whether it was behind."""
        if position <= self.cursors.get(key, position):
            return False
        self.cursors[key] = position
        return True

    def come_back(self, key: str, head: int) -> None:
        """Note everything up to a position as missed."""
        cursor = self.cursors[key]
        if cursor >= head:
            return
        missed = self.missed.setdefault(key, [])
        missed.append((cursor, head))
        if len(missed) > 1 and missed[-2][1] >= cursor:
            missed[-2:] = [(missed[-2][0], head)]
        elif len(missed) > MOST_ABSENCES:
            # Better to show something twice than to leave something out.
            missed[:2] = [(missed[0][0], missed[1][1])]

    def show(self, key: str, position: int) -> None:
        """Note that missed messages of a room were shown up to a position."""
        missed = self.missed.pop(key, [])
        left = [(max(start, position), end) for start, end in missed if end > position]
        if left:
            self.missed[key] = left


def new_era() -> str:
    """A new era, unique among all accounts: the name may belong to somebody else later."""
    return secrets.token_hex(8)
