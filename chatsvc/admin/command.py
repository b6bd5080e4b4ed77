"""Commands: a command is a function; its signature is its syntax, its docstring its help."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from types import NoneType
from typing import Annotated, Any, Literal, NewType, TypeVar, get_args, get_origin, get_type_hints

import chatsvc.admin.commands
from chatsvc.admin.console.asking import Console
from chatsvc.errors import SHOWN, Misused
from chatsvc.text.safe import clean

Text = NewType("Text", str)  # a message or a reason: the rest of the line, which is not logged

NOTHING = Text("")  # in place of a missing one

AnyFunction = TypeVar("AnyFunction", bound="Callable[..., object]")
Kind = type[str] | type[int] | type[bool]

_table: dict[str, Command] = {}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a command.

    kind: str; int; or bool, for an option without a value.
    choices: the words allowed; empty for any.
    default: its value if it is left out; inspect.Parameter.empty if it cannot be.
    is_option: whether it is written --name, anywhere; otherwise it has its place.
    is_text: whether it takes the rest of the line, and is not logged.
    about: explains it in the help.
    """

    name: str
    kind: Kind
    choices: tuple[str, ...]
    default: object
    is_option: bool
    is_text: bool
    about: str

    @classmethod
    def described(cls, parameter: inspect.Parameter, hint: object) -> Parameter:
        """The parameter of a function's parameter.

        hint: its annotation: str, int, bool, Text or a Literal of words, perhaps Annotated; an
            empty word stands for none.
        """
        about = ""
        if get_origin(hint) is Annotated:
            hint, about = get_args(hint)
        choices = tuple(filter(None, get_args(hint))) if get_origin(hint) is Literal else ()
        hints = [each for each in get_args(hint) if each is not NoneType] if not choices else []
        kind = hints[0] if hints else hint  # of int | None
        return cls(
            parameter.name,
            kind if kind in (int, bool) else str,
            choices,
            parameter.default,
            parameter.kind is parameter.KEYWORD_ONLY,
            hint is Text,
            about,
        )

    @property
    def is_optional(self) -> bool:
        """Whether it may be left out."""
        return self.default is not inspect.Parameter.empty

    def check(self, value: object) -> object:
        """The value, if it is right; a text is cleaned, as doors do. Raises Misused."""
        if type(value) is not self.kind:
            raise Misused(f"{self.name}: a value of another kind is needed.", self.name)
        if isinstance(value, str):
            if not value.isascii() and not _is_unicode(value):
                raise Misused(f"{self.name} is not UTF-8.", self.name)
            value = value if value.isprintable() else clean(value)
        if self.choices and value not in self.choices:
            choices = " or ".join(self.choices)
            raise Misused(f'{self.name}: "{str(value)[:SHOWN]}" is not {choices}.', self.name)
        return value


def _is_unicode(text: str) -> bool:
    """Whether a text has no surrogates, as what was typed in another encoding does."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class Command:
    """A command.

    name: one word or two, in lower case.
    parameters: those of the function, except the first.
    is_here: whether it runs in chatsvc-admin itself, not in the server.
    looks: whether it changes nothing, and is not logged.
    asks: what to ask at the terminal before it runs, with arguments in braces; empty for nothing.
    part_of: the command that uses it, which runs in chatsvc-admin, and is logged in its place;
        empty if people use it themselves.
    """

    name: str
    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    is_here: bool
    looks: bool
    asks: str
    part_of: str

    @property
    def help(self) -> str:
        """Its help: a line, and perhaps more paragraphs."""
        return inspect.getdoc(self.function) or ""

    @property
    def subject(self) -> str:
        """The subject of the commands in its file."""
        doc = sys.modules[self.function.__module__].__doc__ or ""
        return doc.partition("\n")[0].removesuffix(".")

    def check(self, arguments: Mapping[str, object]) -> dict[str, Any]:
        """The arguments for the function, by name, if they are right. Raises Misused."""
        known = {each.name: each for each in self.parameters}
        for name in arguments:
            if name not in known:
                raise Misused(f'{self.name} has no "{name[:SHOWN]}".', name)
        missing = [each.name for each in self.parameters if not each.is_optional]
        for name in missing:
            if name not in arguments:
                raise Misused(f"{self.name}: {name} is missing.", name)
        return {name: known[name].check(value) for name, value in arguments.items()}

    def call(self, first: object, arguments: Mapping[str, Any]) -> Any:
        """Call the function with checked arguments."""
        places = [each for each in self.parameters if not each.is_option]
        options = dict(arguments)
        values = [options.pop(each.name, each.default) for each in places]
        return self.function(first, *values, **options)

    def written(self, arguments: Mapping[str, object]) -> str:
        """The command with its arguments, for the log; without texts."""
        words = [self.part_of or self.name]
        for each in self.parameters:
            value = arguments.get(each.name, each.default)
            if each.is_text or value == each.default:
                continue
            words += [f"--{each.name}"] * each.is_option + [str(value)] * (value is not True)
        return " ".join(words)


def command(
    name: str, *, looks: bool = False, asks: str = "", part_of: str = ""
) -> Callable[[AnyFunction], AnyFunction]:
    """Register a function as a command; the function stays callable.

    name: one word; or two, for one of several commands about the same.
    looks, asks, part_of: as in Command.
    """

    def register(function: AnyFunction) -> AnyFunction:
        hints = get_type_hints(function, include_extras=True)
        first, *parameters = inspect.signature(function).parameters.values()
        _table[name] = Command(
            name,
            function,
            tuple([Parameter.described(each, hints[each.name]) for each in parameters]),
            is_here=hints[first.name] is Console,
            looks=looks,
            asks=asks,
            part_of=part_of,
        )
        return function

    return register


@cache
def commands() -> dict[str, Command]:
    """All commands of the modules in `commands/`, by name."""
    for module in pkgutil.iter_modules(chatsvc.admin.commands.__path__, "chatsvc.admin.commands."):
        import_module(module.name)
    return _table


def find(name: str) -> Command:
    """The command of a name. Raises Misused."""
    try:
        return commands()[name]
    except KeyError:
        close = get_close_matches(name[:SHOWN], commands(), 1)
        hint = f' Did you mean "{close[0]}"?' if close else ""
        raise Misused(f'There is no command "{name[:SHOWN]}".{hint}') from None
