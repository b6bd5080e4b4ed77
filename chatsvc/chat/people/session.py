"""Sessions: one connection each, and what it has yet to read."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING

from chatsvc.chat.delivery.room import Reader
from chatsvc.errors import ChatError, Mistaken, Misused, Unkept
from chatsvc.events.answers import Done, Notice, Refused
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from chatsvc.chat.delivery.delivery import Delivery
    from chatsvc.chat.delivery.room import Connection, Room
    from chatsvc.chat.logs.log import Wording
    from chatsvc.chat.people.user import User
    from chatsvc.clock import Clock, Spawn, Timer
    from chatsvc.events.event import Event


# Something that is done at once, or what is to be awaited.
Doing = Coroutine[object, object, None] | None


class Session(Reader):
    """One connection of somebody.

    plainly: how the events read, for this session, if nobody were ignored.
    room: in which it has spoken last, to begin with the lobby; None if that is not known any more.
    typed_in: the room, or the person behind an @, in whose window a client has what is being done
        typed; empty if the client has not said that.
    came_at: the id of the last event before it came.
    is_outside: it has to log in before it takes part.
    nonce: by which it knows what it has asked and is being done; empty if it did not say.
    token: the digest of that with which its place can be had on another connection; empty if it
        did not ask for one.
    wanted: the token that it has chosen, and can have once it takes part; empty if there is none.
    deadline: the timer that aborts it: if it has not logged in, where it has to; or if it has left
        and not read all that it was to read.
    """

    __slots__ = (
        "_delivery",
        "_spawn",
        "came_at",
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
    room: Room | None

    def __init__(
        self,
        connection: Connection,
        wording: Wording,
        address: str | None,
        lobby: Room,
        delivery: Delivery,
        spawn: Spawn,
    ) -> None:
        super().__init__(connection, wording, address)
        self._delivery = delivery
        self._spawn = spawn
        self.plainly = wording
        self.room = lobby
        self.typed_in = ""
        self.came_at = delivery.last_id
        self.is_outside = False
        self.nonce = ""
        self.token = self.wanted = ""
        self.deadline: Timer | None = None

    @property
    def person(self) -> str:
        """With whom one speaks alone where what is being done was typed; empty if nobody."""
        return self.typed_in[1:] if self.typed_in[:1] == "@" else ""

    def abort_within(self, clock: Clock, seconds: float) -> None:
        """Abort its connection unless that is closed, or waits no more, within some seconds."""
        self.lift_deadline()
        self.deadline = clock.callLater(seconds, self._abort)

    def lift_deadline(self) -> None:
        """Do not abort its connection after a while."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _abort(self) -> None:
        self.deadline = None
        self.connection.abort()

    def wait_for(self, doing: Coroutine[object, object, None]) -> None:
        """Take no more lines until something is done that has to wait for the store.

        It begins when the store holds what has happened up to now.
        """
        self.is_busy = True
        self._delivery.after_commit(lambda: self._spawn(self._wait_for(doing)))

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
            self._delivery.look_at_held()

    def tell(self, text: str) -> None:
        """Tell this session alone something, after everything that happened before."""
        self.answer(Notice(text))

    def answer(self, event: Event) -> None:
        """Tell this session alone what answers that which it has asked, if it has."""
        self._delivery.tell(self, event, self.nonce)

    def refuse(self, error: ChatError) -> None:
        """Tell this session that what it has asked cannot be had."""
        nonce = self.take_nonce()
        field = error.field if isinstance(error, Misused) else ""
        self._delivery.tell(self, Refused(str(error), error.code, field, nonce))

    def finish(self) -> None:
        """What this session has asked is done: tell it if it wants to know."""
        if self.nonce:
            self._delivery.tell(self, Done(self.take_nonce()))

    def take_nonce(self) -> str:
        """The nonce of what is being done; whoever takes it sees to the answer."""
        nonce, self.nonce = self.nonce, ""
        return nonce
