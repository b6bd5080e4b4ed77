"""What waited for somebody is told, and kept until it was read; it is not told twice."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

import pytest
import pytest_twisted  # type: ignore[import-untyped]  # it has no annotations
from twisted.internet.defer import Deferred

from chatsvc.chat.direct import handover
from chatsvc.chat.direct.handover import LOOK_EVERY
from chatsvc.chat.limits import Limits
from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.service.ports import described
from chatsvc.store import StoreError
from chatsvc.throttle import Throttle
from tests.chat.identity.restarting import OWN, CorrespondentTestCase
from tests.client.connection.cutting import until
from tests.commands.test_accounts import PASSWORD
from tests.doors.resume.program import lines
from tests.harness import Person
from tests.people import House, awhile, real
from tests.people import Person as Caller

WAITING = [f"message {number}" for number in range(15)]
TOLD = re.compile(r"server: rita wrote to you only, at [-0-9: ]{16}: (message \d+)\b")


class HandoverTestCase(CorrespondentTestCase):
    """Fifteen messages of Rita's wait for Bob, who has an account and is gone."""

    def setUp(self) -> None:
        super().setUp()
        self.asks({"do": "quit"})
        self.writes(*WAITING)

    def writes(self, *texts: str) -> None:
        for text in texts:
            self.rita.asks(f"/dm bob {text}")

    def comes(self) -> Person:
        """Bob logs in over a connection for lines; nothing has reached him yet."""
        person = self.server.joined_by("10.0.0.2")
        person.hears()
        person.types(f"/login bob {PASSWORD}")
        return person

    def reads(self, person: Person) -> list[str]:
        """What Bob is told of what waited."""
        return [found[1] for line in person.hears() if (found := TOLD.match(line))]

    def looks(self, times: int) -> None:
        for _ in range(times):
            self.server.clock.advance(LOOK_EVERY)

    def kept(self) -> list[str]:
        """What waits in the store."""
        unread = json.loads(self.store._records["direct/bob"].value)["unread"]
        texts = {each.id: each.text for each in self.store._said}
        return [texts[entry_id] for entry_id, *_ in unread]


class LineTests(HandoverTestCase):
    def test_they_are_deleted_when_they_were_read(self) -> None:
        bob = self.comes()
        self.assertEqual(self.reads(bob), WAITING)
        self.assertEqual(self.kept(), WAITING)
        self.looks(2)
        self.assertEqual(self.kept(), [])
        self.assertEqual(len(self.server.chat.handover), 0)
        bob.drops()
        self.assertEqual(self.reads(self.comes()), [])

    def test_a_cut_before_that_loses_nothing(self) -> None:
        for seconds in (0.0, LOOK_EVERY / 2, LOOK_EVERY):
            bob = self.comes()
            self.assertEqual(self.reads(bob), WAITING)
            self.server.clock.advance(seconds - 0.2 if seconds else 0)
            bob.drops()
            self.looks(5)
            self.assertEqual(self.kept(), WAITING)

    def test_who_does_not_acknowledge_has_not_read(self) -> None:
        bob = self.comes()
        bob.stalls()
        self.looks(60)
        self.assertEqual(self.kept(), WAITING)
        bob.drops()
        self.looks(5)
        self.assertEqual(self.reads(self.comes()), WAITING)

    def test_what_comes_while_they_are_read_is_told_once(self) -> None:
        bob = self.comes()
        self.assertEqual(self.reads(bob), WAITING)
        user, chat = self.server.chat.users["bob"], self.server.chat
        self.patch(user, "sessions", ())
        self.rita.types("/dm bob message 15")
        self.server.clock.advance(0)
        self.patch(user, "sessions", (bob.session,))
        self.successResultOf(Deferred.fromCoroutine(chat.handover.show(user)))
        self.assertEqual(self.reads(bob), ["message 15"])
        self.looks(3)
        self.assertEqual(self.kept(), [])

    def test_a_logout_and_a_login(self) -> None:
        bob = self.comes()
        self.assertEqual(self.reads(bob), WAITING)
        bob.types("/logout", f"/login bob {PASSWORD}")
        self.assertEqual(self.reads(bob), [])

    def test_another_device_is_not_told_what_one_reads(self) -> None:
        bob = self.comes()
        self.assertEqual(self.reads(bob), WAITING)
        other = self.comes()
        self.assertEqual(self.reads(other), [])
        self.looks(3)
        self.assertEqual(self.kept(), [])

    def test_one_that_takes_no_more_leaves_them_to_the_next(self) -> None:
        bob = self.comes()
        bob.stalls()
        bob.drops()
        other = self.comes()
        self.assertEqual(self.reads(other), WAITING)

    def test_what_memory_forgot_before_it_was_read_is_told_again(self) -> None:
        self.crashes(history=20)
        bob = self.comes()
        bob.stalls()
        self.server.clock.advance(0)
        for number in range(40):
            self.ann.types(f"/bc {number}")
            self.ann.hears()
        self.looks(2)
        self.assertEqual(self.kept(), WAITING)
        bob.reads()
        heard: list[str] = []
        for _ in range(20):
            heard += self.reads(bob)
        self.assertEqual(sorted(set(heard)), sorted(WAITING))
        self.looks(3)
        self.assertEqual(self.kept(), [])

    def test_a_store_that_fails_is_asked_again(self) -> None:
        bob = self.comes()
        self.assertEqual(self.reads(bob), WAITING)
        put = self.store.put
        fails = True

        async def failing(name: str, value: str | None, version: int) -> None:
            if fails:
                raise StoreError("the disk is full")
            await put(name, value, version)

        self.patch(self.store, "put", failing)
        self.looks(3)
        self.assertEqual(self.kept(), WAITING)
        fails = False
        self.looks(1)
        self.assertEqual((self.kept(), self.reads(bob)), ([], []))

    def test_as_many_are_looked_at_once_as_may_be(self) -> None:
        self.patch(handover, "MOST_LOOKS", 1)
        eve = self.server.joined_by("10.0.0.8")
        eve.types("/nick eve", f"/register {PASSWORD}", "/quit")
        eve.hears()
        self.rita.types("/dm eve message 1")
        self.rita.hears()
        bob, eve = self.comes(), self.server.joined_by("10.0.0.8")
        eve.types(f"/login eve {PASSWORD}")
        self.assertEqual((self.reads(bob), self.reads(eve)), (WAITING, ["message 1"]))
        self.looks(3)
        self.assertEqual(len(self.server.chat.handover), 1)
        self.looks(1)
        self.assertEqual(len(self.server.chat.handover), 0)
        self.assertEqual(self.server.chat.inboxes.of("eve").unread, {})

    def test_nothing_runs_when_there_is_nothing_to_see(self) -> None:
        self.comes()
        self.looks(3)
        handing = self.server.chat.handover
        self.assertEqual((len(handing), handing._timer, handing._batches), (0, None, {}))


class ProgramTests(HandoverTestCase):
    """Bob is a program with a token."""

    def begins(self) -> list[dict[str, Any]]:
        """The messages that Bob is told who logs in."""
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        login = {"do": "login", "name": "bob", "password": PASSWORD}
        self.bob.sends(b"/json\n" + lines({"do": "resume", "token": OWN}, login))
        return self.waited(self.told(self.bob))

    def waited(self, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in told if each.get("waited")]

    def test_a_cut_at_any_message_loses_and_doubles_nothing(self) -> None:
        for number in range(len(WAITING) + 1):
            with self.subTest(read=number):
                self.setUp()
                told = self.begins()
                self.assertEqual([each["text"] for each in told], WAITING)
                ids = [each["id"] for each in told]
                self.assertEqual(ids, sorted(set(ids)))
                self.bob.drops()
                self.looks(3)
                self.assertEqual(self.kept(), WAITING)
                self.seen = [ids[0] - 1, *ids][number]
                again = self.waited(self.comes_back(token=OWN))
                self.assertEqual([each["text"] for each in again], WAITING[number:])
                self.asks({"do": "ping", "seen": ids[-1]})
                self.looks(1)
                self.assertEqual(self.kept(), [])

    def test_they_are_kept_until_it_says_so(self) -> None:
        ids = [each["id"] for each in self.begins()]
        self.looks(60)
        self.assertEqual(self.kept(), WAITING)
        self.asks({"do": "ping", "seen": ids[6]})
        self.looks(1)
        self.assertEqual(self.kept(), WAITING[7:])
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.looks(3)
        self.seen = ids[6]
        self.assertEqual([e["text"] for e in self.waited(self.comes_back(token=OWN))], WAITING[7:])

    def test_over_a_restart(self) -> None:
        told = self.begins()
        self.asks({"do": "ping", "seen": told[9]["id"]})
        self.looks(1)
        self.crashes()
        self.seen = told[9]["id"]
        again = [each["text"] for each in self.waited(self.comes_back(token=OWN))]
        self.assertEqual(again, WAITING[10:])
        self.looks(3)
        self.assertEqual(self.kept(), WAITING[10:])

    def test_what_comes_meanwhile_does_not_tell_again_what_was_read(self) -> None:
        self.seen = self.begins()[-1]["id"]
        self.asks({"do": "ping", "seen": self.seen})
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.writes("more")
        (more,) = [each for each in self.comes_back(token=OWN) if each.get("text") == "more"]
        self.crashes()
        self.seen = more["id"]
        inboxes = self.server.chat.handover._inboxes
        noted: Deferred[None] = Deferred()
        read = inboxes.read

        async def read_slowly(name: str, ids: Collection[int]) -> None:
            await noted
            await read(name, ids)

        self.patch(inboxes, "read", read_slowly)
        again = self.comes_back(token=OWN)
        show = self.server.chat.handover.show
        shown = Deferred.fromCoroutine(show(self.server.chat.users["bob"]))
        noted.callback(None)
        self.looks(3)
        self.successResultOf(shown)
        told = [*again, *self.told(self.bob)]
        self.assertEqual([each for each in told if each.get("text") == "more"], [])

    def test_some_that_are_stored_together_while_it_comes_back_are_told_once(self) -> None:
        self.begins()
        writers = [self.rita, self.server.joined_by("10.0.0.7"), self.server.joined_by("10.0.0.8")]
        for number, each in enumerate(writers[1:]):
            each.types(f"/nick writer{number}", f"/register {PASSWORD}", "/dm bob hi")
        self.seen = self.told(self.bob)[-1]["id"]
        self.asks({"do": "ping", "seen": self.seen})
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        for each in writers:
            each.types("/dm bob hello")
        told = self.waited(self.comes_back(token=OWN))
        self.assertEqual([each["text"] for each in told], ["hello"] * 3)

    def test_what_another_device_has_read_is_not_taken_for_it(self) -> None:
        self.begins()
        self.bob.drops()
        phone = self.server.joined_by("10.0.0.9", is_new=False)
        phone.sends(b"/json\n" + lines({"do": "resume", "token": OWN[::-1]}))
        login = {"do": "login", "name": "bob", "password": PASSWORD}
        seen = {"do": "ping", "seen": 10**9}
        phone.sends(lines(seen, login))
        told = self.waited(self.told(phone))
        self.assertEqual([each["text"] for each in told], WAITING)
        self.ann.types("/bc hi")
        phone.sends(lines({"do": "ping", "seen": told[2]["id"]}))
        self.looks(3)
        self.assertEqual(self.kept(), WAITING[3:])

    def test_a_device_to_which_they_were_not_told_has_not_read_them(self) -> None:
        told = self.begins()
        phone = self.server.joined_by("10.0.0.9", is_new=False)
        login = {"do": "login", "name": "bob", "password": PASSWORD}
        phone.sends(b"/json\n" + lines({"do": "resume", "token": OWN[::-1]}, login))
        self.assertEqual(self.waited(self.told(phone)), [])
        phone.sends(lines({"do": "ping", "seen": 10**9}))
        self.looks(3)
        self.assertEqual(self.kept(), WAITING)
        self.bob.drops()
        self.seen = told[0]["id"]
        again = self.waited(self.comes_back(token=OWN))
        self.assertEqual([each["text"] for each in again], WAITING[1:])

    def test_one_without_a_token_is_as_one_that_reads_lines(self) -> None:
        bob = self.server.joined_by("10.0.0.2")
        bob.types("/json", json.dumps({"do": "login", "name": "bob", "password": PASSWORD}))
        self.assertEqual([each["text"] for each in self.waited(self.told(bob))], WAITING)
        self.looks(2)
        self.assertEqual(self.kept(), [])

    def test_who_never_says_so_is_told_again_but_not_for_ever(self) -> None:
        self.begins()
        self.server.clock.advance(TIDY_EVERY)
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.looks(3)
        self.assertEqual(len(self.server.chat.handover), 0)
        self.assertEqual(self.kept(), WAITING)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A server for real, that soon takes for read what is."""
    monkeypatch.setattr(handover, "LOOK_EVERY", 0.05)
    limits = Limits(plaintext_passwords=True)
    opened = House(described("tcp:0:interface=127.0.0.1"), limits, Throttle.off())
    yield opened
    pytest_twisted.blockon(Deferred.fromCoroutine(opened.empties()))


async def leaves_word(house: House) -> None:
    """Rita writes fifteen long messages to Bob, who has written to her, and has left."""
    people = {}
    for name in ("rita", "bob"):
        person = people[name] = await house.joined_by()
        person.types(f"/nick {name}", f"/register {PASSWORD}")
        await person.waits_for(lambda p=person: "is yours" in str(p.lines), "an account")  # type: ignore[misc]  # its default has no type
    person.types("/dm rita hi", "/quit")
    await person.sees_the_end()
    rita = people["rita"]
    rita.types(*[f"/dm bob {text} {'.' * 3500}" for text in WAITING])
    await rita.waits_for(lambda: str(rita.lines).count("Your message waits") == 15, "15")


def shown(person: Caller) -> list[str]:
    return [found[1] for line in person.lines if (found := TOLD.match(line))]


@real
async def test_reset_while_they_are_shown(house: House) -> None:
    await leaves_word(house)
    for count in (0, 1, 2, 5):  # messages that he has read by then, and a part of the next
        bob = house.called_by(window=4096)
        bob.types(f"/login bob {PASSWORD}")
        await bob.waits_for(lambda b=bob, n=count: len(shown(b)) >= n, "messages")  # type: ignore[misc]  # its default has no type
        bob.stops_reading()
        await awhile(0.15)
        bob.resets()
        await bob.sees_the_end()
        await until(lambda: "bob" not in house.chat.users, lambda: "still there")
    bob = house.called_by()
    bob.types(f"/login bob {PASSWORD}")
    await bob.waits_for(lambda: len(shown(bob)) == 15, "all")
    assert shown(bob) == WAITING
    await until(lambda: not len(house.chat.handover), lambda: "not read")
    bob.types("/quit")
    await bob.sees_the_end()
    assert shown(bob) == WAITING
    again = house.called_by()
    again.types(f"/login bob {PASSWORD}", "/quit")
    assert not [line for line in await again.sees_the_end() if TOLD.match(line)]


@real
async def test_what_was_sent_before_a_quit_is_read(house: House) -> None:
    await leaves_word(house)
    for expected in (WAITING, []):
        bob = house.called_by()
        bob.types(f"/login bob {PASSWORD}", "/quit")
        await bob.sees_the_end()
        assert shown(bob) == expected
        await until(lambda: len(house.chat.sessions) == 1, lambda: "still there")
