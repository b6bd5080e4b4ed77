"""Moderation: kicks, bans, mutes and roles."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING

from chatsvc.chat.moderation.act import DONE, SERVER, Act
from chatsvc.chat.moderation.acts import MOST_IN_FORCE
from chatsvc.chat.moderation.powers import OPPOSITES, may
from chatsvc.chat.moderation.targets import (
    EVERYBODY,
    Target,
    hits,
    is_address,
    is_mask,
)
from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.people.keys import account_key, guest_key, keys_of
from chatsvc.chat.rooms.roles import Role
from chatsvc.errors import SHOWN, ChatError, NoSuchRoom
from chatsvc.events import orders
from chatsvc.text import numbers
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.moderation.acts import Acts
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.moderation.targets import Targets
    from chatsvc.chat.moderation.telling import Telling
    from chatsvc.chat.moderation.tenure import Tenure
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.presence.departures import Departures
    from chatsvc.chat.presence.notices import Notices
    from chatsvc.chat.rooms.joining import Joining
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Clock, Turns

MUTED_FOR = 600.0  # seconds by default
AT_ONCE = 100  # people compared with a ban before others have their turn
PUT_OUT = 10  # people removed before others have their turn

# What an act does on the whole server.
_WIDELY = {
    "kick": "put somebody off the server",
    "ban": "keep somebody off the server",
    "unban": "let somebody onto the server again",
    "mute": "keep somebody from speaking anywhere",
    "unmute": "let somebody speak everywhere again",
}
_ALLOWS: dict[str, type[orders.Order]] = {"exempt": orders.Exempted, "admit": orders.LetIn}
_HARMLESS = ("voice", "exempt", "admit")  # acts that hit nobody
_GIVES: dict[str, type[orders.Order]] = {"op": orders.Opped, "voice": orders.Voiced}


@dataclass(eq=False)
class Moderation:
    """Does acts of moderation, and undoes them.

    An act in the lobby holds on the whole server. All methods raise ChatError, and those that wait
    for the store also StoreError; then nothing is done.
    """

    _clock: Clock
    _turns: Turns
    _delivery: Delivery
    _users: Users
    _departures: Departures
    _notices: Notices
    _rooms: Rooms
    _settings: Settings
    _joining: Joining
    _acts: Acts
    _standing: Standing
    _targets: Targets
    _telling: Telling
    _tenure: Tenure

    def room(self, session: Session, name: str, act: str) -> NamedRoom:
        """The room of that name, if somebody may do an act there. Raises ChatError.

        name: empty for the room spoken in last; the lobby, which stands for the whole server, has
            to be named.
        """
        lobby = self._rooms.lobby
        if not name:
            here = self._rooms.here(session)
            if here is lobby and act in _WIDELY and self._standing.is_operator(session.user):
                one = f"for one room, /{act} #room NAME"
                raise ChatError(f"Write /{act} server NAME to {_WIDELY[act]}; {one}.")
            if here is lobby and act not in ("bans", "log"):
                raise ChatError(f"Name the room: /{act} #room ...")
            self._standing.check(here, session.user, act)
            return here
        room = self._rooms.get(name) if name[0] == "#" else lobby
        if room is None:
            raise NoSuchRoom(name)
        try:
            self._standing.check(room, session.user, act)
        except ChatError:
            if not self._rooms.is_seen(room, session.user):
                raise NoSuchRoom(name) from None
            raise
        return room

    async def hit_by(self, room: NamedRoom, keys: Sequence[str], rank: Role) -> list[User]:
        """The people in a room, or on the server, hit by a ban of such keys by such a role."""
        is_lobby = room is self._rooms.lobby
        people = list(self._users.in_any_order() if is_lobby else room.occupants)
        found = [
            user
            async for user in self._turns.slowly(people, AT_ONCE)
            if hits(keys, keys_of(user))
            and (not is_address(keys[0]) or may(rank, "ban", self._standing.role_of(room, user)))
        ]
        return sorted(found, key=attrgetter("number")) if is_lobby else found

    # What is done

    async def kick(self, session: Session, room: NamedRoom, name: str, reason: str) -> None:
        """Remove somebody from a room, or for the lobby from the server."""
        target = self._targets.person(name)
        user = target.user
        if user is None or not self._rooms.is_in(room, user):
            raise ChatError(f"{target.name} is not in {room.name}.")
        act = await self._do(session, room, "kick", target, reason, 0.0)
        if self._is_here(room, user):
            self._put_out(room, user, act)

    async def ban(
        self, session: Session, room: NamedRoom, target: Target, span: float, reason: str
    ) -> None:
        """Ban somebody from a room, or from the server."""
        act = await self._do(session, room, "ban", target, reason, span)
        found = await self.hit_by(room, act.keys, act.rank)
        async for user in self._turns.slowly(found, PUT_OUT):
            if self._is_here(room, user):
                self._put_out(room, user, act)
        is_public = target.is_person or is_mask(act.keys[0])  # addresses are for moderators
        if is_public and not found and room is not self._rooms.lobby:
            self._telling.tell(session, room, orders.Banned, act, *self._telling.terms(act))
        else:
            term = act.term(self._clock)
            what = f"{target.name} is banned from {self._telling.where(room)} {term}"
            session.tell(f"{what} (act {act.id}).")
        if act.keys[0].startswith("guest "):
            session.tell(
                f"{target.name} is a guest whose address stands for others, too:"
                " only that guest is banned, and can come again as another."
            )

    async def mute(
        self, session: Session, room: NamedRoom, target: Target, span: float, reason: str
    ) -> None:
        """Mute somebody in a room, or everywhere."""
        if not (target.is_person or is_mask(target.keys[0])):
            raise ChatError("Whole addresses cannot be muted.")
        act = await self._do(session, room, "mute", target, reason, span)
        self._telling.tell(session, room, orders.Muted, act, *self._telling.terms(act))
        self._telling.tell_target(room, target, act, session.user)
        self._standing.refresh_flags(room)

    async def allow(self, session: Session, room: NamedRoom, kind: str, target: Target) -> None:
        """Exempt people from bans (exempt), or let them join without an invitation (admit)."""
        if room is self._rooms.lobby:
            raise ChatError(f"Everybody can be in {room.name}.")
        act = await self._do(session, room, kind, target, "", inf)
        self._telling.tell(session, room, _ALLOWS[kind], act)

    async def give(self, session: Session, room: NamedRoom, kind: str, name: str) -> None:
        """Make somebody a moderator (op), or give them voice in a moderated room.

        A guest keeps the role until leaving.
        """
        if room is self._rooms.lobby and kind == "op":
            raise ChatError(f"Only operators of this server moderate {room.name}.")
        target = self._targets.person(name)
        target = target._replace(keys=target.keys[:1])
        act = await self._do(session, room, kind, target, "", inf)
        if target.user is not None and act.keys[0] == guest_key(target.user):
            self._tenure.give(target.user)
        self._telling.tell(session, room, _GIVES[kind], act)
        self._telling.tell_target(room, target, act, session.user)

    async def hand_on(self, session: Session, room: NamedRoom, name: str) -> None:
        """Give a room to another occupant."""
        if room is self._rooms.lobby:
            raise ChatError(f"{room.name} belongs to nobody.")
        rank = self._standing.check(room, session.user, "owner")
        target = self._targets.person(name)
        user = target.user
        if user is None or user not in room.occupants:
            raise ChatError(f"{target.name} is not in {room.name}.")
        if room.owner_key in target.keys:
            raise ChatError(f"{room.name} belongs to {target.name} already.")
        if room.is_persistent and user.account is None:
            raise ChatError(f"{room.name} is persistent, and {target.name} has no account.")
        actor = session.user.name
        with self._settings.promised(room, user):
            act = await self._acts.add(
                "owner", room.key, actor, rank, target.name, target.keys, "", 0.0
            )
            try:
                await self._settings.give(room, user)
            except BaseException:
                await self._acts.fail(act)
                raise
        if not user.sessions:
            self._notices.tell(user, f"{actor} has given {room.name} to you.", room.name)

    async def give_up(self, session: Session, room: NamedRoom) -> None:
        """Give up one's own room, which then has no owner."""
        if room.owner_key not in keys_of(session.user):
            raise ChatError(f"{room.name} is not yours.")
        await self._settings.give_up(room, session.user)

    async def note(self, session: Session, kind: str, account: Account) -> Act:
        """Note in the server's log what an operator does to an account."""
        keys = (account_key(account.name),)
        actor = session.user.name
        rank = Role.OPERATOR
        return await self._acts.add(kind, SERVER, actor, rank, account.name, keys, "", 0.0)

    async def set_moderated(self, session: Session, room: NamedRoom) -> None:
        """Make a room moderated: only those with voice may speak."""
        everybody = Target("", (EVERYBODY,), None, False)
        act = await self._do(session, room, "moderated", everybody, "", inf)
        self._telling.tell(session, room, orders.ModeratedSet, act)
        self._standing.refresh_flags(room)

    async def lift(
        self, session: Session, room: NamedRoom, kind: str, text: str, why: str = ""
    ) -> None:
        """Undo the acts of one kind in force against a name, an account or an address."""
        found = self._found(session, room, kind, text)
        if not found:
            what = {
                "ban": "is not banned from",
                "mute": "is not muted in",
                "op": "is no moderator of",
                "voice": "has been given no voice in",
            }[kind]
            raise ChatError(f"{text[:SHOWN]} {what} {self._telling.where(room)}.")
        for act in found:
            await self._undo(session, room, act, why)

    async def end_moderated(self, session: Session, room: NamedRoom) -> None:
        """End the moderation of a room, so that everybody may speak."""
        acts = self._acts.in_force(room.key, "moderated")
        if not acts:
            raise ChatError(f"{room.name} is not moderated.")
        for act in acts:
            await self._undo(session, room, act, "")

    async def undo(self, session: Session, number: str, why: str) -> None:
        """Undo the act with that number."""
        act_id = numbers.number(number)
        act = self._acts.find(act_id) if act_id is not None else None
        room = self._rooms.by_key(act.room_key) if act is not None else None
        if (
            act is None
            or room is None
            or not may(self._standing.role_of(room, session.user), "log")
        ):
            raise ChatError(f'There is no act "{number[:SHOWN]}" that you could undo. See /log.')
        if act.undone_by:
            raise ChatError(f"{act.undone_by} has undone act {act.id} already.")
        if not act.is_in_force(self._clock.seconds()):
            raise ChatError(f"Act {act.id} is over: there is nothing to undo.")
        await self._undo(session, room, act, why)

    async def _do(
        self,
        session: Session,
        room: NamedRoom,
        kind: str,
        target: Target,
        reason: str,
        span: float,
    ) -> Act:
        """Store an act, if it is permitted and not in force already."""
        user = session.user
        rank = self._standing.check(room, user, kind)
        if reason or orders.has_words(target.name):
            self._standing.check_voice(room, user)
        if kind not in _HARMLESS and hits(target.keys, keys_of(user)):
            raise ChatError(f"You cannot {kind} yourself, and that would hit you.")
        if is_mask(target.keys[0]) and room is self._rooms.lobby:
            raise ChatError("Masks are for rooms: on the whole server, ban a name or an address.")
        self._targets.check(target)
        if target.is_person:
            self._standing.check_rank(
                room, rank, kind, target.name, self._standing.role_of_target(room, target)
            )
        if span:
            same = self._acts.same(room.key, kind, target.keys)
            if same is not None:
                what = f"{target.name or room.name} is {DONE[kind]} already"
                raise ChatError(f"{what} (act {same.id}), {same.rest(self._clock)}.")
        return await self._acts.add(
            kind, room.key, user.name, rank, target.name, target.keys, reason, span
        )

    async def _undo(self, session: Session, room: NamedRoom, act: Act, why: str) -> None:
        """Undo an act, if that is permitted."""
        user = session.user
        opposite = OPPOSITES[act.kind]
        rank = self._standing.check(room, user, opposite)
        if why or (orders.has_words(act.name) and act.actor == user.name):
            self._standing.check_voice(room, user)
        if act.name and act.kind not in _HARMLESS and hits(act.keys, keys_of(user)):
            raise ChatError(f"Act {act.id} hits you: somebody else has to undo it.")
        if act.name and not (is_address(act.keys[0]) or act.kind in _ALLOWS):
            other = self._standing.role_of_target(room, act)
            self._standing.check_rank(room, rank, opposite, act.name, other)
        await self._acts.undo(act, user.name, why)
        self._standing.refresh_flags(room)
        if room is self._rooms.lobby and act.kind == "ban":  # its target is not here
            session.tell(f"The ban of {act.name} from this server is lifted (act {act.id}).")
            return
        self._telling.tell(
            session, room, orders.Undone, act, act.kind, act.undone_why, by=user.name
        )
        is_private = not act.name or is_address(act.keys[0]) or not act.was_told
        people = () if is_private else list(self._users.in_any_order())
        async for hit in self._turns.slowly(people, AT_ONCE):
            is_hit = self._telling.hits_elsewhere(room, act, hit)
            if is_hit and hit is not user and not ignores(hit, user):
                self._notices.tell(
                    hit, f"{user.name} has undone act {act.id}, by which you were {act.done}."
                )

    def _found(self, session: Session, room: NamedRoom, kind: str, text: str) -> list[Act]:
        """The acts in force against the target that a text means, here or not."""
        look = text.partition(" ")[2] if text.startswith(("account ", "address ")) else text
        wanted = folded(look)
        keys: set[str] = set()
        with suppress(ChatError):
            keys |= set(self._targets.target(session.user, text).keys)
        with suppress(ChatError):
            keys |= set(self._targets.person(text).keys)
        return [
            act
            for act in self._acts.in_force(room.key, kind)
            if folded(act.name) == wanted or not keys.isdisjoint(act.keys)
        ]

    # What people are told

    async def listed(self, room: NamedRoom, *kinds: str) -> list[str]:
        """The acts of some kinds in force in a room, one a line."""
        acts = self._acts.in_force(room.key, *kinds)
        return [act.line(self._clock) async for act in self._turns.slowly(acts, MOST_IN_FORCE)]

    def log(self, room: NamedRoom, most: int) -> list[str]:
        """The last `most` acts in a room, one a line."""
        return [act.line(self._clock) for act in self._acts.of(room.key)[-most:]]

    def _is_here(self, room: NamedRoom, user: User) -> bool:
        return self._users.get(user.name) is user and self._rooms.is_in(room, user)

    def _put_out(self, room: NamedRoom, user: User, act: Act) -> None:
        """Remove somebody from a room by a kick or a ban."""
        notice = self._telling.notice(room, act, user, self._users.get(act.actor))
        act.was_told = True
        if room is self._rooms.lobby:
            how = "kicked" if act.kind == "kick" else "banned"
            event = orders.Removed(user.name, how, act.actor, act.id, *self._telling.terms(act))
            self._departures.remove(user, event, notice)
            return
        facts = (room.name, user.name, act.actor, act.id, *self._telling.terms(act))
        is_kick = act.kind == "kick"
        gone = orders.Kicked(*facts) if is_kick else orders.Banned(*facts, was_in=True)
        self._joining.remove(room, user, gone, notice)

    def put_out_where_banned(self, user: User) -> None:
        """Remove somebody who has logged in from rooms where the account is banned."""
        lobby = self._rooms.lobby
        act = self._standing.ban_of(lobby, user)
        if act is not None:
            self._put_out(lobby, user, act)
            return
        for room in self._rooms.of(user):
            act = self._standing.ban_of(room, user)
            if act is not None:
                self._put_out(room, user, act)
