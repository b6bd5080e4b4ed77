"""Administering a real server, with people on the line by several doors."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import time
from getpass import getuser
from pathlib import Path

from chatsvc.admin.place import short
from chatsvc.admin.protocol import question
from tests.admin.processes import AdminProcessTestCase
from tests.patience import PATIENCE
from tests.processes import Caller

BY = f"admin:{getuser()}"


class RealTests(AdminProcessTestCase):
    def asks(self, command: str, **arguments: object) -> Caller:
        """Somebody who asks at the socket as any program can."""
        with short(self.folder / "chatsvc.admin") as name:
            caller = self.calls(Path(name))
        caller.socket.sendall(question(command, arguments))
        return caller

    def people(self) -> tuple[Caller, Caller, Caller]:
        """Ann by lines, Bob by IRC, Cat by JSON, all in #tea."""
        ann, bob, cat = (self.calls(self.port) for _ in range(3))
        ann.types("/nick ann", "/join #tea")
        ann.sees_some("You are in #tea")
        bob.types("NICK bob", "USER bob 0 * :Bob", "JOIN #tea")
        bob.sees_some("366 bob #tea")
        cat.types("/json", '{"do": "nick", "name": "cat"}', '{"do": "join", "room": "#tea"}')
        cat.sees_some("You are in #tea")
        return ann, bob, cat

    def test_what_the_system_refuses_is_said_in_words(self) -> None:
        why = os.strerror(errno.ENOENT)
        told = f"chatsvc-admin: nowhere: {why}.\n"
        self.assertEqual(self.admin("import", "nowhere"), (1, "", told))

    def test_people_by_several_doors(self) -> None:
        self.opens()
        ann, bob, cat = self.people()
        doors = {each["name"]: each["door"] for each in self.facts("who")}
        client1 = {"client1": "text"}  # with whom the server was opened
        self.assertEqual(doors, client1 | {"ann": "text", "bob": "IRC", "cat": "JSON"})
        [status] = self.facts("status")
        self.assertEqual(status["connections_by_door"], {"text": 2, "IRC": 1, "JSON": 1})
        self.facts("announce", "Restart", "at", "ten")
        ann.sees("server: Restart at ten")
        bob.sees_some("NOTICE #lobby :Restart at ten")
        cat.sees_some("Restart at ten")
        [kick] = self.facts("kick", "cat", "--room", "tea", "Too", "loud.")
        self.assertEqual((kick["name"], kick["reason"], kick["by"]), ("cat", "Too loud.", BY))
        bob.sees_some(f":{BY}!admin@admin.cloak KICK #tea cat :Too loud.")
        told = [json.loads(line) for line in cat.sees_some("tell who runs").splitlines()]
        self.assertEqual([each["actor"] for each in told if each["event"] == "kicked"], [BY])
        ann.sees(f'server: {BY} has kicked cat out of #tea (act 1): "Too loud."')
        self.facts("ban", "bob", "for 1h")
        self.assertIn("ERROR :", bob.sees_the_end())
        self.facts("kick", "cat")
        self.assertIn("You were kicked off this server", cat.sees_the_end())
        self.facts("room", "delete", "#tea", "--yes")
        ann.sees_some("has deleted #tea")
        self.assertEqual([each["name"] for each in self.facts("rooms")], ["#lobby"])
        self.assertEqual(
            [each["did"] for each in self.facts("acts", "--last", "9")],
            ["banned", "kicked", "deleted the room"],
        )
        log = [each["text"] for each in self.facts("log", "--audit")]
        self.assertIn(f"{BY} ran: kick cat --room tea", log)
        self.assertIn(f"{BY} ran: room delete #tea", log)

    def test_following_the_log_until_the_server_is_killed(self) -> None:
        server = self.opens()
        following = self.begins("log", "--follow", "--audit", "--last", "0")
        assert following.stdout is not None
        deadline = time.monotonic() + PATIENCE
        os.set_blocking(following.stdout.fileno(), False)
        line = ""
        while not line and time.monotonic() < deadline:  # until it follows
            self.facts("announce", "hi")
            line = following.stdout.readline()
        self.assertIn(f"{BY} ran: announce", line)
        os.set_blocking(following.stdout.fileno(), True)
        os.kill(server.pid, signal.SIGKILL)
        status, _, err = self.ends(following)
        self.assertEqual((status, err), (3, "chatsvc-admin: the server has ended meanwhile.\n"))

    def test_clients_that_are_killed_or_do_not_read_are_no_burden(self) -> None:
        self.opens()
        for _ in range(40):  # more than may ask at once
            asking = self.asks("log", follow=True)
            self.assertTrue(asking.socket.recv(1))
            asking.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, (1).to_bytes(4, "little") + bytes(4)
            )
            asking.socket.close()
        stuck = [self.asks("log", follow=True, last=1000) for _ in range(3)]
        self.works()
        for each in stuck:
            self.assertTrue(each.socket.recv(10))

    def test_reading_stops_early(self) -> None:
        self.opens()
        following = self.begins("log", "--follow")
        assert following.stdout is not None
        self.assertIn("has started", following.stdout.readline())
        following.stdout.close()
        self.facts("announce", "hi")
        self.assertEqual(following.wait(PATIENCE), 0)

    def test_refusals(self) -> None:
        self.opens()
        status, out, err = self.admin("kick", "nobody-here")
        self.assertEqual((status, out), (1, ""), err)
        self.assertIn("Nobody is here", err)
        status, out, err = self.admin("room", "delete", "tea")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("--yes", err)
