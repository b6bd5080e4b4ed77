"""Challenges of certificate authorities: answered at every door, with nothing but their files."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from chatsvc.doors.challenges import MOST_BYTES, TYPE, Challenges
from chatsvc.doors.front.door import FrontFactory
from chatsvc.doors.front.tls_only import TlsOnlyFactory
from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.site import root
from chatsvc.service.log.journal import LINES, LogJournal
from tests.doors.test_front import Certificate, FrontTestCase, cuts
from tests.doors.web.browsing import Browser, request
from tests.harness import Person

TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
PATH = f"/.well-known/acme-challenge/{TOKEN}"
ANSWER = f"{TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
ANSWERED = "Answered an ACME challenge from 10.0.0.9."
UNANSWERED = "Left an ACME challenge from 10.0.0.9 unanswered: "


class ChallengesTestCase(FrontTestCase):
    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        people = super().start(**options)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.webroot = Path(folder.name)
        self.files = self.webroot / ".well-known" / "acme-challenge"
        self.files.mkdir(parents=True)
        (self.files / TOKEN).write_text(ANSWER)
        self.lines = self.journal()
        entrance = self.line.entrance
        self.challenges = Challenges(self.webroot, self.server.chat.journal)
        self.web = WebFactory(entrance, root(entrance, challenges=self.challenges))
        web = cast("Any", self.web)
        self.front = FrontFactory(entrance, self.line, None, None, web, self.challenges)
        self.bare = FrontFactory(entrance, self.line, challenges=self.challenges)
        return people

    def answers(self, path: str = PATH, method: str = "GET") -> tuple[int, str]:
        """The status and the body of the answer at the web door."""
        answer = Browser(self.web, self.server.clock, "10.0.0.9").asks(method, path)
        if answer.status == 200:
            self.assertEqual(answer.headers["content-type"], TYPE)
        return answer.status, answer.body


class DoorTests(ChallengesTestCase):
    def test_at_the_web_door(self) -> None:
        self.assertEqual(self.answers(), (200, ANSWER))
        self.assertEqual(self.answers(f"{PATH}?x=1"), (200, ANSWER))
        self.assertEqual(self.lines, [ANSWERED] * 2)

    def test_at_the_front_door_however_the_request_is_cut(self) -> None:
        asked = request("GET", PATH)
        for front in (self.front, self.bare):
            for pieces in cuts(asked):
                dan = self.calls(*pieces, at=front)
                head, _, body = dan.transport.value().decode().partition("\r\n\r\n")
                self.assertEqual(head.splitlines()[0], "HTTP/1.1 200 OK")
                self.assertIn(f"\r\nContent-Type: {TYPE}\r\n", head)
                self.assertIn(f"\r\nContent-Length: {len(ANSWER)}\r\n", head)
                self.assertEqual(body, ANSWER)
                self.assertTrue(dan.transport.disconnecting)
        self.assertEqual(self.ann.hears(), [])

    def test_where_all_other_http_is_sent_on_to_https(self) -> None:
        self.front.certificate = cast("Any", Certificate())
        only = TlsOnlyFactory(self.front)
        dan = self.calls(request("GET", PATH), at=only)
        self.assertTrue(dan.transport.value().decode().endswith(f"\r\n\r\n{ANSWER}"))
        dan = self.calls(request("GET", f"{PATH}x"), at=only)
        self.assertIn(b" 308 ", dan.transport.value())

    def test_later_on_the_same_connection(self) -> None:
        browser = Browser(cast("Any", self.front), self.server.clock, "10.0.0.9")
        self.assertEqual(browser.asks("GET", "/healthz").status, 200)
        self.assertEqual(browser.asks("GET", PATH).body, ANSWER)

    def test_others_are_not_asked_for(self) -> None:
        statuses = [self.answers(PATH, method)[0] for method in ("POST", "HEAD", "PUT")]
        self.assertEqual(statuses, [404] * 3)
        for front, begin in ((self.front, b"HTTP/1.1 404 "), (self.bare, b"HTTP/1.1 501 ")):
            for data in (request("POST", PATH), request("GET", f"{PATH}x")):
                dan = self.calls(data, at=front)
                self.pauses(1)
                self.assertTrue(dan.transport.value().startswith(begin), data)

    def test_without_the_option(self) -> None:
        entrance = self.line.entrance
        self.web = WebFactory(entrance, root(entrance))
        self.assertEqual(self.answers()[0], 404)
        dan = self.calls(request("GET", PATH), at=FrontFactory(entrance, self.line))
        self.assertIn(b" 501 ", dan.transport.value())


class FileTests(ChallengesTestCase):
    """What is not to be had."""

    def refused(self, path: str, *lines: str) -> None:
        self.lines.clear()
        status, body = self.answers(path)
        self.assertEqual(status, 404, body)
        self.assertEqual(self.lines, [UNANSWERED + line for line in lines])

    def test_what_is_not_there(self) -> None:
        self.refused(f"{PATH}x", "No such file or directory.")
        self.webroot.joinpath(".well-known").rename(self.webroot / "other")
        self.refused(PATH, "No such file or directory.")

    def test_names_that_no_token_has(self) -> None:
        (self.files / ".secret").write_text("secret")
        (self.files / "a.key").write_text("secret")
        (self.webroot / "outside").write_text("secret")
        (self.files / ("x" * 129)).write_text("secret")
        for name in (
            ".secret", "a.key", "../../outside", "..%2F..%2Foutside", "%2e%2e/%2e%2e/outside", "",
            ".", "..", f"{TOKEN}/", f"./{TOKEN}", f"{TOKEN}%00", f"%4C{TOKEN[1:]}", "x" * 129,
        ):  # fmt: skip
            self.refused(f"/.well-known/acme-challenge/{name}")
        for path in (
            "/.well-known", "/.well-known/", "/.well-known/acme-challenge", "/outside",
            f"/.well-known/acme-challenge//{TOKEN}", f"//.well-known/{TOKEN}",
        ):  # fmt: skip
            self.refused(path)

    def test_a_link(self) -> None:
        secret = self.webroot / "secret"
        secret.write_text("secret")
        (self.files / "link").symlink_to(secret)
        self.refused("/.well-known/acme-challenge/link", "Too many levels of symbolic links.")

    def test_a_folder_that_is_a_link(self) -> None:
        for each in (self.files, self.files.parent):
            moved = self.webroot / f"moved-{each.name}"
            each.rename(moved)
            each.symlink_to(moved)
            self.refused(PATH, "Not a directory.")
            each.unlink()
            moved.rename(each)
        self.assertEqual(self.answers(), (200, ANSWER))

    def test_the_webroot_itself_may_be_a_link(self) -> None:
        link = self.webroot / "link"
        link.symlink_to(self.webroot)
        challenges = Challenges(link, self.server.chat.journal)
        self.web = WebFactory(self.line.entrance, root(self.line.entrance, challenges=challenges))
        self.assertEqual(self.answers(), (200, ANSWER))

    def test_what_is_no_plain_file(self) -> None:
        os.mkfifo(self.files / "pipe")
        self.refused("/.well-known/acme-challenge/pipe", "It is not a plain file.")
        (self.files / "folder").mkdir()
        self.refused("/.well-known/acme-challenge/folder", "It is not a plain file.")
        with closing(socket.socket(socket.AF_UNIX)) as one:
            one.bind(os.path.relpath(self.files / "socket"))
            self.refused("/.well-known/acme-challenge/socket", "No such device or address.")

    def test_a_large_file(self) -> None:
        (self.files / "most").write_text("x" * MOST_BYTES)
        self.assertEqual(self.answers("/.well-known/acme-challenge/most"), (200, "x" * MOST_BYTES))
        (self.files / "more").write_text("x" * (MOST_BYTES + 1))
        self.refused("/.well-known/acme-challenge/more", f"It has more than {MOST_BYTES} bytes.")

    def test_no_descriptor_is_left_open(self) -> None:
        before = os.listdir("/proc/self/fd")
        for name in (TOKEN, "none", "..", "."):
            self.answers(f"/.well-known/acme-challenge/{name}")
        self.assertEqual(os.listdir("/proc/self/fd"), before)

    def test_a_flood_does_not_fill_the_log(self) -> None:
        journal = LogJournal(self.server.clock, with_addresses=True)
        challenges = Challenges(self.webroot, journal)
        for _ in range(LINES + 10):
            challenges.answer(f"{PATH}x".encode(), "10.0.0.9")
        self.assertEqual(len(self.lines), LINES)
