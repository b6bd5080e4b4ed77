"""Commands: a command is a function; its signature is its syntax, its docstring its help."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeVar

import chatsvc.commands
from chatsvc.command.parameter import Parameter
from chatsvc.errors import SHOWN, ChatError, Misused

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import MaybeCoroutine, Session

LONG = 5  # the cost, in lines, of a command that takes some milliseconds, or has a long answer
LONGER = 15  # the cost of a command that takes many turns

Who = Literal["all", "people", "programs"]

AnyFunction = TypeVar("AnyFunction", bound="Callable[..., MaybeCoroutine]")

_table: dict[str, Command] = {}


@dataclass(frozen=True)
class Command:
    """A command.

    names: the name in the help, then its aliases, all in lower case.
    function: takes the chat, the session, and an argument for each parameter.
    takes_more: whether more may follow, which is ignored (the function has *anything).
    is_outside: whether it can be used before the login, where that is required.
    who: whether it is only for people, or only for programs.
    for_operators: whether it is for operators only.
    cost: the number of lines that it counts as against the throttle.
    """

    names: tuple[str, ...]
    function: Callable[..., MaybeCoroutine]
    parameters: tuple[Parameter, ...]
    takes_more: bool
    is_outside: bool = False
    who: Who = "all"
    for_operators: bool = False
    cost: int = 1

    def is_for(self, chat: Chat, session: Session) -> bool:
        """Whether a session may use it now."""
        return (self.is_outside or not session.must_log_in) and (
            not self.for_operators or chat.standing.is_operator(session.user)
        )

    @property
    def syntax(self) -> str:
        """The command as it is typed."""
        return " ".join([f"/{self.names[0]}", *[each.syntax for each in self.parameters]])

    @property
    def help(self) -> list[str]:
        """The paragraphs of its help; the first is one line."""
        paragraphs = (inspect.getdoc(self.function) or "").split("\n\n")
        return [paragraph.replace("\n", " ") for paragraph in paragraphs]

    def run(self, chat: Chat, session: Session, arguments: Sequence[str]) -> None:
        """Run it. Raises ChatError.

        If it has to wait, so does the session's next line.
        """
        if self.cost > 1:
            session.connection.charge(self.cost - 1, f"/{self.names[0]} counts as {self.cost}")
        waiting = self.function(chat, session, *arguments)
        if waiting is not None:
            session.wait_for(waiting)

    def parse(self, rest: str) -> list[str]:
        """The arguments after the name, without blanks around them. Raises Misused."""
        try:
            if rest and len(self.parameters) == 1:  # as all that is said has
                return [self.parameters[0].parse(rest)]
            return self._parse(rest)
        except Misused as error:
            raise Misused(f"{error} Write it like this: {self.syntax}", error.field) from None

    def _parse(self, rest: str) -> list[str]:
        if not self.parameters:
            if rest and not self.takes_more:
                raise Misused(f"/{self.names[0]} takes no arguments.")
            return []
        arguments = [
            "" if parameter.optional and start == end else parameter.parse(rest[start:end])
            for parameter, start, end in self.spans(rest)
        ]
        if self.parameters[-1].optional and not arguments[-1]:
            arguments.pop()
        return arguments

    def spans(self, rest: str) -> list[tuple[Parameter, int, int]]:
        """The start and end of each parameter's argument in the text after the name.

        A missing argument has no length.
        """
        spans = []
        start = 0
        for parameter in self.parameters[:-1]:
            word = "".join(rest[start:].split(None, 1)[:1])
            end = (
                start + len(word) if not parameter.optional or parameter.names_room(word) else start
            )
            spans.append((parameter, start, end))
            start = len(rest) - len(rest[end:].lstrip())
        return [*spans, *[(last, start, len(rest)) for last in self.parameters[-1:]]]


def command(
    *names: str,
    is_outside: bool = False,
    who: Who = "all",
    for_operators: bool = False,
    cost: int = 1,
) -> Callable[[AnyFunction], AnyFunction]:
    """Register a function as a command under these names; the function stays callable.

    is_outside: whether it can be used before the login, where that is required.
    who: all; only people, who read and write text; or only programs.
    for_operators: whether it is for operators only.
    cost: the number of lines that it counts as: 1, LONG or LONGER.
    """

    def register(function: AnyFunction) -> AnyFunction:
        _, _, *parameters = inspect.signature(function).parameters.values()
        single = [each for each in parameters if each.kind is not each.VAR_POSITIONAL]
        made = Command(
            names,
            function,
            tuple([Parameter.described(each, _kind(function, each)) for each in single]),
            takes_more=single != parameters,
            is_outside=is_outside,
            who=who,
            for_operators=for_operators,
            cost=cost,
        )
        _table.update(dict.fromkeys(names, made))
        return function

    return register


def _kind(function: AnyFunction, parameter: inspect.Parameter) -> object:
    """What a parameter's annotation stands for, which is known where the function is.

    Those of the chat and the session need not be: a client knows the commands without the server.
    """
    return eval(parameter.annotation, vars(import_module(function.__module__)))


@cache
def commands() -> dict[str, Command]:
    """All commands of the modules in `commands/`, by each of their names."""
    for module in pkgutil.iter_modules(chatsvc.commands.__path__, "chatsvc.commands."):
        import_module(module.name)
    return _table


def find(name: str) -> Command:
    """The command of a name, with or without its slash. Raises Misused."""
    name = name.removeprefix("/").casefold()
    try:
        return commands()[name]
    except KeyError:
        close = get_close_matches(name[:SHOWN], commands(), 1)
        hint = f"Did you mean /{close[0]}?" if close else "Type /help for the list."
        raise Misused(f'There is no command "/{name[:SHOWN]}". {hint}') from None


def permitted(chat: Chat, session: Session, name: str, who: Who) -> Command:
    """The command of that name, if a session may use it now. Raises ChatError."""
    found = _table.get(name) or find(name)
    if found.who not in ("all", who):
        raise Misused(f"/{found.names[0]} is for {found.who} only.")
    if session.must_log_in and not chat.gate.is_closed:
        chat.arrivals.open_to(session)  # the lockdown is over
    if session.must_log_in and not found.is_outside:
        raise ChatError(chat.gate.how_to_enter)
    if found.for_operators and not found.is_for(chat, session):
        raise ChatError("That is for operators only.")
    return found
