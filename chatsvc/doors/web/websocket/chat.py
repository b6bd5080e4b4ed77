"""The subprotocol `chatsvc.1`: JSON lines, an object a message."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chatsvc.dialects import hello, json_lines
from chatsvc.doors.web.websocket import json_frames
from chatsvc.doors.web.websocket.channel import Socket

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session
    from chatsvc.door.entrance import Entrance

NAME = "chatsvc.1"


class ChatSocket(Socket):
    """One WebSocket that speaks JSON lines.

    sign_in: the token of its browser's sign-in; empty for none.
    """

    kind = "web"
    _has_spoken = False

    def __init__(self, entrance: Entrance, sign_in: str) -> None:
        super().__init__()
        self._entrance = entrance
        self.sign_in = sign_in

    def connectionMade(self) -> None:
        """Begin the visit."""
        self.begin(self._entrance, json_frames)

    def opened(self) -> None:
        """Let the visit arrive."""
        self.visit.arrive()
        self.visit.tell_pace()
        self.visit.take = self._take_first

    def lines_received(self, lines: list[bytes]) -> int:
        """Pass lines on to the visit."""
        if self.visit.session is not None:
            return self.visit.hear_all(lines)
        return super().lines_received(lines)

    def lineReceived(self, line: bytes) -> None:
        """Pass a line on to the visit."""
        if self._is_over:
            return  # it was refused, and sent away for a line before
        if self.visit.session is not None:
            self.visit.hear(line)
            return
        request = hello.resumption(line) if self.visit.may_come_back else None
        if request is not None:
            self._begin()
            self._come_back(request)
        else:
            self.visit.send_away()

    def _take_first(self, chat: Chat, session: Session, line: bytes) -> None:
        """Run the first request, which may ask to resume."""
        self._begin()
        request = hello.resumption(line)
        if request is not None:
            self._come_back(request)
            self._log_in(chat)
        elif self._log_in(chat):
            self.visit.hear(line)  # which waits until it is logged in
        else:
            chat.announcements.arrive(session)
            json_lines.run(chat, session, line)

    def _begin(self) -> None:
        self._has_spoken = True
        self.visit.speak(json_frames)

    def _come_back(self, request: hello.Resumption) -> None:
        self.visit.come_back(request, partial(json_lines.agree, request=request))

    def _log_in(self, chat: Chat) -> bool:
        """Log in the person who has signed in; returns whether that has begun."""
        account = chat.sign_ins.owner(self.sign_in) if self.sign_in else None
        session = self.visit.session
        if account is None or session is None or session.user.account is not None:
            return False
        session.wait_for(chat.logins.come(session, account, account.era))
        return True

    @property
    def is_greeting(self) -> bool:
        """Whether it may be about to ask to resume."""
        return not self._has_spoken
