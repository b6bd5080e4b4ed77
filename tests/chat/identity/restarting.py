"""A store that outlives its server, and a program that comes back to it."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.throttle import Throttle
from tests.chat.history.test_archive import Lasting
from tests.commands.test_accounts import PASSWORD
from tests.doors.resume.program import ResumeTestCase
from tests.harness import Server

OWN = "a-token_of-my-own".ljust(32, "x")


class RestartTestCase(ResumeTestCase):
    """The store survives the server. Bob, a program, has a name and is in a room that stays."""

    def begin(self, **options: Any) -> None:
        self.store = Lasting()
        self.options = {"store": self.store, "plaintext_passwords": True, **options}
        super().begin(**self.options)

    def setUp(self) -> None:
        super().setUp()
        self.asks({"do": "nick", "name": "bob"}, {"do": "join", "room": "#ops"}, {"do": "persist"})
        self.ann.types("/join #ops")
        self.ann.hears()
        self.told(self.bob)

    def crashes(self, after: float = 0.0, **options: Any) -> None:
        """The server is killed, and run again after a while; only Ann comes at once."""
        now = self.server.clock.seconds() + after
        self.server = Server(throttle=Throttle.off(), now=now, **self.options | options)
        self.ann = self.server.joined_by("10.0.0.1")
        self.ann.types("/join #ops")
        self.ann.hears()

    def resumed(self, told: list[dict[str, Any]]) -> dict[str, Any]:
        self.assertEqual(told[0].get("event"), "resumed", told)
        return told[0]

    def records(self) -> dict[str, Any]:
        return {
            name: json.loads(record.value)
            for name, record in self.store._records.items()
            if name.startswith("place/")
        }


class CorrespondentTestCase(RestartTestCase):
    """Bob has an account; so has Rita, who comes back at once after a crash."""

    def setUp(self) -> None:
        super().setUp()
        self.asks({"do": "register", "password": PASSWORD})
        self.rita = self.server.joined_by("10.0.0.7")
        self.rita.asks("/nick rita", f"/register {PASSWORD}")

    def crashes(self, after: float = 0.0, **options: Any) -> None:
        super().crashes(after, **options)
        self.rita = self.server.joined_by("10.0.0.7")
        self.rita.asks(f"/login rita {PASSWORD}")
