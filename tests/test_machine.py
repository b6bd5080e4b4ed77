"""Anybody does anything in any order, and everybody sees what a simple model says."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.text import decode
from chatsvc.chat.throttle import Throttle
from tests.harness import Person, Server

people = st.integers(0, 7)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda text: not text.startswith(("/", '"'))
)


class ChatMachine(RuleBasedStateMachine):
    """The model: what each person who is here has yet to see, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server(throttle=Throttle.off())
        self.here: list[Person] = []
        self.expected: dict[Person, list[str]] = defaultdict(list)
        self.heard: dict[Person, list[str]] = defaultdict(list)
        self.stalled: list[Person] = []
        self.halves: dict[Person, bytes] = defaultdict(bytes)
        self.joined = 0

    def tell(self, line: str, *but: Person) -> None:
        for person in self.here:
            if person not in but:
                self.expected[person].append(line)

    def pick(self, number: int) -> Person:
        return self.here[number % len(self.here)]

    def line_typed(self, person: Person, text: str) -> None:
        """What a bare line does, behind the half line that may stand before it."""
        text = decode(self.halves.pop(person, b"")) + text
        self.tell(f"{person.name}: {text}")

    @precondition(lambda self: len(self.here) < 6)
    @rule()
    def join(self) -> None:
        self.joined += 1
        person = self.server.joined_by(f"10.0.0.{self.joined}")
        others = {0: "Nobody else is here yet.", 1: "1 other person is here."}.get(
            len(self.here), f"{len(self.here)} others are here."
        )
        self.tell(f"server: {person.name} has joined.")
        self.here.append(person)
        self.expected[person].append(
            f"server: Welcome, you are {person.name}. {others} Type /help for help."
        )

    @precondition(lambda self: self.here)
    @rule(number=people, text=texts)
    def say(self, number: int, text: str) -> None:
        person = self.pick(number)
        person.types(text)
        self.line_typed(person, text)

    @precondition(lambda self: self.here)
    @rule(number=people, lines=st.lists(texts, min_size=2, max_size=5))
    def say_several(self, number: int, lines: list[str]) -> None:
        person = self.pick(number)
        person.types(*lines)
        for line in lines:
            self.line_typed(person, line)

    @precondition(lambda self: self.here)
    @rule(number=people, half=texts)
    def send_half_a_line(self, number: int, half: str) -> None:
        person = self.pick(number)
        if not self.halves[person]:
            person.sends(half.encode())
            self.halves[person] = half.encode()

    @precondition(lambda self: self.here)
    @rule(number=people, rubbish=st.binary(max_size=30))
    def send_rubbish(self, number: int, rubbish: bytes) -> None:
        person = self.pick(number)
        # Not what would end the line, or begin one of telnet's negotiations.
        rubbish = rubbish.translate(None, b"\n\xff")
        if not self.halves[person]:
            person.sends(b"x" + rubbish + b"\n")
            said = decode(b"x" + rubbish.removesuffix(b"\r")).strip()
            self.tell(f"{person.name}: {said}")

    @precondition(lambda self: self.here)
    @rule(number=people, other=people, text=texts)
    def dm(self, number: int, other: int, text: str) -> None:
        person, receiver = self.pick(number), self.pick(other)
        if not self.halves[person]:
            person.types(f'/dm {receiver.name.upper()} "{text}"')
            for each in {person, receiver}:
                self.expected[each].append(f"{person.name}: {text}")

    @precondition(lambda self: self.here)
    @rule(number=people)
    def dm_nobody(self, number: int) -> None:
        person = self.pick(number)
        if not self.halves[person]:
            person.types("/dm client999 hi")
            self.expected[person].append('server: User "client999" is not connected to the server.')

    @precondition(lambda self: self.here)
    @rule(number=people)
    def users(self, number: int) -> None:
        person = self.pick(number)
        if not self.halves[person]:
            person.types("/users")
            names = ", ".join(each.name for each in self.here)
            count = f"{len(self.here)} users are" if len(self.here) > 1 else "1 user is"
            self.expected[person].append(f"server: {count} connected: {names}")

    @precondition(lambda self: self.here)
    @rule(number=people)
    def quit(self, number: int) -> None:
        person = self.pick(number)
        if not self.halves[person]:
            person.types("/quit", "not said any more")
            self.goes(person, f"server: {person.name} has quit.")

    @precondition(lambda self: self.here)
    @rule(number=people)
    def half_close(self, number: int) -> None:
        person = self.pick(number)
        person.closes()
        self.goes(person, f"server: {person.name} has lost its connection.")

    @precondition(lambda self: self.here)
    @rule(number=people)
    def drop(self, number: int) -> None:
        person = self.pick(number)
        person.drops()
        self.here.remove(person)
        if person in self.stalled:
            self.stalled.remove(person)
        self.expected.pop(person)
        self.tell(f"server: {person.name} has lost its connection.")

    def goes(self, person: Person, line: str) -> None:
        self.here.remove(person)
        self.tell(line)
        if person in self.stalled:
            self.stalled.remove(person)
            person.reads()
        self.look(person)
        assert person.is_closed()
        self.check(person)
        self.expected.pop(person)

    @precondition(lambda self: self.here)
    @rule(number=people)
    def stall(self, number: int) -> None:
        person = self.pick(number)
        if person not in self.stalled:
            self.look(person)
            self.stalled.append(person)
            person.stalls()

    @precondition(lambda self: self.stalled)
    @rule()
    def read(self) -> None:
        self.stalled.pop().reads()

    @rule()
    def turn(self) -> None:
        self.server.clock.advance(0)

    @rule()
    def rest(self) -> None:
        for person in self.here:
            self.look(person)
            if person not in self.stalled:
                self.check(person)

    def look(self, person: Person) -> None:
        self.heard[person] += person.hears()

    def check(self, person: Person) -> None:
        assert self.heard[person] == self.expected[person]
        self.heard[person].clear()
        self.expected[person].clear()

    @invariant()
    def the_user_map_holds_who_is_here(self) -> None:
        assert list(self.server.factory.users) == [person.name for person in self.here]

    def teardown(self) -> None:
        for person in self.stalled:
            person.reads()
        self.stalled.clear()
        self.rest()


class MachineTests(SynchronousTestCase):
    def test_everybody_sees_what_the_model_says(self) -> None:
        run_state_machine_as_test(
            ChatMachine,
            settings=settings(
                max_examples=100,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
