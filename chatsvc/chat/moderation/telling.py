"""Telling people about acts of moderation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.missed_notices import MissedNotice
from chatsvc.chat.moderation.targets import hits
from chatsvc.chat.people.ignoring import ignores
from chatsvc.chat.people.keys import keys_of

if TYPE_CHECKING:
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.moderation.act import Act
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.moderation.targets import Target
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.presence.notices import Notices
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.clock import Clock
    from chatsvc.events import orders


@dataclass(eq=False)
class Telling:
    """Tells a room and the target of an act."""

    _clock: Clock
    _delivery: Delivery
    _accounts: Accounts
    _notices: Notices
    _rooms: Rooms
    _standing: Standing

    def tell(
        self,
        session: Session,
        room: NamedRoom,
        kind: type[orders.Order],
        act: Act,
        *facts: str,
        by: str = "",
    ) -> None:
        """Tell a room, and the moderator, of an act."""
        event = kind(room.name, act.label, by or act.actor, act.id, *facts)
        self._delivery.append(room, event)
        if not self._rooms.is_in(room, session.user):
            session.tell(str(event).removeprefix("server: "))

    def tell_target(self, room: NamedRoom, target: Target, act: Act, actor: User) -> None:
        """Tell the target of an act, if in the room or removed from it.

        Others are not told: anybody can make a room, and act there against anybody.
        """
        user, account = target.user, self._accounts.find(target.name)
        absent = user if user is not None and user.account is None else account
        act.was_told = (
            room is self._rooms.lobby
            or (user is not None and user in room.occupants)
            or (account is not None and room.key in account.cursors)
            or (
                absent is not None
                and any(room.key == each.left_key for each in absent.missed_notices)
            )
        )
        if not act.was_told:
            return
        if user is not None:
            self._notices.tell(user, self.notice(room, act, user, actor), room.name)
        elif account is not None:
            self._notices.keep(account, MissedNotice(self._standing.notice(room, act), room.name))

    def notice(self, room: NamedRoom, act: Act, user: User, actor: User | None) -> str:
        """The notice to a target, without the reason if the target ignores the moderator."""
        if actor is not None and ignores(user, actor):
            act = replace(act, reason="")
        return self._standing.notice(room, act)

    def hits_elsewhere(self, room: NamedRoom, act: Act, user: User) -> bool:
        """Whether an act hits somebody who is outside its room, or not connected."""
        is_there = self._rooms.is_in(room, user) and user.sessions
        return not is_there and hits(act.keys, keys_of(user))

    def terms(self, act: Act) -> tuple[str, str, str]:
        """The duration, end and reason of an act."""
        return act.span, act.ends_at(self._clock), act.reason

    def where(self, room: NamedRoom) -> str:
        """Where an act of a room holds, in words."""
        return "this server" if room is self._rooms.lobby else room.name
