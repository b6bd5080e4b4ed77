"""Resuming: a connection takes the place of a lost one, with its token."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from chatsvc.chat.identity.tokens import NoSuchToken, Place, digest, is_token
from chatsvc.chat.people.user import Ending
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.errors import ChatError, Misused
from chatsvc.events.answers import Resumed
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.gate import Gate
    from chatsvc.chat.accounts.missed_notices import MissedNotice
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.direct.conversations import Conversations
    from chatsvc.chat.direct.handover import Handover
    from chatsvc.chat.direct.pairs import Pairs
    from chatsvc.chat.history.read_markers import ReadMarkers
    from chatsvc.chat.identity.left_rooms import LeftRooms
    from chatsvc.chat.identity.logins import Logins
    from chatsvc.chat.identity.tokens import Tokens
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.logs.wording import Wording
    from chatsvc.chat.moderation.redaction import Redaction
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.people.connection import Connection
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.people.visits import Visits
    from chatsvc.chat.presence.arrivals import Arrivals
    from chatsvc.chat.presence.departures import Departures
    from chatsvc.chat.presence.notices import Notices
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Spawn
    from chatsvc.journal import Journal

_REPLACED = Ending("ended", "another one has its place")
MOST_CHANGES = 100  # changed topics and removals, told on resuming


@dataclass(eq=False)
class Resuming:
    """Lets connections resume places with their tokens."""

    _spawn: Spawn
    _journal: Journal
    _delivery: Delivery
    _gate: Gate
    _users: Users
    _visits: Visits
    _notices: Notices
    _sessions: Sessions
    _arrivals: Arrivals
    _departures: Departures
    _rooms: Rooms
    _settings: Settings
    _pairs: Pairs
    _handover: Handover
    _conversations: Conversations
    _read_markers: ReadMarkers
    _standing: Standing
    _redaction: Redaction
    _tokens: Tokens
    _logins: Logins
    _left_rooms: LeftRooms

    def resume(
        self,
        connection: Connection,
        address: str | None,
        wording: Wording,
        token: str,
        seen: int | None,
        newcomer: Session | None,
    ) -> Session:
        """Give a new connection the place of a lost one, or of one that is about to be lost.

        token: of the place.
        seen: the read marker after which it reads on; None for the one told with the token.
        newcomer: the connection's session until now, which stays if this fails; None if it was not
            let in.

        Raises NoSuchToken; or another ChatError, if a newcomer would not be let in either. Then the
        place is kept for as long as before.
        """
        key = digest(token)
        place = self._tokens.places.get(key)
        if place is not None:
            self._arrivals.check(connection, address)
            self._check(place.user)
            self._sessions.check_space(address, newcomer, place.session)
            if place.user.account is not None and place.session not in place.user.sessions:
                self._logins.check_sessions(place.user.account)
        else:
            account = self._tokens.owner_of(key)
            self._arrivals.check(connection, address)
            self._standing.check_account(account.name)
            self._sessions.check_space(address, newcomer)
            self._logins.check_sessions(account)
            place = self._place_of_owner(key, account, address)
        if newcomer is not None:
            self._departures.withdraw(newcomer)
        user, old = place.user, place.session
        if seen is None:
            seen = place.seen
        seen = max(0, min(seen, self._delivery.done_id))
        user.note_read_marker(key, seen)
        session = self._arrivals.connect(connection, address, wording)
        if old is not None:
            user.remove_session(old)
            old.token = ""
            old.ending = _REPLACED
            session.room = old.room
        else:
            session.room = place.room
        session.token = key
        place.session, place.seen = session, seen
        user.add_session(session)
        self._departures.end_grace(user)
        self._tokens.share_with_account(user)
        self._visits.note(user.name, address)
        self._journal.write("resumed", address, name=user.name)
        rooms = self._rooms.of(user)
        names = tuple([room.name for room in rooms])

        notices = user.take_missed_notices()
        left = [each for each in notices if each.left_key and each.id > seen]

        behind = {room: _first_of(room, user, seen) for room in (*rooms, *self._pairs.of(user))}
        changes, unknown = self._missed_changes({room: behind[room] for room in rooms})

        def tell(missing: int) -> None:
            lost = missing + unknown
            gone = tuple(dict.fromkeys([each.room for each in left if each.room not in names]))
            resumed = Resumed(token, seen, user.name, names, lost, old is None, gone)
            self._delivery.tell_behind(session, seen, [resumed])
            for entry in changes:
                session.add_reply(entry.past())
            for each in notices:
                if not each.left_key:
                    # With an id, so that a lost connection does not lose it.
                    self._notices.tell(user, each.text, each.room)

        said = None
        if left or user.account is not None:
            said = partial(self._missed_besides, session, left, names, seen)
        self._delivery.looking_back.read_on_from(session, behind, tell, said)
        self._users.show(session, session.unfiltered)
        if old is not None and old in self._sessions:
            self._read_markers.note(old)
            old.connection.abort()
        if user.account is not None:
            self._spawn(self._show_waiting(user, seen))
        return session

    def _check(self, user: User) -> None:
        """Check that a person may resume. Raises ChatError."""
        self._standing.check_person(user)
        if user.account is None and self._gate.is_closed:
            raise ChatError(self._gate.how_to_enter)

    def _place_of_owner(self, key: str, account: Account, address: str | None) -> Place:
        """A new place for an account's owner, whose last place was given up."""
        lobby = self._rooms.lobby
        was_elsewhere = any(room != lobby.key for room in account.cursors) or any(
            each.room not in ("", lobby.name) for each in account.missed_notices
        )
        user = self._users.owner(account) or self._logins.come_in(account, address)
        seen = account.tokens[key][1]
        return self._tokens.bind(key, user, seen, None if was_elsewhere else lobby)

    def _missed_changes(self, behind: Mapping[NamedRoom, int]) -> tuple[list[Entry], int]:
        """The last topics and removals in some rooms that memory has forgotten.

        behind: the rooms, each with the id after which they count.

        Returns the number of rooms with more of them, too.
        """
        found: list[Entry] = []
        for room, entry_id in behind.items():
            found += self._settings.missed_topic(room, entry_id)
            found += self._redaction.missed(room, entry_id)
        found.sort()
        return found[-MOST_CHANGES:], len({each.log for each in found[:-MOST_CHANGES]})

    async def _show_waiting(self, user: User, seen: int) -> None:
        with suppress(StoreError):  # the messages go on waiting
            await self._handover.show(user, behind=seen)

    async def _missed_besides(
        self, session: Session, left: Sequence[MissedNotice], entered: Sequence[str], seen: int
    ) -> tuple[Sequence[Entry], int]:
        """The missed messages of rooms left meanwhile; direct messages are prepared, too."""
        unread = await self._conversations.read_behind(session, seen)
        entries, missing = await self._left_rooms.missed_in(left, entered, seen)
        return entries, missing + unread

    def welcome_newcomer(
        self, session: Session, token: str, seen: int | None, error: ChatError
    ) -> None:
        """Go on with a newcomer whose token could not be resumed.

        A program that had a place may have lines for the room where it spoke: that is unknown now.
        """
        if seen is not None:
            session.room = None
        if seen is not None or not isinstance(error, NoSuchToken):
            session.refuse(error)
        if not isinstance(error, NoSuchToken):
            return
        for each in error.news:
            if not each.left_key or each.id > (seen or 0):
                self._delivery.tell(session, each.event)
        if session.must_log_in:
            session.wanted_token = token
            session.finish()
        elif is_token(token):
            self._tokens.grant(session, token)
        elif seen is None:
            session.refuse(
                Misused("A token has 32 to 128 of the characters A-Z a-z 0-9 - and _.", "token")
            )


def _first_of(room: Room, user: User, seen: int) -> int:
    """The id after which a person with a read marker reads on in a room."""
    if isinstance(room, NamedRoom):
        return max(seen, room.occupants.get(user, 0))
    return seen
