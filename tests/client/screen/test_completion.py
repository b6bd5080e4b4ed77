"""Completion: the likeliest first."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.screen.windows.view import View
from chatsvc.client.screen.windows.windows import Windows
from chatsvc.client.screen.writing.completion import complete
from chatsvc.terminal.editing.editor import Editor


class CompletionTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.windows = Windows("host", View(Editor(lambda _: []), 80, 24))
        self.windows.lobby.people.set(["ann", "Anton", "bob", "andy", "andrea"])
        self.windows.lobby.heard("Anton")
        self.windows.lobby.heard("bob")
        ops = self.windows.open("#ops")
        ops.people.set(["amy"])
        self.windows.open("@andrea")
        self.windows.open("@andreas")
        self.windows.lobby.heard("antonia")

    def completes(self, before: str) -> list[str]:
        return complete(before, self.windows)

    def test_names(self) -> None:
        self.assertEqual(self.completes("an"), ["Anton: ", "andrea: ", "andy: ", "ann: "])
        self.assertEqual(self.completes("hello AN"), ["Anton ", "andrea ", "andy ", "ann "])
        self.assertEqual(self.completes("a")[-2:], ["ann: ", "amy: "])
        self.assertEqual(self.completes("hello "), [])
        self.assertEqual(self.completes("x"), [])

    def test_a_topic_to_change(self) -> None:
        self.windows.open("#ops").topic = "Deploys on Tuesdays"
        self.assertEqual(self.completes("/topic #ops "), ["Deploys on Tuesdays"])
        self.assertEqual(self.completes("/topic "), self.completes("/topic #"))
        self.windows.lobby.topic = "Hello"
        self.assertEqual(self.completes("/topic "), ["Hello"])
        self.assertNotIn("Hello", self.completes("/topic #ops new "))

    def test_names_that_nobody_has_any_more(self) -> None:
        self.assertEqual(self.completes("antoni"), [])
        self.assertEqual(self.completes("andreas"), [])
        self.windows.lobby.people.more = 1  # some of whom the names are not known
        self.assertEqual(self.completes("antoni"), ["antonia: "])
        self.windows.lobby.people.more = 0
        self.windows.renamed("Anton", "Antony", "")
        self.assertEqual(self.completes("an")[0], "Antony: ")
        self.windows.gone("Antony")
        self.assertEqual(self.completes("anton"), [])

    def test_behind_brackets_and_the_like(self) -> None:
        self.assertEqual(self.completes("(an")[0], "(Anton")
        self.assertEqual(self.completes('he said "AN')[0], '"Anton')
        self.assertEqual(self.completes("@an")[0], "@Anton ")
        self.assertEqual(self.completes("hi @an")[0], "@Anton ")
        self.assertEqual(self.completes("bob/am"), ["bob/amy"])
        self.assertEqual(self.completes("(#o"), ["(#ops"])
        self.assertEqual(self.completes("x#o"), ["x#ops"])
        self.assertEqual(self.completes("hello!"), [])
        self.assertEqual(self.completes("/dm bob (am"), ["(amy"])

    def test_commands(self) -> None:
        self.assertEqual(self.completes("/wh"), ["/who ", "/whois "])
        self.assertEqual(self.completes("/ke"), ["/keep ", "/key ", "/keys "])
        self.assertEqual(self.completes("/ping"), [])
        self.assertEqual(self.completes("/help who"), ["who ", "whois "])
        self.assertEqual(self.completes("hello /wh"), [])

    def test_rooms(self) -> None:
        self.assertEqual(self.completes("#"), ["#lobby ", "#ops "])
        self.assertEqual(self.completes("in #o"), ["#ops "])
        self.assertEqual(self.completes("/join "), ["#lobby ", "#ops "])

    def test_what_a_command_takes(self) -> None:
        self.assertEqual(self.completes("/dm an"), ["Anton ", "andrea ", "andy ", "ann "])
        self.assertEqual(self.completes("/dm ")[0], "bob ")
        self.assertEqual(self.completes("/dm bob an"), ["Anton ", "andrea ", "andy ", "ann "])
        self.assertEqual(self.completes("/privacy #ops h"), ["hidden "])
        self.assertEqual(self.completes("/kick #ops am"), ["amy "])
        self.assertEqual(self.completes("/kick am"), ["amy "])
        self.assertEqual(self.completes("/time o"), ["on ", "off "])
        self.assertEqual(self.completes("/nothing an")[0], "Anton ")
        self.assertEqual(self.completes("/users an")[0], "Anton ")
        self.assertEqual(self.completes("//dm an")[0], "Anton ")
