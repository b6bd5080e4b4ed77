"""Lines over a link for scripts, programs and logs; the real program."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import termios
import time

import pytest

from tests.client.plain.lines import LinesTestCase
from tests.patience import PATIENCE, much
from tests.processes import UNMEASURED


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
        deadline = time.monotonic() + PATIENCE
        while any(fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4))):  # it has not read that
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
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
