"""/ignore and /unignore, by guests and by those who have an account."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.accounts import allowance
from chatsvc.chat.accounts.allowance import Allowance
from chatsvc.chat.accounts.ignored import MOST_IGNORED, MOST_KEYS, Ignored, Someone
from chatsvc.chat.identity import logins
from chatsvc.clock import TURN_EVERY
from chatsvc.commands import people
from chatsvc.store import VALUE_BYTES
from tests.commands.test_accounts import PASSWORD, AccountTestCase
from tests.commands.test_names import PeopleTestCase
from tests.harness import Person


class IgnoreTests(PeopleTestCase):
    def test_nothing_more_is_seen_of_what_they_say(self) -> None:
        self.told(self.ann, "/ignore client2")
        self.bob.types("hello", "/me waves", "/dm client1 psst", "/join #a", "/nick Bob", "hi")
        self.cat.types("hey")
        heard = self.ann.hears()
        self.assertEqual(heard, ["client3: hey"])  # names are words, too
        self.assertEqual(self.told(self.ann, "/ignore"), ["server: You ignore Bob."])
        self.told(self.ann, "/time on")
        self.bob.types("/bc hello")
        self.assertEqual(self.ann.hears(), [])
        self.assertEqual(len(self.told(self.ann, "/unignore bob")), 1)
        self.bob.types("/bc hello")
        self.assertTrue(self.ann.hears()[0].endswith("Bob: hello"))

    def test_nor_of_their_words_in_anything_else(self) -> None:
        for person in (self.ann, self.bob):
            person.types("/join #a")
        self.bob.types("/join #b", "/away spam")
        self.told(self.ann, "/ignore client2")
        self.bob.types(
            "/invite client1 #b", "/mute #b client1 spam", "/kick #b client1 spam",
            "/topic #a spam", "/nick spam",
        )  # fmt: skip
        self.assertEqual(self.ann.hears(), [])
        for line in ("/whois spam", "/dm spam hi"):
            self.assertNotIn("Away: spam", " ".join(self.told(self.ann, line)))

    def test_what_is_done_to_oneself_is_told_without_their_words(self) -> None:
        self.bob.types("/join #a")
        self.bob.hears()
        self.ann.types("/join #a")
        self.cat.types("/join #a")
        self.told(self.ann, "/ignore client2")
        self.bob.types("/kick #a client3 spam", "/kick #a client1 spam")
        heard = self.ann.hears()
        self.assertIn("server: client2 has kicked client3 out of #a (act 1).", heard)
        self.assertIn("You were kicked out of #a", " ".join(heard))
        self.assertNotIn("spam", " ".join(heard))

    def test_nor_what_they_have_said(self) -> None:
        self.bob.types("/join #a", *[f"noise {n}" for n in range(30)])
        self.cat.types("/join #a", "/say #a one", "/say #a noise", *["/bc all"] * 2)
        self.told(self.ann, "/ignore client2")
        heard = self.told(self.ann, "/join #a")
        self.assertEqual(["noise" in line for line in heard[2:4]], [False, True])
        self.assertNotIn("client2:", "".join(heard))
        for line, number in (("/history #a 2", 2), ("/search noise", 1), ("/history #a", 2)):
            heard = self.told(self.ann, line)
            self.assertEqual(len(heard), number, heard)
            self.assertNotIn("client2:", "".join(heard))
        self.assertEqual(
            self.told(self.ann, "/search noise by client2"), ["server: Nothing like that was said."]
        )
        self.told(self.ann, "/unignore client2")
        self.assertEqual(len(self.told(self.ann, "/search noise by client2")), 20)

    def test_by_programs_too(self) -> None:
        dan = self.server.joined_by("10.0.0.4", is_new=False)
        dan.types("/json", '{"do": "ignore", "username": "client2"}')
        dan.hears()
        self.bob.types("noise")
        self.cat.types("signal")
        self.assertIn("signal", "".join(told := dan.hears()))
        self.assertNotIn("noise", "".join(told))
        dan.types('{"do": "history"}')
        self.assertIn("signal", "".join(told := dan.hears()))
        self.assertNotIn("noise", "".join(told))

    def test_invitations_and_answers(self) -> None:
        self.bob.types("/join #a")
        self.told(self.ann, "/ignore client2")
        self.bob.types("/invite client1 #a", "/dm client1 hi")
        self.assertEqual(self.ann.hears(), [])
        self.assertIn("Nobody has", self.told(self.ann, "/reply hi")[0])

    def test_wrong(self) -> None:
        self.assertIn("yourself", self.told(self.ann, "/ignore client1")[0])
        self.assertIn("don't ignore", self.told(self.ann, "/unignore client2")[0])
        self.assertEqual(self.told(self.ann, "/ignore"), ["server: You ignore nobody."])
        self.assertIn("not connected", self.told(self.ann, "/ignore nobody")[0])

    def test_nobody_twice(self) -> None:
        self.told(self.ann, "/ignore client2")
        self.told(self.bob, "/nick rob")
        self.assertEqual(self.told(self.ann, "/ignore rob"), ["server: You ignore rob already."])
        self.assertEqual(self.told(self.ann, "/ignore"), ["server: You ignore rob."])
        self.assertEqual(
            self.told(self.ann, "/unignore rob"), ["server: You no longer ignore rob."]
        )
        self.assertEqual(self.told(self.ann, "/ignore"), ["server: You ignore nobody."])

    def test_bounded(self) -> None:
        others = [self.server.joined_by(f"10.1.0.{n}") for n in range(MOST_IGNORED + 1)]
        for person in others:
            self.ann.types(f"/ignore {person.name}")
        self.assertIn("which is the most", self.ann.hears()[-1])
        others[-1].types("heard")
        others[0].types("ignored")
        self.assertEqual(self.ann.hears(), [f"{others[-1].name}: heard"])

    def test_all_lists_together_are_bounded_and_each_can_have_a_few(self) -> None:
        self.patch(people, "ALLOWANCE", Allowance(10, 2, 20))
        self.patch(allowance, "ONE_IN", 2)
        self.patch(allowance, "ADDRESSES", 1)
        others = [self.server.joined_by(f"10.1.0.{n}") for n in range(20)]
        lengths = []
        for person in (self.ann, self.bob, self.cat, *others[:5]):
            person.types(*[f"/ignore {each.name}" for each in others])
            lengths.append(len(person.session.user.ignored))
        self.assertEqual(lengths[0], 7)  # of twenty, a half of those that were left
        self.assertEqual(sorted(lengths, reverse=True), lengths)
        self.assertEqual(lengths[-1], 2)

    def test_the_guests_from_one_address_have_a_share_of_them(self) -> None:
        self.patch(people, "ALLOWANCE", Allowance(10, 2, 100))
        self.patch(allowance, "ONE_IN", 2)
        others = [self.server.joined_by(f"10.1.0.{n}") for n in range(20)]
        lengths = []
        for host in ("10.2.0.1", "10.2.0.1", "10.2.0.2"):
            person = self.server.joined_by(host)
            person.types(*[f"/ignore {each.name}" for each in others])
            lengths.append(len(person.session.user.ignored))
        self.assertEqual(lengths, [5, 3, 5])  # of ten, as long as more are left there

    def test_a_guest_who_comes_again(self) -> None:
        self.told(self.bob, "/nick rob")
        self.told(self.ann, "/ignore rob")
        self.bob.drops()
        again = self.server.joined_by("10.0.0.2")
        again.types("noise", "/nick robber", "noise")
        self.assertNotIn("noise", "".join(self.ann.hears()))
        self.assertEqual(self.told(self.ann, "/ignore"), ["server: You ignore rob."])
        self.assertIn("no longer ignore", self.told(self.ann, "/unignore robber")[0])

    def test_a_guest_without_an_address_who_comes_again(self) -> None:
        one = self.server.joined_by(None)
        self.told(one, "/nick rob")
        self.told(self.ann, "/ignore rob")
        one.drops()
        again = self.server.joined_by(None)
        again.types("/nick rob", "noise", "/nick other", "/bc noise")
        other = self.server.joined_by(None)
        other.types("/bc signal")
        heard = "".join(self.ann.hears())
        self.assertIn("signal", heard)
        self.assertNotIn("rob: noise", heard)

    def test_not_oneself_by_the_name_of_a_neighbour(self) -> None:
        near = self.server.joined_by("10.0.0.1")
        self.told(near, "/nick rob")
        self.told(self.ann, "/ignore rob")
        near.types("/quit")
        self.told(self.ann, "/nick rob")
        self.assertEqual(self.told(self.ann, "hello"), ["rob: hello"])
        self.assertEqual(self.told(self.ann, "/ignore"), ["server: You ignore nobody."])

    def test_a_line_costs_the_same_whomever_one_ignores(self) -> None:
        ignored = Ignored()
        for number in range(MOST_IGNORED):
            ignored.add(Someone(f"n{number}", [f"key {number}"]))
        looked_up = 0

        class Key(str):
            __slots__ = ()

            def __hash__(self) -> int:
                nonlocal looked_up
                looked_up += 1
                return super().__hash__()

            def __eq__(self, other: object) -> bool:
                nonlocal looked_up
                looked_up += 1
                return super().__eq__(other)

        self.assertIsNone(ignored.find([Key("key x"), Key("key y")]))
        self.assertLess(looked_up, 10)


class IgnoreAccountTests(AccountTestCase):
    """Ann has an account, and so has Bob."""

    def begin(self, **options: Any) -> None:
        super().begin(**options)
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.hush()

    def asks(self, person: Person, *lines: str) -> list[str]:
        self.hush()
        return person.asks(*lines)

    def ignores(self, *names: str) -> None:
        told = f"server: You ignore {', '.join(names) or 'nobody'}."
        self.assertEqual(self.asks(self.ann, "/ignore"), [told])

    def is_ignored(self, person: Person) -> None:
        self.hush()
        person.types("/bc noise")
        self.cat.types("/bc signal")
        self.assertEqual(self.ann.hears(), [f"{self.cat.name}: signal"])

    def test_holds_over_logins_and_restarts(self) -> None:
        self.asks(self.ann, "/ignore bob", "/ignore client3")
        self.restart()
        self.bob.types(f"/login bob {PASSWORD}")
        self.cat.types("/nick cathy")
        self.asks(self.ann, f"/login ann {PASSWORD}")
        self.ignores("bob", "client3")
        self.is_ignored(self.bob)
        self.asks(self.ann, "/unignore bob")
        self.restart()
        self.asks(self.ann, f"/login ann {PASSWORD}")
        self.ignores("client3")

    def test_what_was_said_before_a_restart(self) -> None:
        self.asks(self.cat, "/nick cathy", "noise of a guest")
        self.asks(self.bob, "noise")
        self.asks(self.ann, "/ignore bob", "/ignore cathy", "signal")
        self.restart()
        heard = self.asks(self.ann, f"/login ann {PASSWORD}", "/history", "/search noise")
        self.assertIn("signal", "".join(heard))
        self.assertNotIn("noise", "".join(heard))

    def test_what_an_account_said_is_known_by_that_whoever_has_its_name_now(self) -> None:
        self.asks(self.bob, "noise")
        self.asks(self.ann, "/ignore bob")
        self.asks(self.bob, f"/unregister {PASSWORD}", "/quit")
        self.asks(self.cat, "/nick bob", "signal")
        heard = "".join(self.asks(self.ann, "/history", "/search noise"))
        self.assertIn("bob: signal", heard)
        self.assertNotIn("bob: noise", heard)

    def test_holds_who_is_not_here(self) -> None:
        self.asks(self.bob, "/quit")
        self.asks(self.ann, "/ignore BOB")
        self.ignores("bob")
        again = self.comes("10.0.0.8", "bob")
        self.is_ignored(again)

    def test_holds_who_logs_out_and_in(self) -> None:
        self.asks(self.ann, "/ignore bob")
        self.asks(self.bob, "/logout")
        self.is_ignored(self.bob)
        self.ignores("bob")
        self.asks(self.bob, "/nick other")
        self.is_ignored(self.bob)
        self.asks(self.bob, f"/login bob {PASSWORD}")
        self.is_ignored(self.bob)
        self.ignores("bob")

    def test_nothing_is_said_before_all_lists_are_changed_in_their_turns(self) -> None:
        self.patch(logins, "LISTS_AT_ONCE", 1)
        others = [self.server.joined_by(f"10.1.0.{n}") for n in range(5)]
        for each in (self.ann, *others):
            self.asks(each, "/ignore bob")
        self.hush()
        self.bob.types("/logout", "noise", f"/login bob {PASSWORD}", "noise", "/logout", "noise")
        self.server.clock.pump([TURN_EVERY] * 100)
        self.assertEqual("".join(self.cat.hears()).count(": noise"), 3)
        for each in (self.ann, *others):
            self.assertNotIn("noise", "".join(each.hears()))
            self.assertEqual(self.asks(each, "/ignore"), ["server: You ignore bob."])
        self.assertFalse(self.server.chat.delivery.holding.shut)

    def test_nobody_ignores_themselves_however_many_lists_there_are(self) -> None:
        self.patch(logins, "LISTS_AT_ONCE", 1)
        guest = self.server.joined_by("10.0.0.7")
        others = [self.server.joined_by(f"10.1.0.{n}") for n in range(5)]
        for each in (*others, self.bob):
            self.asks(each, f"/ignore {guest.name}")
        guest.types(f"/login bob {PASSWORD}")
        self.server.clock.pump([TURN_EVERY] * 100)
        self.assertIn("server: You are bob.", guest.hears())
        self.assertEqual(self.asks(guest, "/ignore"), ["server: You ignore nobody."])

    def test_who_logs_in_lets_nobody_speak_who_is_about_to_be_logged_out(self) -> None:
        self.patch(logins, "LOGGED_OUT_AT_ONCE", 1)
        others = [self.server.joined_by(f"10.1.0.{n}") for n in range(9)]
        for each in others:
            self.asks(each, f"/login bob {PASSWORD}")
        self.hush()
        new = f"another-{PASSWORD}"
        self.cat.types(f"/passwd nobody {new}")
        self.bob.types(f"/passwd {PASSWORD} {new}")
        self.cat.types(f"/login bob {new}")
        *_, last = others
        last.types("hello")
        self.server.clock.pump([TURN_EVERY] * 100)
        self.assertEqual(self.cat.session.user.name, "bob")
        self.assertIn(f"{last.name}: hello", self.ann.hears())
        self.assertFalse(self.server.chat.delivery.holding.shut)

    def test_is_lifted_by_the_name_of_an_account_that_is_not_here(self) -> None:
        self.asks(self.ann, "/ignore bob")
        self.asks(self.bob, "/logout", "/quit")
        self.assertEqual(
            self.asks(self.ann, "/unignore bob"), ["server: You no longer ignore bob."]
        )
        self.ignores()

    def test_holds_who_unregisters(self) -> None:
        self.asks(self.ann, "/ignore bob")
        self.asks(self.bob, f"/unregister {PASSWORD}")
        self.is_ignored(self.bob)
        self.ignores(self.bob.name)

    def test_holds_a_guest_who_logs_in(self) -> None:
        guest = self.server.joined_by("10.0.0.7")
        self.asks(self.ann, f"/ignore {guest.name}")
        self.asks(guest, f"/login bob {PASSWORD}")  # who is here: the guest is no more
        self.ignores("bob")
        self.is_ignored(self.bob)
        self.asks(self.ann, "/unignore bob", "/ignore client3")
        self.asks(self.cat, "/nick cathy", f"/register {PASSWORD}")
        self.ignores("cathy")
        self.asks(self.cat, "/quit")
        self.restart()
        self.asks(self.ann, f"/login ann {PASSWORD}")
        again = self.comes("10.0.0.8", "cathy")
        self.is_ignored(again)

    def test_two_who_turn_out_to_be_one(self) -> None:
        guest = self.server.joined_by("10.0.0.7")
        self.asks(self.ann, f"/ignore {guest.name}", "/ignore bob")
        self.asks(guest, f"/login bob {PASSWORD}")
        self.ignores("bob")

    def test_what_a_guest_ignores_goes_to_the_account_but_not_the_account(self) -> None:
        guest = self.server.joined_by("10.0.0.7")
        self.asks(guest, "/ignore ann", "/ignore client3")
        self.asks(guest, f"/login ann {PASSWORD}")
        self.ignores("client3")
        self.assertIn("ann: hello", self.asks(guest, "/bc hello"))

    def test_goes_with_who_logs_out(self) -> None:
        self.asks(self.ann, "/ignore bob")
        self.asks(self.ann, "/logout")
        self.is_ignored(self.bob)
        self.asks(self.ann, "/unignore bob", f"/login ann {PASSWORD}")
        self.ignores("bob")

    def test_what_waited(self) -> None:
        self.asks(self.ann, "/ignore bob", "/quit")
        self.asks(self.bob, "/dm ann noise")
        self.asks(self.cat, "/nick cathy", f"/register {PASSWORD}", "/dm ann signal")
        heard = "".join(self.comes().hears())
        self.assertIn("signal", heard)
        self.assertNotIn("noise", heard)

    def test_addresses_and_other_names_are_not_kept(self) -> None:
        self.asks(self.cat, "/nick cathy")
        self.asks(self.ann, "/ignore cathy")
        record = self.server.records()["account/ann"]
        self.assertIn("cathy", record)
        self.assertNotIn("10.0.0.3", record)

    def test_the_fullest_list_fits_into_a_record(self) -> None:
        user = self.ann.session.user
        for number in range(MOST_IGNORED):
            keys = [f"{number:04}{key:012}" for key in range(2 * MOST_KEYS)]
            user.ignore(Someone("\U00020000" * 32, keys))
        account = user.account
        assert account is not None
        self.assertLess(len(account.record.encode()), VALUE_BYTES / 1.5)
