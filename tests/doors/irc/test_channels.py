"""Channels over IRC: who may come in, who is asked in, and who is put out."""

from __future__ import annotations

from chatsvc.chat.rooms.joining import MOST_JOINED
from chatsvc.chat.rooms.settings import GUESSES
from tests.commands.test_accounts import PASSWORD
from tests.doors.irc.irc import ChannelTestCase, IrcPerson


class HeardTestCase(ChannelTestCase):
    def heard(self, person: IrcPerson) -> list[str]:
        """What somebody hears, without who did it."""
        return [line.partition(" ")[2] for line in person.hears()]


class JoinTests(HeardTestCase):
    def test_formatting_is_taken_out_of_all_that_is_shown(self) -> None:
        self.eve.asks("JOIN #x")
        red = "\x02\x0304,01red\x03 alert\x0f"
        fay = self.connected("10.0.0.7")
        fay.sends("NICK fay", f"USER fay 0 * :{red}")
        fay.asks(f"AWAY :{red}")
        about = self.eve.asks("WHOIS fay")
        self.assertTrue(about[0].endswith(" * :red alert"), about)
        self.assertIn("301 eve fay :red alert", about)
        fay.asks("SETNAME :\x0304blue")
        self.assertTrue(self.eve.asks("WHOIS fay")[0].endswith(" * :blue"))
        fay.asks("JOIN #x")
        for line, told in (
            (f"TOPIC #x :{red}", "TOPIC #x :red alert"),
            (f"KICK #x fay :{red}", "KICK #x fay :red alert"),
            (f"PART #x :{red}", "PART #x :red alert"),
        ):
            self.dan.asks(line)
            heard = [each.partition(" ")[2] for each in self.eve.hears()]
            self.assertIn(told, heard)

    def test_what_keeps_others_out_is_told_by_its_mode(self) -> None:
        for change, back, told in (
            ("+k word", "-k",
             "475 eve #x :Cannot join channel (+k): #x has a key: /join #x key"),
            ("+i", "-i", "473 eve #x :Cannot join channel (+i)"),
            ("+l 1", "-l", "471 eve #x :Cannot join channel (+l)"),
            ("+R", "-R", "477 eve #x :Cannot join channel (+R): log in first"),
        ):  # fmt: skip
            self.dan.asks(f"MODE #x {change}")
            self.assertEqual(self.eve.asks("JOIN #x"), [told])
            self.dan.asks("INVITE eve #x")
            self.assertIn("353 eve = #x :@dan eve", self.eve.asks("JOIN #x"), change)
            self.dan.asks(f"MODE #x {back}")
            self.eve.asks("PART #x")
        self.dan.asks("MODE #x +b eve!*@*")
        self.assertIn("474 eve #x :Cannot join channel (+b): ", self.eve.asks("JOIN #x")[0])

    def test_with_the_key_one_comes_in(self) -> None:
        self.dan.asks("MODE #x +k word")
        self.assertIn("353 eve = #x :@dan eve", self.eve.asks("JOIN #x word"))
        self.assertEqual(self.eve.asks("JOIN #x word"), [])  # which she is in

    def test_a_key_cannot_be_guessed(self) -> None:
        self.dan.asks("MODE #x +k word")
        for number in range(GUESSES):
            self.assertIn("is not the key", self.eve.asks(f"JOIN #x {number}")[0])
        [told] = self.eve.asks("JOIN #x word")
        self.assertIn("475 eve #x :Cannot join channel (+k): Too many attempts.", told)

    def test_what_is_no_channel(self) -> None:
        self.assertEqual(self.eve.asks("JOIN x"), ["403 eve x :No such channel"])
        self.assertIn("403 eve # :", self.eve.asks("JOIN #")[0])

    def test_no_more_than_one_may_be_in(self) -> None:
        self.eve.asks(*[f"JOIN #e{number}" for number in range(MOST_JOINED)])
        self.assertEqual(
            self.eve.asks("JOIN #x"), ["405 eve #x :You have joined too many channels"]
        )

    def test_all_are_left_at_once(self) -> None:
        self.eve.asks("JOIN #x,#y")
        self.assertEqual(
            [line.split(" ", 1)[1] for line in self.eve.asks("JOIN 0")], ["PART #x", "PART #y"]
        )


class TopicTests(HeardTestCase):
    def test_a_topic_is_set_and_shown_with_who_set_it(self) -> None:
        self.assertEqual(self.dan.asks("TOPIC #x"), ["331 dan #x :No topic is set"])
        self.dan.asks("TOPIC #x :all about x")
        topic, by = self.eve.asks("TOPIC #x")
        self.assertEqual(topic, "332 eve #x :all about x")
        self.assertIn("333 eve #x dan", by)

    def test_who_may_not_is_told_why(self) -> None:
        self.assertEqual(
            self.eve.asks("TOPIC #x :mine"), ["442 eve #x :You're not on that channel"]
        )
        self.dan.asks("MODE #x +t")
        self.eve.asks("JOIN #x")
        told = ["482 eve #x :You're not channel operator"]
        self.assertEqual(self.eve.asks("TOPIC #x :mine"), told)
        self.eve.asks("PART #x")
        self.dan.asks("MODE #x +i")
        self.assertEqual(self.eve.asks("TOPIC #x"), ["403 eve #x :No such channel"])
        self.assertEqual(self.eve.asks("TOPIC #none"), ["403 eve #none :No such channel"])


class ListTests(HeardTestCase):
    def listed(self, what: str = "") -> list[str]:
        told = self.eve.asks(f"LIST {what}".strip())
        names = [line.split(" ")[2] for line in told if line.startswith("322")]
        return [name for name in names if name != "#lobby"]

    def test_channels_are_found_by_name_and_number(self) -> None:
        self.dan.asks("JOIN #y")
        self.eve.asks("JOIN #y")
        for condition, names in (
            ("", ["#x", "#y"]), ("#x", ["#x"]), ("!#x", ["#y"]), (">1", ["#y"]), ("<2", ["#x"]),
            ("#*,>1", ["#y"]), ("T<9", []), ("#x,#y,#z", ["#x", "#y"]), ("#x,!#x", []),
            ("#x,#y >1", ["#y"]), ("#x >1,<9", []),
        ):  # fmt: skip
            self.assertEqual(self.listed(condition), names, condition)

    def test_a_hidden_channel_is_seen_by_those_in_it(self) -> None:
        self.dan.asks("MODE #x +s")
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.eve.asks("NAMES #x"), ["366 eve #x :End of /NAMES list"])
        self.assertIn("353 dan @ #x :@dan", self.dan.asks("NAMES #x"))


class InviteTests(HeardTestCase):
    def test_who_is_asked_in_is_told_and_so_are_those_who_want_to_know(self) -> None:
        self.eve.asks("JOIN #x")
        fay = self.registered("fay")
        self.eve.hears()
        self.assertEqual(self.dan.asks("INVITE fay #x")[-1], "341 dan fay #x")
        self.assertEqual(self.heard(fay), ["INVITE fay #x"])
        self.assertEqual(self.heard(self.eve), ["INVITE fay #x"])
        self.assertEqual(fay.asks("INVITE"), ["336 fay #x", "337 fay :End of /INVITE list"])

    def test_whoever_is_muted_everywhere_asks_nobody_in_once_more(self) -> None:
        self.server.chat.limits.operators = frozenset({"boss"})
        boss = self.server.joined_by("127.0.0.1")
        boss.types("/nick boss", f"/register {PASSWORD}")
        self.eve.asks("JOIN #x")
        self.registered("fay")
        self.dan.asks("INVITE fay #x")
        boss.types("/mute server dan")
        self.heard(self.eve)
        self.assertIn("400 dan INVITE :You are muted", self.dan.asks("INVITE fay #x")[-1])
        self.assertEqual(self.heard(self.eve), [])

    def test_whoever_is_here_with_a_program_as_well_reads_of_it(self) -> None:
        self.eve.asks("NS REGISTER correct-horse")
        program = self.server.joined_by("127.0.0.1", is_new=False)
        token = "t" * 32
        program.types("/json", f'{{"do": "resume", "token": "{token}"}}')
        program.types('{"do": "login", "name": "eve", "password": "correct-horse"}')
        program.hears()
        self.eve.hears()
        self.dan.asks("INVITE eve #x")
        self.assertEqual(self.heard(self.eve)[-1], "NOTICE * :dan invites you: /join #x")
        self.assertIn('"event":"invited"', program.hears()[-1])

    def test_who_is_away_is_said_to_be(self) -> None:
        self.eve.asks("AWAY :at lunch")
        self.assertIn("301 dan eve :at lunch", self.dan.asks("INVITE eve #x"))

    def test_what_cannot_be(self) -> None:
        fay = self.registered("fay")
        for asked, told in (
            ("INVITE eve", "461 dan INVITE :Not enough parameters"),
            ("INVITE nobody #x", "401 dan nobody :No such nick"),
            ("INVITE eve #none", "403 dan #none :No such channel"),
            ("INVITE dan #x", "443 dan dan #x :is already on channel"),
        ):
            self.assertEqual(self.dan.asks(asked), [told])
        refused = ["442 eve #x :You're not on that channel"]
        self.assertEqual(self.eve.asks("INVITE fay #x"), refused)
        self.eve.asks("JOIN #x")
        self.dan.asks("MODE #x +i")
        self.eve.hears()
        self.assertEqual(
            self.eve.asks("INVITE fay #x"), ["482 eve #x :You're not channel operator"]
        )
        self.assertEqual(fay.hears(), [])


class KickTests(HeardTestCase):
    def test_somebody_is_put_out_with_a_reason(self) -> None:
        self.eve.asks("JOIN #x")
        self.dan.asks("KICK #x eve :too loud")
        self.assertEqual(self.heard(self.eve), ["KICK #x eve :too loud"])
        self.assertIn("353 dan = #x :@dan", self.dan.asks("NAMES #x"))

    def test_what_cannot_be(self) -> None:
        for asked, told in (
            ("KICK #x nobody", "401 dan nobody :No such nick"),
            ("KICK #x eve", "441 dan eve #x :They aren't on that channel"),
            ("KICK #none eve", "403 dan #none :No such channel"),
            ("KICK #x", "461 dan KICK :Not enough parameters"),
        ):
            self.assertEqual(self.dan.asks(asked), [told])
        self.eve.asks("JOIN #x")
        refused = ["482 eve #x :You're not channel operator"]
        self.assertEqual(self.eve.asks("KICK #x dan"), refused)
        fay = self.registered("fay")
        fay.asks("JOIN #x")
        self.dan.asks("MODE #x +o eve", f"NICKSERV REGISTER {PASSWORD}")
        self.eve.hears()
        self.assertIn("482 eve #x :", self.eve.asks("KICK #x dan")[0])
        self.assertIn("353 fay = #x :@dan @eve fay", fay.asks("NAMES #x"))

    def test_an_owner_without_an_account_is_put_out_and_comes_back_as_the_owner(self) -> None:
        self.eve.asks("JOIN #x")
        self.dan.asks("MODE #x +oik eve word")
        self.eve.asks("KICK #x dan :cool down")
        self.assertEqual(self.heard(self.dan), ["KICK #x dan :cool down"])
        self.assertIn("482 eve #x :", self.eve.asks("MODE #x +b dan!*@*", "MODE #x -o dan")[-1])
        self.assertIn("353 dan = #x :@eve @dan", self.dan.asks("JOIN #x"))
        self.assertEqual(
            [line.partition(" ")[2] for line in self.dan.asks("MODE #x -o eve")], ["MODE #x -o eve"]
        )

    def test_several_at_once(self) -> None:
        fay = self.registered("fay")
        self.eve.asks("JOIN #x")
        fay.asks("JOIN #x")
        self.eve.hears()
        self.dan.asks("KICK #x eve,fay")
        self.assertIn("KICK #x eve", self.heard(self.eve)[0])
        self.assertIn("353 dan = #x :@dan", self.dan.asks("NAMES #x"))


class KnockTests(HeardTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.dan.asks("MODE #x +i")

    def test_those_who_keep_order_are_told(self) -> None:
        self.assertEqual(
            self.eve.asks("KNOCK #x :let me \x02in"), ["711 eve #x :Your knock has been delivered"]
        )
        [told] = self.dan.hears()
        self.assertTrue(told.startswith(":chatsvc 710 dan #x eve!eve@"), told)
        self.assertTrue(told.endswith(" :is knocking: let me in"), told)
        self.eve.asks("NICK eva")
        self.assertEqual(self.eve.asks("KNOCK #x")[0].split(" :")[0], "712 eva #x")
        self.assertEqual(self.heard(self.dan), [])

    def test_where_it_is_of_no_use(self) -> None:
        self.dan.asks("JOIN #y")
        for person, asked, told in (
            (self.eve, "KNOCK", "461 eve KNOCK :Not enough parameters"),
            (self.eve, "KNOCK #none", "403 eve #none :No such channel"),
            (self.eve, "KNOCK #y", "713 eve #y :Channel is open, no need to knock"),
            (self.eve, "KNOCK #lobby", "713 eve #lobby :Channel is open, no need to knock"),
            (self.dan, "KNOCK #x", "714 dan #x :You're on that channel already"),
        ):
            self.assertEqual(person.asks(asked), [told])

    def test_who_is_banned_is_told_why_not(self) -> None:
        self.dan.asks("MODE #x +b eve!*@*")
        self.assertIn("480 eve #x :Cannot knock: You are banned", self.eve.asks("KNOCK #x")[0])

    def test_one_label_is_answered_once(self) -> None:
        fay = self.registered("fay", "labeled-response", "batch", host="10.0.0.7")
        [told] = fay.asks("@label=7 KNOCK #x")
        self.assertEqual(told, "@label=7 :chatsvc 711 fay #x :Your knock has been delivered")
