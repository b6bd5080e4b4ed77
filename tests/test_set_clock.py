"""The system's clock is set while somebody attacks: no bound is passed, and nobody is put out."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.door.entrance import DEFAULT_THROTTLE
from chatsvc.doors.irc.door import REGISTER_WITHIN
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD, WRONG
from tests.doors.irc.irc import IrcTestCase
from tests.harness import Person

HOUR = 3600.0
YEAR = 365 * 24 * HOUR
JUMPS = (HOUR, -HOUR, YEAR, -YEAR, 0.0)


class SetClockTests(IrcTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(**{"plaintext_passwords": True, **options})

    def sets(self, ahead: float) -> None:
        self.server.clock.ahead = ahead

    def test_floods_are_slowed_no_less(self) -> None:
        self.ann.types(*[str(number) for number in range(90)])
        heard = [line for line in self.bob.hears() if line.startswith("client1: ")]
        self.assertLessEqual(len(heard), DEFAULT_THROTTLE.burst + 3)
        for ahead in JUMPS:
            self.sets(ahead)
            heard = self.bob.hears()
            self.assertLessEqual(len(heard), 3, ahead)  # what a fifth of a second allows

    def test_passwords_are_not_tried_more_often(self) -> None:
        _, self.bob, _ = self.start(throttle=Throttle.off())
        eve = self.server.joined_by("127.0.0.1")
        eve.types("/nick eve", f"/register {PASSWORD}")
        told = []
        for number in range(12):
            self.bob.types(f"/login eve wrong-{number}")
            told += self.bob.hears()
        self.assertIn(WRONG, told)
        for ahead in JUMPS:
            self.sets(ahead)
            self.bob.types("/login eve wrong-again")
            self.assertIn("Too many attempts", "".join(self.bob.hears()), ahead)

    def test_who_does_not_register_by_irc_is_closed_in_time(self) -> None:
        for ahead in JUMPS:
            dan = self.connected()
            self.sets(ahead)
            self.server.clock.advance(REGISTER_WITHIN - 2)
            self.assertEqual(dan.asks("PING x"), ["PONG chatsvc :x"], ahead)
            self.server.clock.advance(3)
            self.assertTrue(dan.transport.disconnected or dan.transport.disconnecting, ahead)
            dan.protocol.connectionLost()

    def program(self, token: str) -> Person:
        person = self.server.joined_by("10.0.0.5", is_new=False)
        person.types("/json", json.dumps({"do": "resume", "token": token}))
        self.server.clock.pump([0, 0.2])
        return person

    def test_a_place_is_kept_for_as_long_as_ever(self) -> None:
        for number, ahead in enumerate(JUMPS):
            token = f"{number:064d}"
            first = self.program(token)
            name = first.name
            first.hears()
            first.drops()
            self.sets(ahead)
            self.server.clock.advance(RESUME_WITHIN - 5)
            second = self.program(token)
            self.assertEqual(second.name, name, ahead)
            second.drops()
            self.sets(-ahead)
            self.server.clock.advance(RESUME_WITHIN + 5)
            self.assertNotIn(name, self.server.chat.users, ahead)

    def test_what_waits_for_somebody_waits_though_the_clock_was_wrong(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.bob.hears()
        self.bob.types("/quit")
        self.bob.drops()
        self.server.clock.advance(1)
        self.ann.types("/dm bob hello")
        self.ann.hears()
        for ahead in JUMPS:
            self.sets(ahead)
            self.server.clock.pump([TIDY_EVERY] * 3)
        bob = self.server.joined_by("127.0.0.1")
        bob.types(f"/login bob {PASSWORD}")
        self.assertIn("hello", "".join(bob.hears()))
