"""What somebody wants of the client: from the command line, else from a file, else as usual."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from chatsvc import __version__
from chatsvc.address import valid_host, valid_port

KEYS = {
    "next": "ctrl-n",
    "previous": "ctrl-p",
    "older": "page-up",
    "newer": "page-down",
    "newest": "end",
    "redraw": "ctrl-l",
    "suspend": "ctrl-z",
    "quit": "ctrl-c",
}
_CHOICES = {"colours": ("auto", "on", "off"), "notices": ("bell", "osc9", "osc777", "off")}


class Wrong(Exception):
    """The file of settings says what cannot be had; the text says what, and where."""


@dataclass(frozen=True)
class Settings:
    """What can be set; each attribute is a key of the file, with a - for each _.

    host: the server's address; empty if it is to be asked for.
    name: that is chosen first; empty for the one that the server gives.
    login: the name whose owner logs in; empty for nobody.
    password_file: in which the password for that stands, in its first line.
    rooms: that are joined first.
    colours: auto, on or off.
    notices: how it is made known that one was spoken to: bell, osc9 or osc777 (which terminals
        show on the desktop), or off.
    mouse: whether its wheel scrolls; if so, a click makes it select text until a key is pressed.
    plain: one line an event, and nothing is redrawn: for screen readers.
    keys: what does what, by what is done.
    room: in which each line of the input is said, and nothing else is done.
    json: whether objects go in both directions.
    """

    host: str = ""
    port: int = 5000
    tls: bool = False
    name: str = ""
    login: str = ""
    password_file: str = ""
    rooms: tuple[str, ...] = ()
    colours: str = "auto"
    notices: str = "bell"
    mouse: bool = True
    plain: bool = False
    keys: Mapping[str, str] = field(default_factory=lambda: dict(KEYS))
    room: str = ""
    json: bool = False


_ONLY_OF_ONE_RUN = {"room", "json"}


def settings(arguments: Sequence[str]) -> Settings:
    """What the command line and the file say. Raises Wrong; SystemExit, as argparse does it."""
    options = vars(_parser().parse_args(arguments))
    file = options.pop("settings")
    values = read(usual_file() if file is None else Path(file), file is not None)
    return Settings(**(values | {name: each for name, each in options.items() if each is not None}))


def usual_file() -> Path | None:
    """Where the platform expects the file; None if that cannot be told."""
    try:
        from platformdirs import user_config_path
    except ImportError:
        return None
    return user_config_path("chatsvc") / "client.toml"


def state_file(name: str) -> Path | None:
    """Where something is kept from one run to the next; None if that cannot be told."""
    try:
        from platformdirs import user_state_path
    except ImportError:
        return None
    return user_state_path("chatsvc") / name


def read(path: Path | None, must_exist: bool) -> dict[str, Any]:
    """What a file of settings says. Raises Wrong."""
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        if must_exist:
            raise Wrong(f"there is no file {path}") from None
        return {}
    except (OSError, ValueError) as error:
        raise Wrong(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    try:
        return {each.replace("-", "_"): _checked(each, value) for each, value in found.items()}
    except (Wrong, argparse.ArgumentTypeError) as error:
        raise Wrong(f"{path}: {error}") from None


def _checked(name: str, value: Any) -> Any:
    """A value of the file. Raises Wrong or ArgumentTypeError."""
    known = {each.name.replace("_", "-") for each in fields(Settings)} - _ONLY_OF_ONE_RUN
    if name not in known:
        raise Wrong(f"there is no setting {name!r}; there are {', '.join(sorted(known))}")
    if name == "host" and isinstance(value, str):
        return valid_host(value) if value else ""
    if name == "port" and type(value) is int:
        return valid_port(str(value))
    if name == "keys" and isinstance(value, dict):
        if unknown := [each for each in value if each not in KEYS]:
            raise Wrong(f"there is no key for {unknown[0]!r}; there are {', '.join(KEYS)}")
        if all(isinstance(each, str) for each in value.values()):
            return KEYS | value
    if name == "rooms" and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    if name in _CHOICES and value not in _CHOICES[name]:
        raise Wrong(f"{name} is one of {', '.join(_CHOICES[name])}")
    kind = get_type_hints(Settings)[name.replace("-", "_")]
    if kind in (str, bool) and type(value) is kind:
        return value
    raise Wrong(f"{name} cannot be {value!r}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chatsvc",
        allow_abbrev=False,  # --password is not --password-file
        description="Talk to a chat server: a line typed is a line said. /quit leaves.",
        epilog="The end of standard input and Ctrl-C quit too. Where standard input or output is"
        " no terminal, lines go in both directions as they are. Status: 0 after quitting, 1 when"
        " there was no connection, or it was lost, or something was not said; 2 for wrong"
        " arguments.",
    )
    parser.add_argument("host", nargs="?", type=valid_host, help="asked for if missing")
    parser.add_argument("port", nargs="?", type=valid_port, help="(default: 5000)")
    yes: Any = {"action": "store_const", "const": True}
    parser.add_argument("--tls", **yes, help="encrypt, and check the certificate")
    parser.add_argument("--name", metavar="NAME", help="choose this name")
    parser.add_argument("--login", metavar="NAME", help="log in; the password is asked for")
    parser.add_argument(
        "--password-file", metavar="FILE", help="take the password from the first line of a file"
    )
    parser.add_argument("--colours", choices=_CHOICES["colours"], help="(default: auto)")
    parser.add_argument(
        "--notices", choices=_CHOICES["notices"], help="when one is spoken to (default: bell)"
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--plain", **yes, help="one line an event, nothing is redrawn: for screen readers"
    )
    mode.add_argument("--json", **yes, help="one object a line, in both directions")
    mode.add_argument("--room", metavar="#ROOM", help="say each line of the input there, once")
    parser.add_argument("--settings", metavar="FILE", help="(default: client.toml, see the README)")
    parser.add_argument("--version", action="version", version=f"chatsvc {__version__}")
    return parser
