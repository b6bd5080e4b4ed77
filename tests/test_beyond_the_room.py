"""What a moderator of one room can do beyond it: nothing, whatever command or verb is tried."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from chatsvc.command.command import Command, commands
from chatsvc.command.parameter import Parameter
from chatsvc.doors.irc.verb import verbs
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.doors.irc.irc import IrcPerson, IrcTestCase
from tests.harness import Person
from tests.patience import much

HUSH = ("hüsh", "10.9.9.9", "k3ý")  # begins or is what Mal is not to read; in no token
ROOMS = ("#shut", "#hid", "#pub", "#lobby", "server")  # which are not Mal's
PEOPLE = ("dan", "client5", "ann", "rooty", "account dan", "address 10.9.9.9", "*!*@*", "all")
SETTINGS = (
    "name", "owner_name", "topic", "topic_by", "limit", "flags", "metadata", "password", "privacy",
    "is_persistent", "is_to_stay", "is_restricted", "keep", "heir", "former",
)  # fmt: skip
OF_ACCOUNT = ("name", "password", "scram", "era", "certificates", "code", "refuses_guests")
# What follows the verbs of IRC, for a room and a person.
SENT = (
    "{room}", "{room} {person}", "{room} :hi", "{person}", "{person} {room}", "{person} :hi",
    "{room} {id} :hi", "{room} +o mal", "{room} -o ann", "{room} +b {person}", "{room} -b {person}",
    "{room} +imnkl k 5", "{room} -ik k", "{room} b", "{room} #taken :hi", "{room} {person} :hi",
    "{room} SET status :hi", "{room} CLEAR", "{room} GET status", "{person} SET status :hi", "",
    "{person} x", "LATEST {room} * 50", "{room} timestamp=2030-01-01T00:00:00.000Z",
)  # fmt: skip


class BeyondTestCase(IrcTestCase):
    """Mal moderates #ops. Ann owns #ops, #shut, #hid and #pub; Dan and client5 are in these.

    Rooty is an operator, whom Mal does not know. Mal has an account, and a token for #ops.
    """

    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(
            operators=frozenset({skeleton("rooty")}),
            plaintext_passwords=True,
            throttle=Throttle.off(),
        )
        self.dan, self.guest, self.root, self.mal = [
            self.server.joined_by(host)
            for host in ("10.9.9.9", "10.9.9.9", "127.0.0.1", "10.6.6.6")
        ]
        for name, person in (("ann", self.ann), ("dan", self.dan), ("mal", self.mal)):
            self.does(person, f"/nick {name}", f"/register {PASSWORD}")
        self.does(self.root, "/nick rooty", f"/register {PASSWORD}")
        self.does(self.root, "/ban server address 10.7.7.7 hüsh")
        self.does(self.ann, "/join #ops", "/op #ops mal")
        for room in ("#shut", "#hid", "#pub"):
            self.does(
                self.ann,
                f"/join {room}",
                "/persist on",
                "/topic hüsh-topic" if room == "#hid" else "/topic hi",
            )
            for person in (self.dan, self.guest):
                self.does(
                    person, f"/join {room}", f"/say {room} hüsh-said" if room != "#pub" else "hi"
                )
            self.does(self.ann, f"/ban {room} client3 hüsh-reason", f"/hook add {room} hüsh")
        self.does(self.ann, "/key #shut k3ý", "/privacy #hid invite-only")
        self.does(self.ann, "/token add bot")
        self.does(self.mal, "/join #ops")
        self.mal.hears()
        chat = self.server.chat
        self.assertEqual(self.guest.name, "client5")
        self.assertEqual(len(chat.rooms["#hid"].occupants), 3)
        said = [e.id for room in ("#shut", "#hid", "#pub") for e in chat.rooms[room].recent]
        self.numbers = [*map(str, sorted([act.id for act in chat.acts.all()] + said))]
        self.before = self.outside()

    def does(self, person: Person, *lines: str) -> None:
        for line in lines:
            person.types(line)
            self.server.clock.pump([0, 0.2])

    def outside(self) -> dict[str, Any]:
        """What is not Mal's to change."""
        chat = self.server.chat
        found: dict[str, Any] = {}
        for name in ROOMS[:-1]:
            room = chat.rooms.get(name)
            if room is None:
                found[name] = "gone"
                continue
            found[name] = [str(getattr(room, each)) for each in SETTINGS]
            found[f"{name} people"] = {user.name for user in room.occupants} - {"mal"}
            found[f"{name} said"] = [each.event for each in room.recent if each.id < self.newest]
        ops = chat.rooms.get("#ops")
        found["acts"] = {
            (act.id, act.kind, act.undone_by)
            for act in chat.acts.all()
            if ops is None or act.room_key != ops.key
        }
        records = {
            name: json.loads(text)
            for name, text in self.server.records().items()
            if name.startswith("account/") and name != "account/mal"
        }
        found["accounts"] = {
            name: [each.get(field) for field in OF_ACCOUNT] for name, each in records.items()
        }
        found["programs"] = [
            {digest for digest, each in kept._all.items() if each.account != "mal"}
            for kept in (chat.programs.hooks, chat.programs.tokens)
        ]
        found["here"] = [
            each.session.has_left for each in (self.ann, self.dan, self.guest, self.root)
        ]
        found["names"] = [each.name for each in (self.ann, self.dan, self.guest, self.root)]
        found["server"] = chat.gate._locked_until, chat.limits.operators
        return found

    @property
    def newest(self) -> int:
        """The id of the newest message that was said before Mal began."""
        return int(self.numbers[-1]) + 1

    def check(self, what: str, heard: list[str]) -> None:
        """See that nothing has changed, and Mal has not heard what is secret."""
        after = self.outside()
        changed = {each: (self.before[each], after[each]) for each in after
                   if self.before[each] != after[each]}  # fmt: skip
        self.assertEqual(changed, {}, what)
        for line in heard:
            self.assertFalse(any(each in line for each in HUSH if each not in what), (what, line))


@pytest.mark.long
class TypedTests(BeyondTestCase):
    def test_every_command_on_everything(self) -> None:
        bugs = self.logged()
        for command in dict.fromkeys(commands().values()):
            for line in self.lines(command):
                self.is_ready()
                self.does(self.mal, line)
                self.check(line, self.mal.hears())
        self.assertEqual([line for line in bugs if "mistake" in line], [])

    def is_ready(self) -> None:
        """Mal is here, with the account, in #ops and in none of the others."""
        session = self.mal.session
        if session.has_left:
            self.mal = self.server.joined_by("10.6.6.6")
        user = self.mal.session.user
        if user.account is None or user.account.name != "mal":
            self.mal.types(f"/login mal {PASSWORD}", "/nick mal")
            self.server.clock.pump([0, 0.2])
        if "#ops" not in {room.name for room in self.server.chat.rooms.of(self.mal.session.user)}:
            self.mal.types("/join #ops")
        self.mal.types("/part #pub")
        self.mal.hears()

    def lines(self, command: Command) -> Iterator[str]:
        tried = [self.tried(each) for each in command.parameters]
        for words in product(*tried):
            yield " ".join([f"/{command.names[0]}", *filter(None, words)])

    def tried(self, parameter: Parameter) -> list[str]:
        """What is tried for a parameter."""
        if parameter.choices:
            return [*parameter.choices]
        if parameter.is_room or parameter.is_scope:
            return [*ROOMS, "@dan"] if parameter.is_room_or_person else [*ROOMS]
        if parameter.name == "number":
            return self.numbers
        if parameter.name in ("username", "name", "what", "words", "key", "token", "text"):
            return [*PEOPLE[: much(4, len(PEOPLE))], self.numbers[0]]
        return [f"dan {PASSWORD}", "for 2h hi"][: much(1, 2)]


@pytest.mark.long
class SentTests(BeyondTestCase):
    auto_join = False

    def test_every_verb_on_everything(self) -> None:
        bugs = self.logged()
        self.mal.types("/quit")
        client = self.comes()
        for verb in sorted(verbs()):
            for form, room, person in product(SENT, ROOMS[: much(3, 5)], PEOPLE[: much(2, 6)]):
                if "{room}" not in form and room != ROOMS[0]:
                    continue
                if "{person}" not in form and person != PEOPLE[0]:
                    continue
                if client.transport.disconnecting or client.protocol.visit.session is None:
                    client = self.comes()
                words = form.format(room=room, person=person, id=self.numbers[-1])
                client.sends(f"{verb} {words}")
                self.check(f"{verb} {words}", client.hears())
                client.sends("PART #pub")
                client.hears()
        self.assertEqual([line for line in bugs if "mistake" in line], [])

    def comes(self) -> IrcPerson:
        client = self.connected("10.6.6.6")
        client.sends(f"PASS mal:{PASSWORD}", "NICK mal", "USER mal 0 * :mal", "JOIN #ops")
        client.hears()
        return client
