"""Hooks: keys with which programs speak in a room, under a marked name."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.accounts.allowance import share
from chatsvc.chat.people.nicks import checked
from chatsvc.chat.programs.credentials import Credentials
from chatsvc.errors import SHOWN, ChatError
from chatsvc.events.answers import Notice
from chatsvc.store import StoreError
from chatsvc.text.lookalikes import skeleton
from chatsvc.text.names import HOOK, LONGEST, BadName
from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.moderation.standing import Standing
    from chatsvc.chat.people.user import Session
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.clock import Clock, Spawn
    from chatsvc.journal import Journal
    from chatsvc.store import Store

MOST_HOOKS = 2000
MOST_OF_ROOM = 20
MOST_OF_ACCOUNT = 50
NAME_LENGTH = LONGEST - len(HOOK)

_look = lru_cache(MOST_HOOKS)(skeleton)  # of the name of each hook, as all are compared at once


class Hook(NamedTuple):
    """A hook.

    name: the name under which it speaks.
    room: the key of its room.
    account: the name of the account that has made it.
    made_at: in seconds since the epoch.
    """

    name: str
    room: str
    account: str
    made_at: float


class Hooks:
    """All hooks. One ends with its room, and with the account that has made it.

    Methods that wait for the store raise StoreError, and then change nothing.
    """

    def __init__(
        self,
        clock: Clock,
        spawn: Spawn,
        journal: Journal,
        delivery: Delivery,
        accounts: Accounts,
        rooms: Rooms,
        standing: Standing,
        store: Store,
    ) -> None:
        self._clock = clock
        self._spawn = spawn
        self._journal = journal
        self._delivery = delivery
        self._accounts = accounts
        self._rooms = rooms
        self._standing = standing
        self._all = Credentials(clock, store, "hook/", MOST_HOOKS, Hook)
        self._over: set[str] = set()  # the digests of hooks whose accounts were removed
        # By the key of the room, and the hook's name, as there may be many readers of each line.
        self._makers: dict[tuple[str, str], str] = {}

    async def open(self) -> None:
        """Load the hooks from the store."""
        await self._all.open()
        await self.forget_old()
        self.known_as("")  # looks at all names now, as the first time takes long

    def find(self, key: str) -> tuple[str, Hook, NamedRoom, Account] | None:
        """The digest of a key, with the hook, its room and its account; None if it has ended."""
        found = self._all.find(key)
        if found is None or found[0] in self._over:
            return None
        digest, hook = found
        room, account = self._rooms.by_key(hook.room), self._accounts.find(hook.account)
        return None if room is None or account is None else (digest, hook, room, account)

    def made_by(self, account: str) -> list[Hook]:
        """The hooks that an account has made."""
        return [hook for _, hook in self._all.items() if hook.account == account]

    def maker_of(self, room: str, name: str) -> str:
        """The account that has made a hook, by the names of its room and its own; empty if none."""
        found = self._rooms.get(room)
        return "" if found is None else self._makers.get((found.key, name), "")

    def _note_makers(self) -> None:
        self._makers = {
            (hook.room, hook.name): hook.account
            for digest, hook in self._all.items()
            if digest not in self._over
        }

    def known_as(self, name: str) -> str:
        """The name of a hook, as it is written; empty if there is none of that name."""
        look = skeleton(name)
        names = (hook.name for _, hook in self._all.items() if _look(hook.name) == look)
        return next(names, "")

    async def add(self, session: Session, room: NamedRoom, name: str) -> None:
        """Make a hook, and tell the session its key. Raises ChatError."""
        user = session.user
        self._standing.check(room, user, "hook")
        self._standing.check_voice(room, user)
        if user.account is None:
            raise ChatError("Hooks are for those who have logged in.")
        name = checked(name.removesuffix(HOOK))
        if len(name) > NAME_LENGTH:
            raise BadName(f"The name of a hook has at most {NAME_LENGTH} characters.")
        name += HOOK
        if self._in(room, name):
            raise ChatError(f"{room.name} has a hook {name}, or one whose name looks like that.")
        if len(self._in(room)) >= MOST_OF_ROOM:
            raise ChatError(f"{room.name} has {MOST_OF_ROOM} hooks, which is the most.")
        own = len(self.made_by(user.account.name))
        if own >= share(self._all.left, MOST_OF_ACCOUNT):
            raise ChatError(f"You have made {counted(own, 'hook')}, which is the most just now.")
        hook = Hook(name, room.key, user.account.name, self._clock.now())
        key = await self._all.make(hook)
        self._note_makers()
        self._journal.write("hook added", session.address, name=user.name, hook=name)
        # Without its name, which people who ignore its maker would read.
        text = f"{user.name} has added a hook to {room.name}, by which a program speaks there."
        self._delivery.append(room, Notice(text, room.name))
        session.tell(
            f"Programs that post to /hook/{key} speak in {room.name} as {name}. Keep the key:"
            " it is not shown again."
        )

    def tell(self, session: Session, room: NamedRoom) -> None:
        """List the hooks of a room for a session. Raises ChatError."""
        self._standing.check(room, session.user, "hook")
        for hook in self._in(room).values():
            session.tell(f"{hook.name}, added by {hook.account}")
        if not self._in(room):
            session.tell(f"{room.name} has no hooks.")

    async def revoke(self, session: Session, room: NamedRoom, name: str) -> None:
        """End a hook of a room. Raises ChatError."""
        user = session.user
        self._standing.check(room, user, "hook")
        found = self._in(room, name.removesuffix(HOOK) + HOOK)
        if not found:
            raise ChatError(f'{room.name} has no hook "{name[:SHOWN]}".')
        for digest, hook in found.items():
            await self._all.end(digest)
            self._note_makers()
            self._journal.write("hook revoked", session.address, name=user.name, hook=hook.name)
            text = f"{user.name} has revoked a hook of {room.name}."
            self._delivery.append(room, Notice(text, room.name))

    def _in(self, room: NamedRoom, name: str = "") -> dict[str, Hook]:
        """The hooks of a room, by digest; if a name is given, those with it or a look-alike."""
        return {
            digest: hook
            for digest, hook in self._all.items()
            if hook.room == room.key
            and digest not in self._over
            and (not name or _look(hook.name) == skeleton(name))
        }

    async def rename(self, old: str, new: str) -> None:
        """Note that an account has another name. Raises StoreError; it can be repeated."""
        for digest, hook in list(self._all.items()):
            if hook.account == old and digest not in self._over:
                await self._all.change(digest, hook._replace(account=new))
                self._note_makers()

    def removed(self, account: Account) -> None:
        """End the hooks of an account that is removed, whose name may soon be somebody else's."""
        name = account.name
        self._over.update([digest for digest, hook in self._all.items() if hook.account == name])
        self._spawn(self._try_to_forget())

    async def _try_to_forget(self) -> None:
        with suppress(StoreError):  # it is tried again
            await self.forget_old()

    async def forget_old(self) -> None:
        """Delete the hooks that have ended."""
        rooms = {room.key for room in self._rooms.values()}

        def is_over(digest: str, hook: Hook) -> bool:
            is_there = hook.room in rooms and self._accounts.find(hook.account) is not None
            return digest in self._over or not is_there

        await self._all.end_old(is_over)
        self._over.intersection_update([digest for digest, _ in self._all.items()])
        self._note_makers()
