"""Logging in late to an account whose owner is here: the client becomes the same person."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.doors.irc.irc import IrcPerson, IrcTestCase
from tests.doors.irc.test_accounts import PASSWORD, plain
from tests.processes import Caller, ProcessTestCase, free_port

# The ways to log in late.
WAYS = {
    "SASL": ("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('dan')}"),
    "NickServ": (f"NS IDENTIFY dan {PASSWORD}",),
}


def bare(lines: list[str]) -> list[str]:
    """Lines without the host of where they come from."""
    return [re.sub(r"^:(\w+)!\S+", r":\1", line) for line in lines]


class LateLoginTests(IrcTestCase):
    auto_join = False

    def start(self, **options: Any) -> Any:
        return super().start(plaintext_passwords=True, **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan")
        self.dan.asks(f"NS REGISTER {PASSWORD}", "JOIN #own")
        self.eve = self.registered("eve", host="10.0.0.8")
        self.eve.asks("JOIN #own", "JOIN #x")
        self.late = self.registered("late", "sasl", host="10.0.0.7")
        self.late.asks("JOIN #x", "JOIN #mine")

    def logs_in(self, *lines: str) -> list[str]:
        for each in (self.dan, self.eve, self.ann):
            each.hears()
        return self.late.asks(*lines)

    def told(self, person: IrcPerson) -> list[str]:
        """What has come, without whom a channel holds."""
        return [line for line in bare(person.hears()) if ":chatsvc 3" not in line]

    def check_client(self, way: str) -> None:
        told = bare(self.logs_in(*WAYS[way]))
        moves = [line for line in told if re.search(" (NICK|JOIN|PART|QUIT|MODE) ", line)]
        self.assertEqual(moves, [":late NICK dan", ":dan JOIN #own"])
        self.assertIn("353 dan = #own :@dan eve", self.late.asks("NAMES #own"))
        self.ann.types("/join #own", "/say #own hi")
        self.assertIn("PRIVMSG #own :hi", self.late.hears()[-1])

    def test_by_sasl_it_is_told_its_nick_once_and_where_it_is(self) -> None:
        self.check_client("SASL")

    def test_so_it_is_by_nickserv(self) -> None:
        self.check_client("NickServ")

    def test_others_see_the_guest_quit_and_the_owner_join(self) -> None:
        self.logs_in(*WAYS["SASL"])
        self.assertEqual(self.told(self.eve), [":late QUIT :Logged in as dan", ":dan JOIN #x"])

    def test_the_owners_other_client_is_in_the_same_channels(self) -> None:
        self.logs_in(*WAYS["NickServ"])
        told = self.told(self.dan)
        # It shares no channel with the guest, except for the lobby.
        self.assertEqual(":late QUIT :Logged in as dan" in told, self.auto_join)
        self.assertIn(":dan JOIN #x", told)
        self.assertIn(":dan JOIN #mine", told)
        self.assertIn(":chatsvc MODE #mine +o dan", told)
        self.eve.sends("PRIVMSG #x :hello")
        self.assertIn("PRIVMSG #x :hello", self.dan.hears()[-1])
        self.assertIn("PRIVMSG #x :hello", self.late.hears()[-1])

    def test_a_channel_of_both_is_joined_by_nobody(self) -> None:
        self.late.asks("JOIN #own")
        told = self.logs_in(*WAYS["SASL"])
        self.assertNotIn("JOIN", " ".join(told))
        for each in (self.eve, self.dan):
            self.assertNotIn(":dan JOIN #own", self.told(each))

    def test_the_guest_is_offline_for_those_who_monitor_and_known_to_whowas(self) -> None:
        self.eve.asks("MONITOR + late")
        self.logs_in(*WAYS["SASL"])
        self.assertIn(":chatsvc 731 eve :late", self.eve.hears())
        self.assertEqual(self.eve.asks("WHOWAS late")[0][:8], "314 eve ")
        self.assertEqual(self.eve.asks("WHOIS late")[0][:8], "401 eve ")

    def test_people_at_the_line_door_are_told_who_it_is(self) -> None:
        self.ann.types("/join #x")
        self.logs_in(*WAYS["SASL"])
        self.assertEqual(
            self.ann.hears(), ["server: late has logged in as dan.", "server: dan has joined #x."]
        )

    def test_whoever_logs_in_there_is_told_of_it_by_irc(self) -> None:
        self.bob.types("/join #x", f"/login dan {PASSWORD}")
        self.assertEqual(
            self.told(self.eve)[-2:], [":client2 QUIT :Logged in as dan", ":dan JOIN #x"]
        )
        self.assertIn("353 eve = #x :@eve late dan", self.eve.asks("NAMES #x"))

    def test_what_is_ignored_of_the_owner_leaves_no_ghost_of_the_guest(self) -> None:
        self.ann.types("/ignore dan")
        self.logs_in(*WAYS["SASL"])
        self.assertEqual(self.ann.hears(), ["server: late has quit."])


class LateLoginInTheLobbyTests(LateLoginTests):
    """The same where all clients read the lobby, and are told of who comes and goes there."""

    auto_join = True


class RealLateLoginTests(ProcessTestCase):
    def irc(self, port: int, nick: str) -> Caller:
        caller = self.calls(port)
        caller.types(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        caller.sees_some(f" 221 {nick} ")
        return caller

    def test_all_doors_at_once(self) -> None:
        port = free_port()
        self.serves("--port", port, "--interface", "127.0.0.1", "--store", "memory:")
        ann = self.calls(port)
        ann.sees_some("server: Welcome")
        program = self.calls(port)
        program.types("/json")
        program.sees_some('"welcome"')
        dan = self.irc(port, "dan")
        dan.types(f"NS REGISTER {PASSWORD}", "JOIN #own")
        dan.sees_some(" 366 dan #own ")
        late = self.irc(port, "late")
        late.types("JOIN #x")
        late.sees_some(" 366 late #x ")
        ann.types("/join #x")
        ann.sees_some("You are in #x")
        late.types(f"NS IDENTIFY dan {PASSWORD}")
        told = late.sees_some(" 366 dan #own ")
        self.assertEqual(told.count(" NICK "), 1)
        self.assertNotIn(" QUIT ", told)
        told = dan.sees_some(" 366 dan #x ")
        self.assertIn(" QUIT :Logged in as dan\r\n", told)
        self.assertNotIn(" NICK ", told)
        self.assertIn("late has logged in as dan.", ann.sees_some("dan has joined #x."))
        lines = program.sees_some('"renamed"').splitlines()
        renamed = next(json.loads(line) for line in lines if '"renamed"' in line)
        self.assertEqual(
            [renamed[each] for each in ("name", "new", "account")], ["late", "dan", "dan"]
        )
        late.types("PRIVMSG #x :from the late one")
        ann.sees_some("#x dan: from the late one")
        dan.types("PRIVMSG #x :from the first")
        late.sees_some("PRIVMSG #x :from the first")
