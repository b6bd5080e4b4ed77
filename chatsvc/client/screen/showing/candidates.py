"""The candidates of a completion, with an explanation of the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
_OWN = {
    "alias": "/alias [name] [text]  Show or make an alias; $1 and $* are what follows it.",
    "bind": "/bind [action] [keys]  Show or set the keys of an action; none for no key.",
    "close": "/close  Close the window, and leave its room.",
    "keys": "/keys  List the keys.",
    "mentions": "/mentions  List what was said to you since you came, and go there.",
    "notify": "/notify [#room] [all|mentions|none]  Show or set what you are told of.",
    "presence": "/presence [smart|all|none]  Show or set which comings and goings are shown here.",
    "set": "/set [name] [value]  Show or change settings.",
    "unalias": "/unalias name  Forget an alias.",
    "unbind": "/unbind action  Give an action its usual keys.",
    "unset": "/unset name  Give a setting its default.",
    "window": "/window name  Go to a window, by name or number.",
}


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
    about = explained(completion.candidates[completion.chosen or 0])
    return [*found[first : first + MOST], *[[(about, FAINT)]] * bool(about)]


def explained(text: str) -> str:
    """How a command is used, and what it does; empty if a text is no command."""
    name = text.strip().casefold()
    if not name.startswith("/"):
        return ""
    command = commands().get(name[1:])
    if command is None:
        return _OWN.get(name[1:], "")
    return f"{command.syntax}  {command.help[0]}"


def _label(candidate: str) -> str:
    text = candidate.strip()
    name = name_of(text)
    return f"{text} :{name}:" if name else text
