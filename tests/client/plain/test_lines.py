"""Lines over a link: for screen readers, for scripts and for logs; the real program."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.client.terminal import Seat, SeatTestCase
from tests.patience import PATIENCE, much
from tests.processes import UNMEASURED, Caller, free_port


class LinesTestCase(SeatTestCase):
    """A server to which ann has come; she is client1."""

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.serve()
        self.ann = self.comes()

    def serve(self, *options: Any) -> None:
        at = ("--port", self.port, "--interface", "127.0.0.1", "--store", "sqlite:chat.sqlite")
        self.server = self.serves(*at, *options)

    def comes(self) -> Caller:
        caller = self.calls(self.port)
        caller.types("/who")
        caller.sees("server: 1 user is in #lobby: client1")
        return caller

    def runs(
        self, *arguments: str, stdin: Any = subprocess.PIPE, **environment: str
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "chatsvc.client", "127.0.0.1", str(self.port), *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | self.measuring | environment,
        )
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            self.addCleanup(stream.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def gets(self, *arguments: str, text: str, **environment: str) -> tuple[int, str, str]:
        """What comes of a run with this input."""
        process = self.runs(*arguments, **environment)
        out, err = process.communicate(text, timeout=2 * PATIENCE)
        return process.returncode, out, err


class RoomTests(LinesTestCase):
    is_client_measured = True

    def test_each_line_is_said_once(self) -> None:
        self.ann.types("/join #log")
        self.ann.sees("server: You are in #log, which belongs to you. Nobody else is in it.")
        lines = ["one", "/quit is no command here", "//", '"quoted"', "", "the last, without end"]
        status, _, err = self.gets("--room", "#log", text="\n".join(lines))
        self.assertEqual((status, err), (0, ""))
        before = self.ann.sees("server: client2 has quit.")
        said = [line for line in before.splitlines() if line.startswith("#log client2: ")]
        self.assertEqual(said, [f"#log client2: {line}" for line in lines if line])

    def test_what_is_typed_may_be_a_command(self) -> None:
        seat = self.sits_down("127.0.0.1", str(self.port), "--room", "#log")
        seat.sees("server: You are in #log")
        self.ann.types("/join #log")
        seat.sees("server: client1 has joined #log.")
        seat.types(".login ann secret\n")
        seat.sees("server: That was not said: it looks like /login.")
        seat.types("/me types\nhello\n/quit\n")
        self.assertEqual(seat.ends(), 1)
        before = self.ann.sees("server: client2 has quit.")
        self.assertEqual(
            [line for line in before.splitlines() if line.startswith("#log ")],
            ["#log * client2 types", "#log client2: hello"],
        )
        self.assertNotIn("secret", before)

    def test_a_room_is_followed_that_gets_another_name(self) -> None:
        self.ann.types("/join #log")
        seat = self.sits_down("127.0.0.1", str(self.port), "--room", "#LOG")
        seat.sees("server: You are in #log")
        self.ann.types("/rename #log #diary")
        seat.sees("server: client1 has renamed #log to #diary.")
        seat.types("dear diary\n/quit\n")
        seat.ends()
        self.assertIn("#diary client2: dear diary", self.ann.sees("server: client2 has quit."))

    def test_more_than_the_server_takes_at_once(self) -> None:
        status, _, err = self.gets("--room", "#lobby", text="".join(f"{n}\n" for n in range(60)))
        self.assertEqual((status, err), (0, ""))
        before = self.ann.sees("server: client2 has quit.")
        said = [line for line in before.splitlines() if line.startswith("client2: ")]
        self.assertEqual(said, [f"client2: {n}" for n in range(60)])
        self.assertNotIn("too fast", before)

    def test_what_waits_for_a_server_that_is_gone(self) -> None:
        process = self.runs("--room", "#lobby")
        assert process.stdin is not None
        process.stdin.write("first\n")
        process.stdin.flush()
        self.ann.sees("client2: first")
        self.server.kill()
        self.server.wait()
        process.stdin.write("second\n")
        process.stdin.flush()
        time.sleep(0.5)
        with self.assertRaises(subprocess.TimeoutExpired):
            process.communicate(timeout=1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 128 + signal.SIGINT)
        self.assertIn("chatsvc: line 2: not said: second\n", err)

    def test_what_cannot_be_said(self) -> None:
        self.ann.types("/join #log", "/privacy #log invite-only")
        self.ann.sees("server: client1 has changed #log: only those who are invited can join it.")
        status, out, err = self.gets("--room", "#log", text="one\n")
        self.assertEqual(status, 1)
        self.assertIn("chatsvc: line 1: You are not in #log.", err)
        self.assertNotIn("You are not in #log.", out)

    @pytest.mark.long
    def test_each_line_of_a_long_input_is_said(self) -> None:
        count = much(60, 200)  # more than the server takes at once
        lines = [str(number) for number in range(1, count + 1)]
        status, _, err = self.gets(text="\n".join([*lines, "/nope", "/dm zzz hi", "last"]))
        self.assertEqual(status, 1)
        self.assertEqual(
            [each[:32] for each in err.splitlines()],
            [
                f'chatsvc: line {count + 1}: There is no command "/nope".'[:32],
                f'chatsvc: line {count + 2}: User "zzz" is not connected'[:32],
            ],
        )
        before = self.ann.sees("server: client2 has quit.")
        said = [each for each in before.splitlines() if each.startswith("client2: ")]
        self.assertEqual(said, [f"client2: {each}" for each in [*lines, "last"]])

    def test_nothing_is_said_before_a_login_nor_after_one_that_failed(self) -> None:
        self.ann.types("/nick ann", "/register correcthorse")
        self.ann.sees(
            "server: The name ann is yours. From elsewhere, type /login ann and your password."
        )
        file = self.folder / "password"
        for password, room in (("wronghorse", "#evil"), ("correcthorse", "#good")):
            file.write_bytes(b"\xef\xbb\xbf" + password.encode() + b"\r\n")
            file.chmod(0o600)
            how = ("--login", "ann", "--password-file", str(file), "--room", room)
            status, _, err = self.gets(*how, text="secret\n")
            if room == "#evil":
                self.assertEqual(status, 1)
                self.ann.sees("server: client2 has quit.")
                self.assertIn("chatsvc: not logged in: ", err)
            else:
                self.assertEqual((status, err), (0, ""))
        self.ann.types("/rooms", "/history #good", "/bc that is all")
        seen = self.ann.sees("ann: that is all")
        self.assertIn("#good ann: secret", seen)
        self.assertNotIn("#evil", seen)

    def test_nothing_is_said_elsewhere_if_a_room_cannot_be_joined(self) -> None:
        self.ann.types("/join #ops secretkey")
        self.ann.sees("server: You are in #ops, which belongs to you. Nobody else is in it.")
        for turn in ("/join #ops", "/join ops", "/login bob wronghorse"):
            for mode in ([], ["--plain"]):
                said = f"hello\n{turn}\nfor #ops\nfor #ops\n"
                status, _, err = self.gets(*mode, text=said, **UNMEASURED)
                self.assertEqual(status, 1)
                self.assertEqual(err.splitlines()[1:], ["chatsvc: nothing behind line 2 was sent."])
                self.assertIn("chatsvc: line 2: ", err)
                before = self.ann.sees("server: client2 has quit.")
                self.assertIn("client2: hello", before)
                self.assertNotIn("for #ops", before)
        status, _, err = self.gets(text="/join #ops secretkey\nfor #ops\n/join #b\nfor #b")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("#ops client2: for #ops", self.ann.sees("server: client2 has quit."))

    def test_the_time_is_shown_from_where_that_stands(self) -> None:
        text = "one\n/time on\ntwo\n/TIME Off\nthree\n/time 5\n"
        status, out, err = self.gets("--plain", text=text)
        wrong = '"5" is not on or off. Write it like this: /time on|off'
        self.assertEqual((status, err), (1, f"chatsvc: line 6: {wrong}\n"))
        said = [line for line in out.splitlines() if "client2: " in line]
        self.assertEqual((said[0], said[2]), ("client2: one", "client2: three"))
        self.assertRegex(said[1], r"^\d\d:\d\d:\d\d client2: two$")

    def test_a_quiet_script_sees_answers_only(self) -> None:
        status, out, err = self.gets("--quiet", text="hello\n/users\n")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out, "server: 2 users are connected: client1, client2\n")


class JsonTests(LinesTestCase):
    is_client_measured = True

    def test_objects_in_both_directions(self) -> None:
        asked = [{"do": "bc", "text": "hi", "nonce": "mine"}, {"do": "away", "nonce": "2"}]
        others = [{"do": "back"}, {"do": "users", "self": 1}]
        text = "".join(f"{json.dumps(each)}\n" for each in [*asked, *others])
        status, out, err = self.gets("--json", "--name", "bob", text=text)
        self.assertEqual((status, err), (0, ""))
        told = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(told[0]["event"], "welcome")
        self.assertNotIn("token", out)
        [said] = [each for each in told if each["event"] == "said"]
        self.assertEqual((said["text"], said["nonce"]), ("hi", "mine"))
        self.assertEqual([each["nonce"] for each in told if each["event"] == "done"], ["2"])

    def test_what_is_no_object(self) -> None:
        status, out, err = self.gets("--json", text='hello\n{"do": "dm", "username": "x"}\n[]\n')
        self.assertEqual(status, 1)
        numbers = [line.split(":")[1] for line in err.splitlines()]
        self.assertEqual(sorted(numbers), [" line 1", " line 2", " line 3"])
        error = next(each for each in map(json.loads, out.splitlines()) if "error" in each)
        self.assertEqual(error["error"]["field"], "text")

    def test_quit(self) -> None:
        typed = json.dumps({"do": "type", "line": "\u200b/Exit"})
        for how, line in (
            ("--json", '{"do": "/QUIT"}'),
            ("--json", typed),
            ("--plain", "\u200b/quit"),
        ):
            process = self.runs(how)
            assert process.stdin is not None
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            self.assertEqual(process.wait(PATIENCE), 0)
            before = self.ann.sees("server: client2 has quit.")
            self.assertNotIn("client3", before)

    def test_nobody_reads_the_output_any_more(self) -> None:
        process = self.runs("--json")
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        self.ann.types("one", "two")
        self.assertEqual(process.wait(PATIENCE), 1)
        assert process.stderr is not None
        self.assertEqual(
            process.stderr.read(), "chatsvc: standard output was closed, or is full.\n"
        )


class OutputTests(LinesTestCase):
    def test_what_cannot_be_written_is_no_success(self) -> None:
        for mode in ("", "--plain", "--json", "--room=#ops"):
            for output in (">&-", ">/dev/full"):
                python = shlex.quote(sys.executable)
                program = f"{python} -m chatsvc.client 127.0.0.1 {self.port} {mode}"
                done = subprocess.run(
                    f"{program} {output} </dev/null",
                    shell=True, capture_output=True, encoding="utf-8", timeout=2 * PATIENCE,
                    env=os.environ | (UNMEASURED if "full" in output else {}),
                )  # fmt: skip
                found = (done.returncode, done.stderr)
                wanted = (1, "chatsvc: standard output was closed, or is full.\n")
                self.assertEqual(found, wanted, (mode, output))


class PlainTests(LinesTestCase):
    is_client_measured = True

    def test_one_line_an_event_and_nothing_else(self) -> None:
        bob = self.sits(rows=50)
        bob.sees("server: Welcome, you are client2.")
        bob.types("hello\n/join #ops\n/me waves\n/dm client1 psst\n")
        bob.sees(
            "client2: hello",
            "server: You are in #ops, which belongs to you.",
            "#ops * client2 waves",
            "client2 (to client1 only): psst",
        )
        self.assertNotIn(b"\x1b", bob.sent)
        self.ann.types("\x1b]0;title\x07evil\u202e")
        bob.sees("client1: evil")
        self.assertNotIn(b"\x1b", bob.sent)
        bob.types("/quit\n")
        self.assertEqual(bob.ends(), 0)
        self.assertTrue(bob.is_as_before())

    def test_mentions_are_listed(self) -> None:
        bob = self.sits(rows=50)
        bob.types("/mentions\n")
        bob.sees("Nobody has mentioned you since you came.")
        self.ann.types("/join #ops", "/dm client2 psst", "/join #lobby", "hello client2", "hello")
        bob.sees("client1: hello\n")
        bob.types("/mentions\nthat is all\n")
        bob.sees("client2: that is all")
        self.assertRegex(
            bob.text, r"\n\d\d:\d\d client1.*: psst\n\d\d:\d\d client1: hello client2\n"
        )

    def test_aliases_are_for_people(self) -> None:
        settings = self.folder / "client.toml"
        settings.write_text('[aliases]\nhi = "hello there, $1"\nlong = "%s"\n' % ("$*" * 200))
        bob = self.sits_down("127.0.0.1", str(self.port), "--plain", "--settings", str(settings))
        bob.types(f"/hi ann\n/long {'x' * 100}\n")
        bob.sees("client2: hello there, ann", "with the alias it is too long")
        status, _, err = self.gets("--settings", str(settings), text="/hi ann")
        self.assertEqual(status, 1)
        self.assertIn('There is no command "/hi"', err)

    def test_what_only_the_whole_screen_has_is_refused(self) -> None:
        bob = self.sits(rows=50)
        bob.types("/bind next alt-n\n/set theme light\n/unset mouse\n")
        bob.sees(
            "chatsvc: /bind works on the whole screen only.",
            "theme is a setting of the whole screen only.",
            "Write it like this: /unset notices",
        )
        bob.types("/set\n")
        bob.sees("See also /alias and /notify.")
        self.assertNotIn("align", bob.text)

    def test_the_bell_rings_by_the_level_of_each_room(self) -> None:
        bob = self.sits(rows=50)
        bob.types("/join #ops\n/notify #ops all\n/notify\n")
        bob.sees("Notices of #ops: all.", "Write it like this: /notify #ops")
        self.ann.types("hello", "hello client2", "/dm client2 psst", "/join #ops", "anything")
        bob.sees("#ops client1: anything")
        bob.types("/notify #ops none\n")
        bob.sees("Notices of #ops: none.")
        self.ann.types("no bell, client2")
        bob.sees("#ops client1: no bell, client2")
        bob.types("/notify @client1 none\n/history #lobby\n")
        bob.sees("Notices of @client1: none.")
        self.ann.types("/dm client2 quietly")
        bob.sees(": quietly")
        rung = [line.decode() for line in bob.sent.split(b"\r\n") if b"\a" in line]
        self.assertEqual([line[0] for line in rung], ["\a"] * 3)
        told = "client1: hello client2", "psst", "#ops client1: anything"
        for line, text in zip(rung, told, strict=True):
            self.assertTrue(line.endswith(text), rung)
        levels = (self.folder / "config" / "chatsvc" / "client.toml").read_text()
        self.assertIn('"#ops" = "none"', levels)

    def test_settings_of_notices(self) -> None:
        bob = self.sits(rows=50)
        told = self.folder / "told"
        bob.types("/set highlights deploy\n/set notices osc9\n")
        bob.types(f'/set on-mention echo "$CHATSVC_WHERE: $CHATSVC_TEXT" >> {told}\n')
        bob.sees("highlights = deploy (from the file)", "on-mention = echo")
        self.ann.types("Deploy now")
        bob.receives(b"\x1b]9;client1: Deploy now\aclient1: Deploy now")
        deadline = time.monotonic() + PATIENCE
        while not told.exists() or not told.read_text():
            self.assertLess(time.monotonic(), deadline)
            bob.watch(0.05)
        self.assertEqual(told.read_text(), "#lobby: Deploy now\n")

    def test_scripts_have_no_notices(self) -> None:
        told = self.folder / "told"
        settings = self.folder / "client.toml"
        settings.write_text(f"on-mention = 'echo x >> {told}'\n")
        process = self.runs("--plain", "--settings", str(settings))
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("hello\n")
        process.stdin.flush()
        self.ann.sees("client2: hello")
        self.ann.types("hello client2")
        shown = ""
        while "client1: hello client2\n" not in shown:
            shown += process.stdout.readline()
        _, err = process.communicate("/set notices off\n", timeout=PATIENCE)
        self.assertNotIn("\a", shown)
        self.assertIn("/set works on a terminal only, without --quiet.", err)
        self.assertFalse(told.exists())

    def sits(self, **options: Any) -> Seat:
        return self.sits_down("127.0.0.1", str(self.port), "--plain", **options)

    def test_who_is_quiet_is_told_what_is_refused(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), "--quiet", TERM="dumb")
        bob.types("hello\n/nope\n")
        bob.sees('server: There is no command "/nope".')
        self.assertNotIn("client2: hello", bob.text)

    def test_who_was_killed_has_the_place_again(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), "--plain", "--name", "bob")
        bob.types("/join #ops\n")
        bob.sees("server: You are in #ops")
        bob.process.kill()
        bob.process.wait()
        self.ann.types("said meanwhile")
        again = self.sits_down("127.0.0.1", str(self.port), "--plain", "--name", "bob")
        again.sees("server: You are bob again, in #lobby, #ops.", "client1: said meanwhile")
        again.types("here I am\n")
        self.ann.types("/join #ops")
        seen = self.ann.sees("server: You are in #ops. 1 other person is in it.")
        self.assertNotIn("lost", seen)
        again.sees("#ops bob: here I am")

    def test_two_of_one_name(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), "--plain", "--name", "bob")
        bob.sees("server: client2 is now known as bob.")
        other = self.sits_down("127.0.0.1", str(self.port), "--plain", "--name", "bob")
        other.sees('server: The name "bob" is taken')
        bob.types("/quit\n")
        other.sees("server: client3 is now known as bob.")

    def test_ctrl_c_and_ctrl_d(self) -> None:
        for key, status in ((b"\x03", 128 + signal.SIGINT), (b"\x04", 0)):
            bob = self.sits()
            bob.sees("server: Welcome")
            bob.presses(key)
            self.assertEqual(bob.ends(), status)

    def test_the_connection_is_lost_and_comes_back(self) -> None:
        bob = self.sits()
        bob.sees("server: Welcome, you are client2.")
        self.server.kill()
        bob.sees("chatsvc: The connection was lost; trying again.")
        bob.types("meanwhile\n")
        self.server.wait()
        self.serve()
        bob.sees("chatsvc: The connection is back.", "client2: meanwhile")

    def all_is_gone(self, bob: Seat) -> None:
        """[The server begins anew, without its store, while Bob types two lines.]"""
        self.server.kill()
        bob.sees("chatsvc: The connection was lost; trying again.")
        bob.types("meanwhile\nand more\n")
        bob.sees("and more")
        bob.process.send_signal(signal.SIGSTOP)  # or he might come before Ann, and be client1
        self.server.wait()
        for file in self.folder.glob("chat.sqlite*"):
            file.unlink()
        self.serve()
        self.ann = self.comes()
        bob.process.send_signal(signal.SIGCONT)

    def test_what_was_typed_for_a_room_of_a_place_that_is_gone(self) -> None:
        bob = self.sits()
        bob.sees("server: Welcome, you are client2.")
        bob.types("/join #ops\n")
        bob.sees("server: You are in #ops")
        self.all_is_gone(bob)
        bob.sees("chatsvc: The connection is back.")
        bob.types("later\n/join #lobby\nfor all\n")
        before = self.ann.sees("client2: for all")
        for line in ("meanwhile", "and more", "later"):
            self.assertNotIn(line, before)
        bob.sees("client2: for all")
        self.assertEqual(bob.sent.count(b"so that was not said"), 3)

    def test_what_was_typed_for_all_is_said_to_all(self) -> None:
        bob = self.sits()
        bob.sees("server: Welcome, you are client2.")
        self.all_is_gone(bob)
        self.assertTrue(self.ann.sees("client2: and more").endswith("client2: meanwhile\n"))

    def test_a_password_that_cannot_be_asked_for(self) -> None:
        status, _, err = self.gets("--plain", "--login", "ann", text="")
        self.assertEqual(status, 2)
        self.assertIn("use --password-file", err)
        status, _, err = self.gets("--login", "ann", "--password-file", "/nowhere", text="")
        self.assertEqual((status, err), (2, "chatsvc: /nowhere: No such file or directory\n"))
