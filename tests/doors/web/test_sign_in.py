"""Signing in by a browser: the cookie, and what it stands for."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

from twisted.internet.defer import Deferred

from chatsvc.chat.accounts.accounts import ATTEMPTS
from chatsvc.chat.programs import sign_ins
from chatsvc.chat.programs.sign_ins import GOOD_FOR, MOST_OF_ACCOUNT, STAYS_FOR
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.door.contract import LONGEST
from chatsvc.doors.web import sign_in
from chatsvc.throttle import Throttle
from tests.doors.web.browsing import HOST, Response, WebTestCase, request
from tests.harness import AWHILE

PASSWORD = "correct-horse"


class SignInTestCase(WebTestCase):
    """Ann's account is `ann`; she is here."""

    def start(self, **options: Any) -> Any:
        return super().start(**{"throttle": Throttle.off(), "plaintext_passwords": True, **options})

    def setUp(self) -> None:
        super().setUp()
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.hush()

    def signs_in(
        self, name: str = "ann", password: str = PASSWORD, stay: bool = False, **headers: str
    ) -> Response:
        body = json.dumps({"name": name, "password": password, "stay": stay})
        return self.browser().asks("POST", "/sign-in", body, **headers)

    def cookie(self, **how: Any) -> str:
        """The cookie of somebody who has signed in."""
        answer = self.signs_in(**how)
        self.assertEqual((answer.status, answer.body), (204, ""))
        return answer.cookie


class CookieTests(SignInTestCase):
    def test_what_is_set(self) -> None:
        attributes = "; Path=/; HttpOnly; SameSite=Strict"
        answer = self.signs_in()
        self.assertTrue(answer.headers["set-cookie"].endswith(attributes))
        answer = self.signs_in(stay=True)
        self.assertTrue(answer.headers["set-cookie"].endswith(f"{attributes}; Max-Age=2592000"))

    def test_logs_in_by_websocket(self) -> None:
        dan = self.connected(Cookie=self.cookie())
        dan.objects()
        dan.says('{"do": "say", "room": "#lobby", "text": "hi"}')
        events = dan.objects()
        self.assertIn({"name": "ann", "rooms": ["#lobby"]}, [
            {key: each[key] for key in ("name", "rooms")}
            for each in events if each["event"] == "logged-in"
        ])  # fmt: skip
        self.assertIn("ann: hi", self.bob.hears())
        self.assertIs(dan.session.user, self.ann.session.user)

    def test_is_another_each_time_and_the_one_before_ends(self) -> None:
        first = self.cookie()
        second = self.cookie(Cookie=first)
        self.assertNotEqual(first, second)
        self.assertEqual(self.account_by(first), "")
        self.assertEqual(self.account_by(second), "ann")

    def account_by(self, cookie: str) -> str:
        """The account that a WebSocket with a cookie has; empty for none."""
        dan = self.joined(Cookie=cookie)
        name = dan.session.user.account_name
        dan.requests("quit")
        return name

    def test_beyond_the_most_the_oldest_of_the_account_with_the_most_ends(self) -> None:
        self.patch(sign_ins, "MOST_SIGN_INS", 3)
        self.ann, self.bob, self.cat = self.start()
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.hush()
        cookies = []
        for name in ("bob", "ann", "ann", "ann", "bob"):
            cookies.append(self.cookie(name=name))
            self.server.clock.advance(1)
        self.assertEqual([self.account_by(each) for each in cookies], ["bob", "", "", "ann", "bob"])

    def test_one_of_the_clients_own_choice_is_nothing(self) -> None:
        chosen = "chatsvc=" + "x" * 32
        self.assertEqual(self.account_by(chosen), "")
        self.assertNotIn("x" * 32, self.cookie(Cookie=chosen))
        self.assertEqual(self.account_by(chosen), "")

    def test_ends_with_signing_out(self) -> None:
        cookie = self.cookie()
        answer = self.browser().asks("POST", "/sign-out", Cookie=cookie, Content_Length="0")
        self.assertEqual(answer.status, 204)
        self.assertIn("chatsvc=; ", answer.headers["set-cookie"])
        self.assertIn("Max-Age=0", answer.headers["set-cookie"])
        self.assertEqual(self.account_by(cookie), "")
        self.browser().asks("POST", "/sign-out", Content_Length="0")

    def test_ends_in_time(self) -> None:
        for stay, seconds in ((False, GOOD_FOR), (True, STAYS_FOR)):
            cookie = self.cookie(stay=stay)
            self.server.clock.advance(seconds - 60)
            self.assertEqual(self.account_by(cookie), "ann")
            self.server.clock.advance(60)
            self.assertEqual(self.account_by(cookie), "")

    def test_ends_with_the_password(self) -> None:
        for command in (f"/passwd {PASSWORD} battery-staple", "/logout everywhere"):
            cookie = self.cookie(password=self.password)
            self.ann.types(command)
            self.hush()
            self.assertEqual(self.account_by(cookie), "", command)
            self.password = "battery-staple"

    password = PASSWORD

    def test_of_an_account_that_is_gone(self) -> None:
        cookie = self.cookie()
        self.ann.types(f"/unregister {PASSWORD}", "/nick ann", "/register another-one")
        self.hush()
        self.assertEqual(self.account_by(cookie), "")

    def test_the_oldest_of_many_end(self) -> None:
        cookies = [self.cookie() for _ in range(MOST_OF_ACCOUNT + 1)]
        self.assertEqual([self.account_by(each) for each in cookies[:2]], ["", "ann"])

    def test_ends_with_what_happens_while_it_is_made(self) -> None:
        for _ in range(MOST_OF_ACCOUNT):
            self.cookie()
        deleted: Deferred[None] = Deferred()
        put = self.server.store.put

        async def slow(name: str, value: str | None, version: int) -> None:
            if value is None:
                await deleted
            await put(name, value, version)

        self.patch(self.server.store, "put", slow)
        browser = self.browser()
        body = json.dumps({"name": "ann", "password": PASSWORD})
        browser.sends(request("POST", "/sign-in", body))
        self.server.clock.pump([0, AWHILE])
        self.ann.types("/logout everywhere")
        deleted.callback(None)
        self.assertEqual(self.account_by(browser.hears().cookie), "")

    def test_survives_a_restart(self) -> None:
        cookie = self.cookie()
        store = self.server.store
        self.start(store=store)
        self.assertEqual(self.account_by(cookie), "ann")

    def test_survives_a_clock_that_is_wrong_for_a_while(self) -> None:
        cookie = self.cookie()
        self.server.clock.ahead = 2 * GOOD_FOR
        self.server.clock.pump([TIDY_EVERY] * 3)
        self.assertEqual(self.account_by(cookie), "")
        self.server.clock.ahead = 0.0
        self.assertEqual(self.account_by(cookie), "ann")

    def test_only_a_digest_is_kept(self) -> None:
        token = self.cookie().partition("=")[2]
        self.assertNotIn(token, json.dumps(self.server.records()))
        self.assertEqual(sum(name.startswith("sign-in/") for name in self.server.records()), 1)
        self.server.clock.advance(GOOD_FOR + 60)
        self.assertEqual(sum(name.startswith("sign-in/") for name in self.server.records()), 0)


class RefusalTests(SignInTestCase):
    def test_a_wrong_password(self) -> None:
        lines = self.journal()
        for name, password in (("ann", "wrong-one"), ("nobody", PASSWORD), ("", "")):
            answer = self.signs_in(name, password)
            self.assertEqual(answer.status, 403)
            self.assertEqual(answer.error, "That name or that password is wrong.")
            self.assertNotIn("set-cookie", answer.headers)
        self.assertEqual(lines[0], "Wrong password from 10.0.0.9 for ann.")

    def test_too_many_wrong_ones(self) -> None:
        for _ in range(ATTEMPTS):
            self.signs_in(password="wrong-one")
        self.assertIn("Too many attempts.", self.signs_in().error)

    def test_what_is_no_request(self) -> None:
        for body in (
            "", "x", "[]", "{}", "null", '{"name": "ann"}', '{"name": 1, "password": "2"}',
            '{"name": "ann", "password": "correct-horse", "stay": 1}', "[" * 9999,
            '{"name": "\\ud800", "password": ""}',
        ):  # fmt: skip
            answer = self.browser().asks("POST", "/sign-in", body, Content_Length=str(len(body)))
            self.assertEqual(answer.status, 403, body)
            self.assertIn("error", json.loads(answer.body))

    def test_a_request_that_is_too_long_is_not_read(self) -> None:
        with mock.patch.object(sign_in, "json") as reading:
            answer = self.signs_in(password="x" * LONGEST)
        self.assertEqual(answer.status, 403)
        reading.loads.assert_not_called()

    def test_a_cookie_among_many(self) -> None:
        others = "; ".join([f"c{number}=x" for number in range(500)])
        dan = self.connected(Cookie=f"{others}; {self.cookie()}; {';' * 2000}")
        dan.says('{"do": "say", "room": "#lobby", "text": "hi"}')
        self.assertIn("logged-in", [each["event"] for each in dan.objects()])

    def test_other_methods(self) -> None:
        for path in ("/sign-in", "/sign-out"):
            for method in ("GET", "HEAD", "PUT"):
                answer = self.browser().asks(method, path)
                self.assertEqual((answer.status, answer.headers["allow"]), (405, "POST"))

    def test_from_a_page_of_another_site(self) -> None:
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://["},
            {"Origin": f"http://{HOST}0"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site", "Origin": f"http://{HOST}"},
        ):
            for path in ("/sign-in", "/sign-out"):
                answer = self.browser().asks("POST", path, "{}", **headers)
                self.assertEqual(answer.error, "This page is not from here.", headers)

    def test_from_our_own_page(self) -> None:
        own = f"http://{HOST}"
        self.assertEqual(self.signs_in(Origin=own.upper()).status, 204)
        self.assertEqual(self.signs_in(Origin=own, Sec_Fetch_Site="same-origin").status, 204)


class ClosedTests(SignInTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(**{"accounts_only": True, **options})

    def test_a_cookie_lets_in_where_guests_may_not_be(self) -> None:
        dan = self.connected(Cookie=self.cookie())
        self.assertEqual(dan.objects()[0]["rooms"], [])
        dan.says(json.dumps({"do": "resume", "token": "t" * 32}))
        events = {each.get("event"): each for each in dan.objects()}
        self.assertEqual(events["logged-in"]["name"], "ann")
        self.assertEqual(events["resumable"]["token"], "t" * 32)
        dan.transport.protocol.connectionLost()
        dan = self.connected(Cookie=self.cookie())
        dan.says(json.dumps({"do": "resume", "token": "t" * 32}))
        self.assertIn("resumed", [each.get("event") for each in dan.objects()])


class PlaintextTests(SignInTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(**{"plaintext_passwords": False, **options})

    def setUp(self) -> None:
        WebTestCase.setUp(self)

    def test_no_password_in_clear(self) -> None:
        self.assertIn("Connect with TLS", self.signs_in().error)
