"""The server that the settings describe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from chatsvc.doctor.server import Port, Server
from chatsvc.service.ports import everywhere
from chatsvc.settings.gathering import Gathered
from chatsvc.settings.table import DOORS, SELF_SIGNED, own_certificate

_COLON = re.compile(r"(?<!\\):")  # Twisted's quoteStringArgument puts a backslash before others
_TLS = ("ssl", "tls")
_TCP = ("tcp", "tcp4", "tcp6", *_TLS)


def server_of(
    gathered: Gathered, path: Callable[[str], Path], files: dict[str, Path], url: str
) -> Server:
    """The server of some settings; of a setting whose value is wrong, nothing is known.

    path: returns the absolute path of a file that a setting names.
    files: other files of the server, by what they are.
    url: the URL of the web door from outside; empty if it was not given.
    """
    values = gathered.values()
    place = values["store"]
    store = path(place.path) if place is not None and place.path else None
    certificate = values["certificate"]
    motd = values["motd"]
    if motd and "\n" not in motd:
        files = {**files, "the motd": path(motd)}
    if certificate == SELF_SIGNED:
        where: Path | None = own_certificate(store or path("chatsvc"))
    else:
        where = path(certificate) if certificate else None
    return Server(
        store=store,
        name=values["server-name"] or "",
        ports=tuple(_ports(values, path)),
        certificate=where,
        is_self_signed=certificate == SELF_SIGNED,
        is_awaited=values["acme-webroot"] is not None,
        trusted_proxies=tuple(values["trusted-proxies"] or ()),
        web="web" in (values["doors"] or ()) or bool(values["web"]),
        max_users=values["max-users"],
        files=files,
        url=url,
        mistakes=tuple(gathered.mistakes),
    )


def _ports(values: dict[str, Any], path: Callable[[str], Path]) -> Iterator[Port]:
    addresses = tuple(values["interface"] or everywhere())
    if values["port"] is not None:
        yield Port("--port", values["port"], addresses)
    if values["certificate"] is not None and values["tls-port"] is not None:
        yield Port("--tls-port", values["tls-port"], addresses, is_tls=True)
    for name in ("listen", *DOORS):
        for text in values[name] or ():
            port = port_of(f"--{name}", text, path)
            if port is not None:
                yield port


def port_of(option: str, endpoint: str, path: Callable[[str], Path]) -> Port | None:
    """The port of an endpoint such as tcp:5000; None if it is of an unknown kind.

    The number is 0 if it cannot be known here.
    """
    kind, _, rest = endpoint.partition(":")
    if kind == "systemd":
        return Port(option, 0)  # only systemd knows which one
    if kind == "haproxy":
        port = port_of(option, rest, path)
        return None if port is None else port._replace(is_proxied=True)
    words = [each.replace("\\", "") for each in _COLON.split(rest)]
    facts = dict(each.split("=", 1) for each in words if "=" in each)
    place = next((each for each in words if "=" not in each), "")
    if kind == "unix":
        return Port(option, path=path(facts.get("address", place)))
    number = facts.get("port", place)
    if kind not in _TCP or not number.isdecimal():
        return None
    address = facts.get("interface") or ("::" if kind == "tcp6" else "0.0.0.0")
    return Port(option, int(number), (address,), is_tls=kind in _TLS)
