"""Completion of commands, rooms and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.own_commands import OWN
from chatsvc.client.screen.writing import emoji
from chatsvc.client.settings.keys import ACTIONS
from chatsvc.client.settings.values import CHOICES, LEVELS, TABLES, is_switch, names
from chatsvc.command.command import commands
from chatsvc.terminal.editing.completion import CANDIDATES
from chatsvc.terminal.editing.fuzzy import best
from chatsvc.text.names import folded, is_allowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatsvc.client.screen.windows.windows import Windows
    from chatsvc.command.parameter import Parameter

SHORTEST = 2  # letters from which on words that only match are completed


def complete(before: str, windows: Windows, servers: Iterable[str] = ()) -> list[str]:
    """The completions of the last word, likeliest first.

    before: the text up to the cursor.
    servers: the names of those in the settings.
    """
    *words, word = before.replace("\n", " ").split(" ")
    words = [each for each in words if each]
    every = sorted({*OWN, *[name for name, each in commands().items() if each.who != "programs"]})
    rooms = [window.name for window in windows.all() if window.is_room]
    if word.startswith("/") and not words:
        return _begun(word, [f"/{name}" for name in every], " ")
    if word.startswith(":") and len(word) > SHORTEST:
        return [f"{each} " for each in emoji.like(word[1:].rstrip(":"))]
    lead, name = _parted(word)
    if name.startswith("#"):
        return [f"{lead}{room}" for room in _begun(name, rooms, "" if lead else " ")]
    if not word and (topic := _topic(words, windows)):
        return [topic]
    if own := _of_own_command(words, servers):
        return _begun(word, own, " ")
    if words and words[0].startswith("/") and not words[0].startswith("//"):
        parameter = _parameter(words, word)
        if parameter is not None and parameter.is_secret:
            return []
        if parameter is None or parameter.is_message:
            return _named(word, windows, " ")
        if parameter.choices or parameter.is_room:
            return _begun(word, list(parameter.choices) or rooms, " ")
        return _begun(word, every if parameter.name == "command" else _people(windows), " ")
    return _named(word, windows, " " if words else ": ")


def _topic(words: list[str], windows: Windows) -> str:
    """The topic to change, if these words begin that; empty for none."""
    if words[:1] != ["/topic"] or len(words) > 2:
        return ""
    window = windows.find(words[1]) if words[1:] else windows.current
    return window.topic if window is not None else ""


def _of_own_command(words: list[str], servers: Iterable[str]) -> list[str]:
    """What may follow these words, if they begin one of the client's own commands."""
    settings = sorted(names() - TABLES.keys())
    match words:
        case ["/connect" | "/disconnect"]:
            return list(servers)
        case ["/presence"]:
            return list(CHOICES["presence"])
        case ["/set" | "/unset"]:
            return settings
        case ["/set", name] if name in settings:
            return list(CHOICES.get(name, ("on", "off") if is_switch(name) else ()))
        case ["/bind" | "/unbind"]:
            return list(ACTIONS)
        case ["/notify"] | ["/notify", _]:
            return list(LEVELS)
    return []


def _named(word: str, windows: Windows, after: str) -> list[str]:
    """Completions of a word to people's names, with the signs before the name kept."""
    lead, name = _parted(word)
    if lead:
        after = " " if lead == "@" else ""  # a bracket or a quote has to be closed first
    return [lead + each for each in _begun(name, _people(windows), after)] if name else []


def _parted(word: str) -> tuple[str, str]:
    """The signs before the name in a word, and the name."""
    start = len(word)
    while start and is_allowed(word[start - 1]):
        start -= 1
    start -= word[start - 1 : start] == "#"
    return word[:start], word[start:]


def _begun(word: str, candidates: list[str], after: str) -> list[str]:
    """The candidates that begin with a word, in any case; without one, those that match."""
    begun = folded(word)
    found = [each for each in candidates if folded(each).startswith(begun)]
    if not found and len(word) >= SHORTEST:
        found = best(word, candidates, folded, CANDIDATES)
    return [each + after for each in found]


def _parameter(words: list[str], begun: str) -> Parameter | None:
    """The next parameter of the command that the words begin with; None for none."""
    found = commands().get(words[0][1:].casefold())
    left = list(found.parameters) if found is not None else []
    for word in words[1:]:
        left = _without_rooms(left, word)
        if left and not left[0].is_message:
            left.pop(0)
    left = _without_rooms(left, begun)
    return left[0] if left else None


def _without_rooms(left: list[Parameter], word: str) -> list[Parameter]:
    """The parameters that a word may be: if it is no room, optional rooms are left out."""
    while word and word[0] != "#" and left and left[0].is_room and left[0].optional:
        left = left[1:]
    return left


def _people(windows: Windows) -> list[str]:
    """The names of people: those who spoke here, latest first; then others here; then all others.

    People known to have left are left out.
    """
    here = windows.current
    names = [*reversed(here.recent), *sorted(here.people, key=folded), here.person]
    for window in windows.all():
        names += [*sorted(window.people, key=folded), window.person]
    known = {folded(each) for window in windows.all() for each in window.people}
    is_all = not windows.lobby.people.more
    return list(dict.fromkeys([each for each in names if folded(each) in known or not is_all]))
