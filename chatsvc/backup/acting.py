"""Acting for root as the user whose links could lead it elsewhere; that user gains no rights."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def acting_for(path: Path) -> Iterator[None]:
    """Let root act, in the block, as the first other user who owns something on the way to a path.

    From there on, that user decides what is at the path. New files belong to that user. Nothing
    changes for users other than root, or if everything on the way is root's. Blocks may be nested.
    """
    if os.getuid() != 0:
        yield
        return
    before = os.geteuid(), os.getegid(), os.getgroups()
    try:
        os.seteuid(0)  # otherwise not everything on the way may be visible
        _become(*_user_of(path))
        yield
    finally:
        _become(*before)


def _user_of(path: Path) -> tuple[int, int, list[int]]:
    """The user, the group and the groups as which root acts."""
    for way in (path.absolute(), Path(os.path.realpath(path))):
        for each in (*reversed(way.parents), way):
            try:
                found = each.lstat()
            except FileNotFoundError:
                break
            if found.st_uid != 0:
                return _with_groups(found.st_uid, found.st_gid)
    return 0, os.getgid(), [os.getgid()]


def _with_groups(user: int, group: int) -> tuple[int, int, list[int]]:
    """A user with its groups; with one group, if this machine does not know the user."""
    try:
        known = getpwuid(user)
    except KeyError:
        return user, group, [group]
    return user, known.pw_gid, os.getgrouplist(known.pw_name, known.pw_gid)


def _become(user: int, group: int, groups: list[int]) -> None:
    os.seteuid(0)  # only root can become another user
    os.setgroups(groups)
    os.setegid(group)
    os.seteuid(user)
