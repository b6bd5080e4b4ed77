"""Missed messages: requested after a login, and shown in their windows as unread."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from chatsvc.client import wording
from chatsvc.events.forms import event_of
from chatsvc.events.speech import Reacted, Spoken

if TYPE_CHECKING:
    from chatsvc.client.notices.notices import Notices
    from chatsvc.client.own_name import OwnName
    from chatsvc.client.screen.talking.questions import Questions
    from chatsvc.client.screen.windows.past import Past
    from chatsvc.client.screen.windows.window import Window
    from chatsvc.client.screen.windows.windows import Windows
    from chatsvc.terminal.picture.message import Message

MOST = 4000  # messages; the server is asked no further, and a window keeps about as many


class Missed:
    """Asks for messages from the time without a login, and puts them before new ones."""

    def __init__(
        self,
        windows: Windows,
        questions: Questions,
        past: Past,
        own: OwnName,
        notices: Notices,
    ) -> None:
        self._windows = windows
        self._questions = questions
        self._past = past
        self._own = own
        self._notices = notices
        self._found: list[dict[str, Any]] = []  # all answers until now, in order

    def ask(self) -> bool:
        """Ask the server, and return whether that was possible."""
        return self._questions.gather(self._windows.lobby, self._take, "since")

    def _take(self, found: list[dict[str, Any]], why: str, is_sure: bool) -> None:
        self._found += found
        if found and len(self._found) < MOST and self.ask():
            return
        if found:
            self._windows.tell("To see what else was said while you were away, type /since.")
        self._show()

    def _show(self) -> None:
        messages: dict[Window, dict[int | None, Message]] = {}
        unread: Counter[Window] = Counter()
        mentions: Counter[Window] = Counter()
        for received in self._found:
            event, message = event_of(received), self._past.message(received)
            if not isinstance(event, Spoken) or message is None:
                continue
            window = self._windows.find(event.room)
            if window is None or message.key in messages.setdefault(window, {}):
                continue  # it was told again, over another connection
            messages[window][message.key] = message
            if isinstance(event, Reacted):
                continue  # it is shown, but nobody has spoken
            window.heard(event.speaker, wording.moment(received))
            self._notices.note(received, event, window.name)
            unread[window] += 1
            mentions[window] += self._own.is_meant(event)
        self._found = []
        for window, missed in messages.items():
            window.show_missed([*missed.values()])
            if not self._windows.is_in_view(window) and not self._notices.is_muted(window.name):
                window.unread += unread[window]
                window.mentions += mentions[window]
