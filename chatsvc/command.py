"""What a command is: a function whose signature is its syntax and whose docstring is its help."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import (
    TYPE_CHECKING,
    Literal,
    TypeVar,
    get_type_hints,
)
from unicodedata import normalize

import chatsvc.commands
from chatsvc.errors import SHOWN, ChatError, Misused, Unsaid
from chatsvc.parameter import Parameter
from chatsvc.text.safe import from_what_shows

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Doing, Session

LONG = 5  # what a command costs that takes the server some milliseconds, or has a long answer
LONGER = 15  # one that takes it many turns

Who = Literal["all", "people", "programs"]

_BYTE_ORDER_MARK = "\ufeff"
_SLASHES = r"/\／＼⁄∕∖⧸⧹﹨╱╲⟋⟍"
# Of a line that may be meant for a command: what stands in front of its name, which is anything
# that ends in a slash, or signs alone; the name; and what stands behind it.
_LIKE_A_COMMAND = re.compile(
    rf"([\W_]{{0,40}}[{re.escape(_SLASHES)}]\s*|[^\w\s]{{0,40}})(\S{{0,40}})\s*(.*)", re.DOTALL
)
_MARKS = frozenset("#@*\"'`“‘«([{<")  # stand in front of words that are meant as such

_TO_ONE_PERSON = ("dm", "reply")  # commands with what is not for everyone

AnyFunction = TypeVar("AnyFunction", bound="Callable[..., Doing]")

_table: dict[str, Command] = {}


@dataclass(frozen=True)
class Command:
    """Something that people can do by typing a slash and a name.

    names: the name in help, then what else it is known as; all lower case.
    function: takes the chat, the session of whoever typed it, and an argument a parameter.
    takes_more: whether something may follow that is not used (the function has *anything).
    is_outside: whether it is for those, too, who have to log in before they take part.
    who: for whom it is, if not for all.
    for_operators: whether it is for the operators of the server only.
    cost: as how many lines it counts for who may send only so many, as it takes the server long.
    """

    names: tuple[str, ...]
    function: Callable[..., Doing]
    parameters: tuple[Parameter, ...]
    takes_more: bool
    is_outside: bool = False
    who: Who = "all"
    for_operators: bool = False
    cost: int = 1

    def is_for(self, chat: Chat, session: Session) -> bool:
        """Whether somebody may use it as things are."""
        return (self.is_outside or not session.must_log_in) and (
            not self.for_operators or chat.standing.is_operator(session.user)
        )

    @property
    def syntax(self) -> str:
        """The whole command as one writes it."""
        return " ".join([f"/{self.names[0]}", *[each.syntax for each in self.parameters]])

    @property
    def help(self) -> list[str]:
        """The paragraphs of its help; the first says in one line what it does."""
        paragraphs = (inspect.getdoc(self.function) or "").split("\n\n")
        return [paragraph.replace("\n", " ") for paragraph in paragraphs]

    def run(self, chat: Chat, session: Session, arguments: Sequence[str]) -> None:
        """Do it. Raises ChatError.

        If it has to wait, the session's next line waits for it.
        """
        if self.cost > 1:
            session.connection.charge(self.cost - 1, f"/{self.names[0]} counts as {self.cost}")
        waiting = self.function(chat, session, *arguments)
        if waiting is not None:
            session.wait_for(waiting)

    def parse(self, rest: str) -> list[str]:
        """The arguments that stand behind the name, without blanks around them. Raises Misused."""
        try:
            return self._parse(rest)
        except Misused as error:
            raise Misused(f"{error} Write it like this: {self.syntax}", error.field) from None

    def check(self, fields: Mapping[str, str]) -> list[str]:
        """The arguments of these names. Raises Misused."""
        arguments = []
        for parameter in self.parameters:
            text = fields.get(parameter.field, "")
            if text or not parameter.optional:
                arguments.append(parameter.check(text, text))
            elif parameter is not self.parameters[-1]:
                arguments.append("")
        return arguments

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
        """Where the argument of each parameter begins and ends in what stands behind the name.

        What is left out has no length.
        """
        spans = []
        start = 0
        for parameter in self.parameters[:-1]:
            word = "".join(rest[start:].split(None, 1)[:1])
            end = start + len(word) if not parameter.optional or parameter.is_place(word) else start
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
    """Make a function a command under these names; it stays a function that can be called.

    is_outside: whether it is for those, too, who have to log in before they take part.
    who: for whom it is: people, who read and write text, or programs.
    for_operators: whether it is for the operators of the server only.
    cost: as how many lines it counts, as it takes the server long; LONG or LONGER.
    """

    def register(function: AnyFunction) -> AnyFunction:
        hints = get_type_hints(function)
        _, _, *parameters = inspect.signature(function).parameters.values()
        single = [each for each in parameters if each.kind is not each.VAR_POSITIONAL]
        made = Command(
            names,
            function,
            tuple([Parameter.described(each, hints[each.name]) for each in single]),
            takes_more=single != parameters,
            is_outside=is_outside,
            who=who,
            for_operators=for_operators,
            cost=cost,
        )
        _table.update(dict.fromkeys(names, made))
        return function

    return register


@cache
def commands() -> dict[str, Command]:
    """Every command by each of its names: whatever the modules in `commands/` define."""
    for module in pkgutil.iter_modules(chatsvc.commands.__path__, "chatsvc.commands."):
        import_module(module.name)
    return _table


def find(name: str) -> Command:
    """The command of that name, with or without its slash. Raises Misused."""
    name = name.removeprefix("/").casefold()
    try:
        return commands()[name]
    except KeyError:
        close = get_close_matches(name[:SHOWN], commands(), 1)
        hint = f"Did you mean /{close[0]}?" if close else "Type /help for the list."
        raise Misused(f'There is no command "/{name[:SHOWN]}". {hint}') from None


def meant(line: str) -> tuple[str, str]:
    """What a line that somebody types is meant for: a command with its slash, and its arguments.

    There is no command ("") if the line is to be said. Two slashes say a line that begins with one.
    What shows nothing does not count before a slash.

    Raises Unsaid when the line is nearly a command: any, behind another kind of slash; one that
    takes what others are not to read, behind anything else that may have been typed for a slash.
    """
    text = from_what_shows(line)
    if text[:2] == "//":
        return "", text[1:].rstrip()
    if text[:1] == "/":
        name, *rest = text.split(None, 1)
        return name, "".join(rest).rstrip()
    near = _near(text)
    if near is not None:
        raise Unsaid(f"/{near[0].names[0]}")
    return "", line.removeprefix(_BYTE_ORDER_MARK).strip()


def check_said(text: str) -> None:
    """See whether what is to be said is meant for that. Raises Unsaid."""
    name, _ = meant(text)
    if name:
        raise Unsaid(name[:SHOWN])


def secrets(line: str) -> list[tuple[int, int]]:
    """Where the passwords and keys begin and end in what somebody types.

    A name that is wrong stands for the closest one of a command with secrets.
    """
    text = from_what_shows(line.replace("\n", " "))
    found, rest = None, ""
    if text[:1] == "/":
        name, *after = text[1:].split(None, 1) or [""]
        rest = "".join(after)
        found = commands().get(name.casefold()) or _closest(name.casefold(), 0.6)
    elif near := _near(text):
        found, rest = near
    begin = len(line) - len(rest)
    return [
        (begin + start, begin + end)
        for parameter, start, end in (found.spans(rest) if found is not None else ())
        if parameter.is_secret and start < end
    ]


def _near(text: str) -> tuple[Command, str] | None:
    """The command that a line without a slash may have been meant for, and its arguments."""
    for wrong in ("", text[:1]) if text[:1].isalnum() else ("",):
        found_like = _LIKE_A_COMMAND.match(text, len(wrong))
        assert found_like is not None
        front, name, rest = found_like.groups()
        name = normalize("NFKC", name).casefold()
        found = commands().get(name)
        if found is not None and front and not wrong and set(front) <= set(_SLASHES):
            return found, rest
        first = (wrong + front)[:1]
        is_behind_something = bool(first) and not first.isalpha() and first not in _MARKS
        if wrong and front and front[-1] in _SLASHES:  # such as m/dm and l/ogin
            is_behind_something = True
        if found is None and name and is_behind_something:
            found = _closest(name, 0.8)
        if found is not None and len(name) > 1 and _is_private(found, rest, is_behind_something):
            return found, rest
    return None


def _is_private(found: Command, rest: str, is_behind_something: bool) -> bool:
    """Whether others should not read the arguments of a command, if these are such.

    is_behind_something: whether something stands in the place of the slash. If not, these have to
        be no more and no less than the command takes, and one of them a password or a key.
    """
    spans = found.spans(rest)
    given = [parameter for parameter, start, end in spans if start < end]
    if not all(parameter.optional or parameter in given for parameter in found.parameters):
        return False
    has_secret = any(parameter.is_secret for parameter in given)
    if is_behind_something:
        return has_secret or found.names[0] in _TO_ONE_PERSON
    is_exact = given[:1] == [*found.parameters[:1]] and len(rest.split()) == len(given)
    return has_secret and is_exact


def _closest(name: str, cutoff: float) -> Command | None:
    """The command that takes a secret whose name is the most like another."""
    names = [
        each
        for each, known in commands().items()
        if any(parameter.is_secret for parameter in known.parameters)
    ]
    close = get_close_matches(name[:SHOWN], names, 1, cutoff)
    return commands()[close[0]] if close else None


def permitted(chat: Chat, session: Session, name: str, who: Who) -> Command:
    """The command of that name, if somebody may use it just now. Raises ChatError."""
    found = _table.get(name) or find(name)
    if found.who not in ("all", who):
        raise Misused(f"/{found.names[0]} is for {found.who} only.")
    if session.must_log_in and not chat.gate.is_closed:
        chat.arrivals.open_to(session)  # a lockdown is over
    if session.must_log_in and not found.is_outside:
        raise ChatError(chat.gate.how_to_enter)
    if not found.is_for(chat, session):
        raise ChatError("That is for operators only.")
    return found


def run(chat: Chat, session: Session, line: str) -> None:
    """Do what somebody typed, and tell them if it cannot be done."""
    chat.announcements.announce()
    try:
        do(chat, session, line, "people")
    except ChatError as error:
        session.refuse(error)


def do(chat: Chat, session: Session, line: str, who: Who) -> None:
    """Do what somebody typed. Raises ChatError.

    A line without a slash is said.
    """
    name, rest = meant(line)
    found = permitted(chat, session, name.removeprefix("/") if name else "here", who)
    found.run(chat, session, found.parse(rest))
