"""Completion: the likeliest first."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.completion import complete
from chatsvc.client.windows import Windows
from chatsvc.terminal.editor import Editor


class CompletionTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.windows = Windows(Editor(lambda _: []), 80, 24)
        self.windows.lobby.has(["ann", "Anton", "bob", "andy"])
        self.windows.lobby.heard("Anton")
        self.windows.lobby.heard("bob")
        ops = self.windows.open("#ops")
        ops.has(["amy"])
        self.windows.open("@andrea")

    def completes(self, before: str) -> list[str]:
        return complete(before, self.windows, ["keys"])

    def test_names(self) -> None:
        self.assertEqual(self.completes("an"), ["Anton: ", "andy: ", "ann: ", "andrea: "])
        self.assertEqual(self.completes("hello AN"), ["Anton ", "andy ", "ann ", "andrea "])
        self.assertEqual(self.completes("a")[-2:], ["amy: ", "andrea: "])
        self.assertEqual(self.completes("hello "), [])
        self.assertEqual(self.completes("x"), [])

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
        self.assertEqual(self.completes("/dm an"), ["Anton ", "andy ", "ann ", "andrea "])
        self.assertEqual(self.completes("/dm ")[0], "bob ")
        self.assertEqual(self.completes("/dm bob an"), ["Anton ", "andy ", "ann ", "andrea "])
        self.assertEqual(self.completes("/privacy #ops h"), ["hidden "])
        self.assertEqual(self.completes("/kick #ops am"), ["amy "])
        self.assertEqual(self.completes("/kick am"), ["amy "])
        self.assertEqual(self.completes("/time o"), ["on ", "off "])
        self.assertEqual(self.completes("/nothing an")[0], "Anton ")
        self.assertEqual(self.completes("/users an")[0], "Anton ")
        self.assertEqual(self.completes("//dm an")[0], "Anton ")
