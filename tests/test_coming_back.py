"""People whose connection is cut, and what happens to them before they are back; for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from chatsvc.chat.presence.departures import RESUME_WITHIN
from tests.client.terminal import SeatTestCase
from tests.delaying import Delaying
from tests.forking.forked import Forked
from tests.patience import PATIENCE, much
from tests.processes import UNMEASURED, Caller, free_port

OFF = "put off the server"
# What the owner of the room types while somebody is away; what that person is told at the return,
# and whether they can still speak there.
HAPPENINGS: dict[str, tuple[str, str, bool]] = {
    "kicked": ("/kick {room} {name} why", "You were kicked out of {room}", False),
    "changed": ("/topic {room} fresh words\n/redact {line}", "fresh words", True),
    "nothing": ("", "", True),
    "banned": ("/ban {room} {name} why", "You are banned from {room}", False),
    "muted": ("/mute {room} {name} why", "You are muted in {room}", False),
    "made owner": ("/owner {room} {name}", "has given {room} to you", True),
    "made moderator": ("/op {room} {name}", "You are a moderator of {room}", True),
    "room closed": ("/privacy {room} invite-only", "", True),
    "room locked": ("/key {room} sesame", "", True),
    "invited": ("/invite {name} #lounge", "invites you: /join #lounge", True),
    OFF: ("", "You were kicked off this server", False),
}


class Away:
    """Somebody at a client, with a way of their own to the server, in a room of their own."""

    def __init__(self, test: ComingBackTestCase, number: int, kind: str, mode: str) -> None:
        self.kind, self.mode = kind, mode
        self.name, self.room = f"guest-{number}", f"#room-{number}"
        typed, self.told, self.can_speak = HAPPENINGS[kind]
        self.told = self.told.format(room=self.room)
        self.proxy = Delaying(test.port, 0.0, drips=False)
        test.addCleanup(self.proxy.close)
        self.owner = test.calls(test.port)
        self.owner_name = f"owner-{number}"
        self.owner.types(f"/nick {self.owner_name}", "/join #lounge", f"/join {self.room}")
        at = ("127.0.0.1", str(self.proxy.port), "--name", self.name)
        self.process, self.seat = None, None
        if mode == "json":
            self.out = b""
            self.process = test.runs(*at)
        else:
            more = ["--plain"] if mode == "plain" else []
            self.seat = test.sits_down(*at, *more, columns=120, rows=40)
        self.types(f"/join {self.room}")
        self.owner.sees(f"server: {self.name} has joined {self.room}.")
        self.owner.types("once", f"/history {self.room} 1")
        shown = self.owner.sees_some(f"] {self.room} {self.owner_name}: once")
        self.line = shown.rpartition("[")[2].partition(" ")[0]
        self.shows("once")
        self.typed = typed.format(room=self.room, name=self.name, line=self.line)

    def types(self, line: str) -> None:
        if self.seat is not None:
            self.seat.types(line + ("\r" if self.mode == "screen" else "\n"))
            return
        assert self.process is not None
        assert self.process.stdin is not None
        asked = {"do": "say", "room": self.room, "text": line}
        if line.startswith("/join"):
            asked = {"do": "join", "room": self.room}
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()

    @property
    def text(self) -> str:
        """What the client has shown; of a screen, what is on it."""
        if self.seat is not None:
            while self.seat.watch(0.02):
                pass
            text = self.seat.text if self.mode == "screen" else self.seat.sent.decode()
            return " ".join(text.split())
        assert self.process is not None
        assert self.process.stdout is not None
        self.out += self.process.stdout.read() or b""
        return self.out.decode()

    def shows(self, *texts: str) -> str:
        """Wait until all these are shown, in this order; all that is."""
        deadline = time.monotonic() + PATIENCE
        while True:
            text, end = self.text, 0
            for each in texts:
                end = text.find(each, end) + 1
                if not end:
                    break
            else:
                return text
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.kind}, {self.mode}: {texts} in {text}")
            time.sleep(0.05)

    def said(self, text: str) -> str:
        """How it is shown that this person has said something."""
        if self.mode == "json":
            return f'"from": "{self.name}", "text": "{text}"'
        return f"{self.name}: {text}"

    def sees_the_removal(self) -> None:
        """Wait until the line from before is removed, on a screen as well."""
        what = f'"entry": {self.line}' if self.mode == "json" else f"has removed line {self.line}"
        text = self.shows(what)
        if self.mode == "screen":
            assert f"{self.owner_name}: once" not in text, text

    def is_away(self, caller: Caller) -> None:
        """Wait until the others see the loss."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            caller.types(f"/whois {self.name}", "/dm chief looked")
            if "reconnecting" in caller.sees("chief: looked"):
                return
            time.sleep(0.05)
        raise AssertionError(self.name)

    def ends(self) -> int:
        if self.seat is not None:
            return self.seat.ends()
        assert self.process is not None
        return self.process.wait(PATIENCE)


class ComingBackTestCase(SeatTestCase):
    """Chief is an operator. All others are guests from one address, who may make 20 rooms.

    mode: of the clients.
    """

    mode: str

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.serve()
        self.chief = self.calls(self.port)
        self.chief.types("/nick chief", "/register correcthorse", "/bc here")
        self.chief.sees("chief: here")

    def serve(self) -> None:
        at = ("--port", self.port, "--interface", "127.0.0.1", "--store", "sqlite:chat.sqlite")
        self.server = self.serves(*at, "--throttle", "off", "--operator", "chief")

    def runs(self, *arguments: str) -> subprocess.Popen[bytes]:
        process = Forked[bytes](
            [sys.executable, "-m", "chatsvc.client", *arguments, "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | UNMEASURED,
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def go_away(self) -> list[Away]:
        """Those to whom something happens, and who type two lines before they can know."""
        kinds = [*[*HAPPENINGS][: much(2, len(HAPPENINGS) - 1)], OFF]
        people = [Away(self, number, kind, self.mode) for number, kind in enumerate(kinds)]
        for each in people:
            each.proxy.closes()
        for each in people:
            each.is_away(self.chief)
            order = f"/kick server {each.name} why" if each.kind == OFF else "/bc done"
            self.chief.types(order, "/dm chief done")
            self.chief.sees("chief: done")
            each.owner.types("said before", each.typed, "said after")
            each.owner.sees(f"{each.room} {each.owner_name}: said after")  # all is stored
            each.types("first")
            each.types("second")
        return people

    def come_back(self, people: list[Away]) -> None:
        for each in people:
            each.proxy.opens()
        for each in people:
            if each.kind == OFF:
                self.assertEqual(each.ends(), 1, each.mode)
                if each.mode != "json":  # which tells it on standard error
                    each.shows(each.told)
            elif each.can_speak:
                text = each.shows(
                    "said before", "said after", each.said("first"), each.said("second")
                )
                self.assertEqual(text.count("said before"), 1, text)
                each.shows(each.told)
                if each.kind == "changed":
                    each.sees_the_removal()
            else:
                text = each.shows("said before", each.told)
                self.assertEqual(text.count("said before"), 1, text)
                self.assertEqual("said after" in text, each.kind == "muted", text)
        self.nothing_was_said_to_all()

    def nothing_was_said_to_all(self) -> None:
        self.chief.types("/history #lobby 200", "/bc over")
        heard = self.chief.sees("chief: over")
        self.assertNotIn(": first", heard)
        self.assertNotIn(": second", heard)

    def by_the_same_server(self) -> None:
        people = self.go_away()
        self.come_back(people)
        for each in people:
            each.owner.types("/dm chief over")
            heard = each.owner.sees(f"{each.owner_name}: over")
            times = int(each.can_speak)
            for line in ("first", "second"):
                self.assertEqual(heard.count(f"{each.name}: {line}"), times, each.kind)

    def by_a_server_that_was_killed(self) -> None:
        people = self.go_away()
        self.server.kill()
        self.server.wait()
        self.serve()
        self.chief = self.calls(self.port)
        self.chief.types("/login chief correcthorse")
        self.come_back(people)

    def too_late(self) -> None:
        """The place is gone, but not what happened before that."""
        people = self.go_away()
        time.sleep(RESUME_WITHIN + 5)
        for each in people:
            each.proxy.opens()
        for each in people:
            if each.kind == OFF:
                self.assertEqual(each.ends(), 1, each.mode)
            elif each.kind in ("kicked", "made owner", "invited"):
                each.shows(each.told)
            else:
                each.shows("That place is no longer kept.")
        self.nothing_was_said_to_all()


if TYPE_CHECKING:
    Case = ComingBackTestCase
else:
    Case = object


class Returns(Case):
    """The ways to come back."""

    def test_by_the_same_server(self) -> None:
        self.by_the_same_server()

    def test_by_a_server_that_was_killed(self) -> None:
        self.by_a_server_that_was_killed()

    @pytest.mark.skipif("CHATSVC_SLOW_TESTS" not in os.environ, reason="takes minutes")
    def test_too_late(self) -> None:
        self.too_late()


@pytest.mark.long
class ScreenTests(Returns, ComingBackTestCase):
    mode = "screen"


@pytest.mark.long
class PlainTests(Returns, ComingBackTestCase):
    mode = "plain"


@pytest.mark.long
class JsonTests(Returns, ComingBackTestCase):
    mode = "json"
