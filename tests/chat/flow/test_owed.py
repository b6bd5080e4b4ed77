"""What waits for those who do not read is bounded, however many they are."""

from __future__ import annotations

from chatsvc.chat.flow import owed
from chatsvc.chat.flow.holding import REPLY_BYTES
from chatsvc.events.answers import Notice
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person


class OwedTests(ChatTestCase):
    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())

    def others_tell(self, person: Person, size: int) -> None:
        """[Somebody is told so much by what others do.]"""
        chat = self.server.chat
        begin = person.session.reply_bytes
        while person.session.reply_bytes < begin + size:
            chat.delivery.tell(person.session, Notice("x" * 500))
        self.server.clock.pump([0, 1.1, 0])

    def test_one(self) -> None:
        self.ann.stalls()
        self.others_tell(self.ann, owed.OWED_TO_ONE // 2)
        self.assertFalse(self.ann.transport.disconnecting)
        journal = self.journal()
        self.others_tell(self.ann, owed.OWED_TO_ONE // 2)
        self.assertTrue(self.ann.transport.disconnecting)
        told = "Gave up the connection from 10.0.0.1 of client1, who does not read: 512 KiB wait."
        self.assertIn(told, journal)

    def test_who_reads_goes_on(self) -> None:
        self.others_tell(self.ann, 2 * owed.OWED_TO_ONE)
        for _ in range(100):
            self.server.clock.advance(0.1)
        self.assertFalse(self.ann.transport.disconnecting)
        self.assertEqual(self.ann.session.reply_bytes, 0)
        self.bob.types("hi")
        self.ann.hears()
        self.assertEqual(self.server.chat.delivery.owed._owing, {})

    def test_all_of_one_address(self) -> None:
        self.patch(owed, "OWED_TO_ADDRESS", 10 * REPLY_BYTES)
        crowd = [self.server.joined_by("10.0.0.9") for _ in range(8)]
        for person in (self.ann, *crowd):
            person.stalls()
            self.others_tell(person, 2 * REPLY_BYTES)
        gone = [person for person in crowd if person.transport.disconnecting]
        self.assertEqual(len(gone), 4)
        self.assertFalse(self.ann.transport.disconnecting)

    def test_all(self) -> None:
        self.patch(owed, "OWED_TO_ALL", 10 * REPLY_BYTES)
        self.ann.stalls()
        self.others_tell(self.ann, REPLY_BYTES + 1)
        for number in range(20):
            person = self.server.joined_by(f"10.0.1.{number}")
            person.stalls()
            self.others_tell(person, 3 * REPLY_BYTES)
            if person.transport.disconnecting:
                person.drops()
            owing = self.server.chat.delivery.owed._owing
            self.assertLess(sum([each.reply_bytes for each in owing]), 11 * REPLY_BYTES)
        self.assertFalse(self.ann.transport.disconnecting)

    def test_nothing_waits_for_who_has_gone(self) -> None:
        session = self.ann.session
        self.ann.drops()
        session.tell("late")
        self.server.chat.delivery.tell_behind(session, 0, [Notice("late")])
        self.assertEqual(session.replies, [])

    def test_long_lines_of_the_history(self) -> None:
        self.bob.types(*["x" * 8000] * 50)
        for _ in range(40):
            self.server.clock.advance(0)
        self.ann.hears()
        self.ann.types("/history 200")
        heard = [line for _ in range(10) for line in self.ann.hears()]
        self.assertEqual(heard[0], "server: Of 50 lines, these are the last 8: they are long.")
        self.assertEqual(len(heard), 9)
