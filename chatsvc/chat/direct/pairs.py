"""Rooms of two, for direct messages."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.allowance import share
from chatsvc.chat.logs.log import Entry
from chatsvc.chat.logs.room import Room
from chatsvc.chat.people.user import User
from chatsvc.errors import ChatError
from chatsvc.events.speech import DIRECT_KINDS, Direct, Left, Spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.people.users import Users
    from chatsvc.store import Stored

    Party = User | Account  # an account where the store keeps what is said

MOST_PAIRS = 100  # rooms of two of one person
# Rooms of two made from one address, fewer when few are left; each takes a kilobyte.
MOST_OF_ADDRESS = 2000
MOST_OF_ALL = 50_000
CHECKED_AT_ONCE = 100  # pairs checked together for whether they are read, when there are too many


class Pair(Room):
    """A room of two people, who may be the same person; nobody else ever reads it.

    key: in the store, if both have accounts and their messages are kept.
    parties: the two, as accounts if there is a key.
    address: of the person who spoke first; None if unknown.
    awaited: the number of events that are not committed.
    """

    __slots__ = ("address", "awaited", "parties")

    def __init__(
        self, parties: frozenset[Party], address: str | None = None, key: str | None = None
    ) -> None:
        super().__init__(key)
        self.parties = parties
        self.address = address
        self.awaited = 0

    def is_read(self) -> bool:
        """Whether everything was sent to both."""
        head = self.log.head
        return not self.awaited and all(each == head for each in self.readers.values())

    def is_seen(self) -> bool:
        """Whether neither needs it to resume: it is stored, or all programs have read it."""
        if self.key is not None:
            return True
        last_id = self.log.last_id
        people = [each for each in self.parties if isinstance(each, User)]
        return all(
            user.read_markers.get(key, 0) >= last_id for user in people for key in user.tokens
        )

    def entry_of(self, stored: Stored) -> Entry:
        """The entry of a stored message."""
        event = direct_of(stored, [each.name for each in self.parties])
        return Entry(stored.id, self.log, stored.at, event, str(event).encode())


class Conversation(Room):
    """The stored direct messages of two accounts, for one of them.

    name: the other's, after an @.
    """

    __slots__ = ("_names", "name")

    def __init__(self, key: str, own: str, other: str) -> None:
        super().__init__(key)
        self.name = f"@{other}"
        self._names = (own, other)

    def entry_of(self, stored: Stored) -> Entry:
        """The entry of a stored message; an offline message becomes an ordinary one."""
        event = direct_of(stored, self._names)
        if isinstance(event, Left):
            event = event.direct
        return Entry(stored.id, self.log, stored.at, event, str(event).encode())


def direct_of(stored: Stored, names: Sequence[str]) -> Direct:
    """The direct message of a stored one."""
    to = next((name for name in names if name != stored.account), stored.account)
    facts = (stored.speaker, stored.text, "", stored.nonce, stored.account, to)
    return DIRECT_KINDS[stored.kind](*facts, reply_to=stored.reply_to)


class Pairs:
    """All rooms of two.

    Such a room is needed only while one of the two has not read it; those that are read are cleared
    when somebody has many, or leaves. People are compared as objects, not by name, so that nobody
    inherits a room with a name. Messages between accounts are in the store, too, and their room is
    made again when it is needed.
    """

    def __init__(self, users: Users, delivery: Delivery, is_archived: bool) -> None:
        self._users = users
        self._delivery = delivery
        self._is_archived = is_archived  # whether the store has what memory has forgotten
        self._pairs: dict[frozenset[Party], Pair] = {}
        # By address.
        self._by_address: dict[str, dict[frozenset[Party], Pair]] = {}
        self._of: dict[Party, tuple[Pair, ...]] = {}

    def __len__(self) -> int:
        return len(self._pairs)

    def of(self, user: User) -> tuple[Pair, ...]:
        """A person's rooms of two."""
        pairs = self._of.get(user, ())
        return pairs if user.account is None else (*pairs, *self._of.get(user.account, ()))

    def find(self, user: User, entry_id: int) -> tuple[str, type[Spoken]] | None:
        """The other person's name, and the kind, of a direct message that only memory holds."""
        for pair in self._of.get(user, ()):
            entry = pair.log.find(entry_id)
            if entry is not None and isinstance(entry.event, Spoken):
                other = next((each for each in pair.parties if each is not user), user)
                is_here = self._users.get(other.name) is other
                return (other.name, type(entry.event)) if is_here else None
        return None

    def between(self, speaker: User, other: User) -> Pair:
        """The room of two people, who may be the same, which is made if need be and not stored.

        Raises ChatError if one of them has too much unread.
        """
        return self._between(speaker.address, speaker, other, None)

    def kept(self, address: str | None, one: Account, other: Account, key: str) -> Pair:
        """The room of two accounts, which is made if need be and stored under a key.

        address: the speaker's.

        Raises ChatError if one of them has too much unread.
        """
        return self._between(address, one, other, key)

    def _between(self, address: str | None, one: Party, other: Party, key: str | None) -> Pair:
        parties = frozenset((one, other))
        pair = self._pairs.get(parties)
        if pair is not None and pair.key != key:  # one of them has had everything forgotten since
            self._end(pair)
            pair = None
        if pair is None:
            for each in (one, other):
                self._make_way(each)
            self._check_space(address)
            pair = self._pairs[parties] = Pair(parties, address, key)
            if key is not None:
                # Above all positions that the room ever had, as these grow no faster than ids.
                last_id = self._delivery.last_id
                pair.log.start_after(last_id, last_id if self._is_archived else 0)
            if address is not None:
                self._by_address.setdefault(address, {})[parties] = pair
            for each in parties:
                self._of[each] = (*self._of.get(each, ()), pair)
        for each in parties:
            user = self._user(each)
            for session in user.sessions if user is not None else ():
                if session not in pair.readers:
                    pair.add_reader(session)
        return pair

    def _user(self, party: Party) -> User | None:
        """The person of one of two parties, if here or in the grace period."""
        return party if isinstance(party, User) else self._users.owner(party)

    def _make_way(self, party: Party) -> None:
        """Check that somebody can have another room of two. Raises ChatError."""
        for is_needed in (_is_unseen, lambda pair: False):
            pairs = self._of.get(party, ())
            if len(pairs) >= MOST_PAIRS:
                self._clear([pair for pair in pairs if pair.is_read() and not is_needed(pair)])
        if len(self._of.get(party, ())) >= MOST_PAIRS:
            raise ChatError(f"Too many direct messages to and from {party.name} wait to be read.")

    def _check_space(self, address: str | None) -> None:
        """Check that an address can make another room of two. Raises ChatError."""
        of_address = self._by_address.get(address or "", {})
        most_of_address = share(MOST_OF_ALL - len(self._pairs), MOST_OF_ADDRESS)
        for pairs, most, where in (
            (of_address, most_of_address, "from your address"),
            (self._pairs, MOST_OF_ALL, "on this server"),
        ):
            if len(pairs) >= most:
                for parties in list(islice(pairs, CHECKED_AT_ONCE)):
                    pair = pairs[parties]
                    if pair.is_read():
                        self._clear([pair])
                    else:
                        pairs[parties] = pairs.pop(parties)  # last: others are checked next time
            if len(pairs) >= most:
                raise ChatError(f"Too many direct messages {where} wait to be read.")

    def admit_all(self, user: User) -> None:
        """Let all of a person's sessions read their rooms of two from now on."""
        for pair in self.of(user):
            for session in user.sessions:
                if session not in pair.readers:
                    pair.add_reader(session)

    def _end(self, pair: Pair) -> None:
        """End a room; its readers still get the rest."""
        for session in list(pair.readers):
            self._delivery.stop_reading(pair, session)
        self._clear([pair])

    def leave(self, user: User) -> None:
        """Stop a person from reading the account's rooms of two, at the logout."""
        for pair in self._of.get(user.account, ()) if user.account is not None else ():
            for session in user.sessions:
                if session in pair.readers:
                    self._delivery.stop_reading(pair, session)

    def of_account(self, name: str) -> list[Pair]:
        """The stored rooms of two of an account, even if its owner is not here."""
        return [
            pair
            for party, pairs in self._of.items()
            if party.name == name and not isinstance(party, User)
            for pair in pairs
        ]

    def get(self, user: User, other: User) -> Pair | None:
        """The room of two people, if it is in memory."""
        for parties in ((user.account, other.account), (user, other)):
            if None not in parties:
                pair = self._pairs.get(frozenset([each for each in parties if each is not None]))
                if pair is not None:
                    return pair
        return None

    def clear(self, user: User) -> None:
        """Remove a person's rooms of two that are read."""
        self._clear([pair for pair in self.of(user) if pair.is_read() and not _is_unseen(pair)])

    def _clear(self, pairs: Sequence[Pair]) -> None:
        for pair in pairs:
            del self._pairs[pair.parties]
            of_address = self._by_address.get(pair.address or "", {})
            of_address.pop(pair.parties, None)
            if pair.address is not None and not of_address:
                self._by_address.pop(pair.address, None)
            for each in pair.parties:
                left = tuple([other for other in self._of[each] if other is not pair])
                if left:
                    self._of[each] = left
                else:
                    del self._of[each]
            for session in list(pair.readers):
                pair.remove_reader(session)


def _is_unseen(pair: Pair) -> bool:
    return not pair.is_seen()
