"""What a verb is: a function that does what a client asks for by a command of that name."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Coroutine
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import chatsvc.doors.irc.verbs

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

Doing = Coroutine[object, object, None] | None
Function = Callable[["Client", "Message"], Doing]

_table: dict[str, Verb] = {}


class Verb(NamedTuple):
    """Something that a client can ask for.

    function: takes the client and its message; what it has to wait for, the next message waits for.
    least: how many parameters it takes at least.
    is_early: whether it is for those, too, who have not registered; `is_late`: for others, too.
    cost: as how many lines it counts for who may send only so many.
    """

    function: Function
    least: int
    is_early: bool
    is_late: bool
    cost: int


def verb(
    *names: str, least: int = 0, is_early: bool = False, is_late: bool = True, cost: int = 1
) -> Callable[[Function], Function]:
    """Make a function what is done for the commands of some names; see `Verb`."""

    def register(function: Function) -> Function:
        _table.update(dict.fromkeys(names, Verb(function, least, is_early, is_late, cost)))
        return function

    return register


@cache
def verbs() -> dict[str, Verb]:
    """All of them by their names: whatever the modules in `verbs/` define."""
    package = chatsvc.doors.irc.verbs
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        import_module(module.name)
    return _table
