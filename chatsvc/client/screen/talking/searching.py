"""Lists of messages in any room to go to: the results of /search, and mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatsvc.client import wording
from chatsvc.client.screen.modes.chooser import Chooser
from chatsvc.events.forms import event_of
from chatsvc.events.speech import Direct, Spoken
from chatsvc.terminal.colours import FAINT
from chatsvc.terminal.styles import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.client.own_name import OwnName
    from chatsvc.client.screen.modes.mode import Mode
    from chatsvc.client.screen.talking.questions import Questions
    from chatsvc.client.screen.windows.past import Past
    from chatsvc.client.screen.windows.windows import Windows
    from chatsvc.terminal.styles import Segment


class Searching:
    """Asks the server, and lets the user choose among messages.

    begin: called with the mode for choosing.
    """

    def __init__(
        self,
        windows: Windows,
        questions: Questions,
        past: Past,
        own: OwnName,
        begin: Callable[[Mode | None], object],
    ) -> None:
        self._windows = windows
        self._questions = questions
        self._past = past
        self._own = own
        self._begin = begin

    def search(self, words: str) -> None:
        """Search for the words that follow the command."""
        window = self._windows.current

        def take(found: list[dict[str, Any]], why: str, is_sure: bool) -> None:
            spoken = [(each, event) for each in found if (event := _spoken(each)) is not None]
            if spoken:
                self.choose(words, spoken)
            else:
                self._windows.tell(why or "Nothing like that was said.", window)

        self._questions.gather(window, take, "search", words=words)

    def choose(self, title: str, spoken: Sequence[tuple[dict[str, Any], Spoken]]) -> None:
        """List messages, of which there is at least one, and go to the one chosen."""
        rows = [self._row(*each) for each in spoken]
        last = len(rows) - 1
        self._begin(Chooser(f"{title}: ", rows, last, lambda chosen: self._go_to(*spoken[chosen])))

    def _row(self, received: dict[str, Any], event: Spoken) -> list[Segment]:
        at = wording.moment(received)
        return [
            (f"{at:%d %b %H:%M} " if at else "", FAINT),
            (f"{self._own.where(event)} ", PLAIN),
            (event.speaker, Style(wording.colour(event.speaker), bold=True)),
            (f": {event.text.partition(chr(10))[0]}", PLAIN),
        ]

    def _go_to(self, received: dict[str, Any], event: Spoken) -> None:
        window = self._windows.find(self._own.where(event))
        if window is None and isinstance(event, Direct):
            window = self._windows.open(self._own.where(event))
        if window is not None:
            self._windows.look_at(window)
            self._past.go_to(window, received.get("id", 0))


def _spoken(received: dict[str, Any]) -> Spoken | None:
    event = event_of(received)
    return event if isinstance(event, Spoken) else None
