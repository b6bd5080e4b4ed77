"""The command line of the client.

The modules that connect are imported only when the server's address is known, so that nobody waits
for Twisted before that.
"""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from chatsvc.client.address import ask, valid_address, valid_port
from chatsvc.client.leaving import exit_on_signals, restore
from chatsvc.client.password import password
from chatsvc.client.settings.command_line import settings
from chatsvc.client.settings.values import Settings, Wrong
from chatsvc.client.unused import leave_out
from chatsvc.clock import make_steady

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def main() -> None:
    """Run the client."""
    exit_on_signals()
    try:
        wanted = settings(sys.argv[1:])
        _open_what_is_closed()
        _talk(wanted)
    except Wrong as error:
        print(f"chatsvc: {error}", file=sys.stderr)
        sys.exit(2)
    except EOFError:
        sys.exit("\nchatsvc: the server's address was not given.")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        restore()


def _ask(wanted: Settings) -> list[tuple[Settings, str]]:
    """The settings of each server, and its password; asked for where they were not given."""
    try:
        if not wanted.host:
            host, port = ask("IP address of the server", "127.0.0.1", valid_address)
            if port is None and "/" not in host:
                port = ask("Port of the server", "5000", valid_port)
            wanted = replace(wanted, host=host, port=port or 0)
        servers = [wanted, *[wanted.at(name) for name in wanted.connect[1:]]]
        return [(each, password(each) if each.login else "") for each in servers]
    except KeyboardInterrupt:
        print(file=sys.stderr)  # the shell's prompt goes below the question
        raise


def _open_what_is_closed() -> None:
    """Replace closed standard descriptors, whose numbers the reactor's files would get.

    Writing to a closed standard output still fails.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # gets the lowest free number, which is this one


def _talk(wanted: Settings) -> None:
    """Talk in the mode of the settings, or the one that suits standard input and output.

    Raises Wrong.
    """
    is_terminal = os.isatty(0) and os.isatty(1)
    is_special = bool(wanted.json or wanted.room or wanted.plain)
    has_screen = is_terminal and not is_special and not wanted.quiet
    has_screen = has_screen and os.environ.get("TERM", "dumb") != "dumb"
    if has_screen and find_spec("wcwidth") is None:
        print("chatsvc: for the full screen, pip install 'chatsvc[client]'", file=sys.stderr)
        has_screen = False
    if len(wanted.connect) > 1 and not has_screen:
        raise Wrong("several servers take the full screen; name one of them")
    servers = _ask(wanted)
    later = [wanted.at(name) for name in wanted.servers] if has_screen else []
    wanted, secret = servers[0]
    gc.disable()  # what is imported stays
    leave_out(has_tls=any(each.tls for each in (wanted, *later)))
    if has_screen:
        from chatsvc.client.screen import tty

        is_monochrome = bool(os.environ.get("NO_COLOR"))
        _run(tty.talk, [(replace(each, is_monochrome=is_monochrome), own) for each, own in servers])
        return
    from chatsvc.client.plain import lines, pipe

    if not (is_terminal or is_special or wanted.name or wanted.login or wanted.rooms):
        _run(pipe.talk, wanted)
    else:
        _run(lines.talk, wanted, secret)


def _run(talk: Callable[..., Coroutine[Any, Any, None]], *about: object) -> None:
    from twisted.internet.task import react

    def begin(reactor: Any) -> Coroutine[Any, Any, None]:
        make_steady(reactor)
        gc.freeze()  # so that no key waits for a search through all of this for garbage
        gc.enable()
        return talk(reactor, *about)

    react(begin)


if __name__ == "__main__":
    main()
