"""Inboxes: an account's conversations, and the unread messages in them."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.errors import ChatError
from chatsvc.store import DIRECT, Conflict
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from chatsvc.clock import Clock, Turns
    from chatsvc.store import Store, Stored

MOST_OTHERS = 200  # conversations of one account
MOST_UNREAD = 100  # offline messages of one account
MOST_FROM_ONE = 20  # offline messages of one account from one sender
UNREAD_BYTES = 64 * 1024  # of one account's offline messages
UNREAD_OVERHEAD = 100  # bytes of an offline message besides its text, about
KEPT_FOR = 30 * 86400.0  # seconds for which an offline message waits
AT_ONCE = 100  # messages checked for deletion together
RECORD = "direct/"


class Peer(NamedTuple):
    """The other side of a conversation.

    name: of the account.
    is_answered: whether the owner has said something in it.
    """

    name: str
    is_answered: bool


class Unread(NamedTuple):
    """An offline message.

    at: its time, in seconds since the epoch.
    by: the id of its sender's inbox.
    size: bytes.
    is_given: whether a resumed program was given it; it is read once the program reports that it
        has read that far.
    """

    at: float
    by: str
    size: int
    is_given: bool = False


class Inbox:
    """The direct messages of one account.

    name: the account's.
    former: the names that the account had before.
    id: unique among all accounts, past ones of the same name included.
    others: the other sides of its conversations, by the ids of their inboxes; the quietest first.
    new: the ids of those that are not stored yet.
    unread: the offline messages, by their ids, oldest first.
    version: of its record in the store; 0 without a record.
    kept: the record in the store.
    """

    __slots__ = ("former", "id", "kept", "name", "new", "others", "unread", "version")

    def __init__(self, name: str) -> None:
        self.name = name
        self.former: tuple[str, ...] = ()
        self.id = new_id()
        self.others: dict[str, Peer] = {}
        self.new: set[str] = set()
        self.unread: dict[int, Unread] = {}
        self.version = 0
        self.kept = ""

    @property
    def record(self) -> str:
        """Its record for the store."""
        others = [[other_id, *other] for other_id, other in self.others.items()]
        unread = [[entry_id, *each] for entry_id, each in self.unread.items()]
        facts = {"name": self.name, "id": self.id, "others": others, "unread": unread}
        if self.former:
            facts["former"] = self.former
        return json.dumps(facts, ensure_ascii=False)

    def key(self, other_id: str) -> str:
        """The key of the conversation with another, in the store."""
        return DIRECT + "/".join(sorted((self.id, other_id)))

    def knows(self, other: Inbox) -> bool:
        """Whether there is a stored conversation with another."""
        return other.id in self.others and other.id not in self.new

    def find(self, name: str, inbox: Inbox | None) -> str | None:
        """The id of the other side that the owner means by a name; None if there is none.

        inbox: of the present account of that name, if any; otherwise the last one is meant.
        """
        if inbox is not None and inbox.id in self.others:
            return inbox.id
        wanted = folded(name)
        found = [id_ for id_, other in self.others.items() if folded(other.name) == wanted]
        return found[-1] if found else None

    def check_space(self, sender: Inbox, size: int) -> None:
        """Check that there is space for another offline message. Raises ChatError.

        Half of it is for those whom the owner has answered, so that strangers never fill it.
        """
        unread = self.unread.values()
        self._check_space(unread, size, MOST_UNREAD, UNREAD_BYTES)
        if sum([each.by == sender.id for each in unread]) >= MOST_FROM_ONE:
            raise ChatError(f"{MOST_FROM_ONE} messages of yours wait for {self.name}: the most.")
        if not self._has_answered(sender.id):
            strangers = [each for each in unread if not self._has_answered(each.by)]
            self._check_space(strangers, size, MOST_UNREAD // 2, UNREAD_BYTES // 2)

    def _check_space(self, unread: Collection[Unread], size: int, most: int, limit: int) -> None:
        if len(unread) >= most:
            raise ChatError(f"{most} messages wait for {self.name}, which is the most.")
        if sum([each.size for each in unread]) + size > limit:
            raise ChatError(f"Too much waits for {self.name}.")

    def _has_answered(self, other_id: str) -> bool:
        """Whether the owner has said something to the other with that id."""
        return other_id in self.others and self.others[other_id].is_answered


class Inboxes:
    """The inboxes of all accounts, by name.

    keeps: whether messages are kept once they are read.
    """

    def __init__(self, clock: Clock, store: Store, turns: Turns, keeps: bool) -> None:
        self.keeps = keeps
        self._clock = clock
        self._turns = turns
        self._store = store
        self._by_name: dict[str, Inbox] = {}
        self._changed: dict[Inbox, None] = {}  # those that have to be stored

    def __iter__(self) -> Iterator[Inbox]:
        return iter(self._by_name.values())

    async def open(self) -> None:
        """Load the inboxes from the store. Raises StoreError."""
        for record in (await self._store.records(RECORD)).values():
            facts = json.loads(record.value)
            inbox = Inbox(facts["name"])
            inbox.id = facts["id"]
            inbox.former = tuple(facts.get("former", ()))  # most have none
            inbox.others = {id_: Peer(*other) for id_, *other in facts["others"]}
            inbox.unread = {entry_id: Unread(*each) for entry_id, *each in facts["unread"]}
            inbox.version, inbox.kept = record.version, record.value
            self._by_name[inbox.name] = inbox

    def get(self, name: str) -> Inbox | None:
        """The inbox of an account, if it has one."""
        return self._by_name.get(name)

    def of(self, name: str) -> Inbox:
        """The inbox of an account, which is made if it has none."""
        inbox = self._by_name.get(name)
        if inbox is None:
            inbox = self._by_name[name] = Inbox(name)
        return inbox

    async def introduce(self, one: Inbox, other: Inbox) -> None:
        """Begin a conversation of two accounts. If it raises StoreError, there is none."""
        pairs = ((one, other), (other, one))
        new = [(inbox, each) for inbox, each in pairs if each.id not in inbox.others]
        for inbox, each in new:
            inbox.others[each.id] = Peer(each.name, False)
            inbox.new.add(each.id)
        try:
            for inbox, _ in pairs:
                await self.keep(inbox)
        except BaseException:
            for inbox, each in new:
                if each.id in inbox.new:  # otherwise another call has stored it meanwhile
                    inbox.new.discard(each.id)
                    inbox.others.pop(each.id, None)
            raise
        for inbox, each in pairs:
            inbox.new.discard(each.id)
        for inbox, each in new:
            await self._make_way(inbox, each)

    async def _make_way(self, inbox: Inbox, newest: Inbox) -> None:
        """Forget the quietest conversation, if there are too many.

        Those in which the owner has said nothing go first, so that strangers displace nobody.
        """
        while len(inbox.others) > MOST_OTHERS:
            waiting = {newest.id, *[each.by for each in inbox.unread.values()]}
            quiet = [id_ for id_ in inbox.others if id_ not in waiting] or list(inbox.others)
            unanswered = [id_ for id_ in quiet if not inbox.others[id_].is_answered]
            await self.leave(inbox, (unanswered or quiet)[0])

    async def leave(self, inbox: Inbox, other_id: str) -> None:
        """End the owner's side of a conversation, and delete it if both sides have ended."""
        other = inbox.others.pop(other_id)
        theirs = self.get(other.name)
        if theirs is None or inbox.id not in theirs.others:
            await self._delete(inbox.key(other_id), lambda said: True)
        self._changed[inbox] = None

    def spoke(self, speaker: Inbox, other: Inbox) -> None:
        """Note that one account has spoken to another."""
        self._move_up(speaker, other, True)
        self._move_up(other, speaker, False)

    def _move_up(self, inbox: Inbox, other: Inbox, is_answered: bool) -> None:
        before = inbox.others.pop(other.id, Peer(other.name, False))
        inbox.others[other.id] = Peer(other.name, is_answered or before.is_answered)
        if is_answered and not before.is_answered:
            self._changed[inbox] = None

    async def give(self, name: str, ids: Collection[int]) -> None:
        """Note that a resumed program is given some messages. Raises StoreError."""
        inbox = self.get(name)
        if inbox is not None and ids:
            for entry_id in inbox.unread.keys() & set(ids):
                inbox.unread[entry_id] = inbox.unread[entry_id]._replace(is_given=True)
            await self.keep(inbox)

    async def read(self, name: str, ids: Collection[int]) -> None:
        """Mark offline messages of an account as read. Raises StoreError."""
        inbox = self.get(name)
        if inbox is None or inbox.unread.keys().isdisjoint(ids):
            return
        before = inbox.unread
        inbox.unread = {id_: each for id_, each in before.items() if id_ not in ids}
        try:
            if not self.keeps:
                await self._store.delete(list(ids))
            await self.keep(inbox)
        except BaseException:
            inbox.unread = {**{id_: before[id_] for id_ in before if id_ in ids}, **inbox.unread}
            raise

    async def rename(self, old: str, new: str) -> None:
        """Give an account's inbox the account's new name. Raises StoreError; it can be repeated."""
        inbox = self.get(old)
        if inbox is None:
            return
        there = self.get(new)
        if there is None or there.id != inbox.id:  # the store may have failed the last time
            there = Inbox(new)
            there.id, there.former = inbox.id, (*inbox.former, old)
            there.others, there.new, there.unread = inbox.others, inbox.new, inbox.unread
            self._by_name[new] = there
        for other in list(there.others.values()):
            theirs = self.get(other.name)
            if theirs is not None and there.id in theirs.others:
                peer = theirs.others[there.id]
                theirs.others[there.id] = peer._replace(name=new)
                await self.keep(theirs)
        await self.keep(there)
        if inbox.version:
            await self._store.put(RECORD + old, None, inbox.version)
        del self._by_name[old]
        self._changed.pop(inbox, None)

    async def forget(self, name: str) -> int:
        """End the owner's side of all conversations, and delete the owner's messages.

        Returns the number of the owner's unread messages. Raises StoreError.
        """
        inbox = self.get(name)
        if inbox is None:
            return 0
        number = len(inbox.unread)
        inbox.unread = {}
        async for other_id, other in self._turns.slowly(list(inbox.others.items()), 1):
            if other_id in inbox.others:
                await self._unsay(inbox, other_id, self.get(other.name))
                await self._turns.pause()
            if other_id in inbox.others:
                await self.leave(inbox, other_id)
        if inbox.version:
            version, inbox.version = inbox.version, 0
            inbox.kept = ""
            with suppress(Conflict):
                await self._store.put(RECORD + name, None, version)
        if self._by_name.get(name) is inbox:
            del self._by_name[name]
        self._changed.pop(inbox, None)
        return number

    async def _unsay(self, inbox: Inbox, other_id: str, theirs: Inbox | None) -> None:
        """Delete the owner's messages in a conversation."""
        names = {inbox.name, *inbox.former}
        own = await self._delete(inbox.key(other_id), lambda said: said.account in names)
        if theirs is not None and not theirs.unread.keys().isdisjoint(own):
            for entry_id in own:
                theirs.unread.pop(entry_id, None)
            self._changed[theirs] = None

    async def _delete(self, key: str, is_doomed: Callable[[Stored], bool]) -> list[int]:
        """Delete some messages of a conversation, and return their ids. Raises StoreError."""
        doomed: list[int] = []
        position = 0
        while said := await self._store.after(key, position, AT_ONCE):
            position = said[-1].position
            some = [each.id for each in said if is_doomed(each)]
            if some:
                await self._store.delete(some)
                doomed += some
            if len(said) < AT_ONCE:
                break
            await self._turns.pause()
        return doomed

    async def forget_read(self) -> None:
        """Delete read messages. Raises StoreError."""
        async for inbox in self._turns.slowly(list(self._by_name.values()), 1):
            async for other_id in self._turns.slowly(list(inbox.others), 1):
                other = inbox.others.get(other_id)
                theirs = self.get(other.name) if other is not None else None
                waiting = inbox.unread.keys() | (theirs.unread.keys() if theirs else set())
                await self._delete(inbox.key(other_id), partial(_is_none_of, waiting))

    async def forget_old(self) -> None:
        """Drop offline messages that have waited for too long. Raises StoreError."""
        before = self._clock.now() - KEPT_FOR
        for inbox in list(self._by_name.values()):
            old = [id_ for id_, each in inbox.unread.items() if each.at < before]
            if old:
                await self.read(inbox.name, old)

    async def keep_changed(self) -> None:
        """Store the inboxes that have changed. Raises StoreError."""
        for inbox in list(self._changed):
            await self.keep(inbox)

    async def keep(self, inbox: Inbox) -> None:
        """Store an inbox as it is now. Raises StoreError."""
        self._changed[inbox] = None
        while self._by_name.get(inbox.name) is inbox:
            record, version = inbox.record, inbox.version
            if record == inbox.kept:
                break
            try:
                await self._store.put(RECORD + inbox.name, record, version)
            except Conflict:
                if inbox.version == version:
                    raise
                continue  # another call has stored it meanwhile
            inbox.version, inbox.kept = version + 1, record
        self._changed.pop(inbox, None)


def _is_none_of(ids: Collection[int], said: Stored) -> bool:
    return said.id not in ids


def new_id() -> str:
    """A new id, unique among all accounts, past ones included."""
    return secrets.token_hex(8)
