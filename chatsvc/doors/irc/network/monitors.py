"""Monitors: clients that are told when somebody comes or goes (MONITOR)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.presence.watches import Watches
from chatsvc.doors.irc.wording.people import source_of

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import User
    from chatsvc.doors.irc.client import Client


class Monitors(Watches["Client"]):
    """The names that clients monitor."""

    def __init__(self, chat: Chat, server: str) -> None:
        super().__init__(self._tell_client)
        self._chat = chat
        self._server = server

    def _tell_client(self, client: Client, name: str, user: User | None) -> None:
        numeric, who = ("731", name) if user is None else ("730", source_of(self._chat, user))
        client.inform(f":{self._server} {numeric} {client.nick} :{who}")
