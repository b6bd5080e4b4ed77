"""The manners of lines that people type and read."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.plain.manners import Plain
from chatsvc.client.settings.values import Settings
from tests.client.screen.sitting import Link


class PlainTests(SynchronousTestCase):
    def test_what_is_refused_is_not_answered_later(self) -> None:
        link = Link()
        bob = Plain(Settings(), is_scripted=False, is_read=True, reactor=Clock())
        nonce = bob.ask(link, b"/mentions")  # type: ignore[arg-type]  # it only asks
        refused = {"code": "unsure", "text": "That may not be done.", "nonce": nonce}
        self.assertEqual(bob.word({"error": refused}), "server: That may not be done.")
        self.assertEqual(bob.word({"event": "done", "nonce": nonce}), "")
        nonce = bob.ask(link, b"/mentions")  # type: ignore[arg-type]  # a fake link
        said = bob.word({"event": "done", "nonce": nonce})
        self.assertEqual(said, "Nobody has mentioned you since you came.")

    def test_a_reaction_rings_no_bell(self) -> None:
        bob = Plain(Settings(levels={"#ops": "all"}), False, True, Clock())
        for event, rings in (("said", True), ("reacted", False)):
            told = {"event": event, "from": "ann", "room": "#ops", "text": "+1", "reply_to": 7}
            self.assertEqual(bob.word(told).startswith("\a"), rings)
