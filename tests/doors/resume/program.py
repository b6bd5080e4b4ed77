"""A program that comes back on another connection."""

from __future__ import annotations

import json
from typing import Any

from tests.dialects.test_json_lines import JsonTestCase
from tests.harness import Person


def lines(*objects: dict[str, Any]) -> bytes:
    return b"".join([json.dumps(each).encode() + b"\n" for each in objects])


class ResumeTestCase(JsonTestCase):
    """Bob is a program that holds a token."""

    seen = 0

    def setUp(self) -> None:
        super().setUp()
        [given] = self.asks({"do": "resume"})
        self.token, self.seen = given["token"], given["seen"]
        for person in (self.ann, self.cat):
            person.hears()

    def told(self, person: Person) -> list[dict[str, Any]]:
        """The same; what Bob has seen is noted."""
        told = super().told(person)
        if person is self.bob:
            self.seen = max([each.get("id", 0) for each in told], default=0) or self.seen
        return told

    def comes_back(self, *objects: dict[str, Any], token: str = "") -> list[dict[str, Any]]:
        """What Bob is told on another connection, on which he asks for more."""
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        resume = {"do": "resume", "token": token or self.token, "seen": self.seen}
        self.bob.sends(b"/json\n" + lines(resume, *objects))
        told = self.told(self.bob)
        for each in told:
            if each.get("event") == "resumed":
                self.token, self.seen = each["token"], max(self.seen, each["seen"])
        return told

    def texts(self, told: list[dict[str, Any]]) -> list[str]:
        return [each["text"] for each in told if each.get("event") in ("said", "direct")]
