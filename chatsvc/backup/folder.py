"""The folder of backups: their names, which to keep, and unfinished ones."""

from __future__ import annotations

import fcntl
import os
import re
import stat
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatsvc.store import StoreError
from chatsvc.stores.sqlite.connection import os_reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNFINISHED = ".part"


class Folder:
    """A folder of backups, which may hold other files as well.

    path: it is created, for its owner only, if it does not exist.
    stem: the name of the store without its extension; others may have their backups here, too.
    """

    def __init__(self, path: Path, stem: str) -> None:
        self.path = path
        self._stem = stem
        self._ours = re.compile(rf"{re.escape(stem)}-\d{{8}}T\d{{6}}Z\.sqlite", re.ASCII)

    @contextmanager
    def new(self, now: float) -> Iterator[tuple[Path, Path]]:
        """Give an empty file under a temporary name, and the name that it gets in the end.

        If something is raised, it gets none. If this ends early, it leaves no file, or one that no
        program takes for a backup, and that the next call deletes.

        now: seconds since the epoch.

        Raises StoreError.
        """
        name = f"{self._stem}-{stamp(now)}.sqlite"
        final, part = self.path / name, self.path / f".{name}{_UNFINISHED}"
        try:
            if not self.path.exists():
                self.path.mkdir(mode=0o700, parents=True)
            self._tidy()
            lock = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise StoreError(f"another backup is being made in {self.path}") from None
        except OSError as error:
            raise StoreError(f"cannot write to {self.path}: {os_reason_of(error)}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until this process ends: nobody tidies it away
            if final.exists():
                raise StoreError(f"there is a backup of this second, {final}")
            yield part, final
            os.replace(part, final)
            sync(self.path)
        except OSError as error:
            raise StoreError(f"cannot write to {self.path}: {os_reason_of(error)}") from error
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part)
            os.close(lock)

    def backups(self) -> list[Path]:
        """The backups of this store, the newest first; no other file, whatever its name."""
        return sorted((each for each in self.path.iterdir() if self._is_ours(each)), reverse=True)

    def keep(self, most: int, made: Path) -> list[Path]:
        """Delete all but the newest backups, and return those deleted.

        made: the backup that was made now, which stays even if a clock was ahead once.
        """
        others = [each for each in self.backups() if each != made]
        deleted = others[max(most - 1, 0) :]
        for each in deleted:
            each.unlink()
        return deleted

    def _is_ours(self, path: Path) -> bool:
        return bool(self._ours.fullmatch(path.name)) and stat.S_ISREG(path.lstat().st_mode)

    def _tidy(self) -> None:
        """Delete the files that killed backups have left."""
        for path in self.path.iterdir():
            name = path.name.removeprefix(".").removesuffix(_UNFINISHED)
            if path.name != f".{name}{_UNFINISHED}" or not self._ours.fullmatch(name):
                continue
            with suppress(OSError), path.open("rb") as file:  # somebody's who is at it, if locked
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def stamp(seconds: float) -> str:
    """A time in the name of a file, such as 20260921T141320Z.

    seconds: since the epoch.
    """
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%SZ}"


def sync(folder: Path) -> None:
    """Make names in a folder survive a power failure. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
