"""The place of the socket: beside the store, under a path that may be long."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SUFFIX = ".admin"  # in place of the store's
OFF = "off"
LONGEST = 107  # bytes of a path that a socket can have (unix(7))


def socket_path(asked: str | None, store: str, path: Callable[[str], Path]) -> Path | None:
    """The path of a server's socket; None for none.

    asked: what the settings say: a path, OFF, or None for beside the store.
    store: the path of the store; empty if nothing is kept.
    path: returns the absolute path of what a setting names.
    """
    if asked is not None:
        return None if asked == OFF else path(asked)
    return path(store).with_suffix(SUFFIX) if store else None


@contextmanager
def short(path: Path) -> Iterator[str]:
    """The path for bind and connect; in the block, another name of a path that is too long.

    That name goes through an open descriptor of the folder, as Linux allows. Raises OSError.
    """
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
