"""The connections of the screen: links with servers, with logs, and places that outlive them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatsvc.client.connection.kept_place import KeptPlace, kept_place
from chatsvc.client.connection.link import Link
from chatsvc.client.connection.server import Server, first_answer, login, stopped
from chatsvc.client.files.logs import logs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.python.failure import Failure

    from chatsvc.client.screen.session import Session

_log = Logger()
T = TypeVar("T")


class _Connection(NamedTuple):
    server: Server
    link: Link
    place: KeptPlace


class Connections:
    """One link for each server, by its session on the screen.

    draw: called when there is something to draw.
    over: called with the reason when a server does not let the client come back.
    """

    def __init__(
        self,
        reactor: Any,
        draw: Callable[[], object],
        over: Callable[[Session, str], object],
    ) -> None:
        self._reactor = reactor
        self._draw = draw
        self._over = over
        self._open: dict[Session, _Connection] = {}
        self._leaving: dict[Session, Deferred[list[str]]] = {}  # with the unsaid lines

    def link(self, session: Session, password: str) -> Link:
        """Make a link, which is not yet started. Raises Wrong."""
        settings = session.settings
        server = Server(self._reactor, settings)
        logs = logs_of(settings, session.windows.tell)
        place = kept_place(settings)

        def hear(received: dict[str, Any]) -> None:
            logs.hear({**received, "recalled": False} if session.has_missed(received) else received)
            session.hear(received)
            self._draw()

        def note(is_up: bool) -> None:
            session.status(is_up)
            self._draw()

        link = Link(
            self._reactor,
            server.endpoint,
            hear,
            note,
            session.begin,
            login(settings, password),
            lambda why: self._over(session, why),
            place,
        )
        self._open[session] = _Connection(server, link, place)
        return link

    def start(self, session: Session) -> None:
        """Connect, again and again if need be."""
        self._open[session].link.first_answer().addErrback(self._failed, session)

    def _failed(self, failure: Failure, session: Session) -> None:
        if session not in self._open:
            return  # it was left meanwhile
        server, link, _ = self._open[session]
        if link.is_over:
            self._over(session, server.explained(failure.value))
        else:
            session.refused(server.explained(failure.value))
        self._draw()

    async def first_answer(self, session: Session) -> None:
        """Connect. Raises SystemExit if that is not possible now."""
        await first_answer(self._open[session].link, self._open[session].server)

    def leave(self, session: Session, then: Callable[[Iterable[str]], object]) -> None:
        """Leave a server once all is answered; then call a function with the unsaid lines."""

        def forget(result: T) -> T:
            del self._leaving[session]
            return result

        def tell(unsaid: list[str]) -> list[str]:
            then(unsaid)
            self._draw()
            return unsaid

        leaving = self._leaving[session] = Deferred.fromCoroutine(self._stopped(session))
        leaving.addBoth(forget)
        leaving.addCallback(tell)
        leaving.addErrback(lambda failure: _log.failure("left", failure))

    async def all_left(self) -> list[str]:
        """Leave all servers, and wait for those that are being left; returns the unsaid lines."""
        leaving = [*self._leaving.values()]
        leaving += [Deferred.fromCoroutine(self._stopped(each)) for each in list(self._open)]
        return [words for each in leaving for words in await each or ()]

    async def _stopped(self, session: Session) -> list[str]:
        _, link, place = self._open.pop(session)
        unsaid = await stopped(self._reactor, link)
        place.close()
        return [*unsaid.values()]
