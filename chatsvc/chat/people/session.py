"""Sessions: one connection each, and what it has yet to read."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Coroutine, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from chatsvc.chat.people.ignoring import heard, without
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.errors import SHOWN, ChatError, Mistaken, Misused, Unkept
from chatsvc.events.answers import Done, Notice, Refused
from chatsvc.events.speech import SaidAlready
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.delivery.log import Entry
    from chatsvc.chat.delivery.room import Connection, Room
    from chatsvc.chat.delivery.slices import Wording
    from chatsvc.chat.people.user import User
    from chatsvc.clock import Timer
    from chatsvc.events.event import Event


REPLY_OVERHEAD = 350  # bytes that a reply takes besides its text, which it has twice (CPython 3.11)

_id_of = attrgetter("id")
_NONE: list[Entry] = []  # the replies of all who have none; nothing is ever put into it


# Something that is done at once, or what is to be awaited.
Doing = Coroutine[object, object, None] | None


class Session:
    """One connection of somebody.

    address: what stands for where it comes from; None when that cannot be told.
    wording: how the events read, for this session.
    plainly: the same, if nobody were ignored.
    rooms: all that it reads.
    room: in which it has spoken last; None if that is not known any more.
    typed_in: the room, or the person behind an @, in whose window a client has what is being done
        typed; empty if the client has not said that.
    came_at: the id of the last event before it came.
    own_id: that of the event by which the others are told of it, if it is going to read past that,
        which it does not see; 0 if not.
    is_outside: it has to log in before it takes part.
    is_busy: it waits for the store, and its next line for that.
    nonce: by which it knows what it has asked and is being done; empty if it did not say.
    token: the digest of that with which its place can be had on another connection; empty if it
        did not ask for one.
    wanted: the token that it has chosen, and can have once it takes part; empty if there is none.
    replies: what only this session is told, each under the id of the last event before it.
    reply_bytes: bytes of memory that those take, about.
    is_forgotten: it is given nothing more.
    apart: it cannot go along with the others, as its connection is full, or there was more to read
        than is given at once.
    ends_at: the id of the last event that it reads before it is closed; None while it goes on.
    deadline: the timer that aborts it if it has not read that far and closed.
    """

    __slots__ = (
        "address",
        "apart",
        "came_at",
        "chat",
        "connection",
        "deadline",
        "ends_at",
        "is_busy",
        "is_forgotten",
        "is_outside",
        "nonce",
        "own_id",
        "plainly",
        "replies",
        "reply_bytes",
        "room",
        "rooms",
        "token",
        "typed_in",
        "user",
        "wanted",
        "wording",
    )

    user: User
    room: NamedRoom | None

    def __init__(
        self, chat: Chat, connection: Connection, wording: Wording, address: str | None
    ) -> None:
        self.chat = chat
        self.connection = connection
        self.wording = self.plainly = wording
        self.address = address
        self.rooms: tuple[Room, ...] = ()
        self.room = chat.lobby
        self.typed_in = ""
        self.came_at = chat.delivery.last_id
        self.own_id = 0
        self.is_busy = False
        self.is_outside = False
        self.nonce = ""
        self.token = self.wanted = ""
        self.replies = _NONE
        self.reply_bytes = 0
        self.is_forgotten = False
        self.apart = False
        self.ends_at: int | None = None
        self.deadline: Timer | None = None

    @property
    def has_left(self) -> bool:
        """Whether nothing more is taken from it; it may still be reading."""
        return self.ends_at is not None

    def here(self, undone: Literal["said", "done"] = "done") -> NamedRoom:
        """The room that is meant where none is named.

        undone: what is not if there is none.

        Raises ChatError, once, if this session is not in its room any more, and has not left it
        itself: from then on, the lobby is meant. And wherever it is typed outside of rooms.
        """
        if self.person:
            raise ChatError(
                f"This is between you and {self.person[:SHOWN]}:"
                " name the room that you mean, such as #lobby."
            )
        if self.typed_in:
            self.room = self.chat.rooms.entered(self.typed_in, self.user)
        room = self.room
        if room is not None and self.chat.rooms.is_in(room, self.user):
            return room
        self.room = self.chat.lobby
        why = "The server no longer knows where you spoke last"
        if room is not None:
            why = f"You are no longer in {room.name}"
        then = {
            "said": "Lines are now said in the lobby to everyone: type it again to say it there.",
            "done": "Commands without a room are now for the lobby: type it again to do it there.",
        }
        raise ChatError(f"{why}, so that was not {undone}. {then[undone]}")

    @property
    def person(self) -> str:
        """With whom one speaks alone where what is being done was typed; empty if nobody."""
        return self.typed_in[1:] if self.typed_in[:1] == "@" else ""

    def show(self, wording: Wording) -> None:
        """Word events in another way; without what those say who are ignored."""
        self.plainly = wording
        ignored = self.user.ignored
        if ignored:
            filtered = without(ignored, self.chat.users, wording)
            wording = ignored.wordings.setdefault(wording, filtered)
        self.wording = wording

    def heard(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries without what those say who are ignored."""
        ignored = self.user.ignored
        return heard(entries, ignored, self.chat.users) if ignored else entries

    def wait_for(self, doing: Coroutine[object, object, None]) -> None:
        """Take no more lines until something is done that has to wait for the store.

        It begins when the store holds what has happened up to now.
        """
        self.is_busy = True
        self.chat.delivery.after_commit(lambda: self.chat.spawn(self._wait_for(doing)))

    async def _wait_for(self, doing: Coroutine[object, object, None]) -> None:
        try:
            await doing
            self.finish()
        except ChatError as error:
            self.refuse(error)
        except StoreError as error:
            self.refuse(Unkept(error))
        except Exception:
            self.refuse(Mistaken())
            raise
        finally:
            self.is_busy = False
            self.chat.delivery.look_at_held()

    def close(self) -> None:
        """Give it nothing more: it has left, and read what it was to read."""
        self.chat.keep_read(self)
        self.chat.delivery.forget(self)
        self.connection.close()

    def tell(self, text: str) -> None:
        """Tell this session alone something, after everything that happened before."""
        self.answer(Notice(text))

    def answer(self, event: Event) -> None:
        """Tell this session alone what answers that which it has asked, if it has."""
        self.chat.announce()
        self.chat.delivery.tell(self, event, self.nonce)

    def refuse(self, error: ChatError) -> None:
        """Tell this session that what it has asked cannot be had."""
        self.chat.announce()
        nonce = self.take_nonce()
        field = error.field if isinstance(error, Misused) else ""
        self.chat.delivery.tell(self, Refused(str(error), error.code, field, nonce))

    def finish(self) -> None:
        """What this session has asked is done: tell it if it wants to know."""
        if self.nonce:
            self.chat.delivery.tell(self, Done(self.take_nonce()))

    def take_nonce(self) -> str:
        """The nonce of what is being done; whoever takes it sees to the answer."""
        nonce, self.nonce = self.nonce, ""
        return nonce

    def repeat(self, nonce: str) -> bool:
        """Tell this session again what its person has said under a nonce; whether that was so."""
        if nonce not in self.user.said:
            return False
        room, entry_id = self.user.said[nonce]
        delivery = self.chat.delivery
        if entry_id <= delivery.done_id:  # else it is told when it is committed
            self.nonce = nonce
            entry = room.log.find(entry_id)
            if entry is not None:
                delivery.tell(self, SaidAlready(entry.id, entry.at, entry.event, entry.at))
                self.take_nonce()
            elif isinstance(room, NamedRoom):  # memory has forgotten it
                self.wait_for(self._recall(room, entry_id))
        return True

    async def _recall(self, room: NamedRoom, entry_id: int) -> None:
        entry = await self.chat.recall.entry(room, entry_id)
        if entry is not None:
            self.take_nonce()
            self.chat.delivery.tell(self, SaidAlready(entry.id, entry.at, entry.event, entry.at))

    def add_reply(self, entry: Entry) -> None:
        """Put something behind what this session alone is told."""
        if self.replies is _NONE:
            self.replies = []
        insort(self.replies, entry, key=_id_of)  # mostly at the end
        self.reply_bytes += reply_size(entry)

    def insert_replies(self, entries: list[Entry]) -> None:
        """Put something that has one id before what else stands behind the event of that id."""
        start = bisect_left(self.replies, entries[0].id, key=_id_of)
        self.replies = [*self.replies[:start], *entries, *self.replies[start:]]
        self.reply_bytes += sum(map(reply_size, entries))

    def take_replies(self, number: int) -> None:
        """Take away the first so many replies: they were read."""
        self.reply_bytes -= sum(map(reply_size, self.replies[:number]))
        self.replies = self.replies[number:] or _NONE


def reply_size(entry: Entry) -> int:
    """Bytes of memory that a reply takes while it waits, about."""
    return REPLY_OVERHEAD + 2 * len(entry.line)
