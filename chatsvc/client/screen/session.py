"""What the screen knows of one server: a link with it, its windows, and what is said there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatsvc.client.connection.server import ask_first
from chatsvc.client.own_name import OwnName
from chatsvc.client.screen.talking.changing import Changing
from chatsvc.client.screen.talking.hearing import Hearing
from chatsvc.client.screen.talking.notices import Notices
from chatsvc.client.screen.talking.questions import Questions
from chatsvc.client.screen.talking.saying import Saying
from chatsvc.client.screen.windows.past import Past
from chatsvc.client.screen.windows.rooms import Rooms
from chatsvc.client.screen.windows.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatsvc.client.screen.shared import Shared
    from chatsvc.client.screen.talking.questions import Asking
    from chatsvc.client.settings.values import Settings


class Session:
    """One server.

    is_up: whether there is a connection.

    connect: makes the link, which calls `hear`, `status` and `begin` once it has started.
    use: see `Changing`.
    """

    def __init__(
        self,
        settings: Settings,
        shared: Shared,
        connect: Callable[[Session], Asking],
        use: Callable[[Settings], object],
    ) -> None:
        self.is_up = False
        self._has_begun = False  # whether there was a place before
        self._changing = Changing(settings, shared.keeping, use)
        self.windows = windows = Windows(settings.server or settings.where, shared.view)
        self.own = own = OwnName(settings.highlights)
        self.link = connect(self)
        self.questions = Questions(self.link, windows)
        self.rooms = Rooms(windows, self.questions)
        self.past = Past(self.questions, own, shared.hint)
        ring = shared.view.screen.picture.ring
        self.notices = Notices(settings, windows, own, ring, shared.noticed)
        self._hearing = Hearing(
            windows, self.questions, self.rooms, own, self.notices, settings.presence
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

    def use(self, settings: Settings) -> None:
        """Use settings that have changed."""
        self._changing.settings = settings
        self.own.highlights = settings.highlights
        self.notices.use(settings)
        self._hearing.presence = settings.presence

    def status(self, is_up: bool) -> None:
        """Note that there is a connection, or that it was lost."""
        self.is_up = is_up
        self._has_begun = True
        if not is_up:
            self.windows.tell(
                "The connection was lost. What you type meanwhile waits, and is said once."
            )

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

        self.own.wanted = ask_first(self.settings, note, name, rooms, last_rooms)

    def hear(self, received: dict[str, Any]) -> None:
        """Show an event or an error."""
        self._hearing.hear(received)
