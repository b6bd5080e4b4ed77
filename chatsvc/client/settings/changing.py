"""Changing settings while the client runs: at once where that is possible, and for later runs."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from chatsvc.client.notices.notices import MOST_LEVELS
from chatsvc.client.own_commands import called, is_command
from chatsvc.client.settings import aliases
from chatsvc.client.settings.checking import checked
from chatsvc.client.settings.keys import ACTIONS, action_lines, by_key, shown
from chatsvc.client.settings.values import (
    AT_ONCE,
    LEVELS,
    OF_A_SERVER,
    OF_THE_SCREEN,
    TABLES,
    Settings,
    Wrong,
    attribute,
    is_switch,
    names,
)
from chatsvc.client.typed import hidden
from chatsvc.command.command import commands
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatsvc.client.files.settings_file import Keeping

_TRUTH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
_DEFAULT = Settings()


class Changing:
    """Runs the commands that show and change settings.

    settings: the current ones.
    keeping: keeps them for later runs.
    use: called with the attribute that has changed, its value, and where that comes from.
    has_screen: whether there is the whole screen, whose settings are refused without it.
    """

    def __init__(
        self,
        settings: Settings,
        keeping: Keeping,
        use: Callable[[str, Any, str], object],
        has_screen: bool,
    ) -> None:
        self.settings = settings
        self._unfit = frozenset() if has_screen else OF_THE_SCREEN
        self._keeping = keeping
        self._use = use
        self._next: dict[str, Any] = {}  # values of the next start
        self._does: dict[str, Callable[[str, str], Iterable[str]]] = {
            "set": self._set,
            "unset": self._unset,
            "alias": self._alias,
            "unalias": self._unalias,
            "notify": self._notify,
        }
        if has_screen:
            self._does |= {"bind": self._bind, "unbind": self._unbind}

    def runs(self, command: str) -> bool:
        """Whether a command is one of these."""
        return command in self._does

    def run(self, command: str, rest: str, here: str) -> Iterable[str]:
        """Run one of these commands, and return the answer.

        here: the name of the current window, or of the room that is meant; empty for none.
        """
        return self._does[command](rest.strip(), here)

    # The commands

    def _set(self, rest: str, here: str) -> Iterable[str]:
        name, *text = rest.split(None, 1) if rest else [""]
        if not name:
            return self._differing()
        if name in self._unfit:
            return [f"{name} is a setting of the whole screen only."]
        if name in TABLES:
            return [f"That is set by {TABLES[name]}."]
        if name not in names():
            return [f"There is no setting {name!r}; /set lists them."]
        if not text:
            return [self._shown(name)]
        value = _meant(name, text[0])
        if is_switch(name) and not isinstance(value, bool):
            return [f"Not set: {name} is on or off."]
        try:
            found = checked(name, value, self.settings.themes)
        except (Wrong, ArgumentTypeError) as error:
            return [f"Not set: {error}."]
        return self._change((name,), value, found)

    def _unset(self, rest: str, here: str) -> Iterable[str]:
        if rest not in names() - TABLES.keys() - self._unfit:
            return ["Write it like this: /unset notices; /set lists the settings."]
        return self._change((rest,), None, getattr(_DEFAULT, attribute(rest)))

    def _bind(self, rest: str, here: str) -> Iterable[str]:
        what, *keys = rest.split() or [""]
        if not what:
            return action_lines(self.settings.keys)
        if what not in ACTIONS:
            return [f"There is no action {what!r}; there are {', '.join(ACTIONS)}."]
        if not keys:
            return [f"{what}: {shown(self.settings.keys, what)}  {ACTIONS[what].about}"]
        return self._rebind(what, "" if keys == ["none"] else " ".join(keys), is_default=False)

    def _unbind(self, rest: str, here: str) -> Iterable[str]:
        if rest not in ACTIONS:
            return [f"Write it like this: /unbind next; there are {', '.join(ACTIONS)}."]
        return self._rebind(rest, ACTIONS[rest].keys, is_default=True)

    def _rebind(self, what: str, keys: str, *, is_default: bool) -> Iterable[str]:
        found = {**self.settings.keys, what: keys}
        try:
            by_key(found)
        except ValueError as error:
            return [f"Not set: {error}."]
        told = f"{what}: {shown(found, what)}"
        return self._change(("keys", what), None if is_default else keys, found, told)

    def _alias(self, rest: str, here: str) -> Iterable[str]:
        name, *text = rest.removeprefix("/").split(None, 1) if rest.strip("/") else [""]
        name, known = name.casefold(), self.settings.aliases
        if not name:
            return [_alias_shown(*each) for each in sorted(known.items())] or [
                "There are no aliases. Make one like this: /alias j /join #$1"
            ]
        if not text:
            return [_alias_shown(name, known[name]) if name in known else f"No alias {name}."]
        if is_command(name):
            return [f"There is a command /{name} already."]
        if _is_private(text[0]):
            return ["No alias stands for a command with a password: one would see the password."]
        try:
            found = aliases.checked({**known, name: text[0]})
        except ValueError as error:
            return [f"Not set: {error}."]
        return self._change(("aliases", name), text[0], found, _alias_shown(name, text[0]))

    def _unalias(self, rest: str, here: str) -> Iterable[str]:
        name = rest.removeprefix("/").casefold()
        if not name:
            return ["Write it like this: /unalias j; /alias lists the aliases."]
        if name not in self.settings.aliases:
            return [f"No alias {name}."]
        found = {each: text for each, text in self.settings.aliases.items() if each != name}
        return self._change(("aliases", name), None, found, f"The alias /{name} is gone.")

    def _notify(self, rest: str, here: str) -> Iterable[str]:
        words, name = rest.split(), here
        if words and (len(words) == 2 or words[0] not in LEVELS):
            name = words.pop(0)
        if not name or len(words) > 1 or (words and words[0] not in LEVELS):
            return ["Write it like this: /notify #ops all, mentions or none"]
        levels = {folded(each): level for each, level in self.settings.levels.items()}
        before = levels.pop(folded(name), LEVELS[1])
        told = f"Notices of {name}: {words[0] if words else before}."
        if not words:
            return [told]
        is_usual = words[0] == LEVELS[1]
        if len(levels) >= MOST_LEVELS and not is_usual:
            return [f"{MOST_LEVELS} rooms have a level of their own already; that is the most."]
        found = levels if is_usual else {**levels, folded(name): words[0]}
        return self._change(("levels", name), None if is_usual else words[0], found, told)

    def _change(
        self, name: tuple[str, ...], value: Any, found: Any, told: str = ""
    ) -> Iterable[str]:
        """Use a value, and keep it; returns the answer.

        value: as in the file; None to take it out.
        found: the value of the setting, or of its whole table.
        told: about it; empty for the usual words.
        """
        top = name[0]
        is_at_once = top in AT_ONCE
        if top in OF_A_SERVER and self.settings.server:
            name = ("servers", self.settings.server, *name)
        kept = self._keeping.keep(name, value)
        if not is_at_once and not kept.is_kept:
            return [f"Not set, as it could not be kept: {kept.note}"]
        if is_at_once:
            source = "the file" if kept.is_kept else "this run"
            if value is None and len(name) == 1:
                source = "the default"
            self._use(attribute(top), found, source)
        else:
            self._next[top] = found
        lines = [told or self._shown(top)]
        if not kept.is_kept:
            lines.append(f"It ends with this run, as it could not be kept: {kept.note}")
        elif kept.note:
            lines.append(kept.note)
        return lines

    def _differing(self) -> list[str]:
        """The settings that differ from the defaults, or will, and the names of the others."""
        known = sorted(names() - TABLES.keys() - self._unfit)
        usual = [
            each
            for each in known
            if each not in self._next
            and getattr(self.settings, attribute(each)) == getattr(_DEFAULT, attribute(each))
        ]
        lines = [self._shown(each) for each in known if each not in usual]
        others = f"As by default: {', '.join(usual)}."
        also = "/alias and /notify" if self._unfit else "/bind, /alias and /notify"
        return [*lines, others, f"See also {also}."]

    def _shown(self, name: str) -> str:
        source = self.settings.sources.get(attribute(name), "the default")
        value = getattr(self.settings, attribute(name))
        later = self._next.get(name, value)
        shown = f"{name} = {_worded(value)} (from {source})"
        return shown if later == value else f"{shown}; {_worded(later)} from the next start"


def _meant(name: str, text: str) -> Any:
    """The value that a text stands for; by default, the text itself."""
    default = getattr(_DEFAULT, attribute(name))
    if is_switch(name):
        return _TRUTH.get(text.casefold(), text)
    if isinstance(default, int):
        return int(text) if text.isdecimal() and len(text) < 6 else text
    return text.split() if isinstance(default, tuple) else text


def _worded(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return " ".join([str(each) for each in value if each is not None]) or "(none)"
    return str(value) or "(none)"


def _is_private(text: str) -> bool:
    """Whether a text begins with a command that takes a password or a key, or has one."""
    found = commands().get(called(text))
    takes = found is not None and any(
        each.is_secret and not each.optional for each in found.parameters
    )
    return takes or bool(hidden(text))


def _alias_shown(name: str, text: str) -> str:
    hidden = " (the command of that name goes before)" if is_command(name) else ""
    return f"/{name} = {text}{hidden}"
