"""Names of an export are turned into ones that are allowed here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.people.nicks import checked
from chatsvc.exchange import names
from chatsvc.exchange.names import Names, mapping_in, mapping_of
from chatsvc.exchange.said import Unreadable
from chatsvc.text.names import HOOK, LONGEST, room_name


class PeopleTests(SynchronousTestCase):
    def test_what_is_allowed_stays(self) -> None:
        known = Names({})
        for name in ("ann", "Zoë", "client7", "deploys[hook]", "a-b_c", "名前"):
            self.assertEqual(known.person(name), name)
        self.assertEqual(known.changed, {})

    def test_what_is_not_is_changed(self) -> None:
        known = Names({})
        for name, new in [
            ("Ann B. Bee", "Ann-B-Bee"),
            ("[bob]", "bob"),
            ("bob|away", "bob-away"),
            ("x", "x_"),
            ("server", "server_"),
            ("admin", "admin_"),
            ("", "unknown"),
            ("---", "unknown_2"),
            ("\x1b[31mred", "31mred"),
            ("a" * 50, "a" * (LONGEST - 2)),
            ("CI Bot[hook]", "CI-Bot[hook]"),
        ]:
            self.assertEqual(known.person(name), new)
            self.assertEqual(known.changed[name], new)

    def test_two_people_stay_two(self) -> None:
        known = Names({})
        self.assertEqual(known.person("bob|x"), "bob-x")
        self.assertEqual(known.person("bob.x"), "bob-x_2")
        self.assertEqual(known.person("bob|x"), "bob-x")

    def test_mapped(self) -> None:
        known = Names(mapping_of("bob=robert, Ann B.=ann"))
        self.assertEqual(known.person("BOB"), "robert")
        self.assertEqual(known.person("Ann B."), "ann")
        self.assertEqual(known.account("bob"), "robert")
        self.assertEqual(known.account("cat"), "cat")

    @given(some.text())
    def test_whatever_the_name_a_name_comes_of_it(self, name: str) -> None:
        new = Names({}).person(name)
        base = new.removesuffix(HOOK)
        if not base.startswith("client"):
            self.assertEqual(checked(base), base)

    @given(some.text())
    def test_or_of_a_room(self, name: str) -> None:
        new = Names({}).room(name)
        self.assertEqual(room_name(new), new)

    def test_there_are_not_too_many(self) -> None:
        self.patch(names, "MOST", 3)
        known = Names({})
        for number in range(3):
            known.person(f"bob{number}")
        self.assertRaises(Unreadable, known.person, "ann")


class RoomTests(SynchronousTestCase):
    def test_rooms(self) -> None:
        known = Names({})
        self.assertEqual(known.room("#ops"), "#ops")
        self.assertEqual(known.room("general"), "#general")
        self.assertEqual(known.room("#Ops"), "#ops")  # as on IRC
        self.assertEqual(known.room("#team.a"), "#team-a")
        self.assertEqual(known.room("#0ps"), "#0ps_2")  # which looks like #ops
        self.assertEqual(known.room("##"), "#unknown")

    def test_mapped(self) -> None:
        known = Names(mapping_of("#general=#old,#random="))
        self.assertEqual(known.room("#General"), "#old")
        self.assertEqual(known.room("#random"), "")

    def test_wrong_mappings(self) -> None:
        for text in ("bob", "=bob", "#a=b", "bob=a b", "bob=server", "#a=#", "bob="):
            with self.assertRaises(Unreadable, msg=text):
                Names(mapping_of(text))

    def test_in_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "map"
            path.write_text("#general = #old\n\nBee, Ann = ann\n")
            self.assertEqual(mapping_in(path), {"#general": "#old", "Bee, Ann": "ann"})
