"""What is told, as people see it."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import wording
from chatsvc.client.own_name import OwnName
from chatsvc.client.wording import colour, text
from chatsvc.events.forms import event_of
from chatsvc.terminal.colours import FAINT, URGENT
from chatsvc.terminal.styles import PLAIN, Style
from tests.zone import move_to


def told(event: str, **fields: Any) -> dict[str, Any]:
    return {"event": event, "at": "2026-11-23T08:15:00.000Z", **fields}


def called(name: str) -> OwnName:
    own = OwnName()
    own.name = name
    return own


class SharedTests(SynchronousTestCase):
    """Lines share what they have in common, as there are many."""

    def test_the_time_and_the_name_are_the_same_objects(self) -> None:
        one, other = (
            wording.line(received, event_of(received), called("ann"))
            for received in (told("said", **{"from": "bob", "text": text}) for text in ("a", "b"))
        )
        for before, after in zip(one[:-1], other[:-1], strict=True):
            self.assertIs(before, after)

    def test_no_more_than_so_many_names_are_kept(self) -> None:
        for number in range(300):
            received = told("said", **{"from": f"bob{number}", "text": "hello"})
            self.assertEqual(wording.line(received, None, called("ann"))[0][0][2], ":")
            line = wording.line(received, event_of(received), called("ann"))
            self.assertEqual(line[2][0], f"bob{number}")
        self.assertEqual(wording._name.cache_info().currsize, wording.NAMES)


class TextTests(SynchronousTestCase):
    def test_as_on_the_server(self) -> None:
        said = {"from": "ann", "text": "hi"}
        for event, line in (
            (told("said", **said, room="#lobby", id=7), "ann: hi"),
            (told("said", **said, room="#ops", id=7), "#ops ann: hi"),
            (told("acted", **said, room="#ops"), "#ops * ann hi"),
            (told("direct", **said, to="bob"), "ann (to bob only): hi"),
            (told("joined", name="ann"), "server: ann has joined."),
            (told("notice", text="So it is."), "server: So it is."),
            ({"error": {"code": "refused", "text": "No."}}, "server: No."),
            ({"error": {}}, "server: That cannot be done."),
        ):
            self.assertEqual(text(event), line)

    def test_what_was_said_earlier(self) -> None:
        move_to(self, "UTC")
        event = told("said", **{"from": "ann", "text": "a\nb"}, room="#lobby", id=7, recalled=True)
        self.assertEqual(text(event), "[7 23 Nov 08:15] ann: a\n[7 23 Nov 08:15] ann: b")
        event["at"] = "yesterday"
        self.assertEqual(text(event), "[7] ann: a\n[7] ann: b")

    def test_what_a_later_version_tells(self) -> None:
        self.assertIn("sneezed", text(told("sneezed", name="ann")))


class ColourTests(SynchronousTestCase):
    def test_a_list_of_people_is_broken_by_the_terminal_only(self) -> None:
        names = [f"person{number}" for number in range(20)]
        for more, end in ((0, "person19"), (5, "person19, and 5 more")):
            received = told("listed", names=names, where="in #ops", room="#ops", more=more)
            words = wording.line(received, event_of(received), called("ann"))[-1][0]
            self.assertTrue(words.startswith(f"{20 + more} users are in #ops: person0, person1"))
            self.assertTrue(words.endswith(end))
            self.assertNotIn("\n", words)

    def test_a_name_has_its_colour(self) -> None:
        self.assertEqual(colour("Ann"), colour("ann"))
        self.assertGreater(len({colour(f"client{n}") for n in range(100)}), 40)

    def test_mentions_and_ones_own_name_look_different(self) -> None:
        told = {"event": "said", "from": "ann", "text": "hello bob", "room": "#lobby"}
        segments = dict(wording.line(told, event_of(told), called("bob")))
        self.assertEqual(segments["hello bob"], URGENT)
        self.assertNotIn(segments["ann"].colour, (None, URGENT.colour))
        segments = dict(wording.line(told, event_of(told), called("Ann")))
        self.assertEqual((segments["ann"], segments["hello bob"]), (Style(bold=True), PLAIN))

    def test_a_reaction_looks_unlike_a_message(self) -> None:
        told = {"event": "reacted", "from": "ann", "text": "+1", "reply_to": 7, "room": "#ops"}
        segments = wording.line(told, event_of(told), called("bob"))
        self.assertEqual(segments[1:], [("-- ", FAINT), ("* ann reacts to [7]: +1", FAINT)])

    def test_the_token_of_a_place_is_not_shown(self) -> None:
        told = {"event": "resumed", "token": "secret", "seen": 1, "name": "ann", "missing": 0}
        self.assertEqual(text(told), "server: You are ann again.")
        told |= {"rooms": ["#lobby", "#ops"], "missing": 2}
        where = "server: You are ann again, in #lobby, #ops."
        self.assertEqual(text(told), f"{where} Lines of 2 rooms are missing: /history")
