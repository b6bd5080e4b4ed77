"""/kick, as those see it who do it, whom it hits, and the others."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from chatsvc.stores.memory import MemoryStore
from tests.commands.moderation.order import ModerationTestCase
from tests.commands.test_accounts import PASSWORD


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

    def guests_meet(self) -> None:
        """Bob, a guest, owns #den, in which Cat is a moderator."""
        self.bob.types("/join #den")
        self.cat.types("/join #den")
        self.asks(self.bob, "/op client3")

    def test_a_guest_who_owns_a_room(self) -> None:
        self.guests_meet()
        for act in ("ban", "mute"):
            self.assertEqual(
                self.asks(self.cat, f"/{act} client2"),
                [f"server: client2 is the owner of #den, whom a moderator cannot {act}."],
            )
        self.assertEqual(
            self.asks(self.cat, "/deop client2"),
            ["server: That is for the owner of #den only. Its owner is client2."],
        )
        self.assertIn(
            'by client3 (act 2): "out". You can /join #den again. If that is wrong, /dm client3'
            " or the owner, client2.",
            self.kicked_from_den(),
        )

    def test_a_guest_who_owns_a_room_is_kicked_and_comes_back_as_the_owner(self) -> None:
        for shut in ("/key word", "/privacy invite-only", "/guests off"):
            with self.subTest(shut=shut):
                self.begin()
                self.guests_meet()
                self.asks(self.bob, shut)
                self.assertEqual(
                    self.asks(self.cat, "/kick client2 cool down"),
                    ['server: client3 has kicked client2 out of #den (act 2): "cool down"'],
                )
                self.assertEqual(
                    self.asks(self.cat, "/ban client2"),  # who is out
                    ["server: client2 is the owner of #den, whom a moderator cannot ban."],
                )
                self.assertEqual(
                    self.asks(self.bob, "/join #den")[0],
                    "server: You are in #den, which belongs to you. 1 other person is in it.",
                )
                [told] = self.asks(self.bob, "/deop client3")
                self.assertIn("client2 has taken the role of a moderator of #den from", told)

    def test_a_room_whose_owner_was_kicked_is_handed_on_once_that_guest_leaves(self) -> None:
        self.guests_meet()
        self.asks(self.cat, "/kick client2")
        self.hush()
        self.bob.types("/quit")
        self.assertIn("server: #den belongs to client3 now.", self.cat.hears())

    def test_an_owner_who_was_kicked_and_gets_an_account_keeps_the_room_by_it(self) -> None:
        self.guests_meet()
        self.asks(self.cat, "/kick client2")
        self.register(self.bob, "bobby")
        self.asks(self.bob, "/join #den")
        self.assertEqual(
            self.asks(self.cat, "/kick bobby"),
            ["server: bobby is the owner of #den, whom a moderator cannot kick."],
        )

    def test_an_owner_who_was_kicked_and_logs_in_keeps_the_room_by_the_account(self) -> None:
        self.guests_meet()
        self.asks(self.cat, "/kick client2")
        self.asks(self.bob, f"/login ann {PASSWORD}")  # who is here already
        self.assertEqual(self.server.chat.rooms["#den"].owner_account, "ann")

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
