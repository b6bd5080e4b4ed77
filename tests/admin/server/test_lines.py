"""Lines that follow a question are taken by the commands that want them, and wait in bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator

from chatsvc.admin.answer import Item, Line
from chatsvc.admin.protocol import question
from chatsvc.admin.server.call import Call
from chatsvc.admin.server.lines import MOST_WAITING
from tests.admin.asking import AdminTestCase


class LinesTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.is_cleaned_up = False

        async def repeat(call: Call) -> AsyncIterator[Item]:
            """Repeat what comes, slowly."""
            try:
                async for line in call.lines:
                    await call.chat.clock.sleep(1)
                    yield Line(line.decode())
            finally:
                self.is_cleaned_up = True

        self.has_command("repeat", repeat)

    def said(self, seconds: float) -> list[str]:
        self.server.clock.pump([0, seconds, 0])
        return [each["line"] for each in self.asking.answered()]

    def test_they_are_taken_one_by_one(self) -> None:
        self.asking = self.connects()
        self.asking.sends(question("repeat", {}))
        self.asking.sends(b"one\ntwo\n")
        self.assertEqual(self.said(0), [])
        self.assertEqual([self.said(1), self.said(1), self.said(1)], [["one"], ["two"], []])
        self.asking.sends(b"three\n")
        self.assertEqual(self.said(1), ["three"])

    def test_no_more_are_read_than_are_taken(self) -> None:
        self.asking = self.connects()
        self.asking.sends(question("repeat", {}))
        self.asking.sends(b"one\n")
        self.assertEqual(self.asking.transport.producerState, "producing")
        self.asking.sends(b"more\n" * MOST_WAITING)
        self.assertEqual(self.asking.transport.producerState, "paused")
        while self.said(1):
            pass
        self.assertEqual(self.asking.transport.producerState, "producing")

    def test_a_client_that_ends_ends_them(self) -> None:
        asking = self.asking = self.connects()
        asking.sends(question("repeat", {}) + b"one\n")
        asking.protocol.connectionLost()
        self.server.clock.pump([0, 1, 0])
        self.assertTrue(self.is_cleaned_up)

    def test_other_commands_take_none(self) -> None:
        asking = self.connects()
        asking.sends(question("status", {}) + b"more\n" * 100)
        self.server.clock.pump([0, 0.1])
        self.assertEqual(asking.answered()[-1], {"done": True})
        self.assertNotEqual(asking.transport.producerState, "paused")
