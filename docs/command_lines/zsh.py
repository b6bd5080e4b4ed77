"""Completion in zsh."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from program import Command, Program

_BODY = """\
#compdef {name}
# Completes {name} in zsh. Made by: python docs/command_lines

local at= each before=${{words[CURRENT - 1]}}
local -a options commands
if compset -P 1 '--*='; then
    before=${{IPREFIX%=}}
fi
for each in "${{(@)words[2,CURRENT - 1]}}"; do
    case "$at $each" in
        ({commands}) at+=" $each" ;;
    esac
done
case "$at:$before" in
{cases}
esac
"""


def completion(program: Program) -> str:
    """The function that zsh runs to complete a program's command line."""
    known = [f'" {" ".join(each.path)}"' for each in program.commands if each.path]
    return _BODY.format(
        name=program.name,
        commands="|".join(known) or "''",
        cases="\n".join(line for each in program.commands for line in _cases(each)),
    )


def _cases(command: Command) -> Iterator[str]:
    """What may come after each option of a command, and then after anything else."""
    at = "".join(f" {word}" for word in command.path)
    for each in command.options:
        if each.form:
            names = "|".join(f'"{at}:{name}"' for name in each.names)
            if each.choices:
                what = f"compadd -- {' '.join(each.choices)}"
            else:
                what = "_files" if each.is_file else f"_message {_quoted(each.form)}"
            yield f"    ({names}) {what} ;;"
    yield f'    ("{at}:"*)'
    words = [choice for each in command.arguments for choice in each.choices]
    if words:
        yield f"        compadd -- {' '.join(words)}"
    if command.under:
        yield f"        commands=({_described(command.under)})"
        yield "        _describe -t commands command commands"
    if command.options:
        about = {name: each.help for each in command.options for name in each.names}
        yield f"        options=({_described(about)})"
        yield "        _describe -o option options"
    if any(each.is_file for each in command.arguments):
        yield "        _files"
    yield "        ;;"


def _described(about: dict[str, str]) -> str:
    """Words for _describe, each with what it is about."""
    return " ".join(_quoted(f"{name}:{text}") for name, text in about.items())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
