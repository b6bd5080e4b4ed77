"""Accounts: listed, shown, their passwords reset, deleted; and codes to register with."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.accounts.account import Account
from chatsvc.store import StoreError
from tests.admin.asking import AdminTestCase
from tests.harness import Person, Server


class AccountTests(AdminTestCase):
    def start(self, **options: Any) -> tuple[Person, Person, Person]:
        return super().start(operators=frozenset({"ann"}), **options)

    def setUp(self) -> None:
        super().setUp()
        self.ann = self.server.joined_by("127.0.0.1")
        self.ann.types("/nick ann", "/register sesame-street", "/join #tea")
        self.bob.types("/nick bob", "/register sesame-street", "/ignore client3", "/join #tea")
        self.hush()

    def test_list(self) -> None:
        ann, bob = self.facts("accounts list")
        self.assertEqual(
            ann,
            {
                "name": "ann", "here": True, "operator": True, "banned": False, "muted": False,
                "connections": 1,
            },
        )  # fmt: skip
        self.facts("ban", name="bob")
        bob = self.facts("accounts list")[1]
        self.assertEqual((bob["here"], bob["banned"], bob["connections"]), (False, True, 0))

    def test_show(self) -> None:
        bob, visit = self.facts("accounts show", name="BOB")
        self.assertEqual(
            {key: bob[key] for key in ("name", "rooms", "owns", "ignores", "certificates")},
            {
                "name": "bob",
                "rooms": ["#tea"],
                "owns": [],
                "ignores": ["client3"],
                "certificates": 0,
            },
        )
        self.assertEqual(visit["address"], "10.0.0.2")
        self.assertEqual(self.facts("accounts show", name="ann")[0]["owns"], ["#tea"])
        self.assertEqual(self.refused("accounts show", name="dan"), 'There is no account "dan".')

    def test_reset_the_password_even_of_an_operator(self) -> None:
        log = self.journal()
        [facts] = self.facts("accounts reset-password", name="ann")
        self.assertNotIn(facts["code"], " ".join(log))
        self.assertIsNotNone(self.facts("accounts show", name="ann")[0]["code_until"])
        other = self.server.joined_by("127.0.0.1")
        other.types(f"/setpass ann {facts['code']} another-password")
        self.assertIn("Your password has been changed.", " ".join(other.hears()))
        self.assertIsNone(self.facts("accounts show", name="ann")[0]["code_until"])

    def test_delete(self) -> None:
        [line] = self.lines("accounts delete", name="bob")
        self.assertIn("Deleted the data of bob", line)
        self.assertIn("An operator has removed your account", " ".join(self.bob.hears()))
        self.assertEqual([each["name"] for each in self.facts("accounts list")], ["ann"])
        self.assertIn("no account", self.refused("accounts delete", name="bob"))


class ListTests(AdminTestCase):
    def test_very_many_stand_in_order(self) -> None:
        names = [f"{'aB'[number % 2]}-{number * 7919 % 1201:04}" for number in range(1201)]
        for name in names:
            account = Account(name)
            account.hashed = "x"
            self.server.chat.spawn(self.server.chat.accounts.add(account))
        listed = [each["name"] for each in self.facts("accounts list")]
        self.assertEqual(listed, sorted(names, key=str.casefold))


class RenameTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann.types("/nick ann", "/register sesame-street", "/join #tea", "/op #tea client2")
        self.bob.types("/nick bob", "/register sesame-street", "/join #tea", "/ignore ann")
        self.cat.types("/nick cat", "/register sesame-street", "/dm ann first", "/join #tea")
        self.hush()
        self.ann.types(
            "/dm cat second", "/hook add #tea deploys", "/op #tea cat", "/persist #tea on"
        )
        self.hush()

    def renames(self) -> None:
        self.assertEqual(self.facts("accounts rename", name="ann", new="eve"), [{"name": "eve"}])

    def test_the_owner_logs_in_under_the_new_name_only(self) -> None:
        self.renames()
        self.assertIn("Your account is called eve now", " ".join(self.ann.hears()))
        self.assertNotIn("You are ann", " ".join(self.ann.asks("/login ann sesame-street")))
        self.assertIn("eve", self.ann.asks("/login eve sesame-street")[-1])
        [bob, cat, eve] = [each["name"] for each in self.facts("accounts list")]
        self.assertEqual((bob, cat, eve), ("bob", "cat", "eve"))
        self.assertEqual([each["did"] for each in self.facts("acts")], ["renamed the account"])

    def test_rooms_roles_hooks_and_direct_messages_move(self) -> None:
        self.renames()
        [_, room] = self.facts("rooms")
        self.assertEqual(room["owner"], "eve")
        hooks = [hook.account for _, hook in self.server.chat.programs.hooks._all.items()]
        self.assertEqual(hooks, ["eve"])
        self.ann.types("/login eve sesame-street")
        self.ann.hears()
        history = " ".join(self.ann.asks("/history @cat"))
        self.assertIn("first", history)
        self.assertIn("second", history)
        self.assertIn("second", " ".join(self.cat.asks("/history @eve")))
        self.cat.types("/dm eve third")
        self.assertIn("third", " ".join(self.ann.hears()))

    def test_addresses_move_and_are_forgotten_with_the_new_name(self) -> None:
        [_, before] = self.facts("accounts show", name="ann")
        self.renames()
        self.assertEqual(self.facts("accounts show", name="eve")[1:], [before])
        self.lines("forget", name="eve")
        self.assertEqual(self.facts("accounts show", name="eve")[1:], [])
        self.assertEqual(len(self.facts("accounts show", name="bob")), 2)

    def test_bans_and_those_who_ignore_follow(self) -> None:
        self.facts("ban", name="ann", room="tea")
        self.renames()
        self.assertEqual([each["name"] for each in self.facts("bans", room="tea")], ["eve"])
        self.ann.types("/login eve sesame-street", "/join #tea")
        self.assertIn("You are banned from #tea", " ".join(self.ann.hears()))
        self.bob.hears()
        self.ann.types("/join #lobby", "shout")
        self.assertNotIn("shout", " ".join(self.bob.hears()))
        self.assertIn("shout", " ".join(self.cat.hears()))

    def test_it_outlives_a_restart(self) -> None:
        self.renames()
        self.ann.types("/login eve sesame-street", "/forget")
        self.hush()
        store = self.server.store
        self.server.chat.shut_down(lambda: None)
        again = Server(store=store, plaintext_passwords=True)
        dan = again.joined_by("10.0.0.9")
        self.assertIn("eve", dan.asks("/login eve sesame-street")[-1])
        self.assertEqual([each.name for each in again.chat.accounts], ["bob", "cat", "eve"])
        self.assertEqual(again.chat.rooms["#tea"].owner_account, "eve")

    def test_what_the_store_refuses_is_done_by_asking_again(self) -> None:
        chat = self.server.chat
        put = self.server.store.put
        for number in range(1, 9):
            left = number

            async def failing(name: str, value: str | None, version: int) -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    raise StoreError("the disk is full")
                await put(name, value, version)

            self.server.store.put = failing  # type: ignore[method-assign]  # a disk that is full
            [last] = self.asks("accounts rename", name="ann", new="eve")[-1:]
            self.server.store.put = put  # type: ignore[method-assign]  # and has space again
            if "done" in last:
                break
            self.assertIn("the disk is full", last["refused"])
        else:
            self.renames()
        self.assertEqual(
            [each["name"] for each in self.facts("accounts list")], ["bob", "cat", "eve"]
        )
        self.assertEqual(self.facts("rooms")[1]["owner"], "eve")
        self.assertIsNone(chat.inboxes.get("ann"))

    def test_refusals(self) -> None:
        self.server.joined_by("10.0.0.9").types("/nick dan")
        self.hush()
        for name, new, why in (
            ("dan", "eve", "There is no account"),
            ("ann", "bob", 'The name "bob" is taken'),
            ("ann", "dan", 'The name "dan" is taken'),
            ("ann", "Ann", "the same name"),
            ("ann", "b b", "A name is made of"),
            ("ann", "admin", "reserved"),
        ):
            self.assertIn(why, self.refused("accounts rename", name=name, new=new))


class ForgetTests(AdminTestCase):
    def test_visits_and_direct_messages(self) -> None:
        self.bob.types("/nick bob", "/register sesame-street")
        self.hush()
        [line] = self.lines("forget", name="bob")
        self.assertIn("Deleted the data of bob", line)
        facts = self.facts("accounts show", name="bob")
        self.assertEqual(len(facts), 1)  # without addresses


class InviteTests(AdminTestCase):
    def test_a_code(self) -> None:
        self.start(invite_only=True)
        [facts] = self.facts("invite", time="for 2h")
        self.assertEqual(facts["within"], 7200)
        dan = self.server.joined_by("127.0.0.1")
        dan.types("/nick dan", f"/register sesame-street {facts['code']}")
        self.assertIn("The name dan is yours", " ".join(dan.hears()))
        self.assertEqual(self.facts("invite")[0]["within"], 7 * 86400)

    def test_none_is_needed(self) -> None:
        self.assertIn("takes no code", self.refused("invite"))
