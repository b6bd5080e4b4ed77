"""A program's command line, for its man page and for completion in shells."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands for a value that is a file.
FILES = ("FILE", "PATH", "DIR", "FOLDER", "PEM", "CONFIG", "MAP", "OUTPUT")


@dataclass(frozen=True)
class Option:
    """An option, or an argument that has its place.

    names: with their hyphens; none for an argument.
    form: stands for the value; empty for none.
    help: a clause.
    choices: the values, if these are known.
    more: sentences that follow it in the man page.
    """

    names: tuple[str, ...]
    form: str
    help: str
    choices: tuple[str, ...] = ()
    more: str = ""

    @property
    def is_file(self) -> bool:
        """Whether the value is a file."""
        return self.form.strip("[].") in FILES


@dataclass(frozen=True)
class Command:
    """What stands before options and arguments: a program, or one of its commands.

    path: the words after the program's name.
    help: paragraphs.
    under: its own commands, with a line about each.
    """

    path: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Option, ...]
    under: dict[str, str]


@dataclass(frozen=True)
class Program:
    """A program.

    section: of the manual.
    purpose: a clause.
    commands: itself first.
    more: further sections of the man page, by their titles, as paragraphs; a paragraph of lines
        with a tab in each is a list.
    """

    name: str
    section: int
    purpose: str
    commands: tuple[Command, ...]
    more: dict[str, tuple[str, ...]]

    @property
    def function(self) -> str:
        """The name of a shell's function for it."""
        return "_" + self.name.replace("-", "_")


def read(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = (), about: str = ""
) -> Iterator[Command]:
    """The commands of a parser, itself first.

    about: what it does, if it does not say so itself.
    """
    options, arguments = [], []
    under: dict[str, argparse.ArgumentParser] = {}
    lines: dict[str, str] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            under |= action.choices
            lines |= {name: _first(each) for name, each in action.choices.items()}
            lines |= {each.dest: each.help or "" for each in action._choices_actions}
        elif action.help != argparse.SUPPRESS:
            (options if action.option_strings else arguments).append(_option(action))
    text = "\n\n".join([parser.description or "", parser.epilog or ""]).strip()
    yield Command(path, text or about, tuple(options), tuple(arguments), lines)
    for name, each in under.items():
        yield from read(each, (*path, name), lines[name])


def _first(parser: argparse.ArgumentParser) -> str:
    """The first sentence about a command."""
    return (parser.description or "").partition("\n\n")[0].replace("\n", " ")


def _option(action: argparse.Action) -> Option:
    choices = tuple(map(str, action.choices or ()))
    form: Any = action.metavar or "|".join(choices) or action.dest
    if action.nargs == 0:
        form = ""
    elif action.nargs in ("*", "+"):
        form += "..."
    text = (action.help or "").replace("%%", "%")
    if isinstance(action, argparse._HelpAction):
        text = "explain this, and exit"
    elif isinstance(action, argparse._VersionAction):
        text = "print the version, and exit"
    if action.nargs in ("?", "*") and not action.option_strings:
        form = f"[{form}]"
    return Option(tuple(action.option_strings), form, text, choices)
