"""The status line, which has the current window first, however narrow the terminal is."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.client.screen.showing.parts import shortened, text_width
from chatsvc.client.screen.writing.pieces import MOST_BYTES, pieces
from chatsvc.terminal.colours import FAINT, URGENT
from chatsvc.terminal.styles import PLAIN, Segment, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatsvc.client.screen.session import Session
    from chatsvc.client.screen.windows.groups import Groups
    from chatsvc.terminal.editing.editor import Editor
    from chatsvc.terminal.picture.screen import Screen

LONG = 0.5  # seconds without an answer before the lag is shown
HINT = 8  # seconds for which a hint is shown
_GAP = "  "


class Part(NamedTuple):
    """A part that is shown in full, or not at all."""

    text: str
    style: Style = PLAIN


class StatusLine:
    """The status line of the current window, with a hint that disappears.

    hint: a hint for the user; empty for none.
    newest: the key that goes to the newest message.
    """

    def __init__(self, screen: Screen, groups: Groups, editor: Editor, newest: str) -> None:
        self.hint = ""
        self.newest = newest
        self._age = 0  # seconds since a key was pressed
        self._screen = screen
        self._groups = groups
        self._editor = editor

    def take_hint(self) -> str:
        """Remove the hint, and return it."""
        hint, self.hint, self._age = self.hint, "", 0
        return hint

    def tell(self, hint: str) -> None:
        """Show a hint."""
        self.hint = hint

    def tick(self) -> None:
        """Note that a second has passed."""
        self._age += 1
        if self._age > HINT:
            self.hint = ""

    def draw(self, here: Session, sessions: Iterable[Session]) -> None:
        """Put the line on the screen.

        here: talks to the server of the current window.
        sessions: all there are.
        """
        screen, link = self._screen, here.link
        notes = []
        if here.state:
            waiting = f", {link.waiting} waiting" if link.waiting else ""
            notes.append(Part(f"{here.state}{waiting}", URGENT))
        elif link.lag >= LONG:
            notes.append(Part(f"lag {link.lag:.1f} s"))
        if here.windows.lobby.people.is_away(here.own.name):
            notes.append(Part("away"))
        others = [each for each in sessions if each.state and each is not here]
        notes += [Part(f"{each.name}: {each.state}", URGENT) for each in others]
        if "\n" in self._editor.text or len(self._editor.text) > MOST_BYTES // 8:
            notes.append(Part(typed_size(self._editor.text)))
        hint = self._editor.hint or self.hint
        window = self._groups.current
        if (window.past or window.live.is_back) and not hint:
            arrived = window.live.arrived
            what = f"{arrived} new below" if arrived else "scrolled back"
            notes.append(Part(f"{what} ({self.newest})", Style(bold=True)))
        where = here.settings.where
        me = f"{here.own.name}@{where}" if here.own.name else where
        line = status(self._groups, screen.columns, notes, hint, me)
        is_whole = hint != self.hint or any(text == hint for text, _ in line)
        screen.hint = "" if is_whole else hint
        screen.status = line if is_whole else status(self._groups, screen.columns, notes, "", me)


@lru_cache(maxsize=1)  # the text is mostly that of the last picture
def typed_size(text: str) -> str:
    """The number of rows of a typed text, and of the messages in which it will be sent."""
    messages = len(pieces(text))
    parts = f", {messages} messages" if messages > 1 else ""
    rows = text.count("\n") + 1
    return f"{rows} rows{parts}" if rows > 1 else f"{len(text)} characters{parts}"


def status(
    groups: Groups, columns: int, notes: Iterable[Part], hint: str, me: str
) -> list[Segment]:
    """The current window, notes, windows with mentions, unread windows, other windows.

    Windows that do not fit are counted, as +4.

    notes: on the connection, and the like.
    hint: for the user, after the unread windows.
    me: the user's name and the server's, last, if there is space.
    """
    spoken_to, unread, others = [], [], []
    where, company = "", ""
    windows = groups.all()
    for number, (server, window) in enumerate(windows, 1):
        name = f"{number} {groups.label(server, window.name)}"
        if window is groups.current:
            where = name
            here = len(window.people)
            company = f", {here} here" if window.is_room else ""
            if nowhere := server.leads_nowhere(window):
                company = ", you are not there" if window.is_room else ", not here"
        elif window.mentions:
            spoken_to.append(Part(f"{name} {window.news}", URGENT))
        elif window.unread:
            unread.append(Part(f"{name} {window.news}"))
        else:
            style = FAINT if server.leads_nowhere(window) else PLAIN
            others.append(Part(name, style))
    least = len(f"{_GAP}+{len(windows) - 1}") if len(windows) > 1 else 0
    where = shortened(where, max(columns - least - 2, columns // 2, 1))
    if not hint and text_width(where + company) <= columns // 2:
        where += company
    shown = [Part(f"[{where}]", Style(bold=not nowhere, dim=nowhere))]
    for note in notes:
        if text := shortened(note.text, columns - least - _taken(shown)):
            shown.append(note._replace(text=text))
    room = columns - _taken(shown) + len(_GAP)
    new = [*spoken_to, *unread]
    last: list[Part] = []
    if hint := shortened(hint, room - least - len(_GAP)):
        last = [Part(hint)]
    elif _taken([*new, Part(me)]) + least <= room:
        last = [Part(me)]
    news = _fitting(new if hint else [*new, *others], room - _taken(last))
    segments: list[Segment] = []
    for part in (*shown, *news, *last):
        segments += [(_GAP, PLAIN), part]
    return segments[1:]


def _fitting(parts: Sequence[Part], room: int) -> list[Part]:
    """As many parts as fit, with a gap before each, and the number of the others."""
    found: list[Part] = []
    for index, part in enumerate(parts):
        left = len(parts) - index - 1
        others = len(f"{_GAP}+{left}") if left else 0
        if _taken([part]) + others > room:
            more = f"+{left + 1}"
            style = URGENT if any(each.style == URGENT for each in parts[index:]) else PLAIN
            return [*found, Part(more, style)] if len(_GAP + more) <= room else found
        room -= _taken([part])
        found.append(part)
    return found


def _taken(parts: Iterable[Part]) -> int:
    """The columns of some parts with their gaps."""
    return sum(text_width(_GAP + part.text) for part in parts)
