"""JSON lines: what programs ask for, and what they are told."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no annotations

import chatsvc
from chatsvc.command.command import commands
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.harness import ChatTestCase, Person

SCHEMA = Path(chatsvc.__file__).parents[1] / "docs" / "json-lines.schema.json"


@cache
def validators() -> dict[str, Any]:
    """A validator of each kind of object that is told, by its event; "error" for errors.

    As no two kinds have the same event, the others need not be tried, which takes long.
    """
    kinds = json.loads(SCHEMA.read_text("utf-8"))["$defs"]["event"]["oneOf"]
    found = {
        kind["properties"].get("event", {}).get("const", "error"): Draft202012Validator(kind)
        for kind in kinds
    }
    assert len(found) == len(kinds)
    return found


class JsonTestCase(ChatTestCase):
    """Bob is a program."""

    def setUp(self) -> None:
        if not SCHEMA.exists():
            raise self.skipTest("the documents are not installed")
        self.begin()

    def begin(self, **options: Any) -> None:
        options = {"throttle": Throttle.off(), "plaintext_passwords": True, **options}
        self.ann, self.bob, self.cat = self.start(**options)
        self.bob.types("/json")
        welcome, *_ = self.told(self.bob)
        self.assertEqual(welcome["event"], "welcome")

    def told(self, person: Person) -> list[dict[str, Any]]:
        """What a program was told since the last time, as it is to be; without the times.

        Text that came before is skipped.
        """
        objects = [json.loads(line) for line in person.hears() if line[0] == "{"]
        for each in objects:
            validators()[each.get("event", "error")].validate(each)
            each.pop("at", None)
        return objects

    def asks(self, *objects: dict[str, Any]) -> list[dict[str, Any]]:
        """What Bob is told when he asks for this."""
        self.bob.types(*map(json.dumps, objects))
        return self.told(self.bob)


class BeginTests(JsonTestCase):
    def test_the_answer_is_a_welcome(self) -> None:
        self.ann, self.bob, self.cat = self.start()
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/json 1")
        text, *told = dan.hears()
        self.assertIn("Welcome", text)
        welcome, paced = map(json.loads, told)
        self.assertRegex(welcome.pop("at"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        facts = {"name": "client4", "others": 3, "rooms": ["#lobby"]}
        self.assertEqual(welcome, {"event": "welcome", **facts, "version": 1})
        self.assertEqual((paced["event"], paced["burst"], paced["rate"]), ("paced", 30, 10.0))

    def test_a_byte_order_mark_does_not_count(self) -> None:
        dan = self.server.joined_by("10.0.0.4")
        dan.types("\ufeff/json")
        self.assertEqual(self.told(dan)[0]["event"], "welcome")
        dan.types('\ufeff{"do": "ping", "nonce": "1"}')
        self.assertEqual(json.loads(dan.hears()[0])["event"], "done")

    def test_where_one_has_to_log_in_first_one_is_in_no_room(self) -> None:
        self.begin(accounts_only=True)
        for has_read_text in (False, True):
            dan = self.server.joined_by("10.0.0.4")
            if has_read_text:
                dan.hears()
            dan.types("/json")
            self.assertEqual(self.told(dan)[0]["rooms"], [])

    def test_text_may_come_before(self) -> None:
        dan = self.server.joined_by("10.0.0.4")
        self.assertTrue(dan.hears()[0].startswith("server: Welcome, you are client4."))
        dan.types("/json")
        [welcome] = self.told(dan)
        self.assertEqual((welcome["event"], welcome["others"]), ("welcome", 3))

    def test_another_version(self) -> None:
        dan = self.server.joined_by("10.0.0.4")
        dan.hears()
        dan.types("/json 2")
        error, welcome = self.told(dan)
        self.assertEqual(error["error"]["code"], "misused")
        self.assertEqual(welcome["version"], 1)

    def test_it_is_the_first_line_or_none(self) -> None:
        self.ann.types("hello", "/json")
        self.assertIn('There is no command "/json".', self.ann.hears()[-1])

    def test_where_one_has_to_log_in_first(self) -> None:
        self.begin(accounts_only=True)
        [error] = self.asks({"do": "users", "nonce": "1"})
        self.assertEqual(error["error"]["code"], "refused")
        [notice] = self.asks({"do": "nick", "name": "bob"})
        self.assertEqual(notice["event"], "notice")


class AskTests(JsonTestCase):
    def test_saying_something(self) -> None:
        self.ann.types("/join #ops")
        told = self.asks(
            {"do": "join", "room": "#ops"},
            {"do": "say", "room": "#ops", "text": 'two\n"lines"', "nonce": "n1"},
        )
        notice, said = told
        self.assertEqual(notice["text"], "You are in #ops. 1 other person is in it.")
        self.assertIsInstance(said.pop("id"), int)
        self.assertEqual(
            said,
            {
                "event": "said",
                "room": "#ops",
                "from": "client2",
                "text": 'two\n"lines"',
                "nonce": "n1",
            },
        )
        self.assertEqual(self.ann.hears()[-2:], ["#ops client2: two", '#ops client2: "lines"'])

    def test_all_sort_of_events(self) -> None:
        self.ann.types("/me waves", "/dm client2 psst", "/nick ann", "/bc bye", "/quit")
        self.cat.drops()
        told = self.told(self.bob)
        for each in told:
            each.pop("id")
        self.assertEqual(
            told,
            [
                {"event": "acted", "room": "#lobby", "from": "client1", "text": "waves"},
                {"event": "direct", "from": "client1", "to": "client2", "text": "psst"},
                {"event": "renamed", "name": "client1", "new": "ann"},
                {"event": "said", "room": "#lobby", "from": "ann", "text": "bye"},
                {"event": "quit", "name": "ann"},
                {"event": "lost", "name": "client3"},
            ],
        )

    def test_ids_only_go_up(self) -> None:
        for number in range(5):
            self.ann.types(f"/dm client2 {number}", f"/bc {number}", "/dm client3 not for bob")
            self.bob.types(json.dumps({"do": "bc", "text": str(number)}))
        ids = [each["id"] for each in self.told(self.bob) if "id" in each]
        self.assertEqual(len(ids), 15)
        self.assertEqual(ids, sorted(set(ids)))

    def test_order_is_kept_with_reasons(self) -> None:
        self.asks({"do": "join", "room": "#ops"})
        self.ann.types("/join #ops")
        told = self.asks(
            {
                "do": "mute", "room": "#ops", "name": "client1", "reason": "for 5m spam",
                "nonce": "m",
            }
        )  # fmt: skip
        *_, muted, done = told
        muted.pop("id")
        self.assertRegex(muted.pop("until"), r"^\d\d:\d\d$")
        self.assertEqual(
            muted,
            {
                "event": "muted", "room": "#ops", "name": "client1", "actor": "client2", "act": 1,
                "span": "5m", "why": "spam",
            },
        )  # fmt: skip
        self.assertEqual(done, {"event": "done", "nonce": "m"})

    def test_what_was_said_earlier(self) -> None:
        self.ann.types("one", "/me does two")
        [one, two] = self.told(self.bob)
        earlier = self.asks({"do": "history", "what": 2})
        self.assertEqual(earlier, [one | {"recalled": True}, two | {"recalled": True}])

    def test_fields_that_nobody_knows_and_those_left_out(self) -> None:
        told = self.asks({"do": "users", "why": {"no": ["reason"]}, "nonce": "u"})
        names = ["client1", "client2", "client3"]
        listed = {"event": "listed", "names": names, "where": "connected", "more": 0}
        self.assertEqual(told[0], listed | {"answers": "u"})
        self.assertEqual(told[-1], {"event": "done", "nonce": "u"})

    def test_who_is_in_a_room_with_their_roles(self) -> None:
        self.ann.types("/join #ops", "/topic #ops works")
        self.asks({"do": "join", "room": "#ops"})
        self.cat.types("/join #ops", "/away for lunch")
        self.ann.types("/op #ops client3")
        self.told(self.bob)
        [listed] = self.asks({"do": "who", "room": "#ops"})
        self.assertEqual(
            listed,
            {
                "event": "listed", "room": "#ops", "where": "in #ops", "more": 0, "topic": "works",
                "names": ["client1", "client2", "client3"], "owners": ["client1"],
                "moderators": ["client3"], "away": ["client3"],
            },
        )  # fmt: skip
        self.asks({"do": "part", "room": "#ops"})
        [listed] = self.asks({"do": "who", "room": "#ops"})
        self.assertNotIn("topic", listed)

    def test_answers_say_what_they_answer(self) -> None:
        self.ann.types("/join #ops", "/topic #ops works", "one", "/dm client2 hi")
        self.told(self.bob)
        told = self.asks(
            {"do": "join", "room": "#ops", "nonce": "j"},
            {"do": "history", "nonce": "h"},
            {"do": "who", "nonce": "w"},
            {"do": "topic", "nonce": "t"},
            {"do": "part", "nonce": "p"},
            {"do": "away"},
        )
        answers = [(each["event"], each["answers"]) for each in told if "answers" in each]
        joined = [(each, "j") for each in ("admitted", "notice", "notice", "said", "notice")]
        others = [("said", "h"), ("listed", "w"), ("notice", "t"), ("dismissed", "p")]
        self.assertEqual(answers, [*joined, *others])
        notices = [each["room"] for each in told if each["event"] == "notice" and "room" in each]
        self.assertEqual(notices, ["#ops"] * 3)
        self.assertNotIn("answers", told[-1])

    def test_what_others_do_is_no_answer(self) -> None:
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops", "nonce": "1"})
        self.ann.types("/kick client2", "/invite client2")
        told = self.told(self.bob)
        self.assertIn("dismissed", [each["event"] for each in told])
        self.assertEqual([each for each in told if "answers" in each], [])

    def test_somebody_knocks(self) -> None:
        self.bob.types(
            '{"do": "join", "room": "#ops"}', '{"do": "privacy", "state": "invite-only"}'
        )
        self.told(self.bob)
        self.ann.types("/knock #ops please")
        knocked = self.told(self.bob)[-1]
        self.assertEqual((knocked["event"], knocked["to"]), ("knocked", "#ops"))

    def test_logging_out(self) -> None:
        self.asks({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        self.asks({"do": "join", "room": "#ops"})
        self.cat.types(f"/login bob {PASSWORD}")
        *_, told, _ = self.asks({"do": "logout", "nonce": "1"})
        facts = {"event": "logged-out", "name": "client4", "rooms": ["#lobby"], "answers": "1"}
        self.assertEqual(told, facts)

    def test_every_command_can_be_asked_for(self) -> None:
        for name in commands():
            if name not in ("quit", "exit"):
                self.bob.types(json.dumps({"do": name, "nonce": name}))
                *_, last = self.told(self.bob)
                found = last.get("error", last)
                self.assertEqual(found["nonce"], name)
        self.asks({"do": "quit", "nonce": "last"})
        self.assertTrue(self.bob.is_closed())

    def test_what_people_type(self) -> None:
        self.asks({"do": "join", "room": "#ops"}, {"do": "say", "room": "#lobby", "text": "hi"})
        told = self.asks(
            {"do": "type", "line": "/me waves", "room": "#ops", "nonce": "1"},
            {"do": "type", "line": "//one\ntwo"},
            {"do": "type", "line": "/away", "nonce": "2"},
            {"do": "type", "line": "/dm nobody hi", "nonce": "3"},
            {"do": "type", "line": "hi", "room": "#nowhere", "nonce": "4"},
            {"do": "type", "line": "/time on", "nonce": "5"},
        )
        acted, said, _, done, nobody, nowhere, people = told
        self.assertEqual((acted["event"], acted["room"]), ("acted", "#ops"))
        self.assertEqual(acted["nonce"], "1")
        self.assertEqual((said["text"], said["room"]), ("/one two", "#ops"))
        self.assertEqual(done, {"event": "done", "nonce": "2"})
        self.assertEqual(nobody["error"]["code"], "no-such-user")
        self.assertEqual(nowhere["error"]["nonce"], "4")
        self.assertEqual(people["error"]["text"], "/time is for people only.")

    def test_what_is_nearly_a_command_is_not_said(self) -> None:
        told = self.asks(
            {"do": "type", "line": ".login ann secret", "nonce": "1"},
            {"do": "here", "text": ".login ann secret", "nonce": "2"},
            {"do": "here", "text": "/login ann secret", "nonce": "3"},
            {"do": "here", "text": "one\n/login ann secret", "nonce": "4"},
        )
        for each, nonce in zip(told, "1234", strict=True):
            self.assertEqual((each["error"]["code"], each["error"]["nonce"]), ("misused", nonce))
            self.assertIn("it looks like /login.", each["error"]["text"])
        self.assertEqual(self.ann.hears(), [])
        [said] = self.asks({"do": "say", "room": "#lobby", "text": ".login ann secret"})
        self.assertEqual(said["text"], ".login ann secret")

    def test_what_people_type_to_one_person(self) -> None:
        self.asks({"do": "join", "room": "#ops"})

        def types(line: str) -> dict[str, Any]:
            asked = {"do": "type", "line": line, "username": "client1", "nonce": line}
            told, *_ = self.asks(asked)
            return told

        said = types("hello")
        self.assertEqual((said["event"], said["to"], said["nonce"]), ("direct", "client1", "hello"))
        acted = types("/me waves")
        self.assertEqual((acted["event"], acted["to"]), ("directly-acted", "client1"))
        self.assertEqual(acted["nonce"], "/me waves")
        self.assertEqual(self.ann.hears()[-2:], ["client2: hello", "* client2 waves"])
        self.assertEqual(self.cat.hears()[1:], [])
        self.cat.types("/dm client2 and me?")
        self.told(self.bob)
        self.assertEqual(types("/reply yes")["to"], "client1")
        for line in (
            "/topic x",
            "/who",
            "/history",
            "/kick cat",
            "/part",
            "/invite client3",
            "/key -",
        ):
            self.assertEqual(
                types(line)["error"]["text"],
                "This is between you and client1: name the room that you mean, such as #lobby.",
            )
        self.assertEqual(types("/who #ops")["names"], ["client2"])
        self.assertEqual(self.asks({"do": "here", "text": "hi"})[0]["room"], "#ops")

    def test_what_people_type_in_a_room_in_which_they_are_not(self) -> None:
        told = self.asks(
            {"do": "type", "line": "/topic x", "room": "#ops"},
            {"do": "type", "line": "hi", "room": "#ops"},
            {"do": "type", "line": "/join #ops", "room": "#ops"},
        )
        self.assertIn("You are not in #ops.", told[0]["error"]["text"])
        self.assertIn("You are not in #ops.", told[1]["error"]["text"])
        self.assertEqual(told[2]["event"], "admitted")

    def test_what_waits_for_somebody_is_told(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}", "/quit")
        self.asks({"do": "nick", "name": "bob"}, {"do": "register", "password": PASSWORD})
        asked = {"do": "type", "line": "/me waves", "username": "ann", "nonce": "1"}
        told, _ = self.asks(asked)
        facts = {"from": "bob", "account": "bob", "to": "ann", "text": "* bob waves"}
        self.assertEqual(told, {"event": "queued", **facts, "is_notice": False, "answers": "1"})

    def test_what_takes_its_time_is_answered_when_it_is_done(self) -> None:
        told = self.asks(
            {"do": "nick", "name": "bob", "nonce": "1"},
            {"do": "register", "password": PASSWORD, "nonce": "2"},
            {"do": "register", "password": PASSWORD, "nonce": "3"},
            {"do": "bc", "text": "hi", "nonce": "4"},
        )
        answers = [each for each in told if "nonce" in each.get("error", each)]
        self.assertEqual(
            [(each.get("event"), each.get("error", each)["nonce"]) for each in answers],
            [("done", "1"), ("done", "2"), (None, "3"), ("said", "4")],
        )
