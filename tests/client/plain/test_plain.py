"""Lines for people who read them, as with a screen reader: --plain; the real program."""

from __future__ import annotations

import signal
from typing import Any

from tests.client.plain.lines import LinesTestCase
from tests.client.terminal import Seat
from tests.patience import PATIENCE


class PlainTests(LinesTestCase):
    def test_one_line_an_event_and_nothing_else(self) -> None:
        self.is_client_measured = True
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
        bob.until(lambda: told.exists() and told.read_text())
        self.assertEqual(told.read_text(), "#lobby: Deploy now\n")

    def test_scripts_have_no_notices(self) -> None:
        self.is_client_measured = True
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
            line = process.stdout.readline()
            self.assertTrue(line, shown)
            shown += line
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
        self.is_client_measured = True
        status, _, err = self.gets("--plain", "--login", "ann", text="")
        self.assertEqual(status, 2)
        self.assertIn("use --password-file", err)
        status, _, err = self.gets("--login", "ann", "--password-file", "/nowhere", text="")
        self.assertEqual((status, err), (2, "chatsvc: /nowhere: No such file or directory\n"))
