"""Events: a stream of what happens in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.web.server import NOT_DONE_YET

from chatsvc.doors.web.programs.asked import is_text_wanted, number_in, room_in, token_in
from chatsvc.doors.web.programs.reading import frames
from chatsvc.doors.web.programs.reading.streams import Stream, Streams

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.doors.web.request import WebRequest

_HEADERS = {
    "Content-Type": "text/event-stream",
    "Connection": "close",  # the stream ends with the connection, and so has no length or chunks
    "X-Accel-Buffering": "no",  # or else nginx would wait until it has enough
}


class Events:
    """Answers with streams of events."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._streams = Streams(chat)

    def answer(self, request: WebRequest, room: str) -> bytes | int:
        """Turn the connection into a stream. Raises ChatError."""
        token, name, address = token_in(request), room_in(room), request.address
        found = self._chat.programs.reads(token, name, address)
        after = number_in("Last-Event-ID", request.getHeader("Last-Event-ID"))
        wording = frames.as_text if is_text_wanted(request) else frames.as_json
        self._streams.check_space(address)
        for header, text in _HEADERS.items():
            request.setHeader(header, text)
        if request.method == b"HEAD":
            request.channel.persistent = False
            return b""
        stream = Stream(
            self._streams,
            found,
            address,
            lambda: self._chat.programs.reads(token, found.name, address),
            bool(token),
            wording,
            after,
        )
        request.channel.writeHeaders(b"HTTP/1.1", b"200", b"OK", request.responseHeaders)
        request.channel.leave_to(stream, request.origin)
        return NOT_DONE_YET
