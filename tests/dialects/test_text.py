"""How what is said reads, line by line."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.logs.log import Entry
from chatsvc.dialects.text import plain, timed
from chatsvc.events.event import LOBBY, Event
from chatsvc.events.speech import Acted, Recalled, Said

FORGED = "hello\nserver: ann has quit.\nbob: I agree"


def entry(event: Event) -> Entry:
    return Entry.reply(7, 0.0, event)


class SeveralLinesTests(SynchronousTestCase):
    def test_each_names_its_speaker(self) -> None:
        recalled = Recalled(7, 0.0, Said("ann", FORGED), 60.0)
        for event, before in [
            (Said("ann", FORGED), "ann: "),
            (Said("ann", FORGED, "#ops"), "#ops ann: "),
            (Acted("ann", FORGED), "* ann "),
            (Said("ann", FORGED, LOBBY), "ann: "),
            (recalled, f"[7 {recalled.when}] ann: "),
        ]:
            lines = plain([entry(event)]).decode().splitlines()
            self.assertEqual(lines, [before + line for line in FORGED.split("\n")])

    def test_each_stands_behind_the_time(self) -> None:
        lines = timed([entry(Said("ann", FORGED))]).decode().splitlines()
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertRegex(line, r"^\d\d:\d\d:\d\d ann: ")
