"""What two accounts say to each other alone is kept: for them, and for nobody else."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.chat.direct import inboxes
from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.store import StoreError
from tests.chat.history.test_archive import Lasting
from tests.chat.identity.restarting import OWN, CorrespondentTestCase
from tests.commands.test_accounts import PASSWORD, AccountTestCase
from tests.commands.test_history import texts
from tests.doors.resume.program import lines
from tests.harness import Person

NOTHING = "have not written to each other"


class ConversationTestCase(AccountTestCase):
    """Ann and Bob have accounts; Cat has none, and Olga is an operator."""

    def begin(self, **options: Any) -> None:
        self.store = options.setdefault("store", Lasting())
        super().begin(operators=frozenset(["olga"]), **options)
        self.bob.types("/nick bob", f"/register {PASSWORD}")
        self.hush()

    def said(self) -> list[str]:
        """What the store holds that was said to one person only."""
        return [each.text for each in self.store._said if each.room[:1] == "@"]


class HistoryTests(ConversationTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann.types("/dm bob one", "/dm bob two")
        self.hush()
        self.bob.types("/reply three", "/dm ann four")
        self.hush()

    def test_both_find_it_again_over_a_restart(self) -> None:
        told = ["ann: one", "ann: two", "bob: three", "bob: four"]
        for _ in range(2):
            self.assertEqual(texts(self.ann.asks("/history @bob")), told)
            self.assertEqual(texts(self.bob.asks("/history @ANN 2")), told[2:])
            self.assertEqual(texts(self.bob.asks("/search two in @ann")), told[1:2])
            self.assertEqual(texts(self.ann.asks("/search t*")), told[1:3])
            self.restart()
            self.ann.asks(f"/login ann {PASSWORD}")
            self.bob.asks(f"/login bob {PASSWORD}")

    def test_nobody_else_does_not_even_an_operator(self) -> None:
        olga = self.server.joined_by("127.0.0.1")
        self.patch(type(olga.session.connection), "is_local", True)
        olga.asks("/nick olga", f"/register {PASSWORD}")
        ids = [str(each.id) for each in self.store._said if each.room[:1] == "@"]
        for person in (olga, self.cat):
            heard = person.asks(
                *("/history @bob", "/history @ann", "/search one", "/search two in @ann"),
                *[f"/history around {each}" for each in ids],
                *[f"/redact {each} rude" for each in ids],
                *[f"/history @ann around {each}" for each in ids],
            )
            for each in ("one", "two", "three", "four"):
                self.assertNotIn(f": {each}", "".join(heard))
        self.assertEqual(self.said(), ["one", "two", "three", "four"])

    def test_around_and_since(self) -> None:
        [line] = self.ann.asks("/history @bob 1")
        number = line.partition(" ")[0].removeprefix("[")
        self.assertEqual(len(self.ann.asks(f"/history @bob around {number}")), 4)
        self.server.clock.advance(7200)
        self.bob.asks("/dm ann late")
        self.assertEqual(texts(self.ann.asks("/history @bob since 1h")), ["bob: late"])

    def test_a_new_owner_of_a_name_sees_nothing(self) -> None:
        self.bob.asks(f"/unregister {PASSWORD}", "/quit")
        self.cat.asks("/nick bob", f"/register {PASSWORD}")
        self.assertIn(NOTHING, self.cat.asks("/history @ann")[0])
        self.assertIn("Nothing like that", self.cat.asks("/search one")[0])
        self.assertEqual(texts(self.ann.asks("/history @bob")), ["ann: one", "ann: two"])
        self.cat.asks("/dm ann hello from another")
        told = ["bob: hello from another"]
        self.assertEqual(texts(self.ann.asks("/history @bob")), told)
        self.assertEqual(texts(self.cat.asks("/history @ann")), told)

    def test_a_name_that_nobody_has_any_more_is_found_in_any_spelling(self) -> None:
        self.cat.asks("/nick Jos\u00e9", f"/register {PASSWORD}", "/dm ann hola")
        self.ann.asks("/dm jos\u00e9 hello")
        self.cat.asks(f"/unregister {PASSWORD}")
        for spelling in ("JOS\u00c9", "Jose\u0301"):
            told = texts(self.ann.asks(f"/history @{spelling}"))
            self.assertEqual(told, ["ann: hello"], ascii(spelling))

    def test_what_one_has_said_goes_with_the_account_and_the_others_words_stay_theirs(self) -> None:
        self.ann.asks("/forget")
        self.assertIn(NOTHING, self.ann.asks("/history @bob")[0])
        self.assertEqual(texts(self.bob.asks("/history @ann")), ["bob: three", "bob: four"])
        self.assertEqual(self.said(), ["three", "four"])
        self.ann.asks("/dm bob again")
        self.assertEqual(texts(self.ann.asks("/history @bob")), ["ann: again"])
        self.bob.asks(f"/unregister {PASSWORD}")
        self.assertEqual(self.said(), ["again"])
        self.ann.asks(f"/unregister {PASSWORD}")
        self.assertEqual(self.said(), [])
        self.assertFalse([name for name in self.store._records if name.startswith("direct/")])

    def test_what_waits_goes_with_whoever_said_it(self) -> None:
        self.bob.asks("/quit")
        self.ann.asks("/dm bob I regret this", f"/unregister {PASSWORD}")
        self.assertNotIn("regret", "".join(self.comes("10.0.0.8", "bob").hears()))

    def test_for_as_long_as_all_else(self) -> None:
        self.begin(keep=3600.0)
        self.ann.asks("/dm bob old")
        self.server.clock.advance(3000)
        self.ann.asks("/dm bob new")
        self.server.clock.advance(1000)
        self.server.clock.pump([TIDY_EVERY] * 2)
        self.assertEqual(texts(self.bob.asks("/history @ann")), ["ann: new"])

    def test_what_an_ignored_person_said(self) -> None:
        self.ann.asks("/ignore bob")
        self.assertEqual(texts(self.ann.asks("/history @bob")), ["ann: one", "ann: two"])

    def test_those_of_guests_are_not_kept(self) -> None:
        self.cat.asks("/dm ann psst")
        self.ann.asks("/dm client3 psst", "/dm ann a note")
        self.assertNotIn("psst", self.said())
        self.assertIn("of guests are not kept", self.cat.asks("/history @ann")[0])
        self.assertIn(NOTHING, self.ann.asks("/history @client3")[0])

    def test_a_guest_is_not_told_what_is_said_to_the_account_after_the_logout(self) -> None:
        again = self.comes()
        again.hears()
        self.ann.asks("/logout")
        self.bob.asks("/dm ann for the account only")
        self.assertNotIn("only", "".join(self.ann.hears()))
        self.assertIn("bob: for the account only", again.hears())
        again.types("/logout")
        again.hears()
        self.bob.asks("/dm ann a secret")
        for person in (self.ann, again):
            self.assertNotIn("secret", "".join(person.hears()))

    def test_where_it_is_typed(self) -> None:
        told = self.types_to_bob("/history 1")[-1]
        self.assertEqual((told["event"], told["text"]), ("direct", "four"))
        self.assertEqual((told["account"], told["to"], told["recalled"]), ("bob", "ann", True))

    def test_acts(self) -> None:
        self.types_to_bob("/me waves")
        self.bob.types("/quit")
        self.hush()
        self.types_to_bob("/me waits")
        bob = self.comes("10.0.0.8", "bob")
        bob.hears()
        self.assertEqual(texts(bob.asks("/history @ann 2")), ["* ann waves", "* ann waits"])

    def types_to_bob(self, line: str) -> list[dict[str, Any]]:
        """What Ann is told, who types it where she speaks with Bob alone."""
        program = self.server.joined_by("10.0.0.7", is_new=False)
        login = {"do": "login", "name": "ann", "password": PASSWORD}
        program.sends(b"/json\n" + lines(login))
        program.hears()
        program.sends(lines({"do": "type", "line": line, "username": "bob"}))
        return [json.loads(each) for each in program.hears()]

    def test_a_store_that_fails(self) -> None:
        async def fails(*_: Any) -> None:
            raise StoreError("the disk is full")

        append, self.store.append = self.store.append, fails
        heard = self.ann.asks("/dm bob unheard")
        self.assertEqual(heard, ["server: Not said, as the disk is full: ann: unheard"])
        self.assertEqual(self.bob.hears(), [])
        self.store.append = append
        self.ann.asks("/dm bob heard")
        self.assertEqual(self.bob.hears(), ["ann: heard"])
        self.server.chat.pairs.clear(self.ann.session.user)
        self.assertEqual(len(self.server.chat.pairs), 0)


class OffTests(ConversationTestCase):
    def test_nothing_is_kept_that_was_read(self) -> None:
        self.ann.asks("/dm bob kept")
        self.bob.asks("/quit")
        self.ann.asks("/dm bob unread")
        self.begin_again(direct_history=False)
        self.assertEqual(self.said(), ["unread"])
        self.assertIn("unread", self.bob.hears()[-1])
        self.server.clock.pump([1.0] * 3)
        self.assertEqual(self.said(), [])
        self.ann.asks("/dm bob live")
        self.assertEqual(self.bob.hears(), ["ann: live"])
        self.assertEqual(self.said(), [])
        self.assertIn("are not kept on this", self.ann.asks("/history @bob")[0])
        self.assertIn("Nothing like", self.ann.asks("/search live")[0])

    def begin_again(self, **options: Any) -> None:
        self.options = self.options | options
        self.restart()
        self.server.clock.pump([0.1] * 20)
        self.ann.asks(f"/login ann {PASSWORD}")
        self.bob.types(f"/login bob {PASSWORD}")


class BoundsTests(ConversationTestCase):
    def others(self, name: str) -> list[str]:
        return [each.name for each in self.server.chat.inboxes.of(name).others.values()]

    def meet(self, number: int) -> Person:
        person = self.server.joined_by(f"10.0.1.{number}")
        person.asks(f"/nick dan{number}", f"/register {PASSWORD}", "/dm ann hello")
        return person

    def test_strangers_push_out_strangers(self) -> None:
        self.patch(inboxes, "MOST_OTHERS", 3)
        self.bob.asks("/dm ann hello")
        self.ann.asks("/dm bob hello")
        for number in range(5):
            self.meet(number)
        self.assertEqual(self.others("ann"), ["bob", "dan3", "dan4"])
        self.assertEqual(len(texts(self.ann.asks("/history @bob"))), 2)
        self.assertIn(NOTHING, self.ann.asks("/history @dan0")[0])

    def test_the_one_that_was_quiet_for_longest_goes_where_all_are_answered(self) -> None:
        self.patch(inboxes, "MOST_OTHERS", 2)
        self.bob.asks("/dm ann hello")
        self.ann.asks("/dm bob hello")
        for number in range(2):
            self.meet(number)
            self.ann.asks(f"/dm dan{number} hello")
        self.assertEqual(self.others("ann"), ["dan0", "dan1"])

    def test_what_waits_is_never_pushed_out(self) -> None:
        self.patch(inboxes, "MOST_OTHERS", 2)
        self.ann.asks("/quit")
        for number in range(4):
            self.meet(number)
        self.assertEqual("".join(self.comes().hears()).count("wrote to you only"), 4)

    def test_what_nobody_has_any_more_is_deleted(self) -> None:
        self.patch(inboxes, "MOST_OTHERS", 1)
        self.bob.asks("/dm ann one")
        dan = self.meet(1)
        self.assertEqual(self.said(), ["one", "hello"])
        self.bob.asks("/nick other", f"/unregister {PASSWORD}")
        self.assertEqual(self.said(), ["hello"])
        dan.asks(f"/unregister {PASSWORD}")
        self.assertEqual(self.said(), [])

    def test_the_fullest_inbox_fits_into_a_record(self) -> None:
        inbox = inboxes.Inbox("\U00020000" * 32)
        for number in range(inboxes.MOST_OTHERS):
            inbox.others[f"{number:016}"] = inboxes.Peer("\U00020000" * 32, False)
        for number in range(inboxes.MOST_UNREAD):
            inbox.unread[10**15 + number] = inboxes.Unread(1.79e9 + 0.123456, "0" * 16, 65536)
        self.assertLess(len(inbox.record.encode()), 64 * 1024 / 1.2)


class ResumingTests(CorrespondentTestCase):
    """Bob is a program with a token, an account, and a conversation with Rita."""

    def setUp(self) -> None:
        super().setUp()
        self.rita.asks("/dm bob first")
        self.told(self.bob)

    def directs(self, told: list[dict[str, Any]]) -> list[str]:
        told = [each for each in told if "recalled" not in each or "waited" in each]
        ids = [each["id"] for each in told if "id" in each]
        self.assertEqual(ids, sorted(set(ids)))
        return [each["text"] for each in told if each.get("event") == "direct"]

    def test_nothing_is_missed_or_doubled_over_a_crash(self) -> None:
        seen = self.seen
        self.rita.types("/dm bob second", "/bc meanwhile")
        self.asks({"do": "dm", "username": "rita", "text": "third", "nonce": "3"})
        self.seen = seen  # [It did not arrive.]
        self.crashes()
        self.rita.types("/dm bob fourth")
        self.rita.hears()
        told = self.comes_back({"do": "dm", "username": "rita", "text": "third", "nonce": "3"})
        self.assertEqual(self.resumed(told)["missing"], 0)
        self.assertEqual(self.directs(told), ["second", "third", "fourth"])
        self.assertEqual([each["text"] for each in told if each.get("waited")], ["fourth"])
        self.rita.types("/dm bob fifth")
        self.assertEqual(self.directs(self.told(self.bob)), ["fifth"])
        texts = [each.text for each in self.store._said if each.room[:1] == "@"]
        self.assertEqual(texts, ["first", "second", "third", "fourth", "fifth"])

    def test_what_waits_is_told_once_however_often_the_server_is_killed(self) -> None:
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        for number in range(3):
            self.rita.types(f"/dm bob {number}")
            self.rita.hears()
            self.crashes()
        told = self.comes_back()
        self.assertEqual(self.directs(told), ["0", "1", "2"])
        self.asks({"do": "ping", "seen": told[-1]["id"]})
        self.server.clock.pump([1.0] * 3)
        self.crashes()
        self.assertEqual(self.directs(self.comes_back()), [])

    def test_what_it_has_read_itself_waits_no_more(self) -> None:
        self.bob.drops()
        self.rita.types("/dm bob one", "/dm bob two")
        self.rita.hears()
        self.assertEqual(self.directs(self.comes_back()), ["one", "two"])
        for _ in range(3):
            self.crashes()
            self.assertEqual(self.directs(self.comes_back()), [])
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.assertEqual(self.directs(self.comes_back()), [])
        self.assertEqual(self.server.chat.inboxes.of("bob").unread, {})

    def test_what_it_has_not_read_itself_does(self) -> None:
        seen = self.seen
        self.bob.drops()
        self.rita.types("/dm bob one", "/dm bob two")
        self.rita.hears()
        one, _ = [each["id"] for each in self.comes_back() if each.get("waited")]
        self.crashes()
        self.seen = one
        self.assertEqual(self.directs(self.comes_back()), ["two"])
        self.crashes()
        phone = self.server.joined_by("10.0.0.9")
        phone.types(f"/login bob {PASSWORD}")
        self.assertIn("two", "".join(phone.hears()))
        self.assertLess(seen, one)

    def test_a_device_that_was_away_for_long_reads_on(self) -> None:
        seen, token = self.seen, self.token
        laptop = self.bob
        phone = self.server.joined_by("10.0.0.9", is_new=False)
        login = {"do": "login", "name": "bob", "password": PASSWORD}
        phone.sends(b"/json\n" + lines({"do": "resume", "token": OWN}, login))
        self.told(phone)
        laptop.drops()
        for number in range(700):
            self.rita.types(f"/dm bob {number}")
            self.server.clock.advance(0)
        self.told(phone)
        self.server.chat.pairs.clear(phone.session.user)
        self.crashes(history=10)
        self.seen = seen
        told = self.comes_back(token=token)
        for _ in range(20):
            told += self.told(self.bob)
        self.assertEqual(self.directs(told), [*map(str, range(700))])

    def test_memory_that_has_forgotten_reads_on_from_the_store(self) -> None:
        self.crashes(history=10)
        self.comes_back()
        self.bob.stalls()
        for number in range(50):
            self.rita.types(f"/dm bob {number}")
            self.server.clock.advance(0)
        self.bob.reads()
        told: list[dict[str, Any]] = []
        for _ in range(5):
            told += self.told(self.bob)
        self.assertEqual(self.directs(told), [*map(str, range(50))])
