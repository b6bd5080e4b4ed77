"""The options of the service: the table of settings, as twistd's command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.python import usage

from chatsvc import __version__
from chatsvc.service import loading, pid_file, user
from chatsvc.settings.gathering import FILE_NAME, gather, locate
from chatsvc.settings.kinds import FLAG
from chatsvc.settings.table import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar, NoReturn

    from chatsvc.settings.gathering import Gathered
    from chatsvc.settings.kind import Raw
    from chatsvc.settings.setting import Setting


def _help(setting: Setting) -> str:
    return setting.help + (f" (default: {setting.default})" if setting.default else "")


class Options(usage.Options):
    """The options after `chatsvc` on twistd's command line; once parsed, all settings in force.

    owner: the user and the group of files; -1 for those of this process.
    gathered: the settings, with where each comes from.
    """

    longdesc = "A chat server that people reach with netcat, telnet or its own client."

    optParameters: ClassVar[list[list[Any]]] = [
        [each.name, each.short, None, _help(each)]
        for each in SETTINGS
        if each.kind is not FLAG and not each.kind.is_repeatable
    ] + [["config", None, None, f"file of settings (default: {FILE_NAME} beside the store)"]]

    optFlags: ClassVar[list[list[Any]]] = [
        [each.name, None, each.help] for each in SETTINGS if each.kind is FLAG
    ]

    owner = user.OURS
    gathered: Gathered

    def __init__(self) -> None:
        super().__init__()
        self._given: dict[str, Raw] = {}
        self.update({each.name: [] for each in SETTINGS if each.kind.is_repeatable})

    def getSynopsis(self) -> str:
        """The command line, for the help."""
        program = Path(sys.argv[0]).name
        if program == "chatsvc-server":
            return f"Usage: {program} [options]"
        synopsis: str = super().getSynopsis()
        return synopsis

    def opt_version(self) -> None:
        """print the version of chatsvc, and exit"""
        print(f"chatsvc {__version__}")
        raise SystemExit(0)

    def parseOptions(self, options: Any = None) -> None:
        """Read the settings, or exit with status 1 and a line for each mistake."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            raise SystemExit(f"chatsvc: {error}") from None

    def parseArgs(self, *arguments: str) -> None:
        """Refuse arguments: there are only options."""
        if arguments:
            raise usage.UsageError(f"unexpected argument {arguments[0]!r}. See --help.")

    def postOptions(self) -> None:
        """Replace the texts of options with the values of all settings."""
        self._check_pid_file()
        self.owner = user.owner(self.twistd)
        self._given = {each.name: raw for each in SETTINGS if (raw := self._raw(each)) is not None}
        self.update(user.run_as(self.owner, self._loaded))

    def gather(self) -> Gathered:
        """The settings as they are now, with the mistakes in them."""
        path = locate(self["config"], self._given, os.environ, self.path)
        return gather(self._given, path, os.environ)

    def refuse(self, name: str, why: str) -> NoReturn:
        """Exit with one line: the value of a setting does not work."""
        raise SystemExit(f"chatsvc: {self.gathered.label(name)}: {why}")

    def _raw(self, setting: Setting) -> Raw | None:
        """The value of an option as it was given; None if it was not."""
        text, kind = self[setting.name], setting.kind
        if kind is FLAG:
            return "on" if text else None
        if kind.is_repeatable:
            return text or None
        return kind.raw(text) if text is not None else None

    def _loaded(self) -> dict[str, Any]:
        self.gathered = self.gather()
        values = loading.load(self.gathered, self.path)
        if self.gathered.mistakes:
            raise SystemExit("\n".join(f"chatsvc: {each}" for each in self.gathered.mistakes))
        return values

    def _check_pid_file(self) -> None:
        """Let twistd start in spite of a stale pid file.

        In the foreground, none is written unless asked for.
        """
        name = self.twistd.get("pidfile")
        if name == pid_file.DEFAULT and self.twistd["nodaemon"]:
            self.twistd["pidfile"] = ""
        elif name and pid_file.is_stale(Path(name)):
            os.unlink(name)

    @property
    def twistd(self) -> dict[str, Any]:
        """Twistd's own options, from before `chatsvc`."""
        return {} if self.parent is None else self.parent

    def path(self, text: str) -> Path:
        """The absolute path of a file; relative ones start from the server's --rundir."""
        return Path(self.twistd.get("rundir", "."), text).absolute()


def _adder(setting: Setting) -> Callable[[Options, str], None]:
    """The method for an option that is given once for each value."""

    def add(self: Options, text: str) -> None:
        self[setting.name].append(text)

    add.__doc__ = setting.help
    return add


for _each in SETTINGS:
    if _each.kind.is_repeatable:
        setattr(Options, f"opt_{_each.name}", _adder(_each))
