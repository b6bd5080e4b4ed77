"""Running a client's messages, before and after it has registered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from chatsvc.bugs import log_bug
from chatsvc.doors.irc import registration
from chatsvc.doors.irc.codec.message import (
    Malformed,
    Message,
    NotUtf8,
    TooLong,
    ended,
    label_in,
    parse,
    tagged,
)
from chatsvc.doors.irc.labels import LABELED, stepwise
from chatsvc.doors.irc.verb import verbs
from chatsvc.doors.irc.verbs.speech.messages import say_on
from chatsvc.errors import ChatError, InternalError, Unkept
from chatsvc.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.logs.log import Entry
    from chatsvc.chat.logs.room import Reader
    from chatsvc.chat.people.user import Session
    from chatsvc.door.porch import Porch
    from chatsvc.doors.irc.client import Client

MOST_ACTED = 100  # events that a message with a label has caused
MOST_EARLY = 100  # messages before a client has registered
T = TypeVar("T")


class Running:
    """Runs clients' messages; it is the dialect of their visits.

    clients: the registered ones, by session.
    """

    def __init__(self, clients: Mapping[Reader, Client]) -> None:
        self._clients = clients

    def wording(self, entries: Sequence[Entry]) -> bytes:
        """Nothing, until the client is welcomed."""
        return b""

    def refusal(self, error: ChatError) -> bytes:
        """The line for a client that is not let in."""
        return ended(f"ERROR :Closing link: {error}").encode()

    def run(self, chat: Chat, session: Session, line: bytes) -> None:
        """Run the message of a line."""
        client = self._clients[session]
        if say_on(client, session, line):
            return
        client.label = session.nonce = label_in(line) if client.caps >= LABELED else ""
        message = _parsed(client, line)
        if message is not None:
            client.tags = _client_only(message)
            _do(client, message)
        client.flush()
        if not session.is_busy and not session.has_left:
            session.finish()

    def hear(self, client: Client, line: bytes) -> None:
        """Run the message of a line from before a client has registered."""
        if client.is_over:
            return
        newcomer = client.newcomer
        newcomer.messages += 1
        if newcomer.messages > MOST_EARLY:
            client.leave("Register first.")
            return
        if not client.is_registered and client.caps >= LABELED:
            client.label = label_in(line)
        message = _parsed(client, line)
        if message is not None:
            try:
                _do(client, message)
            except Exception as error:
                client.leave(str(InternalError(log_bug(error))))
        if newcomer.porch is not None and not newcomer.porch.is_paused:
            client.finish()
        client.settle()


def _parsed(client: Client, line: bytes) -> Message | None:
    if not line.strip(b" \r"):
        return None
    try:
        return parse(line)
    except TooLong as error:
        client.say("417", str(error))
    except NotUtf8 as error:
        client.fail(error.command, "INVALID_UTF8", str(error))
    except Malformed as error:
        client.say("400", "*", str(error))
    return None


def _do(client: Client, message: Message) -> None:
    command = message.command
    verb = verbs().get(command)
    if verb is None or not (verb.is_late or not client.is_registered):
        if verb is not None:
            client.say("462", "You may not reregister")
        elif client.is_registered:
            client.say("421", command[:40], "Unknown command")
        else:
            client.say("451", "You have not registered")
        return
    if not (client.is_registered or verb.is_early):
        client.say("451", "You have not registered")
        return
    if len(message.params) < verb.least or "" in message.params[: max(verb.least - 1, 0)]:
        client.say("461", command, "Not enough parameters")
        return
    cost = verb.cost + (message.params[0].count(",") if message.params else 0)
    if cost > 1:
        client.visit.charge(cost - 1, f"{command} counts as {cost}")
    try:
        coroutine = _take(client, partial(verb.function, client, message))
    except ChatError as error:
        client.refuse(command, error)
        return
    if coroutine is not None:
        _wait_for(client, command, coroutine)


def _wait_for(client: Client, command: str, coroutine: Coroutine[object, object, None]) -> None:
    """Take no more messages until a coroutine is done."""
    client.flush()
    if client.is_registered:
        client.session.wait_for(_acted(client, _finished(client, command, coroutine)))
    else:
        porch = client.newcomer.porch
        assert porch is not None
        porch.pause()
        client.chat.spawn(_finished_early(client, porch, command, coroutine))


def _take(client: Client, step: Callable[[], T]) -> T:
    """Take a step of the current message; if that has a label, what is done to rooms answers it."""
    delivery = client.chat.delivery
    before = delivery.last_id
    client.is_acting = True
    try:
        return step()
    finally:
        client.is_acting = False
        if client.label and delivery.last_id > before:
            done = {*client.acted, *range(before + 1, delivery.last_id + 1)}
            client.acted = frozenset(sorted(done)[-MOST_ACTED:])


async def _acted(client: Client, coroutine: Coroutine[object, object, None]) -> None:
    """Run a coroutine; if the message has a label, each of its steps is taken as such."""
    if not client.label:
        await coroutine
        return
    client.session.wording = client.door.alone(client.session)  # until its answer is told
    await stepwise(coroutine, partial(_take, client))


async def _finished(
    client: Client, command: str, coroutine: Coroutine[object, object, None]
) -> None:
    try:
        await coroutine
    except ChatError as error:
        client.refuse(command, error)
    except StoreError as error:
        client.refuse(command, Unkept(error))
    finally:
        client.flush()


async def _finished_early(
    client: Client, porch: Porch, command: str, coroutine: Coroutine[object, object, None]
) -> None:
    try:
        await _finished(client, command, coroutine)
    finally:
        if not client.is_over:
            registration.go_on(client)
            client.finish()
            porch.resume()
            client.settle()


def _client_only(message: Message) -> str:
    """The client-only tags of a message, as they are written."""
    tags = {key: value for key, value in message.tags.items() if key[0] == "+"}
    return tagged(tags)[1:] if tags else ""
