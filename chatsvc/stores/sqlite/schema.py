"""The versions of the database's schema, and upgrades between them."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from importlib.resources import files

from chatsvc.stores.sqlite.connection import connect, unusable

APPLICATION = 0x63686174  # the application_id of our files: "chat"


def scripts() -> list[str]:
    """The schema's scripts: the first creates a database, each other upgrades it by one version."""
    folder = files("chatsvc.stores.sqlite")
    found = [folder / "schema.sql"]
    while (script := folder / f"schema.{len(found) + 1}.sql").is_file():
        found.append(script)
    return [script.read_text("utf-8") for script in found]


def check_owner(db: sqlite3.Connection, path: str) -> tuple[bool, int]:
    """Check that chatsvc made a database, and return whether it is empty, and its version.

    Raises Unusable if another program made it.
    """
    [application] = db.execute("PRAGMA application_id").fetchone()
    [version] = db.execute("PRAGMA user_version").fetchone()
    [tables] = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    is_new = application == version == tables == 0
    if application != APPLICATION and not is_new:
        raise unusable(path, "another program made it; choose another file")
    return is_new, version


def upgrade(db: sqlite3.Connection, path: str) -> None:
    """Upgrade a database to the newest version, after a backup of an older one.

    Raises Unusable if another program, or a newer version, made it.
    """
    steps = scripts()
    is_new, version = check_owner(db, path)
    if version > len(steps):
        raise unusable(path, "a newer chatsvc made it; install that version again")
    if is_new:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # possible only in an empty database
    elif version < len(steps):
        _back_up(db, f"{path}.v{version}-backup")
    db.execute("PRAGMA journal_mode = WAL")
    for number, step in enumerate(steps[version:], version + 1):
        db.executescript(
            f"BEGIN IMMEDIATE;\n{step};\nPRAGMA application_id = {APPLICATION};"
            f"PRAGMA user_version = {number}; COMMIT"
        )


def _back_up(db: sqlite3.Connection, copy: str) -> None:
    # Even if this is interrupted, a file with the final name is complete.
    part = f"{copy}.part"
    with suppress(FileNotFoundError):
        os.unlink(part)  # its mode may let others read it
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(connect(part)) as target:
        db.backup(target)
    os.replace(part, copy)
