"""Whoever sends whatever, through both doors: nothing fails, and the others notice nothing."""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatsvc.command.command import Command, commands
from chatsvc.command.parameter import Parameter
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase, Person
from tests.patience import much
from tests.terminal.hostile import TEXTS

OPERATOR = "ann"
PASSWORD = "correct-horse"
BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

FEW = settings(
    max_examples=much(50, 3000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

WORDS = st.sampled_from([
    "client1", "client2", "client3", "client4", "CLIENT5", "client999", "ann", "server", "address",
    "#a", "#b", "#lobby", "#", "##", "#A", "-", "on", "off", "server", "everywhere", "for", "1h",
    "5s", "0", "-1", "999999999999999999", "10.0.0.4", "10.0.0.0/8", "::/0", "0.0.0.0/0", "2", "50",
    "since", "around", "14:00", "2020-01-01", "99999d", PASSWORD, "wrong-password", "*", "a*", '"',
    '""', "/quit", "//", "\N{FULLWIDTH SOLIDUS}", "a" * 33, "e\u0301" * 40, "x" * 400,
])  # fmt: skip
ARGUMENTS = st.one_of(WORDS, WORDS, WORDS, TEXTS, st.lists(WORDS, max_size=4).map(" ".join))
EVERY = list(dict.fromkeys(commands().values()))


def _argument(parameter: Parameter) -> st.SearchStrategy[str]:
    if parameter.choices:
        return st.one_of(st.sampled_from(parameter.choices), ARGUMENTS)
    if parameter.is_room:
        return st.one_of(st.sampled_from(["#a", "#b", "#lobby", "server"]), ARGUMENTS)
    if parameter.is_secret:
        return st.one_of(st.just(PASSWORD), ARGUMENTS)
    return ARGUMENTS


@st.composite
def typed(draw: st.DrawFn) -> bytes:
    """A line that a person types: a command, nearly one, or anything."""
    command = draw(st.sampled_from(EVERY))
    arguments = [draw(_argument(each)) for each in command.parameters if draw(st.integers(0, 9))]
    line = " ".join([f"/{draw(st.sampled_from(command.names))}", *arguments])
    line = draw(st.one_of(st.just(line), st.just(line), TEXTS))
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "\r\0", "\n\n"]))
    return (line.replace("\n", " ") + end).encode("utf-8", "surrogatepass")


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(ARGUMENTS, st.none(), st.booleans(), st.integers(-(10**30), 10**30)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=4,
)


@st.composite
def asked(draw: st.DrawFn) -> dict[str, Any]:
    """What a program asks for: a command's fields, some of them something else."""
    command: Command = draw(st.sampled_from(EVERY))
    fields: dict[str, Any] = {"do": command.names[0]}
    for each in command.parameters:
        if draw(st.integers(0, 9)):
            fields[each.field] = draw(_argument(each))
    if command.names[0] == "type":
        fields["line"] = draw(typed()).decode("utf-8", "surrogatepass")
    if not draw(st.integers(0, 4)):
        names = st.sampled_from([*fields, "seen", "room", "token", "silence"])
        fields[draw(names)] = draw(VALUES)
    return fields


LINES = st.one_of(
    typed(),
    typed(),
    st.binary(max_size=200),
    st.binary(max_size=20).map(lambda line: line + b"\n"),
    st.sampled_from([b"x" * 9000, b"x" * 9000 + b"\n", b"\xff\xfa", b"\xff\xf0", b"\xff\xfd\x06"]),
    st.sampled_from([b"{\n", b"[" * 5000 + b"\n", b'{"do": NaN}\n', b"/json\n", b"\xfe\xff\0\n"]),
)
CUTS = st.sampled_from(["drops", "closes", "stalls", "reads", "waits", "comes"])
# What somebody does: who, what, with what, in pieces of how many bytes. The first is a program.
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just(0), st.just("asks"), asked(), st.integers(1, 50)),
        st.tuples(st.integers(1, 2), st.just("sends"), LINES, st.integers(1, 50)),
        st.tuples(st.integers(0, 2), CUTS, st.none(), st.just(1)),
    ),
    min_size=5,
    max_size=30,
)


@pytest.mark.long
class HostileTests(ChatTestCase):
    """Ann and Bob talk in the lobby meanwhile; three others do what they are given."""

    def setUp(self) -> None:
        self.problems = self.logged()

    @FEW
    @given(acts=ACTS)
    def test_strangers_do_anything(self, acts: list[Any]) -> None:
        self.begin()
        for turn, act in enumerate(acts):
            self.does(*act)
            self.talks(turn)
        self.end()

    @FEW
    @given(acts=ACTS)
    def test_an_operator_does_anything(self, acts: list[Any]) -> None:
        """Who may throw the others out, or shut the door to them."""
        self.begin()
        self.people[1].types(f"/nick {OPERATOR}", f"/register {PASSWORD}")
        for act in acts:
            self.does(*act)
        self.end()

    @FEW
    @given(data=st.lists(st.binary(max_size=300), max_size=20), is_program=st.booleans())
    def test_any_bytes(self, data: list[bytes], is_program: bool) -> None:
        self.begin()
        for turn, piece in enumerate(data):
            self.does(0 if is_program else 1, "sends", piece, 7)
            self.talks(turn)
        self.end()

    def begin(self) -> None:
        self.ann, self.bob, self.cat = self.start(
            throttle=Throttle.off(), operators=frozenset([OPERATOR]), keep=86400.0
        )
        self.asked: dict[str, Any] = {}  # by the nonces of what is not answered yet
        self.nonces = itertools.count()
        self.gone: list[Person] = []  # whose connections are lost
        self.stalled: list[Person] = []
        self.people = [self.comes(who) for who in range(3)]

    def comes(self, who: int) -> Person:
        """Somebody comes from this machine, where one may register."""
        person = self.server.joined_by(f"127.0.0.{who + 2}")
        if who == 0:
            person.types("/json")
        return person

    def talks(self, turn: int) -> None:
        """One of those says something, which all three hear; they hear nothing bad."""
        speaker = (self.ann, self.bob, self.cat)[turn % 3]
        speaker.types(f"/bc words {turn}")
        for each in (self.ann, self.bob, self.cat):
            heard = each.hears()
            self.assertEqual(
                [line for line in heard if ": words " in line], [f"{speaker.name}: words {turn}"]
            )
            self.shows_nothing_bad("".join(heard))

    def does(self, who: int, what: str, with_what: Any, size: int) -> None:
        """Let one of them do something; whoever is gone comes back instead."""
        person = self.people[who]
        if person.session.has_left or what == "comes":
            if who == 0:
                self.asked.clear()
            self.drops(person)
            self.people[who] = self.comes(who)
        elif what == "drops":
            self.drops(person)
        elif what == "sends":
            self.sends(person, with_what, size)
        elif what == "asks":
            nonce = f"nonce {next(self.nonces)}"
            if with_what.get("nonce", nonce) == nonce:
                self.asked[nonce] = with_what
            self.sends(person, f"{json.dumps({'nonce': nonce} | with_what)}\n".encode(), size)
            self.is_answered(person)
        elif what == "waits":
            self.server.clock.advance(70)
        elif what == "stalls":
            if not person.session.is_lagging:
                self.stalled.append(person)
                person.stalls()
        elif what == "reads":
            if person in self.stalled:
                self.stalled.remove(person)
                person.reads()
        else:
            person.closes()

    def drops(self, person: Person) -> None:
        if person not in self.gone:
            self.gone.append(person)
            person.drops()

    def sends(self, person: Person, data: bytes, size: int) -> None:
        size = max(size, len(data) // 20)
        for start in range(0, len(data), size):
            if not person.session.has_left:
                person.sends(data[start : start + size])

    def is_answered(self, person: Person) -> None:
        """Whether all that the program has asked for has its answer, if it reads."""
        if person.session.is_lagging or person.session.has_left:
            return
        for line in person.hears():
            told = json.loads(line) if line[0] == "{" else {}
            self.shows_nothing_bad("".join(_texts(told)))
            answer = told.get("error", told)
            self.asked.pop(answer.get("nonce"), None)
        if not person.session.has_left:
            self.assertEqual(self.asked, {})

    def end(self) -> None:
        """What is owed to those who did not read comes when they do."""
        for person in self.stalled:
            if person not in self.gone:
                person.reads()
        self.server.clock.pump([0, 0.2, 0.2, 120])
        self.is_answered(self.people[0])
        self.assertEqual(self.problems, [])

    def shows_nothing_bad(self, text: str) -> None:
        for character in text.replace("\n", ""):
            bad = unicodedata.category(character) == "Cc" or character in BIDIRECTIONAL
            self.assertFalse(bad, text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
