"""Verbs: the commands of IRC, each of which is a function."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import chatsvc.doors.irc.verbs
from chatsvc.chat.people.user import MaybeCoroutine

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

Function = Callable[["Client", "Message"], MaybeCoroutine]

_table: dict[str, Verb] = {}


class Verb(NamedTuple):
    """A command of IRC.

    function: takes the client and its message; the next message waits for the coroutine that it may
        return.
    least: the number of parameters that it needs.
    is_early: whether it can be used before registering.
    is_late: whether it can be used after registering.
    cost: the number of lines that it counts as against the throttle.
    """

    function: Function
    least: int
    is_early: bool
    is_late: bool
    cost: int


def verb(
    *names: str, least: int = 0, is_early: bool = False, is_late: bool = True, cost: int = 1
) -> Callable[[Function], Function]:
    """Register a function as a verb under some names; see `Verb`."""

    def register(function: Function) -> Function:
        _table.update(dict.fromkeys(names, Verb(function, least, is_early, is_late, cost)))
        return function

    return register


@cache
def verbs() -> dict[str, Verb]:
    """All verbs of the modules in `verbs/`, by their names."""
    package = chatsvc.doors.irc.verbs
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        import_module(module.name)
    return _table
