"""Speaking by a request, with the key of a hook or with a token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from chatsvc.chat.programs.speech import Speaker
from chatsvc.doors.web.programs.asked import nonce_in, room_in, token_in, words_in
from chatsvc.doors.web.programs.errors import NotKept
from chatsvc.doors.web.programs.pace import Paces
from chatsvc.events.speech import Said

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.programs.programs import Voice
    from chatsvc.doors.web.request import WebRequest


class Posts:
    """Says what is posted."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._paces = Paces(chat.clock)

    async def hook(self, request: WebRequest, key: str) -> bytes:
        """Say something in the room of a hook."""
        address = request.address
        return await self._say(request, lambda: self._chat.programs.hook(key, address))

    async def message(self, request: WebRequest, room: str) -> bytes:
        """Say something in a room, with a token."""
        token, name = token_in(request), room_in(room)
        return await self._say(
            request, lambda: self._chat.programs.speaks(token, name, request.address)
        )

    async def _say(self, request: WebRequest, find: Callable[[], Voice]) -> bytes:
        """Say what a request says, once, and answer when it is kept.

        find: checks who speaks, and where. Raises ChatError.
        """
        voice = find()
        self._paces.take(voice.key)
        nonce, text = nonce_in(request), words_in(request)
        self._paces.charge(voice.key, text)
        speech, delivery = self._chat.programs.speech, self._chat.delivery
        if nonce:  # read now, so that nothing waits between the last check and the message
            await speech.said_before(voice.room, voice.name, nonce)
        going_on: Deferred[None] = Deferred()
        speaker = Speaker(request.address, lambda: going_on.callback(None))
        if delivery.holding.must_hold(speaker):
            delivery.hold(speaker)
            await going_on
        voice = find()  # again, as something may have happened meanwhile
        entry_id = await speech.said_before(voice.room, voice.name, nonce) if nonce else 0
        kept: Deferred[int] = Deferred()
        if entry_id > delivery.done_id:
            delivery.after_commit(lambda: kept.callback(entry_id))
            await kept
            entry_id = await speech.said_before(voice.room, voice.name, nonce)
        elif not entry_id:
            said = Said(voice.name, text, voice.room.name, nonce, voice.account)
            speech.say(speaker, voice.room, said, kept.callback)
            entry_id = await kept
        if not entry_id:
            raise NotKept
        request.setHeader("Content-Type", "application/json")
        return json.dumps({"id": entry_id}).encode() + b"\n"
