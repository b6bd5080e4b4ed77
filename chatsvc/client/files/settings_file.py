"""The settings' file, changed while the client runs; its comments and its order stay."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from chatsvc.client.settings.checking import parsed
from chatsvc.client.settings.values import Wrong
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import MutableMapping

MOST_BYTES = 256 * 1024  # of a file that is changed here


class Kept(NamedTuple):
    """Whether a value was kept, and a note for the user; empty for none."""

    is_kept: bool
    note: str = ""


class Keeping(Protocol):
    """Keeps settings for later runs."""

    def keep(self, name: tuple[str, ...], value: Any) -> Kept:
        """Keep the value of a setting; None for none.

        name: of the tables that it is in, and its own.
        """
        ...


class SettingsFile:
    """A file of settings, in TOML.

    It is read again before each change, as others may have changed it, and replaced as a whole: a
    full disk leaves the old one. Its mode stays; a new one is for its owner only.

    path: None if there is no place for one.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._last = b""
        if path is not None:
            with suppress(OSError):
                self._last = path.read_bytes()

    def keep(self, name: tuple[str, ...], value: Any) -> Kept:
        """Write a value to the file, or remove it. See `Keeping`."""
        if self._path is None:
            return Kept(False, "no folder is known for it: pip install 'chatsvc[client]'")
        try:
            import tomlkit
            from tomlkit.exceptions import TOMLKitError
        except ImportError:
            return Kept(False, "that takes pip install 'chatsvc[client]'")
        file = Path(os.path.realpath(self._path))  # a link stays one
        try:
            before, mode = _read(file)
            document = tomlkit.parse(before.decode("utf-8-sig"))
            _put(document, name, value)
            after = tomlkit.dumps(document).encode()
            parsed(after.decode())
            if after != before:
                _replace(file, after, mode)
        except UnicodeError:
            return Kept(False, f"{self._path} is not text in UTF-8")
        except (Wrong, OSError, ValueError, TOMLKitError) as error:
            return Kept(False, f"{self._path}: {getattr(error, 'strerror', None) or error}")
        is_changed = before != self._last
        self._last = after
        note = f"{self._path} was changed meanwhile: that counts from the next start."
        return Kept(True, note if is_changed else "")


def _read(file: Path) -> tuple[bytes, int]:
    """The bytes of a file and its mode, also of one that is yet to be. Raises OSError, Wrong."""
    try:
        with open(file, "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode & 0o777
            found = opened.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return b"", 0o600
    if len(found) > MOST_BYTES:
        raise Wrong(f"it has more than {MOST_BYTES} bytes")
    if not mode & 0o200:
        raise Wrong("it is read-only")
    return found, mode


def _put(document: MutableMapping[str, Any], name: tuple[str, ...], value: Any) -> None:
    """Put a value into its tables; they are made if need be. Raises Wrong."""
    import tomlkit

    *tables, own = name
    table = document
    for each in tables:
        each = _own(table, each)
        if each not in table:
            if value is None:
                return
            table[each] = tomlkit.table()
        table = table[each]
        if not isinstance(table, dict):
            raise Wrong(f"{each} is no table")
    own = _own(table, own)
    if value is not None:
        table[own] = value
    elif own in table:
        del table[own]


def _own(table: MutableMapping[str, Any], name: str) -> str:
    """A name as a table has it, if it does."""
    return next((each for each in table if folded(each) == folded(name)), name)


def _replace(file: Path, data: bytes, mode: int) -> None:
    """Replace a file at once. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with open(number, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fchmod(number, mode)
            os.fsync(number)
        os.replace(name, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
