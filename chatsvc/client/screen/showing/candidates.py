"""The candidates of a completion, with an explanation of the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.own_commands import OWN
from chatsvc.client.screen.showing.parts import text_width
from chatsvc.client.screen.writing.emoji import name_of
from chatsvc.command.command import commands
from chatsvc.terminal.colours import FAINT
from chatsvc.terminal.styles import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.terminal.editing.completion import Completion
    from chatsvc.terminal.styles import Segment

MOST = 3  # rows of candidates


def rows(completion: Completion | None, typed: str, columns: int) -> Sequence[Sequence[Segment]]:
    """The candidates in a few rows, and an explanation if they are commands.

    typed: the whole text; a command that is complete is explained, too.
    """
    if completion is None:
        about = explained(typed) if typed.endswith(" ") else ""
        return [[(about, FAINT)]] if about else []
    found: list[list[Segment]] = [[]]
    at_row = 0
    used = 0
    for at, candidate in enumerate(completion.candidates):
        label = _label(candidate)
        wide = text_width(label) + 2
        if used + wide > columns and found[-1]:
            found.append([])
            used = 0
        used += wide
        is_chosen = at == completion.chosen
        at_row = len(found) - 1 if is_chosen else at_row
        found[-1] += [(label, Style(reverse=True) if is_chosen else PLAIN), ("  ", PLAIN)]
    first = max(min(at_row - 1, len(found) - MOST), 0)
    if first + MOST < len(found):
        found[first + MOST - 1].append(("…", FAINT))
    about = explained(completion.candidates[completion.chosen or 0])
    return [*found[first : first + MOST], *[[(about, FAINT)]] * bool(about)]


def explained(text: str) -> str:
    """How a command is used, and what it does; empty if a text is no command."""
    name = text.strip().casefold()
    if not name.startswith("/"):
        return ""
    command = commands().get(name[1:])
    if command is None:
        return OWN.get(name[1:], "")
    return f"{command.syntax}  {command.help[0]}"


def _label(candidate: str) -> str:
    text = candidate.strip()
    name = name_of(text)
    return f"{text} :{name}:" if name else text
