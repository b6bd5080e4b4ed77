"""Moderation: how those keep order who may, and how everybody learns why."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cache
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.untold import Untold, add_untold
from chatsvc.chat.moderation.act import DONE, SERVER, Act
from chatsvc.chat.moderation.acts import MOST_IN_FORCE
from chatsvc.chat.moderation.powers import OPPOSITES, may
from chatsvc.chat.moderation.targets import (
    EVERYBODY,
    Target,
    address_key,
    check_width,
    hits,
    is_address,
    is_of_machine,
)
from chatsvc.chat.people.keys import account_key, address_keys, guest_key, keys_of
from chatsvc.chat.rooms.roles import Role
from chatsvc.clock import Turns
from chatsvc.errors import SHOWN, ChatError, NoSuchRoom
from chatsvc.events import orders, speech
from chatsvc.store import StoreError
from chatsvc.text.names import ACCOUNT, ADDRESS, folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.moderation.acts import Acts
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.people.session import Session
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.clock import Clock

MUTED_FOR = 600.0  # seconds, where nothing else is said
LOOKED_AT = 250  # people of whom it is seen at once whether a ban hits them
PUT_OUT = 10  # people who are put out at once
ROOMS_AT_ONCE = 10  # whose acts are looked at

# What it is to do an act on the whole server.
_WIDELY = {
    "kick": "put somebody off the server",
    "ban": "keep somebody off the server",
    "unban": "let somebody onto the server again",
    "mute": "keep somebody from speaking anywhere",
    "unmute": "let somebody speak everywhere again",
}
_GIVES: dict[str, type[orders.Order]] = {"op": orders.Opped, "voice": orders.Voiced}


class Moderation:
    """Does what keeps order, and says whom that hits.

    What is done in the lobby is done on the whole server. All that is done raises ChatError, and
    what waits for the store raises StoreError as well; then it is not done.
    """

    def __init__(self, chat: Chat, standing: Standing, acts: Acts, clock: Clock) -> None:
        self._chat = chat
        self._standing = standing
        self._acts = acts
        self._clock = clock
        self._turns = Turns(clock)  # its own: nobody who asks for much holds up who keeps order
        self._guests: set[str] = set()  # the keys of those with a role of their own

    async def open(self) -> None:
        """Go on with what the store holds. Raises StoreError."""
        await self._acts.open()
        await self.forget_accounts(len(self._chat.rooms))  # nobody is here yet
        self._look_at_rooms()

    def room(self, session: Session, name: str, act: str) -> NamedRoom:
        """The room of that name, in which somebody may do an act; the one spoken in last if "".

        The lobby, in which an act is for the whole server, is meant only if that is said. Raises
        ChatError.
        """
        lobby = self._chat.lobby
        if not name:
            here = self._chat.rooms.here(session)
            if here is lobby and act in _WIDELY and self._standing.is_operator(session.user):
                one = f"for one room, /{act} #room NAME"
                raise ChatError(f"Write /{act} server NAME to {_WIDELY[act]}; {one}.")
            if here is lobby and act not in ("bans", "log"):
                raise ChatError(f"Name the room: /{act} #room ...")
            self._standing.check(here, session.user, act)
            return here
        room = self._chat.rooms.get(name) if name[0] == "#" else lobby
        if room is None:
            raise NoSuchRoom(name)
        try:
            self._standing.check(room, session.user, act)
        except ChatError:
            if not self._chat.rooms.is_seen(room, session.user):
                raise NoSuchRoom(name) from None
            raise
        return room

    def person(self, name: str) -> Target:
        """Whom a name means: somebody who is here, or the owner of an account."""
        user = self._chat.users.get(name)
        if user is not None:
            keys = [guest_key(user)]
            if user.account is not None:
                keys.insert(0, account_key(user.account.name))
            return Target(user.name, tuple(keys), user, True)
        account = self._chat.accounts.find(name)
        if account is None:
            raise ChatError(f'Nobody is here, and nobody has an account, as "{name[:SHOWN]}".')
        return self._owner_of(account)

    def _owner_of(self, account: Account) -> Target:
        owner = self._chat.users.owner(account)
        return Target(account.name, (account_key(account.name),), owner, True)

    def target(self, actor: User, text: str) -> Target:
        """Whom a ban or a mute of a name, an account or an address is to hit.

        A guest is hit by address. If that stands for too many, only the given name is hit.
        """
        word, _, rest = text.partition(" ")
        if word.casefold() == ACCOUNT and rest:
            account = self._chat.accounts.find(rest)
            if account is None:
                raise ChatError(f'There is no account "{rest[:SHOWN]}".')
            return self._owner_of(account)
        if word.casefold() == ADDRESS and rest:
            return _address(rest)
        if "." in text or ":" in text:  # which no name has
            return _address(text)
        target = self.person(text)
        user = target.user
        if user is None or user.account is not None:
            return target
        addresses = address_keys(user)
        own = address_keys(actor)
        if not addresses or any(key in own or is_of_machine(key) for key in addresses):
            return target
        return target._replace(keys=tuple(addresses))

    async def hit_by(self, room: NamedRoom, keys: Sequence[str], rank: Role) -> list[User]:
        """Who in a room, or on the server, is hit by keys of a ban that such a role has made."""
        is_lobby = room is self._chat.lobby
        people = list(self._chat.users.values() if is_lobby else room.occupants)
        return [
            user
            async for user in self._turns.slowly(people, LOOKED_AT)
            if hits(keys, keys_of(user))
            and (not is_address(keys[0]) or may(rank, "ban", self._standing.role_of(room, user)))
        ]

    # What is done

    async def kick(self, session: Session, room: NamedRoom, name: str, reason: str) -> None:
        """Put somebody out of a room; or off the server, if it is the lobby."""
        target = self.person(name)
        user = target.user
        if user is None or not self._chat.rooms.is_in(room, user):
            raise ChatError(f"{target.name} is not in {room.name}.")
        act = await self._do(session, room, "kick", target, reason, 0.0)
        if self._is_here(room, user):
            self._put_out(room, user, act)

    async def ban(
        self, session: Session, room: NamedRoom, target: Target, span: float, reason: str
    ) -> None:
        """Keep somebody out of a room, or off the server."""
        act = await self._do(session, room, "ban", target, reason, span)
        found = await self.hit_by(room, act.keys, act.rank)
        async for user in self._turns.slowly(found, PUT_OUT):
            if self._is_here(room, user):
                self._put_out(room, user, act)
        if target.is_person and not found and room is not self._chat.lobby:
            self._tell(session, room, orders.Banned, act, *self._terms(act))
        else:
            term = act.term(self._clock)
            what = f"{target.name} is banned from {self._where(room)} {term}"
            session.tell(f"{what} (act {act.id}).")
        if act.keys[0].startswith("guest "):
            session.tell(
                f"{target.name} is a guest whose address stands for others, too:"
                " only that guest is banned, and can come again as another."
            )

    async def mute(
        self, session: Session, room: NamedRoom, target: Target, span: float, reason: str
    ) -> None:
        """Let somebody not speak in a room, or anywhere."""
        if not target.is_person:
            raise ChatError("Whole addresses cannot be muted.")
        act = await self._do(session, room, "mute", target, reason, span)
        self._tell(session, room, orders.Muted, act, *self._terms(act))
        self._tell_target(room, target, act, session.user)
        self._standing.look_at(room)

    async def redact(self, session: Session, number: str, reason: str) -> None:
        """Remove what was said under a number; that it was there stays, and who removed it."""
        is_number = number.isascii() and number.isdecimal() and len(number) <= 18
        said = await self._chat.recall.find(int(number)) if is_number else None
        room = self._chat.rooms.by_key(said.room) if said is not None else None
        nothing = f'Nothing that you could remove has the number "{number[:SHOWN]}". See /history.'
        if said is None or room is None or not self._chat.rooms.is_in(room, session.user):
            raise ChatError(nothing)
        user = session.user
        rank = self._standing.check(room, user, "redact")
        if reason:
            self._standing.check_words(user)
        author: Target | None = None
        with suppress(ChatError):  # who has said it may not be known any more
            author = self._author(said.speaker)
        if author is not None and author.user is not user:
            role = self._standing.role_of_target(room, author)
            self._check_rank(room, rank, "redact", author.name, role)
        if said.kind == speech.Redacted.__name__:
            raise ChatError(f"That was removed already, by {said.text}.")
        act = await self._acts.add(
            "redact", room.place, user.name, rank,
            f"line {said.id} of {said.speaker}", (f"entry {said.id}",), reason, 0.0,
        )  # fmt: skip
        try:
            await self._chat.recall.redact(said, room, f"{user.name}{act.why}")
        except StoreError:
            await self.failed(act)
            raise
        facts = (room.name, said.speaker, user.name, act.id, "", "", act.reason, said.id)
        self._chat.delivery.append(room, orders.Redaction(*facts))
        if author is not None and author.user is not user:
            self._tell_target(room, author, act, user)

    def _author(self, name: str) -> Target:
        """Who has said something under a name, which may be another by now. Raises ChatError."""
        if name not in self._chat.users:
            for user in self._chat.users.in_any_order():
                if name == user.given or name in user.former:
                    return self.person(user.name)
        return self.person(name)

    async def give(self, session: Session, room: NamedRoom, kind: str, name: str) -> None:
        """Make somebody a moderator (op), or let somebody speak in a moderated room (voice).

        A guest is that until the guest leaves.
        """
        if room is self._chat.lobby and kind == "op":
            raise ChatError(f"In {room.name}, those keep order who are operators of this server.")
        target = self.person(name)
        target = target._replace(keys=target.keys[:1])
        act = await self._do(session, room, kind, target, "", inf)
        if target.user is not None and act.keys[0] == guest_key(target.user):
            self._guests.add(act.keys[0])
            if self._chat.users.get(target.user.name) is not target.user:  # has gone meanwhile
                self.gone(target.user)
        self._tell(session, room, _GIVES[kind], act)
        self._tell_target(room, target, act, session.user)

    async def hand_on(self, session: Session, room: NamedRoom, name: str) -> None:
        """Let a room belong to somebody else who is in it."""
        if room is self._chat.lobby:
            raise ChatError(f"{room.name} belongs to nobody.")
        rank = self._standing.check(room, session.user, "owner")
        target = self.person(name)
        user = target.user
        if user is None or user not in room.occupants:
            raise ChatError(f"{target.name} is not in {room.name}.")
        if room.owner_key in target.keys:
            raise ChatError(f"{room.name} belongs to {target.name} already.")
        if room.is_persistent and user.account is None:
            raise ChatError(f"{room.name} is to stay, and {target.name} has no account.")
        actor = session.user.name
        place = room.place
        act = await self._acts.add("owner", place, actor, rank, target.name, target.keys, "", 0.0)
        try:
            await self._chat.rooms.give(room, user)
        except BaseException:
            await self.failed(act)
            raise
        if not user.sessions:
            self._chat.notices.tell(user, f"{actor} has given {room.name} to you.", room.name)

    async def note(self, session: Session, kind: str, account: Account) -> Act:
        """Put into the log of the server what an operator does to an account."""
        keys = (account_key(account.name),)
        actor = session.user.name
        rank = Role.OPERATOR
        return await self._acts.add(kind, SERVER, actor, rank, account.name, keys, "", 0.0)

    async def failed(self, act: Act) -> None:
        """Put into the log that an act could not be done."""
        with suppress(StoreError):
            await self._acts.undo(act, act.actor, "it could not be done")

    async def set_moderated(self, session: Session, room: NamedRoom) -> None:
        """Let only those speak in a room who have voice."""
        everybody = Target("", (EVERYBODY,), None, False)
        act = await self._do(session, room, "moderated", everybody, "", inf)
        self._tell(session, room, orders.ModeratedSet, act)
        self._standing.look_at(room)

    async def lift(
        self, session: Session, room: NamedRoom, kind: str, text: str, why: str = ""
    ) -> None:
        """Undo what is in force of one kind against a name, an account or an address."""
        found = self._found(session, room, kind, text)
        if not found:
            what = {
                "ban": "is not banned from",
                "mute": "is not muted in",
                "op": "is no moderator of",
                "voice": "has been given no voice in",
            }[kind]
            raise ChatError(f"{text[:SHOWN]} {what} {self._where(room)}.")
        for act in found:
            await self._undo(session, room, act, why)

    async def end_moderated(self, session: Session, room: NamedRoom) -> None:
        """Let everybody speak in a room again."""
        acts = self._acts.in_force(room.place, "moderated")
        if not acts:
            raise ChatError(f"{room.name} is not moderated.")
        for act in acts:
            await self._undo(session, room, act, "")

    async def undo(self, session: Session, number: str, why: str) -> None:
        """Undo the act of a number."""
        is_number = number.isascii() and number.isdecimal() and len(number) <= 18
        act = self._acts.find(int(number)) if is_number else None
        room = self._chat.rooms.by_key(act.place) if act is not None else None
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
        """Keep an act of somebody, if that may be done, and is not done already."""
        user = session.user
        rank = self._standing.check(room, user, kind)
        if reason:
            self._standing.check_words(user)
        if hits(target.keys, keys_of(user)):
            raise ChatError(f"You cannot {kind} yourself, and that would hit you.")
        if is_address(target.keys[0]) and not target.is_person:
            check_width(target.keys[0])
        if target.is_person:
            self._check_rank(
                room, rank, kind, target.name, self._standing.role_of_target(room, target)
            )
        place = room.place
        if span:
            same = self._acts.same(place, kind, target.keys)
            if same is not None:
                what = f"{target.name or room.name} is {DONE[kind]} already"
                raise ChatError(f"{what} (act {same.id}), {same.rest(self._clock)}.")
        return await self._acts.add(
            kind, place, user.name, rank, target.name, target.keys, reason, span
        )

    def _check_rank(self, room: NamedRoom, rank: Role, kind: str, name: str, other: Role) -> None:
        if not may(rank, kind, other):
            where = "" if other is Role.OPERATOR else f" of {room.name}"
            raise ChatError(f"{name} is {other.title}{where}, whom {rank.title} cannot {kind}.")

    async def _undo(self, session: Session, room: NamedRoom, act: Act, why: str) -> None:
        """Undo an act, if that may be done."""
        user = session.user
        opposite = OPPOSITES[act.kind]
        rank = self._standing.check(room, user, opposite)
        if why:
            self._standing.check_words(user)
        if act.name and hits(act.keys, keys_of(user)):
            raise ChatError(f"Act {act.id} hits you: somebody else has to undo it.")
        if act.name and not is_address(act.keys[0]):
            other = self._standing.role_of_target(room, act)
            self._check_rank(room, rank, opposite, act.name, other)
        await self._acts.undo(act, user.name, why)
        self._standing.look_at(room)
        if room is self._chat.lobby and act.kind == "ban":  # whom that hits is not here
            session.tell(f"{act.name} is banned from this server no longer (act {act.id}).")
            return
        self._tell(session, room, orders.Undone, act, act.kind, act.undone_why, by=user.name)
        for hit in self._hit_elsewhere(room, act) if act.was_told else ():
            if hit is not user and not hit.ignores(user):
                self._chat.notices.tell(
                    hit, f"{user.name} has undone act {act.id}, by which you were {act.done}."
                )

    def _found(self, session: Session, room: NamedRoom, kind: str, text: str) -> list[Act]:
        """The acts in force that are against whom a text means, here or not."""
        look = text.partition(" ")[2] if text.startswith(("account ", "address ")) else text
        wanted = folded(look)
        keys: set[str] = set()
        with suppress(ChatError):
            keys |= set(self.target(session.user, text).keys)
        with suppress(ChatError):
            keys |= set(self.person(text).keys)
        return [
            act
            for act in self._acts.in_force(room.place, kind)
            if folded(act.name) == wanted or not keys.isdisjoint(act.keys)
        ]

    # What people are told

    async def listed(self, room: NamedRoom, *kinds: str) -> list[str]:
        """The acts of some kinds that are in force in a room, a line each."""
        acts = self._acts.in_force(room.place, *kinds)
        return [act.line(self._clock) async for act in self._turns.slowly(acts, MOST_IN_FORCE)]

    def log(self, room: NamedRoom, most: int) -> list[str]:
        """The last so many acts in a room, a line each."""
        return [act.line(self._clock) for act in self._acts.of(room.place)[-most:]]

    def _tell(
        self,
        session: Session,
        room: NamedRoom,
        kind: type[orders.Order],
        act: Act,
        *facts: str,
        by: str = "",
    ) -> None:
        """Let those in a room see what is done there, and who does it."""
        event = kind(room.name, act.shown, by or act.actor, act.id, *facts)
        self._chat.delivery.append(room, event)
        if not self._chat.rooms.is_in(room, session.user):
            session.tell(str(event).removeprefix("server: "))

    def _tell_target(self, room: NamedRoom, target: Target, act: Act, actor: User) -> None:
        """Tell somebody who is in a room, or was put out of it, of what is done there.

        Others are not told: anybody can make a room, and do there what they like to people.
        """
        user, account = target.user, self._chat.accounts.find(target.name)
        absent = user if user is not None and user.account is None else account
        act.was_told = (
            room is self._chat.lobby
            or (user is not None and user in room.occupants)
            or (account is not None and room.place in account.cursors)
            or (absent is not None and any(room.place == each.place for each in absent.untold))
        )
        if not act.was_told:
            return
        if user is not None:
            self._chat.notices.tell(user, self._told(room, act, user, actor), room.name)
        elif account is not None:
            add_untold(account, Untold(self._standing.told(room, act), room.name))

    def _told(self, room: NamedRoom, act: Act, user: User, actor: User | None) -> str:
        """What an act is to whom it hits; without the reason if that person ignores the actor."""
        if actor is not None and user.ignores(actor):
            act = replace(act, reason="")
        return self._standing.told(room, act)

    def _is_here(self, room: NamedRoom, user: User) -> bool:
        return self._chat.users.get(user.name) is user and self._chat.rooms.is_in(room, user)

    def _put_out(self, room: NamedRoom, user: User, act: Act) -> None:
        """Take somebody out of a room whom a kick or a ban hits."""
        told = self._told(room, act, user, self._chat.users.get(act.actor))
        act.was_told = True
        if room is self._chat.lobby:
            how = "kicked" if act.kind == "kick" else "banned"
            event = orders.Removed(user.name, how, act.actor, act.id, *self._terms(act))
            self._chat.departures.remove(user, event, told)
            return
        kind = orders.Kicked if act.kind == "kick" else orders.Banned
        gone = kind(room.name, user.name, act.actor, act.id, *self._terms(act))
        self._chat.rooms.remove(room, user, gone, told)

    def _terms(self, act: Act) -> tuple[str, str, str]:
        """For how long an act is, until when, and why."""
        return act.span, act.ends_at(self._clock), act.reason

    def _hit_elsewhere(self, room: NamedRoom, act: Act) -> list[User]:
        """Who is here, but not in the room, and is hit by an act against that person alone."""
        if not act.name or is_address(act.keys[0]):
            return []
        return [
            user
            for user in self._chat.users.in_any_order()
            if not self._chat.rooms.is_in(room, user) and hits(act.keys, keys_of(user))
        ]

    def _where(self, room: NamedRoom) -> str:
        return "this server" if room is self._chat.lobby else room.name

    # What comes and goes

    def gone(self, user: User) -> None:
        """A guest has left, who has no role any more that was the guest's."""
        key = guest_key(user)
        if key not in self._guests:
            return
        self._guests.remove(key)
        for room in self._chat.rooms.values():
            for kind in _GIVES:
                for act in list(self._acts.against(room.place, kind, [key])):
                    self._acts.end(act)

    async def settle(self, session: Session) -> None:
        """See what has changed by a login, or by an account that was made or deleted."""
        user = session.user
        with suppress(StoreError):  # the rooms are theirs; but not yet after a restart
            if user.account is None:
                await self.forget_accounts()
            else:
                await self._chat.rooms.claim(user)

    def put_out_where_banned(self, user: User) -> None:
        """Put somebody out who has logged in, wherever that account is banned."""
        lobby = self._chat.lobby
        act = self._standing.ban_of(lobby, user)
        if act is not None:
            self._put_out(lobby, user, act)
            return
        for room in self._chat.rooms.of(user):
            act = self._standing.ban_of(room, user)
            if act is not None:
                self._put_out(room, user, act)

    async def forget_accounts(self, at_once: int = ROOMS_AT_ONCE) -> None:
        """Let nobody have the roles and rooms of accounts that are no more. Raises StoreError.

        at_once: rooms that are looked at before others have their turn.
        """
        find = cache(self._chat.accounts.find)
        rooms = list(self._chat.rooms.values())
        gone = [room for room in rooms if room.owner_account and find(room.owner_account) is None]
        for room in gone:
            room.owner_account = ""  # at once: the name may soon be that of somebody else
        async for room in self._turns.slowly(gone, at_once):
            heir = self._heir(room)
            owner = self._chat.users.owner(heir) if heir is not None else None
            await self._chat.rooms.disown(room, heir, owner)
        async for room in self._turns.slowly(rooms, at_once):
            for act in self._acts.in_force(room.place, *_GIVES):
                if act.keys[0].startswith("account ") and find(act.name) is None:
                    await self._acts.undo(act, "server", "the account is no more")

    def _heir(self, room: NamedRoom) -> Account | None:
        """Who gets a room that is to stay, when the account of its owner is no more."""
        moderators = self._acts.in_force(room.place, "op") if room.is_persistent else []
        found = [
            self._chat.accounts.find(act.name)
            for act in moderators
            if act.keys[0].startswith("account ")
        ]
        return next(filter(None, found), None)

    async def forget_old(self) -> None:
        """Forget what was done in rooms that are no more. Raises StoreError."""
        rooms = list(self._chat.rooms.values())
        async for room in self._turns.slowly(rooms, ROOMS_AT_ONCE):
            self._standing.look_at(room)
        places = {room.place for room in self._chat.rooms.values()}
        await self._acts.forget_all_but(places, self._turns)

    def _look_at_rooms(self) -> None:
        for room in self._chat.rooms.values():
            self._standing.look_at(room)


def _address(text: str) -> Target:
    key = address_key(text)
    return Target(key.partition(" ")[2], (key,), None, False)
