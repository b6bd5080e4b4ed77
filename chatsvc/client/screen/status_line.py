"""The line about the state of things: where one is comes first, however narrow the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chatsvc.terminal.cells import cells, clip, width
from chatsvc.terminal.colours import FAINT, URGENT
from chatsvc.terminal.styles import PLAIN, Segment, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatsvc.client.screen.windows import Windows

_GAP = "  "


class Part(NamedTuple):
    """What is shown as a whole, or not at all."""

    text: str
    style: Style = PLAIN


def status(
    windows: Windows, columns: int, notes: Iterable[Part], hint: str, me: str
) -> list[Segment]:
    """The window at which one looks; notes; where one was spoken to; what is unread; the others.

    Of windows for which there is no room it has the number: +4.

    notes: on the connection, and the like.
    hint: what one has to know just now; it stands behind what is unread.
    me: one's own name and the server's; last, if there is room.
    """
    spoken_to, unread, others = [], [], []
    where, company = "", ""
    for number, window in enumerate(windows.all(), 1):
        if window is windows.current:
            where = f"{number} {window.name}"
            here = len(window.people) + window.more
            company = f", {here} here" if window.is_room else ""
            if nowhere := windows.leads_nowhere(window):
                company = ", you are not there" if window.is_room else ", not here"
        elif window.is_urgent:
            spoken_to.append(Part(f"{number} {window.name} !{window.unread}", URGENT))
        elif window.unread:
            unread.append(Part(f"{number} {window.name} +{window.unread}"))
        else:
            style = FAINT if windows.leads_nowhere(window) else PLAIN
            others.append(Part(f"{number} {window.name}", style))
    least = len(f"{_GAP}+{len(windows.all()) - 1}") if len(windows.all()) > 1 else 0
    where = _shortened(where, max(columns - least - 2, columns // 2, 1))
    if not hint and _width(where + company) <= columns // 2:
        where += company
    shown = [Part(f"[{where}]", Style(bold=not nowhere, dim=nowhere))]
    for note in notes:
        if text := _shortened(note.text, columns - least - _taken(shown)):
            shown.append(note._replace(text=text))
    room = columns - _taken(shown) + len(_GAP)
    new = [*spoken_to, *unread]
    last: list[Part] = []
    if hint := _shortened(hint, room - least - len(_GAP)):
        last = [Part(hint)]
    elif _taken([*new, Part(me)]) + least <= room:
        last = [Part(me)]
    news = _fitting(new if hint else [*new, *others], room - _taken(last))
    segments: list[Segment] = []
    for part in (*shown, *news, *last):
        segments += [(_GAP, PLAIN), part]
    return segments[1:]


def _fitting(parts: Sequence[Part], room: int) -> list[Part]:
    """As many parts as there is room for, with a gap before each, and the number of the others."""
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
    """How many columns some parts take with their gaps."""
    return sum(_width(_GAP + part.text) for part in parts)


def _width(text: str) -> int:
    return width(cells([(text, PLAIN)], len(text) * 2 + 1))


def _shortened(text: str, columns: int) -> str:
    """A text that takes no more columns; it says if something is missing."""
    if _width(text) <= columns:
        return text
    kept = clip(cells([(text, PLAIN)], columns), columns - 1) if columns > 1 else []
    return "".join(cell.text for cell in kept) + "…" * (columns > 0)
