"""Gathers the settings from options, the file, the environment and the defaults, in this order."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chatsvc.settings import file, rooms
from chatsvc.settings.found import Found, Origin, near, shown
from chatsvc.settings.kinds import PLACE, Place
from chatsvc.settings.setting import PREFIX
from chatsvc.settings.table import BY_NAME, SECTIONS, SETTINGS
from chatsvc.text.numbers import counted
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from chatsvc.settings.file import Entry
    from chatsvc.settings.kind import Raw
    from chatsvc.settings.setting import Setting

FILE_NAME = "chatsvc.toml"
MOST_MISTAKES = 50  # reported


class Gathered:
    """All settings in force, by their names, and what is wrong with any of them.

    found: the settings; one with a wrong value has another value, which must not be used.
    rooms: the settings of each room that always exists, by its name and theirs.
    mistakes: one line each.
    path: of the file that was read; None for none.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.found: dict[str, Found] = {}
        self.rooms: dict[str, dict[str, Found]] = {}
        self.mistakes: list[str] = []

    def values(self) -> dict[str, Any]:
        """The values of all settings, by their names."""
        return {name: found.value for name, found in self.found.items()}

    def label(self, name: str) -> str:
        """The beginning of a line about the value of a setting."""
        return self.found[name].label

    def refuse(self, name: str, why: str) -> None:
        """Note that the value of a setting is wrong."""
        self.mistakes.append(f"{self.label(name)}: {why}")

    def take(self, setting: Setting, raw: Raw | None, origin: Origin) -> None:
        """Take a value, unless there is one already; its mistakes are noted in any case."""
        found = Found(setting, raw, None, origin)
        try:
            found = found.parsed()
        except ValueError as error:
            self.mistakes.append(f"{found.label}: {error}")
        self.found.setdefault(setting.name, found)


def locate(
    named: str | None,
    options: Mapping[str, Raw],
    environment: Mapping[str, str],
    path: Callable[[str], Path],
) -> Path | None:
    """The path of the file: the one that is named, or the one beside the store; None for none.

    named: by --config; None or empty if it was not given.
    path: returns the absolute path for one as it is written.
    """
    named = named or environment.get(f"{PREFIX}CONFIG")
    if named:
        return path(named)
    store = BY_NAME["store"]
    raw = options.get("store") or environment.get(store.variable) or store.default
    try:
        place = PLACE.parse(raw)
    except ValueError:
        return None  # which is a mistake anyway
    assert isinstance(place, Place)
    beside = path(place.path or FILE_NAME).with_name(FILE_NAME)
    return beside if os.path.lexists(beside) else None


def gather(
    options: Mapping[str, Raw], path: Path | None, environment: Mapping[str, str]
) -> Gathered:
    """All settings.

    options: the values on the command line, as they are written.
    path: of the file; None for none.
    environment: all variables; an empty one counts as if it were not there.
    """
    gathered = Gathered(path)
    for name, raw in options.items():
        gathered.take(BY_NAME[name], raw, Origin("option", f"--{name}"))
    if path is not None:
        _take_file(gathered, path)
    for setting in SETTINGS:
        text = environment.get(setting.variable)
        if text:
            origin = Origin("environment", setting.variable)
            gathered.take(setting, setting.kind.raw(text), origin)
        gathered.take(setting, setting.default_raw, Origin("default", ""))
    if len(gathered.mistakes) > MOST_MISTAKES:
        number = len(gathered.mistakes) - MOST_MISTAKES
        gathered.mistakes[MOST_MISTAKES:] = [f"{counted(number, 'more mistake')}."]
    gathered.found = {setting.name: gathered.found[setting.name] for setting in SETTINGS}
    return gathered


def _take_file(gathered: Gathered, path: Path) -> None:
    name = clean(str(path))
    try:
        entries, faults = file.parsed(file.read(path))
    except ValueError as error:
        gathered.mistakes.append(f"{name}: {error}")
        return
    for line, why in faults:
        gathered.mistakes.append(f"{name}:{line}: {why}")
    unknown: set[str] = set()  # tables of which it was said already
    for entry in entries:
        origin = Origin("file", f"{name}:{entry.line}")
        try:
            if entry.path[0] == rooms.SECTION:
                rooms.take(gathered.rooms, entry, origin, unknown)
            else:
                setting = _setting(entry, unknown)
                if setting is not None:
                    gathered.take(setting, _raw(entry, setting), origin)
        except ValueError as error:
            gathered.mistakes.append(f"{origin.place}: {error}")


def _setting(entry: Entry, unknown: set[str]) -> Setting | None:
    """The setting that an entry is about; None if it is about none. Raises ValueError."""
    table, *keys = entry.path
    if not keys and not isinstance(entry.value, dict):
        if table in BY_NAME:
            raise ValueError(f"{table} stands in the table [{BY_NAME[table].section}].")
        raise ValueError(f"there is no setting {shown(table)}{near(table, BY_NAME) or '.'}")
    if table not in SECTIONS:
        if table in unknown:
            return None
        unknown.add(table)
        tables = ", ".join(f"[{each}]" for each in (*SECTIONS, rooms.SECTION))
        meant = near(table, (*SECTIONS, rooms.SECTION)) or f"; there are {tables}."
        raise ValueError(f"there is no table [{shown(table)}]{meant}")
    if not keys:
        return None
    name = keys[0]
    setting = BY_NAME.get(name)
    if setting is None:
        here = [each.name for each in SETTINGS if each.section == table]
        meant = near(name, here) or near(name, BY_NAME) or f"; there are {', '.join(here)}."
        raise ValueError(f"there is no setting {shown(name)} in [{table}]{meant}")
    if setting.section != table:
        raise ValueError(f"{name} stands in the table [{setting.section}], not in [{table}].")
    return setting


def _raw(entry: Entry, setting: Setting) -> Raw:
    """The value of an entry as it would be written elsewhere. Raises ValueError."""
    value = entry.value if len(entry.path) == 2 else {}  # further names are of tables
    return setting.raw_of(value)
