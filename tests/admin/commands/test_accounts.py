"""Accounts: listed, shown, their passwords reset, deleted; and codes to register with."""

from __future__ import annotations

from typing import Any

from tests.admin.asking import AdminTestCase
from tests.harness import Person


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
        self.assertIn("Deleted of bob", line)
        self.assertIn("An operator has removed your account", " ".join(self.bob.hears()))
        self.assertEqual([each["name"] for each in self.facts("accounts list")], ["ann"])
        self.assertIn("no account", self.refused("accounts delete", name="bob"))


class ForgetTests(AdminTestCase):
    def test_visits_and_direct_messages(self) -> None:
        self.bob.types("/nick bob", "/register sesame-street")
        self.hush()
        [line] = self.lines("forget", name="bob")
        self.assertIn("Deleted of bob", line)
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
