"""The settings of the chosen server, even if it does not run."""

from __future__ import annotations

import getopt
import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from chatsvc.admin.console.finding import FOLDER, NoServer, connected
from chatsvc.admin.peer import peer_of
from chatsvc.admin.place import socket_path
from chatsvc.doctor import process
from chatsvc.errors import ChatError, Misused
from chatsvc.settings.gathering import FILE_NAME, Gathered, gather, locate
from chatsvc.settings.kind import Raw
from chatsvc.settings.kinds import FLAG, PLACE, Place
from chatsvc.settings.table import BY_NAME, SETTINGS

_STORE = "chatsvc.sqlite"
_LOG, _FOLDER = ("--logfile", "-l"), ("--rundir", "-d")  # of twistd


class InForce(NamedTuple):
    """The settings of a server.

    gathered: all of them, with the mistakes in them.
    file: the file of settings; None for none.
    folder: the folder in which relative paths start.
    log: the file of its log; None if it has none, or none is known.
    """

    gathered: Gathered
    file: Path | None
    folder: Path
    log: Path | None = None

    def path(self, text: str) -> Path:
        """The absolute path of a file that a setting names."""
        return (self.folder / text).absolute()

    def value(self, name: str) -> object:
        """The value of a setting."""
        return self.gathered.found[name].value

    @property
    def store(self) -> Path | None:
        """The file of the store; None for one in memory."""
        place = self.value("store")
        return self.path(place.path) if isinstance(place, Place) and place.path else None

    @property
    def socket(self) -> Path | None:
        """The administrators' socket; None for none."""
        asked = self.value("admin")
        given = asked if isinstance(asked, str) else None
        return socket_path(given, str(self.store or ""), self.path)


def in_force(given: str | None, config: str | None, store: str | None) -> InForce:
    """The settings of the chosen server.

    A running server's come from its command line and its environment. It is the server that uses
    the store, or else the one at the socket. Without any, they come from the environment here, and
    from `chatsvc.toml` in this folder, or else in /var/lib/chatsvc.

    given: the socket, as in `finding.candidates`.
    config: the path of the file of settings; then no running server is asked.
    store: where it is, such as sqlite:chatsvc.sqlite.

    Raises Misused, and ChatError.
    """
    options: dict[str, Raw] = {} if store is None else {"store": store}
    here = Path.cwd()
    if config is None:
        number = _at_socket(given) if store is None else _at_store(here, store)
        try:
            if number is not None:
                return _of(number)
        except PermissionError:
            if store is None:
                raise ChatError(
                    f"the settings of the server, process {number}, can be read by root alone: run"
                    " this as root, or name its --store."
                ) from None
        is_here = store is not None or any((here / each).exists() for each in (FILE_NAME, _STORE))
        if not is_here and FOLDER.is_dir():
            here = FOLDER
    return _gathered(options, config, here, os.environ)


def _gathered(
    options: Mapping[str, Raw], config: str | None, folder: Path, environment: Mapping[str, str]
) -> InForce:
    def path(text: str) -> Path:
        return (folder / text).absolute()

    file = locate(config, options, environment, path)
    return InForce(gather(options, file, environment), file, folder)


def _at_store(folder: Path, store: str) -> int | None:
    """The process that uses a store; None if none does. Raises Misused."""
    try:
        place = PLACE.parse(store)
    except ValueError as error:
        raise Misused(f"--store: {error}") from None
    assert isinstance(place, Place)
    return process.locking(Path(f"{folder / place.path}-lock")) if place.path else None


def _at_socket(given: str | None) -> int | None:
    """The process that listens at the socket; None if none does. Raises NoServer if it has to."""
    try:
        with closing(connected(given)) as connection:
            peer = peer_of(connection)
    except NoServer:
        if given is not None:
            raise
        return None
    return (peer.process or None) if peer is not None else None


def _of(number: int) -> InForce:
    """The settings of a running server. Raises ChatError, and PermissionError."""
    found = process.PROC / str(number)
    try:
        words = (found / "cmdline").read_bytes().decode("utf-8", "surrogateescape").split("\0")
        before, options, config = _parsed(words)
        folder = _folder(found, before)
        made = _gathered(options, config, folder, _environment(found))
    except FileNotFoundError:
        if (process.PROC / "self").exists():
            raise ChatError("the server has ended meanwhile.") from None
        raise ChatError(
            "the settings of the server are not known, as there is no /proc here: name its --store."
        ) from None
    log = _twistds(before, *_LOG)
    return made._replace(log=None if log is None else folder / log)


def _environment(found: Path) -> dict[str, str]:
    """The variables of a process; none if only root may know them, as with twistd's --uid."""
    try:
        texts = (found / "environ").read_bytes().decode("utf-8", "surrogateescape").split("\0")
    except PermissionError:
        return {}
    return {name: text for name, _, text in (each.partition("=") for each in texts)}


def _folder(found: Path, words: list[str]) -> Path:
    """The folder in which a process runs, perhaps by twistd's words. Raises PermissionError."""
    try:
        return Path(os.readlink(found / "cwd"))
    except PermissionError:
        folder = Path(_twistds(words, *_FOLDER) or "")
        if not folder.is_absolute():
            raise
        return folder


def _parsed(words: list[str]) -> tuple[list[str], dict[str, Raw], str | None]:
    """Twistd's words, the options of the server after them, and its --config."""
    start = next(
        (number for number, word in enumerate(words) if number and _is_server(word)), len(words)
    )
    short = {f"-{each.short}": each for each in SETTINGS if each.short}
    letters = "".join(f"{each.short}:" for each in short.values())
    names = [each.name if each.kind is FLAG else f"{each.name}=" for each in SETTINGS]
    try:  # as twistd itself does
        found, _ = getopt.getopt([each for each in words[start + 1 :] if each], letters, [
            *names, "config=",
        ])  # fmt: skip
    except getopt.GetoptError:
        found = []
    options: dict[str, Raw] = {}
    config = None
    for option, text in found:
        if option == "--config":
            config = text
            continue
        setting = short.get(option) or BY_NAME[option.removeprefix("--")]
        if setting.kind.is_repeatable:
            raw = options.get(setting.name, [])
            options[setting.name] = [*raw, text]
        else:
            options[setting.name] = "on" if setting.kind is FLAG else setting.kind.raw(text)
    return words[:start], options, config


def _is_server(word: str) -> bool:
    """Whether the options of the server follow a word of a command line."""
    return word in ("chatsvc", "chatsvc.server") or os.path.basename(word) == "chatsvc-server"


def _twistds(words: list[str], *names: str) -> str | None:
    """The value of one of twistd's own options; None without it.

    names: as it is written.
    """
    for number, word in enumerate(words):
        for name in names:
            if word.startswith(f"{name}="):
                return word.removeprefix(f"{name}=")
            if word == name and number + 1 < len(words):
                return words[number + 1]
    return None
