"""Who may read and write the server's files."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from pwd import getpwuid

from chatsvc.doctor import process
from chatsvc.doctor.finding import Finding, fault, or_ok, warning
from chatsvc.doctor.server import Server

_KEY = re.compile(rb"^\s*key\s*=", re.MULTILINE)  # of a room, in chatsvc.toml
_SECRET = ("the store", "the write-ahead log", "the certificate's key")  # for the owner alone


def check(server: Server) -> Iterator[Finding]:
    """The modes and owners of all existing files."""
    yield from or_ok(_wrong(server), "only the right users can read and write the server's files.")


def _wrong(server: Server) -> Iterator[Finding]:
    for what, path in _files(server).items():
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        except OSError as error:
            yield warning(
                f"cannot look at {path}, {what}: {error.strerror}.",
                "Run this as root or as the server's user.",
            )
            continue
        yield from _mode(what, path, found)
    yield from _owners(server)
    for path in server.files.values():
        yield from _folder(path.parent)
    if server.store is not None:
        yield from _folder(server.store.parent)


def _files(server: Server) -> dict[str, Path]:
    found: dict[str, Path] = {}
    if server.store is not None:
        store = os.path.realpath(server.store)
        found |= {"the store": Path(store), "the write-ahead log": Path(f"{store}-wal")}
    if server.certificate is not None and not server.certificate.is_dir():
        found["the certificate's key"] = server.certificate
    elif server.certificate is not None:
        for path in sorted(server.certificate.rglob("*.pem")):
            if b"PRIVATE KEY-----" in _start(path):
                found[f"the key {path.name}"] = path
    return found | dict(server.files)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2**20)
    except OSError:
        return b""


def _mode(what: str, path: Path, found: os.stat_result) -> Iterator[Finding]:
    mode = stat.S_IMODE(found.st_mode)
    is_socket = stat.S_ISSOCK(found.st_mode)
    is_secret = what in _SECRET or what.startswith("the key ")
    if is_secret and mode & (stat.S_IRWXG | stat.S_IRWXO):
        # A key is sometimes for a group, as Debian's ssl-cert has it; a store holds passwords.
        may = "others than its owner" if mode & stat.S_IRWXO else "its group"
        level = fault if mode & stat.S_IRWXO or what != "the certificate's key" else warning
        yield level(f"{path}, {what}, can be read by {may} (mode {mode:o}).", f"chmod 600 {path}")
    elif not is_socket and mode & stat.S_IWOTH:
        yield fault(f"everybody can write to {path}, {what} (mode {mode:o}).", f"chmod o-w {path}")
    elif what == "the admin socket" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield fault(
            f"others than its owner can command the server by {path}, {what} (mode {mode:o}).",
            f"chmod 600 {path}",
        )
    elif what == "the settings" and mode & stat.S_IROTH and _KEY.search(_start(path)):
        yield warning(
            f"everybody can read {path}, {what} (mode {mode:o}), which has keys of rooms.",
            f"chmod 640 {path}, and chgrp it to the server's group.",
        )
    elif what == "the log" and mode & stat.S_IROTH:
        yield warning(
            f"everybody can read {path}, {what} (mode {mode:o}), which has names and addresses.",
            f"chmod 640 {path}",
        )


def _owners(server: Server) -> Iterator[Finding]:
    """Whether the server's user owns the files that it has to write."""
    runs_as = None if server.process is None else process.user(server.process)
    if server.store is None or not server.store.exists():
        return
    owner = server.store.stat().st_uid
    if runs_as is not None and runs_as not in (0, owner):
        yield fault(
            f"{server.store} belongs to {_name(owner)}, and the server runs as {_name(runs_as)}.",
            f"chown {_name(runs_as)}: {server.store}*",
        )
    for ending in ("-wal", "-shm", "-lock"):
        path = Path(f"{os.path.realpath(server.store)}{ending}")
        if path.exists() and (other := path.stat().st_uid) not in (owner, runs_as):
            yield fault(
                f"{path} belongs to {_name(other)}, and the store to {_name(owner)}.",
                f"chown {_name(owner)}: {path}",
            )
    folder = server.store.parent
    if not _may_write(owner, folder.stat()):
        yield fault(
            f"{_name(owner)} cannot write to {folder}, as the owner of the store in it has to.",
            f"chown {_name(owner)}: {folder}",
        )


def _folder(folder: Path) -> Iterator[Finding]:
    """Whether everybody can replace a file of the server's."""
    try:
        mode = folder.stat().st_mode
    except OSError:
        return
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield fault(
            f"everybody can replace the files in {folder} (mode {stat.S_IMODE(mode):o}).",
            f"chmod o-w {folder}",
        )


def _may_write(user: int, folder: os.stat_result) -> bool:
    """Whether a user can make files in a folder."""
    if user in (0, folder.st_uid):
        return user == 0 or bool(folder.st_mode & stat.S_IWUSR)
    try:
        entry = getpwuid(user)
        groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    except KeyError:
        groups = []
    return bool(folder.st_mode & (stat.S_IWGRP if folder.st_gid in groups else stat.S_IWOTH))


def _name(user: int) -> str:
    try:
        return getpwuid(user).pw_name
    except KeyError:
        return str(user)
