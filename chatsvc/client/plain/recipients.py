"""Recipients: direct messages that wait for the connection must not reach anybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.events.answers import Resumed
from chatsvc.events.forms import event_of
from chatsvc.events.orders import Removed
from chatsvc.events.people import Lost, Quit, Renamed, Welcomed
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.client.connection.link import Link
    from chatsvc.client.connection.objects import Received, Request

_KINDS = ("welcome", "resumed", "renamed", "quit", "lost", "removed")


def take_back(link: Link, received: Received) -> dict[str, str]:
    """Withdraw direct messages that might reach somebody else after an event.

    Messages to somebody who has changed names are readdressed. Returns the reasons, by nonce.
    """
    if not link.waiting or received.get("event") not in _KINDS:
        return {}
    match event := event_of(received):
        case Renamed():
            link.readdress(event.name, event.new)
        case Quit() | Lost() | Removed():
            why = f"That was not said: {event.name} has left, and others can take that name."
            name = folded(event.name)
            return _withdraw(
                link, lambda to, nonce: why if to == name and link.waits(nonce) else ""
            )
        case Welcomed() | Resumed():
            why = "That may not have been said: this may be another"
            if isinstance(event, Welcomed) or event.missing or event.restarted:
                return _withdraw(link, lambda to, _: f"{why} {to} than before.")
    return {}


def _withdraw(link: Link, why_not: Callable[[str, str], str]) -> dict[str, str]:
    """Withdraw some direct messages, and return the reasons, by nonce.

    why_not: returns the reason to withdraw the message to a folded name, with a nonce; empty to
        leave it.
    """
    unsaid: dict[str, str] = {}
    for request in filter(_is_direct, link.unanswered):
        if why := why_not(folded(str(request.get("username", ""))), request["nonce"]):
            unsaid[request["nonce"]] = why
            link.forget(request["nonce"])
    return unsaid


def _is_direct(request: Request) -> bool:
    return request["do"] in ("dm", "msg")
