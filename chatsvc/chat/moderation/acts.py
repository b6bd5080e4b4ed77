"""All acts of moderation, found by their targets."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from chatsvc.chat.keeping.records import Records
from chatsvc.chat.moderation.act import SERVER, Act
from chatsvc.chat.moderation.targets import EVERYBODY, holds, is_address, is_mask, span_of, spans_of
from chatsvc.chat.rooms.roles import Role
from chatsvc.errors import ChatError
from chatsvc.journal import NO_JOURNAL
from chatsvc.store import RESTORED, StoreError
from chatsvc.text.masks import matching, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from chatsvc.chat.moderation.targets import Span
    from chatsvc.clock import Clock, Turns
    from chatsvc.journal import Journal
    from chatsvc.store import Store

# Of one role and those above it, as nobody may use up what these need.
MOST_IN_FORCE = 100  # acts in one room
MOST_IN_FORCE_ON_SERVER = 1000  # acts on the whole server
MOST_NETWORKS = 50  # acts in one room against networks; all are checked on joining
MOST_ENDED = 100  # ended acts kept for one room; the oldest is forgotten first
MOST_ACTS = 10_000  # over all rooms; the person with the most in their rooms loses the oldest
ROOMS_AT_ONCE = 5  # tidied before others have their turn
REASON_LENGTH = 200  # characters


class Acts:
    """Keeps acts in the store and in memory, and finds those in force by their targets.

    name_of: the name of a room, by its key, for the journal.
    makers: the maker of each room, by its key.
    made: the number of acts made since the start, by kind.
    """

    def __init__(self, clock: Clock, store: Store, journal: Journal = NO_JOURNAL) -> None:
        self.name_of: Callable[[str], str] = lambda key: key
        self.makers: Callable[[], Mapping[str, str]] = dict
        self.made: Counter[str] = Counter()
        self._clock = clock
        self._records = Records(store, "act/")
        self._restored = Records(store, RESTORED)
        self._journal = journal
        self._last_id = 0
        self._by_room: dict[str, dict[int, Act]] = {}
        # By the key of the room, the kind, and the key of the target.
        self._by_key: dict[tuple[str, str, str], list[Act]] = {}
        self._networks: dict[tuple[str, str], dict[int, tuple[Span, Act]]] = {}
        self._masks: dict[tuple[str, str], dict[int, Act]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_room.values()))

    async def open(self) -> None:
        """Load the acts from the store. Raises StoreError."""
        now = self._clock.seconds()
        for value in (await self._records.open()).values():
            act = Act.recorded(value, self._clock)
            if act.kind in ("op", "voice") and act.keys[0].startswith("guest "):
                act.until = min(act.until, now)  # the guest has left
            self._last_id = max(self._last_id, act.id)
            self._by_room.setdefault(act.room_key, {})[act.id] = act
            if act.is_in_force(now):
                self._index(act)
        for room_key, acts in self._by_room.items():
            self._by_room[room_key] = dict(sorted(acts.items()))
        await self._note_restored()

    async def _note_restored(self) -> None:
        """Note who has restored a backup since the last start."""
        with suppress(ChatError, StoreError):  # it is tried again at the next start
            for name, value in (await self._restored.open()).items():
                facts = json.loads(value)
                by, why = facts["by"], facts["backup"][:REASON_LENGTH]
                rank = Role.ADMINISTRATOR
                await self.add("restore", SERVER, by, rank, "", (EVERYBODY,), why, 0.0)
                await self._restored.put(name, None)

    def of(self, room_key: str) -> list[Act]:
        """The acts of a room, oldest first."""
        return [act for act in self._by_room.get(room_key, {}).values() if act.is_kept]

    def all(self) -> list[Act]:
        """All acts, oldest first."""
        found = [act for acts in self._by_room.values() for act in acts.values() if act.is_kept]
        return sorted(found, key=attrgetter("id"))

    def in_force(self, room_key: str, *kinds: str) -> list[Act]:
        """The acts of some kinds in force in a room."""
        now = self._clock.seconds()
        return [act for act in self.of(room_key) if act.kind in kinds and act.is_in_force(now)]

    def has_any(self, room_key: str, *kinds: str) -> bool:
        """Whether there may be acts of some kinds in force."""
        acts = self._by_room.get(room_key, {}).values()
        return any(act.kind in kinds and not act.undone_by for act in acts)

    def newest(self, kind: str, most: int) -> list[Act]:
        """The newest acts of a kind that nobody has undone."""
        of_kind = [
            act
            for acts in self._by_room.values()
            for act in acts.values()
            if act.kind == kind and act.is_kept and not act.undone_by
        ]
        return sorted(of_kind, key=attrgetter("id"))[-most:]

    def find(self, act_id: int) -> Act | None:
        """The act of that number."""
        for acts in self._by_room.values():
            if act_id in acts and acts[act_id].is_kept:
                return acts[act_id]
        return None

    def against(self, room_key: str, kind: str, keys: Sequence[str]) -> Iterator[Act]:
        """The acts in force that hit a person with these keys."""
        now = self._clock.seconds()
        for key in keys:
            for act in self._by_key.get((room_key, kind, key), ()):
                if act.until > now:
                    yield act
        if (room_key, kind) in self._networks:
            spans = spans_of(keys)
            for span, act in self._networks[room_key, kind].values():
                if act.until > now and holds(span, spans):
                    yield act

    def against_mask(self, room_key: str, kind: str, name: str) -> Iterator[Act]:
        """The acts in force whose masks match a name, user name and cloak."""
        now = self._clock.seconds()
        masks = self._masks.get((room_key, kind))
        if not masks:
            return
        stands_for = matching(name)
        for act in masks.values():
            if act.until > now and any(stands_for(key.partition(" ")[2]) for key in act.keys):
                yield act

    def same(self, room_key: str, kind: str, keys: Iterable[str]) -> Act | None:
        """An act in force against exactly one of these keys.

        Raises ChatError if there is one that is not stored yet.
        """
        now = self._clock.seconds()
        for act in self._by_room.get(room_key, {}).values():
            if act.kind == kind and act.is_in_force(now) and not set(keys).isdisjoint(act.keys):
                if not act.is_kept:
                    raise ChatError("Somebody else is doing that just now.")
                return act
        return None

    async def add(
        self,
        kind: str,
        room_key: str,
        actor: str,
        rank: Role,
        name: str,
        keys: tuple[str, ...],
        reason: str,
        span: float,
    ) -> Act:
        """Store an act, which is then in force.

        span: its duration in seconds; 0 if it is over at once.

        Raises ChatError if there are too many, or StoreError.
        """
        if len(reason) > REASON_LENGTH:
            raise ChatError(f"A reason has at most {REASON_LENGTH} characters.")
        if span:
            self._check_bounds(room_key, rank, keys)
        self._last_id += 1
        now = self._clock.seconds()
        act = Act(self._last_id, kind, room_key, actor, rank, name, keys, reason, now, now + span)
        self._by_room.setdefault(room_key, {})[act.id] = act
        try:
            await self._forget_ended(room_key)
            await self._records.put(str(act.id), act.record(self._clock))
        except BaseException:
            self._drop(act)
            raise
        act.is_kept = True
        self.made[kind] += 1
        self._journal.write(
            "act",
            _addresses(act),
            what=act.what,
            place=self._where(act),
            until=act.end(self._clock),
            act=act.id,
        )
        if act.is_in_force(self._clock.seconds()):
            self._index(act)
        return act

    async def note_told(self, act: Act, event_id: int) -> None:
        """Note that an event has told the room of an act, for those who come back later."""
        act.event_id = event_id
        if act.is_kept:  # it was not forgotten meanwhile
            with suppress(StoreError):  # then it is told once more after a restart
                await self._records.put(str(act.id), act.record(self._clock))

    async def fail(self, act: Act) -> None:
        """Note in the log that an act failed."""
        with suppress(StoreError):
            await self.undo(act, act.actor, "it could not be done")

    async def undo(self, act: Act, actor: str, why: str) -> None:
        """Undo an act. Raises ChatError or StoreError, and then it stays in force."""
        if len(why) > REASON_LENGTH:
            raise ChatError(f"A reason has at most {REASON_LENGTH} characters.")
        if act.undone_by:
            raise ChatError(f"{act.undone_by} has undone act {act.id} already.")
        if not act.is_kept:
            raise ChatError(f"Act {act.id} is no longer kept.")
        act.undone_by, act.undone_at, act.undone_why = actor, self._clock.seconds(), why
        try:
            await self._records.put(str(act.id), act.record(self._clock))
        except BaseException:
            act.undone_by, act.undone_at, act.undone_why = "", 0.0, ""
            self._unindex(act)  # it may have been taken for one that has ended
            self._index(act)
            raise
        self._unindex(act)
        facts = {"name": actor, "act": act.id, "what": act.what, "place": self._where(act)}
        self._journal.write("undone", _addresses(act), **facts)

    def _where(self, act: Act) -> str:
        """Where an act holds, for the journal."""
        return f"in {self.name_of(act.room_key)}" if act.room_key else "on the whole server"

    async def rename(self, key: str, new: str, name: str) -> None:
        """Let all acts in force against a key hit another. Raises StoreError; can be repeated.

        name: of their target from now on.
        """
        now = self._clock.seconds()
        for act in [act for acts in self._by_room.values() for act in acts.values()]:
            if key in act.keys and act.is_kept and act.is_in_force(now):
                keys = tuple([new if each == key else each for each in act.keys])
                changed = replace(act, keys=keys, name=name)
                await self._records.put(str(act.id), changed.record(self._clock))
                self._unindex(act)
                act.keys, act.name = keys, name
                if act.is_in_force(self._clock.seconds()):
                    self._index(act)

    def end(self, act: Act) -> None:
        """End an act whose target has left; the store need not know."""
        act.until = min(act.until, self._clock.seconds())
        self._unindex(act)

    async def forget_all_but(self, room_keys: Container[str], turns: Turns) -> None:
        """Forget the acts of ended rooms, and old ended acts of others.

        Raises StoreError.
        """
        now = self._clock.seconds()
        async for room_key, acts in turns.slowly(list(self._by_room.items()), ROOMS_AT_ONCE):
            for act in list(acts.values()):
                if act.is_kept and not act.is_in_force(now):
                    self._unindex(act)
                if room_key != SERVER and room_key not in room_keys and act.is_kept:
                    await self._forget(act)

    def _check_bounds(self, room_key: str, rank: Role, keys: Sequence[str]) -> None:
        now = self._clock.seconds()
        acts = [
            act
            for act in self._by_room.get(room_key, {}).values()
            if act.rank >= rank and act.is_in_force(now)
        ]
        most = MOST_IN_FORCE_ON_SERVER if room_key == SERVER else MOST_IN_FORCE
        if len(acts) >= most:
            raise ChatError(f"{most} acts are in force there, which is the most. /undo some first.")
        if keys and keys[0].startswith("network "):
            nets = [act for act in acts if act.keys and act.keys[0].startswith("network ")]
            if len(nets) >= MOST_NETWORKS:
                raise ChatError(f"{MOST_NETWORKS} networks are banned there, which is the most.")

    async def _forget_ended(self, room_key: str) -> None:
        """Forget ended acts of a room beyond the bounds, and more if need be.

        Raises StoreError.
        """
        now = self._clock.seconds()
        ended = [act for act in self.of(room_key) if not act.is_in_force(now)]
        for act in ended[: max(0, len(ended) - MOST_ENDED + 1)]:
            await self._forget(act)
        while room_key != SERVER and len(self) - len(self._by_room.get(SERVER, ())) > MOST_ACTS:
            # From the person with the most: rooms full of acts must not displace others' acts.
            makers = self.makers()
            rooms = {room: makers.get(room, room) for room in self._by_room if room != SERVER}
            number: Counter[str] = Counter()
            for room, maker in rooms.items():
                number[maker] += len(self._by_room[room])
            acts = self.of(
                max(rooms, key=lambda room: (number[rooms[room]], len(self._by_room[room])))
            )
            old = [act for act in acts if act.id != self._last_id]
            if not old:
                return
            await self._forget(next((act for act in old if not act.is_in_force(now)), old[0]))

    async def _forget(self, act: Act) -> None:
        if act.id == self._last_id:
            return  # so that no number is given twice, not even after a restart
        await self._records.put(str(act.id), None)
        act.is_kept = False
        self._unindex(act)
        self._drop(act)

    def _drop(self, act: Act) -> None:
        acts = self._by_room.get(act.room_key, {})
        acts.pop(act.id, None)
        if not acts:
            self._by_room.pop(act.room_key, None)

    def _index(self, act: Act) -> None:
        for key in act.keys:
            if key.startswith("network "):
                nets = self._networks.setdefault((act.room_key, act.kind), {})
                nets[act.id] = (span_of(key), act)
            elif is_mask(key):
                prepare(key.partition(" ")[2])
                self._masks.setdefault((act.room_key, act.kind), {})[act.id] = act
            else:
                self._by_key.setdefault((act.room_key, act.kind, key), []).append(act)

    def _unindex(self, act: Act) -> None:
        for key in act.keys:
            indexed = (act.room_key, act.kind, key)
            left = [each for each in self._by_key.get(indexed, ()) if each is not act]
            if left:
                self._by_key[indexed] = left
            else:
                self._by_key.pop(indexed, None)
        nets = self._networks.get((act.room_key, act.kind))
        if nets is not None:
            nets.pop(act.id, None)
            if not nets:
                del self._networks[act.room_key, act.kind]
        masks = self._masks.get((act.room_key, act.kind))
        if masks is not None:
            masks.pop(act.id, None)
            if not masks:
                del self._masks[act.room_key, act.kind]


def _addresses(act: Act) -> str | None:
    """The key of the addresses that an act is against, if any."""
    return ", ".join(key.partition(" ")[2] for key in act.keys if is_address(key)) or None
