"""Programs that ask by HTTP, on a whole server in memory."""

from __future__ import annotations

import json
from typing import Any, ClassVar, cast

from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.doors.web.browsing import Browser, Response, WebTestCase, request


class ProgramTestCase(WebTestCase):
    """Ann has an account, and the room #ops, which Bob is in."""

    tokens = 0  # made
    limits: ClassVar[dict[str, Any]] = {}

    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(
            plaintext_passwords=True,
            throttle=Throttle.off(),
            **self.limits,
        )
        self.ann.types("/nick ann", f"/register {PASSWORD}", "/join #ops")
        self.hush()
        self.bob.types("/join #ops")
        self.hush()

    def key(self) -> str:
        """The key of a new hook in #ops."""
        [told] = [line for line in self.ann.asks("/hook add ci") if "/hook/" in line]
        return told.partition("/hook/")[2].partition(" ")[0]

    def token(self, words: str = "") -> str:
        """The value of Authorization with a new token of Ann's."""
        self.tokens += 1
        [told] = self.ann.asks(f"/token add bot{self.tokens} {words}")
        return f"Bearer {told.partition(' is the token')[0].rpartition(': ')[2]}"

    def posts(self, path: str, body: str, **headers: str) -> Response:
        return self.browser().asks("POST", path, body, **headers)

    def gets(self, path: str, **headers: str) -> Response:
        return self.browser().asks("GET", path, **headers)

    def id_of(self, response: Response) -> int:
        """The id of what was kept."""
        self.assertEqual((response.status, response.headers["content-type"]), (
            200, "application/json",
        ))  # fmt: skip
        [(name, entry_id)] = json.loads(response.body).items()
        self.assertEqual(name, "id")
        return int(entry_id)


class Ear:
    """A program that reads a stream.

    head: the head of the answer.
    """

    def __init__(self, browser: Browser, path: str, **headers: str) -> None:
        self._browser = browser
        browser.sends(request("GET", path, **headers))
        self.head, *self._begun = self._received().partition("\r\n\r\n")

    def _received(self) -> str:
        self._browser.clock.pump([0, 0.2])
        data: str = self._browser.transport.value().decode()
        self._browser.transport.clear()
        return data

    def hears(self) -> list[str]:
        """The frames that came since the last time."""
        begun, self._begun = "".join(self._begun[1:]), []
        frames = (begun + self._received()).split("\n\n")
        assert frames.pop() == ""
        return frames

    def objects(self) -> list[dict[str, Any]]:
        """The objects in those frames, each of which has its id."""
        found = []
        for frame in self.hears():
            if frame[:1] != ":" and not frame.startswith("retry"):
                fields = dict(line.split(": ", 1) for line in frame.split("\n"))
                found.append(json.loads(fields["data"]))
                assert fields.get("id") == str(found[-1]["id"])
        return found

    def sends(self, data: bytes) -> None:
        """[A segment arrives.]"""
        self._browser.sends(data)

    def drops(self) -> None:
        """[A reset.]"""
        self._browser.transport.protocol.connectionLost(Failure(ConnectionLost()))

    def stalls(self) -> None:
        """[The last write has filled the transport's buffer.]"""
        cast("Any", self._browser.transport.producer).pauseProducing()
        self._browser.transport.protocol._reader.is_lagging = True

    def is_full_from_now_on(self) -> None:
        """[Whatever is written fills the transport's buffer.]"""
        transport = self._browser.transport
        write = transport.write

        def fills(data: bytes) -> None:
            write(data)
            cast("Any", transport.producer).pauseProducing()

        transport.write = fills  # type: ignore[method-assign]  # to watch it

    def reads(self) -> None:
        """[It is empty.]"""
        cast("Any", self._browser.transport.producer).resumeProducing()

    def is_closed(self) -> bool:
        """Whether the server has closed the connection; then it ends."""
        is_closed = self._browser.is_closed()
        if is_closed:
            self.drops()
        return is_closed
