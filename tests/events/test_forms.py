"""Events as objects, and back."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.logs.log import Entry
from chatsvc.dialects.json_lines import wording
from chatsvc.events.answers import Notice, Refused
from chatsvc.events.forms import event_of, forms
from chatsvc.events.people import Listed
from chatsvc.events.speech import Direct


class FormsTests(SynchronousTestCase):
    def test_there_and_back(self) -> None:
        for event in (
            Direct("ann", "hi", nonce="1", to="bob"),
            Listed(("ann", "bob"), "in #ops", "#ops", 3),
            Notice("hello"),
        ):
            told = json.loads(wording([Entry(0, None, 0.0, event, b"")]))
            self.assertEqual(event_of(told), event)

    def test_what_is_no_event(self) -> None:
        name, _ = forms()[Listed]
        strange: list[dict[str, Any]] = [
            {},
            {"event": "new in version 2"},
            {"event": ["listed"]},
            {"event": name, "names": "ann"},
            {"event": name, "names": [1]},
            {"event": name, "more": "many"},
            {"event": forms()[Refused].name, "text": "no"},
        ]
        for told in strange:
            self.assertIsNone(event_of(told), told)

    def test_a_setting_of_a_later_version(self) -> None:
        told = {"event": "changed-room", "room": "#ops", "name": "ann", "text": "{0}"}
        for setting, value, what in (
            ("hue", "{0}", "its hue is {0} now"),
            ("{hue}", "red", "its {hue} is red now"),
            ("key", "{x}", "it has no key any more"),
        ):
            event = event_of({**told, "changes": [f"{setting} {value}"]})
            self.assertEqual(str(event), f"server: ann has changed #ops: {what}.")
