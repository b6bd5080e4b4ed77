"""The IRC door: coming in, talking with those at other doors, and leaving."""

from __future__ import annotations

from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.doors.irc.door import REGISTER_WITHIN
from chatsvc.doors.irc.network import network
from chatsvc.doors.irc.running import MOST_EARLY
from tests.doors.irc.irc import IrcTestCase


class RegistrationTests(IrcTestCase):
    def test_who_says_who_it_is_is_welcomed_and_announced_under_that_name(self) -> None:
        dan = self.connected()
        dan.sends("NICK dan", "USER d 0 * :Dan")
        numerics = [line.split(" ")[1] for line in dan.hears()]
        self.assertEqual(
            numerics,
            [
                *("001", "002", "003", "004", "005", "005", "005"),
                *("251", "252", "253", "254", "255", "265", "266", "422", "221"),
                *("JOIN", "353", "366"),
            ],
        )
        self.everyone_hears("server: dan has joined.")

    def test_nobody_is_told_of_who_does_not_register(self) -> None:
        dan = self.connected()
        dan.sends("NICK dan")
        self.server.clock.advance(REGISTER_WITHIN + 1)
        self.assertTrue(dan.transport.disconnected or dan.transport.disconnecting)
        self.everyone_hears()

    def test_of_too_many_who_have_yet_to_the_oldest_is_closed(self) -> None:
        self.patch(network, "MOST_WAITING", 2)
        first, second = self.connected(), self.connected()
        self.connected()
        self.assertIn("ERROR :Closing link: Too many", first.hears()[0])
        self.assertTrue(first.transport.disconnecting)
        self.assertEqual(second.hears(), [])

    def test_a_flood_of_some_addresses_closes_nobody_elses(self) -> None:
        self.patch(network, "MOST_WAITING", 4)
        dan = self.connected("10.0.0.7")
        flood = [self.connected(f"10.0.1.{number % 2}") for number in range(9)]
        self.assertEqual(dan.hears(), [])
        self.assertEqual([each.transport.disconnecting for each in flood], [True] * 6 + [False] * 3)

    def test_so_are_those_of_one_address_where_they_are_too_many(self) -> None:
        self.patch(network, "MOST_OF_ADDRESS", 2)
        first, second = self.connected(), self.connected()
        third, other = self.connected(), self.connected("10.0.0.8")
        self.assertIn("of your address", third.hears()[0])
        for person in (first, second, other):
            self.assertFalse(person.transport.disconnecting)

    def test_a_network_of_ipv6_is_one_address(self) -> None:
        self.patch(network, "MOST_WAITING", 4)
        dan = self.connected("10.0.0.7")
        flood = [self.connected(f"2001:db8::{number}") for number in range(1, 6)]
        self.assertFalse(dan.transport.disconnecting)
        self.patch(network, "MOST_OF_ADDRESS", 3)
        self.assertIn("of your address", self.connected("2001:db8::9").hears()[0])
        self.assertEqual([each.transport.disconnecting for each in flood], [True] * 2 + [False] * 3)

    def test_who_sends_too_much_before_is_closed(self) -> None:
        dan = self.connected()
        dan.sends(*["PING x"] * (MOST_EARLY + 1))
        self.assertTrue(dan.transport.disconnecting)
        self.server.clock.advance(CLOSE_WITHIN)

    def test_a_nick_that_cannot_be_had_is_refused_with_the_reason(self) -> None:
        self.ann.types("/nick ann")
        dan = self.connected()
        self.assertEqual(dan.asks("NICK"), ["431 * :No nickname given"])
        self.assertEqual(dan.asks("NICK ann"), ["433 * ann :Nickname is already in use"])
        self.assertIn("432 * #x", dan.asks("NICK #x")[0])
        for name in ("root", "client7"):  # after 433, irssi tries another
            self.assertIn(f"433 * {name} ", dan.asks(f"NICK {name}")[0])
        self.assertEqual(dan.asks("JOIN #x"), ["451 * :You have not registered"])
        self.assertEqual(dan.asks("USER a"), ["461 * USER :Not enough parameters"])

    def test_a_client_that_negotiates_waits_for_the_end_of_that(self) -> None:
        dan = self.connected()
        dan.sends("CAP LS 302", "NICK dan", "USER d 0 * :Dan")
        listed = dan.hears()  # in as many lines as it takes
        self.assertEqual({" ".join(line.split(" ")[1:4]) for line in listed}, {"CAP * LS"})
        self.assertEqual(
            [" LS * :" in line for line in listed], [True] * (len(listed) - 1) + [False]
        )
        self.assertEqual(dan.asks("CAP REQ :nope"), ["CAP dan NAK :nope"])
        self.assertEqual(dan.asks("CAP REQ :batch"), ["CAP dan ACK :batch"])
        self.assertIn(" 001 dan ", f" {dan.asks('CAP END')[0]}")


class TalkingTests(IrcTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan")
        for person in (self.ann, self.bob, self.cat):
            person.hears()

    def test_all_doors_hear_the_same_in_the_same_order(self) -> None:
        self.dan.sends("PRIVMSG #lobby :one", "PRIVMSG #lobby :\x01ACTION waves\x01")
        self.ann.types("two", "/me nods")
        self.everyone_hears("dan: one", "* dan waves", "client1: two", "* client1 nods")
        heard = [line.partition(" ")[2] for line in self.dan.hears()]
        self.assertEqual(heard, ["PRIVMSG #lobby :two", "PRIVMSG #lobby :\x01ACTION nods\x01"])

    def test_a_direct_message_is_one(self) -> None:
        self.dan.sends("PRIVMSG client1 :psst")
        self.assertEqual(self.ann.hears(), ["dan: psst"])
        self.assertEqual(self.bob.hears(), [])
        self.ann.types("/dm dan what?")
        self.ann.hears()
        self.assertIn("PRIVMSG dan :what?", self.dan.hears()[0])

    def test_rooms_are_channels(self) -> None:
        told = self.dan.asks("JOIN #plans")
        self.assertIn("JOIN #plans", told[0])
        self.assertEqual(told[1:], ["353 dan = #plans :@dan", "366 dan #plans :End of /NAMES list"])
        self.ann.types("/join #plans")
        self.ann.hears()
        self.assertIn("JOIN #plans", self.dan.hears()[0])
        self.ann.types("/say #plans hi", "/topic #plans dinner", "/part #plans")
        heard = [line.partition(" ")[2] for line in self.dan.hears()]
        self.assertEqual(heard, ["PRIVMSG #plans :hi", "TOPIC #plans :dinner", "PART #plans"])

    def test_several_lines_and_long_ones_are_split(self) -> None:
        self.ann.types("x" * 1000)
        self.ann.hears()
        heard = self.dan.hears()
        self.assertEqual(len(heard), 3)
        self.assertTrue(all(len(line) <= 510 for line in heard))
        self.assertEqual("".join([line.partition(" :")[2] for line in heard]), "x" * 1000)

    def test_formatting_is_taken_out_and_nothing_acts_on_terminals(self) -> None:
        self.dan.sends("PRIVMSG #lobby :\x02bold\x02 \x0304,05red\x03 \x1b[31mx")
        self.assertEqual(self.ann.hears(), ["dan: bold red x"])

    def test_what_is_wrong_is_told_in_words(self) -> None:
        self.assertEqual(self.dan.asks("NOPE"), ["421 dan NOPE :Unknown command"])
        self.assertIn("417 dan :", self.dan.asks("PRIVMSG #lobby :" + "x" * 600)[0])
        self.dan.protocol.dataReceived(b"PRIVMSG #lobby :caf\xe9\r\n\r\n:\r\n")
        told = self.dan.hears()
        self.assertEqual(told[0], ":chatsvc FAIL PRIVMSG INVALID_UTF8 :That is not UTF-8.")
        self.assertIn("400 dan * :", told[1])
        self.everyone_hears()

    def test_who_asks_is_not_told_the_address_of_others(self) -> None:
        eve = self.registered("eve", host="10.7.7.7")
        for line in ("WHOIS dan", "WHO dan", "USERHOST dan", "WHO * %hin", "NAMES #lobby"):
            self.assertNotIn("10.0.0.9", "".join(eve.asks(line)), line)

    def test_a_reason_is_passed_on_at_every_door(self) -> None:
        self.dan.sends("QUIT :dinner")
        self.assertEqual(self.ann.hears(), ['server: dan has quit: "dinner"'])
        self.assertEqual(self.dan.hears(), ["ERROR :Closing link: Quit: dinner"])

    def test_who_quits_before_registering_does_not_register_any_more(self) -> None:
        for lines in (("QUIT", "NICK x", "USER x 0 * :x"), ("NICK x",) * 101 + ("USER x 0 * :x",)):
            eve = self.connected("10.0.0.8")
            eve.sends(*lines)
            self.assertIn("ERROR :Closing link", eve.hears()[-1])
            eve.sends("NICK x", "USER x 0 * :x")
            self.assertEqual(eve.hears(), [])
            self.assertIsNone(eve.protocol.visit.session)

    def test_who_is_cut_off_is_lost(self) -> None:
        self.dan.protocol.readConnectionLost()
        self.assertEqual(self.ann.hears(), ["server: dan has lost its connection."])

    def test_an_empty_line_and_a_ping_are_taken(self) -> None:
        self.assertEqual(self.dan.asks("", "PING a"), ["PONG chatsvc :a"])

    def test_empty_lines_count_as_lines(self) -> None:
        for end in (b"\n", b"\r\n", b" \r\n"):
            eve = self.registered("eve")
            eve.protocol.dataReceived(end * 16384)
            self.assertTrue(eve.protocol.paused)
            self.assertIn("You are sending too fast", "".join(eve.hears()))
            eve.protocol.readConnectionLost()
            newcomer = self.connected()
            newcomer.protocol.dataReceived(end * (MOST_EARLY + 1))
            self.assertEqual(newcomer.hears(), ["ERROR :Closing link: Register first."])
            self.server.clock.advance(60)


class CapabilityTests(IrcTestCase):
    def test_what_is_said_is_worded_once_for_all_with_the_same_capabilities(self) -> None:
        caps = ("server-time", "message-tags")
        dan, eve = self.registered("dan", *caps), self.registered("eve", *caps)
        self.assertIs(dan.session.wording, eve.session.wording)
        dan.hears()
        self.ann.types("hi")
        [line] = dan.hears()
        self.assertRegex(
            line, r"^@time=1970-01-12T13:46:4\d\.\d{3}Z;msgid=\d+ :client1!client1@\S+ PRIVMSG"
        )

    def test_with_echo_one_sees_what_one_says_and_without_one_does_not(self) -> None:
        dan, eve = self.registered("dan", "echo-message"), self.registered("eve")
        dan.hears()
        dan.sends("PRIVMSG #lobby :one")
        eve.sends("PRIVMSG #lobby :two")
        self.assertEqual(len(dan.hears()), 2)
        self.assertEqual(len(eve.hears()), 1)

    def test_what_one_says_just_before_leaving_is_not_heard_either(self) -> None:
        dan = self.registered("dan")
        dan.asks("JOIN #x")
        [left] = dan.asks("PRIVMSG #x :bye", "PART #x")
        self.assertTrue(left.endswith(" PART #x"), left)

    def test_a_label_is_answered_once(self) -> None:
        dan = self.registered("dan", "labeled-response", "batch", "echo-message")
        self.assertEqual(dan.asks("@label=1 PING x"), ["@label=1 :chatsvc PONG chatsvc :x"])
        self.assertEqual(dan.asks("@label=2 PONG x"), ["@label=2 :chatsvc ACK"])
        [line] = dan.asks("@label=3 PRIVMSG #lobby :hi")
        self.assertRegex(line, r"^@label=3 :dan!dan@\S+ PRIVMSG #lobby :hi$")
        told = dan.asks("@label=4 JOIN #x")
        self.assertRegex(told[0], r"^@label=4 :chatsvc BATCH \+(\w+) labeled-response$")
        self.assertEqual(len(told), 5)
        self.assertTrue(all(line.startswith("@batch=") for line in told[1:-1]), told)

    def test_what_is_done_to_a_channel_answers_its_label(self) -> None:
        dan = self.registered("dan", "labeled-response", "batch", "draft/message-redaction")
        eve = self.registered("eve", host="10.0.0.8")
        dan.asks("JOIN #x")
        eve.asks("JOIN #x")
        eve.sends("PRIVMSG #x :hi")
        number = self.server.chat.delivery.last_id
        dan.hears()
        for asked, told in (
            ("TOPIC #x :one", "TOPIC #x one"),
            ("MODE #x +k secret", "MODE #x +k *"),
            ("MODE #x +v eve", "MODE #x +v eve"),
            ("MODE #x +m", "MODE #x +m"),
            ("MODE #x +b *!*@gone", "MODE #x +b *!*@gone"),
            (f"REDACT #x {number}", f"REDACT #x {number}"),
            ("KICK #x eve :no", "KICK #x eve no"),
            ("PART #x :bye", "PART #x bye"),
        ):
            [line] = dan.asks(f"@label=7 {asked}")
            label, _, message = line.split(" ", 2)
            self.assertEqual((label, message.replace(" :", " ").rstrip()), ("@label=7", told))
        self.assertEqual(dan.protocol.client.acted, frozenset())

    def test_what_others_do_meanwhile_answers_no_label(self) -> None:
        dan = self.registered("dan", "labeled-response", "batch")
        eve = self.registered("eve", host="10.0.0.8")
        for each in (dan, eve):
            each.asks("JOIN #x")
        dan.hears()
        dan.sends("@label=7 TOPIC #x :one")
        eve.sends("TOPIC #x :two", "PRIVMSG #x :hi")
        told = dan.hears()
        self.assertEqual([line[:9] == "@label=7 " for line in told].count(True), 1, told)
        self.assertEqual(len(told), 3)

    def test_each_label_is_answered_by_its_own(self) -> None:
        dan = self.registered("dan", "labeled-response", "batch", "echo-message")
        dan.asks("JOIN #x,#y")
        said = [f"@label={each} PRIVMSG #x :{each}" for each in "12"]
        told = dan.asks(*said, "@label=3 PART #x", "PART #y")
        self.assertEqual([line[:9] for line in told[:3]], ["@label=1 ", "@label=2 ", "@label=3 "])
        self.assertIn(" PART #y", told[3])
        self.assertEqual(len(told), 4)

    def test_what_is_no_message_answers_no_earlier_label(self) -> None:
        dan = self.registered("dan", "labeled-response", "batch")
        dan.asks("@label=1 PING x")
        for line, told in (("@ab", "400 dan * :A message has"), ("PING " + "x" * 600, "417 dan :")):
            [heard] = dan.asks(line)
            self.assertTrue(heard.startswith(told), heard)

    def test_who_changes_nick_at_once_has_joined_under_the_old_one(self) -> None:
        eve = self.registered("eve", "extended-join")
        dan = self.connected()
        dan.sends("NICK dan", "USER dan 0 * :Dan", "NICK dana")
        joined, renamed = eve.hears()
        self.assertRegex(joined, r"^:dan!dan@\S+ JOIN #lobby \* :Dan$")
        self.assertRegex(renamed, r"^:dan!dan@\S+ NICK dana$")


class LobbylessTests(IrcTestCase):
    auto_join = False

    def test_who_changes_nick_after_joining_has_joined_under_the_old_one(self) -> None:
        eve, dan = self.registered("eve", "extended-join"), self.registered("dan")
        eve.asks("JOIN #x")
        joined, names, _, renamed = dan.asks("JOIN #x", "NICK dana", "PRIVMSG #x :hi")
        self.assertRegex(joined, r"^:dan!dan@\S+ JOIN #x$")
        self.assertTrue(names.endswith(" dan"), names)
        self.assertRegex(renamed, r"^:dan!dan@\S+ NICK dana$")
        told = [line.partition("!")[0] + line.partition(" ")[2] for line in eve.hears()]
        expected = [":danJOIN #x * :Dan of IRC", ":danNICK dana", ":danaPRIVMSG #x :hi"]
        self.assertEqual(told, expected)

    def test_who_does_not_join_the_lobby_sees_nothing_of_it(self) -> None:
        dan = self.registered("dan")
        self.ann.types("hi", "/quit")
        self.assertEqual(dan.hears(), [])

    def test_but_of_those_in_the_same_channel(self) -> None:
        dan, eve = self.registered("dan"), self.registered("eve")
        fay = self.registered("fay")
        for each in (dan, eve):
            each.asks("JOIN #x")
        dan.hears()
        eve.sends("NICK eva", "QUIT :bye")
        self.assertEqual(
            [line.partition(" ")[2] for line in dan.hears()], ["NICK eva", "QUIT :Quit: bye"]
        )
        self.assertEqual(fay.hears(), [])

    def test_the_lobby_can_be_joined_and_left(self) -> None:
        dan = self.registered("dan")
        self.assertIn("JOIN #lobby", dan.asks("JOIN #lobby")[0])
        self.ann.types("hi")
        self.assertIn("PRIVMSG #lobby :hi", dan.hears()[0])
        self.assertIn("PART #lobby", dan.asks("PART #lobby")[0])
        self.ann.types("hi")
        self.assertEqual(dan.hears(), [])
