"""Man pages, in the macros of man(7)."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from program import Command, Option, Program

_WIDTH = 70  # of lines before hyphens are escaped, as troff wants no line above 80


def page(program: Program, version: str, date: str) -> str:
    """The man page of a program.

    date: on which it was made.
    """
    title = f".TH {_quoted(program.name.upper())} {program.section} {date} {_quoted(version)}"
    return "\n".join([title, *_lines(program), ""])


def _lines(program: Program) -> Iterator[str]:
    top, *commands = program.commands
    yield ".SH NAME"
    yield f"{_text(program.name)} \\- {_text(program.purpose)}"
    yield ".SH SYNOPSIS"
    yield _synopsis(program, top)
    yield ".SH DESCRIPTION"
    yield from _paragraphs(top.help)
    yield ".SH OPTIONS"
    yield from _options(top)
    if commands:
        yield ".SH COMMANDS"
        yield "Options from above may come behind a command as well."
        for each in commands:
            if not each.under:
                yield f".SS {_quoted(' '.join(each.path))}"
                yield _synopsis(program, each)
                yield ".PP"
                yield from _paragraphs(each.help)
                yield from _options(each, top)
    for name, paragraphs in program.more.items():
        yield f".SH {_quoted(name)}"
        yield from _paragraphs("\n\n".join(paragraphs))


def _synopsis(program: Program, command: Command) -> str:
    words = " ".join([program.name, *command.path])
    parts = [f"\\fB{_text(words)}\\fR"]
    if command.options:
        parts.append("[\\fIoptions\\fR]")
    if command.under:
        parts.append("\\fIcommand\\fR ...")
    parts += [f"\\fI{_text(each.form)}\\fR" for each in command.arguments]
    return " ".join(parts)


def _options(command: Command, above: Command | None = None) -> Iterator[str]:
    """The options and arguments of a command, without those that another one has as well."""
    known = [each.names for each in above.options] if above is not None else []
    for each in (*command.arguments, *command.options):
        if each.names not in known and (each.help or each.names):
            yield ".TP"
            yield _written(each)
            text = f"{each.help}. {each.more}" if each.more else each.help
            yield from _filled(text) or ["\\&"]


def _written(option: Option) -> str:
    names = ", ".join(f"\\fB{_text(each)}\\fR" for each in option.names)
    return " ".join(
        [*[names] * bool(names), *[f"\\fI{_text(option.form)}\\fR"] * bool(option.form)]
    )


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs; one that is indented, or is a list, as it stands."""
    is_first = True
    for paragraph in text.split("\n\n"):
        lines = paragraph.split("\n")
        if "\t" in lines[0]:
            for line in lines:
                name, _, about = line.partition("\t")
                yield from (".TP", f"\\fB{_text(name)}\\fR", *_filled(about))
        elif any(line.startswith("  ") for line in lines):
            yield from ([] if is_first else [".PP"])
            yield from (".nf", *map(_text, lines), ".fi")
        else:
            yield from ([] if is_first else [".PP"])
            yield from _filled(" ".join(lines))
        is_first = False


def _filled(text: str) -> list[str]:
    return [_text(line) for line in wrap(text, _WIDTH, break_on_hyphens=False)]


def _text(text: str) -> str:
    """Text of which troff takes nothing for a request or an escape."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


def _quoted(text: str) -> str:
    return '"' + _text(text).replace('"', "\\(dq") + '"'
