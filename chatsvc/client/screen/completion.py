"""What may stand in place of a word that is typed: commands, rooms and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.command import commands
from chatsvc.text.names import folded, is_allowed

if TYPE_CHECKING:
    from chatsvc.client.screen.windows import Windows
    from chatsvc.parameter import Parameter

OWN = ("close", "keys", "window")  # commands that are the client's


def complete(before: str, windows: Windows) -> list[str]:
    """What may stand in place of the last word, the likeliest first.

    before: the text up to the cursor.
    """
    *words, word = before.replace("\n", " ").split(" ")
    words = [each for each in words if each]
    names = sorted({*OWN, *[name for name, each in commands().items() if each.who != "programs"]})
    rooms = [window.name for window in windows.all() if window.is_room]
    if word.startswith("/") and not words:
        return _begun(word, [f"/{name}" for name in names], " ")
    lead, name = _parted(word)
    if name.startswith("#"):
        return [f"{lead}{room}" for room in _begun(name, rooms, "" if lead else " ")]
    if words and words[0].startswith("/") and not words[0].startswith("//"):
        parameter = _parameter(words, word)
        if parameter is not None and parameter.is_secret:
            return []
        if parameter is None or parameter.is_message:
            return _named(word, windows, " ")
        if parameter.choices or parameter.is_room:
            return _begun(word, list(parameter.choices) or rooms, " ")
        return _begun(word, names if parameter.name == "command" else _people(windows), " ")
    return _named(word, windows, " " if words else ": ")


def _named(word: str, windows: Windows, after: str) -> list[str]:
    """Names of people that begin with a word of a message, behind what stands before them in it."""
    lead, name = _parted(word)
    if lead:
        after = " " if lead == "@" else ""  # a bracket or a quote is still to be closed
    return [lead + each for each in _begun(name, _people(windows), after)] if name else []


def _parted(word: str) -> tuple[str, str]:
    """What stands in a word before the name of a person or a room, and that."""
    start = len(word)
    while start and is_allowed(word[start - 1]):
        start -= 1
    start -= word[start - 1 : start] == "#"
    return word[:start], word[start:]


def _begun(word: str, candidates: list[str], after: str) -> list[str]:
    """Those that begin with a word, without regard to case."""
    begun = folded(word)
    return [each + after for each in candidates if folded(each).startswith(begun)]


def _parameter(words: list[str], begun: str) -> Parameter | None:
    """What begins so behind these words, of which the first is a command; None if nothing does."""
    found = commands().get(words[0][1:].casefold())
    left = list(found.parameters) if found is not None else []
    for word in words[1:]:
        left = _without_rooms(left, word)
        if left and not left[0].is_message:
            left.pop(0)
    left = _without_rooms(left, begun)
    return left[0] if left else None


def _without_rooms(left: list[Parameter], word: str) -> list[Parameter]:
    """What may be meant by a word: rooms that can be left out are, where it is none."""
    while word and word[0] != "#" and left and left[0].is_room and left[0].optional:
        left = left[1:]
    return left


def _people(windows: Windows) -> list[str]:
    """Those who have spoken here, the last one first; then who else is here; then all others.

    Whoever is nowhere any more is left out, as far as that is known.
    """
    here = windows.current
    names = [*reversed(here.recent), *sorted(here.people.values(), key=folded), here.person]
    for window in windows.all():
        names += [*sorted(window.people.values(), key=folded), window.person]
    known = {each for window in windows.all() for each in window.people}
    is_all = not windows.lobby.more
    return list(dict.fromkeys([each for each in names if folded(each) in known or not is_all]))
