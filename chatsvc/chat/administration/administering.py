"""Administering rooms: deleting, emptying, and giving them to people who are absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatsvc.chat.moderation.act import SERVER
from chatsvc.chat.moderation.targets import EVERYBODY
from chatsvc.chat.people.keys import account_key
from chatsvc.chat.rooms.roles import Role
from chatsvc.errors import ChatError
from chatsvc.events import orders
from chatsvc.events.answers import Notice

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.history.retention import Retention
    from chatsvc.chat.moderation.act import Act
    from chatsvc.chat.moderation.acts import Acts
    from chatsvc.chat.people.user import Session, User
    from chatsvc.chat.rooms.joining import Joining
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.chat.rooms.settings import Settings
    from chatsvc.clock import Turns

PUT_OUT = 10  # people removed before others have their turn


@dataclass(eq=False)
class Administering:
    """Does what only administrators may do to rooms.

    All methods raise ChatError, and StoreError.
    """

    _turns: Turns
    _delivery: Delivery
    _rooms: Rooms
    _joining: Joining
    _retention: Retention
    _acts: Acts
    _settings: Settings

    async def delete(self, session: Session, room: NamedRoom, reason: str) -> Act:
        """Delete a room, with all its messages; its occupants are put out."""
        if room is self._rooms.lobby:
            raise ChatError(f"{room.name} cannot be deleted: everybody is in it.")
        if room.is_fixed:
            raise ChatError(
                f"{room.name} cannot be deleted: the server's settings say that it always exists."
            )
        act = await self._note(session, "delete", room, reason)
        user = session.user
        told = f"{user.name} is deleting {room.name}{act.why}."
        self._delivery.append(room, Notice(told, room.name))
        while room.occupants:
            # The owner last, or else the room would get other owners meanwhile.
            people = sorted(room.occupants, key=lambda each: each is room.owner)
            for each in people[:PUT_OUT]:
                gone = orders.Kicked(room.name, each.name, user.name, act.id, "", "", reason)
                self._joining.remove(room, each, gone, f"{user.name} has deleted {room.name}.")
            if room.occupants:
                await self._turns.pause()
        self._joining.end(room)
        return act

    async def clear(self, session: Session, room: NamedRoom, reason: str) -> Act:
        """Delete all messages of a room; those said meanwhile stay."""
        act = await self._note(session, "clear", room, reason)
        last_id = self._delivery.last_id
        while self._delivery.done_id < last_id:  # the store has all of it then
            await self._turns.pause()
        await self._retention.clear(room, last_id, session.user.name)
        text = f"{session.user.name} has deleted all messages in {room.name}{act.why}."
        self._delivery.append(room, Notice(text, room.name))
        return act

    async def hand_over(
        self, session: Session, room: NamedRoom, account: Account, owner: User | None
    ) -> Act:
        """Give a room to an account.

        owner: the account's owner, if here.
        """
        if room is self._rooms.lobby:
            raise ChatError(f"{room.name} belongs to nobody.")
        if room.owner_account == account.name:
            raise ChatError(f"{room.name} belongs to {account.name} already.")
        facts = account.name, (account_key(account.name),)
        act = await self._acts.add(
            "owner", room.key, session.user.name, Role.ADMINISTRATOR, *facts, "", 0.0
        )
        await self._settings.disown(room, account, owner)
        return act

    async def _note(self, session: Session, kind: str, room: NamedRoom, reason: str) -> Act:
        """Note it in the server's log."""
        facts = room.name, (EVERYBODY,), reason
        return await self._acts.add(
            kind, SERVER, session.user.name, Role.ADMINISTRATOR, *facts, 0.0
        )
