"""The rooms that people join, and what they may do in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, ValuesView
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Literal

from chatsvc.chat.accounts.untold import Untold, add_untold
from chatsvc.chat.people.keys import guest_key, keys_of
from chatsvc.chat.people.user import note_said
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.errors import SHOWN, ChatError, NoSuchRoom
from chatsvc.events.answers import Admitted, Dismissed, Notice
from chatsvc.events.event import LOBBY, Event
from chatsvc.events.rooms import Entered, Owned, Parted, TopicSet
from chatsvc.events.speech import Acted, Recalled, Said
from chatsvc.store import Conflict, StoreError
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import room_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.people.session import Session
    from chatsvc.chat.people.user import User
    from chatsvc.chat.presence.notices import Notices
    from chatsvc.chat.rooms.order import Order
    from chatsvc.clock import Clock, Spawn, Turns
    from chatsvc.store import Store

MOST_ROOMS = 1000  # at once
MOST_PERSISTENT = 500  # of these, that stay when nobody is in them
MOST_PERSISTENT_OF_ONE = 10  # of these, of one account, or of guests from one address
MOST_EMPTY = 200  # of these, that are kept for a while after the last has left
EMPTY_FOR = 86400.0  # seconds
MOST_MADE = 20  # that one account has, or guests from one address have made
SHARES = 25  # of the rooms that are left: one for each of those
MOST_JOINED = 20  # by one person
MOST_INVITED = 100  # to one room
TOPIC_LENGTH = 300
PASSWORD_LENGTH = 64
DELETED_AT_ONCE = 500  # so that nobody waits for it
_RECORD = "room/"
_NO_CHANGES: Mapping[str, object] = {}
# In its record.
_FACTS = (
    "name", "key", "topic", "password", "privacy", "keep", "owner_account", "is_persistent",
    "empty_since", "heir",
)  # fmt: skip


class Rooms(Mapping[str, NamedRoom]):
    """All rooms, by name without regard to case or look-alikes.

    lobby: the room in which everyone is; joined and left with the server only.
    is_restricted: there may be somebody who cannot speak in any room.
    order: whoever keeps it.
    moved: called with everybody who has come into a room, or has left it.
    """

    def __init__(
        self,
        clock: Clock,
        turns: Turns,
        delivery: Delivery,
        store: Store,
        spawn: Spawn,
        accounts: Accounts,
        notices: Notices,
        backlog: int,
    ) -> None:
        self.lobby = NamedRoom(LOBBY, "", backlog)
        self.is_restricted = False
        self.order: Order
        self.moved: Callable[[User], object] = lambda user: None
        self._clock = clock
        self._turns = turns
        self._delivery = delivery
        self._store = store
        self._spawn = spawn
        self._accounts = accounts
        self._notices = notices
        self._backlog = backlog
        self._ended: dict[str, None] = {}  # keys of rooms, whose entries are to be forgotten
        self._rooms = {skeleton(LOBBY): self.lobby}

    def __getitem__(self, name: str) -> NamedRoom:
        return self._rooms[skeleton(name)]

    def values(self) -> ValuesView[NamedRoom]:
        """The rooms."""
        return self._rooms.values()

    def __iter__(self) -> Iterator[str]:
        return (room.name for room in self._rooms.values())

    def __len__(self) -> int:
        return len(self._rooms)

    async def open(self, last_id: int, heads: Mapping[str, int], read: Mapping[str, int]) -> None:
        """Bring back the rooms that the store holds, and delete what it holds of others.

        last_id: of the newest thing that the store holds.
        heads: the last position that it has of each room, by the rooms' keys.
        read: up to where anybody has read them, which may be further.
        """
        for record in (await self._store.records(_RECORD)).values():
            facts = json.loads(record.value)
            room = NamedRoom(facts["name"], facts["key"], self._backlog)
            room.topic = facts["topic"]
            room.password = facts["password"]
            room.privacy = facts["privacy"]
            room.keep = facts["keep"]
            room.owner_account = facts.get("owner_account", "")  # older records have none
            room.is_persistent = facts.get("is_persistent", True)  # the same
            room.empty_since = facts.get("empty_since")  # the same
            room.heir = facts.get("heir", "")  # the same
            room.version = record.version
            self._rooms[skeleton(room.name)] = room
        by_key = {room.place: room for room in self._rooms.values()}
        for key, room in by_key.items():
            room.log.start_after(max(heads.get(key, 0), read.get(key, 0)), last_id)
        for key, head in heads.items():
            if key in by_key:
                room = by_key[key]
                room.has_history = True
                said = await self._store.before(key, head + 1, self._backlog)
                room.remember([room.entry_of(stored) for stored in said])
            else:
                self._ended[key] = None
        self._spawn(self.forget_ended())

    def find(self, name: str, user: User) -> NamedRoom:
        """A room that somebody may know of. Raises NoSuchRoom."""
        room = self._rooms.get(skeleton(name))
        if room is None or not self.is_seen(room, user):
            raise NoSuchRoom(name)
        return room

    def is_seen(self, room: NamedRoom, user: User) -> bool:
        """Whether somebody may know that there is such a room."""
        return room.privacy == "public" or self.is_in(room, user) or user in room.invited

    def of(self, user: User) -> list[NamedRoom]:
        """The rooms that somebody is in."""
        return [room for room in self._rooms.values() if self.is_in(room, user)]

    def is_in(self, room: NamedRoom, user: User) -> bool:
        """Whether somebody is in a room."""
        return room is self.lobby or user in room.occupants

    def entered(self, name: str, user: User) -> NamedRoom:
        """A room that somebody is in. Raises ChatError."""
        room = self._rooms.get(skeleton(name))
        if room is None or not self.is_in(room, user):
            raise ChatError(f"You are not in {name[:SHOWN]}. Join it first: /join {name[:SHOWN]}")
        return room

    def here(self, session: Session, undone: Literal["said", "done"] = "done") -> NamedRoom:
        """The room that is meant where none is named.

        undone: what is not if there is none.

        Raises ChatError, once, if a session is not in its room any more, and has not left it
        itself: from then on, the lobby is meant. And wherever it is typed outside of rooms.
        """
        if session.person:
            raise ChatError(
                f"This is between you and {session.person[:SHOWN]}:"
                " name the room that you mean, such as #lobby."
            )
        if session.typed_in:
            session.room = self.entered(session.typed_in, session.user)
        room = session.room
        if isinstance(room, NamedRoom) and self.is_in(room, session.user):
            return room
        session.room = self.lobby
        why = "The server no longer knows where you spoke last"
        if isinstance(room, NamedRoom):
            why = f"You are no longer in {room.name}"
        then = {
            "said": "Lines are now said in the lobby to everyone: type it again to say it there.",
            "done": "Commands without a room are now for the lobby: type it again to do it there.",
        }
        raise ChatError(f"{why}, so that was not {undone}. {then[undone]}")

    def owned(self, name: str, user: User) -> NamedRoom:
        """A room that belongs to somebody, or in which an operator is. Raises ChatError."""
        room = self.entered(name, user)
        if room is self.lobby or self.order.role_of(room, user) < Role.OWNER:
            whose = room.owner_name or "nobody"
            raise ChatError(f"That is for the owner of {room.name} only, who is {whose}.")
        return room

    def _seat(self, room: NamedRoom, user: User) -> None:
        """Let somebody be in a room."""
        self._own_again(room, user)
        is_back = room.empty_since is not None
        room.empty_since = None
        # One in which nothing was said ends with those who are in it, and with the server. Guests
        # who come back to it after that have it kept themselves; see `keep`.
        if is_back or (not room.version and (room.has_history or user.account is not None)):
            self._spawn(self._try_to_keep(room))
        room.occupants[user] = self._delivery.last_id
        self.moved(user)
        account = user.account
        if account is not None and room.place not in account.cursors:
            account.enter(room.place, self._delivery.head_of(room))
            self._spawn(self._accounts.try_to_keep(account))

    def _own(self, room: NamedRoom, user: User) -> None:
        room.owner = user
        room.heir = guest_key(user)

    def _own_again(self, room: NamedRoom, user: User) -> None:
        """Let a room belong to the guest again to whom it belonged last."""
        if room.heir == guest_key(user) and room.owner is None and not room.owner_account:
            room.owner = user

    async def claim(self, user: User) -> None:
        """Let the rooms of somebody who has an account now belong to that. Raises StoreError."""
        assert user.account is not None
        for room in list(self._rooms.values()):
            if room.owner is user and not room.owner_account:
                with suppress(ChatError):  # somebody is changing it: at the next login, then
                    await self.change(room, owner_account=user.account.name)

    async def give(self, room: NamedRoom, user: User) -> None:
        """Let a room belong to somebody else who is in it. Raises ChatError or StoreError."""
        name = user.account.name if user.account is not None else ""
        await self.change(room, owner_account=name, heir=guest_key(user))
        room.owner = user if user in room.occupants else None
        self._delivery.append(room, Owned(room.name, user.name))

    async def disown(self, room: NamedRoom, heir: Account | None, owner: User | None) -> None:
        """Let a room whose owner's account is no more belong to another. Raises StoreError.

        owner: of that one, if here.
        """
        room.owner_account = room.heir = ""
        if heir is not None:
            room.owner_account = heir.name
            room.owner = owner if owner in room.occupants else None
            if room.occupants:
                self._delivery.append(room, Owned(room.name, heir.name))
        with suppress(ChatError):  # somebody is changing it, which keeps that, too
            await self.change(room)

    def join(self, name: str, session: Session, password: str) -> NamedRoom:
        """Let somebody into a room, which is made when there is none. Raises ChatError."""
        user = session.user
        room = self._rooms.get(skeleton(name))
        if room is not None and self.is_in(room, user):
            session.room = room
            session.tell(f"You are in {room.name}. What you type is said there.")
            return room
        if len(self.of(user)) > MOST_JOINED:  # the lobby does not count
            raise ChatError(f"You are in {MOST_JOINED} rooms, which is the most. /part one first.")
        if room is None:
            room = self._make(name, user, password)
        else:
            self.order.check_ban(room, user)
            self._check_invited(room, user, password)
        room.invited.pop(user, None)
        self._seat(room, user)
        session.room = room
        joined = room
        where = f"You are in {room.name}"
        if room.owner_key in keys_of(user):
            where += ", which belongs to you"
        company = _company(len(room.occupants) - 1)
        facts: list[Event] = [Admitted(f"{where}. {company}", room.name)]
        if room.topic:
            facts.append(Notice(f"The topic of {room.name}: {room.topic}", room.name))
        nonce = session.nonce

        def enter(entry_id: int) -> None:
            shown = [*facts, *self.shown_to_newcomers(joined, entry_id)]
            for each in {session: None} | dict.fromkeys(user.sessions):
                # It may have gone meanwhile, or have logged out of the account that has joined.
                is_one = each.user is user or each.user in joined.occupants
                if is_one and each in self.lobby.readers:
                    joined.admit(each)
                    answers = nonce if each is session else ""
                    self._delivery.tell_behind(each, entry_id, shown, answers)

        self._delivery.append(room, Entered(room.name, user.name), then=enter)
        return room

    def _check_invited(self, room: NamedRoom, user: User, password: str) -> None:
        """See whether somebody may join a room. Raises ChatError."""
        if user not in room.invited and self.order.role_of(room, user) < Role.OWNER:
            if room.privacy == "invite-only":
                raise ChatError(f"{room.name} is for those who are invited only.")
            if room.password and password != room.password:
                if password:
                    raise ChatError(f"That is not the key of {room.name}.")
                raise ChatError(f"{room.name} has a key: /join {room.name} key")

    def shown_to_newcomers(self, room: NamedRoom, last_id: int) -> list[Event]:
        """What was said last in a room, up to an id."""
        recent = [entry for entry in room.recent if entry.id <= last_id]
        if not recent:
            return []
        now = self._clock.now()
        return [
            Notice(f"Said last in {room.name}:", room.name),
            *[Recalled(entry.id, entry.at, entry.event, now) for entry in recent],
            Notice("From here on it is new.", room.name),
        ]

    def _make(self, name: str, user: User, password: str) -> NamedRoom:
        name = room_name(name)
        self.order.check_words(user)
        self._check_share(user)
        if len(password) > PASSWORD_LENGTH:
            raise ChatError(f"A key has at most {PASSWORD_LENGTH} characters.")
        # Nothing of a room that had the same name is found under this key.
        room = NamedRoom(name, f"{name}/{self._delivery.last_id}", self._backlog)
        room.password = password
        room.made_from = user.address
        self._own(room, user)
        room.owner_account = user.account.name if user.account is not None else ""
        self._rooms[skeleton(name)] = room
        return room

    def _check_share(self, user: User) -> None:
        """See whether somebody may make a room. Raises ChatError.

        The fewer are left, the fewer can be made by one account, and by guests from one address.
        """
        if self.order.is_operator(user):
            return
        left = MOST_ROOMS + 1 - len(self)  # the lobby does not count
        if left <= 0:
            left = int(self._make_way())
        if left <= 0:
            raise ChatError("There are as many rooms as there may be.")
        most = max(2, min(MOST_MADE, left // SHARES))
        owner = user.account.name if user.account is not None else ""
        whose = f"belong to {owner}" if owner else "were made by guests from your address"
        if sum([self._is_of(room, owner, user.address) for room in self.values()]) >= most:
            raise ChatError(f"{most} rooms {whose}, which is the most just now.")

    def _is_of(self, room: NamedRoom, owner: str, address: str | None) -> bool:
        if owner or room.owner_account:
            return room.owner_account == owner
        return room.made_from == address and address is not None

    def check_places(self, user: User, account: Account) -> None:
        """See whether somebody can have the places of an account, too. Raises ChatError."""
        places = [
            room
            for room in self._rooms.values()
            if self.is_in(room, user) or room.place in account.cursors
        ]
        if len(places) > MOST_JOINED + 1:  # the lobby does not count
            raise ChatError(
                f"With the rooms of {account.name} you would be in more than {MOST_JOINED}, which"
                " is the most. /part some of those in which you are now first."
            )

    def restore(self, room: NamedRoom, user: User, entry_id: int) -> None:
        """Let somebody be in a room who was when the server ended, since an id."""
        self._own_again(room, user)
        room.empty_since = None
        room.occupants[user] = entry_id

    def come_back(self, user: User, account: Account, reads_on: bool = False) -> None:
        """Let somebody be in the rooms of the last time, except where banned meanwhile.

        And let the account have those, too, in which this person has come.

        reads_on: whether this person will read all that was said there meanwhile.
        """
        rooms = {room.place: room for room in self._rooms.values()}
        for key in list(account.cursors):
            room = rooms.get(key)
            name = key.rpartition("/")[0]
            if room is None:
                account.leave(key)
                add_untold(account, Untold(f"{name} is no more.", name))
            elif told := self.order.ban_told(room, user):
                account.leave(key)
                add_untold(account, Untold(told, room.name))
            else:
                if not reads_on:
                    account.come_back(key, self._delivery.head_of(room))
                if not self.is_in(room, user):
                    self._enter(room, user)
        for room in self.of(user):
            account.enter(room.place, self._delivery.head_of(room))
        self._spawn(self._accounts.try_to_keep(account))

    def _enter(self, room: NamedRoom, user: User) -> None:
        self._seat(room, user)
        room.occupants[user] = 0  # the place there is older

        def enter(_: int) -> None:
            for session in user.sessions:
                if session in self.lobby.readers and session not in room.readers:
                    room.admit(session)

        self._delivery.append(room, Entered(room.name, user.name), then=enter)

    def hand_over(self, guest: User, owner: User) -> None:
        """Let somebody be in the rooms in which another was."""
        for room in self._rooms.values():
            if room.invited.pop(guest, guest) is None:
                room.invited[owner] = None
            if guest in room.occupants:
                del room.occupants[guest]
                self._seat(room, owner)
                if room.owner is guest:
                    self._own(room, owner)

    def admit_all(self, user: User) -> None:
        """Let all of somebody's sessions read all of the rooms that this person is in."""
        for room in self.of(user):
            for session in user.sessions:
                if session in self.lobby.readers and session not in room.readers:
                    room.admit(session)

    def by_key(self, key: str) -> NamedRoom | None:
        """The room that has that key, if there is one."""
        return next((room for room in self._rooms.values() if room.key == key), None)

    def part(self, room: NamedRoom, session: Session) -> None:
        """Let somebody out of a room. Raises ChatError when it is the lobby."""
        if room is self.lobby:
            raise ChatError(f"Everyone is in {room.name}. To leave the server, type /quit.")

        user = session.user
        event = Parted(room.name, user.name)
        self.remove(room, user, event, f"You have left {room.name}.", session)

    def remove(
        self, room: NamedRoom, user: User, event: Event, told: str, by: Session | None = None
    ) -> None:
        """Take somebody out of a room.

        event: what those in it see of that.
        told: what that person alone is told.
        by: which of that person's sessions has asked for it, if one has. It knows where it speaks
            from then on; the others are told when they speak the next time.
        """
        sessions = user.sessions

        def leave(_: int) -> None:
            for session in user.sessions:  # some may have come since
                if session in room.readers:  # who has joined again is let in again behind this
                    self._delivery.release(room, session)

        self._delivery.append(room, event, then=leave)
        if user.tokens or user.account is not None or not sessions:
            facts = (room.place, self._delivery.last_id, room.occupants[user], bool(sessions))
            user.keep_untold(Untold(told, room.name, *facts))
        self.lose(room, user)
        if user.account is not None:
            user.account.leave(room.place)
            self._spawn(self._accounts.try_to_keep(user.account))
        for session in sessions:
            left = told
            if session is by and session.room is room:
                session.room = self.lobby
                left += " What you type is said to everyone again."
            answers = session.nonce if session is by else ""
            self._delivery.tell(session, Dismissed(left, room.name), answers)

    def lose(self, room: NamedRoom, user: User) -> None:
        """Somebody is not in a room any more; what becomes of it."""
        del room.occupants[user]
        self.moved(user)
        if room.owner is user:
            room.owner = None
            if room.occupants and not room.owner_account:
                self._own(room, next(iter(room.occupants)))
                self._delivery.append(room, Owned(room.name, room.owner_name))
                self._spawn(self._try_to_keep(room))
        if room.occupants or room.stays:
            return
        if not (room.has_history or room.is_persistent):
            self._end_room(room)
            return
        room.empty_since = self._clock.now()
        # What was said there last may have yet to be kept.
        self._delivery.after_commit(lambda: self._keep_empty(room))

    def _keep_empty(self, room: NamedRoom) -> None:
        """Keep a room for a while in which nobody is."""
        if room.occupants or self._rooms.get(skeleton(room.name)) is not room:
            return
        self._spawn(self._try_to_keep(room))
        if len(self._empty()) > MOST_EMPTY:
            self._make_way()

    def _empty(self) -> list[NamedRoom]:
        """The rooms that are kept for a while, though nobody is in them.

        They are in the order in which they end if there are too many: those of guests, of which
        anybody can make many, before those of accounts; the one that was left first before others.
        """
        empty = [
            (bool(room.owner_account), room.empty_since, room)
            for room in self.values()
            if room.empty_since is not None and not room.stays
        ]
        return [room for *_, room in sorted(empty, key=lambda each: each[:2])]

    def _make_way(self) -> bool:
        """End a room in which nobody is; whether there is one."""
        empty = self._empty()
        if empty:
            self._end_room(empty[0])
        return bool(empty)

    def _end_room(self, room: NamedRoom) -> None:
        """Let a room end."""
        del self._rooms[skeleton(room.name)]
        if room.has_history:  # else there is nothing to forget
            self._ended[room.place] = None
        self._spawn(self._end(room))

    async def _end(self, room: NamedRoom) -> None:
        """Delete what the store holds of a room that is no more."""
        await self._try_to_keep(room)  # else it is deleted at the next start
        await self.forget_ended()

    async def keep(self, user: User) -> None:
        """Have the store keep the rooms in which somebody is, for a restart. Raises StoreError."""
        for room in self.of(user):
            if room is not self.lobby and not room.version:
                await self._keep(room)

    def restored(self) -> None:
        """Those are in the rooms who were when the server ended, if they may come back."""
        for room in self._rooms.values():
            if room.occupants and room.owner is None and not room.owner_account:
                self._own(room, next(iter(room.occupants)))
        self.end_empty()

    def end_empty(self) -> None:
        """End the rooms in which nobody has been for so long; those without history at once."""
        now = self._clock.now()
        for room in list(self._rooms.values()):
            if not (room is self.lobby or room.occupants or room.stays):
                if room.empty_since is None:  # after a restart
                    room.empty_since = now
                is_kept = room.has_history or room.is_persistent
                if not is_kept or now - room.empty_since >= EMPTY_FOR:
                    self._end_room(room)

    def put_out_uninvited(self, user: User) -> None:
        """Put somebody who is a guest again out of rooms into which only the account was let."""
        for room in self.of(user):
            if room.privacy == "invite-only" and room.owner_key != guest_key(user):
                told = f"You have left {room.name}, which is for those who are invited only."
                self.remove(room, user, Parted(room.name, user.name), told)

    def gone(self, user: User) -> None:
        """Somebody has left the server."""
        for room in list(self._rooms.values()):
            room.invited.pop(user, None)
            if user in room.occupants:
                self.lose(room, user)

    def say(self, room: NamedRoom, session: Session, kind: type[Said | Acted], text: str) -> None:
        """Say something in a room in which the speaker is. Raises ChatError if muted there."""
        user = session.user
        if room.is_restricted or self.is_restricted:
            self.order.check_voice(room, user)
        nonce = session.take_nonce()
        if not room.has_history:
            room.has_history = True  # at once: the last may leave before it is kept
            if not (room.version or room is self.lobby):
                # Before what is said: that of a room without a record is deleted at the start.
                self._spawn(self._try_to_keep(room))
        said = kind(user.name, text, room.name, nonce, user.account_name)
        self._delivery.append(room, said, session)
        if nonce:
            note_said(user, nonce, room, self._delivery.last_id)

    async def set_topic(self, room: NamedRoom, user: User, topic: str) -> None:
        """Say what a room is about. Raises ChatError or StoreError."""
        if len(topic) > TOPIC_LENGTH:
            raise ChatError(f"A topic has at most {TOPIC_LENGTH} characters.")
        if room is self.lobby:
            raise ChatError(f"{room.name} cannot have a topic.")
        self.order.check_voice(room, user)
        await self.change(room, topic=topic)
        self._delivery.append(room, TopicSet(room.name, user.name, topic))

    def invite(self, room: NamedRoom, session: Session, other: User) -> None:
        """Let somebody join a room in spite of its key. Raises ChatError."""
        user = session.user
        self.order.check_words(user)
        if self.is_in(room, other):
            raise ChatError(f"{other.name} is in {room.name} already.")
        if room.privacy == "invite-only" and self.order.role_of(room, user) < Role.OWNER:
            raise ChatError(f"Only the owner of {room.name} may invite people to it.")
        if len(room.invited) >= MOST_INVITED:
            raise ChatError(f"{MOST_INVITED} people are invited to {room.name} and have not come.")
        if other in room.invited:
            raise ChatError(f"{other.name} is invited to {room.name} already.")
        room.invited[other] = None
        session.tell(f"You have invited {other.name} to {room.name}.")
        if not other.ignores(user):
            self._notices.tell(other, f"{user.name} invites you: /join {room.name}")

    async def change(self, room: NamedRoom, **changes: object) -> None:
        """Change what there is to know of a room, once the store keeps it.

        changes: attributes of the room, and what they are to be.

        Raises ChatError or StoreError; then nothing is changed.
        """
        if room.is_changing:
            raise ChatError(f"Somebody else is changing {room.name}. Try again.")
        is_added = bool(changes.get("is_persistent")) and not room.is_persistent
        if is_added:
            self._check_persistent(room)
        room.is_changing = True
        room.is_to_stay = is_added  # from now on it counts
        try:
            await self._keep(room, changes)
        finally:
            room.is_changing = room.is_to_stay = False
        for name, value in changes.items():
            setattr(room, name, value)
        if "privacy" in changes or "password" in changes:
            room.invited.clear()

    def _check_persistent(self, room: NamedRoom) -> None:
        """See whether one more room may stay when all have left. Raises ChatError.

        Half of them are for accounts.
        """
        kept = [each for each in self.values() if each.is_persistent or each.is_to_stay]
        same = [each for each in kept if self._is_of(each, room.owner_account, room.made_from)]
        if len(kept) >= (MOST_PERSISTENT if room.owner_account else MOST_PERSISTENT // 2):
            raise ChatError("As many rooms are kept as may be.")
        if len(same) >= MOST_PERSISTENT_OF_ONE:
            raise ChatError(f"{MOST_PERSISTENT_OF_ONE} rooms of yours are kept, which is the most.")

    async def _keep(self, room: NamedRoom, changes: Mapping[str, object] = _NO_CHANGES) -> None:
        """Have the store keep what there is to know of a room; of one that is no more, nothing.

        changes: attributes of the room, and what they are to be.

        Raises StoreError.
        """
        while True:
            version = room.version
            is_there = self._rooms.get(skeleton(room.name)) is room
            if not (is_there or version):
                return
            facts = {name: changes.get(name, getattr(room, name)) for name in _FACTS}
            value = json.dumps(facts) if is_there else None
            try:
                await self._store.put(f"{_RECORD}{room.key}", value, version)
            except Conflict:
                if room.version == version:
                    raise
                continue  # it was kept for another reason meanwhile
            room.version = version + 1 if is_there else 0
            if is_there is (self._rooms.get(skeleton(room.name)) is room):
                return

    async def _try_to_keep(self, room: NamedRoom) -> None:
        with suppress(StoreError):
            await self._keep(room)

    async def forget_old(self, seconds: float) -> None:
        """Delete what was said long enough ago.

        seconds: after how long that is where no room has a rule of its own.
        """
        self.end_empty()
        now = self._clock.now()
        rules: list[tuple[str | None, float]] = [(None, seconds)]
        for room in self._rooms.values():
            room.forget_before(now - min(seconds, room.keep or inf))
            if room.keep is not None:
                rules.append((room.key, room.keep))
        async for key, keep in self._turns.slowly(rules, 1):
            if keep < inf:
                await self._forget(key, now - keep)
        await self.forget_ended()

    async def forget_ended(self) -> None:
        """Delete what was said in rooms that are no more; what fails, the next time."""
        while self._ended:
            key = next(iter(self._ended))
            del self._ended[key]
            try:
                await self._forget(key, inf)
            except StoreError:
                self._ended[key] = None
                return
            if self._ended:
                await self._turns.pause()

    async def _forget(self, key: str | None, before: float) -> None:
        while await self._store.forget(key, before, DELETED_AT_ONCE) >= DELETED_AT_ONCE:
            pass


def _company(others: int) -> str:
    if not others:
        return "Nobody else is in it."
    return f"{others} other person is in it." if others == 1 else f"{others} others are in it."
