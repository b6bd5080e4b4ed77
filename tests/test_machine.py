"""Anybody does anything in any order, and everybody sees what a simple model says."""

from __future__ import annotations

import re
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

from chatsvc.text.safe import decode, shows
from chatsvc.throttle import Throttle
from tests.harness import Person, Server
from tests.patience import only_long

people = st.integers(0, 7)
rooms = st.sampled_from(["#a", "#b"])
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda text: shows(text) and not text.startswith(("/", '"'))
)


class ChatMachine(RuleBasedStateMachine):
    """The model: what each person who is here has yet to see, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server(throttle=Throttle.off(), backlog=0)
        self.here: list[Person] = []
        self.expected: dict[Person, list[str]] = defaultdict(list)
        self.heard: dict[Person, list[str]] = defaultdict(list)
        self.stalled: list[Person] = []
        self.halves: dict[Person, bytes] = defaultdict(bytes)
        self.joined = 0
        self.rooms: dict[str, list[Person]] = {}
        self.owners: dict[str, Person] = {}  # of rooms with somebody in it, or something said
        self.talked: set[str] = set()  # rooms in which something was said, which are kept
        self.where: dict[Person, str] = {}  # where they spoke last; nothing for the lobby
        self.said: list[str] = []  # in the lobby, from the beginning

    def tell(self, line: str, *but: Person) -> None:
        for person in self.here:
            if person not in but:
                self.expected[person].append(line)

    def pick(self, number: int) -> Person:
        return self.here[number % len(self.here)]

    def line_typed(self, person: Person, text: str) -> None:
        """What a bare line does, behind the half line that may stand before it."""
        self.speaks(person, decode(self.halves.pop(person, b"")) + text)

    def speaks(self, person: Person, text: str) -> None:
        """Somebody says something where that person spoke last."""
        room = self.where.get(person)
        line = f"{person.name}: {text}"
        if room is None:
            self.said.append(line)
            self.tell(line)
        else:
            self.talked.add(room)
            self.tell_room(room, f"{room} {line}")

    def tell_room(self, room: str, line: str, *but: Person) -> None:
        for person in self.rooms[room]:
            if person not in but:
                self.expected[person].append(line)

    def leaves_rooms(self, person: Person) -> None:
        """What happens in the rooms of somebody who goes."""
        for room in list(self.rooms):
            if person in self.rooms[room]:
                self.leaves(person, room)
        self.where.pop(person, None)

    def leaves(self, person: Person, room: str) -> None:
        self.rooms[room].remove(person)  # who hears no more of what happens there
        if not self.rooms[room]:
            del self.rooms[room]
            if room not in self.talked:
                self.owners.pop(room, None)
        elif self.owners.get(room) is person:
            self.owners[room] = self.rooms[room][0]
            self.tell_room(room, f"server: {room} belongs to {self.owners[room].name} now.")

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
        rubbish = rubbish.translate(None, b"\n\r\xff\b\x15\x17\x7f")  # they end a line, or edit it
        if not self.halves[person]:
            person.sends(b"x" + rubbish + b"\n")
            self.speaks(person, decode(b"x" + rubbish).strip())

    @precondition(lambda self: self.here)
    @rule(number=people, room=rooms)
    def join_room(self, number: int, room: str) -> None:
        person = self.pick(number)
        if not self.halves[person]:
            person.types(f"/join {room}")
            self.where[person] = room
            others = self.rooms.setdefault(room, [])
            if person in others:
                self.expected[person].append(
                    f"server: You are in {room}. What you type is said there."
                )
                return
            self.tell_room(room, f"server: {person.name} has joined {room}.")
            company = {0: "Nobody else is", 1: "1 other person is"}.get(
                len(others), f"{len(others)} others are"
            )
            if not others and room not in self.talked:
                self.owners[room] = person
            owned = ", which belongs to you" if self.owners.get(room) is person else ""
            self.expected[person].append(f"server: You are in {room}{owned}. {company} in it.")
            others.append(person)

    @precondition(lambda self: self.where)
    @rule(number=people)
    def part_room(self, number: int) -> None:
        person = list(self.where)[number % len(self.where)]
        if not self.halves[person]:
            person.types("/part")
            room = self.where.pop(person)
            self.tell_room(room, f"server: {person.name} has left {room}.")
            self.leaves(person, room)
            self.expected[person].append(
                f"server: You have left {room}. What you type is said to everyone again."
            )

    @precondition(lambda self: self.here)
    @rule(number=people, name=st.sampled_from(["Ann", "ann", "Bob", "zoë"]))
    def choose_name(self, number: int, name: str) -> None:
        person = self.pick(number)
        if self.halves[person]:
            return
        old = person.name
        person.types(f"/nick {name}")
        if any(
            each is not person and each.name.casefold() == name.casefold() for each in self.here
        ):
            refusal = f'server: The name "{name}" is taken, or looks like one that is.'
            self.expected[person].append(refusal)
        elif old != name:
            self.tell(f"server: {old} is now known as {name}.")

    @precondition(lambda self: self.here)
    @rule(number=people)
    def history(self, number: int) -> None:
        person = self.pick(number)
        if not self.halves[person]:
            self.look(person)  # so that there is nothing that the answer would have to wait for
            person.types("/history #lobby 3")
            self.expected[person] += self.said[-3:] or ["server: Nothing was said in #lobby."]

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
        self.tell(f"server: {person.name} has lost its connection.")
        self.leaves_rooms(person)
        self.expected.pop(person)

    def goes(self, person: Person, line: str) -> None:
        self.here.remove(person)
        self.tell(line)
        self.leaves_rooms(person)
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

    @rule()
    def restart(self) -> None:
        """What was said is still there; nobody is."""
        self.teardown()
        self.server.clock.advance(0)  # what those have said who are gone is kept, too
        self.server = Server(store=self.server.store, throttle=Throttle.off(), backlog=0)
        self.here.clear()
        for each in (self.expected, self.heard, self.halves, self.rooms, self.owners, self.where):
            each.clear()

    def look(self, person: Person) -> None:
        # What was said earlier stands behind its id and the time.
        self.heard[person] += [re.sub(r"^\[\d+ \d\d:\d\d\] ", "", line) for line in person.hears()]

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
    @only_long
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
