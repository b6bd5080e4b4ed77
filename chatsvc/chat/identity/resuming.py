"""Resuming: who holds a token has the same place on another connection."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from functools import partial
from hashlib import sha256
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from chatsvc.chat.accounts.untold import MOST_UNTOLD, Untold, take_untold
from chatsvc.chat.identity.restarts import Places
from chatsvc.chat.logs.log import Entry
from chatsvc.chat.people.given_names import PREFIX
from chatsvc.chat.people.user import User, note_said, note_seen
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.errors import ChatError, Misused
from chatsvc.events.answers import Resumable, Resumed
from chatsvc.store import MOST, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.delivery.room import Connection, Room
    from chatsvc.chat.logs.log import Wording
    from chatsvc.chat.people.session import Session
    from chatsvc.store import Store

MOST_TOKENS = 10  # of one person, and of one account; the oldest ends first
GOOD_FOR = 30 * 86400.0  # seconds for which a token of an account is good while it is not used
RENEWED_AFTER = 86400.0  # seconds until it is noted that it is used
RECALLED = 10_000  # lines said last, among which are those whose nonces are known after a restart
MOST_PUT_OUT = 1000  # tokens of people who were put off the server
MOST_BEHIND = 200  # lines that were said last in a room before somebody was put out of it
BYTES_BEHIND = 32 * 1024  # that those may take
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}")


class NoSuchToken(ChatError):
    """Nobody is here who was given that token."""

    code = "no-such-token"

    def __init__(self, why: str = "That place is kept no longer.") -> None:
        super().__init__(f"{why} You are new, and may have missed lines.")


class Place:
    """What a token is good for.

    user: whose place it is.
    session: the connection that has it, or had it last; None when that was before a restart.
    seen: the id behind which it goes on, if that is not said.
    was_in_rooms: if there was no such connection: whether it may have spoken in another room than
        the lobby.
    """

    __slots__ = ("seen", "session", "user", "was_in_rooms")

    def __init__(
        self, user: User, session: Session | None, seen: int, was_in_rooms: bool = True
    ) -> None:
        self.user = user
        self.session = session
        self.seen = seen
        self.was_in_rooms = was_in_rooms


class Resumption:
    """The tokens, and how those come back who hold them.

    Nobody keeps a token itself, in memory or in the store, but its digest, which is meant by "key".
    """

    def __init__(self, chat: Chat, store: Store) -> None:
        self._chat = chat
        self._store = store
        self._kept = Places(chat.clock, store, chat.spawn, self._facts, self._keep_rooms)
        self._places: dict[str, Place] = {}  # of those who are here, or were just now
        self._owners: dict[str, Account] = {}  # of the tokens of accounts
        self._put_out: dict[str, str] = {}  # what those are told whose tokens ended by that

    def __len__(self) -> int:
        return len(self._places)

    async def open(self) -> None:
        """Let those be here, on the way back, who were when the server ended. Raises StoreError."""
        now = self._chat.clock.now()
        for account in self._chat.accounts:
            fresh = {
                key: each
                for key, each in account.tokens.items()
                if each[0] > now and each[2] == account.era
            }
            account.tokens = fresh
            self._owners.update(dict.fromkeys(fresh, account))
        rooms = {room.place: room for room in self._chat.rooms.values()}
        entered = []
        kept = (await self._kept.open()).items()
        for given, facts in sorted(kept, key=lambda each: int(each[0].removeprefix(PREFIX))):
            if not self._is_good(facts):
                self._kept.keep(User(given, 0, None))  # who has no token: it is deleted
                continue
            user = self._restored(given, facts)
            entered += [(at, key, user) for key, at in facts["rooms"].items() if key in rooms]
        for at, key, user in sorted(entered, key=lambda each: each[:2]):
            if self._chat.standing.ban_of(rooms[key], user) is None:
                self._chat.rooms.restore(rooms[key], user, at)
        self._chat.rooms.restored()
        if self._places:
            await self._recall_said(rooms)

    def _is_good(self, facts: dict[str, Any]) -> bool:
        """Whether somebody who was here when the server ended may be here again."""
        if not facts["account"]:
            has_room = self._chat.seats.has_room(facts["address"])
            return self._chat.gate.takes_guests and has_room
        account = self._chat.accounts.find(facts["account"])
        # If it is of another era, its end was kept, and then the server was killed.
        return account is not None and account.era == facts.get("era", "")  # older: none

    def _restored(self, given: str, facts: dict[str, Any]) -> User:
        chat = self._chat
        user = chat.arrivals.restore(given, facts["address"])
        user.former = tuple(facts["former"])
        user.untold = tuple([Untold(*each) for each in facts.get("untold", [])])  # older: none
        name = facts["name"]
        account = chat.accounts.find(facts["account"])
        holder = chat.users.owner(account) if account else chat.accounts.owner_of(name)
        if holder is None:
            with suppress(ChatError):
                chat.users.rename(user, name)
            if account is not None:
                chat.users.own(user, account)
        for key, seen in facts["tokens"].items():
            self._places[key] = Place(user, None, seen, bool(facts["rooms"]))
            user.tokens += (key,)
        self.adopt(user)
        chat.departures.keep_seat(user)
        return user

    async def _recall_said(self, rooms: dict[str, NamedRoom]) -> None:
        """Know again what was said with nonces by those who are on the way back."""
        people = {
            name: user
            for user in self._chat.users.values()
            for name in (user.name, user.given, *user.former)
        }
        found = []
        below = self._chat.delivery.last_id + 1
        for _ in range(RECALLED // MOST):
            said = await self._store.newest(below, MOST)
            found += [
                (people[each.speaker], each.nonce, rooms[each.room], each.id)
                for each in reversed(said)
                if each.nonce and each.speaker in people and each.room in rooms
            ]
            if len(said) < MOST:
                break
            below = said[0].id
        for user, nonce, room, entry_id in reversed(found):
            note_said(user, nonce, room, entry_id)

    async def keep(self) -> None:
        """Keep what could not be kept, and that the server runs. Raises StoreError."""
        self._kept.keep_failed()
        for user in self._chat.users.values():
            if user.untold:
                self.note(user)
        await self._kept.note_alive()

    async def close(self) -> None:
        """Keep what is yet to be kept, and that the server ran. Raises StoreError."""
        await self._kept.close()

    def resume(
        self,
        connection: Connection,
        address: str | None,
        wording: Wording,
        token: str,
        seen: int | None,
        newcomer: Session | None,
    ) -> Session:
        """Let a new connection have the place of one that was lost, or is about to be.

        token: that place's.
        seen: the id up to which all was read there; what came behind it is given. None if that is
            what was told with the token.
        newcomer: what the connection was taken for, which goes on when there is no such place; None
            if there was no room for one.

        Raises NoSuchToken; or another ChatError when somebody who comes for the first time would
        not be let in either. Then the place is kept for as long as before.
        """
        chat = self._chat
        key = _digest(token)
        place = self._places.get(key)
        if place is not None:
            chat.arrivals.check(connection, address)
            self._check(place.user)
            chat.sessions.check_space(address, newcomer, place.session)
        else:
            account = self._owner_of(key)
            chat.arrivals.check(connection, address)
            chat.standing.check_account(account.name)
            chat.sessions.check_space(address, newcomer)
            place = self._place_of_owner(key, account, address)
        if newcomer is not None:
            chat.departures.withdraw(newcomer)
        user, old = place.user, place.session
        if seen is None:
            seen = place.seen
        seen = max(0, min(seen, chat.delivery.done_id))
        note_seen(user, key, seen)
        session = chat.arrivals.connect(connection, address, wording)
        session.user = user
        if old is not None:
            old.token = ""
            session.room = old.room
        elif place.was_in_rooms:
            session.room = None
        session.token = key
        place.session, place.seen = session, seen
        user.sessions = (*[each for each in user.sessions if each is not old], session)
        chat.departures.leave_seat(user)
        self.adopt(user)
        chat.addresses.note(user.name, address)
        chat.journal.write("resumed", address, name=user.name)
        rooms = chat.rooms.of(user)
        names = tuple([room.name for room in rooms])

        untold = _taken(user)
        left = [each for each in untold if each.place and each.id > seen]

        def tell(missing: int) -> None:
            resumed = Resumed(token, seen, user.name, names, missing)
            chat.delivery.tell_behind(session, seen, [resumed])
            for each in untold:
                if not each.place:
                    # With an id, so that a cut does not lose it.
                    chat.notices.tell(user, each.text, each.room)

        behind = {room: _first_of(room, user, seen) for room in (*rooms, *chat.pairs.of(user))}
        said = partial(self._told_in, left, names, seen) if left else None
        chat.delivery.admit_behind(session, behind, tell, said)
        chat.users.show(session, session.plainly)
        if old is not None and old in chat.sessions:
            chat.read_markers.note(old)
            old.connection.abort()
        if user.account is not None:
            chat.spawn(self._show_waiting(user))
        return session

    def _check(self, user: User) -> None:
        """See whether somebody whose place was kept may come back. Raises ChatError."""
        self._chat.standing.check_person(user)
        if user.account is None and self._chat.gate.is_closed:
            raise ChatError(self._chat.gate.how_to_enter)

    def _owner_of(self, key: str) -> Account:
        """The account that has a token, while its owner has no place. Raises NoSuchToken."""
        account = self._owners.get(key)
        if account is None:
            raise NoSuchToken(*filter(None, [self._put_out.pop(key, "")]))
        if account.tokens[key][0] < self._chat.clock.now():
            self._end(key)
            raise NoSuchToken
        return account

    def _place_of_owner(self, key: str, account: Account, address: str | None) -> Place:
        """A new place for the owner of an account, whose last one was given up."""
        chat = self._chat
        was_in_rooms = any(room != chat.lobby.place for room in account.cursors)
        user = chat.users.owner(account) or chat.logins.come_in(account, address)
        place = self._places[key] = Place(user, None, account.tokens[key][1], was_in_rooms)
        user.tokens += (key,)
        return place

    async def _told_in(
        self, rooms: Sequence[Untold], entered: Sequence[str], seen: int
    ) -> tuple[Sequence[Entry], int]:
        """What somebody is told of rooms that were left behind an id: the last that was said there.

        entered: the rooms in which that person is again.

        And in how many of those rooms there was more.
        """
        found: list[Entry] = []
        missing = 0
        for left in rooms:
            room = NamedRoom(left.room, left.place, 0)
            try:
                end = await self._store.position_of(left.place, left.id)
                said = await self._store.before(left.place, end + 1, MOST_BEHIND)
            except StoreError:
                said = []
                missing += 1
            new = [room.entry_of(each) for each in said if each.id > max(seen, left.since)]
            sizes = accumulate([len(entry.line) for entry in reversed(new)])
            number = sum([size <= BYTES_BEHIND for size in sizes])
            missing += number < len(new) or len(new) == MOST_BEHIND
            found += new[len(new) - number :]
            if left.room not in entered:
                event = left.event
                now = self._chat.clock.now()
                found.append(Entry.told(left.id, now, event)._replace(log=room.log))
        return found, missing

    def tell_untold(self, session: Session) -> None:
        """Tell somebody who has logged in what has happened meanwhile."""
        for each in _taken(session.user):
            if not each.is_told:
                self._chat.delivery.tell(session, each.event)

    def put_out(self, user: User, told: str) -> None:
        """Somebody was put off the server, and is told so when coming back with a token.

        An account's are good no longer either."""
        tokens = user.tokens if user.account is None else (*user.tokens, *user.account.tokens)
        self._put_out.update(dict.fromkeys(tokens, told))
        while len(self._put_out) > MOST_PUT_OUT:
            del self._put_out[next(iter(self._put_out))]
        if user.account is not None:
            self.end_of(user.account)

    async def _show_waiting(self, user: User) -> None:
        with suppress(StoreError):  # it waits on
            await self._chat.handover.show(user)

    def begin(self, session: Session, token: str, seen: int | None, error: ChatError) -> None:
        """Go on with a newcomer who wanted to come back with a token, and could not."""
        if seen is not None or not isinstance(error, NoSuchToken):
            session.refuse(error)
        if not isinstance(error, NoSuchToken):
            return
        if session.is_outside:
            session.wanted = token
            session.finish()
        elif _TOKEN.fullmatch(token):
            self.give(session, token)
        elif seen is None:
            session.refuse(
                Misused("A token has 32 to 128 of the characters A-Z a-z 0-9 - and _.", "token")
            )

    def opened_to(self, session: Session) -> None:
        """Go on with somebody who had to log in before there was a place."""
        token, session.wanted = session.wanted, ""
        if _TOKEN.fullmatch(token):
            self._put(session, token)
            self._kept.keep(session.user, partial(self._tell, session, token))

    def renew(self, session: Session) -> None:
        """Give another token to a session in place of the one that it has, if it has one."""
        if session.token:
            token = _new_token()
            self._put(session, token)
            self._kept.keep(session.user, partial(self._tell, session, token))

    def give(self, session: Session, token: str = "") -> None:
        """Give a token to a session, once the store keeps its place; its old one is good no longer.

        token: one that it has chosen, and nobody else has; else it is a new one.
        """
        token = token or _new_token()
        self._put(session, token)
        session.is_busy = True
        self._kept.keep(session.user, partial(self._given, session, token))

    def _put(self, session: Session, token: str) -> None:
        self.take(session)
        user = session.user
        key = session.token = _digest(token)
        self._places[key] = Place(user, session, self._chat.delivery.last_id)
        user.tokens += (key,)
        if len(user.tokens) > MOST_TOKENS:
            self._end(user.tokens[0])
        self.adopt(user)

    def _given(self, session: Session, token: str) -> None:
        session.is_busy = False
        if session in self._chat.sessions:
            self._tell(session, token)
            session.finish()
            self._chat.delivery.look_at_held()

    def _tell(self, session: Session, token: str) -> None:
        if session in self._chat.sessions:
            self._chat.delivery.tell(session, Resumable(token, self._chat.delivery.last_id))

    def adopt(self, user: User) -> None:
        """Let somebody's tokens be those of the account, too, if there is one; they are used."""
        account = user.account
        if account is None or not user.tokens:
            return
        until = self._chat.clock.now() + GOOD_FOR
        is_changed = False
        for key in user.tokens:
            if account.tokens.get(key, (0.0,))[0] < until - RENEWED_AFTER:
                is_changed = True
                account.tokens.pop(key, None)
                account.tokens[key] = (until, self._places[key].seen, account.era)
                self._owners[key] = account
        while len(account.tokens) > MOST_TOKENS:
            self._end(next(iter(account.tokens)))
        if is_changed:
            self._chat.spawn(self._chat.accounts.try_to_keep(account))

    def take(self, session: Session) -> None:
        """Whoever holds the token of a session, it is good no longer."""
        if session.token:
            self._end(session.token)

    def end_of(self, account: Account, but: Session | None = None) -> None:
        """The tokens of an account are good no longer, except that of one session."""
        for key in list(account.tokens):
            if but is None or key != but.token:
                self._end(key)

    def _end(self, key: str) -> None:
        place = self._places.get(key)
        if place is not None:
            self._leave(key, place)
            self._kept.keep(place.user)
        account = self._owners.pop(key, None)
        if account is not None:
            del account.tokens[key]
            self._chat.spawn(self._chat.accounts.try_to_keep(account))

    def _leave(self, key: str, place: Place) -> None:
        del self._places[key]
        place.user.tokens = tuple([each for each in place.user.tokens if each != key])
        place.user.seen.pop(key, None)
        if place.session is not None:
            place.session.token = ""

    def hand_over(self, guest: User, owner: User) -> None:
        """Somebody has logged in, and keeps the token."""
        for key in guest.tokens:
            self._places[key].user = owner
            note_seen(owner, key, guest.seen.get(key, 0))
        owner.tokens += guest.tokens
        owner.untold = (*owner.untold, *guest.untold)[-MOST_UNTOLD:]
        guest.tokens = ()
        self._kept.keep(guest)
        self.adopt(owner)
        self.note(owner)

    def forget(self, user: User) -> None:
        """Somebody is here no longer: tokens are good only as those of an account."""
        if not user.tokens:
            return
        self.adopt(user)
        for key in user.tokens:
            self._leave(key, self._places[key])
        self._kept.keep(user)

    def note(self, user: User) -> None:
        """Something has changed of where somebody is."""
        if user.tokens:
            self._kept.keep(user)

    async def _keep_rooms(self, user: User) -> None:
        await self._chat.rooms.keep(user)

    def _facts(self, user: User) -> dict[str, Any] | None:
        if not user.tokens:
            return None
        rooms = self._chat.rooms.values()
        return {
            "name": user.name,
            "former": user.former,
            "address": user.address,
            "account": user.account.name if user.account is not None else "",
            "era": user.account.era if user.account is not None else "",
            "rooms": {room.place: room.occupants[user] for room in rooms if user in room.occupants},
            "tokens": {key: self._places[key].seen for key in user.tokens},
            "untold": user.untold,
        }


def _new_token() -> str:
    return secrets.token_urlsafe(24)


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _taken(user: User) -> tuple[Untold, ...]:
    """What somebody may have missed, with and without an account."""
    return take_untold(user) + (take_untold(user.account) if user.account is not None else ())


def _first_of(room: Room, user: User, seen: int) -> int:
    """The id behind which somebody reads a room on, who has read up to one."""
    if isinstance(room, NamedRoom):
        return max(seen, room.occupants.get(user, 0))
    return seen
