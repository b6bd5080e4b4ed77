"""The command line of the client, and the settings that it makes with those of the file."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatsvc import __version__
from chatsvc.client.address import valid_address, valid_port
from chatsvc.client.files.places import usual_file
from chatsvc.client.settings.checking import (
    MOST_AT_ONCE,
    read,
    valid_fingerprint,
    with_address_split,
)
from chatsvc.client.settings.values import CHOICES, OF_A_SERVER, Settings, Wrong, dashed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.client.address import Address


def settings(arguments: Sequence[str]) -> Settings:
    """The settings of the command line and the file. Raises Wrong; SystemExit, as argparse does.

    With several servers, they are those of the first one.
    """
    made = parser()
    options = vars(made.parse_args(arguments))
    file, more = options.pop("settings"), options.pop("more")
    path = usual_file() if file is None else Path(file)
    kept = read(path, file is not None)
    found = Settings(**kept, file=path, sources=dict.fromkeys(kept, "the file"))
    is_address = options["host"] and options["host"].host.casefold() not in found.servers
    options["port"] = None
    if len(more) == 1 and (is_address or not more[0][:1].isalpha()):
        try:
            options["port"] = valid_port(more.pop())
        except argparse.ArgumentTypeError as error:
            made.error(f"argument port: {error}")
    names = _servers(options["host"], more, found)
    if names:
        del options["host"]
        found = found.at(names[0])
    given = with_address_split({name: each for name, each in options.items() if each is not None})
    own = [dashed(each) for each in given if dashed(each) in OF_A_SERVER]
    if own and len(names) > 1:
        raise Wrong(f"of several servers, each has its {own[0]} in the settings")
    sources = {**found.sources, **dict.fromkeys(given, "the command line")}
    found = replace(found, **given, connect=names, sources=sources)
    if found.is_socket and "tls" in given:
        raise Wrong("there is no TLS over a unix socket")
    return found.fitted()


def _servers(host: Address | None, more: Sequence[str], kept: Settings) -> tuple[str, ...]:
    """The names of the servers to talk to; empty for an address. Raises Wrong."""
    first = host.host.casefold() if host is not None else ""
    if host is not None and not more and first not in kept.servers:
        return ()
    wanted = [first, *map(str.casefold, more)] if host is not None else kept.connect
    names = tuple(dict.fromkeys(map(str.casefold, wanted)))
    for each in names:
        if each not in kept.servers:
            raise Wrong(f"there is no server {each[:50]!r} in the settings")
    if len(names) > MOST_AT_ONCE:
        raise Wrong(f"one run talks to at most {MOST_AT_ONCE} servers")
    return names


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    made = argparse.ArgumentParser(
        prog="chatsvc",
        allow_abbrev=False,  # --password is not --password-file
        description="Talk to a chat server: a line typed is a line said. /quit leaves.",
        epilog="The end of standard input quits, too, and so does Ctrl-C. Where standard input or"
        " output is no terminal, each line of the input is said or done, and what the server says"
        " is printed. Exit status: 0 after quitting; 1 if there was no connection, or something was"
        " not said or done; 2 for wrong arguments or settings; 128 plus the number after a signal.",
    )
    made.add_argument(
        "host",
        nargs="?",
        type=valid_address,
        help="name, address, host:port, or the path of a unix socket; or a server's name in the"
        " settings, which wins over a host of that name; asked for if missing",
    )
    made.add_argument(
        "more",
        nargs="*",
        metavar="port|name",
        help="(default: 5000); or the names of more servers in the settings, for all in one screen",
    )
    yes: Any = {"action": "store_const", "const": True}
    made.add_argument("--tls", **yes, help="encrypt, and check the certificate")
    made.add_argument(
        "--ca",
        metavar="FILE",
        type=_given,
        help="trust the certificates in this PEM file instead of the system's",
    )
    made.add_argument(
        "--fingerprint",
        metavar="SHA256",
        type=valid_fingerprint,
        help="trust only the certificate with this fingerprint",
    )
    made.add_argument("--name", metavar="NAME", type=_given, help="take this name")
    made.add_argument(
        "--login", metavar="NAME", type=_given, help="log in to this account; asks for the password"
    )
    made.add_argument(
        "--password-file",
        metavar="FILE",
        type=_given,
        help="read the password from the first line of this file",
    )
    made.add_argument("--colours", choices=CHOICES["colours"], help="(default: auto)")
    made.add_argument(
        "--notices", choices=CHOICES["notices"], help="when you are mentioned (default: bell)"
    )
    mode = made.add_mutually_exclusive_group()
    mode.add_argument(
        "--plain", **yes, help="one line an event, nothing redrawn: for screen readers"
    )
    mode.add_argument("--json", **yes, help="one object a line, in both directions")
    mode.add_argument(
        "--room", metavar="#ROOM", type=_valid_room, help="send each line of the input there, once"
    )
    made.add_argument("--quiet", **yes, help="show only the answers to commands")
    usual = _shown(usual_file()).replace("%", "%%")
    made.add_argument(
        "--settings", metavar="FILE", help=f"read other settings from this file (default: {usual})"
    )
    made.add_argument("--version", action="version", version=f"chatsvc {__version__}")
    return made


def _given(text: str) -> str:
    """A text, unless it is empty, as from an unset shell variable."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _valid_room(text: str) -> str:
    if not text.startswith("#") or len(text) < 2:
        raise argparse.ArgumentTypeError(f"the name of a room begins with a #: {text!r}")
    return text


def _shown(path: Path | None) -> str:
    """A path for people, from ~ on if it is in the user's home."""
    home = Path.home()
    if path is None or not path.is_relative_to(home):
        return str(path or "none")
    return f"~/{path.relative_to(home)}"
