"""The program chatsvc-admin."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any

from chatsvc.admin.console.asking import Console
from chatsvc.admin.console.finding import NoServer
from chatsvc.admin.console.line import PROGRAM, arguments_of, goes_on, parser
from chatsvc.admin.console.output import Output
from chatsvc.errors import ChatError, Misused
from chatsvc.store import StoreError
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.admin.command import Command

DONE, REFUSED, MISUSED, NO_SERVER = range(4)
INTERRUPTED = 130  # as of shells


def main(words: Sequence[str] | None = None) -> int:
    """Run a command line, and return the exit status: DONE, REFUSED, MISUSED or NO_SERVER.

    words: after the program's name; None for those of the process.
    """
    gc.disable()  # searches for garbage in what is imported would be a sixth of the start
    made = parser()
    gc.freeze()
    gc.enable()
    found, more = made.parse_known_args(words)
    if not goes_on(found, more):
        made.error(f"unrecognized arguments: {' '.join(more)}")
    if found.command is None:
        made.parse_args([*getattr(found, "_words", ()), "--help"])
    try:
        return _run(found, found.command)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or else Python complains at its end
        return DONE


def _run(found: Any, command: Command) -> int:
    arguments = arguments_of(found, command)
    output = Output(sys.stdout, bool(found.as_json))
    console = Console(found.socket)
    try:
        if command.asks and not found.yes:
            _confirm(command.asks.format(**arguments))
        if command.is_here:
            items = command.call(console, command.check(arguments))
        else:
            items = console.ask(command.name, **arguments)
        try:
            for item in items:
                output.show(item)
        finally:
            output.finish()
    except Misused as error:
        return _fail(str(error), MISUSED)
    except (ChatError, StoreError) as error:
        return _fail(str(error), REFUSED)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _fail(_why(error), REFUSED)
    except NoServer as error:
        return _fail(str(error), NO_SERVER)
    return DONE


def _why(error: OSError) -> str:
    """What the system has refused, in words, with the file if it is known."""
    why = error.strerror or str(error)
    return f"{why}." if error.filename is None else f"{error.filename}: {why}."


def _confirm(question: str) -> None:
    """Ask at the terminal. Raises ChatError if the answer is no, Misused without a terminal."""
    if not sys.stdin.isatty():
        raise Misused("The command asks before it acts, and nobody can answer: add --yes.")
    print(f"{clean(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise ChatError("nothing was done.")


def _fail(text: str, status: int) -> int:
    print(f"{PROGRAM}: {clean(text)}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
