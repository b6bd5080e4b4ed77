"""A person's own connections and tokens: listed, and ended one by one or all others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.doors.irc.irc import IrcTestCase
from tests.doors.web.browsing import WebTestCase
from tests.forking.forked import Forked
from tests.patience import PATIENCE
from tests.processes import UNMEASURED, ProcessTestCase, free_port
from tests.zone import move_to

ENDED = "You have ended this connection from another one."


class OwnSessionsTests(IrcTestCase):
    """Ann has an account, and is here by lines; by JSON, with a token; and by IRC."""

    def start(self, **options: Any) -> Any:
        return super().start(plaintext_passwords=True, throttle=Throttle.off(), **options)

    def setUp(self) -> None:
        super().setUp()
        self.ann.asks("/nick ann", f"/register {PASSWORD}")
        self.server.clock.advance(300)
        self.program = self.server.joined_by("10.0.0.5", is_new=False)
        login = json.dumps({"do": "login", "name": "ann", "password": PASSWORD})
        told = self.program.asks("/json", '{"do": "resume"}', login)
        self.token = next(each["token"] for each in map(json.loads, told[1:]) if "token" in each)
        self.irc = self.registered("sam")
        self.irc.asks(f"NS IDENTIFY ann {PASSWORD}")
        self.server.clock.advance(300)
        self.hush()

    def listed(self) -> list[str]:
        return [each.removeprefix("server: ") for each in self.ann.asks("/sessions")]

    def objects(self) -> list[dict[str, Any]]:
        """The same, as programs are told."""
        told = [json.loads(each) for each in self.program.asks('{"do": "sessions"}')]
        return [each for each in told if each["event"] == "own-session"]

    def resumes(self) -> dict[str, Any]:
        """The first that is told to a program that comes back with the token."""
        back = self.server.joined_by("10.0.0.5", is_new=False)
        back.types("/json", json.dumps({"do": "resume", "token": self.token, "seen": 1}))
        objects = [each for each in back.hears() if each[0] == "{"]
        told: dict[str, Any] = json.loads(objects[0])
        back.drops()
        return told

    def test_each_by_its_door(self) -> None:
        listed = self.listed()
        kinds = [each.partition(",")[0] for each in listed]
        self.assertEqual(
            kinds, ["[1] text from 10.0.0.1", "[2] JSON from 10.0.0.5", "[3] IRC from 10.0.0.9"]
        )
        self.assertEqual(["(this one)" in each for each in listed], [True, False, False])
        self.assertEqual(self.listed(), listed)  # the numbers stay
        self.irc.sends("QUIT")
        self.irc.protocol.connectionLost()
        self.assertEqual(self.listed(), listed[:2])

    def test_since_when_and_when_last(self) -> None:
        text, program, irc = self.objects()
        self.assertRegex(irc["since"], "^1970-01-12T13:51:4[0-9]Z$")
        self.assertEqual(text["since"], "1970-01-12T13:46:40Z")
        self.assertRegex(program["since"], "^1970-01-12T13:51:4[0-9]Z$")
        self.assertRegex(program["used"], "^1970-01-12T13:56:4[0-9]Z$")
        self.assertEqual((program["kind"], program["is_this"]), ("JSON", True))
        self.assertEqual((text["kind"], text["is_this"]), ("text", False))

    def test_people_are_told_in_which_zone_the_times_are(self) -> None:
        move_to(self, "XYZ-3")
        told = "since 1970-01-12 16:46 XYZ, last used 1970-01-12 16:56 XYZ"
        self.assertIn(told, self.listed()[0])

    def test_nobody_else_sees_them(self) -> None:
        self.listed()
        [told] = self.bob.asks("/sessions")
        self.assertIn("[4] text from 10.0.0.2", told)
        self.assertIn("no session", self.bob.asks("/sessions end 1")[0])

    def test_a_connection_is_ended_and_its_token(self) -> None:
        self.assertEqual(len(self.listed()), 3)
        self.assertEqual(self.ann.asks("/sessions end 2"), ["server: Ended: 2."])
        told = [json.loads(each) for each in self.program.hears()]
        [dismissed] = [each for each in told if each.get("event") == "dismissed"]
        self.assertEqual((dismissed["text"], dismissed["room"]), (ENDED, "#lobby"))
        self.assertTrue(self.program.is_closed())
        self.assertEqual([each[:3] for each in self.listed()], ["[1]", "[3]"])
        self.assertEqual(self.resumes()["event"], "welcome")
        self.assertNotIn("ann", "".join(self.bob.hears()))  # who goes on being here

    def test_by_irc(self) -> None:
        listed = self.irc.asks("NS SESSIONS")
        self.assertEqual(len(listed), 3)
        self.assertIn("[3] IRC from 10.0.0.9", listed[-1])
        self.assertIn("Ended: 2.", self.irc.asks("NS SESSIONS END 2")[-1])
        self.ann.asks("/sessions end 3")
        self.assertEqual(self.irc.hears(), [f"ERROR :Closing link: {ENDED}"])

    def test_a_token_without_a_connection(self) -> None:
        self.program.drops()
        *_, last = self.listed()
        self.assertRegex(last, r"^\[t[0-9a-f]{6}\] token, last used 1970-01-1[23] ..:.. UTC$")
        self.assertEqual(self.resumes()["event"], "resumed")
        key = last[1:8]
        self.assertEqual(self.ann.asks(f"/sessions end {key}"), [f"server: Ended: {key}."])
        self.assertEqual(self.resumes()["event"], "welcome")

    def test_an_api_token(self) -> None:
        self.ann.asks("/token add ci")
        *_, last = self.listed()
        self.assertRegex(last, r"^\[a[0-9a-f]{6}\] API token ci, since 1970-01-1[23] ..:.. UTC$")
        self.ann.asks(f"/sessions end {last[1:8]}")
        self.assertEqual(self.ann.asks("/token list"), ["server: You have no tokens for programs."])

    def test_all_others(self) -> None:
        self.ann.asks("/token add ci")
        self.program.drops()
        self.assertEqual(len(self.listed()), 4)
        [told] = self.ann.asks("/sessions end OTHERS")
        self.assertRegex(told, r"^server: Ended: 2, t[0-9a-f]{6}, a[0-9a-f]{6}\.$")
        self.assertEqual([each[:3] for each in self.listed()], ["[1]"])
        self.assertIn(ENDED, self.irc.hears()[-1])
        self.assertEqual(self.ann.asks("/sessions end others"), ["server: Ended: nothing."])
        self.assertEqual(self.ann.session.user.name, "ann")

    def test_what_cannot_be_ended(self) -> None:
        self.listed()
        asked = {"1": "your own", "7": "no session", "": "Say what to end"}
        for which, told in asked.items():
            self.assertIn(told, self.ann.asks(f"/sessions end {which}")[0])
        self.assertIn("Say what to end", self.ann.asks("/sessions 2")[0])
        self.assertEqual(len(self.listed()), 3)


class WebTests(WebTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(plaintext_passwords=True, throttle=Throttle.off(), **options)

    def signs_in(self) -> str:
        """The cookie of a browser in which Ann signs in, and comes."""
        body = json.dumps({"name": "ann", "password": PASSWORD, "stay": True})
        cookie = self.browser().asks("POST", "/sign-in", body).cookie
        self.joined(Cookie=cookie)
        return cookie

    def two_browsers(self) -> list[str]:
        self.ann.asks("/nick ann", f"/register {PASSWORD}")
        return [self.signs_in(), self.signs_in()]

    def test_browsers_and_their_sign_ins(self) -> None:
        self.ann.asks("/nick ann", f"/register {PASSWORD}")
        cookie = self.signs_in()
        told = self.ann.asks("/sessions")
        self.assertIn("[2] web from 10.0.0.9", told[1])
        signed_in = r"^server: \[s[0-9a-f]{6}\] sign-in, since 1970-01-1[23] ..:.. UTC$"
        self.assertRegex(told[2], signed_in)
        [ended] = self.ann.asks("/sessions end others")
        self.assertRegex(ended, r"^server: Ended: 2, s[0-9a-f]{6}\.$")
        self.assertEqual(len(self.ann.asks("/sessions")), 1)
        self.assertIsNone(self.joined(Cookie=cookie).session.user.account)

    def test_a_browser_that_is_ended_has_to_sign_in_again(self) -> None:
        cookies = self.two_browsers()
        self.ann.asks("/sessions", "/sessions end 2")
        self.assertIsNone(self.joined(Cookie=cookies[0]).session.user.account)
        self.assertIsNotNone(self.joined(Cookie=cookies[1]).session.user.account)

    def test_a_browsers_own_sign_in_is_none_of_the_others(self) -> None:
        cookies = self.two_browsers()
        again = self.joined(Cookie=cookies[0])  # in another tab
        told = again.requests("sessions")
        self.assertEqual(
            [each["is_this"] for each in told], [False, False, False, True, True, False]
        )
        again.requests("sessions", what="end others")
        self.assertEqual(len(again.requests("sessions")), 2)
        self.assertIsNotNone(self.joined(Cookie=cookies[0]).session.user.account)
        self.assertIsNone(self.joined(Cookie=cookies[1]).session.user.account)


class RealTests(ProcessTestCase):
    def test_a_client_that_is_ended_does_not_come_back(self) -> None:
        port = free_port()
        self.serves("--port", port, "--interface", "127.0.0.1", "--store", "memory:")
        ann = self.calls(port)
        ann.types("/nick ann", f"/register {PASSWORD}", "/bc here")
        ann.sees("ann: here")
        (self.folder / "password").write_text(PASSWORD)
        options = ["--login", "ann", "--password-file", str(self.folder / "password"), "--json"]
        client = Forked[str](
            [sys.executable, "-m", "chatsvc.client", "127.0.0.1", str(port), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | UNMEASURED,
        )  # fmt: skip
        self.addCleanup(client.kill)
        ann.sees("server: You have logged in from elsewhere, too.")
        ann.types("/sessions")
        listed = ann.sees_some("] JSON from 127.0.0.1")
        number = listed.rpartition("] JSON")[0].rpartition("[")[2]
        ann.types(f"/sessions end {number}")
        ann.sees(f"server: Ended: {number}.")
        client.wait(PATIENCE)  # with its input open: at the end of that, it would quit by itself
        status, out, err = self.ends(client)
        self.assertEqual(status, 1)
        self.assertIn(ENDED, out + err)
        ann.types("/sessions")
        self.assertNotIn("JSON", ann.sees_some("(this one)"))
