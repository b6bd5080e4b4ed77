"""Coming back with a token that the program has chosen."""

from __future__ import annotations

from typing import Any

from tests.chat.identity.restarting import OWN, RestartTestCase
from tests.doors.resume.program import lines
from tests.harness import Person


class OwnTokenTests(RestartTestCase):
    """Tokens that programs have chosen."""

    def calls(self, *objects: dict[str, Any]) -> tuple[Person, list[dict[str, Any]]]:
        person = self.server.joined_by("10.0.0.4", is_new=False)
        person.sends(b"/json\n" + lines(*objects))
        return person, self.told(person)

    def test_the_first_answer_is_lost(self) -> None:
        dan, told = self.calls({"do": "resume", "token": OWN})
        self.assertEqual([each["event"] for each in told], ["welcome", "resumable"])
        self.assertEqual(told[1]["token"], OWN)
        dan.drops()
        self.ann.types("/bc one")
        self.ann.hears()
        dan, told = self.calls({"do": "resume", "token": OWN})
        self.assertEqual((told[0]["event"], told[0]["name"]), ("resumed", "client4"))
        self.assertIn("one", self.texts(told))
        self.assertEqual(len(self.server.chat.users), 4)
        self.assertNotIn("client5", str(self.ann.hears()))

    def test_over_a_restart(self) -> None:
        self.calls({"do": "resume", "token": OWN})
        self.crashes()
        self.assertEqual(self.calls({"do": "resume", "token": OWN})[1][0]["name"], "client4")

    def test_one_that_is_unknown_with_what_was_seen(self) -> None:
        _, told = self.calls({"do": "resume", "token": OWN, "seen": 7})
        self.assertEqual(told[1]["error"]["code"], "no-such-token")
        self.assertEqual((told[2]["event"], told[2]["token"]), ("resumable", OWN))

    def test_one_that_is_none(self) -> None:
        for token in ("", "x" * 31, "x" * 129, "x" * 32 + "\u00e9", "x" * 32 + "\n"):
            _, [welcome, error] = self.calls({"do": "resume", "token": token})
            self.assertEqual(welcome["event"], "welcome")
            self.assertEqual(
                (error["error"]["code"], error["error"]["field"]), ("misused", "token")
            )
            self.assertIn("32 to 128", error["error"]["text"])
            _, [_, error] = self.calls({"do": "resume", "token": token, "seen": 7})
            self.assertEqual(error["error"]["code"], "no-such-token")
        for asked in ({}, {"seen": 7}):
            _, [_, error] = self.calls({"do": "resume", "token": "\ud800" * 32} | asked)
            self.assertEqual(
                (error["error"]["code"], error["error"]["field"]), ("misused", "token")
            )

    def test_where_guests_cannot_take_part(self) -> None:
        self.begin(accounts_only=True)
        dan, told = self.calls({"do": "resume", "token": OWN})
        self.assertEqual([each.get("rooms") for each in told if each["event"] == "welcome"], [[]])
        self.assertEqual(len(self.server.chat.tokens), 0)
        dan.types('{"do": "nick", "name": "dan"}', '{"do": "register", "password": "correcthorse"}')
        [token] = [each["token"] for each in self.told(dan) if each["event"] == "resumable"]
        self.assertEqual(token, OWN)
        self.assertEqual(len(self.server.chat.tokens), 1)
