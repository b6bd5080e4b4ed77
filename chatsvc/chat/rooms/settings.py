"""Settings and owners of rooms, and their records in the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.account import NO_METADATA
from chatsvc.chat.accounts.allowance import ONE_IN_OF_ALL_THERE, share
from chatsvc.chat.accounts.attempts import Attempts
from chatsvc.chat.keeping.records import Records
from chatsvc.chat.logs.log import Entry
from chatsvc.chat.people.keys import address_keys, guest_key
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import ACCOUNTS_ONLY, EXTERNAL, NO_CTCP, TOPIC_LOCKED
from chatsvc.chat.rooms.rooms import NameTaken
from chatsvc.errors import ChatError
from chatsvc.events.rooms import ChangedRoom, GivenUp, Owned, RoomRenamed, TopicSet
from chatsvc.store import StoreError
from chatsvc.text.names import room_name
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.order import Order
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.clock import Clock
    from chatsvc.store import Store

MOST_MADE = 20  # rooms made by one account, or by the guests from one address
MOST_PERSISTENT = 500  # persistent rooms
MOST_PERSISTENT_OF_ONE = 10  # of these, of one account, or of the guests from one address
TOPIC_LENGTH = 300
PASSWORD_LENGTH = 64
GUESSES = 10  # wrong keys in a burst, from one address
GUESSES_A_SECOND = 1 / 30  # in the long run
WHY_LENGTH = 200  # characters of the reason for another name
RENAMED_EVERY = 60.0  # seconds, at most
_NO_CHANGES: Mapping[str, object] = {}
# The attributes of a room that its record has.
_FACTS = (
    "name", "key", "topic", "password", "privacy", "keep", "owner_account", "is_persistent",
    "empty_since", "heir", "topic_by", "topic_at", "topic_id", "limit", "flags", "made_at",
    "metadata", "former", "renamed_at",
)  # fmt: skip

# By flag: the setting's name in events.
_FLAGS = {
    TOPIC_LOCKED: "topic-lock",
    ACCOUNTS_ONLY: "accounts-only",
    NO_CTCP: "no-ctcp",
    EXTERNAL: "external",
}


class Settings:
    """Changes rooms, and stores the changes.

    renamed: each called with a renamed room and the event.
    changed: each called with a room that has other settings.
    """

    def __init__(
        self, clock: Clock, delivery: Delivery, store: Store, rooms: Rooms, order: Order
    ) -> None:
        self.renamed: list[Callable[[NamedRoom, RoomRenamed], object]] = []
        self.changed: list[Callable[[NamedRoom], object]] = []
        self._clock = clock
        self._delivery = delivery
        self._store = store
        self._records = Records(store, "room/")
        self._rooms = rooms
        self._order = order
        self._guesses = Attempts(clock, GUESSES, GUESSES_A_SECOND)
        # The rooms that are being stored, and whether they have to be stored once more.
        self._keeping: dict[NamedRoom, bool] = {}

    def check_key(self, room: NamedRoom, user: User, key: str) -> None:
        """Check the key with which somebody wants to join. Raises ChatError.

        Wrong ones are counted for each address: people choose keys that can be guessed.
        """
        if not room.password:
            return
        if not key:
            raise ChatError(f"{room.name} has a key: /join {room.name} key")
        sources = address_keys(user) or [guest_key(user)]
        self._guesses.take(*sources)
        if key != room.password:
            raise ChatError(f"That is not the key of {room.name}.")
        self._guesses.give_back(*sources)

    async def open(
        self, last_id: int, heads: Mapping[str, int], read: Mapping[str, int]
    ) -> list[str]:
        """Load the rooms from the store; returns the keys of ended rooms with messages left.

        last_id: of the newest message in the store.
        heads: the last position of each room in the store, by key.
        read: the greatest read marker of each room, by key; it may be greater than the head.
        """
        for value in (await self._records.open()).values():
            facts = json.loads(value)
            room = self._rooms.new(facts["name"], facts["key"])
            room.topic = facts["topic"]
            room.password = facts["password"]
            room.privacy = facts["privacy"]
            room.keep = facts["keep"]
            room.owner_account = facts.get("owner_account", "")  # older records have none
            room.is_persistent = facts.get("is_persistent", True)  # the same
            room.empty_since = facts.get("empty_since")  # the same
            room.heir = facts.get("heir", "")  # the same
            room.topic_by = facts.get("topic_by", "")  # the same
            room.topic_at = facts.get("topic_at", 0.0)  # the same
            room.topic_id = facts.get("topic_id", 1)  # the same: it was told long ago
            room.made_at = facts.get("made_at", 0.0)  # the same
            room.limit = facts.get("limit", 0)  # the same
            room.flags = facts.get("flags", "")  # the same
            room.metadata = facts.get("metadata", NO_METADATA)  # the same
            room.former = facts.get("former", "")  # the same
            room.renamed_at = facts.get("renamed_at", 0.0)  # the same
            self._rooms.add(room)
        by_key = {room.key: room for room in self._rooms.values()}
        for key, room in by_key.items():
            room.log.start_after(max(heads.get(key, 0), read.get(key, 0)), last_id)
            if room.topic_by and not room.topic_id:  # the server was killed before it was told
                self._tell_topic(room)
        ended = []
        for key, head in heads.items():
            if key in by_key:
                room = by_key[key]
                room.has_history = True
                said = await self._store.before(key, head + 1, self._rooms.backlog)
                room.remember([room.entry_of(stored) for stored in said])
            else:
                ended.append(key)
        return ended

    def owned(self, name: str, user: User) -> NamedRoom:
        """The room of that name, for its owner, or an operator in it. Raises ChatError."""
        room = self._rooms.entered(name, user)
        if room is self._rooms.lobby or self._order.role_of(room, user) < Role.OWNER:
            whose = room.owner_name or "nobody"
            raise ChatError(f"That is for the owner of {room.name} only, who is {whose}.")
        return room

    async def add(self, room: NamedRoom) -> None:
        """Add a room that was made elsewhere, and store it. Raises StoreError."""
        self._rooms.add(room)
        try:
            await self._keep(room)
        except StoreError:
            self._rooms.remove(room)
            raise

    def is_kept(self, room: NamedRoom) -> bool:
        """Whether the store has a record of a room, or is about to."""
        return room in self._keeping or room.key in self._records

    async def change(self, room: NamedRoom, **changes: object) -> None:
        """Change attributes of a room, once the change is stored.

        changes: attributes of the room, with their new values.

        If it raises ChatError or StoreError, nothing is changed.
        """
        if room.is_changing:
            raise ChatError(f"Somebody else is changing {room.name}. Try again.")
        room.is_changing = True
        # It counts from now on.
        room.is_to_stay = bool(changes.get("is_persistent")) and not room.is_persistent
        try:
            await self._keep(room, changes)
        finally:
            room.is_changing = room.is_to_stay = False
        for name, value in changes.items():
            setattr(room, name, value)
        if "privacy" in changes or "password" in changes:
            room.invited.clear()

    async def set(self, room: NamedRoom, user: User, **changes: object) -> bool:
        """Change settings of a room, tell its occupants, and return whether anything changed.

        changes: attributes of the room, as in `change`.

        If it raises ChatError or StoreError, nothing is changed.
        """
        announced = tuple(_announced(room, changes))
        if announced:
            await self.change(room, **changes)
            self._delivery.append(room, ChangedRoom(room.name, user.name, announced))
            for each in self.changed:
                each(room)
        return bool(announced)

    async def rename(self, room: NamedRoom, user: User, name: str, why: str = "") -> None:
        """Rename a room, with everything that is kept about it.

        Raises NameTaken, Moved and other kinds of ChatError, or StoreError.
        """
        name = room_name(name)
        now, old = self._clock.now(), room.name
        if room is self._rooms.lobby or room.is_fixed:
            raise ChatError(f"{old} cannot be renamed.")
        if len(why) > WHY_LENGTH:
            raise ChatError(f"A reason has at most {WHY_LENGTH} characters.")
        self._order.check_voice(room, user)
        if name == old:
            raise NameTaken(name)
        if now < room.renamed_at + RENAMED_EVERY:
            raise ChatError(f"{old} was renamed less than a minute ago. Try again.")
        former = room.former  # stays what it was if the name only looks different
        if self._rooms.get(name) is not room:
            self._rooms.check_free(name, user, now)
            former = old
        with self._rooms.reserved(name):
            await self.change(room, name=name, former=former, renamed_at=now)
        if self._rooms.rename(room, old):
            event = RoomRenamed(old, user.name, name, why)
            self._delivery.append(room, event)
            for each in self.renamed:
                each(room, event)

    async def set_topic(self, room: NamedRoom, user: User, topic: str) -> None:
        """Set the topic of a room. Raises ChatError or StoreError."""
        if len(topic) > TOPIC_LENGTH:
            raise ChatError(f"A topic has at most {TOPIC_LENGTH} characters.")
        if room is self._rooms.lobby:
            raise ChatError(f"{room.name} cannot have a topic.")
        self._order.check_voice(room, user)
        if TOPIC_LOCKED in room.flags and self._order.role_of(room, user) < Role.MODERATOR:
            raise ChatError(f"The topic of {room.name} is for its owner and moderators.")
        at = self._clock.now()
        await self.change(room, topic=topic, topic_by=user.name, topic_at=at, topic_id=0)
        self._tell_topic(room)

    def _tell_topic(self, room: NamedRoom) -> None:
        """Tell a room of its topic, and note that for people who come back later."""
        self._delivery.append(room, TopicSet(room.name, room.topic_by, room.topic))
        room.topic_id = self._delivery.last_id
        self._delivery.spawn(self.try_to_keep(room))

    def missed_topic(self, room: NamedRoom, entry_id: int) -> list[Entry]:
        """The last change of a room's topic, if it came after an id and memory has forgotten it."""
        if room.topic_id <= entry_id or not self._delivery.is_forgotten(room, room.topic_id):
            return []
        event = TopicSet(room.name, room.topic_by, room.topic)
        return [Entry(room.topic_id, room.log, room.topic_at, event, str(event).encode())]

    async def claim(self, user: User) -> None:
        """Move a person's rooms to the new account. Raises StoreError."""
        assert user.account is not None
        for room in list(self._rooms.values()):
            if room.owner is user and not room.owner_account:
                # If somebody is changing it, it moves at the next login.
                with suppress(ChatError), self.promised(room, user):
                    await self.change(room, owner_account=user.account.name)

    def may_own(self, room: NamedRoom, account: Account) -> bool:
        """Whether a room can go to an account, which could collect more than it can make."""
        own = [each for each in self._rooms.values() if each.is_of(account.name, None)]
        kept = [each for each in own if each.is_persistent or each.is_to_stay]
        if room.is_persistent and len(kept) >= MOST_PERSISTENT_OF_ONE:
            return False
        return len(own) < MOST_MADE

    @contextmanager
    def promised(self, room: NamedRoom, user: User) -> Iterator[None]:
        """Count a room as that of its next owner already. Raises ChatError if it cannot be.

        Those who are given several rooms at once would have more than one person can.
        """
        if room.promised_to:
            raise ChatError(f"Somebody else is changing {room.name}. Try again.")
        if user.account is not None and not self.may_own(room, user.account):
            raise ChatError(f"{user.account.name} owns as many rooms as one person can.")
        room.promised_to = user.account.name if user.account is not None else guest_key(user)
        try:
            yield
        finally:
            room.promised_to = ""

    async def give(self, room: NamedRoom, user: User) -> None:
        """Give a room to another occupant. Raises ChatError or StoreError."""
        name = user.account.name if user.account is not None else ""
        await self.change(room, owner_account=name, heir=guest_key(user))
        room.owner = user if user in room.occupants else None
        self._delivery.append(room, Owned(room.name, user.name))

    async def give_up(self, room: NamedRoom, owner: User) -> None:
        """Leave a room without an owner. Raises ChatError or StoreError."""
        await self.change(room, owner_account="", heir="")
        room.owner = None
        self._delivery.append(room, GivenUp(room.name, owner.name))

    async def disown(self, room: NamedRoom, heir: Account | None, owner: User | None) -> None:
        """Give a room whose owner's account was deleted to an heir, if any. Raises StoreError.

        owner: the heir's person, if here.
        """
        room.owner_account = room.heir = ""
        if heir is not None:
            room.owner_account = heir.name
            room.owner = owner if owner in room.occupants else None
            if room.occupants:
                self._delivery.append(room, Owned(room.name, heir.name))
        with suppress(ChatError):  # somebody is changing it, which stores this, too
            await self.change(room)

    async def keep_of(self, user: User) -> None:
        """Store the rooms that somebody's snapshot will name. Raises StoreError."""
        for room in self._rooms.of(user):
            if room is not self._rooms.lobby and not self.is_kept(room):
                await self._keep(room)

    async def persist(self, room: NamedRoom, user: User, persists: bool) -> None:
        """Keep a room when it is empty, or no longer. Raises ChatError or StoreError."""
        if persists and not (room.is_persistent or self._order.is_operator(user)):
            self._check_persistent(room)
        await self.change(room, is_persistent=persists)

    def _check_persistent(self, room: NamedRoom) -> None:
        """Check that one more room may be persistent. Raises ChatError.

        Half of them are reserved for accounts. The fewer are left, the fewer one can have.
        """
        kept = [each for each in self._rooms.values() if each.is_persistent or each.is_to_stay]
        left = (MOST_PERSISTENT if room.owner_account else MOST_PERSISTENT // 2) - len(kept)
        if left <= 0:
            raise ChatError("No more rooms can be kept.")
        own = sum([each.is_of(room.owner_account, room.made_from) for each in kept])
        if own >= share(left, MOST_PERSISTENT_OF_ONE):
            raise ChatError(f"You keep {counted(own, 'room')}, which is the most just now.")
        check_address(kept, room.made_from, left)

    async def _keep(self, room: NamedRoom, changes: Mapping[str, object] = _NO_CHANGES) -> None:
        """Store the record of a room, or delete it if the room has ended. Raises StoreError.

        changes: attributes of the room, with their new values.
        """

        def record() -> str | None:
            if not self._rooms.holds(room):
                return None
            return json.dumps({name: changes.get(name, getattr(room, name)) for name in _FACTS})

        while (await self._records.keep(room.key, record) is not None) != self._rooms.holds(room):
            pass  # it has ended meanwhile

    async def try_to_keep(self, room: NamedRoom) -> None:
        """Store the record of a room; a failure is retried with the next change.

        Calls while the store is busy are joined into one: a crowd that comes and goes makes many.
        """
        if room in self._keeping:
            self._keeping[room] = True
            return
        is_due = True
        try:
            while is_due:
                self._keeping[room] = False
                with suppress(StoreError):
                    await self._keep(room)
                is_due = self._keeping[room]
        finally:
            del self._keeping[room]


def check_address(rooms: Iterable[NamedRoom], address: str | None, left: int) -> None:
    """Check that there may be one more of some rooms from an address, of which so many are left.

    Those of all accounts count together: one address can make many accounts. Raises ChatError.
    """
    made = [room.made_from for room in rooms].count(address) if address is not None else 0
    if made >= max(2, left // ONE_IN_OF_ALL_THERE):
        raise ChatError(f"{made} rooms were made from your address, which is the most just now.")


def _announced(room: NamedRoom, changes: Mapping[str, object]) -> Iterator[str]:
    """The changes that a room is told of: each setting that changes, and its value."""
    for name, value in changes.items():
        if value == getattr(room, name):
            continue
        if name == "password":
            yield f"key {'on' if value else 'off'}"
        elif name == "flags":
            for flag, setting in _FLAGS.items():
                is_set = flag in str(value)
                if is_set is not (flag in room.flags):
                    yield f"{setting} {'on' if is_set else 'off'}"
        elif name == "privacy":
            yield f"privacy {value} {room.privacy}"
        else:
            yield f"{name} {value}"
