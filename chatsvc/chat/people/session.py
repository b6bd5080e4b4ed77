"""Sessions: one connection each, and what it has yet to read."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Literal

from chatsvc.chat.delivery.room import Reader
from chatsvc.chat.people.ignoring import Without, heard
from chatsvc.chat.rooms.room import NamedRoom
from chatsvc.errors import SHOWN, ChatError, Mistaken, Misused, Unkept
from chatsvc.events.answers import Done, Notice, Refused
from chatsvc.events.speech import SaidAlready
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.delivery.room import Connection
    from chatsvc.chat.logs.log import Entry, Wording
    from chatsvc.chat.people.user import User
    from chatsvc.clock import Timer
    from chatsvc.events.event import Event


# Something that is done at once, or what is to be awaited.
Doing = Coroutine[object, object, None] | None


class Session(Reader):
    """One connection of somebody.

    plainly: how the events read, for this session, if nobody were ignored.
    room: in which it has spoken last; None if that is not known any more.
    typed_in: the room, or the person behind an @, in whose window a client has what is being done
        typed; empty if the client has not said that.
    came_at: the id of the last event before it came.
    is_outside: it has to log in before it takes part.
    nonce: by which it knows what it has asked and is being done; empty if it did not say.
    token: the digest of that with which its place can be had on another connection; empty if it
        did not ask for one.
    wanted: the token that it has chosen, and can have once it takes part; empty if there is none.
    deadline: the timer that aborts it if it has left and not read all that it was to read.
    """

    __slots__ = (
        "came_at",
        "chat",
        "deadline",
        "is_outside",
        "nonce",
        "plainly",
        "room",
        "token",
        "typed_in",
        "user",
        "wanted",
    )

    user: User
    room: NamedRoom | None

    def __init__(
        self, chat: Chat, connection: Connection, wording: Wording, address: str | None
    ) -> None:
        super().__init__(connection, wording, address)
        self.chat = chat
        self.plainly = wording
        self.room = chat.lobby
        self.typed_in = ""
        self.came_at = chat.delivery.last_id
        self.is_outside = False
        self.nonce = ""
        self.token = self.wanted = ""
        self.deadline: Timer | None = None

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
            filtered = Without(ignored, self.chat.users, wording)
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
