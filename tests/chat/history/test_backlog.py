"""The words of a backlog are made once for all who join within a second, and always right."""

from __future__ import annotations

from unittest import mock

from chatsvc.chat.history import backlog
from chatsvc.chat.history.backlog import KEPT_FOR, Backlogs
from chatsvc.events.speech import Recalled, Redacted
from tests.harness import ChatTestCase, Person


class BacklogTests(ChatTestCase):
    def shown(self) -> list[str]:
        """What a newcomer is shown of what was said."""
        heard = self.server.joined_by("10.0.1.1").hears()
        return [line.partition("] ")[2] for line in heard if line.startswith("[")]

    def test_a_crowd_costs_no_more_than_one(self) -> None:
        self.ann.types("one", "two")
        self.ann.hears()
        with mock.patch.object(Recalled, "__str__", autospec=True, side_effect=_words) as made:
            crowd: list[Person] = []
            for number in range(10):
                crowd.append(self.server.joined_by(f"10.0.1.{number}"))
                crowd[-1].types("/nope")  # is announced by itself
            for each in crowd:
                shown = [line for line in each.hears() if line.startswith("[")]
                self.assertEqual([line[-5:] for line in shown], [": one", ": two"])
        self.assertEqual(made.call_count, 2)

    def test_a_crowd_that_joins_a_room_costs_no_more_than_one(self) -> None:
        crowd = [self.server.joined_by(f"10.0.1.{number}") for number in range(10)]
        self.ann.types("/join #x", "one", "two")
        for each in crowd:
            each.hears()
        with mock.patch.object(Recalled, "__str__", autospec=True, side_effect=_words) as made:
            for number, each in enumerate(crowd):
                each.types("/join #x")
                self.ann.types(f"three {number}")  # at the same time
            for number, each in enumerate(crowd):
                shown = [line for line in each.hears() if line.startswith("[")]
                self.assertEqual(len(shown), number + 2)
        self.assertEqual(made.call_count, 2 + 9)

    def test_no_more_is_kept_than_may_be(self) -> None:
        chat = self.server.chat
        backlogs = Backlogs(chat.clock)
        for number in range(19):
            self.ann.types(f"/join #x{number}", "one")
            self.ann.hears()
        with mock.patch.object(backlog, "MOST_KEPT", 5):
            for room in chat.rooms.values():
                backlogs.replies(room, chat.delivery.last_id)
                self.assertLessEqual(len(backlogs._shown), 6)

    def test_what_is_said_between_two_newcomers(self) -> None:
        self.ann.types("one")
        self.assertEqual(self.shown(), ["client1: one"])
        self.ann.types("two")
        self.assertEqual(self.shown(), ["client1: one", "client1: two"])

    def test_what_is_removed_between_two_newcomers(self) -> None:
        self.ann.types("one")
        self.assertEqual(self.shown(), ["client1: one"])
        lobby = self.server.chat.lobby
        said = lobby.recent[-1]
        lobby.replace(said._replace(event=Redacted("client1", "an operator", "#lobby")))
        self.assertEqual(self.shown(), ["server: What client1 said was removed by an operator."])

    def test_tomorrow_the_date_is_shown(self) -> None:
        self.ann.types("one")
        self.shown()
        self.server.clock.ahead = 24 * 3600.0 - KEPT_FOR
        [line] = [each for each in self.server.joined_by("10.0.1.2").hears() if "one" in each]
        self.assertRegex(line, r"^\[\d+ \d{4}-\d\d-\d\d \d\d:\d\d\] ")


_words = Recalled.__str__
