"""Completion in bash."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from program import Command, Program

_BODY = """\
# Completes {name} in bash. Made by: python docs/command_lines

{function}() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} IFS=$'\\n'
    local at= each words= files=
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD - 1}}"; do
        case "$at $each" in
            {commands}) at+=" $each" ;;
        esac
    done
    case "$at:$before" in
{cases}
    esac
    if [[ $files ]]; then
        compopt -o filenames 2> /dev/null
        COMPREPLY=($(compgen -f -- "$word"; compgen -W "${{words// /$IFS}}" -- "$word"))
    else
        COMPREPLY=($(compgen -W "${{words// /$IFS}}" -- "$word"))
    fi
}}

complete -F {function} {name}
"""


def completion(program: Program) -> str:
    """The file that bash reads when it completes a program's command line."""
    known = [f'" {" ".join(each.path)}"' for each in program.commands if each.path]
    return _BODY.format(
        name=program.name,
        function=program.function,
        commands=" | ".join(known) or "''",
        cases="\n".join(line for each in program.commands for line in _cases(each)),
    )


def _cases(command: Command) -> Iterator[str]:
    """What may come after each option of a command, and then after anything else."""
    at = "".join(f" {word}" for word in command.path)
    words = [*command.under]
    is_file = False
    for each in command.arguments:
        words += each.choices
        is_file = is_file or each.is_file
    values: dict[str, list[str]] = {}
    for each in command.options:
        words += each.names
        if each.form:
            value = _value(" ".join(each.choices), each.is_file)
            values.setdefault(value, []).extend(f'"{at}:{name}"' for name in each.names)
    for value, names in values.items():
        yield f"        {' | '.join(names)}) {value}"
    yield f'        "{at}:"*) {_value(" ".join(words), is_file)}'


def _value(words: str, is_file: bool) -> str:
    """What is to be done for some words, or a file."""
    parts = [f'words="{words}"'] * bool(words) + ["files=1"] * is_file
    return " ".join([*parts, ";;"])
