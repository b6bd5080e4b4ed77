"""Who wants to know when somebody comes or goes: IRC's MONITOR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.doors.irc.people import source_of
from chatsvc.events.people import Joined, Renamed
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import User
    from chatsvc.doors.irc.client import Client
    from chatsvc.events.people import Presence


class Monitors:
    """The names that clients monitor, without regard to case."""

    def __init__(self, chat: Chat, server: str) -> None:
        self._chat = chat
        self._server = server
        self._clients: dict[str, dict[Client, None]] = {}  # by the folded names

    def add(self, client: Client, name: str) -> None:
        """Let a client know of somebody from now on."""
        client.monitored[folded(name)] = name
        self._clients.setdefault(folded(name), {})[client] = None

    def remove(self, client: Client, name: str) -> None:
        """Let a client know of somebody no longer."""
        key = folded(name)
        client.monitored.pop(key, None)
        clients = self._clients.get(key, {})
        clients.pop(client, None)
        if not clients:
            self._clients.pop(key, None)

    def clear(self, client: Client) -> None:
        """Let a client know of nobody."""
        for name in list(client.monitored):
            self.remove(client, name)

    def of(self, user: User) -> list[Client]:
        """Those who want to know of somebody."""
        return list(self._clients.get(folded(user.name), ()))

    def watch(self, user: User, event: Presence) -> None:
        """Tell those who want to know that somebody comes, goes, or has another name."""
        if not self._clients:
            return
        if isinstance(event, Joined):
            self._tell(event.name, "730", source_of(self._chat, user))
        elif isinstance(event, Renamed):
            if folded(event.name) != folded(event.new):
                self._tell(event.name, "731", event.name)
                self._tell(event.new, "730", source_of(self._chat, user))
        else:
            self._tell(event.name, "731", event.name)

    def _tell(self, name: str, numeric: str, told: str) -> None:
        for client in self._clients.get(folded(name), ()):
            client.inform(f":{self._server} {numeric} {client.nick} :{told}")
