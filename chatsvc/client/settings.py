"""The client's settings: from the command line, else from a file, else the defaults."""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from chatsvc import __version__
from chatsvc.client import aliases
from chatsvc.client.address import Address, valid_address, valid_port
from chatsvc.client.keys import KEYS, by_key

CHOICES = {
    "colours": ("auto", "on", "off"),
    "notices": ("bell", "osc9", "osc99", "osc777", "off"),
    "presence": ("smart", "all", "none"),
}
MOST_HIGHLIGHTS = 20  # words
LEVELS = ("all", "mentions", "none")  # what there are notices of in a room
# The tables, and what changes them.
TABLES = {"aliases": "/alias", "keys": "/bind", "levels": "/notify", "servers": "an editor"}
# The settings that a server of the file's may have of its own.
OF_A_SERVER = frozenset(
    {"host", "port", "tls", "ca", "fingerprint", "name", "login", "password-file", "rooms"}
)
MOST_SERVERS = 50
# What a change counts for while the client runs; the rest counts from the next start.
AT_ONCE = frozenset(
    {
        "align",
        "colours",
        "highlights",
        "links",
        "mouse",
        "notices",
        "on-mention",
        "presence",
        *TABLES,
    }
)


class Wrong(Exception):
    """A setting is wrong; the text says which, and where."""


@dataclass(frozen=True)
class Settings:
    """The settings; each attribute is a key of the file, with - for _.

    host: the server's address, or the path of its socket, which has a slash; empty to ask for it.
    tls: whether to encrypt.
    ca: a file of trusted certificates; empty for those that this machine trusts.
    fingerprint: the SHA-256, in hexadecimal, of the only trusted certificate; empty for none.
    name: to take first; empty for the given name.
    login: the account to log in to; empty for none.
    password_file: a file whose first line is the password.
    rooms: to join first.
    colours: auto, on or off.
    notices: how mentions and direct messages are announced: bell; osc9, osc99 or osc777 (which
        terminals show on the desktop); or off.
    highlights: words that count as mentions of the user.
    levels: what there are notices of in each room or conversation: all, mentions or none.
    on_mention: a shell command to run for each notice; empty for none.
    mouse: whether the wheel scrolls; after a click, the mouse then selects text until the next key.
    align: whether names end, and texts begin, in one column.
    links: whether the terminal is told of addresses, which then lead there even over two rows.
    presence: which comings and goings are shown: smart (of those who have spoken lately), all or
        none.
    logs: the folder for logs of what is said; empty for none.
    plain: one line an event, nothing redrawn: for screen readers.
    keys: the keys for each action, separated by blanks.
    aliases: the user's own commands, and what they stand for.
    servers: those that have a name of the user's own, each with its attributes.
    room: the room to which each line of the input is sent, even if it looks like a command.
    json: whether JSON objects go in both directions.
    quiet: whether only answers to commands are shown.
    server: the name of one of the servers, whose settings these are; empty for none.
    is_monochrome: whether there are no colours where these are auto.
    file: the file that the settings are in; None for none.
    sources: where each attribute comes from, in words, unless that is the default.
    """

    host: str = ""
    port: int = 5000
    tls: bool = False
    ca: str = ""
    fingerprint: str = ""
    name: str = ""
    login: str = ""
    password_file: str = ""
    rooms: tuple[str, ...] = ()
    colours: str = "auto"
    notices: str = "bell"
    highlights: tuple[str, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)
    on_mention: str = ""
    mouse: bool = True
    align: bool = True
    links: bool = True
    presence: str = "smart"
    logs: str = ""
    plain: bool = False
    keys: Mapping[str, str] = field(default_factory=lambda: dict(KEYS))
    aliases: Mapping[str, str] = field(default_factory=dict)
    servers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    room: str = ""
    json: bool = False
    quiet: bool = False
    server: str = ""
    is_monochrome: bool = False
    file: Path | None = field(default=None, compare=False)
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def has_colours(self) -> bool:
        """Whether there are colours."""
        return self.colours == "on" or (self.colours == "auto" and not self.is_monochrome)

    @property
    def is_socket(self) -> bool:
        """Whether the server's address is a unix socket."""
        return "/" in self.host

    @property
    def where(self) -> str:
        """The server's address, for people."""
        if self.is_socket:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_ONLY_OF_ONE_RUN = {"room", "json", "quiet", "server", "is-monochrome", "file", "sources"}


def names() -> set[str]:
    """The names of the settings that a file may have."""
    return {each.name.replace("_", "-") for each in fields(Settings)} - _ONLY_OF_ONE_RUN


def settings(arguments: Sequence[str]) -> Settings:
    """The settings of the command line and the file. Raises Wrong; SystemExit, as argparse does."""
    options = vars(parser().parse_args(arguments))
    file = options.pop("settings")
    given = _with_address_split({name: each for name, each in options.items() if each is not None})
    path = usual_file() if file is None else Path(file)
    kept = read(path, file is not None)
    server = options["host"].host.casefold() if options["host"] else ""
    if server in kept.get("servers", {}):
        del given["host"]
        others = {each: value for each, value in kept.items() if _dashed(each) not in OF_A_SERVER}
        kept = {**others, **kept["servers"][server], "server": server}
    sources = dict.fromkeys(kept, "the file") | dict.fromkeys(given, "the command line")
    values = kept | given
    if values.get("ca") or values.get("fingerprint"):
        values["tls"] = True
    found = Settings(**values, file=path, sources=sources)
    if not (found.is_socket and found.tls):
        return found
    if "tls" in given:
        raise Wrong("there is no TLS over a unix socket")
    return replace(found, tls=False)


def _with_address_split(values: dict[str, Any]) -> dict[str, Any]:
    """The values with host:port split into host and port. Raises Wrong."""
    address = values.get("host")
    if address is None:
        return values
    host, port = address
    if port is not None and values.get("port", port) != port:
        raise Wrong(f"there are two ports, {port} and {values['port']}")
    return values | {"host": host} | ({} if port is None else {"port": port})


def usual_file() -> Path | None:
    """The default path of the settings; None if the platform's folders are unknown."""
    try:
        from platformdirs import user_config_path
    except ImportError:
        return None
    return user_config_path("chatsvc") / "client.toml"


def state_file(name: str) -> Path | None:
    """The path of a state file; None if the platform's folders are unknown."""
    try:
        from platformdirs import user_state_path
    except ImportError:
        return None
    return user_state_path("chatsvc") / name


def read(path: Path | None, must_exist: bool) -> dict[str, Any]:
    """The values in a settings file. Raises Wrong."""
    if path is None:
        return {}
    try:
        return parsed(path.read_text("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        if must_exist:
            raise Wrong(f"there is no file {path}") from None
        return {}
    except UnicodeError:
        raise Wrong(f"{path}: it is not text in UTF-8") from None
    except (OSError, ValueError, Wrong) as error:
        raise Wrong(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def _dashed(attribute: str) -> str:
    return attribute.replace("_", "-")


def is_switch(name: str) -> bool:
    """Whether a setting is on or off."""
    return isinstance(getattr(Settings, name.replace("-", "_"), None), bool)


def parsed(text: str) -> dict[str, Any]:
    """The values in a text in TOML. Raises Wrong or ValueError."""
    try:
        return _attributes(tomllib.loads(text))
    except argparse.ArgumentTypeError as error:
        raise Wrong(str(error)) from None


def _attributes(found: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of settings in a table. Raises Wrong or ArgumentTypeError."""
    return _with_address_split(
        {each.replace("-", "_"): checked(each, value) for each, value in found.items()}
    )


def _servers(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The attributes of each named server. Raises Wrong or ArgumentTypeError."""
    servers: dict[str, dict[str, Any]] = {}
    for name, values in found.items():
        if not re.fullmatch("[a-z]([a-z0-9-]{0,38}[a-z0-9])?", name.casefold()):
            raise Wrong(f"a server's name has letters, digits and -, a letter first: {name!r}")
        if not isinstance(values, dict) or not values.get("host"):
            raise Wrong(f"the server {name} has no host")
        for each in values:
            if each not in OF_A_SERVER:
                known = ", ".join(sorted(OF_A_SERVER))
                raise Wrong(f"the server {name} has no {each!r} of its own; it has {known}")
        if name.casefold() in servers:
            raise Wrong(f"there are two servers {name.casefold()}")
        servers[name.casefold()] = _attributes(values)
    if len(servers) > MOST_SERVERS:
        raise Wrong(f"there are at most {MOST_SERVERS} servers")
    return servers


def checked(name: str, value: Any) -> Any:
    """A value of the file. Raises Wrong or ArgumentTypeError."""
    if name not in names():
        raise Wrong(f"there is no setting {name!r}; there are {', '.join(sorted(names()))}")
    if name == "host" and isinstance(value, str):
        return valid_address(value) if value else Address("", None)
    if name == "port" and type(value) is int:
        return valid_port(str(value))
    if name == "fingerprint" and isinstance(value, str):
        return _valid_fingerprint(value) if value else ""
    if name == "keys" and isinstance(value, dict):
        if not all(isinstance(each, str) for each in value.values()):
            raise Wrong('keys are texts, such as next = "ctrl-n alt-right"')
        try:
            by_key(value)
        except ValueError as error:
            raise Wrong(str(error)) from None
        return KEYS | value
    if name == "servers" and isinstance(value, dict):
        return _servers(value)
    if name == "aliases" and isinstance(value, dict):
        try:
            return aliases.checked(value)
        except ValueError as error:
            raise Wrong(str(error)) from None
    if name == "levels" and isinstance(value, dict):
        for room, level in value.items():
            if level not in LEVELS:
                raise Wrong(f"the level of {room!r} is one of {', '.join(LEVELS)}")
        return value
    if name == "highlights" and isinstance(value, list) and len(value) > MOST_HIGHLIGHTS:
        raise Wrong(f"at most {MOST_HIGHLIGHTS} words are highlights")
    is_texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
    if name in ("rooms", "highlights") and is_texts:
        return tuple(value)
    if name in CHOICES and value not in CHOICES[name]:
        raise Wrong(f"{name} is one of {', '.join(CHOICES[name])}")
    kind = get_type_hints(Settings)[name.replace("-", "_")]
    if kind in (str, bool) and type(value) is kind:
        return value
    raise Wrong(f"{name} cannot be {value!r}")


def _given(text: str) -> str:
    """A text, unless it is empty, as from an unset shell variable."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _valid_room(text: str) -> str:
    if not text.startswith("#") or len(text) < 2:
        raise argparse.ArgumentTypeError(f"the name of a room begins with a #: {text!r}")
    return text


def _valid_fingerprint(text: str) -> str:
    """The SHA-256 of a certificate, as OpenSSL and browsers show it, in lower case."""
    digits = re.sub(r"(?i)^sha-?256( fingerprint)?[=: ]+|[: ]", "", text.strip()).lower()
    if re.fullmatch("[0-9a-f]{64}", digits):
        return digits
    raise argparse.ArgumentTypeError(f"{text!r} is no SHA-256, which has 64 hexadecimal digits")


def _shown(path: Path | None) -> str:
    """A path for people, from ~ on if it is in the user's home."""
    home = Path.home()
    if path is None or not path.is_relative_to(home):
        return str(path or "none")
    return f"~/{path.relative_to(home)}"


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
        " settings, which goes before a host of that name; asked for if missing",
    )
    made.add_argument("port", nargs="?", type=valid_port, help="(default: 5000)")
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
        type=_valid_fingerprint,
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
        "--settings", metavar="FILE", help=f"for what is not given here (default: {usual})"
    )
    made.add_argument("--version", action="version", version=f"chatsvc {__version__}")
    return made
