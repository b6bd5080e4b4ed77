"""What IRC clients ask the server and its services, and what they say to people."""

from __future__ import annotations

from copy import copy
from typing import Any

from chatsvc.doors.irc.codec.message import LINE_BYTES
from chatsvc.doors.irc.verbs.lookup import queries
from chatsvc.doors.irc.wording import channel_lists
from chatsvc.store import StoreError
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.doors.irc.irc import IrcTestCase


class AskingTestCase(IrcTestCase):
    def start(self, **options: Any) -> Any:
        options = {
            "plaintext_passwords": True,
            "operators": frozenset({skeleton("rooty")}),
            **options,
        }
        return super().start(throttle=Throttle.off(), **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan")
        self.eve = self.registered("eve", "message-tags", "echo-message")
        self.dan.hears()


class ServerTests(AskingTestCase):
    def test_help_lists_what_there_is_and_explains_it(self) -> None:
        first, *names, end = self.dan.asks("HELP")
        self.assertEqual((first[:5], end), ("704 d", "706 dan * :End of HELP"))
        self.assertIn(" TOPIC ", " ".join(names))
        self.assertEqual(
            self.dan.asks("HELP topic")[1],
            "705 dan topic :Show or set the topic of a channel.",
        )
        self.assertEqual(
            self.dan.asks("HELP nothing"), ["524 dan nothing :There is no help on that"]
        )

    def test_help_has_a_line_for_each_paragraph(self) -> None:
        _, *told, _ = self.dan.asks("HELP mode")
        self.assertGreater(len(told), 1)
        for each in told:
            self.assertRegex(each, r"^705 dan mode :\S.*\S$")
            self.assertLessEqual(len(f":chatsvc {each}\r\n"), LINE_BYTES)

    def test_how_long_the_server_has_run(self) -> None:
        self.server.clock.advance(90_061)
        self.assertEqual(
            self.dan.asks("STATS u"),
            ["242 dan :Server up 1 days 1:01:01", "219 dan u :End of STATS report"],
        )
        self.assertEqual(self.dan.asks("STATS"), ["219 dan * :End of STATS report"])

    def test_what_the_server_supports_is_told_early_to_those_who_can_ask(self) -> None:
        gus = self.connected()
        self.assertEqual(gus.asks("ISUPPORT"), ["451 * :You have not registered"])
        told = gus.asks("CAP REQ :batch draft/extended-isupport", "ISUPPORT")
        _, begin, *rows, end = told
        self.assertRegex(begin, r"^BATCH \+\w+ draft/isupport$")
        self.assertEqual(end, f"BATCH -{begin.split(' ')[1][1:]}")
        self.assertTrue(all(" :chatsvc 005 * " in row for row in rows), rows)
        told = gus.asks("NICK gus", "USER gus 0 * :Gus", "CAP END")
        welcomed = [line.split(" 005 gus ")[1] for line in told if " 005 " in line]
        self.assertEqual(welcomed, [row.split(" 005 * ")[1] for row in rows])
        self.assertTrue(any(line.endswith(" draft/isupport") for line in told), told)
        self.assertIn("005 dan ", self.dan.asks("ISUPPORT")[-1])

    def test_what_operators_tell_those_who_want_to_hear_it(self) -> None:
        refused = ["481 dan :Permission denied: that is for operators"]
        self.assertEqual(self.dan.asks("WALLOPS :hear"), refused)
        self.assertEqual(self.dan.asks("KILL eve"), refused)
        root = self.registered("rooty", host="127.0.0.1")
        root.asks(f"NS REGISTER {PASSWORD}")
        self.dan.asks("MODE dan +w")
        self.eve.hears()
        root.asks("WALLOPS :we restart")
        self.assertIn(" WALLOPS :we restart", self.dan.hears()[-1])
        self.assertEqual([line for line in self.eve.hears() if "WALLOPS" in line], [])
        self.assertEqual(root.asks("KILL nobody"), ["401 rooty nobody :No such nick"])
        root.asks("KILL eve :too much")
        self.assertTrue(self.eve.transport.disconnecting)

    def test_operators_alone_can_be_asked_for(self) -> None:
        root = self.registered("rooty", host="127.0.0.1")
        root.asks(f"NS REGISTER {PASSWORD}", f"OPER rooty {PASSWORD}")
        self.dan.hears()
        found, end = self.dan.asks("WHO * o")
        self.assertEqual((found[:4], end[:4]), ("352 ", "315 "))
        self.assertIn(" rooty H* :0 ", found)
        found, end = self.dan.asks("WHO * o%tna,7")
        self.assertEqual((found, end[:4]), ("354 dan 7 rooty rooty", "315 "))
        self.assertEqual(len(self.dan.asks("WHO * n%tn,7")), 7)

    def test_what_is_none(self) -> None:
        for asked, told in (
            ("NOPE", "421 dan NOPE :Unknown command"),
            ("USER a b c d", "462 dan :You may not reregister"),
            ("PING", "409 dan :No origin specified"),
            ("WHOIS nobody", "401 dan nobody :No such nick"),
        ):
            self.assertEqual(self.dan.asks(asked)[0], told)

    def test_where_somebody_comes_from_is_told_once_and_not_if_unknown(self) -> None:
        session = self.dan.session
        for addresses, told in (
            (["192.0.2.7", "192.0.2.7"], "192.0.2.7"),
            ([None, "192.0.2.7"], "an unknown address, 192.0.2.7"),
        ):
            session.user.sessions = (session, copy(session))
            for each, address in zip(session.user.sessions, addresses, strict=True):
                each.address = address
            self.assertIn(f"378 dan dan :is connecting from {told}", self.dan.asks("WHOIS dan"))
        session.user.sessions = (session,)


class ServiceTests(AskingTestCase):
    def test_a_name_is_made_ones_own_and_lost_and_had_again(self) -> None:
        told, logged_in = self.dan.asks(f"PRIVMSG NickServ :REGISTER {PASSWORD}")
        self.assertEqual(
            told,
            ":NickServ!NickServ@chatsvc NOTICE dan :The name dan is yours. Next time, log in with"
            " SASL, or type IDENTIFY dan password.",
        )
        self.assertIn("900 dan dan!", logged_in)
        self.assertIn("330 dan dan dan :is logged in as", self.dan.asks("WHOIS dan"))
        other = "another-horse"
        self.dan.asks(f"NS PASSWD {PASSWORD} {other}")
        self.assertIn(":You are now logged out", self.dan.asks("NS LOGOUT")[-1])
        told = self.dan.asks(f"NS IDENTIFY dan {other}")[-1]
        self.assertIn(":You are now logged in as dan", told)

    def test_whatever_else_is_asked_they_explain_themselves(self) -> None:
        for asked in ("NS", "NS HELP", "CS HELP", "PRIVMSG ChanServ :hello"):
            told = self.dan.asks(asked)
            self.assertTrue(told)
            for line in told:
                self.assertRegex(line, r"^:(Nick|Chan)Serv!\S+ NOTICE dan :")


class SayingTests(AskingTestCase):
    def test_what_cannot_be_said_is_told(self) -> None:
        for asked, told in (
            ("PRIVMSG", "411 dan :No recipient given (PRIVMSG)"),
            ("PRIVMSG eve", "412 dan :No text to send"),
            ("PRIVMSG eve : ", "412 dan :No text to send"),
            ("PRIVMSG #x :\x02\x0304", "412 dan :No text to send"),
            ("PRIVMSG a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u :x", "407 dan "),
            ("PRIVMSG nobody :x", "401 dan nobody :No such nick"),
            ("PRIVMSG #none :x", "403 dan #none :No such channel"),
            ("PRIVMSG @#none :x", "404 dan @#none :Cannot send to channel (+n)"),
            ("PRIVMSG nobody :\x01VERSION\x01", "401 dan nobody :No such nick"),
        ):
            [line] = self.dan.asks(asked)
            self.assertTrue(line.startswith(told), line)
        self.assertEqual(self.eve.hears(), [])

    def test_of_a_notice_that_is_not_said_nobody_is_told(self) -> None:
        self.eve.asks("JOIN #x")
        for asked in (
            "NOTICE",
            "NOTICE eve",
            "NOTICE eve : ",
            "NOTICE nobody :x",
            "NOTICE #none :x",
            "NOTICE #x :x",
            "NOTICE a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u :x",
            f"NOTICE eve :{'x' * 490}",
            "NOTICE NickServ :HELP",
        ):
            self.assertEqual(self.dan.asks(asked), [], asked)
        self.assertEqual(self.eve.asks("PING x")[:-1], [])

    def test_nor_that_it_cannot_be_kept(self) -> None:
        async def full(*_: object) -> None:
            raise StoreError("the disk is full")

        for person in (self.dan, self.eve):
            person.asks("NS REGISTER correct-horse")
        self.eve.asks("QUIT")
        self.dan.hears()
        self.patch(self.server.store, "append", full)
        self.patch(self.server.store, "put", full)
        told = "400 dan PRIVMSG :That cannot be done now, as the disk is full."
        self.assertEqual(self.dan.asks("PRIVMSG eve :hi"), [told])
        self.assertEqual(self.dan.asks("NOTICE eve :hi"), [])

    def test_from_outside_one_says_nothing_in_a_channel(self) -> None:
        self.eve.asks("JOIN #x")
        refused = "404 dan #x :Cannot send to channel (+n)"
        self.assertEqual(self.dan.asks("PRIVMSG #x :hi"), [refused])
        self.assertEqual(self.dan.asks("PRIVMSG #x :\x01VERSION\x01"), [refused])
        self.eve.asks("MODE #x -n")
        self.dan.asks("PRIVMSG #x :hi")
        self.assertIn("PRIVMSG #x :hi", self.eve.hears()[-1])

    def test_a_muted_one_is_told_so(self) -> None:
        for person in (self.eve, self.dan):
            person.asks("JOIN #x")
        self.eve.asks("MODE #x +m")
        self.eve.hears()
        self.dan.asks("CAP REQ message-tags")
        for asked in (
            "PRIVMSG #x :hi",
            "PRIVMSG #x :\x01ACTION waves\x01",
            "PRIVMSG #x :\x01VERSION\x01",
            "@+typing=active TAGMSG #x",
            "@+draft/reply=1;+draft/react=yes TAGMSG #x",
        ):
            [told] = self.dan.asks(asked)
            self.assertTrue(told.startswith("404 dan #x :Cannot send to channel: #x is "), told)
        self.assertEqual(self.dan.asks("NOTICE #x :hi", "NOTICE #x :\x01VERSION x\x01"), [])
        self.assertEqual(self.eve.hears(), [])

    def test_who_is_away_is_said_to_be_with_the_first_message_between_accounts(self) -> None:
        for person in (self.dan, self.eve):
            person.asks(f"NS REGISTER {PASSWORD}")
        self.dan.asks("AWAY :at lunch")
        self.eve.hears()
        for _ in range(2):
            echo, away = self.eve.asks("PRIVMSG dan :hi")
            self.assertTrue(echo.endswith(" PRIVMSG dan :hi"), echo)
            self.assertEqual(away, "301 eve dan :at lunch")
        [echo] = self.eve.asks("NOTICE dan :hi")
        self.assertTrue(echo.endswith(" NOTICE dan :hi"), echo)

    def test_who_is_away_is_said_to_be(self) -> None:
        self.dan.asks("AWAY :at lunch")
        told = self.eve.asks("PRIVMSG dan :hi")
        self.assertIn("301 eve dan :at lunch", told)
        self.assertIn("PRIVMSG eve :\x01ACTION nods\x01", self.eve.asks(
            "PRIVMSG eve :\x01ACTION nods\x01")[0])  # fmt: skip
        told = self.eve.asks("@+typing=active TAGMSG dan")
        self.assertIn("TAGMSG dan", told[-1])
        self.assertEqual([line for line in self.dan.hears() if "TAGMSG" in line], [])

    def test_the_owner_of_an_account_who_goes_by_another_name_is_said_to_be_away(self) -> None:
        self.dan.asks(f"NS REGISTER {PASSWORD}", "NICK daniel", "AWAY :at lunch")
        self.eve.hears()
        told = self.eve.asks("PRIVMSG dan :hi")
        self.assertIn("301 eve daniel :at lunch", told)
        self.assertEqual([line for line in told if "NOTICE" in line], [])

    def test_somebody_who_is_not_here_reads_it_later(self) -> None:
        self.dan.asks(f"NS REGISTER {PASSWORD}", "QUIT")
        self.dan.protocol.connectionLost()
        self.eve.hears()
        fay = self.registered("fay")
        told = fay.asks(f"NS REGISTER {PASSWORD}", "PRIVMSG dan :read this")
        self.assertIn("NOTICE fay :dan is not here. Your message waits.", " ".join(told))


class MonitorTests(AskingTestCase):
    def test_who_comes_and_goes_is_told(self) -> None:
        here, away = self.dan.asks("MONITOR + eve,fay")
        self.assertRegex(here, "^730 dan :eve!")
        self.assertEqual(away, "731 dan :fay")
        self.registered("fay")
        self.assertIn(":chatsvc 730 dan :fay!", " ".join(self.dan.hears()))
        self.eve.asks("QUIT")
        self.eve.protocol.connectionLost()
        self.assertIn(":chatsvc 731 dan :eve", self.dan.hears())
        self.assertEqual(
            self.dan.asks("MONITOR L"), ["732 dan :eve,fay", "733 dan :End of MONITOR list"]
        )
        self.assertEqual([line[:10] for line in self.dan.asks("MONITOR S")],
                         ["730 dan :f", "731 dan :e"])  # fmt: skip
        self.dan.asks("MONITOR - fay", "MONITOR C")
        self.assertEqual(self.dan.asks("MONITOR L"), ["733 dan :End of MONITOR list"])
        self.assertIn("eve", " ".join(self.dan.asks("WHOWAS eve")))


class LeftTests(AskingTestCase):
    """Where a list is told some people at a time, and the client is gone before its end."""

    def counted(self, module: Any, name: str) -> list[str]:
        """A list to which all calls of a function are added from now on."""
        calls: list[str] = []
        function = getattr(module, name)

        def call(*args: Any) -> Any:
            calls.append(name)
            return function(*args)

        self.patch(module, name, call)
        return calls

    def check(self, line: str, calls: list[str]) -> None:
        self.dan.hears()
        self.dan.sends(line)
        self.server.clock.pump([0] * 3)
        number = len(calls)
        self.assertTrue(0 < number < 5, calls)
        self.dan.protocol.connectionLost()
        self.server.clock.pump([1] * 9)
        self.assertEqual(len(calls), number)

    def test_names_are_looked_for_no_longer(self) -> None:
        self.patch(channel_lists, "NAMED_AT_ONCE", 1)
        self.check("NAMES #lobby", self.counted(channel_lists, "_rows"))

    def test_nor_are_those_whom_who_lists(self) -> None:
        self.patch(queries, "TOLD_AT_ONCE", 1)
        self.check("WHO #lobby", self.counted(queries, "host"))

    def test_nor_are_those_whom_a_mask_means(self) -> None:
        self.patch(queries, "SEEN_AT_ONCE", 1)
        self.check("WHO c*", self.counted(queries, "folded"))
