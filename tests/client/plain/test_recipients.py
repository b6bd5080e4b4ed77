"""Direct messages that wait reach nobody else than those for whom they were typed."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.plain.recipients import take_back
from tests.client.screen.sitting import Link

LEFT = "That was not said: bob has left, and others can take that name."
PERHAPS = "That may not have been said: this may be another {} than before."
ALL = {nonce: PERHAPS.format(to) for nonce, to in (("1", "bob"), ("2", "bob"), ("3", "cat"))}


class Waiting(Link):
    """Two messages for Bob, of which the first is on its way; one for Cat, and one for all."""

    def __init__(self) -> None:
        super().__init__()
        for do, more in (
            ("dm", {"username": "bob"}),
            ("msg", {"username": "Bob"}),
            ("dm", {"username": "cat"}),
            ("type", {"line": "hi"}),
        ):
            self.ask(do, nonce=str(len(self.asked) + 1), **more)
        self.unanswered = self.asked
        self.waiting = len(self.asked)
        self.unsent = ["2", "3", "4"]


class RecipientTests(SynchronousTestCase):
    def takes_back(self, event: str, **fields: Any) -> dict[str, str]:
        self.link = Waiting()
        link: Any = self.link
        told = {"event": event, **fields}
        unsaid = take_back(link, told)
        self.assertEqual(self.link.forgotten, [*unsaid])
        return unsaid

    def test_somebody_leaves(self) -> None:
        for event in ("quit", "lost"):
            self.assertEqual(self.takes_back(event, name="bob"), {"2": LEFT})
        removed = {"how": "kicked", "actor": "ann", "act": 1, "span": "", "until": "", "why": ""}
        self.assertEqual(self.takes_back("removed", name="bob", **removed), {"2": LEFT})
        self.assertEqual(self.takes_back("quit", name="dan"), {})

    def test_somebody_changes_names(self) -> None:
        self.assertEqual(self.takes_back("renamed", name="bob", new="robert"), {})
        self.assertEqual(self.link.readdressed, [("bob", "robert")])

    def test_the_place_is_gone(self) -> None:
        self.assertEqual(self.takes_back("welcome", name="client1", rooms=["#lobby"]), ALL)

    def test_the_server_does_not_know_who_left(self) -> None:
        back = {"token": "t", "seen": 8, "name": "ann", "rooms": ["#lobby"], "missing": 0}
        self.assertEqual(self.takes_back("resumed", **back), {})
        self.assertEqual(self.takes_back("resumed", **back | {"missing": 1}), ALL)
        self.assertEqual(self.takes_back("resumed", **back, restarted=True), ALL)
