"""Whatever bytes arrive, the IRC door stays up, logs no bug, and others notice nothing."""

from __future__ import annotations

import random
from typing import Any

from chatsvc.doors.irc.verb import verbs
from chatsvc.throttle import Throttle
from tests.doors.irc.irc import IrcTestCase

WORDS = [
    *("#lobby", "#x", "#nowhere", "#", "dan", "client1", "nobody", "*", "", ":", "+o", "-b", "+b"),
    *("+ovkl", "0", "1", "-1", "99999999999999999999", "msgid=1", "timestamp=x", "END", "LS"),
    *("a" * 300, "\x01VERSION\x01", "\x01ACTION x", "%tcuihsnfdlaor,1", "LATEST", "BETWEEN", "é"),
    *("PLAIN", "SCRAM-SHA-256", "+", "AAAA", "bm8=", "biwsbj1hLHI9Yg==", "~account:dan", "*!*@*"),
    *("draft/multiline", "-x", "+x", "@#x", "a,b,#x,,#lobby", "\u202e", "x" * 33, "-", "TARGETS"),
]  # fmt: skip
TAGS = ["", "@label=1 ", "@+typing=active ", "@batch=x;draft/multiline-concat ", "@;;= "]
CAPS = ("batch", "labeled-response", "echo-message", "message-tags", "server-time", "sasl",
        "draft/multiline", "account-tag", "extended-join", "away-notify")  # fmt: skip


class HostileTests(IrcTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), plaintext_passwords=True, **options)

    def lines(self, chance: random.Random, names: list[str], number: int) -> list[str]:
        found = []
        for _ in range(number):
            words = [chance.choice(names), *chance.choices(WORDS, k=chance.randrange(5))]
            if chance.random() < 0.3:
                words.append(f":{chance.choice(WORDS)} {chance.choice(WORDS)}")
            found.append(chance.choice(TAGS) + " ".join(words))
        return found

    def test_nothing_that_is_asked_is_a_bug(self) -> None:
        logged = self.logged()
        chance = random.Random(7)
        names = sorted(set(verbs()) - {"QUIT"})
        dan = self.registered("dan", *CAPS)
        eve = self.registered("eve")
        for each in (dan, eve):
            each.asks("JOIN #x")
        for line in self.lines(chance, names, 3000):
            dan.protocol.dataReceived(line.encode() + b"\r\n")
            self.server.clock.advance(0)
        self.server.clock.advance(60)
        self.assertEqual(logged, [])
        self.assertIn("PONG chatsvc :still", dan.asks("PING still")[-1])
        self.assertIn("PONG chatsvc :still", eve.asks("PING still")[-1])
        self.ann.types("hi")
        self.assertIn("client1: hi", self.bob.hears())

    def test_nor_is_what_is_asked_before_registering(self) -> None:
        logged = self.logged()
        chance = random.Random(8)
        names = sorted(set(verbs()) - {"QUIT"})
        for _ in range(100):
            dan = self.connected()
            for line in self.lines(chance, names, 20):
                dan.protocol.dataReceived(line.encode() + b"\r\n")
                self.server.clock.advance(0)
            dan.protocol.connectionLost()
        self.assertEqual(logged, [])

    def test_nor_are_bytes_of_any_kind(self) -> None:
        logged = self.logged()
        chance = random.Random(9)
        dan = self.registered("dan")
        for _ in range(300):
            dan.protocol.dataReceived(chance.randbytes(chance.randrange(1, 6000)))
            self.server.clock.advance(0)
        dan.protocol.dataReceived(b"\r\n")
        self.assertIn("PONG chatsvc :still", dan.asks("PING still")[-1])
        self.assertEqual(logged, [])

    def test_a_line_without_end_is_skipped_and_told_once(self) -> None:
        dan = self.registered("dan")
        for _ in range(100):
            dan.protocol.dataReceived(b"x" * 1000)
        dan.protocol.dataReceived(b"\r\nPING a\r\n")
        told = dan.hears()
        self.assertEqual([line.split(" ")[1] for line in told], ["417", "PONG"])
