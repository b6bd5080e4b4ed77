"""What operators do for accounts, and rooms that go to somebody else."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import patch

from twisted.internet.defer import Deferred

from chatsvc.chat.accounts.accounts import ATTEMPTS, CODE_FOR
from chatsvc.chat.rooms import joining, settings
from chatsvc.errors import ChatError
from chatsvc.store import StoreError
from chatsvc.text.lookalikes import skeleton
from tests.commands.moderation.order import ModerationTestCase
from tests.commands.test_accounts import PASSWORD, WRONG
from tests.harness import Person

NEW = "another-horse"
WRONG_NEW = "horse-of-somebody"
NO_CODE = "server: That name or that code is wrong, or the code is used or too old."


class ResetTests(ModerationTestCase):
    def code(self, name: str = "ann") -> str:
        [line] = self.asks(self.root, f"/account reset {name}")
        found = re.fullmatch(
            rf"server: For the owner of {name}, once, within 1d: /setpass {name} ([0-9a-f]{{20}})"
            " and a new password",
            line,
        )
        assert found is not None, line
        return found[1]

    def newcomer(self, *lines: str) -> tuple[Person, list[str]]:
        person = self.server.joined_by("10.0.0.9")
        person.hears()
        person.types(*lines)
        return person, person.hears()

    def test_the_owner_sets_another_password_and_is_logged_in(self) -> None:
        code = self.code()
        dan, heard = self.newcomer(f"/setpass ANN {code} {NEW}")
        self.assertIn("server: Your password has been changed.", heard)
        self.assertIn("server: You are ann.", heard)
        self.assertEqual(dan.name, "ann")
        self.assertIn("server: ann has another password now: log in with that.", self.ann.hears())
        self.assertEqual(self.ann.name, "client1")
        self.assertEqual(self.newcomer(f"/login ann {PASSWORD}")[1], [WRONG])
        self.assertIn("server: You are ann.", self.newcomer(f"/login ann {NEW}")[1])
        self.assertIn("#ops", [room.name for room in self.server.chat.rooms.of(dan.session.user)])

    def test_it_is_in_the_journal_without_a_secret(self) -> None:
        lines = self.journal()
        code = self.code()
        self.newcomer(f"/setpass ann {code} {NEW}")
        self.assertIn(
            "rooty let somebody reset the password of ann on the whole server (act 1).", lines
        )
        self.assertIn("ann changed the password from 10.0.0.9.", lines)
        self.assertFalse([line for line in lines if code in line or NEW in line])

    def test_the_old_password_that_is_being_looked_at_meanwhile_is_good_no_longer(self) -> None:
        code = self.code()
        looked_at: Deferred[None] = Deferred()

        async def is_right(*_: object) -> bool:
            await looked_at
            return True

        self.patch(self.server.passwords, "is_right", is_right)
        mal, _ = self.newcomer(f"/login ann {PASSWORD}")
        self.ann.types(f"/passwd {PASSWORD} {WRONG_NEW}")
        self.newcomer(f"/setpass ann {code} {NEW}")
        self.ann.hears()
        looked_at.callback(None)
        changed = "server: The password was changed just now. Try again."
        for person in (mal, self.ann):
            self.assertEqual(person.hears()[-1], changed)
            self.assertIsNone(person.session.user.account)
        account = self.server.chat.accounts.find("ann")
        assert account is not None
        self.assertEqual(account.hashed, f"hashed {NEW}")

    def test_until_then_the_old_password_is_good(self) -> None:
        self.code()
        self.assertIn("server: You are ann.", self.newcomer(f"/login ann {PASSWORD}")[1])

    def test_a_code_is_good_once(self) -> None:
        code = self.code()
        self.newcomer(f"/setpass ann {code} {NEW}")
        self.assertEqual(self.newcomer(f"/setpass ann {code} {PASSWORD}")[1], [NO_CODE])

    def test_a_newer_code_ends_the_older(self) -> None:
        code = self.code()
        self.code()
        self.assertEqual(self.newcomer(f"/setpass ann {code} {NEW}")[1], [NO_CODE])

    def test_a_code_that_is_too_old(self) -> None:
        code = self.code()
        self.server.clock.advance(CODE_FOR)
        self.assertEqual(self.newcomer(f"/setpass ann {code} {NEW}")[1], [NO_CODE])

    def test_whatever_the_systems_clock_is_set_to_a_code_is_good_for_a_day(self) -> None:
        self.addCleanup(setattr, self.server.clock, "ahead", 0.0)
        code = self.code()
        self.server.clock.ahead = -2 * CODE_FOR
        self.server.clock.advance(CODE_FOR)
        self.assertEqual(self.newcomer(f"/setpass ann {code} {NEW}")[1], [NO_CODE])
        code = self.code()
        self.server.clock.ahead = 2 * CODE_FOR
        self.assertIn("server: You are ann.", self.newcomer(f"/setpass ann {code} {NEW}")[1])

    def test_a_code_over_a_restart_of_which_only_a_digest_is_kept(self) -> None:
        code = self.code()
        self.assertNotIn(code, str(self.server.records()))
        self.restart()
        self.assertIn("server: You are ann.", self.newcomer(f"/setpass ann {code} {NEW}")[1])

    def test_wrong_codes_are_told_alike_and_are_few(self) -> None:
        self.code()
        for name, code in (("ann", "0" * 20), ("nobody", "0" * 20), ("rooty", "")):
            self.assertEqual(self.newcomer(f"/setpass {name} {code or 'x'} {NEW}")[1], [NO_CODE])
        for _ in range(ATTEMPTS):
            _, heard = self.newcomer(f"/setpass ann 0 {NEW}")
        self.assertIn("Too many", heard[-1])

    def test_passwords_that_will_not_do_use_no_code(self) -> None:
        code = self.code()
        for password in ("short", "with a blank"):
            self.assertIn("A password", self.newcomer(f"/setpass ann {code} {password}")[1][0])
        self.assertIn("server: You are ann.", self.newcomer(f"/setpass ann {code} {NEW}")[1])

    def test_who_is_logged_in_has_to_log_out_first(self) -> None:
        self.assertIn("First /logout", self.asks(self.ann, f"/setpass ann 0 {NEW}")[0])

    def test_a_store_that_fails_changes_nothing(self) -> None:
        code = self.code()

        async def broken(name: str, value: str | None, version: int) -> None:
            raise StoreError("the disk is full")

        put = self.server.store.put
        self.patch(self.server.store, "put", broken)
        self.assertIn("cannot be done now", self.asks(self.root, "/account reset ann")[0])
        self.assertIn("cannot be done", self.newcomer(f"/setpass ann {code} {NEW}")[1][0])
        self.assertIn("cannot be done", self.asks(self.root, "/account remove ann")[0])
        self.patch(self.server.store, "put", put)
        self.assertIn("server: You are ann.", self.newcomer(f"/setpass ann {code} {NEW}")[1])

    def test_who_may(self) -> None:
        for what in ("reset", "remove"):
            line = f"/account {what} rooty"
            self.assertEqual(self.asks(self.ann, line), ["server: That is for operators only."])
            self.assertIn("That is your own", self.asks(self.root, line)[0])
            self.assertIn("There is no account", self.asks(self.root, f"/account {what} bob")[0])
        [told] = self.asks(self.root, "/account burn ann")
        self.assertIn('"burn" is not reset or remove.', told)

    def test_other_operators_at_the_server_only(self) -> None:
        self.begin(operators=frozenset({skeleton("rooty"), skeleton("rootz")}))
        other = self.server.joined_by("127.0.0.1")
        other.types("/nick rootz", f"/register {PASSWORD}")
        far = self.server.joined_by("10.0.0.8")
        far.types(f"/login rooty {PASSWORD}")
        far.hears()
        far.types("/account remove rootz")
        self.assertEqual(
            far.hears(), ["server: rootz is an operator: do that at the server itself."]
        )
        self.assertIn("For the owner of rootz", self.asks(self.root, "/account reset rootz")[0])

    def test_it_is_in_the_log(self) -> None:
        self.code()
        self.asks(self.root, "/account remove ann")
        reset, removed = self.asks(self.root, "/log server")
        self.assertRegex(reset, r"^server: \[1 .*\] rooty let somebody reset the password of ann$")
        self.assertRegex(removed, r"^server: \[2 .*\] rooty removed the account of ann$")
        self.assertIn("nothing to undo", self.asks(self.root, "/undo 2")[0])


class RemoveTests(ModerationTestCase):
    def test_all_of_the_account_goes(self) -> None:
        again = self.comes()
        self.hush()
        heard = self.asks(self.root, "/account remove ann")
        self.assertTrue(heard[-1].startswith("server: Deleted the data of ann:"))
        for person in (self.ann, again):
            self.assertIn(
                "server: An operator has removed your account: ann is not yours any more.",
                person.hears(),
            )
            self.assertIsNone(person.session.user.account)
        dan = self.server.joined_by("10.0.0.8")
        dan.hears()
        dan.types(f"/login ann {PASSWORD}", "/nick ann")
        self.assertEqual(dan.hears()[0], WRONG)
        self.assertEqual(dan.name, "ann")
        self.restart()
        self.bob.hears()
        self.bob.types(f"/login ann {PASSWORD}")
        self.assertIn(WRONG, self.bob.hears())

    def test_of_somebody_who_is_not_here(self) -> None:
        self.ann.types("/quit")
        self.assertIn("Deleted the data of ann", self.asks(self.root, "/account remove ann")[-1])
        self.assertIsNone(self.server.chat.accounts.find("ann"))


class OwnerTests(ModerationTestCase):
    def owner(self) -> str:
        dan = self.server.joined_by("10.0.0.8")
        dan.types("/join #ops", "/key #ops x")
        told = dan.hears()[-1]
        dan.types("/quit")
        self.hush()
        return told.removeprefix("server: That is for the owner of #ops only, who is ")[:-1]

    def test_it_is_given_to_somebody_who_is_in_it(self) -> None:
        self.assertEqual(self.owner(), "ann")
        self.ann.types("/owner client2")
        self.assertEqual(self.cat.hears(), ["server: #ops belongs to client2 now."])
        self.assertEqual(self.owner(), "client2")
        self.assertIn("who is client2", self.asks(self.ann, "/key #ops x")[0])
        self.assertIn("#ops: it has a key now.", self.asks(self.bob, "/key #ops x")[-1])
        self.assertRegex(self.asks(self.bob, "/log")[0], "ann gave the room to client2$")

    def test_over_a_restart(self) -> None:
        self.register(self.bob, "bobby")
        self.asks(self.ann, "/persist", "/owner bobby")
        self.restart()
        self.assertEqual(self.owner(), "bobby")

    def test_nobody_collects_more_rooms_than_one_can_make(self) -> None:
        self.register(self.bob, "bobby")
        for room in ("#one", "#two"):
            self.meet(room)
        self.patch(settings, "MOST_MADE", 1)
        self.assertIn("bobby", self.asks(self.ann, "/owner #one bobby")[-1])
        full = "server: bobby owns as many rooms as one person can."
        self.assertEqual(self.asks(self.ann, "/owner #two bobby"), [full])

    def test_nor_who_is_given_several_at_once(self) -> None:
        self.register(self.bob, "bobby")
        for person, room in ((self.root, "#one"), (self.cat, "#two")):
            for each in (person, self.bob):
                each.types(f"/join {room}")
                each.hears()
        self.patch(settings, "MOST_MADE", 1)
        put, storing = self.server.store.put, Deferred[None]()

        async def waits(name: str, value: str | None, version: int) -> None:
            if not storing.called:
                await storing
            await put(name, value, version)

        self.patch(self.server.store, "put", waits)
        self.root.types("/owner #one bobby")
        self.cat.types("/owner #two bobby")
        storing.callback(None)
        self.server.clock.pump([0] * 10)
        owners = [self.server.chat.rooms[room].owner_account for room in ("#one", "#two")]
        self.assertEqual(owners, ["bobby", ""])
        full = "server: bobby owns as many rooms as one person can."
        self.assertIn(full, self.cat.hears())

    def test_what_is_being_given_to_a_guest_is_given_to_nobody_else(self) -> None:
        self.register(self.bob, "bobby")
        promised = self.server.chat.settings.promised
        room = self.server.chat.rooms["#ops"]
        with promised(room, self.cat.session.user):
            self.assertRaises(ChatError, promised(room, self.bob.session.user).__enter__)
        with promised(room, self.bob.session.user):
            self.assertEqual(room.promised_to, "bobby")

    def test_nor_who_brings_them_from_the_time_before_the_login(self) -> None:
        self.register(self.bob, "bobby")
        self.patch(settings, "MOST_MADE", 1)
        self.bob.types("/logout", "/join #one", "/join #two", f"/login bobby {PASSWORD}")
        self.hush()
        rooms = [self.server.chat.rooms[room] for room in ("#one", "#two")]
        self.assertEqual([room.owner_account for room in rooms], ["bobby", ""])

    def test_rooms_that_are_given_up_count_for_the_address(self) -> None:
        self.patch(joining, "MOST_MADE", 3)
        self.asks(self.ann, "/owner #ops -", "/join #one", "/join #two")
        most = "server: 3 rooms belong to ann, which is the most just now."
        self.assertEqual(self.asks(self.ann, "/join #three"), [most])

    def test_when_few_can_be_kept_nobody_takes_them_all_and_operators_can(self) -> None:
        self.patch(settings, "MOST_PERSISTENT", 50)
        self.asks(self.ann, "/persist", "/join #second", "/join #more")
        few = "server: You keep 1 room, which is the most just now."
        self.assertEqual(self.asks(self.ann, "/persist #second"), [few])
        with patch.object(settings, "MOST_PERSISTENT", 80):
            self.asks(self.ann, "/persist #second")
        few = "server: You keep 2 rooms, which is the most just now."
        self.assertEqual(self.asks(self.ann, "/persist #more"), [few])
        for room in ("#third", "#fourth"):
            self.root.types(f"/join {room}")
            kept = f"server: {room} stays when everybody has left."
            self.assertEqual(self.asks(self.root, f"/persist {room}"), [kept])

    def test_to_whom_it_cannot_be_given(self) -> None:
        self.asks(self.ann, "/persist")
        for line, told in (
            ("/owner client2", "#ops is persistent, and client2 has no account."),
            ("/owner ann", "#ops belongs to ann already."),
            ("/owner rooty", "rooty is not in #ops."),
            ("/owner #lobby client2", "That is for the operators of this server only."),
        ):
            self.assertEqual(self.asks(self.ann, line), [f"server: {told}"])
        self.assertEqual(
            self.asks(self.bob, "/owner client3"),
            ["server: That is for the owner of #ops only. Its owner is ann."],
        )
        self.assertIn("belongs to nobody", self.asks(self.root, "/owner #lobby ann")[0])

    def test_an_operator_can_give_it(self) -> None:
        self.asks(self.root, "/owner #ops client2")
        self.assertEqual(self.owner(), "client2")

    def test_a_store_that_fails(self) -> None:
        put = self.server.store.put

        async def broken(name: str, value: str | None, version: int) -> None:
            if name.startswith("room/"):
                raise StoreError("the disk is full")
            await put(name, value, version)

        self.patch(self.server.store, "put", broken)
        self.assertIn("cannot be done now", self.asks(self.ann, "/owner client2")[0])
        self.assertEqual(self.owner(), "ann")
        self.assertIn("it could not be done", self.asks(self.ann, "/log")[0])


class HeirTests(ModerationTestCase):
    """#ops stays; Cat and then Bob are its moderators, with accounts."""

    def begin(self, **options: Any) -> None:
        super().begin(**options)
        self.register(self.bob, "bobby")
        self.register(self.cat, "cathy")
        self.asks(self.ann, "/persist", "/op cathy", "/op bobby")

    def owner(self) -> str:
        return self.server.chat.rooms["#ops"].owner_account

    def test_the_moderator_of_longest_standing_gets_it(self) -> None:
        self.ann.types(f"/unregister {PASSWORD}")
        self.assertIn("server: #ops belongs to cathy now.", self.bob.hears())
        self.assertEqual(self.owner(), "cathy")
        self.asks(self.cat, f"/unregister {PASSWORD}")
        self.assertEqual(self.owner(), "bobby")
        self.restart()
        self.assertEqual(self.owner(), "bobby")

    def test_an_operator_removes_the_owner(self) -> None:
        self.ann.types("/quit")
        self.cat.types("/quit")
        self.asks(self.root, "/account remove ann")
        self.assertEqual(self.owner(), "cathy")
        cat = self.comes("10.0.0.3", "cathy")
        cat.types("/key #ops x")
        self.assertEqual(cat.hears()[-1], "server: cathy has changed #ops: it has a key now.")

    def test_nobody_gets_one_that_is_not_to_stay(self) -> None:
        self.asks(self.ann, "/persist off")
        self.asks(self.root, "/account remove ann")
        self.assertEqual(self.owner(), "")
