"""The command line of chatsvc-admin, made of the commands."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from textwrap import fill
from typing import TYPE_CHECKING, Any

from chatsvc import __version__
from chatsvc.admin.command import commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.admin.command import Command, Parameter

PROGRAM = "chatsvc-admin"
_WHERE = (
    "The server is found by --socket, else by CHATSVC_ADMIN in the environment, else by"
    " chatsvc.admin in this folder, else in /var/lib/chatsvc. Only the user as which it runs, and"
    " root, can use its socket. Exit status: 0 done, 1 refused, 2 misused, 3 no server."
)


def parser() -> ArgumentParser:
    """The parser of the command line. Its result has `command`, `socket`, `as_json`, `yes`."""
    top = ArgumentParser(
        PROGRAM,
        usage=f"{PROGRAM} [-h] [--socket PATH] [--json] [--version] COMMAND ...",
        description=_overview(),
        formatter_class=RawDescriptionHelpFormatter,
        parents=[_common(None)],
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    top.set_defaults(command=None, yes=False)
    under = top.add_subparsers(prog=PROGRAM, metavar="COMMAND", help=SUPPRESS)
    explain = under.add_parser("help", help="explain a command", allow_abbrev=False)
    explain.add_argument("_words", nargs="*", metavar="COMMAND")
    groups: dict[str, Any] = {}
    for name, each in _shown():
        group, _, rest = name.rpartition(" ")
        if group and group not in groups:
            found = [other for _, other in _shown() if other.name.startswith(f"{group} ")]
            group_parser = under.add_parser(
                group,
                usage=f"{PROGRAM} {group} [-h] COMMAND ...",
                description=f"Followed by {_one_of([each.name for each in found])}.",
                epilog="\n".join(_listed(found)),
                formatter_class=RawDescriptionHelpFormatter,
                allow_abbrev=False,
            )
            groups[group] = group_parser.add_subparsers(
                prog=f"{PROGRAM} {group}", metavar="COMMAND", required=True, help=SUPPRESS
            )
        _add(groups[group] if group else under, rest, each)
    return top


def _common(default: Any = SUPPRESS) -> ArgumentParser:
    """The options of all commands, which may stand before and after the command."""
    common = ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument("--socket", metavar="PATH", default=default, help="the server's socket")
    common.add_argument(
        "--json",
        dest="as_json",
        action="store_true",
        default=default,
        help="print JSON, an object a line",
    )
    return common


def _add(under: Any, name: str, each: Command) -> None:
    first, *rest = each.help.split("\n\n")
    made = under.add_parser(
        name,
        description="\n\n".join([fill(" ".join(part.split()), 78) for part in (first, *rest)]),
        formatter_class=RawDescriptionHelpFormatter,
        parents=[_common()],
        allow_abbrev=False,
    )
    made.set_defaults(command=each)
    if each.asks:
        made.add_argument("--yes", action="store_true", help="do not ask first")
    for parameter in each.parameters:
        _add_parameter(made, parameter)


def _add_parameter(made: ArgumentParser, parameter: Parameter) -> None:
    about: dict[str, Any] = {"help": parameter.about.replace("%", "%%") or None}
    metavar = parameter.name.rstrip("_").upper()
    if parameter.choices:
        about["choices"] = parameter.choices
        metavar = "|".join(parameter.choices)
    if parameter.kind is int:
        about["type"] = int
    option = "--" + parameter.name.rstrip("_").replace("_", "-")
    dest = f"_{parameter.name}"
    if parameter.is_option and parameter.kind is bool:
        made.add_argument(option, dest=dest, action="store_true", default=SUPPRESS, **about)
    elif parameter.is_option:
        is_needed = not parameter.is_optional
        made.add_argument(
            option, dest=dest, metavar=metavar, default=SUPPRESS, required=is_needed, **about
        )
    elif parameter.is_text:
        if parameter.is_optional:
            about["default"] = None  # argparse says that any other of no words is required
        made.add_argument(
            dest, metavar=metavar, nargs="*" if parameter.is_optional else "+", **about
        )
    else:
        made.add_argument(
            dest, metavar=metavar, nargs="?" if parameter.is_optional else None, **about
        )


def goes_on(found: Any, more: list[str]) -> bool:
    """Whether words that were not understood are the rest of a text, after an option.

    Then they are added to what was parsed.
    """
    texts = [each for each in found.command.parameters if each.is_text] if found.command else []
    if more and texts and not any(word.startswith("-") for word in more):
        dest = f"_{texts[0].name}"
        setattr(found, dest, [*(getattr(found, dest) or []), *more])
        more = []
    return not more


def arguments_of(found: Any, command: Command) -> dict[str, object]:
    """The arguments of a command, by name, from what was parsed."""
    arguments: dict[str, object] = {}
    for each in command.parameters:
        value = getattr(found, f"_{each.name}", None)
        if each.is_text and value is not None:
            value = " ".join(value)
        if value is not None and not (each.is_text and not value and each.is_optional):
            arguments[each.name] = value
    return arguments


def _shown() -> list[tuple[str, Command]]:
    """The commands that people use, by name."""
    return sorted((name, each) for name, each in commands().items() if not each.part_of)


def _overview() -> str:
    """What chatsvc-admin is, and its commands by subject."""
    subjects: dict[str, list[Command]] = {}
    for _, each in sorted(_shown(), key=lambda each: (each[1].subject, each[0])):
        subjects.setdefault(each.subject, []).append(each)
    widest = max([len(name) for name, _ in _shown()], default=0)
    lines = ["Administers a running chatsvc."]
    for subject, found in subjects.items():
        lines += ["", f"{subject}:", *_listed(found, widest)]
    return "\n".join([*lines, "", fill(_WHERE, 78)])


def _one_of(names: Sequence[str]) -> str:
    """The last words of some names, such as "list, show or delete"."""
    *words, last = [name.rpartition(" ")[2] for name in names]
    return " or ".join(filter(None, [", ".join(words), last]))


def _listed(found: Sequence[Command], widest: int = 0) -> list[str]:
    """A line for each of some commands, with what it does.

    widest: the columns for the names; by default, as many as these need.
    """
    widest = widest or max(len(each.name) for each in found)
    return [f"  {each.name.ljust(widest)}  {each.help.splitlines()[0]}" for each in found]
