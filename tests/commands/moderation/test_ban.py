"""/ban and /unban: of accounts, guests, addresses and networks."""

from __future__ import annotations

import time
from typing import Any

from chatsvc.chat.moderation import acts, moderation
from chatsvc.chat.moderation.telling import Telling
from chatsvc.clock import TURN_EVERY
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from tests.commands.moderation.order import ModerationTestCase
from tests.commands.test_accounts import PASSWORD


class BanTests(ModerationTestCase):
    def test_of_an_account_for_a_time(self) -> None:
        self.register(self.bob, "bobby")
        until = self.clock(7200)
        self.ann.types("/ban bobby for 2h spam")
        told = f'server: ann has banned bobby from #ops for 2h, until {until} (act 1): "spam"'
        self.assertEqual(self.cat.hears(), [told])
        reason = (
            f"server: You are banned from #ops for 120m more, until {until}, by ann (act 1):"
            ' "spam". If that is wrong, /dm ann.'
        )
        self.assertEqual(self.bob.hears(), [told, reason])
        self.assertEqual(self.asks(self.bob, "/join #ops"), [reason])
        self.assertEqual(self.asks(self.bob, "/logout", "/join #ops")[-1], reason)
        self.server.clock.advance(7200)
        self.assertIn("You are in #ops", self.asks(self.bob, "/join #ops")[0])

    def test_of_a_guest_hits_the_address(self) -> None:
        self.asks(self.ann, "/ban client2")
        self.bob.types("/quit")
        again = self.server.joined_by("10.0.0.2")
        again.types("/nick robert", f"/register {PASSWORD}", "/join #ops")
        self.assertRegex(again.hears()[-1], "You are banned from #ops until that is undone, by ann")
        elsewhere = self.server.joined_by("10.0.0.4")
        elsewhere.types("/join #ops")
        self.assertIn("You are in #ops", elsewhere.hears()[-1])

    def test_of_a_guest_who_comes_through_this_machine(self) -> None:
        guest = self.server.joined_by("::1")
        told = self.asks(self.root, f"/ban server {guest.name}")
        self.assertIn("only that guest is banned", told[-1])
        self.assertIn("Welcome", self.server.joined_by("::1").hears()[0])

    def test_of_a_guest_whose_address_is_ones_own(self) -> None:
        near = self.server.joined_by("10.0.0.1")
        near.types("/join #ops")
        name = near.name
        self.assertEqual(
            self.asks(self.ann, f"/ban {name}")[-1],
            f"server: {name} is a guest whose address stands for others, too: only that guest is"
            " banned, and can come again as another.",
        )
        near.hears()
        near.types("/nick nearby", "/join #ops")
        self.assertIn("You are banned", near.hears()[-1])
        self.assertTrue(self.ann.session.user in self.server.chat.rooms["#ops"].occupants)

    def test_of_oneself(self) -> None:
        for line in ("/ban ann", "/ban account ANN", "/ban 10.0.0.1", "/ban address 10.0.0.0/8"):
            self.assertEqual(
                self.asks(self.ann, line),
                ["server: You cannot ban yourself, and that would hit you."],
            )

    def test_of_this_machine_by_its_other_addresses(self) -> None:
        """Who comes through it is not hit, nor is a guest who does by the address."""
        own = ["10.0.0.77", "2001:db8::77", "127.0.0.1"]
        self.begin(own_addresses=lambda: own)
        for what in ("10.0.0.77", "10.0.0.76/30", "2001:db8::1", "2001:db8::/32"):
            told = self.asks(self.root, f"/ban server {what}")
            self.assertIn("holds this machine: that would hit everybody who comes", told[0])
        through = self.server.joined_by("10.0.0.77")
        self.asks(self.root, f"/ban server {through.name}")
        self.assertTrue(through.is_closed())
        self.assertFalse(self.server.joined_by("10.0.0.77").is_closed())
        self.asks(self.root, "/ban server 10.0.0.80/30")
        self.assertTrue(self.server.joined_by("10.0.0.81").is_closed())

    def test_of_a_network(self) -> None:
        self.asks(self.ann, "/op client3")
        for host in ("10.1.0.4", "10.1.0.5", "10.2.0.4"):
            person = self.server.joined_by(host)
            person.types("/join #ops")
            person.hears()
        self.assertEqual(
            self.asks(self.ann, "/ban? 10.1.0.0/16"),
            ["server: Only operators can see addresses."],
        )
        self.assertEqual(
            self.asks(self.root, "/ban? #ops 10.1.0.0/16"),
            ["server: 2 users are hit by that in #ops: client5, client6"],
        )
        at = time.localtime(self.server.clock.seconds() + 86400)
        until = time.strftime("%Y-%m-%d %H:%M", at)
        self.assertEqual(
            self.asks(self.ann, "/ban address 10.1.0.0/16 for 1d flood"),
            [
                f'server: ann has banned client5 from #ops for 1d, until {until} (act 2): "flood"',
                f'server: ann has banned client6 from #ops for 1d, until {until} (act 2): "flood"',
                f"server: 10.1.0.0/16 is banned from #ops for 1d, until {until} (act 2).",
            ],
        )
        late = self.server.joined_by("10.1.9.9")
        late.types("/join #ops")
        self.assertIn("You are banned from #ops", late.hears()[-1])
        self.assertEqual(
            self.asks(self.cat, "/undo 2"),
            ["server: client3 has lifted the ban of an address from #ops (act 2)."],
        )
        late.types("/join #ops")
        self.assertIn("You are in #ops", late.hears()[-1])

    def test_of_an_address_does_not_hit_those_above(self) -> None:
        self.asks(self.ann, "/op client3")
        self.asks(self.cat, "/ban 10.0.0.1")
        self.asks(self.ann, "/part #ops")
        self.assertIn("You are in #ops", self.asks(self.ann, "/join #ops")[0])

    def test_who_is_not_here(self) -> None:
        self.register(self.bob, "bobby")
        self.bob.types("/quit")
        self.assertEqual(
            self.asks(self.ann, "/ban bobby"),
            ["server: ann has banned bobby from #ops until that is undone (act 1)."],
        )
        self.assertEqual(
            self.asks(self.ann, "/ban bobby"),
            ["server: bobby is banned already (act 1), until that is undone."],
        )
        self.assertIn(
            "nobody has an account", self.asks(self.ann, "/ban b\N{CYRILLIC SMALL LETTER O}bby")[0]
        )

    def test_logging_in_does_not_help(self) -> None:
        self.register(self.bob, "bobby")
        self.asks(self.ann, "/ban account bobby")
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/join #ops")
        dan.hears()
        self.hush()
        dan.types(f"/login bobby {PASSWORD}", "hello?")
        self.assertIn(
            "server: ann has banned bobby from #ops until that is undone (act 1).", self.cat.hears()
        )
        self.assertNotIn("#ops bobby: hello?", self.ann.hears())
        for person in (self.bob, dan):
            person.hears()
        self.ann.types("/say #ops secret")
        self.assertEqual(dan.hears(), [])
        self.assertEqual(self.bob.hears(), [])

    def test_several_sessions_are_hit_together(self) -> None:
        self.register(self.bob, "bobby")
        again = self.comes("10.0.0.9", "bobby")
        again.types("/say #ops here")
        again.hears()
        self.asks(self.ann, "/ban bobby")
        for person in (self.bob, again):
            self.assertIn("You are banned from #ops", person.hears()[-1])
        self.ann.types("secret")
        for person in (self.bob, again):
            self.assertEqual(person.hears(), [])

    def test_joining_and_logging_out_in_one_go(self) -> None:
        again = self.comes()
        again.hears()
        again.types("/join #den", "/logout")
        self.assertIn("not logged in any more.", again.hears()[-1])
        self.ann.types("/say #den secret")
        self.assertIn("#den ann: secret", self.ann.hears())
        self.assertEqual(again.hears(), [])

    def test_who_was_in_the_room_does_not_come_back_into_it(self) -> None:
        self.register(self.bob, "bobby")
        self.bob.types("/quit")
        self.bob.drops()
        self.asks(self.ann, "/ban bobby")
        back = self.comes("10.0.0.2", "bobby")
        self.assertIn("server: You are bobby.", back.hears())
        self.assertNotIn(back.session.user, self.server.chat.rooms["#ops"].occupants)

    def test_unban(self) -> None:
        self.register(self.bob, "bobby")
        for line, words in (
            ("/ban bobby", "bobby"),
            ("/ban bobby", "account bobby"),
            ("/ban client3", "client3"),
            ("/ban client3", "10.0.0.3"),
            ("/ban address 10.9.0.0/16", "address 10.9.0.0/16"),
            ("/ban address 10.9.0.0/16", "10.9.0.0/16"),
        ):
            self.asks(self.ann, line)
            [told] = self.asks(self.ann, f"/unban {words}")
            self.assertIn("server: ann has lifted the ban of ", told)
        self.assertEqual(self.asks(self.ann, "/bans"), ["server: Nobody is banned from #ops."])
        self.assertIn("You are in #ops", self.asks(self.bob, "/join #ops")[0])
        self.asks(self.ann, "/ban bobby")
        self.ann.types("/unban bobby")
        self.assertEqual(
            self.bob.hears()[-1], "server: ann has undone act 7, by which you were banned."
        )

    def test_whom_an_unban_concerns_is_found_in_several_turns(self) -> None:
        self.register(self.bob, "bobby")
        self.patch(moderation, "AT_ONCE", 2)
        looked = [0]
        hits = Telling.hits_elsewhere

        def counted(telling: Telling, *what: Any) -> bool:
            looked[-1] += 1
            return hits(telling, *what)

        self.patch(Telling, "hits_elsewhere", counted)
        for number in range(5, 15):
            self.server.joined_by(f"10.0.0.{number}")
        self.asks(self.ann, "/ban bobby")
        self.bob.hears()
        self.ann.types("/unban bobby")
        for _ in range(20):
            looked.append(0)
            self.server.clock.advance(TURN_EVERY)
        self.assertLessEqual(max(looked), 4)  # two pieces
        self.assertGreater(sum(looked), 10)
        self.assertEqual(
            self.bob.hears(), ["server: ann has undone act 1, by which you were banned."]
        )

    def test_bans_and_a_bound(self) -> None:
        self.patch(acts, "MOST_IN_FORCE", 2)
        self.asks(self.ann, "/ban client2 for 1h spam", "/mute client3")
        self.assertEqual(
            self.asks(self.ann, "/ban 10.9.9.9"),
            ["server: 2 acts are in force there, which is the most. /undo some first."],
        )
        now, hour, mute = self.clock(0), self.clock(3600), self.clock(600)
        self.assertEqual(
            self.asks(self.ann, "/bans"),
            [
                f'server: [1 {now}] ann banned client2 for 1h: "spam"; ends at {hour}',
                f"server: [2 {now}] ann muted client3 for 10m; ends at {mute}",
            ],
        )

    def test_a_store_that_fails(self) -> None:
        class Failing(MemoryStore):
            async def put(self, name: str, value: str | None, version: int) -> None:
                if name.startswith("act/"):
                    raise StoreError("the disk is full")
                await super().put(name, value, version)

        self.begin(store=Failing(1000, 10**6))
        told = ["server: That cannot be done now, as the disk is full."]
        for line in ("/ban client2", "/kick client2", "/mute client2", "/op client2"):
            self.assertEqual(self.asks(self.ann, line), told)
            self.assertEqual(self.cat.hears(), [])
        self.assertEqual(self.asks(self.bob, "hello"), ["#ops client2: hello"])
