"""Order is kept by anybody at any time, and all that holds is what a simple model says."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from math import inf
from unittest.mock import patch

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

from chatsvc.chat.direct.handover import LOOK_EVERY
from chatsvc.chat.direct.inboxes import MOST_FROM_ONE
from chatsvc.chat.moderation.moderation import MUTED_FOR
from chatsvc.chat.moderation.powers import OPPOSITES, may
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import Store
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.harness import Clock, Person, Server
from tests.patience import only_long

OWNER, OPERATOR = "anna", "rooty"
NAMES = (OWNER, OPERATOR, "bobby", "cathy")
KINDS = ("ban", "mute", "op", "voice", "moderated")
SAID = re.compile(r"(?:\[[^]]*\] )?((?:#ops )?\w+: [lm]\d+)$")  # now or as /since shows it
WAITED = re.compile(r"server: (\w+ wrote to you only), at .*(: m\d+)$")

numbers = st.integers(0, 7)
names = st.sampled_from([*NAMES, *NAMES[2:], *NAMES[2:]])
keepers = st.sampled_from([OWNER, OPERATOR, OWNER, OPERATOR, "cathy", "cathy", "bobby"])
kinds = st.sampled_from(["kick", *KINDS])
spans = st.sampled_from([0, 30, 1000])
places = st.sampled_from(["#ops", "#ops", "#ops", "#lobby"])


@dataclass
class Done:
    """An act of the model, as `chatsvc.chat.moderation.act.Act`."""

    id: int
    kind: str
    place: str
    name: str
    until: float
    is_undone: bool = False


class OrderMachine(RuleBasedStateMachine):
    """The model: who is here, who is in #ops, what was done there, and what is to be heard."""

    def __init__(self) -> None:
        super().__init__()
        self.here: dict[str, list[Person]] = {}  # the sessions of those who are logged in
        self.inside: set[str] = set()  # who is in #ops
        self.acts: list[Done] = []
        self.lines: list[str] = []  # said in #ops, from the beginning
        self.read: dict[str, int] = {}  # how many of them those had read who left, being inside
        self.unseen: dict[str, list[str]] = defaultdict(list)  # what /since is to show
        self.waiting: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.expected: dict[Person, list[str]] = defaultdict(list)
        self.hosts = self.texts = 0
        self.server = self.started(None, Clock())
        for name in NAMES:
            person = self.server.joined_by("127.0.0.1")
            person.types(f"/nick {name}", f"/register {PASSWORD}", "/join #ops", "/persist")
            person.hears()
            self.here[name] = [person]
            self.inside.add(name)

    def started(self, store: Store | None, clock: Clock) -> Server:
        with patch("tests.harness.Clock", return_value=clock):
            return Server(
                Throttle.off(),
                store=store,
                backlog=0,
                operators=frozenset({skeleton(OPERATOR)}),
                plaintext_passwords=True,
            )

    # What holds

    def in_force(self, place: str, kind: str, name: str = "") -> list[Done]:
        now = self.server.clock.seconds()
        found = [act for act in self.acts if act.until > now and not act.is_undone]
        return [act for act in found if (act.place, act.kind, act.name) == (place, kind, name)]

    def role(self, place: str, name: str) -> Role:
        if name == OPERATOR:
            return Role.OPERATOR
        if place == "#lobby":
            return Role.PARTICIPANT
        if name == OWNER:
            return Role.OWNER
        if self.in_force(place, "op", name):
            return Role.MODERATOR
        is_quiet = self.in_force(place, "moderated") and not self.in_force(place, "voice", name)
        return Role.VISITOR if is_quiet else Role.PARTICIPANT

    def may(self, by: str, place: str, kind: str, name: str) -> bool:
        """Whether somebody may do that; none but voice is for oneself."""
        against = self.role(place, name) if name else None
        rank = self.role(place, by)
        if (name == by and "voice" not in kind) or not may(rank, kind, against):
            return False
        return rank is not Role.MODERATOR or not self.in_force(place, "ban", by)

    def may_speak(self, name: str) -> bool:
        is_muted = self.in_force("#ops", "mute", name) or self.in_force("#lobby", "mute", name)
        return name in self.inside and not is_muted and self.role("#ops", name) > Role.VISITOR

    # What happens to somebody

    def tell(self, people: set[str], line: str) -> None:
        for name in people:
            for person in self.here[name]:
                self.expected[person].append(line)

    def goes(self, name: str, person: Person) -> None:
        """One of the sessions of somebody ends."""
        self.look()
        self.expected.pop(person, None)
        self.here[name].remove(person)
        if not self.here[name]:
            del self.here[name]
            if name in self.inside:
                self.inside.remove(name)
                self.read[name] = len(self.lines)

    def is_put_out(self, name: str) -> None:
        """Somebody is in #ops no longer, and what was said there while away is not to be seen."""
        self.inside.discard(name)
        self.unseen.pop(name, None)

    # What people do

    @rule(name=names)
    def log_in(self, name: str) -> None:
        self.hosts += 1
        person = self.server.joined_by(f"10.0.{self.hosts // 256}.{self.hosts % 256}")
        person.types(f"/login {name} {PASSWORD}")
        if self.in_force("#lobby", "ban", name):
            assert "You are banned from this server" in person.hears()[-1]
            person.drops()
            return
        is_first = name not in self.here
        self.here.setdefault(name, []).append(person)
        waiting = self.waiting.pop(name, [])
        for by, text in waiting:
            self.expected[person].append(f"{by} wrote to you only: {text}")
        if is_first:
            start = self.read.pop(name, None)
            if self.in_force("#ops", "ban", name):
                self.unseen.pop(name, None)
            elif start is not None:
                self.inside.add(name)
                self.unseen[name] += self.lines[start:]
        if waiting:  # it is read once the connection has lasted for a moment
            self.look()
            self.server.clock.pump([LOOK_EVERY] * 2)

    def comes(self, name: str, number: int = 0) -> tuple[str, Person]:
        """One of somebody's sessions; the operator's for who is banned from the server."""
        if name not in self.here:
            self.log_in(name)
        if name not in self.here:
            return self.comes(OPERATOR)
        return name, self.here[name][number % len(self.here[name])]

    @rule(name=names, number=numbers, how=st.sampled_from(["quit", "drop", "log out"]))
    def leave(self, name: str, number: int, how: str) -> None:
        name, person = self.comes(name, number)
        if how == "log out":
            person.types("/logout")
            if len(self.here[name]) > 1:  # the last one stays in #ops, as a guest
                person.types("/say #ops l0")
        if how == "drop":
            self.look()  # else it would not hear the end of its login, or not even log in
            person.drops()
        else:
            person.types("/quit")
        self.goes(name, person)
        assert how == "drop" or person.is_closed()

    @rule(name=names, number=numbers, command=st.sampled_from(["/join", "/join", "/part"]))
    def join_or_part(self, name: str, number: int, command: str) -> None:
        name, person = self.comes(name, number)
        person.types(f"{command} #ops")
        if command == "/part":
            self.is_put_out(name)
        elif not self.in_force("#ops", "ban", name):
            self.inside.add(name)

    @rule(number=numbers)
    def all_say(self, number: int) -> None:
        for name, sessions in self.here.items():
            self.texts += 1
            sessions[number % len(sessions)].types(f"/say #ops l{self.texts}")
            if self.may_speak(name):
                self.lines.append(f"#ops {name}: l{self.texts}")
                self.tell(self.inside, self.lines[-1])

    @rule(by=names, number=numbers, name=names)
    def dm(self, by: str, number: int, name: str) -> None:
        by, person = self.comes(by, number)
        is_muted = self.in_force("#lobby", "mute", by)  # to whom they may write has its own tests
        if name == by or is_muted:
            return
        self.texts += 1
        text = f"m{self.texts}"
        person.types(f"/dm {name} {text}")
        if name in self.here:
            self.tell({by, name}, f"{by}: {text}")
        elif [speaker for speaker, _ in self.waiting[name]].count(by) < MOST_FROM_ONE:
            self.waiting[name].append((by, text))

    @rule(name=names, number=numbers)
    def since(self, name: str, number: int) -> None:
        name, person = self.comes(name, number)
        person.types("/since")
        self.expected[person] += self.unseen.pop(name, [])

    # Keeping order

    @rule(acts=st.lists(st.tuples(keepers, kinds, places, names, spans), min_size=1, max_size=5))
    def keep_order(self, acts: list[tuple[str, str, str, str, int]]) -> None:
        for act in acts:
            self.act(*act)
            self.look()  # in one turn, who has done that would speak behind the others
            self.all_say(0)

    def act(self, by: str, kind: str, place: str, name: str, span: int) -> None:
        by, person = self.comes(by)
        if kind in ("op", "voice", "moderated"):
            place = "#ops"
        name = "" if kind == "moderated" else name
        length = f"for {span}s" if span and kind in ("ban", "mute") else ""
        person.types(f"/{kind} {place} {name or 'on'} {length}".rstrip())
        is_there = name in (self.inside if place == "#ops" else self.here)
        if not self.may(by, place, kind, name):
            return
        if not is_there if kind == "kick" else self.in_force(place, kind, name):
            return
        seconds = {"kick": 0, "ban": span or inf, "mute": span or MUTED_FOR}.get(kind, inf)
        until = self.server.clock.seconds() + seconds
        self.acts.append(Done(len(self.acts) + 1, kind, place, name, until))
        if kind in ("kick", "ban") and place == "#ops":
            self.is_put_out(name)
        elif kind in ("kick", "ban"):
            for each in list(self.here.get(name, ())):
                self.goes(name, each)
                assert each.is_closed()

    @precondition(lambda self: self.acts)
    @rule(by=keepers, which=st.integers(0, 5), by_number=st.booleans())
    def undo(self, by: str, which: int, by_number: bool) -> None:
        by, person = self.comes(by)
        act = self.acts[-1 - which % len(self.acts)]
        opposite = OPPOSITES.get(act.kind, "")
        if by_number or not opposite:
            person.types(f"/undo {act.id}")
        else:
            person.types(f"/{opposite} {act.place} {act.name or 'off'}")
        # Of one kind against one person there is one at most.
        found = [act] if by_number else self.in_force(act.place, act.kind, act.name)
        if opposite and self.may(by, act.place, opposite, act.name):
            for each in found:
                each.is_undone |= each in self.in_force(act.place, act.kind, act.name)

    @rule(
        by=names,
        is_moderator=st.booleans(),
        kind=st.sampled_from(["kick", "kick", "ban", "mute", "deop"]),
        shut=st.sampled_from(["/key #den word", "/privacy #den invite-only"]),
    )
    def act_against_a_guest(self, by: str, is_moderator: bool, kind: str, shut: str) -> None:
        """A guest owns #den: a moderator may kick the guest, who can come back, and no more."""
        by, person = self.comes(by)
        self.hosts += 1
        guest = self.server.joined_by(f"10.0.{self.hosts // 256}.{self.hosts % 256}")
        user = guest.session.user
        guest.asks("/join #den")
        person.types("/join #den")
        is_operator = by == OPERATOR
        done = ["op"] if is_moderator and not is_operator else []
        guest.asks(*[f"/{act} #den {by}" for act in done], shut)
        person.types(f"/{kind} #den {user.name}")
        self.look()
        is_hit = kind != "deop" if is_operator else is_moderator and kind == "kick"
        room = self.server.chat.rooms["#den"]
        assert (user in room.occupants) is not (is_hit and kind in ("kick", "ban"))
        guest.asks("/join #den")
        is_banned = is_hit and kind == "ban"
        assert (user in room.occupants) is not is_banned
        assert room.owner_name == (by if is_banned else user.name)
        guest.drops()
        self.look()
        assert room.owner_name == by
        person.types("/part #den")
        self.look()
        assert "#den" not in self.server.chat.rooms
        now = self.server.clock.seconds()
        for each in [*done, *[kind] * is_hit]:  # all are over with the room
            self.acts.append(Done(len(self.acts) + 1, each, "#den", "", now))

    @rule(seconds=st.sampled_from([1.0, 29.0, 30.0, MUTED_FOR, 1000.0]))
    def wait(self, seconds: float) -> None:
        self.server.clock.advance(seconds)

    @rule(is_abrupt=st.booleans(), who=st.lists(names))
    def restart(self, is_abrupt: bool, who: list[str]) -> None:
        self.look()
        if is_abrupt:
            self.server.clock.advance(TIDY_EVERY)  # how far was read is kept once in that time
        else:
            self.all_say(0)  # which all read, and is not shown to them again
            self.server.chat.shut_down(lambda: None)
        for name, sessions in list(self.here.items()):
            for person in list(sessions):
                self.goes(name, person)
                assert is_abrupt or person.is_closed()
        clock = Clock()
        clock.advance(self.server.clock.seconds() - 1_000_000)
        self.server = self.started(self.server.store, clock)
        for name in who:
            self.comes(name)

    @invariant()
    def look(self) -> None:
        """Everybody has heard what was to be heard, once and in order."""
        for sessions in self.here.values():
            for person in sessions:
                heard = [SAID.match(line) or WAITED.match(line) for line in person.hears()]
                lines = ["".join(match.groups()) for match in heard if match]
                wanted = self.expected.pop(person, [])
                assert lines == wanted, (person.name, lines, wanted)

    @invariant()
    def the_server_agrees(self) -> None:
        chat = self.server.chat
        room = chat.rooms["#ops"]
        assert {user.name for user in room.occupants} == self.inside
        assert {user.name for user in chat.users.values()} == set(self.here)
        assert room.owner_account == OWNER
        for name in self.here:
            assert chat.standing.role_of(room, chat.users[name]) is self.role("#ops", name)
        for where in (room, chat.lobby):
            found = chat.moderation._acts.in_force(where.key, *KINDS)
            held = [
                self.in_force(where.name, kind, name) for kind in KINDS for name in ("", *NAMES)
            ]
            assert {act.id for act in found} == {act.id for acts in held for act in acts}


class OrderMachineTests(SynchronousTestCase):
    @only_long
    def test_all_that_holds_is_what_the_model_says(self) -> None:
        run_state_machine_as_test(
            OrderMachine,
            settings=settings(
                max_examples=200,
                stateful_step_count=30,
                deadline=None,
                derandomize=True,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
