"""The past: messages from before the scrollback, which are read from the server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from chatsvc.client import wording
from chatsvc.events.forms import event_of
from chatsvc.events.speech import Spoken
from chatsvc.terminal.picture.message import Message
from chatsvc.terminal.picture.scrollback import Scrollback

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.client.own_name import OwnName
    from chatsvc.client.screen.talking.questions import Questions
    from chatsvc.client.screen.windows.window import Window

PAGE = 100  # messages that are asked for at once
_SHARED = 50  # messages that the past shares with what is live, where it begins


class Past:
    """Reads messages from the server, and shows them before or in place of the live ones.

    As long as there is space, they precede the live messages; beyond that, they are in a separate
    scrollback, which forgets on the other side.

    tell: called with a hint for the user.
    """

    def __init__(self, questions: Questions, own: OwnName, tell: Callable[[str], object]) -> None:
        self._questions = questions
        self._own = own
        self._tell = tell
        self._asked: set[Window] = set()  # those for which an answer is to come

    def begin(self, window: Window) -> None:
        """Read the messages from before a window was opened, if that is still to be done."""
        if window.lacks_past:
            window.lacks_past = False
            self.look_back(window)

    def look_back(self, window: Window) -> None:
        """Read earlier messages if the view has almost reached the oldest one."""
        shown = window.scrollback
        if shown.is_whole and shown.is_at_top:
            self._tell(f"Nothing was said in {window.name} before.")
        if shown.is_whole or not shown.is_near_top or window in self._asked:
            return
        oldest = next(iter(shown.keys), None)
        what = f"{PAGE} before {oldest}" if oldest is not None else str(PAGE)
        self._ask(window, what, partial(self._precede, window, shown), is_quiet=True)

    def _precede(self, window: Window, shown: Scrollback, messages: list[Message]) -> None:
        known = set(shown.keys)
        new = [each for each in messages if each.key not in known]
        shown.is_whole = not new
        if shown is window.live and len(new) > shown.room:
            self._leave_live(window, shown)
            shown = window.scrollback
        shown.precede(new)

    def _leave_live(self, window: Window, shown: Scrollback) -> None:
        """Go on in a scrollback of its own, which begins with messages that are live, too."""
        if window.scrollback is not shown:
            return
        past = Scrollback()
        past.precede(shown.beginning(_SHARED))
        past.match(shown)
        window.past = past

    def look_on(self, window: Window) -> None:
        """Read later messages if the past is at its end; return to the live ones after these."""
        past, live = window.past, window.live
        if past is None or past.is_back or window in self._asked:
            return
        newest = past.keys[-1]
        if newest >= min(live.keys, default=0):
            self._return(window, newest)
            return
        self._ask(
            window, f"{PAGE} after {newest}", partial(self._follow, window, past), is_quiet=True
        )

    def _follow(self, window: Window, past: Scrollback, messages: list[Message]) -> None:
        if window.past is not past:
            return
        known = set(past.keys)
        new = [each for each in messages if each.key not in known]
        past.hold()
        for each in new:
            past.show(*each)
        if not new:
            self._return(window, 0)

    def _return(self, window: Window, newest: int) -> None:
        window.past = None
        window.live.look_up_to(newest)

    def go_to(self, window: Window, key: int) -> None:
        """Show the message with an id, highlighted, and the messages around it."""
        if window.live.to_key(key):
            window.past = None
        elif window.past is None or not window.past.to_key(key):
            self._ask(window, f"around {key}", partial(self._show_around, window, key))

    def _show_around(self, window: Window, key: int, messages: list[Message]) -> None:
        past = Scrollback()
        past.fit(*window.scrollback.size)
        past.seek(window.scrollback.sought)
        past.precede(messages)
        if past.to_key(key):
            window.past = past
        else:
            self._tell(f"Message {key} is not kept any more.")

    def read(self, window: Window, what: str) -> None:
        """Show the messages of a /history, none of them twice: those that are live stay there."""
        is_onward = what.startswith("since")
        self._ask(window, what, partial(self._show_read, window, is_onward))

    def _show_read(self, window: Window, is_onward: bool, messages: list[Message]) -> None:
        keys = [each.key for each in messages if each.key is not None]
        if not keys or window.live.to_key(keys[0]):
            window.past = None
            return
        past = Scrollback()
        past.fit(*window.scrollback.size)
        past.precede(messages)
        if is_onward:
            past.to_key(keys[0])
        else:
            past.look_up_to(keys[-1])
        past.hold()
        window.past = past

    def _ask(
        self,
        window: Window,
        what: str,
        then: Callable[[list[Message]], object],
        *,
        is_quiet: bool = False,
    ) -> None:
        """Ask for history.

        is_quiet: whether nothing is told if there is none in a room.
        """

        def take(found: list[dict[str, Any]], why: str, is_sure: bool) -> None:
            self._asked.discard(window)
            if is_sure:
                then([each for each in map(self.message, found) if each is not None])
                if why and not found and not (is_quiet and window.is_room):
                    self._tell(why)

        if self._questions.gather(window, take, "history", room=window.name, what=what):
            self._asked.add(window)

    def message(self, received: dict[str, Any]) -> Message | None:
        """A message as it is shown; None for anything else."""
        event = event_of(received)
        if not isinstance(event, Spoken):
            return None
        at = wording.moment(received)
        line = wording.line(received, event, self._own)
        is_mention = self._own.is_meant(event)
        day = at.date() if at else None
        return Message(line, received.get("id"), is_mention, day, len(line) - 1)
