"""Own sessions: people list and end their own connections and tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.identity.tokens import GOOD_FOR
from chatsvc.clock import ahead
from chatsvc.errors import SHOWN, ChatError, Misused
from chatsvc.events.answers import Dismissed, OwnSession
from chatsvc.events.event import LOBBY

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.identity.tokens import Tokens
    from chatsvc.chat.people.user import MaybeCoroutine, Session
    from chatsvc.chat.presence.departures import Departures
    from chatsvc.chat.presence.sessions import Sessions
    from chatsvc.chat.programs.api_tokens import ApiTokens
    from chatsvc.chat.programs.sign_ins import SignIns
    from chatsvc.clock import Clock

OTHERS = "others"  # in place of a key: all but the connection that asks
_SHOWN_OF_DIGEST = 6  # hexadecimal digits of a token's digest, as its key


class _Own(NamedTuple):
    """One of a person's sessions: how it is listed, and what ends it."""

    event: OwnSession
    end: Callable[[], Awaitable[None] | None]


@dataclass(eq=False)
class OwnSessions:
    """Lists a person's connections and tokens, and ends them."""

    _clock: Clock
    _delivery: Delivery
    _sessions: Sessions
    _departures: Departures
    _tokens: Tokens
    _sign_ins: SignIns
    _api_tokens: ApiTokens

    def ask(self, session: Session, what: str) -> MaybeCoroutine:
        """List a person's sessions, or end some. Raises ChatError.

        what: empty to list them; or `end` with the key of one, or with OTHERS.
        """
        do, _, which = what.casefold().partition(" ")
        if do == "end" and which:
            return self._end(session, which.strip())
        if do:
            raise Misused("Say what to end: /sessions end 2, or /sessions end others.", "what")
        for each in self._all(session):
            session.answer(each.event)
        return None

    async def _end(self, session: Session, which: str) -> None:
        ended = [each for each in self._all(session) if which in (OTHERS, each.event.key)]
        if which != OTHERS and not ended:
            raise ChatError(f'You have no session "{which[:SHOWN]}": /sessions lists them.')
        if which != OTHERS and ended[0].event.is_this:
            raise ChatError("That is your own, which you are using.")
        ended = [each for each in ended if not each.event.is_this]
        for each in ended:
            waiting = each.end()
            if waiting is not None:
                await waiting
        session.tell(f"Ended: {', '.join([each.event.key for each in ended]) or 'nothing'}.")

    def _all(self, session: Session) -> Iterator[_Own]:
        yield from self._connections(session)
        yield from self._places(session)
        if session.user.account is not None:
            yield from self._kept_for(session.user.account, session)

    def _connections(self, session: Session) -> Iterator[_Own]:
        to_now = ahead(self._clock)
        for each in session.user.sessions:
            connection = each.connection
            event = _listed(
                str(self._sessions.number_of(each)),
                connection.kind,
                address=each.address or "",
                since=connection.began_at + to_now,
                used=connection.heard_at + to_now,
                is_this=each is session,
            )
            yield _Own(event, partial(self._close, each, session))

    async def _close(self, session: Session, by: Session) -> None:
        """End a connection, and everything with which its client could come back as this person."""
        account, sign_in = by.user.account, session.connection.sign_in
        notice = "You have ended this connection from another one."
        self._delivery.tell(session, Dismissed(notice, LOBBY))
        self._departures.quit(session)
        if sign_in != by.connection.sign_in and self._sign_ins.owner(sign_in) is account:
            await self._sign_ins.sign_out(sign_in)

    def _places(self, session: Session) -> Iterator[_Own]:
        """The tokens that no connection has now."""
        user = session.user
        used = (
            {}
            if user.account is None
            else {key: until - GOOD_FOR for key, (until, *_) in user.account.tokens.items()}
        )
        held = {each.token for each in user.sessions}
        for key in dict.fromkeys([*used, *user.tokens]):
            if key not in held:
                event = _listed(f"t{key[:_SHOWN_OF_DIGEST]}", "token", used=used.get(key, 0.0))
                yield _Own(event, partial(self._tokens.end, key))

    def _kept_for(self, account: Account, session: Session) -> Iterator[_Own]:
        """The browsers' sign-ins, and the API tokens."""
        own = self._sign_ins.digest_of(session.connection.sign_in)
        for digest, sign_in in self._sign_ins.of(account).items():
            key = f"s{digest[:_SHOWN_OF_DIGEST]}"
            event = _listed(key, "sign-in", since=sign_in.made_at, is_this=digest == own)
            yield _Own(event, partial(self._sign_ins.end, digest))
        for digest, token in self._api_tokens.of(account).items():
            key = f"a{digest[:_SHOWN_OF_DIGEST]}"
            event = _listed(key, "API token", label=token.name, since=token.made_at)
            yield _Own(event, partial(self._api_tokens.end, session, digest, token))


def _listed(
    key: str,
    kind: str,
    *,
    label: str = "",
    address: str = "",
    since: float = 0.0,
    used: float = 0.0,
    is_this: bool = False,
) -> OwnSession:
    """The event that lists a session, with times in seconds since the epoch; 0.0 if unknown."""
    text = " ".join(filter(None, [f"[{key}] {kind}", label, address and f"from {address}"]))
    began, used_last = [datetime.fromtimestamp(at, UTC) if at else None for at in (since, used)]
    if began is not None:
        text += f", since {_by_the_servers_clock(began)}"
    if used_last is not None:
        text += f", last used {_by_the_servers_clock(used_last)}"
    if is_this:
        text += " (this one)"
    return OwnSession(
        text, "", key, kind, label, address, _moment(began), _moment(used_last), is_this
    )


def _by_the_servers_clock(at: datetime) -> str:
    """A time with its zone, which may be another one than the reader's."""
    return f"{at.astimezone():%Y-%m-%d %H:%M %Z}"


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at is not None else ""
