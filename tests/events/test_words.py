"""Whose words events hold: what is to be kept from those who ignore them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_type_hints

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.events.event import NOBODY, Event
from chatsvc.events.forms import forms

# Events without words that anybody has chosen for others to read: names, numbers, the server's own
# sentences, answers for the session that asked, and what is not sent at all to those who ignore.
FACTS = {
    "Welcomed", "LoggedIn", "LoggedOut", "CrowdJoined", "Lost", "Listed",
    "ChangedRoom", "GivenUp", "Owned", "Opped", "Voiced", "ModeratedSet", "Notice",
    "Invited", "Knocked", "Admitted", "Watched", "OwnSession",
    "Dismissed", "Refused", "Done", "Paced", "Resumable", "Resumed", "NotSaid", "Missed",
    "MarkedRead",
}  # fmt: skip
VALUES: dict[object, Any] = {str: 'x: "y"', bool: True, int: 1, float: 1.0, tuple[str, ...]: ("x",)}


def kinds() -> list[type[Event]]:
    return list(forms())


class WordsTests(SynchronousTestCase):
    def made(self, kind: type[Event]) -> Event:
        hints = get_type_hints(kind)
        said = next(each for each in kinds() if each.__name__ == "Direct")
        values = {
            each.name: self.made(said) if each.name == "said" else VALUES[hints[each.name]]
            for each in fields(kind)
        }
        return kind(**values)

    def test_each_event_is_a_fact_or_has_an_author(self) -> None:
        for kind in kinds():
            author = self.made(kind).author
            self.assertEqual(author == NOBODY, kind.__name__ in FACTS, kind)

    def test_what_is_left_of_it_holds_nobodys_words(self) -> None:
        for kind in kinds():
            left = self.made(kind).without_words()
            self.assertTrue(left is None or left.author == NOBODY, kind)
