"""Writing an export, at the console."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TextIO

from chatsvc.admin.answer import Item, Line
from chatsvc.exchange.wording import Wording
from chatsvc.text.numbers import counted

MESSAGE = '{"type":"message"'  # how the line of one begins


def written(items: Iterator[Item], format_: str, output: str) -> Iterator[Item]:
    """Write the lines of an export, and say how many messages there were.

    format_: json or text.
    output: the file; it must not exist, and is deleted if not all can be written. Empty for
        standard output.

    Raises OSError, and what the items raise.
    """
    first = next(items)  # before there is a file
    if not output:
        _write(first, items, format_, sys.stdout)
        return
    path = Path(output)
    # What is exported is nobody else's business.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            number = _write(first, items, format_, file)
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError) and error.filename is None:
            error.filename = output  # so that people read which disk is full
        raise
    yield Line(
        f"Exported {counted(number, 'message')} to {output}.", {"messages": number, "file": output}
    )


def _write(first: Item, rest: Iterator[Item], format_: str, file: TextIO) -> int:
    wording = Wording()
    number = 0
    for item in chain([first], rest):
        if not isinstance(item, Line):
            continue
        lines = item.text.split("\n")
        if format_ == "text":
            file.writelines(f"{each}\n" for line in lines for each in wording.lines(line))
        else:
            file.write(f"{item.text}\n")
        number += sum(line.startswith(MESSAGE) for line in lines)
    file.flush()
    return number
