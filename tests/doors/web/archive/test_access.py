"""Who may read the archive, how fast, and what search engines are told."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.request import urlopen

from chatsvc.doors.web.door import WebFactory
from chatsvc.doors.web.site import root
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.doors.web.archive.reading import ReadingTestCase
from tests.doors.web.browsing import request
from tests.patience import PATIENCE
from tests.processes import ProcessTestCase, free_port


class AccessTests(ReadingTestCase):
    def everywhere(self, host: str = "10.0.0.9", **headers: str) -> list[int]:
        """The statuses of all kinds of pages."""
        paths = ("/archive/", "/archive/ops", "/archive/ops/1", "/archive/search?q=x")
        return [self.reads(path, host, **headers).status for path in paths]

    def setUp(self) -> None:
        super().setUp()
        self.says("/say #ops x")
        [number] = [each for each in self.reads("/archive/ops").links() if "#m" in each]
        self.path = number.partition("#")[0]

    def test_rooms_that_are_not_for_everybody(self) -> None:
        unknown = self.reads("/archive/nowhere")
        self.assertIn("There is no public room of that name.", unknown.text)
        for command, status in (
            ("/privacy #ops hidden", 404), ("/privacy #ops invite-only", 404),
            ("/privacy #ops public", 200), ("/key #ops secret", 403), ("/key #ops -", 200),
            ("/guests #ops off", 403), ("/guests #ops on", 200),
        ):  # fmt: skip
            heard = self.bob.asks(command)
            for path in ("/archive/ops", self.path, "/archive/search?q=x&room=ops"):
                page = self.reads(path)
                self.assertEqual(page.status, status, (command, heard, path))
                self.assertEqual("ann: x" in page.text, status == 200, command)
            if status == 404:
                self.assertEqual(page.text, unknown.text)

    def test_whoever_is_banned(self) -> None:
        self.ann.types("/quit")
        self.bob.types("/ban #ops address 10.0.0.9")
        self.bob.hears()
        self.assertEqual(self.reads("/archive/ops").status, 403)
        self.assertEqual(self.reads("/archive/ops", "10.0.0.8").status, 200)
        self.assertNotIn("/archive/ops", self.reads("/archive/").links())

    def signed_in(self, name: str) -> str:
        body = json.dumps({"name": name, "password": PASSWORD})
        return self.browser("10.0.0.7").asks("POST", "/sign-in", body).cookie

    def test_where_only_accounts_take_part_one_signs_in(self) -> None:
        self.begin_with(accounts_only=True)
        page = self.reads("/archive/")
        self.assertEqual(page.status, 403)
        self.assertEqual(page.links(), ["#content", "/archive/", "/archive/search", "/", "/"])
        self.assertEqual(set(self.everywhere()), {403})
        cookie = self.signed_in("eve")
        self.assertEqual(self.reads("/archive/", Cookie=cookie).status, 200)
        self.assertIn("eve: hello", self.reads("/archive/lobby", Cookie=cookie).text)
        self.assertEqual(set(self.everywhere(Cookie=f"{cookie}x")), {403})

    def begin_with(self, **options: Any) -> None:
        """[Another server, where Eve has an account.]"""
        self.start(operators=frozenset({skeleton("boss")}), **options)
        eve = self.server.joined_by("10.0.0.4")
        eve.types("/nick eve", f"/register {PASSWORD}", "hello")
        eve.hears()

    def test_rooms_for_accounts(self) -> None:
        self.begin_with()
        eve = self.server.joined_by("10.0.0.5")
        eve.types(f"/login eve {PASSWORD}", "/join #in", "/guests #in off", "/say #in hi")
        eve.hears()
        self.assertEqual(self.reads("/archive/in").status, 403)
        cookie = self.signed_in("eve")
        self.assertEqual(self.reads("/archive/in", Cookie=cookie).status, 200)

    def test_whoever_has_signed_in_reads_nothing_of_those_they_ignore(self) -> None:
        self.begin_with()
        bob, eve = [self.server.joined_by(f"10.0.0.{number}") for number in (5, 6)]
        bob.types("/nick bob", "/join #red", "/topic red things", "/say #red red words")
        bob.hears()
        eve.types(f"/login eve {PASSWORD}", "/join #red", "/say #red green", "/ignore bob")
        eve.hears()
        eve.types("/quit")
        cookie = self.signed_in("eve")
        number = self.server.chat.rooms["#red"].recent[0].id
        for path in ("", "red", f"red/{number}", "search?q=red"):
            page = self.reads(f"/archive/{path}")
            self.assertTrue("red words" in page.text or "red things" in page.text)
            page = self.reads(f"/archive/{path}", Cookie=cookie)
            self.assertEqual(page.status, 200)
            self.assertFalse("red words" in page.text or "red things" in page.text)
        self.assertIn("eve: green", self.reads("/archive/red", Cookie=cookie).text)

    def test_pages_are_paced_for_each_address(self) -> None:
        self.start(throttle=Throttle(1, 0.1))  # one page, and the next in ten seconds
        browsers = [self.browser() for _ in range(3)]
        gone = self.browser()
        for each in (*browsers[:2], gone, browsers[2]):
            each.sends(request("GET", "/archive/search?q=x"))
        gone.transport.protocol.connectionLost()
        other = self.browser("10.0.0.8")
        other.sends(request("GET", "/archive/"))
        self.server.clock.pump([0.1] * 20)
        self.assertEqual([len(each.hears_all()) for each in (*browsers, other)], [1, 1, 0, 1])
        self.server.clock.pump([1.0] * 10)
        self.assertEqual(len(browsers[2].hears_all()), 1)
        self.assertEqual(gone.transport.value(), b"")


class RobotsTests(ReadingTestCase):
    def test_they_are_told_not_to_read(self) -> None:
        answer = self.browser().asks("GET", "/robots.txt")
        self.assertEqual(answer.body, "User-agent: *\nDisallow: /\n")
        self.assertEqual(answer.headers["content-type"], "text/plain; charset=utf-8")
        for path in ("/archive/", "/archive/ops", "/archive/nowhere", "/archive/search"):
            page = self.reads(path)
            self.assertEqual(page.response.headers["x-robots-tag"], "noindex, nofollow")
            [rule] = [each for each in page.tree.iter("meta") if each.get("name") == "robots"]
            self.assertEqual(rule.get("content"), "noindex, nofollow")

    def test_they_may_read_if_the_archive_is_public(self) -> None:
        entrance = self.server.factory.entrance
        self.door = WebFactory(entrance, root(entrance, is_archive_public=True))
        answer = self.browser().asks("GET", "/robots.txt")
        self.assertEqual(
            answer.body.split("\n"),
            ["User-agent: *", "Disallow: /archive/search", "Allow: /archive/", "Disallow: /", ""],
        )
        page = self.reads("/archive/ops")
        self.assertNotIn("x-robots-tag", page.response.headers)
        self.assertNotIn("robots", [each.get("name") for each in page.tree.iter("meta")])

    def test_the_style(self) -> None:
        [style] = [each.get("href", "") for each in self.reads("/archive/").tree.iter("link")]
        answer = self.browser().asks("GET", style)
        self.assertEqual(answer.headers["content-type"], "text/css; charset=utf-8")
        self.assertLess(len(answer.body), 10_000)
        self.assertNotIn("url(", answer.body)
        self.assertNotIn("@import", answer.body)


class RealTests(ProcessTestCase):
    def test_what_is_said_is_read_and_found(self) -> None:
        port, web = free_port(), free_port()
        self.serves(
            f"--port={port}", "--interface=127.0.0.1", f"--web=tcp:{web}:interface=127.0.0.1",
            "--public-archive=on",
        )  # fmt: skip
        ann = self.calls(port)
        ann.types("/nick ann", "/join #ops", "/say #ops <b>hello</b> there", "/dm ann over")
        ann.sees("ann: over")
        begin = f"http://127.0.0.1:{web}"
        self.assertIn('href="/archive/ops"', self.page(f"{begin}/archive/"))
        self.assertIn("&lt;b&gt;hello&lt;/b&gt; there", self.page(f"{begin}/archive/ops"))
        deadline = time.monotonic() + PATIENCE  # the index has it within a second
        while 'href="/archive/ops/' not in (found := self.page(f"{begin}/archive/search?q=hello")):
            self.assertLess(time.monotonic(), deadline, found)
            time.sleep(0.1)
        path = found.partition('href="/archive/ops/')[2].partition("#")[0]
        self.assertIn('aria-current="true"', self.page(f"{begin}/archive/ops/{path}"))
        self.assertIn("Allow: /archive/", self.page(f"{begin}/robots.txt"))

    def page(self, address: str) -> str:
        with urlopen(address, timeout=PATIENCE) as response:
            body: bytes = response.read()
        return body.decode()
