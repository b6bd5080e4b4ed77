"""Who is told something alone does not keep the others waiting."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.delivery.reading import ALONE_WITHIN, Reading
from tests.harness import ChatTestCase, Person


class AloneTests(ChatTestCase):
    """Each write takes long; who is told something alone is not waited for."""

    def setUp(self) -> None:
        super().setUp()
        self.crowd = [self.server.joined_by(f"10.0.1.{number}") for number in range(20)]
        self.rounds: list[list[str]] = []  # who is given something in each
        run = Reading.run

        def counted(reading: Reading, *what: Any) -> None:
            self.rounds.append([])
            run(reading, *what)

        for each in (self.bob, *self.crowd):
            each.hears()
            self.watch(each)
        self.patch(Reading, "run", counted)

    def watch(self, person: Person) -> None:
        write = person.transport.write
        name = person.name

        def slowly(data: bytes) -> None:
            self.rounds[-1].append(name)
            self.server.clock.rightNow += ALONE_WITHIN / 3
            write(data)

        person.transport.write = slowly  # type: ignore[method-assign]  # to watch it

    def test_a_round_gives_no_more_answers_than_fit_and_goes_on_in_the_next(self) -> None:
        for each in self.crowd:
            each.types("/nope")
        self.server.clock.advance(0)
        self.assertLess(max(map(len, self.rounds)), 6)
        given = [name for each in self.rounds for name in each]
        self.assertEqual(given, [each.name for each in self.crowd])

    def test_what_all_are_told_goes_first(self) -> None:
        for each in self.crowd:
            each.types("/nope")
        self.ann.types("hello")
        self.server.clock.advance(0)
        self.assertEqual(self.rounds[0][0], self.bob.name)

    def test_who_waits_for_an_answer_misses_nothing(self) -> None:
        for each in self.crowd:
            each.types("/nope")
        for number in range(5):
            self.server.clock.advance(0)
            self.ann.types(str(number))
        for each in self.crowd:
            [refused, *rest] = each.hears()
            self.assertIn("/nope", refused)
            self.assertEqual(rest, [f"client1: {number}" for number in range(5)])
