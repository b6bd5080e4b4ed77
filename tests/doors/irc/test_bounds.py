"""What strangers can make the IRC door take: memory, work and time have a bound."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.accounts import allowance
from chatsvc.chat.accounts.allowance import Allowance
from chatsvc.chat.history import read_markers
from chatsvc.chat.logs.memory import ENTRY_BYTES
from chatsvc.chat.presence import watches
from chatsvc.chat.rooms import metadata
from chatsvc.door.entrance import DEFAULT_THROTTLE
from chatsvc.doors.irc.multiline import MOST_PIECES
from chatsvc.doors.irc.network import network
from chatsvc.doors.irc.network.bounded_map import OVERHEAD, BoundedMap
from chatsvc.doors.irc.sets import MOST_SETS, NO_IDS, NO_NAMES, shared
from chatsvc.doors.irc.verbs.channel import channels
from chatsvc.doors.irc.wording import wording
from chatsvc.text.names import LONGEST
from chatsvc.throttle import Throttle
from tests.doors.irc.irc import IrcTestCase


class IdleTests(IrcTestCase):
    """What an idle client takes, of which there may be thousands."""

    auto_join = False

    def test_what_is_the_same_for_many_is_there_once(self) -> None:
        caps = ("server-time", "message-tags")
        dan, eve = [self.registered(nick, *caps).protocol.client for nick in ("dan", "eve")]
        self.assertIs(dan.caps, eve.caps)
        for client in (dan, eve):
            self.assertIs(client.joined, NO_NAMES)
            self.assertIs(client.modes, NO_NAMES)
            self.assertIs(client.echoed, NO_IDS)
        for person in (dan, eve):
            person.channel.lineReceived(b"JOIN #x")
        self.server.clock.advance(1)
        self.assertEqual(dan.joined, {"#x"})
        self.assertIs(dan.joined, eve.joined)

    def test_it_is_no_newcomer(self) -> None:
        dan = self.registered("dan")
        self.assertIsNone(dan.protocol.client._newcomer)
        eve = self.connected()
        eve.sends(*["PING x"] * 40, "NICK eve", "USER eve 0 * :Eve")
        self.server.clock.pump([0.1] * 100)
        self.assertTrue(eve.protocol.client.is_registered)
        self.assertIsNone(eve.protocol.client._newcomer)

    def test_so_many_sets_are_shared(self) -> None:
        for number in range(MOST_SETS + 9):
            self.assertEqual(shared(frozenset([f"#{number}"])), {f"#{number}"})
        self.assertEqual(shared.cache_info().currsize, MOST_SETS)


class BoundedMapTests(SynchronousTestCase):
    def test_the_oldest_are_forgotten_first_by_bytes(self) -> None:
        bounded_map: BoundedMap[str] = BoundedMap(3 * (OVERHEAD + 10))
        for entry_id in (1, 2, 3):
            bounded_map.keep(entry_id, "x", 10)
        bounded_map.keep(1, "y", 10)
        self.assertEqual(bounded_map, {1: "y", 2: "x", 3: "x"})
        bounded_map.keep(4, "x", 11)
        self.assertEqual(bounded_map, {3: "x", 4: "x"})
        bounded_map.keep(5, "x", 10**6)
        self.assertEqual((bounded_map, bounded_map._size), ({}, 0))


class MemoryTests(IrcTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), **options)

    def test_tags_of_messages_are_counted_by_their_bytes(self) -> None:
        dan = self.registered("dan", "message-tags")
        for number in range(400):
            dan.asks(f"@+a={'x' * 4000} PRIVMSG #lobby :{number}")
        kept = self.door.network.client_tags
        size = sum([len(tags) for tags in kept.values()])
        self.assertLess(size, network.REMEMBERED_BYTES)
        self.assertGreater(size, network.REMEMBERED_BYTES // 2)

    def test_what_only_clients_read_counts_in_memory_as_well(self) -> None:
        memory = self.server.chat.delivery._memory
        dan = self.registered("dan", "message-tags")
        before = memory.total
        dan.asks(f"@+a={'x' * 4000} TAGMSG #lobby")
        self.assertGreater(memory.total - before, ENTRY_BYTES + 4000)
        self.assertEqual(self.ann.hears()[-1:], ["server: dan has joined."])
        self.ann.types("/json")
        self.ann.hears()
        dan.asks("@+a=b TAGMSG #lobby")
        self.assertEqual(self.ann.hears(), [])

    def test_what_is_worded_for_others_is_counted_by_its_characters(self) -> None:
        self.registered("dan")
        worded = self.door.network.wording((), shows_lobby=True)
        most = 0
        for number in range(60):
            self.ann.types(f"/bc {number} {'x' * 8000}")
            self.ann.hears()
            most = max(most, sum([len(lines) for _, lines in worded._kept.values()]))
        self.assertGreater(most, wording.MOST_KEPT // 2)
        self.assertLess(most, wording.MOST_KEPT + 20_000)

    def test_nobody_watches_what_can_be_no_name(self) -> None:
        dan = self.registered("dan")
        self.assertEqual(
            dan.asks(f"MONITOR + {'x' * (LONGEST + 1)},{'y' * LONGEST}")[-1][-3:], "yyy"
        )
        self.assertEqual(self.door.network.monitors.names(dan.protocol.client), ["y" * LONGEST])

    def test_all_who_watch_share_a_bound(self) -> None:
        self.patch(watches, "MOST_WATCHES", 3)
        self.patch(watches, "share", lambda left, most: most)
        dan, eve = self.registered("dan"), self.registered("eve")
        dan.asks("MONITOR + a1,a2")
        self.assertIn("734 eve 100 a2 ", eve.asks("MONITOR + a1,a2")[0])
        more = [f"somebody-{number:04}" for number in range(30)]
        rows = [line.split(" ")[3] for line in eve.asks(f"MONITOR + {','.join(more)}")]
        self.assertEqual(",".join(rows).split(","), more)
        dan.protocol.connectionLost()
        self.assertNotIn("734", "".join(eve.asks("MONITOR + a2,a3")))

    def test_those_from_one_address_have_a_share_of_it(self) -> None:
        self.patch(watches, "MOST_OF_ADDRESS", 3)
        dan, eve = self.registered("dan"), self.registered("eve", host="10.0.0.9")
        fay = self.registered("fay", host="10.0.0.8")
        dan.asks("MONITOR + a1,a2")
        self.assertIn("734 eve 100 a2 ", "".join(eve.asks("MONITOR + a1,a2")))
        self.assertNotIn("734", "".join(fay.asks("MONITOR + a1,a2")))
        dan.protocol.connectionLost()
        self.assertNotIn("734", "".join(eve.asks("MONITOR + a2,a3")))

    def test_marks_of_all_together_are_bounded_and_each_can_have_a_few(self) -> None:
        self.patch(read_markers, "MARKS", Allowance(10, 2, 1000))
        for host, most in (("10.0.0.9", 10), ("10.0.0.8", 10), ("10.0.0.8", 5), ("10.0.0.7", 2)):
            person = self.registered(f"dan{len(self.server.chat.users)}", host=host)
            if most == 2:
                self.patch(allowance, "ONE_IN", 500)
            for n in range(12):
                person.asks(f"MARKREAD #x{n} timestamp=1970-01-02T00:00:0{n % 10}.000Z")
            marks = self.server.chat.read_markers._of_guests[person.session.user]
            self.assertEqual((len(marks), "#x11" in marks), (most, True))
            if most == 10:
                self.patch(allowance, "ADDRESSES", 50)
        text = "\ufb03" * 32  # each of which is three characters in lower case
        asked = f"MARKREAD {text} timestamp=1970-01-02T00:00:00.000Z"
        self.assertIn("INVALID_PARAMS", person.asks(asked)[0])

    def test_what_all_say_of_themselves_is_bounded_and_each_can_say_a_little(self) -> None:
        self.patch(metadata, "KEYS", Allowance(6, 2, 100))
        self.patch(allowance, "ONE_IN", 10)
        lengths: list[int] = []
        for host in ("10.0.0.9", "10.0.0.9", "10.0.0.8"):
            person = self.registered(f"dan{len(lengths)}", "draft/metadata-3", host=host)
            told = person.asks(*[f"METADATA * SET key{n} :x" for n in range(8)])
            lengths.append(len(person.session.user.metadata))
            self.assertIn("Too much metadata is kept", told[-1])
        self.assertEqual(lengths, [5, 3, 5])
        early = self.connected("10.0.0.9")
        early.sends("CAP LS 302", "CAP REQ :draft/metadata-3")
        early.sends(*[f"METADATA * SET key{n} :x" for n in range(6)])
        early.sends("CAP END", "NICK eve", "USER eve 0 * :Eve")
        self.assertEqual(early.session.user.metadata, {})

    def test_a_message_of_many_pieces_is_refused_and_let_go(self) -> None:
        dan = self.registered("dan", "batch", "message-tags", "draft/multiline")
        dan.asks("BATCH +1 draft/multiline #lobby", "@batch=1 PRIVMSG #lobby :x")
        piece = "@batch=1;draft/multiline-concat PRIVMSG #lobby :x"
        self.assertEqual(dan.asks(*[piece] * (MOST_PIECES - 1)), [])
        self.assertIn("MULTILINE_MAX_LINES", dan.asks(piece)[0])
        assert dan.protocol.client.multiline is not None
        self.assertEqual(dan.protocol.client.multiline[1].pieces, [])


class WorkTests(IrcTestCase):
    def test_a_list_of_one_channel_named_often_is_given_once(self) -> None:
        dan = self.registered("dan")
        names = [line for line in dan.asks(f"NAMES {'#lobby,' * 60}") if line.startswith("353")]
        self.assertEqual(len(names), 1)
        asked = dan.asks("MODE #lobby bbbbbbbbbbbb")
        self.assertEqual(len([line for line in asked if line.startswith("368")]), 1)

    def test_conditions_of_a_list_are_few(self) -> None:
        dan = self.registered("dan")
        few = ",".join(["none"] * channels.MOST_CONDITIONS)
        self.assertIn("322 dan #lobby", "".join(dan.asks(f"LIST #lobby,{few}")))
        self.assertNotIn("322", "".join(dan.asks(f"LIST {few},#lobby")))
        self.assertNotIn("322", "".join(dan.asks(f"LIST {few} #lobby")))

    def test_each_target_counts_as_a_line(self) -> None:
        dan = self.registered("dan")
        dan.asks(f"JOIN {','.join(f'#x{n}' for n in range(10))}")
        self.server.clock.advance(60)
        dan.sends(f"PART {','.join(f'#x{n}' for n in range(10))}", *["PING x"] * 30)
        told = "\n".join(dan.hears())
        self.assertIn("PART counts as 10", told)
        self.assertLess(told.count("PONG"), DEFAULT_THROTTLE.burst - 5)

    def test_each_condition_of_a_list_counts_as_a_line(self) -> None:
        for number, asked in enumerate(("LIST a,b,c,d x", "LIST a,b,c,d,x", "LIST a b,c,d,x")):
            dan = self.registered(f"dan{number}", host=f"10.0.1.{number}")
            self.server.clock.advance(60)
            dan.sends(asked, *["PING x"] * 30)
            told = "\n".join(dan.hears())
            self.assertIn("LIST counts as 9", told)
            self.assertLess(told.count("PONG"), DEFAULT_THROTTLE.burst - 5, asked)


class PorchTests(IrcTestCase):
    def test_lines_before_registering_have_the_pace_of_the_address(self) -> None:
        people = [self.connected() for _ in range(10)]
        for person in people:
            person.sends(*["PING x"] * 90)
        answers = sum([len(person.hears()) for person in people])
        burst = 10 * DEFAULT_THROTTLE.burst
        self.assertGreaterEqual(answers, burst - 1)
        self.assertLess(answers, 2 * burst)
        other = self.connected("10.0.0.8")
        self.assertIn("PONG", other.asks("PING x")[0])
        self.server.clock.pump([0.1] * 100)
        rest = sum([len(person.hears()) for person in people])
        self.assertEqual(answers + rest, 900)  # slowly, and none is lost
        for person in people:
            self.assertIn("PONG chatsvc :still", person.asks("PING still")[0])

    def test_those_who_go_while_they_wait_are_forgotten(self) -> None:
        people = [self.connected() for _ in range(10)]
        for person in people:
            person.sends(*["PING x"] * 90)
        for person in people:
            person.protocol.connectionLost()
        self.assertEqual(self.server.factory.entrance.paces.of("10.0.0.9")._waiting, {})
        self.assertIn("PONG", self.connected("10.0.0.8").asks("PING x")[0])

    def test_what_costs_more_before_registering_is_no_way_past_the_pace(self) -> None:
        dan = self.connected()
        dan.sends("CAP LS 302", "METADATA * SET a :b", "NICK dan", "USER dan 0 * :Dan", "CAP END")
        dan.hears()
        self.assertIsNotNone(dan.protocol.visit._pace)
        dan.sends(*["PING x"] * 200)
        intake = dan.protocol.visit._intake
        assert intake is not None
        self.assertIsNotNone(intake._pace)
