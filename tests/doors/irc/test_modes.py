"""MODE over IRC, and what other doors change of a channel."""

from __future__ import annotations

import re
from typing import Any

from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.doors.irc.irc import ChannelTestCase, IrcPerson, IrcTestCase


class ModeTestCase(IrcTestCase):
    """Dan has made #x, in which eve is as well."""

    auto_join = False

    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan")
        self.eve = self.registered("eve")
        self.dan.asks("JOIN #x")
        self.eve.asks("JOIN #x")
        self.dan.hears()

    def heard(self) -> list[str]:
        """What eve hears, without who did it."""
        return [line.partition(" ")[2] for line in self.eve.hears()]


class ModeTests(ModeTestCase):
    def test_settings_that_stand_together_are_one_line(self) -> None:
        self.dan.asks("MODE #x +itl-n 9")
        self.assertEqual(self.heard(), ["MODE #x +itl-n 9"])
        self.dan.asks("MODE #x +k word", "MODE #x -itlk+n *")
        self.assertEqual(self.heard(), ["MODE #x +k *", "MODE #x +n-itlk *"])
        self.assertEqual(self.dan.asks("MODE #x")[0], "324 dan #x +n")

    def test_other_modes_keep_their_place_among_them(self) -> None:
        self.dan.asks("MODE #x +tv-t eve")
        told = ["MODE #x +t", "MODE #x +v eve", "MODE #x -t"]
        self.assertEqual(self.heard(), told)

    def test_a_mode_that_is_set_already_is_not_told(self) -> None:
        self.dan.asks("MODE #x +t", "MODE #x +t", "MODE #x -i")
        self.assertEqual(self.heard(), ["MODE #x +t"])

    def test_what_the_line_door_changes_is_told_as_modes(self) -> None:
        self.ann.types("/join #y word")
        self.eve.asks("JOIN #y word")
        self.ann.hears()
        self.ann.types("/key -", "/privacy invite-only", "/privacy hidden", "/privacy public")
        told = ["MODE #y -k *", "MODE #y +i", "MODE #y +s-i", "MODE #y -s"]
        self.assertEqual(self.heard(), told)
        self.ann.types("/op eve", "/deop eve", "/voice eve", "/moderated on", "/ban dan")
        modes = [line for line in self.heard() if line.startswith("MODE")]
        self.assertEqual([line.split(" ")[2] for line in modes], ["+o", "-o", "+v", "+m", "+b"])

    def test_an_owner_gives_a_channel_up(self) -> None:
        self.dan.asks("MODE #x -o dan")
        self.assertEqual(self.heard(), ["MODE #x -o dan"])
        self.assertIn("482 dan #x", self.dan.asks("MODE #x +t")[0])
        self.assertIn("353 eve = #x :dan eve", self.eve.asks("NAMES #x"))

    def test_owners_and_moderators_can_have_voice_as_well(self) -> None:
        self.dan.asks("MODE #x +v dan")
        self.assertEqual(self.heard(), ["MODE #x +v dan"])
        fay = self.registered("fay", "multi-prefix")
        self.assertIn("353 fay = #x :@+dan eve", fay.asks("NAMES #x"))
        self.dan.asks("MODE #x -v dan")
        self.assertIn("353 fay = #x :@dan eve", fay.asks("NAMES #x"))

    def test_channels_are_found_by_how_old_they_are(self) -> None:
        self.server.clock.advance(300)
        self.dan.asks("JOIN #y", "TOPIC #y :new")
        for condition, expected in (
            ("C>4", ["#x"]), ("C<4", ["#y"]), ("T<4", ["#y"]), ("T>4", []), ("c<9", ["#x", "#y"]),
        ):  # fmt: skip
            told = self.dan.asks(f"LIST {condition}")
            found = [line.split(" ")[2] for line in told if line.startswith("322")]
            self.assertEqual(found, expected, condition)

    def test_links(self) -> None:
        told = self.dan.asks("LINKS")
        self.assertIn("no links to others", told[0])
        self.assertEqual(told[1], "365 dan * :End of LINKS list")


class RankTests(ChannelTestCase):
    """Clients are told who has which mode, whenever that changes."""

    def setUp(self) -> None:
        super().setUp()
        self.fay = self.registered("fay", "account-notify", "away-notify", host="10.0.0.7")
        self.fay.asks("JOIN #x")
        self.eve.asks(f"NICKSERV REGISTER {PASSWORD}", "JOIN #x")
        self.dan.asks("MODE #x +ov eve eve")
        self.eve.hears()
        self.fay.hears()

    def told(self, person: IrcPerson) -> list[str]:
        """What somebody hears, without hosts."""
        return [re.sub(r"^:(\w+)\S*", r"\1", line) for line in person.hears()]

    def test_who_joins_again_with_what_was_given_before(self) -> None:
        own = self.eve.asks("PART #x", "AWAY :lunch", "JOIN #x")
        self.assertFalse([line for line in own if "MODE" in line], own)
        self.assertEqual(
            self.told(self.fay),
            ["eve PART #x", "eve JOIN #x", "eve AWAY :lunch", "chatsvc MODE #x +ov eve eve"],
        )

    def test_who_joins_without(self) -> None:
        gus = self.registered("gus", host="10.0.0.6")
        gus.asks("JOIN #x")
        self.assertEqual(self.told(self.fay), ["gus JOIN #x"])

    def test_what_was_given_to_an_account_comes_and_goes_with_it(self) -> None:
        self.assertIn("chatsvc MODE #x -ov client5 client5", self.changed("LOGOUT"))
        self.assertIn("chatsvc MODE #x +ov eve eve", self.changed(f"IDENTIFY eve {PASSWORD}"))

    def changed(self, request: str) -> list[str]:
        """What Fay and Eve are told, the same, when Eve asks NickServ for something."""
        self.eve.sends(f"NS {request}")
        own = self.told(self.eve)
        told = self.told(self.fay)
        modes = [line for line in told if "MODE" in line]
        self.assertEqual([line for line in own if "MODE" in line], modes)
        account = "*" if request == "LOGOUT" else "eve"
        self.assertIn(f"ACCOUNT {account}", [line.partition(" ")[2] for line in told])
        return told


class ListTests(ChannelTestCase):
    """The lists of a channel: bans, exceptions from them, and who needs no invitation."""

    def number(self, line: str) -> str:
        """The numeric, or the verb, of the first thing that eve is told."""
        told = self.eve.asks(line)
        return "" if not told else told[0].split(" ")[1 if told[0][0] == ":" else 0]

    def test_who_is_exempted_comes_in_spite_of_a_ban(self) -> None:
        self.dan.asks("MODE #x +b *!*@*")
        self.assertEqual(self.number("JOIN #x"), "474")
        told = self.dan.asks("MODE #x +e EVE")
        self.assertEqual([line.partition(" ")[2] for line in told], ["MODE #x +e EVE!*@*"])
        self.assertEqual(self.number("JOIN #x"), "JOIN")
        self.eve.asks("PART #x")
        self.dan.hears()
        listed = self.dan.asks("MODE #x +e")
        self.assertIn("348 dan #x EVE!*@* dan", listed[0])
        self.assertEqual(listed[1], "349 dan #x :End of channel exception list")
        self.dan.asks("MODE #x -e eve!*@*")
        self.assertEqual(self.number("JOIN #x"), "474")

    def test_who_needs_no_invitation(self) -> None:
        self.dan.asks("MODE #x +i")
        self.assertEqual(self.number("JOIN #x"), "473")
        self.dan.asks("MODE #x +I eve")
        self.assertIn("346 dan #x eve!*@* dan", self.dan.asks("MODE #x +I")[0])
        self.assertEqual(self.number("JOIN #x"), "JOIN")
        self.eve.asks("PART #x")
        self.dan.hears()
        self.dan.asks("MODE #x -I eve", "MODE #x +I ~account:eve")
        self.assertEqual(self.number("JOIN #x"), "473")
        self.eve.asks("NS REGISTER correct-horse")
        self.assertEqual(self.number("JOIN #x"), "JOIN")

    def test_a_mask_is_muted_unless_voice_or_an_exception_says_otherwise(self) -> None:
        self.eve.asks("JOIN #x")
        for line, answer in (
            ("MODE #x +b ~m:eve!*@*", "404"),
            ("MODE #x +v eve", ""),
            ("MODE #x -v eve", "404"),
            ("MODE #x +e ~m:*!eve@*", ""),
            ("MODE #x -e ~m:*!eve@*", "404"),
            ("MODE #x -b ~m:EVE", ""),
        ):
            self.dan.asks(line)
            self.eve.hears()
            self.assertEqual(self.number("PRIVMSG #x :hi"), answer, line)

    def test_a_muted_mask_is_listed_and_told_as_a_ban(self) -> None:
        self.eve.asks("JOIN #x")
        self.dan.asks("MODE #x +b ~m:fay!*@*", "MODE #x -b ~m:fay!*@*", "MODE #x +b ~m:gus!*@*")
        told = [line.partition(" ")[2] for line in self.eve.hears()]
        masks = ["+b ~m:fay!*@*", "-b ~m:fay!*@*", "+b ~m:gus!*@*"]
        self.assertEqual(told, [f"MODE #x {mask}" for mask in masks])
        self.assertIn("367 eve #x ~m:gus!*@* dan", self.eve.asks("MODE #x b")[0])

    def test_an_account_is_muted_whoever_uses_it(self) -> None:
        self.eve.asks("JOIN #x", "NS REGISTER correct-horse", "NICK eva")
        for line, told, answer in (
            ("MODE #x +b ~account:nobody", "MODE #x +b ~account:nobody", ""),
            ("MODE #x +b ~m:~account:nobody", "MODE #x +b ~m:~account:nobody", ""),
            ("MODE #x +b ~m:~account:eve", "MODE #x +b ~m:~account:eve", "404"),
            ("MODE #x +e ~account:eve", "MODE #x +e ~account:eve", ""),
            ("MODE #x -e ~account:eve", "MODE #x -e ~account:eve", "404"),
            ("MODE #x -b ~m:~account:EVE", "MODE #x -b ~m:~account:eve", ""),
        ):
            self.dan.asks(line)
            heard = [each.partition(" ")[2] for each in self.eve.hears()]
            self.assertEqual([each for each in heard if each.startswith("MODE")], [told])
            self.assertEqual(self.number("PRIVMSG #x :hi"), answer, line)
        masks = [line.split(" ")[3] for line in self.eve.asks("MODE #x b")[:-1]]
        self.assertEqual(masks, ["~account:nobody", "~m:~account:nobody"])
        told = self.dan.asks("MODE #x +e ~m:~account:eve")[-1]
        self.assertIn("An account is exempt from bans and mutes together: +e ~account:eve", told)

    def test_a_mute_says_its_reason_and_its_end_beside_the_mode(self) -> None:
        self.eve.asks("JOIN #x", "NS REGISTER correct-horse")
        self.dan.asks("NS REGISTER correct-horse")
        person = self.server.joined_by("127.0.0.1")
        person.types("/login dan correct-horse", "/mute #x eve 1h noise", "/unmute #x eve")
        mode, notice, end = [line.partition(" ")[2] for line in self.eve.hears() if " #x " in line]
        self.assertEqual((mode, end), ("MODE #x +b ~m:~account:eve", "MODE #x -b ~m:~account:eve"))
        self.assertRegex(notice, r'^NOTICE #x :dan has muted eve in #x for 1h, until .*: "noise"$')

    def test_what_is_no_kind_of_mask_is_refused(self) -> None:
        for mode in ("+b ~color:red", "+b ~", "+b ~m:~color:x", "+e ~color:red", "+I ~color:red"):
            [told] = self.dan.asks(f"MODE #x {mode}")
            self.assertIn("Masks that begin with ~ are ~account:name, ~m:mask and", told, mode)
        for mode in ("+b ~account:", "+b ~m:~account:", "+e ~account:"):
            self.assertIn("Name an account", self.dan.asks(f"MODE #x {mode}")[0], mode)

    def test_others_keep_no_lists(self) -> None:
        self.eve.asks("JOIN #x")
        for line in ("MODE #x +e eve", "MODE #x +I eve"):
            self.assertEqual(self.number(line), "482")
        self.dan.asks("MODE #x +e eve")
        self.ann.types("/join #x")
        told = [line for line in self.ann.hears() if "exempt" in line]
        self.dan.asks("MODE #x -e eve", "MODE #x +I eve", "MODE #x -I eve")
        self.assertEqual(told, [])
        self.assertEqual(
            [line.partition(" (")[0] for line in self.ann.hears()],
            [
                "server: dan has ended the exemption of eve!*@* from the bans of #x",
                "server: dan lets eve!*@* join #x without an invitation",
                "server: dan has stopped letting eve!*@* join #x without an invitation",
            ],
        )


class RefusalTests(ModeTestCase):
    """What is not changed, and what is told of it."""

    def asked(self, *pairs: tuple[str, str]) -> None:
        for asked, told in pairs:
            self.assertEqual(self.dan.asks(f"MODE {asked}"), [told], asked)
        self.assertEqual(self.heard(), [])

    def test_whom_a_mode_is_given(self) -> None:
        fay = self.registered("fay")
        self.asked(
            ("#x +o nobody", "401 dan nobody :No such nick"),
            ("#x +v fay", "441 dan fay #x :They aren't on that channel"),
        )
        self.assertEqual(self.dan.asks("MODE #x +v", "MODE #x -v eve"), [])
        self.dan.asks("MODE #x +o eve")
        self.eve.hears()
        told = ["482 eve #x :You're not channel operator"]
        self.assertEqual(self.eve.asks("MODE #x -o dan"), told)  # which only the owner may
        self.assertEqual(fay.asks("MODE #x +t"), ["442 fay #x :You're not on that channel"])

    def test_values(self) -> None:
        self.asked(
            ("#x +k", "696 dan #x k * :A key is missing"),
            ("#x +k a,b", "525 dan #x :Key is not well-formed"),
            ("#x +l many", "696 dan #x l many :A limit is a number above 0"),
            ("#x +l 0", "696 dan #x l 0 :A limit is a number above 0"),
            ("#x +Z", "472 dan Z :is not a mode that is known here"),
            ("#none +t", "403 dan #none :No such channel"),
        )

    def test_a_ban_is_listed_and_lifted(self) -> None:
        self.dan.asks("MODE #x +b fay!*@*", "MODE #x +b fay!*@*", "MODE #x +b ~account:gus")
        self.assertEqual([line.partition(" ")[2][:10] for line in self.eve.hears()],
                         ["MODE #x +b"] * 2)  # fmt: skip
        *bans, end = self.eve.asks("MODE #x bb")
        self.assertEqual(end, "368 eve #x :End of channel ban list")
        masks = sorted(line.split(" ")[3] for line in bans)
        self.assertEqual(masks, ["fay!*@*", "~account:gus"])
        self.dan.asks("MODE #x -b fay!*@*", "MODE #x -b ~account:gus")
        self.assertEqual(self.dan.asks("MODE #x b"), ["368 dan #x :End of channel ban list"])

    def test_a_ban_of_an_account_is_told_as_it_is_listed(self) -> None:
        gus = self.registered("gus", host="127.0.0.1")
        gus.asks(f"NS REGISTER {PASSWORD}", "JOIN #x")
        gus.asks("NICK gustav")
        self.eve.hears()
        self.dan.asks("MODE #x +b ~account:gus", "MODE #x +b ~account:nobody")
        self.assertEqual(self.heard(), [
            "MODE #x +b ~account:gus", "KICK #x gustav :banned", "MODE #x +b ~account:nobody",
        ])  # fmt: skip
        self.dan.asks("MODE #x -b ~account:gus", "MODE #x -b ~account:nobody")
        told = ["MODE #x -b ~account:gus", "MODE #x -b ~account:nobody"]
        self.assertEqual(self.heard(), told)

    def test_whom_a_ban_does_not_hit_is_not_said_to_have_left(self) -> None:
        gus = self.registered("gus", host="10.0.0.7")
        gus.asks("JOIN #x")
        self.eve.hears()
        self.dan.asks("MODE #x +b ~account:gus")
        self.assertEqual(self.heard(), ["MODE #x +b ~account:gus"])

    def test_who_was_not_there_is_not_said_to_have_left(self) -> None:
        gus = self.registered("gus", host="127.0.0.1")
        gus.asks(f"NS REGISTER {PASSWORD}")
        self.eve.hears()
        self.dan.asks("MODE #x +b ~account:gus")
        self.assertEqual(self.heard(), ["MODE #x +b ~account:gus"])

    def test_a_moderated_channel_is_so_once(self) -> None:
        self.dan.asks("MODE #x +m", "MODE #x +m", "MODE #x -m", "MODE #x -m")
        self.assertEqual(self.heard(), ["MODE #x +m", "MODE #x -m"])

    def test_of_oneself(self) -> None:
        self.assertEqual(self.dan.asks("MODE dan"), ["221 dan +"])
        [told] = self.dan.asks("MODE dan +iB")
        self.assertIn(" MODE dan +i+B", told)
        self.assertEqual(self.dan.asks("MODE dan"), ["221 dan +Bi"])
        self.assertIn(" MODE dan -B", self.dan.asks("MODE dan -B+o")[0])
        self.asked(
            ("nobody", "401 dan nobody :No such nick"),
            ("eve +i", "502 dan :Cannot change mode for other users"),
            ("dan +Z", "501 dan :Unknown MODE flag"),
        )


class GuestTests(ChannelTestCase):
    """Dan, who made #x, has an account; Eve and Fay have none."""

    def setUp(self) -> None:
        super().setUp()
        self.dan.sends(f"NS REGISTER {PASSWORD}")
        self.fay = self.registered("fay", host="10.0.0.7")
        self.eve.sends("JOIN #x")
        for person in (self.dan, self.eve, self.fay):
            person.hears()

    def test_guests_speak_in_a_channel_only_with_voice(self) -> None:
        self.dan.asks("MODE #x +R-n")
        self.eve.hears()
        why = "Cannot send to channel: #x is for those who have logged in."
        self.assertEqual(self.eve.asks("PRIVMSG #x :hi"), [f"404 eve #x :{why}"])
        self.assertEqual(self.fay.asks("PRIVMSG #x :hi"), [f"404 fay #x :{why}"])  # from outside
        self.assertIn("is for those who have", self.eve.asks("TOPIC #x :mine")[0])
        self.dan.asks("MODE #x +v eve", "PRIVMSG #x :hello")
        self.eve.hears()
        self.assertEqual(self.eve.asks("PRIVMSG #x :hi"), [])
        self.assertIn("PRIVMSG #x :hi", self.dan.hears()[-1])
        self.dan.asks("MODE #x -R")
        self.assertEqual(self.fay.asks("PRIVMSG #x :hi"), [])
        self.assertIn("PRIVMSG #x :hi", self.dan.hears()[-1])

    def test_who_takes_no_messages_from_guests(self) -> None:
        self.assertIn("MODE dan +R", self.dan.asks("MODE dan +R")[0])
        self.assertEqual(self.dan.asks("MODE dan"), ["221 dan +R"])
        told = "531 eve dan :dan takes direct messages only from those who have logged in."
        self.assertEqual(self.eve.asks("PRIVMSG dan :hi"), [told])
        self.assertEqual(self.eve.asks("PRIVMSG dan :\x01VERSION\x01"), [told])
        self.eve.sends("NS REGISTER correct-horse-2")
        self.eve.hears()
        self.assertEqual(self.eve.asks("PRIVMSG dan :hi"), [])
        self.assertEqual(len(self.dan.hears()), 1)

    def test_a_guest_can_answer(self) -> None:
        self.dan.asks("MODE dan +R", "PRIVMSG eve :who are you?")
        self.eve.hears()
        self.assertEqual(self.eve.asks("PRIVMSG dan :eve"), [])
        self.assertIn("PRIVMSG dan :eve", self.dan.hears()[-1])

    def test_it_is_kept_and_the_same_at_every_door(self) -> None:
        self.dan.asks("MODE dan +R")
        other = self.server.joined_by("127.0.0.1")
        other.types(f"/login dan {PASSWORD}", "/dms")
        told = "server: Only those who have logged in can send you direct messages."
        self.assertEqual(other.hears()[-1], told)
        account = self.server.chat.accounts.find("dan")
        assert account is not None
        self.assertIn('"refuses_guests": true', account.kept)
        other.types("/dms all")
        self.assertEqual(other.hears()[-1], "server: Everybody can send you direct messages.")
        self.assertEqual(self.dan.asks("MODE dan")[-1], "221 dan +")
        self.assertEqual(self.eve.asks("PRIVMSG dan :hi"), [])
