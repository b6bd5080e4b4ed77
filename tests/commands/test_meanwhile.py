"""What happens while something waits for the store, or to names that have had other owners."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.accounts.accounts import ATTEMPTS
from chatsvc.chat.rooms import vacancies
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import Record, Stored, StoreError
from chatsvc.stores.memory import MemoryStore
from tests.commands.moderation.order import ModerationTestCase
from tests.commands.test_accounts import BLANKS, PASSWORD, AccountTestCase
from tests.harness import Person


class SlowStore(MemoryStore):
    """Waits with records whose names begin in a way, or cannot write them."""

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.slow = self.broken = "none"
        self._waiting: list[Deferred[None]] = []

    async def records(self, prefix: str) -> dict[str, Record]:
        await self._wait(prefix)
        return await super().records(prefix)

    async def record(self, name: str) -> Record | None:
        await self._wait(name)
        return await super().record(name)

    async def find(self, entry_id: int) -> Stored | None:
        await self._wait("find")
        return await super().find(entry_id)

    async def put(self, name: str, value: str | None, version: int) -> None:
        if name.startswith(self.broken):
            raise StoreError("the disk is full")
        await self._wait(name)
        await super().put(name, value, version)

    async def _wait(self, name: str) -> None:
        if name.startswith(self.slow):
            self._waiting.append(Deferred())
            await self._waiting[-1]

    def goes_on_once(self) -> None:
        """[The disk has done one thing.]"""
        if self._waiting:
            self._waiting.pop(0).callback(None)

    def goes_on(self) -> None:
        """[The disk is fast again.]"""
        self.slow = "none"
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)


class MeanwhileTests(ModerationTestCase):
    def begin(self, **options: Any) -> None:
        self.store = SlowStore()
        super().begin(**{"store": self.store, **options})

    def leaves_word(self) -> None:
        """Bob, who has an account, writes to Ann, who is not here."""
        self.register(self.bob, "bob")
        self.ann.types("/quit")
        self.ann.hears()
        self.bob.types("/dm ann the word")
        self.assertIn("Your message waits", self.bob.hears()[-1])

    def test_who_goes_while_being_told_is_told_the_next_time(self) -> None:
        self.leaves_word()
        self.store.slow = "find"
        back = self.comes()
        back.hears()
        back.drops()
        self.store.goes_on()
        back = self.comes("10.0.0.10")
        self.assertIn("the word", "".join(back.hears()))

    def test_two_who_come_at_once_are_told_once_each(self) -> None:
        self.leaves_word()
        self.store.slow = "find"
        people = [self.comes(f"10.0.0.{number}") for number in (9, 10)]
        for person in people:
            person.hears()
        self.store.goes_on()
        for person in people:
            self.assertEqual("".join(person.hears()).count("the word"), 1)

    def test_who_comes_while_it_is_written_hears_it(self) -> None:
        self.register(self.bob, "bob")
        self.ann.types("/quit")
        self.ann.hears()
        self.store.slow = "direct/"
        self.bob.types("/dm ann the word")
        self.bob.hears()
        back = self.comes()
        back.hears()
        self.store.goes_on()
        self.assertIn("the word", "".join(back.hears()))

    def test_two_who_write_to_each_other_for_the_first_time_at_once(self) -> None:
        self.register(self.bob, "bob")
        self.hush()
        self.store.slow = "direct/"
        self.ann.types("/dm bob to bob", "/dm bob and again")
        self.bob.types("/dm ann to ann", "/dm ann and again")
        self.hush()
        for _ in range(4):  # [One answer of the disk after another.]
            self.store.goes_on_once()
        self.store.goes_on()
        for person in (self.ann, self.bob):
            heard = person.hears()
            for name in ("bob", "ann"):
                said = [each for each in heard if each.startswith(f"{name}: ")]
                self.assertEqual(len(said), 2, heard)

    def test_a_role_given_to_a_guest_who_registers_meanwhile_ends_with_the_guest(self) -> None:
        self.store.slow = "act/"
        self.ann.types("/op #ops client2")
        self.ann.hears()
        self.register(self.bob, "bob")
        self.store.goes_on()
        self.bob.types("/quit")
        self.hush()
        self.bob.is_closed()
        other = self.server.joined_by("10.0.0.2")
        other.types("/join #ops", "/kick #ops client3")
        self.assertEqual(other.name, "client2")
        self.assertIn("That is for the owner", other.hears()[-1])

    def test_a_room_stays_whose_owner_has_that_kept_and_goes_at_once(self) -> None:
        self.ann.types("/say #ops hi")
        self.bob.types("/part #ops")
        self.cat.types("/part #ops")
        self.hush()
        self.store.slow = "room/"
        self.ann.types("/persist #ops")
        self.ann.drops()
        self.store.goes_on()
        self.hush()
        self.register(self.bob, "bob")
        self.patch(vacancies, "MOST_EMPTY", 0)
        self.bob.types("/join #b", "hi", "/part")
        self.hush()
        self.assertEqual(list(self.server.chat.rooms), ["#lobby", "#ops"])

    def test_a_ban_holds_for_who_logs_in_and_goes_at_once(self) -> None:
        self.leaves_word()
        self.bob.types("/dm bob to be there")
        ann = self.comes()
        ann.hears()
        ann.types("/ban #ops bob")
        ann.hears()
        self.store.slow = "direct/"
        self.bob.types("/quit")
        self.bob.hears()
        ann.types("/dm bob a message that waits")
        self.store.goes_on()
        guest = self.server.joined_by("10.0.0.11")
        guest.types("/join #ops")
        guest.hears()
        self.store.slow = "find"
        guest.types(f"/login bob {PASSWORD}")
        guest.hears()
        guest.drops()
        self.store.goes_on()
        self.hush()
        names = {user.name for user in self.server.chat.rooms["#ops"].occupants}
        self.assertNotIn("bob", names)

    def test_an_account_is_gone_though_not_all_could_be_forgotten(self) -> None:
        again = self.comes()
        again.hears()
        self.store.broken = "seen/"
        heard = self.asks(self.ann, f"/unregister {PASSWORD}")
        self.assertIn("the disk is full", heard[-1])
        for person in (self.ann, again):
            self.assertIsNone(person.session.user.account)
            self.assertNotEqual(person.name, "ann")

    def test_tidying_goes_on_where_a_part_of_it_fails(self) -> None:
        self.store.broken = "seen/"
        self.bob.types("/nick robert", "/say #ops one")
        self.hush()
        self.server.clock.advance(TIDY_EVERY)
        [record] = [each for each in self.store._records.values() if '"name": "ann"' in each.value]
        room = self.server.chat.rooms["#ops"]
        self.assertEqual(json.loads(record.value)["cursors"][room.key], room.log.head)


class FormerTests(ModerationTestCase):
    """Names, and who goes by them now."""

    def test_nobody_reads_what_was_meant_for_the_last_owner(self) -> None:
        self.register(self.bob, "bob")
        self.ann.types("/dm bob hello")
        self.hush()
        self.ann.types(f"/unregister {PASSWORD}", "/quit")
        self.hush()
        self.assertIn("is not connected", self.asks(self.bob, "/reply a secret")[-1])
        self.cat.types("/nick ann", f"/register {PASSWORD}", "/logout", f"/login ann {PASSWORD}")
        self.assertNotIn("a secret", "".join(self.cat.hears()))

    def test_who_came_back_is_answered(self) -> None:
        self.register(self.bob, "bob")
        self.ann.types("/dm bob hello", "/quit")
        self.hush()
        back = self.comes()
        back.hears()
        self.bob.types("/reply there you are")
        self.assertEqual(back.hears(), ["bob: there you are"])

    def test_what_somebody_said_under_another_name_is_still_the_owners(self) -> None:
        guest = self.server.joined_by("10.0.0.20")
        guest.types("/join #mine", "the owner's words")
        self.bob.types("/join #mine")
        guest.hears()
        guest.types("/op #mine client2", "/nick danny")
        guest.hears()
        [line] = [each for each in self.asks(self.bob, "/history #mine 1") if "words" in each]
        number = line.split()[0].strip("[")
        self.assertIn("is the owner", self.asks(self.bob, f"/redact {number}")[-1])

    def test_a_name_that_a_guest_has_is_not_taken_from_outside(self) -> None:
        self.bob.types("/nick robert")
        self.root.types("/lockdown for 10m")
        self.hush()
        outside = self.server.joined_by("10.0.0.20")
        outside.types("/nick robert")
        self.assertIn("is taken", outside.hears()[-1])


class PasswordTests(AccountTestCase):
    def wrong(self, person: Person, times: int) -> None:
        for _ in range(times):
            person.types("/login ann wrong-password")
            person.hears()

    def test_nobody_is_locked_out_where_they_were_before(self) -> None:
        again = self.comes()
        again.hears()
        again.types("/quit")
        self.wrong(self.bob, ATTEMPTS)
        self.cat.types(f"/login ann {PASSWORD}")
        self.assertIn("Too many attempts", self.cat.hears()[-1])
        self.assertIn("server: You are ann.", self.comes().hears())

    def test_attempts_that_nobody_looked_at_do_not_count(self) -> None:
        async def is_right(*_: object) -> bool:
            raise StoreError("busy")

        before = self.server.passwords.is_right
        self.patch(self.server.passwords, "is_right", is_right)
        self.wrong(self.bob, ATTEMPTS)
        self.patch(self.server.passwords, "is_right", before)
        self.bob.types(f"/login ann {PASSWORD}")
        self.assertIn("server: You are ann.", self.bob.hears())

    def test_two_spellings_are_one_name(self) -> None:
        self.wrong(self.bob, ATTEMPTS)
        self.cat.types("/login ANN wrong-password")
        self.assertIn("Too many attempts", self.cat.hears()[-1])

    def test_a_password_with_blanks_is_not_cut_short(self) -> None:
        self.bob.types("/nick bob", "/register correcthorse battery staple")
        self.assertEqual(self.bob.hears()[-1], f"server: {BLANKS}")
        self.assertIsNone(self.server.chat.accounts.find("bob"))

    def test_one_address_does_not_make_all_the_accounts_that_there_may_be(self) -> None:
        for number in range(ATTEMPTS + 1):
            self.bob.types(f"/nick bob{number}", f"/register {PASSWORD}", "/logout")
            heard = self.bob.hears()
        self.assertIn("Too many attempts", "".join(heard))
        self.assertEqual(len(self.server.chat.accounts), ATTEMPTS + 1)


class ForgetTests(AccountTestCase):
    def test_what_comes_then_is_kept_again(self) -> None:
        self.ann.types("/join #ops", "/persist")
        self.bob.types("/join #ops")
        self.ann.hears()
        self.ann.types("/forget ANN", "/quit")
        self.assertIn("Deleted the data of ann", "".join(self.ann.hears()))
        self.bob.types("/say #ops missed")
        back = self.comes()
        back.hears()
        back.types("/since")
        self.assertIn("#ops client2: missed", "".join(back.hears()))

    def test_two_ask_at_once(self) -> None:
        again = self.comes()
        for person in (self.ann, again):
            person.types("/quit")
        self.bob.types("/bc missed")
        people = [self.comes(f"10.0.0.{number}") for number in (9, 10)]
        for person in people:
            person.hears()
        for person in people:
            person.types("/since")
        for person in people:
            self.assertNotIn("went wrong", "".join(person.hears()))

    def test_the_longest_names_fit(self) -> None:
        for _ in range(1000):
            self.server.chat.visits.note("\U00010330" * 32, "2001:db8:ffff:ffff::/64")
        self.ann.types("/forget")
        self.server.clock.pump([0.01] * 10)
        self.assertIn("Deleted the data of ann", self.ann.hears()[0])
