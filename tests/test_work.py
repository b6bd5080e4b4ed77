"""How long anything takes of a server that holds as much as it may."""

from __future__ import annotations

import json
from collections.abc import Iterator

from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.identity.logins import MOST_SESSIONS
from chatsvc.chat.rooms import settings
from chatsvc.command.command import Command, commands
from chatsvc.command.parameter import Parameter
from chatsvc.passwords import scram
from tests.crowded import PEOPLE, ROUND, Crowded, Taken, long, slow, undisturbed
from tests.harness import Person
from tests.patience import only_long

LONGEST_LINE = 8192  # bytes

# What is written for a parameter where it cannot be somebody's name: for a command, or for all.
USUAL = {
    "code": "c0de", "command": "moderation", "key": "key", "message": "hi there", "more": "",
    "new": "password", "number": "9001", "password": "password", "reason": "for 2h because",
    "silence": "10", "text": "hi", "time": "2h", "token": "", "topic": "t" * settings.TOPIC_LENGTH,
    "line": "/users", "what": "200", "reactions what": "1 to 9999",
    "answer number": "9002", "react number": "9002", "unreact number": "9002",
    "words": "nothing", "undo number": "60",
    "login name": "another", "forget username": "visitor", "seen username": "visitor",
    "account username": "spare", "nick name": "someone", "join room": "#new",
}  # fmt: skip
NETWORKS = {"ban": "10.128.0.0/9", "ban?": "2001:db8::/32"}  # in which nobody is, and everybody
PEOPLE_WHO_ASK = ("boss", "program", "guest", "owner")
LAST = ("account", "unregister", "quit")
# Piles of accents, what becomes longer, punctuation, what is nearly a time, and what looks alike.
HOSTILE = ("e" + "\u0301" * 4000, "𝒶ﷺ" * 1100, "!?-_/\\\"'" * 900, "1s, " * 1900 + "x", "ᴂ" * 2600)


class Asked(Crowded):
    """Four people ask for everything."""

    def __init__(self) -> None:
        super().__init__()
        self._people: dict[str, Person] = {}
        self._numbers = iter(range(PEOPLE))
        self._room = self.first.name

    def _ready(self, name: str) -> Person:
        """One of the people, logged in and in a room where possible."""
        chat = self.chat
        chat.gate._locked_until = 0.0
        chat.accounts._attempts._rested.clear()
        person = self._people.get(name)
        if person is None or person.session.has_left:
            person = Person(self.server, IPv4Address("TCP", "127.0.0.1", 40000))
            if name == "program":
                person.types("/json")
            self._people[name] = person
        if name in ("owner", "boss") and person.session.user.account is None:
            person.types(f"/login {name} password")
            self.settles()
        if name == "owner" and person.session.user.account is not None:
            for _ in range(MOST_SESSIONS - len(person.session.user.sessions)):
                other = Person(self.server, IPv4Address("TCP", "127.0.0.1", 40000))
                other.types("/login owner password")
            self.settles()
        if name != "program":
            person.types("/time off", "/away", "/back", f"/join {self._room}")
        self.settles()
        person.transport.clear()
        return person

    def measures(self) -> Taken:
        """How many loops each thing takes that is asked for in some way, at the most."""
        taken = Taken()
        with undisturbed():
            # What takes away from the others' state comes last.
            every = dict.fromkeys(commands().values())
            for command in sorted(every, key=lambda each: each.names[0] in LAST):
                for way, arguments in enumerate(self._ways(command)):
                    # What is hostile is understood, or not, in the same way whoever writes it.
                    is_hostile = any(len(argument) > LONGEST_LINE // 4 for argument in arguments)
                    for name in ("boss", "program") if is_hostile else PEOPLE_WHO_ASK:
                        self.clock.took.clear()
                        person = self._ready(name)
                        line = _line(command, arguments, name == "program")
                        self.clock.times("dataReceived", person.sends, line)
                        self.settles()
                        for seconds, what in self.clock.took:
                            if what != ROUND:
                                asked = f"/{command.names[0]} by {name} ({way}): {what}"
                                taken.note(asked, seconds)
        return taken

    def keeps(self) -> Taken:
        """How many loops the upkeep takes at once, at the most."""
        taken = Taken()
        upkeep = self.chat._upkeep
        with undisturbed():
            for task in (upkeep.often, *upkeep.by_date, *upkeep.instead, *upkeep.tasks):
                self.clock.took.clear()
                self.clock.times("spawn", lambda task=task: self.chat.spawn(task()))
                self.settles()
                for seconds, what in self.clock.took:
                    taken.note(f"{task!r}: {what}", seconds)
        return taken

    def _ways(self, command: Command) -> Iterator[list[str]]:
        """What is tried behind the name of a command."""
        first, rest = command.parameters[:1], command.parameters[1:]
        for choice in range(max([1, *[len(each.choices) for each in command.parameters]])):
            yield [self._usual(command, each, choice) for each in command.parameters]
        if first and first[0].is_scope:
            yield ["server", *[self._usual(command, each) for each in rest]]
            if command.names[0] in NETWORKS:
                yield ["server", NETWORKS[command.names[0]], ""]
        for hostile in HOSTILE if first else ():
            yield [f"#{hostile}" if each.is_room else hostile for each in command.parameters]
            if rest:
                yield [self._usual(command, first[0]), *[hostile for _ in rest]]

    def _usual(self, command: Command, parameter: Parameter, choice: int = 0) -> str:
        if parameter.choices:
            return parameter.choices[choice % len(parameter.choices)]
        name = parameter.name
        usual = USUAL.get(f"{command.names[0]} {name}", USUAL.get(name))
        if usual is None:
            usual = self._room if parameter.is_room else long(f"b{next(self._numbers)}")
        return usual


def _line(command: Command, arguments: list[str], is_for_programs: bool) -> bytes:
    if not is_for_programs:
        line = " ".join([f"/{command.names[0]}", *arguments])
        return line.encode()[:LONGEST_LINE] + b"\n"
    fields = {each.field: given for each, given in zip(command.parameters, arguments, strict=True)}
    asked: dict[str, str] = {"do": command.names[0], "nonce": "n", **fields}
    while len(line := json.dumps(asked, ensure_ascii=False)) > LONGEST_LINE // 4:
        longest = max(asked, key=lambda field: len(asked[field]))
        asked[longest] = asked[longest][: len(asked[longest]) // 2]
    return line.encode() + b"\n"


class WorkTests(SynchronousTestCase):
    def setUp(self) -> None:
        # The keys are made in another process, which here is this one.
        self.patch(scram, "ITERATIONS", 1)

    @only_long
    def test_nothing_that_is_asked_for_takes_long(self) -> None:
        self.assertEqual(slow(lambda: Asked().measures()), {})

    @only_long
    def test_no_upkeep_takes_long(self) -> None:
        self.assertEqual(slow(lambda: Asked().keeps()), {})
