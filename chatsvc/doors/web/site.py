"""The site: the resources at each path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.doors.challenges import TYPE
from chatsvc.doors.web.archive.archive import Archive, Robots
from chatsvc.doors.web.files import page
from chatsvc.doors.web.health import Health, why_not_ready
from chatsvc.doors.web.programs.resource import Programs
from chatsvc.doors.web.resource import Nothing
from chatsvc.doors.web.sign_in import SignInPage, SignOutPage
from chatsvc.doors.web.websocket.upgrade import Upgrade

if TYPE_CHECKING:
    from twisted.web.resource import IResource, Resource

    from chatsvc.door.entrance import Entrance
    from chatsvc.doors.challenges import Challenges
    from chatsvc.doors.irc.door import IrcFactory
    from chatsvc.doors.web.request import WebRequest


SOCKETS = b"ws"  # the path of WebSockets


class WellKnown(Nothing):
    """Answers certificate authorities, at the path that they ask."""

    isLeaf = True

    def __init__(self, challenges: Challenges) -> None:
        super().__init__()
        self._challenges = challenges

    def render(self, request: WebRequest) -> bytes:
        """Answer a challenge, if that is what is asked for."""
        answer = self._challenges.answer(request.path, request.address)
        if answer is None or request.method != b"GET":
            return super().render(request)
        request.setHeader("Content-Type", TYPE)
        return answer


class Root(Nothing):
    """The resource at the root, which takes WebSockets, too.

    Some IRC clients can be told only the host and the port.
    """

    def getChildWithDefault(self, path: bytes, request: WebRequest) -> IResource:
        """The resource at a path."""
        if not path and (request.getHeader("Upgrade") or "").lower() == "websocket":
            path = SOCKETS
        found: IResource = super().getChildWithDefault(path, request)
        return found


def root(
    entrance: Entrance,
    irc: IrcFactory | None = None,
    is_archive_public: bool = False,
    challenges: Challenges | None = None,
) -> Resource:
    """The resource at the root, with those below it, by the first part of their paths.

    irc: the factory of the IRC door; None if it is not offered here.
    is_archive_public: whether search engines may read the archive.
    challenges: answers certificate authorities; None for none.
    """
    programs = Programs(entrance)
    table: dict[bytes, IResource] = {
        **page(),
        b"archive": Archive(is_archive_public),
        b"healthz": Health(entrance.chat),
        b"hook": programs,
        b"openapi.json": programs,
        b"rooms": programs,
        b"readyz": Health(entrance.chat, why_not_ready),
        b"robots.txt": Robots(is_archive_public),
        b"sign-in": SignInPage(),
        b"sign-out": SignOutPage(),
        SOCKETS: Upgrade(entrance, irc),
    }
    if challenges is not None:
        table[b".well-known"] = WellKnown(challenges)
    found = Root()
    for path, resource in table.items():
        found.putChild(path, resource)
    return found
