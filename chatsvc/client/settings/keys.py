"""The keys of the full screen: what they do, and the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chatsvc.terminal.keys import is_key

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(NamedTuple):
    """What a key does.

    keys: those that do it by default, separated by blanks.
    about: what it does, for people.
    """

    keys: str
    about: str


ACTIONS = {
    "active": Action("alt-a", "to the next window with something new, mentions first; then back"),
    "next": Action("ctrl-n alt-right", "to the next window"),
    "previous": Action("ctrl-p alt-left", "to the previous window"),
    "last": Action("alt-/", "to the window you were in before"),
    "window": Action("alt-j", "to the window whose number you type, in two digits"),
    "pick": Action("ctrl-k", "to a room or person, by a few letters of the name"),
    "older": Action("page-up", "to earlier messages"),
    "newer": Action("page-down", "back again"),
    "newest": Action("end", "to the newest message, if you have scrolled back"),
    "unread": Action("alt-u", "to the first message that was new"),
    "mention": Action("alt-p", "to the last mention of you, again for the one before"),
    "find": Action("ctrl-f", "searches messages"),
    "people": Action("alt-N", "shows or hides the list of people"),
    "people-up": Action("alt-page-up", "scrolls the list of people back"),
    "people-down": Action("alt-page-down", "scrolls the list of people forward"),
    "ids": Action("alt-i", "shows or hides the numbers of messages"),
    "mouse": Action("alt-m", "gives the mouse to the terminal, or takes it back"),
    "bare": Action("alt-l", "shows the bare texts, to be selected; the next key goes back"),
    "redraw": Action("ctrl-l", "redraws everything"),
    "suspend": Action("ctrl-z", "suspends"),
    "quit": Action("ctrl-c", "clears the line; twice on an empty line, quits"),
}
KEYS = {name: action.keys for name, action in ACTIONS.items()}


def by_key(keys: Mapping[str, str]) -> dict[str, str]:
    """The action of each key. Raises ValueError if there is no such action or key, or two."""
    found: dict[str, str] = {}
    for what, names in (KEYS | dict(keys)).items():
        if what not in KEYS:
            raise ValueError(f"there is no key for {what!r}; there are {', '.join(KEYS)}")
        for key in names.split():
            if not is_key(key):
                raise ValueError(
                    f"there is no key {key!r}; they are called like ctrl-n, alt-n or page-up"
                )
            if key in found:
                raise ValueError(f"{key} is the key for {found[key]} and for {what}")
            found[key] = what
    return found


def shown(keys: Mapping[str, str], what: str) -> str:
    """The keys of an action, for people."""
    return ", ".join(keys[what].split()) or "(no key)"


def help_lines(keys: Mapping[str, str]) -> list[str]:
    """What the keys do, one action a line."""
    widest = max(map(len, (*_EDITING, *[shown(keys, what) for what in ACTIONS])))
    own = [f"{shown(keys, what):<{widest}}  {each.about}" for what, each in ACTIONS.items()]
    return [*own, *[f"{keys:<{widest}}  {about}" for keys, about in _EDITING.items()]]


def action_lines(keys: Mapping[str, str]) -> list[str]:
    """The actions and their keys, one a line."""
    name, key = max(map(len, ACTIONS)), max([len(shown(keys, what)) for what in ACTIONS])
    return [
        f"{what:<{name}}  {shown(keys, what):<{key}}  {each.about}"
        for what, each in ACTIONS.items()
    ]


# Keys that are not in the settings.
_EDITING = {
    "alt-1 to alt-9": "to that window",
    "tab, shift-tab": "completes commands, names, rooms and emoji; again for the next that fits",
    "up, down": "what you typed before; ctrl-r searches it",
    "alt-enter": "another line of the same message",
    "ctrl-a, ctrl-e": "to the start, the end of the line; ctrl-left, ctrl-right by words",
    "alt-k, ctrl-u, ctrl-w": "cut to the end, to the start, a word; ctrl-y pastes that",
    "ctrl-_": "undoes the last change",
}
