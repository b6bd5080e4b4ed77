"""The door: what keeps somebody out keeps out who comes back, and no limit is passed by that."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chatsvc.chat.limits import Limits
from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.service.ports import described
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.chat.identity.restarting import RestartTestCase
from tests.commands.test_accounts import PASSWORD
from tests.dialects.test_json_lines import JsonTestCase
from tests.doors.resume.program import lines
from tests.harness import Person, Server
from tests.people import House, awhile, real
from tests.people import Person as Caller

BOB = "10.0.0.2"  # where he comes from
# What shuts somebody out: the operator's command, or the option with which the server is run again;
# whether it is for guests, for the owners of accounts, or for both; and what they are told.
SHUT: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "address": (f"/ban server {BOB}", {}, "both", "You are banned"),
    "network": ("/ban server 10.0.0.0/30", {}, "both", "You are banned"),
    "name": ("/ban server bob", {}, "both", "You are banned"),
    "lockdown": ("/lockdown for 10m", {}, "guest", "No new guests come in just now."),
    "accounts only": ("", {"accounts_only": True}, "guest", "Only people with an account"),
    "invite only": ("", {"invite_only": True}, "guest", "Only people with an account"),
}


class ComingBackTests(RestartTestCase):
    """Bob is a guest, or has an account; Ann comes from afar, so that only he is hit."""

    def begin(self, **options: Any) -> None:
        super().begin(operators=frozenset({skeleton("rooty")}), **options)
        self.root = self.server.joined_by("127.0.0.1")
        self.root.types("/nick rooty", f"/register {PASSWORD}")
        for person in (self.root, self.ann, self.bob, self.cat):
            person.hears()

    def meets(self, shut: str, when: str, has_account: bool) -> list[dict[str, Any]]:
        """What Bob is told who comes back at that time past what shuts him out."""
        command, options, *_ = SHUT[shut]
        self.setUp()
        if has_account:
            self.asks({"do": "register", "password": PASSWORD})
        if when == "lost":
            self.bob.drops()
        if when in ("given up", "given up and killed"):
            self.bob.drops()
            self.server.clock.advance(RESUME_WITHIN)
        self.server.clock.advance(0)
        before = dict(self.store._records)
        if command:
            self.root.types(command)
            self.assertNotIn("There is no", str(self.root.hears()))
        if "killed" in when or options:
            # [Killed when it had kept the act, and no more of what comes of it.]
            self.store._records |= {name: each for name, each in before.items()
                                    if name.startswith(("place/", "account/"))}  # fmt: skip
            self.crashes(**options)
        return self.comes_back()

    def is_kept_out(self, whom: str) -> None:
        for shut, (_, options, who, why) in SHUT.items():
            if who not in (whom, "both"):
                continue
            for when in ("there", "lost", "given up", "killed", "given up and killed"):
                if whom == "guest" and "given up" in when:
                    continue  # then it is no place any more
                with self.subTest(shut=shut, when=when):
                    told = self.meets(shut, when, whom == "account")
                    self.assertNotIn("resumed", [each.get("event") for each in told])
                    if shut != "name" and not options:
                        text = str(self.bob.transport.value()) + json.dumps(told)
                        self.assertIn(why, text)
                    self.ann.hears()
                    self.bob.sends(lines({"do": "bc", "text": "I am back"}))
                    heard = str(self.ann.hears())
                    self.assertNotIn("bob: I am back", heard)

    def test_guests(self) -> None:
        self.is_kept_out("guest")

    def test_owners_of_accounts(self) -> None:
        self.is_kept_out("account")

    def test_who_is_not_meant_comes_back(self) -> None:
        for shut, (*_, who, _) in SHUT.items():
            for when in ("lost", "given up", "killed", "given up and killed"):
                if who == "guest":
                    with self.subTest(shut=shut, when=when):
                        told = self.meets(shut, when, has_account=True)
                        self.assertEqual(told[0].get("event"), "resumed", told)

    def test_a_place_is_kept_while_the_door_is_locked(self) -> None:
        for when in ("there", "lost", "killed"):
            told = self.meets("lockdown", when, has_account=False)
            self.assertEqual(told[0]["rooms"], [])
            errors = [each["error"]["code"] for each in told if "error" in each]
            self.assertEqual(errors, ["refused"])
            if when == "killed":
                self.root = self.server.joined_by("127.0.0.1")
                self.root.types(f"/login rooty {PASSWORD}")
            self.root.types("/lockdown off")
            self.root.hears()
            self.bob.drops()
            self.assertEqual(self.comes_back()[0].get("event"), "resumed")

    def test_nobody_is_in_a_room_again_from_which_that_person_is_banned(self) -> None:
        before = dict(self.store._records)
        self.root.types("/join #ops", "/ban #ops bob")
        self.root.hears()
        self.store._records |= {name: before[name] for name in before if name[:6] == "place/"}
        self.crashes()
        self.assertEqual(self.resumed(self.comes_back())["rooms"], ["#lobby"])


class LimitTests(JsonTestCase):
    """However people come, there are never more than there may be."""

    def serves(self, **limits: Any) -> None:
        self.server = Server(throttle=Throttle.off(), plaintext_passwords=True, **limits)
        self.there: list[Person] = []
        self.tokens: list[str] = []

    def comes(self, host: str, token: str, *more: dict[str, Any]) -> tuple[Person, str]:
        """Somebody who begins with a token, and what became of that."""
        person = self.server.joined_by(host, is_new=False)
        person.sends(b"/json\n" + lines({"do": "resume", "token": token}, *more))
        told = [json.loads(line) for line in person.hears() if line[0] == "{"]
        self.there.append(person)
        for each in list(self.there):  # whose connection was aborted
            if each.transport.disconnected or each.transport.disconnecting:
                each.drops()
                self.there.remove(each)
        events = [each.get("event") for each in told]
        codes = [each["error"]["code"] for each in told if "error" in each]
        return person, codes[0] if codes else "resumed" if "resumed" in events else "new"

    def count(self, host: str = "") -> int:
        sessions = [each for each in self.server.chat.sessions if host in (each.address, "")]
        return len(sessions)

    def test_of_all_and_of_one_address(self) -> None:
        for limits, code in (({"users": 2}, "full"), ({"per_address": 2}, "crowded")):
            self.serves(**limits)
            tokens = [f"{number}".rjust(32, "x") for number in range(3)]
            one, how = self.comes("10.0.0.1", tokens[0])
            self.assertEqual(how, "new")
            self.assertEqual(self.comes("10.0.0.1", tokens[1])[1], "new")
            self.assertEqual(self.comes("10.0.0.1", tokens[2])[1], code)
            # Who takes the place of a connection of before is not one more.
            for _ in range(3):
                one, how = self.comes("10.0.0.1", tokens[0])
                self.assertEqual(how, "resumed")
            # A place is not a connection: another has that by now.
            one.drops()
            self.there.remove(one)
            other, how = self.comes("10.0.0.1", tokens[2])
            self.assertEqual(how, "new")
            self.assertEqual(self.comes("10.0.0.1", tokens[0])[1], code)
            self.assertEqual(self.count(), 2)
            # But it is kept.
            other.drops()
            self.there.remove(other)
            self.assertEqual(self.comes("10.0.0.1", tokens[0])[1], "resumed")
            if code == "crowded":  # an old connection counts where it comes from
                self.assertEqual(self.comes("10.0.0.2", tokens[0])[1], "resumed")
                self.assertEqual(self.comes("10.0.0.1", "n" * 32)[1], "new")
                self.assertEqual(self.comes("10.0.0.1", tokens[0])[1], "crowded")
                self.assertEqual(self.comes("10.0.0.2", tokens[0])[1], "resumed")

    @settings(max_examples=60)
    @given(
        st.integers(1, 3),
        st.integers(1, 3),
        st.lists(
            st.tuples(
                st.sampled_from(["comes", "comes", "comes", "drops", "is silent", "waits"]),
                st.integers(0, 5),
                st.sampled_from(["10.0.0.1", "10.0.0.2"]),
            ),
            max_size=30,
        ),
    )
    def test_whatever_the_mixture(
        self, users: int, per_address: int, acts: list[tuple[str, int, str]]
    ) -> None:
        self.serves(users=users, per_address=per_address)
        for act, number, host in acts:
            if act == "comes":
                _, how = self.comes(host, f"{number}".rjust(32, "x"))
                self.assertIn(how, ("new", "resumed", "full", "crowded"))
                if how in ("full", "crowded"):
                    self.assertTrue(self.count() >= users or self.count(host) >= per_address)
            elif act == "drops" and self.there:
                self.there.pop(number % len(self.there)).drops()
            elif act == "waits":
                self.server.clock.advance(RESUME_WITHIN / 3)
            self.assertLessEqual(self.count(), users)
            for each in ("10.0.0.1", "10.0.0.2"):
                self.assertLessEqual(self.count(each), per_address)
        for person in self.there:
            person.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.assertEqual((self.count(), len(self.server.chat.users)), (0, 0))

    def test_after_a_restart(self) -> None:
        for limits, expected in (
            ({"users": 4, "per_address": 1}, ["resumed", "crowded"] * 2),
            ({"users": 3, "per_address": 2}, ["resumed"] * 3 + ["full"]),
        ):
            self.serves(users=4, per_address=2)
            for host, letter in (("10.0.0.1", "x"), ("10.0.0.2", "y")):
                for number in range(2):
                    self.comes(host, f"{number}".rjust(32, letter))
            store = self.server.store
            self.server.clock.advance(0)
            self.serves(store=store, now=self.server.clock.seconds(), **limits)
            hows = [
                self.comes(host, f"{number}".rjust(32, letter))[1]
                for host, letter in (("10.0.0.1", "x"), ("10.0.0.2", "y"))
                for number in range(2)
            ]
            self.assertEqual(hows, expected)


@real
async def test_sixty_at_once() -> None:
    house = House(described("tcp:0:interface=127.0.0.1"), Limits(per_address=2), Throttle.off())
    try:
        tokens = [f"{number}".rjust(32, "x") for number in range(60)]

        async def comes(token: str) -> Caller:
            person = house.called_by()
            await awhile(0)
            person.transport.write(b"/json\n" + lines({"do": "resume", "token": token}))
            return person

        async def is_told(person: Caller, word: str) -> None:
            await person.waits_for(lambda: person.is_gone or word in str(person.lines), word)

        for token in tokens:  # each has a place, and is gone
            person = await comes(token)
            await is_told(person, "resumable")
            person.resets()
            await person.sees_the_end()
        people = [await comes(token) for token in tokens]
        for person in people:
            await is_told(person, "resumed")
        told = [str(person.lines) for person in people]
        assert sum("resumed" in each for each in told) == 2
        assert sum('"crowded"' in each for each in told) == 58
        assert len(house.chat.sessions) == 2
    finally:
        await house.empties()
