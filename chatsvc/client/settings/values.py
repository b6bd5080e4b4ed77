"""The client's settings, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from chatsvc.client.settings.keys import KEYS
from chatsvc.client.settings.themes import AUTO, THEMES, Theme
from chatsvc.terminal.colours import WITHOUT, Palette

CHOICES = {
    "colours": ("auto", "on", "off"),
    "notices": ("bell", "osc9", "osc99", "osc777", "off"),
    "presence": ("smart", "all", "none"),
    "theme": (AUTO, *THEMES),
}
LEVELS = ("all", "mentions", "none")  # of notices in a room
# The tables, and what changes them.
TABLES = {
    "aliases": "/alias",
    "keys": "/bind",
    "levels": "/notify",
    "servers": "an editor",
    "themes": "an editor",
}
# The settings that a server of the file's may have of its own.
OF_A_SERVER = frozenset(
    {
        "host",
        "port",
        "tls",
        "ca",
        "fingerprint",
        "name",
        "login",
        "password-file",
        "rooms",
        "levels",
    }
)
# Settings whose changes take effect while the client runs; others do at the next start.
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
        "theme",
        *TABLES,
    }
)
# Settings that only the whole screen has.
OF_THE_SCREEN = frozenset(
    {"align", "colours", "keys", "links", "mouse", "presence", "theme", "themes"}
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
    connect: the names of the servers to talk to from the start; empty for that of `host`.
    colours: auto, on or off.
    theme: the name of one, or auto for colours that fit the terminal's background.
    themes: those of the user's own.
    notices: how mentions and direct messages are announced: bell; osc9, osc99 or osc777 (which
        terminals show on the desktop); or off.
    highlights: words that count as mentions of the user.
    levels: the level of notices of each room or conversation: all, mentions or none.
    on_mention: a shell command to run for each notice; empty for none.
    mouse: whether the wheel scrolls; after a click, the mouse then selects text until the next key.
    align: whether names end, and texts begin, in one column.
    links: whether addresses are links for the terminal, even over two rows.
    presence: which comings and goings are shown: smart (of people who have spoken lately), all or
        none.
    logs: the folder for logs of messages; empty for none.
    plain: one line an event, nothing redrawn: for screen readers.
    keys: the keys for each action, separated by blanks.
    aliases: the user's own commands, and the texts that they stand for.
    servers: the servers that the user has named, each with its attributes.
    room: the room to which each line of the input is sent, even if it looks like a command.
    json: whether JSON objects go in both directions.
    quiet: whether only answers to commands are shown.
    server: the name of one of the servers, whose settings these are; empty for none.
    is_monochrome: whether "auto" means no colours.
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
    connect: tuple[str, ...] = ()
    colours: str = "auto"
    theme: str = AUTO
    themes: Mapping[str, Theme] = field(default_factory=dict)
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

    def at(self, name: str) -> Settings:
        """The settings for one of the servers; those that it lacks have their defaults."""
        usual = Settings()
        own = {attribute(each): getattr(usual, attribute(each)) for each in OF_A_SERVER}
        others = {each: why for each, why in self.sources.items() if each not in own}
        sources = others | dict.fromkeys(self.servers[name], "the file")
        own |= self.servers[name]
        return replace(self, **own, server=name, sources=sources).fitted()

    def changed(self, attribute: str, value: Any, source: str) -> Settings:
        """These with another value of an attribute.

        source: where that comes from, in words.
        """
        sources = {**self.sources, attribute: source}
        return replace(self, **{attribute: value}, sources=sources)

    def fitted(self) -> Settings:
        """These with TLS if a certificate is named, and without over a unix socket."""
        is_wanted = self.tls or bool(self.ca or self.fingerprint)
        return replace(self, tls=is_wanted and not self.is_socket)

    @property
    def palette(self) -> Palette | None:
        """The colours, if they do not depend on the terminal's background."""
        found = None if self.theme == AUTO else {**THEMES, **self.themes}[self.theme].palette
        if not self.has_colours:
            return found if found is not None and found.is_stark else WITHOUT
        return found

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

    @property
    def title(self) -> str:
        """The server's name in the file, or else its address, for people."""
        return self.server or self.where


_ONLY_OF_ONE_RUN = {"room", "json", "quiet", "server", "is-monochrome", "file", "sources"}


def names() -> set[str]:
    """The names of the settings that a file may have."""
    return {dashed(each.name) for each in fields(Settings)} - _ONLY_OF_ONE_RUN


def dashed(attribute: str) -> str:
    """The name of the setting of an attribute."""
    return attribute.replace("_", "-")


def attribute(name: str) -> str:
    """The attribute of a setting, by its name."""
    return name.replace("-", "_")


def is_switch(name: str) -> bool:
    """Whether a setting is on or off."""
    return isinstance(getattr(Settings, attribute(name), None), bool)
