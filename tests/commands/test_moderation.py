"""Keeping order, as those see it who do, whom it hits, and the others."""

from __future__ import annotations

import time
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.moderation import acts
from chatsvc.chat.moderation.standing import MOST_HELPERS
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.commands.moderation import MOST_SHOWN
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.text.lookalikes import skeleton
from tests.commands.test_accounts import PASSWORD, AccountTestCase
from tests.harness import Person


class ModerationTestCase(AccountTestCase):
    """Ann owns #ops by her account, in which Bob and Cat are; so has Root, the operator, one."""

    def begin(self, **options: Any) -> None:
        super().begin(**{"operators": frozenset({skeleton("rooty")}), **options})
        self.root = self.server.joined_by("127.0.0.1")
        self.root.types("/nick rooty", f"/register {PASSWORD}")
        self.meet("#ops")

    def meet(self, room: str) -> None:
        for person in (self.ann, self.bob, self.cat):
            person.types(f"/join {room}")
            person.hears()
        self.hush()

    def hush(self) -> None:
        for person in (self.ann, self.bob, self.cat, self.root):
            person.hears()

    def register(self, person: Person, name: str) -> None:
        person.types(f"/nick {name}", f"/register {PASSWORD}")
        self.hush()

    def asks(self, person: Person, *lines: str) -> list[str]:
        """What somebody hears of that; nothing of what was before."""
        self.hush()
        person.types(*lines)
        return person.hears()

    def restart(self) -> None:
        for person in (self.root,):
            person.types("/quit")
        super().restart()
        self.root = self.server.joined_by("127.0.0.1")
        self.root.types(f"/login rooty {PASSWORD}")
        self.hush()

    def clock(self, seconds: float) -> str:
        """The time of day so many seconds from now."""
        return time.strftime("%H:%M", time.localtime(self.server.clock.seconds() + seconds))


class KickTests(ModerationTestCase):
    def test_everybody_is_told_and_who_was_kicked_what_to_do(self) -> None:
        self.ann.types("/kick client2 spam, spam", "/join #ops")
        told = 'server: ann has kicked client2 out of #ops (act 1): "spam, spam"'
        self.assertEqual(self.cat.hears(), [told])
        self.assertIn(told, self.ann.hears())
        self.assertEqual(
            self.bob.hears(),
            [
                told,
                'server: You were kicked out of #ops, by ann (act 1): "spam, spam". You can /join'
                " #ops again. If that is wrong, /dm ann.",
            ],
        )
        self.assertEqual(
            self.asks(self.bob, "/join #ops"), ["server: You are in #ops. 2 others are in it."]
        )
        self.assertEqual(
            self.asks(self.ann, "/undo 1"), ["server: Act 1 is over: there is nothing to undo."]
        )

    def test_who_may_not(self) -> None:
        for line in ("/kick client1", "/ban ann", "/mute client3", "/log", "/bans", "/ban? ann"):
            self.assertEqual(
                self.asks(self.bob, line),
                ["server: That is for the owner and moderators of #ops only. Its owner is ann."],
            )
        self.assertEqual(
            self.asks(self.bob, "/op client3"),
            ["server: That is for the owner of #ops only. Its owner is ann."],
        )
        self.assertEqual(
            self.asks(self.bob, "/kick #lobby client3"),
            ["server: That is for the operators of this server only."],
        )

    def test_whom_nobody_can(self) -> None:
        self.asks(self.ann, "/op client2")
        self.assertEqual(
            self.asks(self.bob, "/kick ann"),
            ["server: ann is the owner of #ops, whom a moderator cannot kick."],
        )
        self.assertEqual(
            self.asks(self.ann, "/kick ann"),
            ["server: You cannot kick yourself, and that would hit you."],
        )
        self.root.types("/join #ops")
        self.assertEqual(
            self.asks(self.ann, "/kick rooty"),
            ["server: rooty is an operator, whom the owner cannot kick."],
        )
        self.assertEqual(
            self.asks(self.root, "/kick client2 so there")[0],
            'server: rooty has kicked client2 out of #ops (act 2): "so there"',
        )

    def test_a_guest_who_owns_a_room(self) -> None:
        self.bob.types("/join #den")
        self.cat.types("/join #den")
        self.asks(self.bob, "/op client3")
        for act in ("kick", "ban", "mute"):
            self.assertEqual(
                self.asks(self.cat, f"/{act} client2"),
                [f"server: client2 is the owner of #den, whom a moderator cannot {act}."],
            )
        self.assertIn(
            'by client3 (act 2): "out". You can /join #den again. If that is wrong, /dm client3'
            " or the owner, client2.",
            self.kicked_from_den(),
        )

    def kicked_from_den(self) -> str:
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/join #den")
        dan.hears()
        self.asks(self.cat, f"/kick {dan.name} out")
        return dan.hears()[-1]

    def test_who_leaves_meanwhile(self) -> None:
        class Slow(MemoryStore):
            waits: Deferred[None] = Deferred()

            async def put(self, name: str, value: str | None, version: int) -> None:
                if name.startswith("act/"):
                    await self.waits
                await super().put(name, value, version)

        self.begin(store=Slow(1000, 10**6))
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/join #den")
        self.meet("#den")
        dan.hears()
        self.ann.types("/kick #ops client2")
        dan.types("/op client2")
        self.cat.hears()
        self.bob.types("/quit")
        self.assertEqual(self.cat.hears(), ["server: client2 has quit."])
        Slow.waits.callback(None)
        self.assertEqual(
            self.cat.hears(), [f"server: {dan.name} has made client2 a moderator of #den (act 2)."]
        )
        again = self.server.joined_by("10.0.0.2")
        again.types("/join #den", "/kick client3")
        self.assertIn("That is for the owner and moderators", again.hears()[-1])

    def test_odd_input(self) -> None:
        long = "x" * 8000
        for line, told in (
            ("/kick", "missing. Write it like this: /kick [#room|server] username [reason]"),
            ("/kick #ops", "missing. Write it like this"),
            ("/kick #none client2", 'There is no room "#none". See /rooms.'),
            (f"/kick {long}", f'nobody has an account, as "{"x" * 40}".'),
            (f"/kick client2 {long}", "A reason has at most 200 characters."),
            ("/kick rooty", "rooty is not in #ops."),
            ("/kick сlient2", "Nobody is here"),  # the first letter is Cyrillic
            (f"/undo {long}", f'There is no act "{"x" * 40}" that you could undo. See /log.'),
            (f"/undo {'9' * 5000}", "There is no act"),
            ("/undo -1", "There is no act"),
            ("/undo ²", "There is no act"),
            (f"/log #{long}", "There is no room"),
            ("/ban account", "Which account?"),
            ("/ban address nonsense", '"nonsense" is no address'),
            (f"/ban address {long}", "is no address"),
            ("/ban 10.0.0.256", "is no address"),
            ("/ban 127.0.0.1", "127.0.0.1 is this machine"),
            ("/ban address ::/0", "::/0 holds this machine"),
            ("/ban account nobody", 'There is no account "nobody".'),
            ("/ban client2 for 2x", '"for 2x" begins with no time that can be understood.'),
            ("/ban client2 for 0h", '"for 0h" begins with no time'),
            ("/ban client2 for 10m for 2h", '"for 10m for 2h" begins with two times'),
            ("/mute client2 forever, for 2h", "begins with two times"),
            ("/kick client2 for 5m spam", "A kick does not last."),
            ("/kick client2 2 hours", "A kick does not last."),
            ("/mute address 10.0.0.2", "Whole addresses cannot be muted."),
            ("/moderated maybe", '"maybe" is not on or off.'),
            ("/moderated off", "#ops is not moderated."),
            ("/unban client2", "client2 is not banned from #ops."),
            ("/unmute client2", "client2 is not muted in #ops."),
            ("/deop client2", "client2 is no moderator of #ops."),
            ("/devoice client2", "client2 has been given no voice in #ops."),
        ):
            heard = self.asks(self.ann, line)
            self.assertEqual(len(heard), 1, line)
            self.assertIn(told, heard[0])
            self.assertLess(len(heard[0]), 250)
        self.assertEqual(self.asks(self.ann, "/log"), ["server: Nothing was done in #ops."])
        self.assertEqual(self.cat.hears(), [])

    def test_hidden_rooms_stay_hidden(self) -> None:
        self.asks(self.ann, "/privacy hidden")
        dan = self.server.joined_by("10.0.0.4")
        dan.hears()
        dan.types("/log #ops")
        self.assertEqual(dan.hears(), ['server: There is no room "#ops". See /rooms.'])
        self.assertEqual(self.asks(self.root, "/log #ops"), ["server: Nothing was done in #ops."])


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
            self.assertIn("holds this machine: that would hit whoever comes", told[0])
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


class MuteTests(ModerationTestCase):
    def test_for_a_time(self) -> None:
        until = self.clock(600)
        self.ann.types("/mute client2 too loud")
        until = self.clock(600)
        told = f'server: ann has muted client2 in #ops for 10m, until {until} (act 1): "too loud"'
        self.assertEqual(self.cat.hears(), [told])
        muted = (
            f"server: You are muted in #ops for {{}} more, until {until}, by ann (act 1):"
            ' "too loud". If that is wrong, /dm ann.'
        )
        self.assertEqual(self.bob.hears(), [told, muted.format("10m")])
        self.server.clock.advance(500)
        for line in ("hello", "/me waves", "/topic Bob speaks", "/say #ops hi"):
            [heard] = self.asks(self.bob, line)
            self.assertRegex(heard, muted.format(r"\d\ds").replace("(act 1)", r"\(act 1\)"))
        self.assertEqual(self.asks(self.cat, "hi"), ["#ops client3: hi"])
        self.assertEqual(self.asks(self.bob, "/bc hello"), ["client2: hello"])
        self.server.clock.advance(100)
        self.assertEqual(self.asks(self.bob, "hello"), ["#ops client2: hello"])
        self.server.clock.advance(TIDY_EVERY)
        self.assertFalse(self.server.chat.rooms["#ops"].is_restricted)

    def test_unmute(self) -> None:
        self.asks(self.ann, "/mute client2 for 1d")
        self.ann.types("/unmute client2")
        self.assertEqual(
            self.bob.hears()[-1], "server: ann has lifted the mute of client2 in #ops (act 1)."
        )
        self.assertEqual(self.asks(self.bob, "hello"), ["#ops client2: hello"])
        self.assertFalse(self.server.chat.rooms["#ops"].is_restricted)

    def test_logging_out_does_not_help(self) -> None:
        self.register(self.bob, "bobby")
        self.asks(self.ann, "/mute bobby")
        self.assertIn("You are muted", self.asks(self.bob, "/logout", "hello")[-1])

    def test_everywhere(self) -> None:
        until = self.clock(3600)
        self.root.types("/mute server client2 for 1h")
        told = f"server: rooty has muted client2 on the whole server for 1h, until {until} (act 1)."
        self.assertEqual(self.cat.hears(), [told])
        for line in ("/bc hello", "/say #ops hello"):
            [heard] = self.asks(self.bob, line)[-1:]
            self.assertRegex(heard, "^server: You are muted on this server for 60m more, until")
        self.bob.types("/dm rooty help")
        self.assertIn("client2: help", self.root.hears())
        self.ann.types("/dm client2 what is it?")
        self.bob.types("/dm ann nothing")
        self.assertIn("client2: nothing", self.ann.hears())
        self.asks(self.root, "/undo 1")
        self.assertEqual(self.asks(self.bob, "/bc hello"), ["client2: hello"])

    def test_everywhere_no_words_reach_anybody(self) -> None:
        self.asks(self.bob, "/join #own")
        self.asks(self.root, "/mute server client2 for 1h")
        for person in (self.ann, self.cat):
            person.hears()
        for line in (
            "/bc spam", "/me spam", "/say #ops spam", "/dm ann spam", "/nick spam", "/away spam",
            "/topic #own spam", "/invite ann #own", "/join #spam", "/kick #own cat spam",
            "/mute #own cat spam", "/ban #own cat spam", "/undo 1 spam",
        ):  # fmt: skip
            self.asks(self.bob, line)
        for person in (self.ann, self.cat):
            self.assertEqual(person.hears(), [])
        self.assertNotIn("spam", " ".join(self.asks(self.ann, "/rooms", "/whois client2")))


class RoleTests(ModerationTestCase):
    def test_op_of_a_guest_lasts_while_the_guest_is_here(self) -> None:
        self.ann.types("/op client2")
        told = "server: ann has made client2 a moderator of #ops (act 1)."
        self.assertEqual(self.cat.hears(), [told])
        self.assertEqual(
            self.bob.hears(),
            [
                told,
                "server: You are a moderator of #ops, by ann (act 1). You can /kick, /mute, /ban"
                " and /voice people there. See /help ban.",
            ],
        )
        self.assertIn("has kicked client3", self.asks(self.bob, "/kick client3")[0])
        self.assertEqual(
            self.asks(self.ann, "/op client2"),
            ["server: client2 is a moderator of #ops, whom the owner cannot op."],
        )
        self.bob.types("/quit")
        again = self.server.joined_by("10.0.0.2")
        self.assertEqual(again.name, "client2")
        again.types("/join #ops", "/kick client1")
        self.assertIn("That is for the owner and moderators", again.hears()[-1])

    def test_deop(self) -> None:
        self.asks(self.ann, "/op client2", "/op client3")
        self.assertIn("That is for the owner of #ops only", self.asks(self.bob, "/deop client3")[0])
        self.assertIn("That is for the owner of #ops only", self.asks(self.bob, "/deop ann")[0])
        self.assertIn("that you could undo", self.asks(self.root, "/undo 99")[0])
        self.assertIn("That is for the owner", self.asks(self.bob, "/undo 1")[0])
        self.assertEqual(
            self.asks(self.ann, "/deop client2 thanks"),
            [
                "server: ann has taken the role of a moderator of #ops from client2 (act 1):"
                ' "thanks"'
            ],
        )
        self.assertIn("That is for", self.asks(self.bob, "/kick client3")[0])

    def test_moderators_cannot_touch_each_other(self) -> None:
        self.asks(self.ann, "/op client2", "/op client3")
        for act in ("kick", "ban", "mute"):
            self.assertEqual(
                self.asks(self.bob, f"/{act} client3"),
                [f"server: client3 is a moderator of #ops, whom a moderator cannot {act}."],
            )

    def test_moderated(self) -> None:
        self.ann.types("/moderated on")
        told = "server: ann has made #ops moderated (act 1): only those with voice can speak there."
        self.assertEqual(self.bob.hears(), [told])
        refused = (
            "server: #ops is moderated, and you have no voice there."
            " Who can give it to you: ann, client3."
        )
        self.asks(self.ann, "/op client3", "/op rooty")
        for line in ("hello", "/me waves", "/topic Bob speaks"):
            self.assertEqual(self.asks(self.bob, line), [refused])
        self.assertEqual(self.asks(self.cat, "hi"), ["#ops client3: hi"])
        self.assertEqual(self.asks(self.ann, "hi"), ["#ops ann: hi"])
        self.assertEqual(
            self.asks(self.cat, "/voice client2"),
            ["server: client3 has given voice in #ops to client2 (act 3)."],
        )
        self.assertEqual(
            self.bob.hears()[-1], "server: You have voice in #ops, by client3 (act 3)."
        )
        self.assertEqual(self.asks(self.bob, "hello"), ["#ops client2: hello"])
        self.assertIn(
            "has taken voice in #ops from client2", self.asks(self.ann, "/devoice client2")[0]
        )
        self.assertEqual(self.asks(self.bob, "hello"), [refused])
        self.assertIn("is made moderated already", self.asks(self.ann, "/moderated on")[0])
        self.assertEqual(
            self.asks(self.ann, "/moderated off"),
            ["server: ann has let everybody speak in #ops again (act 1)."],
        )
        self.assertEqual(self.asks(self.bob, "hello"), ["#ops client2: hello"])

    def test_only_some_are_named_who_can_help(self) -> None:
        people = [self.server.joined_by(f"10.1.0.{number}") for number in range(MOST_HELPERS)]
        for person in people:
            person.types("/join #ops")
            person.hears()
            self.asks(self.ann, f"/op {person.name}")
        self.asks(self.ann, "/moderated on")
        names = ", ".join(["ann", *[person.name for person in people[:-1]]])
        self.assertIn(f"Who can give it to you: {names}.", self.asks(self.bob, "hello")[0])
        people[0].types("/nick helper")  # goes by another name than when it was done
        people[0].hears()
        self.assertNotIn(names, self.asks(self.bob, "hello")[0])

    def test_nobody_keeps_order_in_the_lobby_but_operators(self) -> None:
        self.assertIn(
            "Only operators of this server moderate", self.asks(self.root, "/op #lobby ann")[0]
        )
        self.asks(self.root, "/moderated #lobby on")
        self.assertEqual(
            self.asks(self.bob, "/bc hello"),
            [
                "server: #lobby is moderated, and you have no voice there."
                " Who can give it to you: an operator of this server."
            ],
        )
        self.asks(self.root, "/voice #lobby client2")
        self.assertEqual(self.asks(self.bob, "/bc hello"), ["client2: hello"])

    def test_operators_in_rooms_where_they_are_not(self) -> None:
        self.assertEqual(
            self.asks(self.root, "/mute #ops client2 for 1m"),
            [f"server: rooty has muted client2 in #ops for 1m, until {self.clock(60)} (act 1)."],
        )
        self.assertIn("That is for", self.asks(self.root, "/key #lobby x")[0])
        self.root.types("/join #ops")
        told = self.asks(self.root, "/key #ops word", "/key #ops word")
        changed = "server: rooty has changed #ops: it has a key now."
        self.assertEqual(told, [changed, "server: #ops has a key."])


class LogTests(ModerationTestCase):
    def test_all_of_it_is_shown_and_undone(self) -> None:
        self.asks(self.ann, "/op client3")
        self.asks(self.cat, "/mute client2 for 1h noise")
        now, hour = self.clock(0), self.clock(3600)
        mute = f'server: [2 {now}] client3 muted client2 for 1h: "noise"'
        self.assertEqual(
            self.asks(self.cat, "/log"),
            [
                f"server: [1 {now}] ann made a moderator of client3",
                f"{mute}; ends at {hour}",
            ],
        )
        self.assertEqual(
            self.asks(self.bob, "/undo 2"),
            ['server: There is no act "2" that you could undo. See /log.'],
        )
        self.assertEqual(
            self.asks(self.ann, "/undo 2 was not so loud"),
            ['server: ann has lifted the mute of client2 in #ops (act 2): "was not so loud"'],
        )
        self.assertEqual(
            self.asks(self.cat, "/log")[1], f'{mute}; undone by ann at {now}: "was not so loud"'
        )
        self.assertEqual(self.asks(self.cat, "/undo 2"), ["server: ann has undone act 2 already."])

    def test_whom_it_hits_does_not_undo_it(self) -> None:
        self.register(self.bob, "bobby")
        self.asks(self.ann, "/mute bobby")
        self.asks(self.ann, "/op bobby")
        self.assertEqual(
            self.asks(self.bob, "/undo 1"),
            ["server: Act 1 hits you: somebody else has to undo it."],
        )

    def test_a_moderator_does_not_undo_what_hits_another(self) -> None:
        self.register(self.bob, "bobby")
        self.asks(self.ann, "/mute bobby", "/op bobby", "/op client3")
        self.assertEqual(
            self.asks(self.cat, "/undo 1"),
            ["server: bobby is a moderator of #ops, whom a moderator cannot unmute."],
        )

    def test_is_bounded(self) -> None:
        for number in range(MOST_SHOWN + 5):
            self.asks(self.ann, f"/ban 10.9.9.{number}")
        heard = self.asks(self.ann, "/log #ops")
        self.assertEqual(len(heard), MOST_SHOWN)
        self.assertRegex(heard[-1], r"\[25 .* ann banned 10.9.9.24$")

    def test_rooms_that_are_no_more(self) -> None:
        self.asks(self.ann, "/ban client2")
        for person in (self.ann, self.cat):
            person.types("/part #ops")
        self.hush()
        self.assertIn("belongs to you", self.asks(self.bob, "/join #ops")[0])
        self.server.clock.advance(TIDY_EVERY)
        self.assertEqual(self.asks(self.bob, "/log"), ["server: Nothing was done in #ops."])


class ServerTests(ModerationTestCase):
    def test_ban_of_an_account(self) -> None:
        self.register(self.bob, "bobby")
        again = self.comes("10.0.0.9", "bobby")
        again.hears()
        until = self.clock(7200)
        self.root.types("/ban server bobby for 2h spam")
        self.assertEqual(
            self.cat.hears()[-1],
            "server: bobby was banned from this server by rooty for 2h,"
            f' until {until} (act 1): "spam"',
        )
        for person in (self.bob, again):
            self.assertRegex(
                person.hears()[-1],
                rf"server: You are banned from this server for 120m more, until {until}, by rooty"
                r' \(act 1\): "spam"\. If that is wrong, tell who runs this server\.',
            )
            self.assertTrue(person.is_closed())
        self.assertEqual(self.cat.hears(), [])
        dan = self.server.joined_by("10.0.0.4")
        dan.hears()
        dan.types(f"/login bobby {PASSWORD}")
        self.assertIn("You are banned from this server", dan.hears()[-1])
        self.assertIsNone(dan.session.user.account)
        self.server.clock.advance(7200)
        dan.types(f"/login bobby {PASSWORD}")
        self.assertIn("server: You are bobby.", dan.hears())

    def test_ban_of_an_account_that_just_logs_in(self) -> None:
        self.register(self.bob, "bobby")
        self.bob.types("/quit")
        self.asks(self.root, "/ban server bobby")
        self.patch(self.server.chat.standing, "check_account", lambda name: None)
        dan = self.comes("10.0.0.4", "bobby")
        self.assertIn("You are banned from this server", dan.hears()[-1])
        self.assertTrue(dan.is_closed())

    def test_ban_of_a_guest(self) -> None:
        self.root.types("/ban SERVER client2 spam")
        self.assertIn(
            "server: client2 was banned from this server by rooty until that is undone (act 1):"
            ' "spam"',
            self.ann.hears(),
        )
        self.assertTrue(self.bob.is_closed())
        again = self.server.joined_by("10.0.0.2")
        self.assertEqual(
            again.transport.value().decode(),
            "server: You are banned from this server until that is undone, by rooty (act 1):"
            ' "spam". If that is wrong, tell who runs this server.\n',
        )
        self.assertTrue(again.is_closed())
        self.assertIn(
            "from this server is lifted", self.asks(self.root, "/unban server client2")[0]
        )
        self.assertEqual(self.server.joined_by("10.0.0.2").name, "client2")

    def test_kick(self) -> None:
        self.root.types("/kick server client2")
        self.assertEqual(
            self.cat.hears(), ["server: client2 was kicked from this server by rooty (act 1)."]
        )
        self.assertIn("You can connect again.", self.bob.hears()[-1])
        self.assertTrue(self.bob.is_closed())
        self.assertEqual(self.server.joined_by("10.0.0.2").name, "client2")

    def test_of_a_network_closes_it_but_not_for_this_machine(self) -> None:
        self.assertIn(
            "server: 3 users are hit by that on this server: ann, client2, client3",
            self.asks(self.root, "/ban? server 0.0.0.0/0"),
        )
        self.register(self.bob, "bobby")
        self.asks(self.root, "/ban server 10.0.0.0/8")
        for person in (self.ann, self.bob, self.cat):
            self.assertTrue(person.is_closed())
        self.assertTrue(self.server.joined_by("10.9.9.9").is_closed())
        self.assertFalse(self.server.joined_by("127.0.0.1").is_closed())

    def test_operators_do_not_hit_each_other_nor_themselves(self) -> None:
        self.begin(operators=frozenset({skeleton("rooty"), skeleton("rootz")}))
        other = self.server.joined_by("127.0.0.1")
        other.types("/nick rootz", f"/register {PASSWORD}")
        other.hears()
        for act in ("ban", "kick", "mute"):
            self.assertEqual(
                self.asks(self.root, f"/{act} server rootz"),
                [f"server: rootz is an operator, whom an operator cannot {act}."],
            )
        self.assertIn("would hit you", self.asks(self.root, "/kick server rooty")[0])


class RestartTests(ModerationTestCase):
    def begin(self, **options: Any) -> None:
        super().begin(**options)
        self.register(self.bob, "bobby")
        self.register(self.cat, "cathy")
        self.asks(self.ann, "/persist")

    def log_in(self, person: Person, name: str) -> None:
        person.types(f"/login {name} {PASSWORD}")
        person.hears()

    def test_bans_mutes_roles_and_undo(self) -> None:
        self.asks(self.ann, "/op cathy", "/ban bobby for 2h", "/mute client9", "/moderated on")
        self.asks(self.ann, "/ban 10.8.0.0/16", "/undo 4")
        self.restart()
        self.log_in(self.bob, "bobby")
        self.log_in(self.cat, "cathy")
        self.assertIn("You are banned from #ops", self.asks(self.bob, "/join #ops")[0])
        self.asks(self.cat, "/join #ops")
        self.assertEqual(len(self.asks(self.cat, "/log")), 4)
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/join #ops", "hello")
        self.assertIn("#ops is moderated", dan.hears()[-1])
        self.assertIn("has kicked", self.asks(self.cat, f"/kick {dan.name}")[0])
        self.server.clock.advance(7200)
        self.assertIn("You are in #ops", self.asks(self.bob, "/join #ops")[0])

    def test_the_owner_has_the_room_again(self) -> None:
        self.restart()
        self.log_in(self.bob, "bobby")
        self.assertEqual(
            self.asks(self.bob, "/join #ops", "/key x")[1:],
            ["server: That is for the owner of #ops only, who is ann."],
        )
        self.log_in(self.ann, "ann")
        self.ann.types("/join #ops")
        self.assertIn("it has a key now", self.asks(self.ann, "/key word")[0])
        self.asks(self.ann, "/privacy invite-only", "/part #ops")
        self.assertIn("which belongs to you", self.asks(self.ann, "/join #ops")[0])

    def test_who_registers_later_has_it_too(self) -> None:
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/join #dan", "/persist", "/nick dan", f"/register {PASSWORD}")
        dan.hears()
        self.assertEqual(self.server.chat.rooms["#dan"].owner_account, "dan")
        dan.types("/quit")
        self.restart()
        self.assertEqual(self.server.chat.rooms["#dan"].owner_account, "dan")

    def test_an_account_that_is_given_up(self) -> None:
        self.asks(self.ann, "/op cathy")
        self.asks(self.cat, f"/unregister {PASSWORD}")
        self.asks(self.ann, f"/unregister {PASSWORD}")
        self.assertEqual(self.server.chat.rooms["#ops"].owner_account, "")
        for person, name in ((self.cat, "cathy"), (self.bob, "anna")):
            self.asks(person, f"/nick {name}", f"/register {PASSWORD}")
        self.assertIn("That is for", self.asks(self.cat, "/log #ops")[0])
        self.restart()
        self.assertEqual(self.server.chat.rooms["#ops"].owner_account, "")

    def test_those_who_leave_do_not_hand_it_on(self) -> None:
        self.assertNotIn("belongs to", " ".join(self.asks(self.ann, "/part #ops")))
        self.assertNotIn("belongs to", " ".join(self.bob.hears()))
        self.assertIn("who is ann", self.asks(self.bob, "/key x")[0])

    def test_of_the_server(self) -> None:
        self.asks(
            self.root,
            "/ban server account bobby",
            "/ban server 10.8.0.0/16",
            "/mute server cathy for 1d",
        )
        self.restart()
        self.bob.types(f"/login bobby {PASSWORD}")
        self.assertIn("You are banned from this server", self.bob.hears()[-1])
        self.assertTrue(self.server.joined_by("10.8.1.2").is_closed())
        self.log_in(self.cat, "cathy")
        self.assertIn("You are muted on this server", self.asks(self.cat, "hello")[-1])
        self.asks(self.root, "/undo 1", "/undo 2", "/undo 3")
        self.restart()
        self.log_in(self.bob, "bobby")
        self.assertFalse(self.server.joined_by("10.8.1.2").is_closed())


class PlaceTests(ModerationTestCase):
    """What holds on the whole server is never done for want of the name of a room."""

    def test_an_operator_in_the_lobby(self) -> None:
        self.assertEqual(
            self.asks(self.root, "/kick client2"),
            [
                "server: Write /kick server NAME to put somebody off the server; for one room,"
                " /kick #room NAME."
            ],
        )
        for line in ("/ban client2", "/mute client2 for 1h", "/unban client2", "/unmute client2"):
            [told] = self.asks(self.root, line)
            self.assertIn(f"Write {line.partition(' ')[0]} server NAME to ", told)
        for line in ("/moderated on", "/voice client2", "/devoice client2", "/deop client2"):
            self.assertEqual(
                self.asks(self.root, line),
                [f"server: Name the room: {line.partition(' ')[0]} #room ..."],
            )
        self.assertFalse(self.bob.is_closed())
        self.assertEqual(self.asks(self.root, "/log"), ["server: Nothing was done on this server."])
        self.assertEqual(
            self.asks(self.root, "/bans server"), ["server: Nobody is banned from this server."]
        )

    def test_others_in_the_lobby(self) -> None:
        dan = self.server.joined_by("10.0.0.4")
        for line, told in (
            ("/kick client2", "server: Name the room: /kick #room ..."),
            ("/kick server client2", "server: That is for the operators of this server only."),
        ):
            dan.hears()
            dan.types(line)
            self.assertEqual(dan.hears(), [told])

    def test_the_lobby_by_its_name(self) -> None:
        self.assertEqual(
            self.asks(self.root, "/mute #lobby client2 forever"),
            ["server: rooty has muted client2 on the whole server until that is undone (act 1)."],
        )

    def test_a_room_in_which_one_is(self) -> None:
        self.root.types("/join #ops")
        self.asks(self.root, "/kick client2")
        self.assertFalse(self.bob.is_closed())
        self.asks(self.root, "/kick server client2")
        self.assertTrue(self.bob.is_closed())


class SpanTests(ModerationTestCase):
    def test_a_span_without_for(self) -> None:
        heard = self.asks(self.ann, "/ban #ops client2 2h spam")
        self.assertIn("banned client2 from #ops for 2h", heard[0])
        heard = self.asks(self.ann, "/mute #ops client3 10m loud")
        self.assertIn(f'for 10m, until {self.clock(600)} (act 2): "loud"', heard[0])

    def test_all_that_is_a_time(self) -> None:
        for what, seconds, why in (
            ("10 minutes flooding", 600, "flooding"),
            ("5mins", 300, ""),
            ("1h30", 5400, ""),
            ("2 d", 172800, ""),
            ("for 1 hour and 30 minutes, spam", 5400, "spam"),
            ("1d12h spam", 129600, "spam"),
        ):
            self.asks(self.ann, f"/ban #ops client2 {what}")
            [act] = self.server.chat.moderation._acts.in_force(
                self.server.chat.rooms["#ops"].key, "ban"
            )
            self.assertEqual((act.until - act.at, act.reason), (seconds, why), what)
            self.asks(self.ann, "/unban client2")

    def test_for_ever(self) -> None:
        heard = self.asks(self.ann, "/mute client2 forever spam")
        self.assertEqual(
            heard, ['server: ann has muted client2 in #ops until that is undone (act 1): "spam"']
        )

    def test_what_is_no_time_is_never_a_reason(self) -> None:
        for what in (
            "for", "for 2", "2x spam", "for 0h", "10", "10 spam", "1.5h", "-5m", "½h", "3 months",
            "10mspam", "for ten minutes", "an hour", "half an hour", "until 18:00", "9999999d",
            "until tomorrow", "2nd warning", "1h30x", "a couple of days", "until they say sorry",
            "for a while", "(2h) spam", "#10m", "for2h", "thirty-five minutes", "for the night",
            "next week", "for good", "always", "PT2H",
        ):  # fmt: skip
            heard = self.asks(self.ann, f"/ban #ops client2 {what}")
            self.assertIn(f'"{what}" begins with no time that can be understood.', heard[-1])
        self.assertEqual(
            self.asks(self.ann, "/mute client2 spam for 2h"),
            ['server: The time comes first: "2h spam".'],
        )
        self.assertEqual(
            self.asks(self.ann, "/mute client2 for spamming")[0][-18:], '1): "for spamming"'
        )

    def test_what_is_a_reason_though_it_has_words_of_time(self) -> None:
        for number, why in enumerate(
            ("for good reason", "a bit rude", "all the time he swears", "always rude"), 1
        ):
            heard = self.asks(self.ann, f"/mute client2 {why}")
            self.assertIn(f'(act {number}): "{why}"', heard[0])
            self.asks(self.ann, "/unmute client2")
