"""The session with one server on the screen: a link with it, its windows, and their messages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from chatsvc.client.connection.server import ask_first
from chatsvc.client.notices.notices import Notices
from chatsvc.client.own_name import OwnName
from chatsvc.client.screen.talking.hearing import Hearing
from chatsvc.client.screen.talking.missed import Missed
from chatsvc.client.screen.talking.questions import Questions
from chatsvc.client.screen.talking.saying import Saying
from chatsvc.client.screen.windows.past import Past
from chatsvc.client.screen.windows.rooms import Rooms
from chatsvc.client.screen.windows.windows import Windows
from chatsvc.client.settings.changing import Changing
from chatsvc.terminal.colours import URGENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatsvc.client.screen.shared import Shared
    from chatsvc.client.screen.talking.questions import Asking
    from chatsvc.client.settings.values import Settings

NO_CONNECTION = "no connection, trying again"


class Session:
    """One server.

    state: of the connection, in words; empty if there is one.
    name: of the server, for people: that of the settings, or else its address.

    connect: makes the link, which calls `hear`, `status` and `begin` once it has started. May raise
        Wrong.
    use: called with this and a setting that was changed here; see `Changing`.
    """

    def __init__(
        self,
        settings: Settings,
        shared: Shared,
        connect: Callable[[Session], Asking],
        use: Callable[[Session, str, Any, str], object],
    ) -> None:
        self.state = "connecting"
        self.name = settings.title
        self._has_begun = False  # whether there was a place before
        self._is_over = False
        self._changing = Changing(settings, shared.keeping, partial(use, self), has_screen=True)
        self.windows = windows = Windows(self.name, shared.view)
        self.own = own = OwnName()
        self.link = connect(self)
        self.questions = Questions(self.link, windows)
        self.rooms = Rooms(windows, self.questions, settings.rooms)
        self.past = Past(self.questions, own, shared.hint)
        self.notices = Notices(settings, own, shared.noticed, partial(shared.groups.label, windows))
        missed = Missed(windows, self.questions, self.past, own, self.notices)
        self._hearing = Hearing(
            windows, self.questions, self.rooms, own, self.notices, missed, settings.presence
        )
        self.saying = Saying(
            self.link,
            windows,
            self.questions,
            self.rooms,
            self.past,
            self.notices,
            own,
            self._changing,
            shared,
        )

    @property
    def settings(self) -> Settings:
        """The current settings."""
        return self._changing.settings

    def use(self, attribute: str, value: Any, source: str) -> None:
        """Use another value of a setting.

        source: where it comes from.
        """
        self._changing.settings = settings = self.settings.changed(attribute, value, source)
        self.notices.use(settings)
        self._hearing.presence = settings.presence

    def end(self) -> None:
        """Hear nothing more: the windows are gone."""
        self._is_over = True

    def refused(self, why: str) -> None:
        """Note that the first connection has failed."""
        self.state = NO_CONNECTION
        self.windows.tell(f"{why} (trying again)", sign=("!! ", URGENT))

    def status(self, is_up: bool) -> None:
        """Note that there is a connection, or that it was lost."""
        self.state = "" if is_up else NO_CONNECTION
        self._has_begun = True
        if not is_up:
            self.windows.tell("The connection was lost. What you type waits, and is said once.")

    def begin(self, ask: Callable[..., str], name: str, rooms: Iterable[str]) -> None:
        """Send the first requests at a new place: from the settings, or from the last place."""
        last_rooms = [
            each.name for each in self.windows.all()[1:] if each.is_room and not each.lost
        ]

        def note(do: str, **what: str) -> None:
            room = what.get("room", "")
            if room and self._has_begun and room not in last_rooms:
                return  # it was left since
            nonce = ask(do, **what)
            if window := self.windows.find(room):
                self.questions.note(nonce, window, "join")
            elif room:
                self.rooms.note_joining(nonce)

        self.own.wanted = ask_first(self.settings, note, name, rooms, last_rooms)

    def has_missed(self, received: dict[str, Any]) -> bool:
        """Whether a message was said while nobody was logged in, and is new here."""
        asked = self.questions.find(received.get("answers", ""))
        return asked is not None and asked.what == "since"

    def hear(self, received: dict[str, Any]) -> None:
        """Show an event or an error."""
        if not self._is_over:
            self._hearing.hear(received)
