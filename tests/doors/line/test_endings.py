"""The line door: how connections end."""

from __future__ import annotations

import re

from twisted.internet.address import IPv4Address

from tests.harness import ChatTestCase, Person, Server


class EndingTests(ChatTestCase):
    def test_quit_in_every_spelling(self) -> None:
        for spelling in ("/quit", "/quit bye", "/exit", "/QUIT", "  /quit  "):
            dan = self.server.joined_by("10.0.0.9")
            self.ann.hears()
            dan.types(spelling)
            self.assertEqual(self.ann.hears(), [f"server: {dan.name} has quit."])
            self.assertTrue(dan.is_closed())
            self.assertEqual(self.ann.hears(), [])

    def test_what_was_said_is_delivered_before_the_end(self) -> None:
        self.ann.types("one")
        self.bob.types("two", "/users", "/quit", "three", "/dm client1 four")
        self.assertEqual(
            self.bob.hears(),
            [
                "client1: one",
                "client2: two",
                "server: 3 users are connected: client1, client2, client3",
            ],
        )
        self.assertTrue(self.bob.is_closed())
        self.assertEqual(
            self.cat.hears(), ["client1: one", "client2: two", "server: client2 has quit."]
        )

    def test_half_close_is_a_loss_and_is_still_answered(self) -> None:
        self.bob.types("/users")
        self.bob.sends(b"unfinished")
        self.bob.closes()
        self.assertEqual(self.ann.hears(), ["server: client2 has lost its connection."])
        self.assertEqual(
            self.bob.hears(), ["server: 3 users are connected: client1, client2, client3"]
        )
        self.assertTrue(self.bob.is_closed())
        self.assertEqual(self.ann.hears(), [])

    def test_loss_is_logged_with_its_reason(self) -> None:
        journal = self.journal()
        self.ann.types("secret")
        self.ann.closes()
        self.ann.hears()
        self.assertTrue(self.ann.is_closed())
        self.bob.drops()
        self.cat.types("/quit")
        self.cat.hears()
        self.assertTrue(self.cat.is_closed())
        self.assertEqual(
            [re.sub(r" after \d+ s \(text, lines: \d\)", "", line) for line in journal],
            [
                "client1 has lost its connection: closed by the peer",
                "client2 has lost its connection: Connection to the other side was"
                " lost in a non-clean fashion.",
                "client3 quit.",
            ],
        )

    def test_who_quits_and_never_reads_is_cut_off(self) -> None:
        self.bob.stalls()
        self.ann.types("hello")
        self.bob.types("/quit")
        self.assertEqual(self.ann.hears()[-1], "server: client2 has quit.")
        self.server.clock.advance(4.5)
        self.assertFalse(self.bob.transport.disconnecting)
        self.server.clock.advance(0.5)
        self.assertTrue(self.bob.transport.disconnected)
        self.bob.drops()
        self.assertEqual(self.ann.hears(), [])

    def test_who_quits_and_reads_late_gets_everything_up_to_then(self) -> None:
        self.bob.stalls()
        self.ann.types("hello")
        self.bob.types("/quit")
        self.ann.types("too late")
        self.server.clock.advance(1)
        self.bob.reads()
        self.assertEqual(self.bob.hears(), ["client1: hello"])
        self.assertTrue(self.bob.is_closed())
        self.server.clock.advance(10)
        self.assertFalse(self.bob.transport.disconnected)

    def test_shutdown(self) -> None:
        ended: list[bool] = []
        self.cat.stalls()
        self.ann.types("last words")
        self.server.chat.shut_down(lambda: ended.append(True))
        words = ["client1: last words", "server: The server is shutting down."]
        for person in (self.ann, self.bob):
            self.assertEqual(person.hears(), words)
            self.assertTrue(person.is_closed())
        late = Person(self.server, IPv4Address("TCP", "10.0.0.7", 1))
        self.assertEqual(late.hears(), ["server: The server is shutting down."])
        self.assertTrue(late.is_closed())
        self.assertEqual(ended, [])
        self.server.clock.advance(4)
        self.assertTrue(self.cat.transport.disconnected)
        self.cat.drops()
        self.assertEqual(ended, [True])

    def test_shutdown_does_not_wait_for_who_had_quit_before(self) -> None:
        self.bob.stalls()
        self.ann.types("hello")
        self.bob.types("/quit")
        self.server.chat.shut_down(lambda: None)
        self.server.clock.advance(4)
        self.assertTrue(self.bob.transport.disconnected)
        self.bob.reads()
        self.assertNotIn("server: The server is shutting down.", self.bob.hears())

    def test_shutdown_of_an_empty_server(self) -> None:
        ended: list[bool] = []
        Server().chat.shut_down(lambda: ended.append(True))
        self.assertEqual(ended, [True])
