"""The user that runs the server when root has started it."""

from __future__ import annotations

import os
import sys
from pwd import getpwuid
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.python.util import initgroups, runAsEffectiveUser

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

OURS = (-1, -1)


def owner(twistd: Mapping[str, Any]) -> tuple[int, int]:
    """The user and the group from twistd's options; OURS without them.

    Exits with one line if the server cannot run as that user.
    """
    if twistd.get("chroot"):
        raise SystemExit(
            "chatsvc: --chroot does not work, as Python would not find its modules there."
            " systemd can do it, with RootDirectory."
        )
    uid, gid = twistd.get("uid"), twistd.get("gid")
    if uid is None and gid is None:
        return OURS
    if os.geteuid() != 0:
        raise SystemExit("chatsvc: --uid and --gid are for root only. Leave them out.")
    if uid is None:
        return os.geteuid(), int(gid or 0)
    try:
        group = getpwuid(uid).pw_gid
    except KeyError:
        raise SystemExit(f"chatsvc: --uid: there is no user {uid}.") from None
    found = (uid, group if gid is None else gid)
    if not run_as(found, lambda: os.access(sys.executable, os.X_OK, effective_ids=True)):
        raise SystemExit(
            f"chatsvc: --uid: that user may not run {sys.executable}."
            " Install chatsvc where everybody may read, such as in /opt."
        )
    return found


def run_as(owner: tuple[int, int], do: Callable[[], T]) -> T:
    """Call a function as a user, then become root again."""
    if owner == OURS:
        return do()
    groups = os.getgroups()
    initgroups(*owner)
    try:
        result: T = runAsEffectiveUser(*owner, do)
    finally:
        os.setgroups(groups)
    return result
