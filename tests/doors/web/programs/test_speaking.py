"""Speaking by a request: hooks, and tokens."""

from __future__ import annotations

import json
import time
from typing import Any

from chatsvc.chat.flow.holding import Holding
from chatsvc.chat.programs import speech
from chatsvc.door.contract import LONGEST
from chatsvc.doors.web.programs import pace
from chatsvc.doors.web.programs.asked import MOST_VALUES
from chatsvc.store import StoreError
from tests.doors.web.browsing import request
from tests.doors.web.programs.asking import ProgramTestCase
from tests.doors.web.programs.test_payloads import alert, alertmanager, commit, push


class HookTests(ProgramTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = f"/hook/{self.key()}"
        self.hush()

    def said(self, body: str | dict[str, Any], **headers: str) -> list[str]:
        """What people in the room read of what is posted."""
        body = body if isinstance(body, str) else json.dumps(body)
        entry_id = self.id_of(self.posts(self.path, body, **headers))
        self.assertEqual(entry_id, self.server.chat.delivery.last_id)
        begin = "#ops ci[hook]: "
        lines = self.bob.hears()
        self.assertTrue(all(line.startswith(begin) for line in lines), lines)
        return [line.removeprefix(begin) for line in lines]

    def test_texts(self) -> None:
        form = "application/x-www-form-urlencoded"
        for body, media in (
            ("hello", "text/plain"),
            ("hello", "text/plain; charset=utf-8"),
            ("hello", ""),
            ("  hello\n", form),  # as curl calls it
            ('{"text": "hello"}', form),
            ('{"text": "hello"}', "application/json"),
            ('{"content": "hello"}', "Application/JSON"),
        ):
            headers = {"Content_Type": media} if media else {}
            self.assertEqual(self.said(body, **headers), ["hello"], (body, media))
        self.assertEqual(self.said('{"text": "hello"}', Content_Type="text/plain"), [
            '{"text": "hello"}'
        ])  # fmt: skip
        self.assertEqual(self.said("a\x1b[31m\n\tb\r\n"), ["a", " b"])
        self.assertEqual(self.said("/quit"), ["/quit"])
        self.assertEqual(self.said("é" * (LONGEST // 2)), ["é" * (LONGEST // 2)])

    def test_payloads(self) -> None:
        told = "[octo/hello] ann pushed to main: 0000001 Commit 1"
        pushed = push(commit(1))
        event = {"X_GitHub_Event": "push"}
        self.assertIn(told, self.said(pushed, Content_Type="application/json", **event)[0])
        form = f"payload={json.dumps(pushed).replace(' ', '+')}"
        kind = "application/x-www-form-urlencoded"
        self.assertIn(told, self.said(form, Content_Type=kind, **event)[0])
        fired = alertmanager(alert(), alert())
        self.assertEqual(len(self.said(fired, Content_Type="application/json")), 3)

    def test_what_is_long_is_not_cleaned_or_decoded_slowly(self) -> None:
        """Nobody else waits for it."""
        form = "application/x-www-form-urlencoded"
        for body, media in (
            ("\x1b]a" * 80_000, "text/plain"),
            ('{"text": "' + "\\u001b]a" * 25_000 + '"}', "application/json"),
            ("payload=" + "%7b" * 80_000, form),
            ("payload=" + "%x" * 80_000, form),
            ("payload=" + '{"text":"' + "%41" * 80_000 + '"}', form),
        ):
            taken = []
            for _ in range(5):
                self.server.clock.advance(100)
                browser = self.browser()
                asked = request("POST", self.path, body, Content_Type=media)
                began = time.thread_time()
                browser.sends(asked)
                taken.append(time.thread_time() - began)
                self.assertEqual(browser.hears().status, 413)
            self.assertLess(min(taken), 0.02, (body[:20], media))
        told = self.said("payload=%7b%22text%22:+%22a%2Bb%3d=%25%22%7D", Content_Type=form)
        self.assertEqual(told, ["a+b==%"])

    def test_a_percent_sign_that_encodes_nothing_stays(self) -> None:
        form = "application/x-www-form-urlencoded"
        for text in ("100% sure", "a%%b", "%", "%4", "%x", "%=", "% ", "%\u00e9", "%%%"):
            told = self.said(f'payload={{"text":"<{text}>"}}', Content_Type=form)
            self.assertEqual(told, [f"<{text}>"])
        self.assertEqual(self.said('payload={"text":"%%41%2"}', Content_Type=form), ["%A%2"])

    def test_what_is_refused(self) -> None:
        for body, media, status, why in (
            ("", "text/plain", 400, "nothing to say"),
            (" \u200b", "text/plain", 400, "nothing to say"),
            ("\n" * 10 + "x\n" * 51, "text/plain", 400, "at most 50 lines"),
            ("{", "application/json", 400, "not JSON"),
            ("[]", "application/json", 400, "an object"),
            ('{"text": ""}', "application/json", 400, "nothing to say"),
            ('{"text": "\\ud800"}', "application/json", 400, "surrogate"),
            ('{"other": "x"}', "application/json", 400, 'like {"text": "hello"}'),
            ("[" * 10_000, "application/json", 400, "nested"),
            ("x", "text/html", 415, "Send text/plain"),
            ("x" * (LONGEST + 1), "text/plain", 413, "8192 bytes"),
        ):
            response = self.posts(self.path, body, Content_Type=media)
            self.assertEqual(response.status, status, body[:20])
            self.assertIn(why, response.error)
        self.assertEqual(self.bob.hears(), [])

    def test_an_object_of_too_many_values(self) -> None:
        for values in ("[],", "{},", "1,"):
            body = f'{{"text": "hi", "rest": [{values * MOST_VALUES}0]}}'
            answer = self.posts(self.path, body, Content_Type="application/json")
            self.assertEqual((answer.status, answer.code), (413, "too-long"))
        body = f'{{"text": "hi", "rest": [{"1," * (MOST_VALUES - 10)}0]}}'
        self.assertEqual(self.said(body, Content_Type="application/json"), ["hi"])

    def test_other_keys_paths_and_methods(self) -> None:
        for path in ("/hook/x", f"{self.path}x", "/hook/%ff"):
            self.assertEqual(self.posts(path, "x").status, 404, path)
        for path in ("/hook", "/hook/", f"{self.path}/", f"{self.path}/x", f"{self.path}%2fx"):
            self.assertEqual(self.posts(path, "x").status, 404, path)
        response = self.gets(self.path)
        self.assertEqual((response.status, response.headers["allow"]), (405, "POST"))
        self.assertEqual(self.bob.hears(), [])

    def test_whoever_is_muted_there_is_told(self) -> None:
        self.ann.types("/mute ci[hook] for 1h")
        self.hush()
        response = self.posts(self.path, "x")
        self.assertEqual(response.status, 403)
        self.assertIn("muted", response.error)
        self.ann.types("/unmute ci[hook]", "/hook revoke ci")
        self.hush()
        self.assertEqual(self.posts(self.path, "x").status, 404)
        self.assertEqual(self.bob.hears(), [])

    def test_each_has_a_pace(self) -> None:
        for number in range(pace.BURST):
            self.assertEqual(self.said(f"{number}"), [str(number)])
        long = "x" * 8000  # counts as eight
        responses = [self.posts(self.path, long) for _ in range(pace.BURST // 8 + 1)]
        response = responses[-1]
        self.assertEqual(response.status, 429)
        self.hush()
        self.assertIn("Go on in", response.error)
        self.server.clock.advance(int(response.headers["retry-after"]))
        self.assertEqual(self.said("x"), ["x"])

    def test_a_repeated_key_says_nothing_again(self) -> None:
        first = self.id_of(self.posts(self.path, "x", Idempotency_Key="k1"))
        self.assertEqual(self.bob.hears(), ["#ops ci[hook]: x"])
        for key in ("k1", '"k1"'):
            again = self.id_of(self.posts(self.path, "x", Idempotency_Key=key))
            self.assertEqual((again, self.bob.hears()), (first, []))
        self.assertEqual(self.said("x", Idempotency_Key="k2"), ["x"])
        self.server.chat.programs.speech._nonces.clear()  # as after a restart
        self.assertEqual(self.id_of(self.posts(self.path, "x", Idempotency_Key="k1")), first)
        response = self.posts(self.path, "x", Idempotency_Key="k" * 65)
        self.assertEqual(response.status, 400)
        self.assertIn("Idempotency-Key", response.error)

    def test_a_key_that_is_repeated_before_the_message_is_kept(self) -> None:
        browsers = [self.browser() for _ in range(3)]
        body = "x"
        for browser in browsers:
            head = f"POST {self.path} HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\n"
            browser.sends(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        ids = {self.id_of(browser.hears()) for browser in browsers}
        self.assertEqual((len(ids), self.bob.hears()), (1, ["#ops ci[hook]: x"]))

    def test_those_of_who_spoke_longest_ago_are_forgotten_first(self) -> None:
        self.patch(speech, "REMEMBERED", 2)
        known = self.server.chat.programs.speech._nonces
        token = self.token()
        for path, name in (
            (self.path, "ci[hook]"), ("/rooms/ops/messages", "ann"), (self.path, "ci[hook]"),
            ("/rooms/lobby/messages", "ann"),
        ):  # fmt: skip
            self.posts(path, "x", Authorization=token, Idempotency_Key="k")
            self.assertEqual(list(known)[-1][1], name)
        ops = self.server.chat.rooms["#ops"].key
        self.assertEqual(list(known), [(ops, "ci[hook]"), ("", "ann")])

    def test_what_cannot_be_kept_is_not_said(self) -> None:
        async def fails() -> None:
            raise StoreError("the disk is full")

        append = self.server.store.append
        self.patch(self.server.store, "append", lambda said: fails())
        response = self.posts(self.path, "x", Idempotency_Key="k")
        self.assertEqual((response.status, self.bob.hears()), (503, []))
        self.patch(self.server.store, "append", append)
        self.assertEqual(self.said("x", Idempotency_Key="k"), ["x"])

    def test_it_waits_while_others_have_too_much_to_read(self) -> None:
        must_hold = True
        self.patch(Holding, "must_hold", lambda holding, reader: must_hold)
        browser = self.browser()
        browser.sends(
            f"POST {self.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx".encode()
        )
        self.assertEqual((browser.hears_all(), self.bob.hears()), ([], []))
        must_hold = False
        self.server.chat.delivery.schedule_round()
        self.id_of(browser.hears())
        self.assertEqual(self.bob.hears(), ["#ops ci[hook]: x"])

    def test_the_paces_are_bounded(self) -> None:
        self.patch(pace, "REMEMBERED", 2)
        paces = pace.Paces(self.server.clock)
        for number in range(5):
            paces.take(str(number))
        self.assertEqual(len(paces), 2)


class MessageTests(ProgramTestCase):
    def test_a_token_speaks_as_its_owner(self) -> None:
        token = self.token()
        for path in ("/rooms/ops/messages", "/rooms/%23OPS/messages"):
            entry_id = self.id_of(self.posts(path, "hi", Authorization=token))
            self.assertEqual(self.bob.hears(), ["#ops ann: hi"])
            self.assertEqual(entry_id, self.server.chat.delivery.last_id)
        self.posts("/rooms/lobby/messages", "all", Authorization=token)
        self.assertEqual(self.cat.hears(), ["ann: all"])

    def test_without_one_nothing_is_said(self) -> None:
        path = "/rooms/ops/messages"
        reads = self.token("read")
        for headers, status in (
            ({}, 401),
            ({"Authorization": "Bearer x"}, 401),
            ({"Authorization": "Basic eDp5"}, 401),
            ({"Authorization": "Bearer"}, 401),
            ({"Authorization": reads}, 403),
        ):
            response = self.posts(path, "x", **headers)
            self.assertEqual(response.status, status, headers)
            if status == 401:
                self.assertEqual(response.headers["www-authenticate"], "Bearer")
        token = self.token("#ops")
        for room in ("lobby", "nowhere"):
            response = self.posts(f"/rooms/{room}/messages", "x", Authorization=token)
            self.assertEqual(response.status, 404)
        self.assertEqual(self.bob.hears(), [])

    def test_a_repeated_key_says_nothing_again(self) -> None:
        token = self.token()
        ids = {
            self.id_of(
                self.posts("/rooms/ops/messages", "x", Authorization=token, Idempotency_Key="k")
            )
            for _ in range(2)
        }
        self.assertEqual((len(ids), self.bob.hears()), (1, ["#ops ann: x"]))
