"""The server that is examined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from chatsvc.doctor import process

PATIENCE = 3.0  # seconds for an answer within this machine
_WILDCARDS = {"::": "::1", "0.0.0.0": "127.0.0.1"}


class Port(NamedTuple):
    """Where a server listens.

    option: the option that says so, such as --port.
    number: of a TCP port; None for a unix socket.
    addresses: the IP addresses at which it listens; "::" and "0.0.0.0" for all.
    path: of a unix socket; None for TCP.
    is_tls: whether it takes nothing but TLS.
    is_proxied: whether it takes nothing without a PROXY header.
    """

    option: str
    number: int | None = None
    addresses: tuple[str, ...] = ()
    path: Path | None = None
    is_tls: bool = False
    is_proxied: bool = False

    @property
    def name(self) -> str:
        """Its name for people."""
        return f"port {self.number}" if self.path is None else str(self.path)

    @property
    def reachable(self) -> tuple[str, ...]:
        """The addresses at which programs on this machine reach it, in the same order."""
        return tuple(_WILDCARDS.get(each, each) for each in self.addresses)


@dataclass(frozen=True)
class Server:
    """A server as its settings describe it, and where it runs.

    store: its file; None for one in memory.
    name: the name by which clients reach it.
    ports: where it listens.
    certificate: a PEM file or a folder; None without TLS.
    is_self_signed: whether the server makes that by itself.
    is_awaited: whether the server starts without it, as an ACME client may have yet to get it.
    trusted_proxies: networks, or "unix".
    web: whether it has a web door.
    max_users: the most connections; None for as many as possible.
    files: other files of the server, by what they are; they need not exist.
    url: the URL of the web door from outside; empty if it was not given.
    mistakes: in its settings, a line each.
    addresses_of: returns where a person comes from, by name: for each connection an address, or
        None if it has none; nothing if the server cannot be asked.
    """

    store: Path | None = None
    name: str = "chatsvc"
    ports: tuple[Port, ...] = ()
    certificate: Path | None = None
    is_self_signed: bool = False
    is_awaited: bool = False
    trusted_proxies: tuple[str, ...] = ()
    web: bool = True
    max_users: int | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    url: str = ""
    mistakes: tuple[str, ...] = ()
    addresses_of: Callable[[str], Sequence[str | None]] = lambda name: ()

    @cached_property
    def process(self) -> int | None:
        """The number of the process that uses the store; None if none does, or none is known."""
        return None if self.store is None else process.locking(Path(f"{self.store}-lock"))
