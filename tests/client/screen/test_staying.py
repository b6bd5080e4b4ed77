"""The client on a real terminal: connections that are lost and come back."""

from __future__ import annotations

from tests.client.screen.seats import YOURS, TtyTestCase
from tests.processes import FIRST


class StayTests(TtyTestCase):
    def test_the_server_is_killed_and_comes_back(self) -> None:
        self.server.kill()
        self.server.wait()
        self.server = self.opens("--store", "sqlite:chat.sqlite")
        self.ann = self.calls(self.port)
        self.ann.sees(FIRST)
        bob = self.comes()
        bob.types("before\r")
        bob.receives(b"m: before")  # it is answered: the name and the text have two styles
        self.server.kill()
        bob.sees("The connection was lost.", "no connection, trying again")
        bob.types("meanwhile\r")
        bob.sees("no connection, trying again, 1 waiting", "client2: meanwhile")
        self.server.wait()
        self.opens("--store", "sqlite:chat.sqlite")
        bob.receives(b"m: meanwhile")
        self.assertEqual(bob.text.count("client2: meanwhile"), 1)
        cat = self.calls(self.port)
        self.assertEqual(cat.sees("server: From here on it is new.").count("meanwhile"), 1)

    def test_what_was_not_said_is_told(self) -> None:
        bob = self.comes()
        self.server.kill()
        bob.sees("no connection, trying again")
        bob.types("never said\r/login bob correcthorse\r")
        bob.sees("2 waiting")
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 1)
        self.assertIn("chatsvc: not said: never said\nchatsvc: not said: /login\n", bob.text)
        self.assertNotIn(b"\x1b", bob.last_words)
        self.assertTrue(bob.is_as_before())

    def test_put_off_the_server(self) -> None:
        self.server.kill()
        self.server.wait()
        self.server = self.opens("--store", "memory:", "--operator", "ann")
        ann = self.calls(self.port)
        ann.types("/nick ann", "/register correcthorse")
        ann.sees(YOURS)
        bob = self.comes()
        ann.types("this is drawn in time", "/kick #lobby client2 no reason")
        self.assertEqual(bob.ends(), 1)
        self.assertNotIn(b"\x1b", bob.last_words)
        self.assertIn("chatsvc: You were kicked off this server, by ann", bob.text)

    def test_history_is_kept_without_passwords(self) -> None:
        self.is_client_measured = True
        bob = self.comes()
        bob.types("something\r/login bob secretsecret\r")
        bob.sees("client2: something", "!!")
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 0)
        [file] = [each for each in self.folder.rglob("*") if each.name == "history"]
        self.assertNotIn("secret", file.read_text())
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        cat = self.sits_down("127.0.0.1", str(self.port))
        cat.sees("Welcome, you are")
        cat.presses(b"\x1b[A", b"\x1b[A")
        cat.sees("> something")

    def test_who_was_killed_has_the_place_and_the_name_again(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), "--name", "bob")
        bob.sees("bob@127.0.0.1")
        bob.types("/join #ops\r")
        bob.sees("You are in #ops")
        self.ann.sees("server: client2 is now known as bob.")
        bob.process.kill()
        bob.process.wait()
        again = self.sits_down("127.0.0.1", str(self.port), "--name", "bob")
        again.sees("The connection is back.", "#ops", "bob@127.0.0.1")
        again.types("here I am\r")
        self.assertEqual(self.ann.sees("bob: here I am"), "")

    def test_two_terminals_of_one_name(self) -> None:
        bob = self.sits_down("127.0.0.1", str(self.port), "--name", "bob")
        bob.sees("bob@127.0.0.1")
        other = self.sits_down("127.0.0.1", str(self.port), "--name", "bob")
        other.sees("client3@127.0.0.1", 'The name "bob" is taken')
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 0)
        other.sees("bob@127.0.0.1")

    def test_logging_in(self) -> None:
        self.is_client_measured = True
        self.ann.types("/nick ann", "/register correcthorse")
        self.ann.sees(YOURS)
        ann = self.sits_down("127.0.0.1", str(self.port), "--login", "ann")
        ann.sees("Password of ann:")
        ann.types("correcthorse\n")
        ann.sees("ann@127.0.0.1")
        self.assertNotIn(b"correcthorse", ann.sent)
        (self.folder / "password").write_text("correcthorse\n")
        file = str(self.folder / "password")
        again = self.sits_down(
            "127.0.0.1", str(self.port), "--login", "ann", "--password-file", file
        )
        again.sees("ann@127.0.0.1")

    def test_where_one_has_to_log_in_first(self) -> None:
        self.server.kill()
        self.server.wait()
        self.server = self.opens("--store", "sqlite:chat.sqlite", "--accounts-only")
        self.calls(self.port)
        bob = self.sits_down("127.0.0.1", str(self.port))
        bob.sees("Welcome, you are client")
        bob.types("/nick bob\r/register correcthorse\r")
        bob.sees("The name bob is yours.")
        bob.types("hello\r")
        bob.sees("bob: hello", "bob@127.0.0.1", ", 1 here")
        self.server.kill()
        bob.sees("no connection, trying again")
        bob.types("meanwhile\r")
        self.server.wait()
        self.opens("--store", "sqlite:chat.sqlite", "--accounts-only")
        bob.sees("bob: meanwhile", "The connection is back.")
