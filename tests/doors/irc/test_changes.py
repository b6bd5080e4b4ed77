"""Changes of people, of which IRC clients that share a channel with them are told once."""

from __future__ import annotations

import re
from typing import Any

from chatsvc.doors.irc.wording.people import REALNAME_LENGTH
from chatsvc.throttle import Throttle
from tests.doors.irc.irc import IrcPerson, IrcTestCase
from tests.doors.irc.test_accounts import PASSWORD

CAPS = ("away-notify", "account-notify", "setname")


class OutsideTheLobbyTests(IrcTestCase):
    """Dan and Eve share two channels; Fay shares none with them."""

    auto_join = False

    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), plaintext_passwords=True, **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan", *CAPS)
        self.eve = self.registered("eve", *CAPS, host="10.0.0.8")
        self.fay = self.registered("fay", *CAPS, host="10.0.0.7")
        for each in (self.dan, self.eve):
            each.asks("JOIN #x", "JOIN #y")
        self.fay.asks("JOIN #z")
        self.ann.types("/join #x")
        self.hush()

    def test_who_is_lost_right_after_choosing_a_name_keeps_the_old_one(self) -> None:
        logged, journal = self.logged(), self.journal()
        self.dan.asks(f"NS REGISTER {PASSWORD}")  # whose place is kept for a while
        for person, name in ((self.dan, "dan"), (self.eve, "eve")):
            user = person.session.user
            person.sends("NICK other")
            person.protocol.connectionLost()
            person.hears()
            self.assertEqual(user.name, name)
        self.assertNotIn("is now", "".join(journal))
        self.assertEqual(logged, [])

    def hush(self) -> None:
        for each in (self.ann, self.dan, self.eve, self.fay):
            each.hears()

    def told(self, person: IrcPerson) -> list[str]:
        """What has come, without the host of where it comes from."""
        return [re.sub(r"^:(\w+)!\S+", r":\1", line) for line in person.hears()]

    def changes(self) -> dict[str, list[str]]:
        """By what Dan sends: what others are told of it."""
        return {
            "AWAY :lunch": [":dan AWAY :lunch"],
            "AWAY": [":dan AWAY"],
            "SETNAME :Dan the man": [":dan SETNAME :Dan the man"],
            f"NS REGISTER {PASSWORD}": [":dan ACCOUNT dan"],
            "NICK daniel": [":dan NICK daniel"],
            "QUIT :bye": [":daniel QUIT :Quit: bye"],
        }

    def test_they_are_told_once_to_those_who_share_a_channel(self) -> None:
        for asked, told in self.changes().items():
            self.dan.sends(asked)
            self.assertEqual(self.told(self.eve), told, asked)
            self.assertEqual(self.told(self.fay), told if self.auto_join else [], asked)
            for word in ("AWAY", "SETNAME", "ACCOUNT"):
                self.assertFalse(any(line.startswith("\0") for line in self.ann.hears()), word)

    def test_not_those_of_whom_one_ignores_in_their_words(self) -> None:
        self.ann.types("/ignore dan")
        self.eve.session.user.as_guest = self.ann.session.user.as_guest
        self.server.chat.users.show(self.eve.session, self.eve.session.unfiltered)
        for asked in self.changes():
            self.dan.sends(asked)
            told = [line.partition(" :")[0] for line in self.told(self.eve)]
            self.assertEqual(told, [":daniel QUIT"] if "QUIT" in asked else [])

    def test_the_own_clients_are_not_told_nor_those_without_the_capability(self) -> None:
        gus = self.registered("gus", host="10.0.0.6")
        gus.asks("JOIN #x")
        for asked in ("AWAY :lunch", "SETNAME :Dan the man", "AWAY"):
            self.dan.sends(asked)
            self.assertEqual(self.told(gus), [])
            self.assertFalse([line for line in self.told(self.dan) if line.startswith(":dan AWAY")])

    def test_a_new_real_name_is_confirmed_to_the_own_clients_that_know_it(self) -> None:
        self.dan.asks(f"NS REGISTER {PASSWORD}")
        other, plain = self.registered("daniel", "setname"), self.registered("danny")
        for each in (other, plain):
            each.asks(f"NS IDENTIFY dan {PASSWORD}")
        plain.sends("SETNAME :Dan the man")
        self.assertEqual(self.told(self.dan)[-1], ":dan SETNAME :Dan the man")
        self.assertEqual(self.told(other)[-1], ":dan SETNAME :Dan the man")
        self.assertNotIn("SETNAME", "".join(self.told(plain)))
        [limit] = re.findall(r" NAMELEN=(\d+) ", "".join(plain.asks("VERSION")))
        self.assertEqual(int(limit), REALNAME_LENGTH)

    def test_whoever_joins_at_the_same_time_is_not_told_of_what_was_before(self) -> None:
        self.dan.sends("AWAY :lunch")
        self.fay.sends("JOIN #x")
        told = self.told(self.fay)
        self.assertLessEqual(len([line for line in told if "AWAY" in line]), 1)
        self.assertIn(":fay JOIN #x", told)


class InTheLobbyTests(OutsideTheLobbyTests):
    auto_join = True
