"""What one reader is not shown of what it has caused, and how what is for it alone is worded."""

from __future__ import annotations

from collections.abc import Sequence

from chatsvc.chat.delivery.delivery import MOST_UNSEEN
from chatsvc.chat.logs.log import Entry
from chatsvc.chat.logs.wording import LineByLine
from chatsvc.dialects import text
from tests.chat.delivery.test_delivery import count_writes
from tests.harness import ChatTestCase


class Counted(LineByLine):
    """Text, and how often a slice was worded."""

    def __init__(self) -> None:
        self.worded = 0

    def lines(self, entries: Sequence[Entry]) -> list[bytes]:
        self.worded += 1
        return [text.plain([entry]) for entry in entries]


class UnseenTests(ChatTestCase):
    def test_one_reader_does_not_see_what_it_said_and_costs_others_no_wording(self) -> None:
        worded: list[int] = []

        def counted(entries):
            worded.append(len(entries))
            return text.plain(entries)

        for person in (self.bob, self.cat):
            person.session.wording = counted
        delivery = self.server.chat.delivery
        self.bob.types("zero")
        self.ann.types("one")
        delivery.leave_out(self.ann.session)
        self.bob.types("two")
        self.assertEqual(self.ann.hears(), ["client2: zero", "client2: two"])
        self.assertEqual(self.bob.hears(), ["client2: zero", "client1: one", "client2: two"])
        self.assertEqual(len(worded), 1)
        self.ann.types("three")
        self.assertEqual(self.ann.hears(), ["client1: three"])
        self.assertEqual(self.ann.session.unseen, ())

    def test_who_has_spoken_is_given_the_bytes_of_the_others_without_its_own(self) -> None:
        counted = Counted()
        people = (self.ann, self.bob, self.cat)
        for person in people:
            person.session.wording = counted
        for number in range(3):
            for person in people[:2]:
                person.types(f"{number}")
                self.server.chat.delivery.leave_out(person.session)
        self.assertEqual(self.ann.hears(), [f"client2: {number}" for number in range(3)])
        self.assertEqual(self.bob.hears(), [f"client1: {number}" for number in range(3)])
        self.assertEqual(len(self.cat.hears()), 6)
        self.assertEqual(counted.worded, 1)

    def test_who_has_said_several_lines_at_once_is_given_what_stands_around_them(self) -> None:
        for person in (self.ann, self.bob, self.cat):
            person.session.wording = Counted()
        for person, number in ((self.bob, 1), (self.ann, 3), (self.cat, 2), (self.ann, 1)):
            for each in range(number):
                person.types(f"{each}")
                if person is not self.cat:
                    self.server.chat.delivery.leave_out(person.session)
        self.assertEqual(self.ann.hears(), ["client2: 0", "client3: 0", "client3: 1"])
        around = [*["client1: 0", "client1: 1", "client1: 2"], "client3: 0", "client3: 1"]
        self.assertEqual(self.bob.hears(), [*around, "client1: 0"])

    def test_who_ignores_somebody_else_does_not_see_it_either(self) -> None:
        for person in (self.ann, self.bob, self.cat):
            self.server.chat.users.show(person.session, Counted())
        self.ann.types("/ignore client3")
        self.ann.hears()
        for person in (self.ann, self.bob):
            person.types("hi")
        self.server.chat.delivery.leave_out(self.bob.session)
        self.ann.types("all")
        self.server.chat.delivery.leave_out(self.ann.session)
        self.assertEqual(self.ann.hears(), ["client1: hi", "client2: hi"])
        self.assertEqual(self.bob.hears(), ["client1: hi", "client1: all"])
        self.ann.types("all")
        self.server.chat.delivery.leave_out(self.ann.session)
        self.cat.types("and me")
        self.bob.types("bye")
        self.assertEqual(self.ann.hears(), ["client2: bye"])

    def test_where_lines_are_worded_together_the_others_are_worded_once_more(self) -> None:
        self.ann.session.wording = lambda entries: b"%d lines\n" % len(entries)
        self.ann.types("one")
        self.server.chat.delivery.leave_out(self.ann.session)
        self.bob.types("two", "three")
        self.assertEqual(self.ann.hears(), ["2 lines"])

    def test_where_that_is_all_nothing_is_written(self) -> None:
        writes = count_writes(self.ann)
        self.ann.types("one")
        self.server.chat.delivery.leave_out(self.ann.session)
        self.assertEqual(self.bob.hears(), ["client1: one"])
        self.assertEqual(writes, [])

    def test_who_does_not_read_and_goes_on_has_a_bound(self) -> None:
        self.ann.stalls()
        for _ in range(MOST_UNSEEN + 10):
            self.server.chat.delivery.leave_out(self.ann.session)
        self.assertEqual(len(self.ann.session.unseen), MOST_UNSEEN + 1)

    def test_what_is_for_one_alone_is_worded_in_a_way_of_its_own(self) -> None:
        self.ann.session.alone = lambda reader: lambda entries: b"alone\n" * len(entries)
        self.bob.types("one")
        self.assertEqual(self.ann.hears(), ["client2: one"])
        self.bob.types("two")
        self.ann.session.tell("three")
        self.assertEqual(self.ann.hears(), ["alone", "alone"])
