"""Tokens, and the places that they resume."""

from __future__ import annotations

import json
import re
import secrets
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from chatsvc.chat.accounts.missed_notices import MOST_NOTICES, MissedNotice
from chatsvc.chat.identity.restarts import Snapshots
from chatsvc.chat.keeping.records import Records
from chatsvc.errors import ChatError
from chatsvc.events.answers import Resumable
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.logs.room import Room
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Clock, Spawn
    from chatsvc.store import Store

MOST_TOKENS = 10  # of one person, and of one account; the oldest ends first
GOOD_FOR = 30 * 86400.0  # seconds until an unused token of an account expires
RENEWED_AFTER = 86400.0  # seconds until a use of it is noted
MOST_NEWS = 1000  # tokens without a place that there is news for
NEWS_FOR = 86400.0  # seconds for which the news is kept
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}")


class NoSuchToken(ChatError):
    """The token is unknown.

    news: what happened before the place was given up.
    """

    code = "no-such-token"

    def __init__(self, news: Sequence[MissedNotice] = ()) -> None:
        super().__init__("That place is no longer kept. You are new, and may have missed lines.")
        self.news = news


class PutOff(NoSuchToken):
    """The place ended as its person was removed from the server; the text says why."""

    code = "put-off"

    def __init__(self, why: str) -> None:
        super().__init__()
        self.args = (why,)


class Place:
    """The place that a token resumes: a person's session, and how far it has read.

    user: the person.
    session: the current or last session with the token; None if that was before a restart.
    seen: the id after which a connection reads on by default.
    room: where it spoke last before a restart; None if unknown.
    """

    __slots__ = ("room", "seen", "session", "user")

    def __init__(
        self, user: User, session: Session | None, seen: int, room: Room | None = None
    ) -> None:
        self.user = user
        self.session = session
        self.seen = seen
        self.room = room

    @property
    def speaks_in(self) -> str | None:
        """The key of the room where it spoke last; None if unknown."""
        room = self.room if self.session is None else self.session.room
        return None if room is None else room.key


class Tokens:
    """All tokens, and their places.

    Only digests of tokens, called keys, are kept, in memory and in the store.

    places: of people here or in the grace period.
    owners: the accounts of tokens.
    snapshots: of people, in the store.
    """

    def __init__(
        self,
        clock: Clock,
        store: Store,
        spawn: Spawn,
        delivery: Delivery,
        accounts: Accounts,
        users: Users,
        sessions: Sessions,
        rooms: Rooms,
        settings: Settings,
    ) -> None:
        self.places: dict[str, Place] = {}
        self.owners: dict[str, Account] = {}
        self.snapshots = Snapshots(clock, store, spawn, self._facts, settings.keep_of)
        # By key: since when, why the person was put off the server, and what else there is to tell.
        self._news: dict[str, tuple[float, str, tuple[MissedNotice, ...]]] = {}
        self._kept_news = Records(store, "news/")
        self._clock = clock
        self._spawn = spawn
        self._delivery = delivery
        self._accounts = accounts
        self._users = users
        self._sessions = sessions
        self._rooms = rooms

    def __len__(self) -> int:
        return len(self.places)

    async def open(self) -> None:
        """Load the valid tokens of accounts, and the news. Raises StoreError."""
        now = self._clock.now()
        for key, value in (await self._kept_news.open()).items():
            since, why, news = json.loads(value)
            self._news[key] = (since, why, tuple([MissedNotice(*each) for each in news]))
        self._forget_old_news()
        for account in self._accounts:
            account.tokens = {
                key: each
                for key, each in account.tokens.items()
                if each[0] > now and each[2] == account.era
            }
            self.owners.update(dict.fromkeys(account.tokens, account))

    def bind(self, key: str, user: User, seen: int, room: Room | None) -> Place:
        """Bind a token to the place of a person who had it before a restart or a departure.

        seen: the id after which it reads on by default.
        room: where it spoke last; None if unknown.
        """
        place = self.places[key] = Place(user, None, seen, room)
        user.tokens += (key,)
        return place

    async def keep(self) -> None:
        """Retry failed records, and note that the server runs. Raises StoreError."""
        self.snapshots.keep_failed()
        self._forget_old_news()
        for user in self._users.values():
            if user.missed_notices:
                self.note(user)
        await self.snapshots.note_alive()

    async def close(self) -> None:
        """Store the remaining records, and note that the server ran. Raises StoreError."""
        await self.snapshots.close()

    def owner_of(self, key: str) -> Account:
        """The account of a token whose owner has no place. Raises NoSuchToken."""
        account = self.owners.get(key)
        if account is None:
            _, why, news = self._news.get(key, (0.0, "", ()))
            self._set_news(key, None)
            raise PutOff(why) if why else NoSuchToken(news)
        if account.tokens[key][0] < self._clock.now():
            self.end(key)
            raise NoSuchToken
        return account

    def was_put_out(self, key: str) -> bool:
        """Whether a token belongs to a person removed from the server, who has yet to be told."""
        return key in self._news and bool(self._news[key][1])

    def put_out(self, user: User, notice: str) -> None:
        """Revoke the tokens of a person removed from the server, who is told why on coming back.

        The account's tokens are revoked, too.
        """
        tokens = user.tokens if user.account is None else (*user.tokens, *user.account.tokens)
        user.missed_notices = ()
        for key in tokens:
            self._set_news(key, notice)
        if user.account is not None:
            self.end_of(user.account)

    def _set_news(self, key: str, why: str | None, notices: tuple[MissedNotice, ...] = ()) -> None:
        """Set the news for a token whose place is gone; None for no news."""
        if self._news.pop(key, None) is None and why is None:
            return
        if why is not None:
            self._news[key] = (self._clock.now(), why, notices)
        self._spawn(self._keep_news(key))
        if len(self._news) > MOST_NEWS:
            self._set_news(next(iter(self._news)), None)

    async def _keep_news(self, key: str) -> None:
        with suppress(StoreError):
            await self._kept_news.keep(
                key, lambda: json.dumps(self._news[key]) if key in self._news else None
            )

    def _forget_old_news(self) -> None:
        before = self._clock.now() - NEWS_FOR
        for key in [key for key, (since, *_) in self._news.items() if since < before]:
            self._set_news(key, None)

    def opened_to(self, session: Session) -> None:
        """Give a place to a session that had to log in first."""
        token, session.wanted_token = session.wanted_token, ""
        if is_token(token):
            self._put(session, token)
            self.snapshots.keep(session.user, partial(self._tell, session, token))

    def renew(self, session: Session) -> None:
        """Replace the token of a session, if it has one."""
        if session.token:
            token = _new_token()
            self._put(session, token)
            self.snapshots.keep(session.user, partial(self._tell, session, token))

    def grant(self, session: Session, token: str = "") -> None:
        """Grant a token to a session, once its place is stored; its old one is revoked.

        token: of the session's choice, which nobody else has; by default, a new one.
        """
        token = token or _new_token()
        self._put(session, token)
        session.is_busy = True
        self.snapshots.keep(session.user, partial(self._given, session, token))

    def _put(self, session: Session, token: str) -> None:
        self.revoke(session)
        user = session.user
        key = session.token = digest(token)
        self.places[key] = Place(user, session, self._delivery.last_id)
        user.tokens += (key,)
        if len(user.tokens) > MOST_TOKENS:
            self.end(user.tokens[0])
        self.share_with_account(user)

    def _given(self, session: Session, token: str) -> None:
        session.is_busy = False
        if session in self._sessions:
            self._tell(session, token)
            session.finish()
            self._delivery.schedule_round()

    def _tell(self, session: Session, token: str) -> None:
        if session in self._sessions:
            self._delivery.tell(session, Resumable(token, self._delivery.last_id))

    def share_with_account(self, user: User) -> None:
        """Make a person's tokens the account's, too, if there is one; they count as used."""
        account = user.account
        if account is None or not user.tokens:
            return
        until = self._clock.now() + GOOD_FOR
        is_changed = False
        for key in user.tokens:
            if account.tokens.get(key, (0.0,))[0] < until - RENEWED_AFTER:
                is_changed = True
                account.tokens.pop(key, None)
                account.tokens[key] = (until, self.places[key].seen, account.era)
                self.owners[key] = account
        while len(account.tokens) > MOST_TOKENS:
            self.end(next(iter(account.tokens)))
        if is_changed:
            self._spawn(self._accounts.try_to_keep(account))

    def revoke(self, session: Session) -> None:
        """Revoke a session's token."""
        if session.token:
            self.end(session.token)

    def end_of(self, account: Account, but: Session | None = None) -> None:
        """Revoke all tokens of an account, except one session's."""
        for key in list(account.tokens):
            if but is None or key != but.token:
                self.end(key)

    def end(self, key: str) -> None:
        """Revoke a token."""
        place = self.places.get(key)
        if place is not None:
            self._leave(key, place)
            self.snapshots.keep(place.user)
        account = self.owners.pop(key, None)
        if account is not None:
            del account.tokens[key]
            self._spawn(self._accounts.try_to_keep(account))

    def _leave(self, key: str, place: Place) -> None:
        del self.places[key]
        place.user.tokens = tuple([each for each in place.user.tokens if each != key])
        place.user.read_markers.pop(key, None)
        if place.session is not None:
            place.session.token = ""

    def hand_over(self, guest: User, owner: User) -> None:
        """Move a guest's tokens to the account's owner, at the login."""
        for key in guest.tokens:
            self.places[key].user = owner
            owner.note_read_marker(key, guest.read_markers.get(key, 0))
        owner.tokens += guest.tokens
        owner.missed_notices = (*owner.missed_notices, *guest.missed_notices)[-MOST_NOTICES:]
        guest.tokens = ()
        self.snapshots.keep(guest)
        self.share_with_account(owner)
        self.note(owner)

    def forget(self, user: User) -> None:
        """Forget the tokens of a person who has left; the account keeps its own.

        A guest who returns within a day is told what was missed.
        """
        if not user.tokens:
            return
        self.share_with_account(user)
        for key in user.tokens:
            seen = max(self.places[key].seen, user.read_markers.get(key, 0))
            notices = tuple(
                [each for each in user.missed_notices if not each.left_key or each.id > seen]
            )
            if notices:
                self._set_news(key, "", notices)
            self._leave(key, self.places[key])
        self.snapshots.keep(user)

    def note(self, user: User) -> None:
        """Store a snapshot of a person whose place has changed."""
        if user.tokens:
            self.snapshots.keep(user)

    def _facts(self, user: User) -> dict[str, Any] | None:
        if not user.tokens:
            return None
        rooms = self._rooms.values()
        return {
            "name": user.name,
            "former": user.former_names,
            "address": user.address,
            "account": user.account.name if user.account is not None else "",
            "era": user.account.era if user.account is not None else "",
            "rooms": {room.key: room.occupants[user] for room in rooms if user in room.occupants},
            "tokens": {key: self.places[key].seen for key in user.tokens},
            "speaks in": {key: self.places[key].speaks_in for key in user.tokens},
            "untold": user.missed_notices,
        }


def is_token(text: str) -> bool:
    """Whether a text can be a token."""
    return _TOKEN.fullmatch(text) is not None


def _new_token() -> str:
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """The key of a token, which is its digest."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
