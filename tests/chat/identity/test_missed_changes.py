"""Coming back after a restart: topics and removals of what was read before it."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.chat.identity import resuming
from tests.chat.identity.restarting import RestartTestCase

Told = list[dict[str, Any]]


class ChangesTestCase(RestartTestCase):
    """Ann owns #k, where Bob is, too, and has said something that both have read."""

    def setUp(self) -> None:
        super().setUp()
        self.ann.types("/join #k")
        self.asks({"do": "join", "room": "#k"})
        self.ann.types("/say #k one")
        self.ann.hears()
        [said] = self.told(self.bob)
        self.number = said["id"]

    def changes(self, told: Told) -> list[tuple[str, object]]:
        """The topics and removals, each with the text or the number."""
        kinds = {"topic-set": "topic", "redaction": "entry"}
        return [(each["event"], each.get(kinds[each["event"]])) for each in told
                if each.get("event") in kinds]  # fmt: skip

    def comes_back_twice(self) -> Told:
        """What is told at the first return; the second is told nothing of it."""
        told = self.comes_back()
        ids = [each["id"] for each in told if "id" in each]
        self.assertEqual(ids, sorted(set(ids)))
        self.bob.drops()
        again = self.comes_back()
        self.assertEqual((self.changes(again), self.texts(again)), ([], []))
        return [each for each in told if each["event"] not in ("joined", "entered")]


class RestartTests(ChangesTestCase):
    def test_changes_are_told_in_their_place(self) -> None:
        self.bob.drops()
        self.ann.types("/say #k two", "/topic #k words", f"/redact {self.number} spam")
        self.ann.types("/say #k three")
        self.ann.hears()
        self.crashes()
        told = self.comes_back_twice()
        kinds = [each["event"] for each in told]
        self.assertEqual(kinds, ["resumed", "said", "topic-set", "redaction", "said"])
        _, _, topic, removal, _ = told
        self.assertEqual((topic["name"], topic["topic"]), ("client1", "words"))
        self.assertEqual((removal["entry"], removal["name"]), (self.number, "client1"))
        self.assertEqual((removal["actor"], removal["why"]), ("client1", "spam"))

    def test_what_was_read_before_is_not_told_again(self) -> None:
        self.ann.types("/topic #k words", f"/redact {self.number}")
        self.ann.hears()
        both = [("topic-set", "words"), ("redaction", self.number)]
        self.assertEqual(self.changes(self.told(self.bob)), both)
        for _ in range(2):
            self.crashes()
            self.assertEqual(self.changes(self.comes_back_twice()), [])

    def test_a_topic_that_was_removed(self) -> None:
        self.ann.types("/topic #k words")
        self.ann.hears()
        self.told(self.bob)
        self.bob.drops()
        self.ann.types("/topic #k -")
        self.ann.hears()
        self.crashes()
        [topic] = [each for each in self.comes_back_twice() if each["event"] == "topic-set"]
        self.assertEqual((topic["name"], topic.get("topic")), ("client1", None))

    def test_what_was_not_read_is_told_as_removed_alone(self) -> None:
        self.bob.drops()
        self.ann.types("/say #k two", f"/redact {self.number + 1} spam")
        self.assertIn("removed line", self.ann.hears()[-1])
        self.crashes()
        told = self.comes_back_twice()
        self.assertEqual([each["event"] for each in told], ["resumed", "redacted"])

    def test_of_too_many_the_last_are_told(self) -> None:
        self.patch(resuming, "MOST_CHANGES", 1)
        self.bob.drops()
        self.ann.types("/topic #k words", f"/redact {self.number}")
        self.ann.hears()
        self.crashes()
        told = self.comes_back()
        self.assertEqual(self.changes(told), [("redaction", self.number)])
        self.assertEqual(self.resumed(told)["missing"], 1)

    def test_the_server_is_killed_before_they_are_told(self) -> None:
        """[What goes to the store is stored, but the answer never comes.]"""
        put = self.store.put

        async def lasting(name: str, value: str | None, version: int) -> None:
            await put(name, value, version)
            await Deferred()

        dan = self.server.joined_by("10.0.0.4")
        dan.types("/join #k")
        self.ann.hears()
        self.bob.drops()
        patched = self.patch(self.store, "put", lasting)
        dan.types("/topic #k words")
        self.ann.types(f"/redact {self.number}")
        self.assertEqual(self.ann.hears(), [])
        patched.restore()
        self.crashes()
        both = [("topic-set", "words"), ("redaction", self.number)]
        self.assertEqual(self.changes(self.comes_back_twice()), both)
        self.crashes()
        self.assertEqual(self.changes(self.comes_back_twice()), [])

    def test_those_of_an_earlier_version_are_not_told(self) -> None:
        self.bob.drops()
        self.ann.types("/topic #k words", f"/redact {self.number}")
        self.ann.hears()
        for name, record in self.store._records.items():
            if name.startswith(("room/", "act/")):
                facts = json.loads(record.value)
                facts.pop("topic_id", None)
                facts.pop("event_id", None)
                self.store._records[name] = record._replace(value=json.dumps(facts))
        self.crashes()
        self.assertEqual(self.changes(self.comes_back_twice()), [])


class ForgottenTests(ChangesTestCase):
    """The server goes on, but has little memory."""

    def begin(self, **options: Any) -> None:
        super().begin(history=10, **options)

    def test_memory_has_forgotten_them(self) -> None:
        self.bob.drops()
        self.ann.types("/topic #k words", f"/redact {self.number}")
        self.ann.types(*[f"/say #k {number}" for number in range(20)])
        self.ann.hears()
        told = self.comes_back_twice()
        self.assertEqual(self.resumed(told)["missing"], 0)
        both = [("topic-set", "words"), ("redaction", self.number)]
        self.assertEqual((self.changes(told), len(self.texts(told))), (both, 20))

    def test_the_reason_of_somebody_ignored_is_not_told(self) -> None:
        self.asks({"do": "ignore", "username": "client1"})
        self.bob.drops()
        self.ann.types("/topic #k words", f"/redact {self.number} spam")
        self.ann.types(*[f"/say #k {number}" for number in range(20)])
        self.ann.hears()
        [_, removal] = self.comes_back_twice()
        self.assertEqual((removal["event"], removal.get("why")), ("redaction", None))
