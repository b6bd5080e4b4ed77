"""Whatever is asked of the commands, they answer, and nothing breaks."""

from __future__ import annotations

from chatsvc.admin.command import Command, commands
from tests.admin.asking import AdminTestCase

EVIL = (
    "", " ", "#", "##", "-", "client1", "ann", "#tea", "lobby", "server", "account", "address",
    "\x1b[2J\x07\r\n", "\u202egnp.exe", "\ud800", "a" * 5000, "e" + "\u0301" * 500, "日本語",
    "address ::1", "account ann", "*!*@*", "10.0.0.0/8", "0.0.0.0/0", "for 2h", "forever",
    "1" * 400, "{room}", "%s", "../../etc/passwd", "admin:root", "\0",
)  # fmt: skip
NUMBERS = (0, -1, 1, 10**30)


def in_the_server() -> list[Command]:
    """The commands that people have, and that run in the server."""
    return [each for each in commands().values() if not (each.is_here or each.part_of)]


class WhateverTests(AdminTestCase):
    def test_every_command_with_every_word(self) -> None:
        bugs = self.logged()
        for each in in_the_server():
            for word in EVIL:
                self.ann = self.server.joined_by("10.0.0.1")
                self.ann.types("/join #tea", "hi")
                arguments: dict[str, object] = {
                    parameter.name: word
                    for parameter in each.parameters
                    if parameter.kind is str and not parameter.choices
                }
                *items, last = self.asks(each.name, **arguments)
                self.assertEqual(len(last), 1, (each.name, word, last))
                self.assertLessEqual(last.keys(), {"done", "refused", "misused"})
                self.assertNotIn("went wrong", str(last), (each.name, word, bugs))
                for item in items:
                    self.assertTrue({"row", "facts", "line"} & item.keys(), (each.name, word, item))
        self.assertEqual([line for line in bugs if "mistake" in line], [])

    def test_every_command_with_every_number(self) -> None:
        for each in in_the_server():
            for parameter in each.parameters:
                for number in NUMBERS if parameter.kind is int else ():
                    *_, last = self.asks(each.name, **{parameter.name: number})
                    self.assertNotIn("went wrong", str(last), (each.name, number))
