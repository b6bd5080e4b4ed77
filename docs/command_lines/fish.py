"""Completion in fish."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from program import Command, Option, Program

# Whether the commands typed so far are those that are given.
_AT = """\
function _{function}_at
    set -l at
    for each in (commandline -opc)
        if contains -- (string join ' ' $at $each) {commands}
            set -a at $each
        end
    end
    test "$at" = "$argv"
end

"""


def completion(program: Program) -> str:
    """The file that fish reads when it completes a program's command line."""
    known = [_quoted(" ".join(each.path)) for each in program.commands if each.path]
    text = f"# Completes {program.name} in fish. Made by: python docs/command_lines\n\n"
    if known:
        text += _AT.format(function=program.function, commands=" ".join(known))
    text += f"complete -c {program.name} -f\n"
    for command in program.commands:
        start = f"complete -c {program.name}"
        if known:
            at = " ".join([f"_{program.function}_at", *command.path])
            start += f" -n {_quoted(at)}"
        text += "".join(f"{start} {line}\n" for line in _lines(command))
    return text


def _lines(command: Command) -> Iterator[str]:
    for word, about in command.under.items():
        yield f"-a {word} -d {_quoted(about)}"
    for each in command.arguments:
        if each.choices:
            yield f"-a {_quoted(' '.join(each.choices))}"
        elif each.is_file:
            yield "-F"
    for each in command.options:
        yield " ".join([*_names(each), *_value(each), "-d", _quoted(each.help)])


def _names(option: Option) -> Iterator[str]:
    for name in option.names:
        yield f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"


def _value(option: Option) -> Iterator[str]:
    if option.choices:
        yield f"-x -a {_quoted(' '.join(option.choices))}"
    elif option.form:
        yield "-r -F" if option.is_file else "-x"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
