"""The settings in a file: which are allowed, and their values."""

from __future__ import annotations

import argparse
import re
import tomllib
from typing import TYPE_CHECKING, Any, get_type_hints

from chatsvc.client.address import Address, valid_address, valid_port
from chatsvc.client.settings import aliases, themes
from chatsvc.client.settings.keys import KEYS, by_key
from chatsvc.client.settings.values import (
    CHOICES,
    LEVELS,
    OF_A_SERVER,
    Settings,
    Wrong,
    attribute,
    names,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MOST_HIGHLIGHTS = 20  # words
MOST_SERVERS = 50
MOST_AT_ONCE = 10  # servers that one run talks to


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


def parsed(text: str) -> dict[str, Any]:
    """The values in a text in TOML. Raises Wrong or ValueError."""
    try:
        return _attributes(tomllib.loads(text))
    except argparse.ArgumentTypeError as error:
        raise Wrong(str(error)) from None


def _attributes(found: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of settings in a table. Raises Wrong or ArgumentTypeError."""
    themes_found = found.get("themes")
    own = themes_found if isinstance(themes_found, dict) else ()
    return with_address_split(
        {attribute(each): checked(each, value, own) for each, value in found.items()}
    )


def with_address_split(values: dict[str, Any]) -> dict[str, Any]:
    """The values of settings, with host:port split into host and port. Raises Wrong."""
    address = values.get("host")
    if address is None:
        return values
    host, port = address
    if port is not None and values.get("port", port) != port:
        raise Wrong(f"there are two ports, {port} and {values['port']}")
    return values | {"host": host} | ({} if port is None else {"port": port})


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


def checked(name: str, value: Any, own_themes: Iterable[str] = ()) -> Any:
    """A value of the file. Raises Wrong or ArgumentTypeError.

    own_themes: their names.
    """
    if name not in names():
        raise Wrong(f"there is no setting {name!r}; there are {', '.join(sorted(names()))}")
    if name == "host" and isinstance(value, str):
        return valid_address(value) if value else Address("", None)
    if name == "port" and type(value) is int:
        return valid_port(str(value))
    if name == "fingerprint" and isinstance(value, str):
        return valid_fingerprint(value) if value else ""
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
    if name in ("aliases", "themes") and isinstance(value, dict):
        try:
            return aliases.checked(value) if name == "aliases" else themes.checked(value)
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
    if name in ("rooms", "highlights", "connect") and is_texts:
        return tuple(value)
    choices = (*CHOICES.get(name, ()), *(own_themes if name == "theme" else ()))
    if choices and value not in choices:
        raise Wrong(f"{name} is one of {', '.join(choices)}")
    kind = get_type_hints(Settings)[attribute(name)]
    if kind in (str, bool) and type(value) is kind:
        return value
    if kind is bool:
        raise Wrong(f"{name} is true or false, not {value!r}")
    raise Wrong(f"{name} cannot be {value!r}")


def valid_fingerprint(text: str) -> str:
    """The SHA-256 of a certificate, as OpenSSL and browsers show it, in lower case."""
    digits = re.sub(r"(?i)^sha-?256( fingerprint)?[=: ]+|[: ]", "", text.strip()).lower()
    if re.fullmatch("[0-9a-f]{64}", digits):
        return digits
    raise argparse.ArgumentTypeError(f"{text!r} is no SHA-256, which has 64 hexadecimal digits")
