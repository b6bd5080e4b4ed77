"""Each line reaches each reader once, in the order of ids, whatever they and the store do."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from chatsvc.chat.delivery import reading
from chatsvc.chat.delivery.reading import Reading
from chatsvc.chat.flow import sweep
from chatsvc.chat.flow.admission import Admission
from chatsvc.store import Stored
from chatsvc.throttle import Throttle
from tests.chat.delivery.test_unseen import Counted
from tests.chat.history.test_archive import Lasting
from tests.harness import ChatTestCase, Person
from tests.patience import much

ROOMS = ("#lobby", "#a")
run = Reading.run
SAID = re.compile(r"(?:#a )?client\d: (\d+)")


class Slow(Lasting):
    """Takes its time, now and then."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self.random = random
        self.waiting: list[Deferred[None]] = []

    def wait(self) -> Deferred[None] | None:
        if self.random.random() < 0.5:
            return None
        self.waiting.append(Deferred())
        return self.waiting[-1]

    def append(self, said: list[Stored]) -> Deferred[None] | None:  # type: ignore[override]  # which is never later
        super().append(said)
        return self.wait()

    async def after(self, room: str, position: int, most: int) -> list[Stored]:
        for _ in range(2):
            if (waiting := self.wait()) is not None:
                await waiting
        return await super().after(room, position, most)

    def answer(self) -> None:
        if self.waiting:
            self.waiting.pop(self.random.randrange(len(self.waiting))).callback(None)


@pytest.mark.long
class OnceTests(ChatTestCase):
    def test_whatever_happens(self) -> None:
        for seed in range(much(15, 300)):
            self.happens(Random(seed))

    def happens(self, random: Random) -> None:
        self.store = Slow(random)
        for name in ("SHARED_WITHIN", "RESTED_WITHIN"):  # now and then, there is no time at all
            self.patch(sweep, name, random.choice([-1.0, 1.0]))
        # With a crowd, a commit may end while some have yet to be given what was before it.
        self.patch(Admission, "is_crowded", random.random() < 0.5)
        self.patch(reading, "AT_ONCE", 1)

        def runs(given: Reading, *what: Any) -> None:
            run(given, *what)
            if random.random() < 0.2:  # amid a sweep, perhaps
                self.server.clock.callLater(0, self.store.answer)

        self.patch(Reading, "run", runs)
        self.ann, self.bob, self.cat = self.start(
            store=self.store, history=random.choice([5, 10, 30]), throttle=Throttle.off()
        )
        others = [self.server.joined_by("10.0.0.9") for _ in range(3)]
        people = [self.ann, self.bob, self.cat, *others]
        self.ann.session.wording = Counted()
        for person in people:
            person.types("/join #a")
        self.settles()
        for person in people:
            person.hears()
        spared = {person: set[str]() for person in people}
        for number in range(random.randrange(50, 300)):
            person = random.choice(people)
            self.does(random, person, str(number), spared[person])
        for person in people:
            person.reads()
        self.settles()
        said = [each.text for each in self.store._said]
        for person in people:
            heard = [found[1] for line in person.hears() if (found := SAID.fullmatch(line))]
            if person is self.cat:  # she may have left the room
                self.assertEqual(sorted(set(heard)), sorted(heard))
                continue
            self.assertEqual(heard, [text for text in said if text not in spared[person]])

    def does(self, random: Random, person: Person, text: str, spared: set[str]) -> None:
        """Somebody does something, or time passes."""
        chance = random.random()
        if chance < 0.6:
            before = self.server.chat.delivery.last_id
            person.types(f"/say {random.choice(ROOMS)} {text}")
            if self.server.chat.delivery.last_id == before + 1 and random.random() < 0.3:
                self.server.chat.delivery.leave_out(person.session)
                spared.add(text)
        elif chance < 0.7:
            person.stalls()
        elif chance < 0.8:
            person.reads()
        elif chance < 0.85 and person is self.cat:
            person.types("/part #a", "/join #a")
        elif chance < 0.95:
            self.store.answer()
        else:
            self.server.clock.advance(0)

    def settles(self) -> None:
        for _ in range(100):
            self.server.clock.advance(0.05)
            while self.store.waiting:
                self.store.answer()
