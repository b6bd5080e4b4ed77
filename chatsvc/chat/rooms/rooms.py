"""The map of all rooms, by name."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, ValuesView
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.errors import SHOWN, ChatError, NoSuchRoom
from chatsvc.events.event import LOBBY, Author
from chatsvc.text.lookalikes import skeleton

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.accounts.ignored import Keys
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.people.user import Session, User

MOVED_FOR = 86400.0  # seconds for which a former name leads to its room


class NameTaken(ChatError):
    """There is a room of that name, or one that looks like it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a room called {name}, or one whose name looks like that.")


class Moved(ChatError):
    """A room of that name was renamed lately.

    room: the room; None if the person may not know of it.
    """

    def __init__(self, name: str, room: NamedRoom | None) -> None:
        known = f"{name} is called {room.name} now: /join {room.name}" if room is not None else ""
        super().__init__(known or f"The name {name} is not free yet.")
        self.room = room


class Rooms(Mapping[str, NamedRoom]):
    """All rooms, by name, in any case and with look-alikes.

    lobby: the room that everyone is in; joined and left only with the server.
    limits: say how many last messages are kept for people who join a room.
    is_restricted: whether somebody may be muted everywhere.
    turned: called with a person who turns to another room to speak.
    known_by: returns the keys of an author.
    """

    def __init__(self, limits: Limits, known_by: Callable[[Author], Keys]) -> None:
        self._limits = limits
        self._known_by = known_by
        self.lobby = self.new(LOBBY, "")
        self.is_restricted = False
        self.turned: Callable[[User], object] = lambda user: None
        self._rooms = {skeleton(LOBBY): self.lobby}
        self._reserved: set[str] = set()  # names that rooms are about to get

    def __getitem__(self, name: str) -> NamedRoom:
        return self._rooms[skeleton(name)]

    def values(self) -> ValuesView[NamedRoom]:
        """The rooms."""
        return self._rooms.values()

    def __iter__(self) -> Iterator[str]:
        return (room.name for room in self._rooms.values())

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def backlog(self) -> int:
        """The number of last messages kept for people who join a room."""
        return self._limits.backlog

    def keep_backlogs(self) -> None:
        """Keep as many last messages as the limits now say; longer backlogs fill with new ones."""
        for room in self._rooms.values():
            room.recent = deque(room.recent, self.backlog)

    def new(self, name: str, key: str) -> NamedRoom:
        """A new room, which is not in the map yet.

        key: for its messages in the store.
        """
        return NamedRoom(name, key, self.backlog)

    def add(self, room: NamedRoom) -> None:
        """Add a room."""
        self._rooms[skeleton(room.name)] = room

    def remove(self, room: NamedRoom) -> None:
        """Remove a room, which ends."""
        del self._rooms[skeleton(room.name)]

    def check_free(self, name: str, user: User, now: float) -> None:
        """Check that somebody can give a name to a room. Raises NameTaken or Moved.

        For a while, the former name of a room is reserved for people in that room.
        """
        look = skeleton(name)
        if look in self._rooms or look in self._reserved:
            raise NameTaken(name)
        room = self.formerly(name)
        if room is None or now >= room.renamed_at + MOVED_FOR or self.is_in(room, user):
            return
        raise Moved(name, room if self.is_seen(room, user) else None)

    def formerly(self, name: str) -> NamedRoom | None:
        """The room whose former name this is, if any; the last of several."""
        look = skeleton(name)
        rooms = [room for room in self._rooms.values() if room.former]
        found = [room for room in rooms if skeleton(room.former) == look]
        return max(found, key=lambda room: room.renamed_at, default=None)

    @contextmanager
    def reserved(self, name: str) -> Iterator[None]:
        """Keep a name for a room that is about to get it."""
        look = skeleton(name)
        self._reserved.add(look)
        try:
            yield
        finally:
            self._reserved.discard(look)

    def rename(self, room: NamedRoom, old: str) -> bool:
        """Note a room's new name, and return whether the room still exists."""
        if self._rooms.get(skeleton(old)) is not room:
            return False
        del self._rooms[skeleton(old)]
        self.add(room)
        room.recent = deque(map(room.under_its_name, room.recent), room.recent.maxlen)
        return True

    def holds(self, room: NamedRoom) -> bool:
        """Whether a room is in the map, and has not ended."""
        return self._rooms.get(skeleton(room.name)) is room

    def find(self, name: str, user: User) -> NamedRoom:
        """The room of that name, if somebody may know of it. Raises NoSuchRoom."""
        room = self._rooms.get(skeleton(name))
        if room is None or not self.is_seen(room, user):
            raise NoSuchRoom(name)
        return room

    def is_seen(self, room: NamedRoom, user: User) -> bool:
        """Whether somebody may know that a room exists."""
        return room.privacy == "public" or self.is_in(room, user) or user in room.invited

    def of(self, user: User) -> list[NamedRoom]:
        """The rooms that somebody is in."""
        lobby = self.lobby
        return [room for room in self._rooms.values() if user in room.occupants or room is lobby]

    def is_in(self, room: NamedRoom, user: User) -> bool:
        """Whether somebody is in a room."""
        return room is self.lobby or user in room.occupants

    def entered(self, name: str, user: User) -> NamedRoom:
        """The room of that name, if somebody is in it. Raises ChatError."""
        room = self._rooms.get(name) or self._rooms.get(skeleton(name))  # the first is faster
        if room is None or not self.is_in(room, user):
            raise ChatError(f"You are not in {name[:SHOWN]}. Join it first: /join {name[:SHOWN]}")
        return room

    def here(self, session: Session, undone: Literal["said", "done"] = "done") -> NamedRoom:
        """The room that a session means when it names none.

        undone: what was not done, for the error.

        Raises ChatError in a person's window. Also if the session was removed from its room, until
        it names another: more lines may have been typed for that room.
        """
        if session.person:
            raise ChatError(
                f"This is between you and {session.person[:SHOWN]}:"
                " name the room that you mean, such as #lobby."
            )
        if session.typed_in:
            self.turn_to(self.entered(session.typed_in, session.user), session)
        room = session.room
        if isinstance(room, NamedRoom) and self.is_in(room, session.user):
            return room
        why = "The server no longer knows where you spoke last"
        if isinstance(room, NamedRoom):
            why = f"You are no longer in {room.name}"
        raise ChatError(f"{why}, so that was not {undone}. To go on in the lobby: /join {LOBBY}")

    def turn_to(self, room: NamedRoom, session: Session) -> None:
        """Set the room in which a session speaks from now on."""
        if session.room is not room:
            session.room = room
            self.turned(session.user)

    def topic(self, room: NamedRoom, user: User) -> str:
        """The topic of a room, for a person; empty if that person ignores the one who set it."""
        if not (user.ignored and room.topic_by):
            return room.topic
        author = self._known_by(Author(room.topic_by))
        return room.topic if user.ignored.find(author) is None else ""

    def makers(self) -> dict[str, str]:
        """The maker of each room, by its key: an address, or else the account that owns it."""
        return {
            room.key: room.made_from or room.owner_account or room.key
            for room in self._rooms.values()
        }

    def name_of(self, key: str) -> str:
        """The name of the room with that key, which may have ended."""
        room = self.by_key(key)
        return room.name if room is not None else key.partition("/")[0]

    def by_key(self, key: str) -> NamedRoom | None:
        """The room with that key, if any."""
        return next((room for room in self._rooms.values() if room.key == key), None)
