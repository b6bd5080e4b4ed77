"""Restoring people after a restart, until they resume."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatsvc.chat.accounts.missed_notices import MissedNotice
from chatsvc.chat.people.given_names import PREFIX
from chatsvc.chat.people.user import User
from chatsvc.errors import ChatError
from chatsvc.store import MOST_ROWS

if TYPE_CHECKING:
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.accounts.gate import Gate
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.conversations import Conversations
    from chatsvc.chat.identity.tokens import Tokens
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.presence.arrivals import Arrivals
    from chatsvc.chat.presence.departures import Departures
    from chatsvc.chat.presence.seats import Seats
    from chatsvc.chat.rooms.joining import Joining
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.store import Store

RECALLED = 10_000  # last lines whose nonces are recognised after a restart


@dataclass(eq=False)
class Restoring:
    """Restores people from their snapshots."""

    _store: Store
    _delivery: Delivery
    _accounts: Accounts
    _gate: Gate
    _users: Users
    _seats: Seats
    _arrivals: Arrivals
    _departures: Departures
    _rooms: Rooms
    _joining: Joining
    _conversations: Conversations
    _standing: Standing
    _tokens: Tokens

    async def open(self) -> None:
        """Restore the people who were here when the server ended. Raises StoreError."""
        await self._tokens.open()
        self._users.lists.update([each.ignored for each in self._accounts if each.ignored])
        rooms = {room.key: room for room in self._rooms.values()}
        entered = []
        kept = (await self._tokens.snapshots.open()).items()
        for given, facts in sorted(kept, key=lambda each: int(each[0].removeprefix(PREFIX))):
            if not self._is_good(facts):
                self._tokens.snapshots.keep(
                    User(given, 0, None)
                )  # without a token: deletes the record
                continue
            user = self._restored(given, facts, rooms)
            entered += [(at, key, user) for key, at in facts["rooms"].items() if key in rooms]
        for at, key, user in sorted(entered, key=lambda each: each[:2]):
            if self._standing.ban_of(rooms[key], user) is None:
                self._joining.restore(rooms[key], user, at)
        self._joining.restored()
        if self._tokens.places:
            await self._recall_said(rooms)

    def _is_good(self, facts: dict[str, Any]) -> bool:
        """Whether the person of a record may be restored."""
        if any(map(self._tokens.was_put_out, facts["tokens"])):
            return False  # the server was killed before it had deleted the record
        if not facts["account"]:
            has_room = self._seats.has_room(facts["address"])
            return self._gate.takes_guests and has_room
        account = self._accounts.find(facts["account"])
        # In another era, the account's sessions were ended before the server was killed.
        return account is not None and account.era == facts.get("era", "")  # older: none

    def _restored(self, given: str, facts: dict[str, Any], rooms: dict[str, NamedRoom]) -> User:
        user = self._arrivals.restore(given, facts["address"])
        user.former_names = tuple(facts["former"])
        user.missed_notices = tuple(
            [MissedNotice(*each) for each in facts.get("untold", [])]
        )  # older: none
        name = facts["name"]
        account = self._accounts.find(facts["account"])
        holder = self._users.owner(account) if account else self._accounts.like(name)
        if holder is None:
            with suppress(ChatError):
                self._users.rename(user, name)
            if account is not None:
                self._users.own(user, account)
        speaks_in = facts.get("speaks in", {})  # older: none
        for key, seen in facts["tokens"].items():
            place = speaks_in.get(key)
            self._tokens.bind(key, user, seen, None if place is None else rooms.get(place))
        self._tokens.share_with_account(user)
        self._departures.begin_grace(user)
        return user

    async def _recall_said(self, rooms: dict[str, NamedRoom]) -> None:
        """Note the nonces of the restored people's last messages."""
        people = {
            name: user
            for user in self._users.values()
            for name in (user.name, user.given_name, *user.former_names)
        }
        found: list[tuple[User, str, Room, int]] = []
        below = self._delivery.last_id + 1
        for _ in range(RECALLED // MOST_ROWS):
            said = await self._store.newest(below, MOST_ROWS)
            for each in reversed(said):
                if each.nonce and each.speaker in people:
                    user = people[each.speaker]
                    room: Room | None = rooms.get(each.room)
                    if room is None:
                        room = self._conversations.remembered(user, each.room)
                    if room is not None:
                        found.append((user, each.nonce, room, each.id))
            if len(said) < MOST_ROWS:
                break
            below = said[0].id
        for user, nonce, room, entry_id in reversed(found):
            user.note_nonce(nonce, room, entry_id)
