"""What clients are given of a conversation: the same order, with or without their own lines."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any, cast

from chatsvc.chat.logs.log import Entry
from chatsvc.doors.irc.wording import channel_lists
from chatsvc.doors.writer import Writer
from chatsvc.events.speech import Said
from chatsvc.throttle import Throttle
from tests.chat.history.test_archive import Lasting
from tests.doors.irc.irc import IrcPerson, IrcTestCase

TAGS = ("server-time", "message-tags", "account-tag")
SAID = re.compile(r"^(?:@\S+ )?:(\w+)!\S+ PRIVMSG #lobby :(.*)$")
MOVES = re.compile("JOIN|PART|RENAME")


def said(person: IrcPerson) -> list[str]:
    """What a client has heard, as people read it."""
    return [SAID.sub(r"\1: \2", line) for line in person.hears()]


class OrderTests(IrcTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), **options)

    def setUp(self) -> None:
        super().setUp()
        self.plain = [self.registered("dan"), self.registered("dee")]
        self.tagged = [self.registered("eve", *TAGS), self.registered("els", *TAGS)]
        self.echoed = self.registered("fay", *TAGS, "echo-message")
        self.people = [*self.plain, *self.tagged, self.echoed]
        self.ann.hears()
        for person in self.people:
            person.hears()

    def talk(self) -> None:
        """All talk at once, in turns of one line and of two."""
        for number in range(3):
            for person in self.people:
                person.sends(
                    *[f"PRIVMSG #lobby :{number}.{each}" for each in range(1 + number % 2)]
                )
            self.ann.types(f"{number}")

    def test_all_read_one_order_and_their_own_lines_if_they_ask_for_them(self) -> None:
        self.talk()
        everything = self.ann.hears()
        self.assertEqual(len(everything), 4 * 5 + 3)
        for person in self.people:
            name = person.session.user.name
            others = [line for line in everything if not line.startswith(f"{name}: ")]
            expected = everything if person is self.echoed else others
            self.assertEqual(said(person), expected)

    def test_what_is_said_afterwards_is_read_too(self) -> None:
        self.talk()
        for person in self.people:
            person.hears()
        self.ann.types("and on")
        self.plain[0].sends("PRIVMSG #lobby :so it goes")
        self.assertEqual(said(self.plain[0]), ["client1: and on"])
        self.assertEqual(said(self.tagged[0]), ["client1: and on", "dan: so it goes"])

    def test_who_does_not_read_for_a_while_is_spared_its_own_lines_afterwards(self) -> None:
        dan = self.plain[0]
        writer = cast("Writer", dan.transport.producer)
        writer.pauseProducing()
        dan.session.is_lagging = True
        self.talk()
        everything = self.ann.hears()
        self.assertEqual(dan.hears(), [])
        writer.resumeProducing()
        self.assertEqual(said(dan), [each for each in everything if not each.startswith("dan: ")])
        self.assertEqual(dan.session.unseen, ())

    def test_each_line_comes_from_whoever_has_the_name_by_then(self) -> None:
        dan, dee = self.plain
        dan.sends("PRIVMSG #lobby :one")
        [first] = dee.hears()
        dan.sends("NICK don")
        self.ann.hears()
        dee.hears()
        new = self.registered("dan", host="10.0.0.10")
        new.sends("PRIVMSG #lobby :two")
        second = dee.hears()[-1]
        self.assertEqual(first.partition("!")[0], second.partition("!")[0])
        self.assertNotEqual(first.partition(" ")[0], second.partition(" ")[0])  # another cloak

    def test_a_long_line_is_whole(self) -> None:
        for text in ("x" * 400, "ü" * 200, "€" * 130):
            self.plain[0].sends(f"PRIVMSG #lobby :{text}")
            self.assertEqual(said(self.plain[1]), [f"dan: {text}"])
            self.assertEqual(said(self.tagged[0]), [f"dan: {text}"])

    def test_what_is_said_on_goes_where_one_is_by_then(self) -> None:
        dan, dee = self.plain
        for each in (dan, dee):
            each.asks("JOIN #x")
        dan.sends("PRIVMSG #X :one", "PRIVMSG #X :two")
        self.assertEqual(len(dee.hears()), 2)
        dan.asks("RENAME #x #y")
        self.assertEqual(dan.asks("PRIVMSG #X :three")[0][:3], "403")
        dan.sends("PRIVMSG #y :four", "PRIVMSG #y :five")
        dan.asks("PART #y")
        self.assertEqual(dan.asks("PRIVMSG #y :six")[0][:3], "404")
        self.assertEqual([line[-4:] for line in dee.hears() if "PRIVMSG" in line], ["four", "five"])

    def test_a_plain_message_is_worded_as_all_others(self) -> None:
        self.tagged[0].asks("REGISTER * * a-long-password")
        self.tagged[1].asks("MODE els +B")
        for text in ("hi", "ü" * 100, "x" * 400, "x" * 600, "one\ntwo"):
            for speaker, account in (("dan", ""), ("eve", "eve"), ("els", ""), ("news[hook]", "")):
                event = Said(speaker, text, "#lobby", account=account)
                entry = Entry(7, self.server.chat.lobby.log, 1.5, event, str(event).encode())
                for count in range(len(TAGS) + 1):
                    for caps in combinations(TAGS, count):
                        wording = self.door.network.wording(caps, shows_lobby=True)
                        wording._kept.clear()
                        worded = wording.lines_of(event, 7, 1.5).encode()
                        self.assertEqual(wording.lines([entry]), [worded])


class SlowTests(IrcTestCase):
    """Dan reads so slowly that memory has forgotten what he has yet to read."""

    def test_what_the_store_has_is_worded_for_him_alone(self) -> None:
        self.ann, *_ = self.start(store=Lasting(), history=10, throttle=Throttle.off())
        dan = self.registered("dan")
        writer = cast("Writer", dan.transport.producer)
        writer.pauseProducing()
        dan.session.is_lagging = True
        dan.sends("PRIVMSG #lobby :mine", "JOIN #x")
        for number in range(50):
            self.ann.types(f"{number}")
            self.ann.hears()
        writer.resumeProducing()
        told = dan.hears() + dan.hears()
        self.assertEqual(
            [SAID.sub(r"\2", line) for line in told if SAID.match(line)], [*map(str, range(50))]
        )
        self.assertIn("JOIN #x", [line.partition(" ")[2] for line in told])
        self.assertEqual(dan.protocol.client.joined, {"#lobby", "#x"})


class StalledTests(IrcTestCase):
    """Dan reads nothing for a while; Eve goes on."""

    auto_join = False

    def setUp(self) -> None:
        super().setUp()
        self.start(throttle=Throttle.off())
        self.eve = self.registered("eve", host="10.0.0.8")

    def stalled(self, *caps: str) -> Writer:
        self.dan = self.registered("dan", *caps)
        writer = cast("Writer", self.dan.transport.producer)
        writer.pauseProducing()
        self.dan.session.is_lagging = True
        return writer

    def told(self, writer: Writer) -> list[str]:
        """What Dan is told once he reads on."""
        writer.resumeProducing()
        return [line.partition(" ")[2] for line in self.dan.hears()]

    def test_who_has_come_and_gone_is_told_both(self) -> None:
        writer = self.stalled()
        self.dan.sends("JOIN #n", "PART #n")
        self.eve.hears()
        self.assertEqual(self.told(writer), ["JOIN #n", "PART #n"])
        self.assertEqual(self.dan.protocol.client.joined, set())

    def test_who_has_gone_does_not_learn_what_is_there_now(self) -> None:
        writer = self.stalled()
        self.dan.sends("JOIN #n", "PART #n")
        self.eve.asks("JOIN #n", "TOPIC #n :a secret", "MODE #n +s")
        self.assertEqual(self.told(writer), ["JOIN #n", "PART #n"])

    def test_nor_do_the_names_of_many_come_once_it_is_left(self) -> None:
        self.patch(channel_lists, "FEW", 0)
        self.patch(channel_lists, "NAMED_AT_ONCE", 1)
        for number in range(20):
            self.registered(f"p{number}").sends("JOIN #m")
        self.eve.asks("JOIN #m")
        dan = self.registered("dan")
        dan.sends("JOIN #m")
        while b" 353 " not in dan.transport.value():
            self.server.clock.pump([0.001])
        dan.sends("PART #m")
        self.server.clock.pump([0.1] * 200)
        told = [line.split(" ")[1] for line in dan.hears()]
        self.assertEqual(told[told.index("PART") :], ["PART"])
        dan.sends("JOIN #m")
        self.server.clock.pump([0.1] * 200)
        self.assertEqual(dan.hears()[-1].split(" ")[1], "366")

    def test_the_new_name_of_a_channel_comes_when_it_is_read(self) -> None:
        for caps, moved in ((["draft/channel-rename"], ["RENAME #m #o :z"]),
                            ([], ["PART #m :z", "JOIN #o"])):  # fmt: skip
            self.eve.asks("JOIN #m")
            writer = self.stalled(*caps)
            self.dan.sends("JOIN #m")
            self.eve.asks("RENAME #m #o :z", "JOIN #m")
            moves = [each for each in self.told(writer) if MOVES.match(each)]
            self.assertEqual(moves, ["JOIN #m", *moved])
            self.assertEqual(self.dan.protocol.client.joined, {"#o"})
            self.dan.asks("QUIT")
            self.eve.asks("PART #m", "PART #o")
