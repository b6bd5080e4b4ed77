"""Speaking by requests: each message is said only once, and answered when it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.recent_nonces import RecentNonces
from chatsvc.chat.logs.room import Reader
from chatsvc.store import NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.speaking import Speaking
    from chatsvc.events.speech import Spoken
    from chatsvc.store import Store, Stored

REMEMBERED = 1000  # speakers in a room whose nonces are in memory, each with up to 3 KB
REREAD = 1000  # messages of a room among which nonces are found after a restart


class _Nowhere:
    """The connection of a reader that is given nothing."""

    def __init__(self, resumed: Callable[[], object]) -> None:
        self._resumed = resumed

    def is_rested(self, now: float) -> bool:
        """Yes: it sends nothing."""
        return True

    def resume(self) -> None:
        """Go on, after `Delivery.hold`."""
        self._resumed()

    @property
    def writer(self) -> _Nowhere:
        """The way out: itself."""
        return self

    def write(self, data: bytes) -> bool:
        """Send nothing."""
        return False

    def close(self) -> None:
        """Do nothing."""

    abort = close

    def fail(self, error: Exception) -> None:
        """Do nothing, as nothing is written."""


def _no_words(entries: Sequence[Entry]) -> bytes:
    return b""


class Speaker(Reader):
    """The speaker of a request: a reader that reads nothing.

    resumed: called when it may speak, after `Delivery.hold`.
    """

    __slots__ = ()

    def __init__(self, address: str | None, resumed: Callable[[], object]) -> None:
        super().__init__(_Nowhere(resumed), _no_words, address)
        self.is_forgotten = True


@dataclass(eq=False)
class Speech:
    """Says what programs send.

    All methods raise ChatError; those that wait for the store also StoreError.
    """

    _delivery: Delivery
    _store: Store
    _speaking: Speaking
    # By the key of the room, and the name; the latest speakers are last.
    _nonces: dict[tuple[str, str], RecentNonces] = field(default_factory=dict)

    async def said_before(self, room: NamedRoom, name: str, nonce: str) -> int:
        """The id of the message with a nonce that a name has said in a room; 0 if there is none.

        After a restart, it is found among the last messages of the room.
        """
        key = room.key, name
        stored: Sequence[Stored] = ()
        if key not in self._nonces:
            stored = await self._store.before(room.key, NEWEST, REREAD)
        nonces = self._nonces.pop(key, None)
        if nonces is None:  # nor has another request read them meanwhile
            nonces = RecentNonces()
            for each in stored:
                if each.nonce and each.speaker == name:
                    nonces.note(each.nonce, room, each.id)
        self._nonces[key] = nonces
        if len(self._nonces) > REMEMBERED:
            del self._nonces[next(iter(self._nonces))]
        found = nonces.find(nonce)
        return found[1] if found is not None else 0

    def check(self, room: NamedRoom, user: User) -> None:
        """Check that somebody's words may go to a room."""
        self._speaking.check(room, user)

    def say(
        self,
        speaker: Speaker,
        room: NamedRoom,
        said: Spoken,
        then: Callable[[int], object],
    ) -> None:
        """Say something that was checked, and whose nonce, if any, was looked up.

        then: called with its id once it is kept; with 0 if it cannot be.
        """
        self._speaking.remember(room)
        nonces = self._nonces.get((room.key, said.speaker)) if said.nonce else None
        self._delivery.append(room, said, speaker, then=partial(self._kept, said, nonces, then))
        if nonces is not None:
            nonces.note(said.nonce, room, self._delivery.last_id)

    def _kept(
        self,
        said: Spoken,
        nonces: RecentNonces | None,
        then: Callable[[int], object],
        entry_id: int,
    ) -> None:
        if nonces is not None and not entry_id:
            nonces.forget(said.nonce)  # so that it can be said again
        then(entry_id)
