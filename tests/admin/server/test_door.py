"""The door of administrators: what is sent there, whatever that is, and what comes back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from getpass import getuser
from typing import Any, Literal

from twisted.internet.defer import Deferred

from chatsvc.admin.answer import Item, Line, Row
from chatsvc.admin.command import Text
from chatsvc.admin.console.asking import Console
from chatsvc.admin.peer import administrator
from chatsvc.admin.protocol import ASKED_BYTES, question
from chatsvc.admin.server.call import Call
from chatsvc.admin.server.door import ASK_WITHIN, MOST
from chatsvc.errors import ChatError, Misused
from chatsvc.store import StoreError
from tests.admin.asking import AdminTestCase, Asking

BY = f"admin:{getuser()}"


def count(call: Call, most: int = 3) -> Iterator[Item]:
    """Count."""
    for number in range(most):
        yield Row({"number": number})


async def greet(
    call: Call, name: str, text: Text, *, mood: Literal["good", "bad"] = "good", loud: bool = False
) -> None:
    """Greet somebody."""
    call.session.tell(f"{name}: {text} {mood} {loud}")


class QuestionTests(AdminTestCase):
    """What is asked."""

    def setUp(self) -> None:
        super().setUp()
        self.has_command("count", count, looks=True)
        self.has_command("greet", greet)

    def answer_to(self, data: bytes) -> list[dict[str, Any]]:
        asking = self.connects()
        asking.sends(data)
        self.server.clock.pump([0, 0.01])
        self.assertTrue(asking.is_over)
        return asking.answered()

    def test_rows(self) -> None:
        answer = self.answer_to(question("count", {"most": 2}))
        self.assertEqual(answer, [{"row": {"number": 0}}, {"row": {"number": 1}}, {"done": True}])

    def test_what_the_session_is_told(self) -> None:
        answer = self.answer_to(question("greet", {"name": "ann", "text": "hi", "loud": True}))
        self.assertEqual(answer, [{"line": "ann: hi good True", "values": {}}, {"done": True}])

    def test_it_comes_in_pieces(self) -> None:
        asking = self.connects()
        for byte in question("count", {}):
            asking.sends(bytes([byte]))
        self.assertEqual(asking.answered()[-1], {"done": True})

    def test_no_json(self) -> None:
        for line in (b"\n", b"hello\n", b"\xff\xfe\n", b"{\n", b"[" * 50_000 + b"\n"):
            self.assertEqual(self.answer_to(line), [{"misused": "What was asked is not JSON."}])

    def test_another_version_or_none(self) -> None:
        for asked in ("[]", "3", "{}", '{"version": 2}', '{"version": true}'):
            [answer] = self.answer_to(f"{asked}\n".encode())
            self.assertIn("speaks version 1", answer["misused"])

    def test_no_command(self) -> None:
        for command in (3, None, ["count"]):
            asked = json.dumps({"version": 1, "command": command}).encode() + b"\n"
            self.assertEqual(
                self.answer_to(asked),
                [{"misused": "A command is a text, and its arguments are an object."}],
            )

    def test_an_unknown_command(self) -> None:
        [answer] = self.answer_to(question("coumt", {}))
        self.assertEqual(answer, {"misused": 'There is no command "coumt". Did you mean "count"?'})

    def test_wrong_arguments(self) -> None:
        for command, arguments, why in (
            ("count", {"mots": 1}, 'count has no "mots".'),
            ("count", {"most": "1"}, "most: a value of another kind is needed."),
            ("count", {"most": True}, "most: a value of another kind is needed."),
            ("greet", {"name": "ann"}, "greet: text is missing."),
            ("greet", {"name": ["ann"], "text": ""}, "name: a value of another kind is needed."),
            ("greet", {"name": "ann", "text": "", "mood": "so"}, 'mood: "so" is not good or bad.'),
        ):
            self.assertEqual(self.answer_to(question(command, arguments)), [{"misused": why}])

    def test_one_that_runs_in_the_program(self) -> None:
        def here(console: Console) -> Iterator[Item]:
            yield Line("")

        self.has_command("here", here)
        [answer] = self.answer_to(question("here", {}))
        self.assertIn("runs in chatsvc-admin", answer["misused"])

    def test_a_line_that_is_too_long(self) -> None:
        asking = self.connects()
        asking.sends(b"x" * (ASKED_BYTES + 1))
        self.assertEqual(
            asking.answered(), [{"misused": f"A command has at most {ASKED_BYTES} bytes."}]
        )
        asking.sends(b"x" * ASKED_BYTES + b"\n" + question("count", {}))
        self.assertEqual(asking.answered(), [])

    def test_half_a_line(self) -> None:
        asking = self.connects()
        asking.sends(b'{"version"')
        self.server.clock.advance(ASK_WITHIN - 1)
        self.assertFalse(asking.transport.disconnected)
        self.server.clock.advance(1)
        self.assertTrue(asking.transport.disconnected)

    def test_a_second_question(self) -> None:
        answer = self.answer_to(2 * question("count", {"most": 1}))
        self.assertEqual(answer, [{"row": {"number": 0}}, {"done": True}])

    def test_what_changes_something_is_logged_without_texts(self) -> None:
        log = self.journal()
        self.asks("count")
        self.asks("greet", name="ann\nbob", text="secret", mood="bad")
        self.assertEqual(log, [f"{BY} ran: greet ann bob --mood bad"])


class AnswerTests(AdminTestCase):
    """What is answered, and what comes in between."""

    def test_refusals_and_mistakes(self) -> None:
        errors: list[Exception] = []

        async def fail(call: Call) -> None:
            raise errors[-1]

        async def fail_later(call: Call) -> AsyncIterator[Item]:
            yield Line("one")
            raise errors[-1]

        self.has_command("fail", fail)
        self.has_command("fail later", fail_later)
        bugs = self.logged()
        for error, answer in (
            (ChatError("No."), {"refused": "No."}),
            (Misused("No so."), {"misused": "No so."}),
            (
                StoreError("the disk is full"),
                {"refused": "That cannot be done now, as the disk is full."},
            ),
        ):
            errors.append(error)
            self.assertEqual(self.asks("fail"), [answer])
            self.assertEqual(self.asks("fail later"), [{"line": "one", "values": {}}, answer])
        errors.append(ValueError("secret"))
        for command in ("fail", "fail later"):
            *_, last = self.asks(command)
            self.assertIn("Something went wrong at the server.", last["refused"])
        self.assertIn("ValueError", bugs[0])
        self.assertNotIn("secret", bugs[0])

    def test_nobody_is_answered_before_the_store_is_open_or_after_the_end(self) -> None:
        self.server.chat.arrivals.is_open = False
        self.assertIn("only starting", self.refused("status"))
        self.server.chat.arrivals.is_open = True
        self.server.chat.shut_down(lambda: None)
        self.assertEqual(self.refused("status"), "The server is shutting down.")

    def begins(self, command: str) -> Asking:
        asking = self.connects()
        asking.sends(question(command, {}))
        return asking

    def test_a_slow_reader_is_waited_for(self) -> None:
        given: list[int] = []

        def numbers(call: Call) -> Iterator[Item]:
            for number in range(10):
                given.append(number)
                if number == 3:
                    asking.protocol.pauseProducing()
                yield Row({"number": number})

        self.has_command("numbers", numbers)
        asking = self.connects()
        asking.sends(question("numbers", {}))
        self.assertEqual(given, [0, 1, 2, 3])
        self.server.clock.pump([1] * 100)
        self.assertEqual(given, [0, 1, 2, 3])
        self.assertEqual(len(asking.answered()), 3)
        asking.protocol.resumeProducing()
        self.server.clock.pump([0.01] * 2)
        self.assertEqual(len(asking.answered()), 8)
        self.assertTrue(asking.is_over)

    def test_the_end_of_the_client_ends_the_work(self) -> None:
        closed: list[str] = []
        waiting: Deferred[None] = Deferred()

        async def numbers(call: Call) -> AsyncIterator[Item]:
            try:
                yield Row({"number": 1})
                await waiting
                closed.append(f"over: {call.is_over}")
                yield Row({"number": 2})
                closed.append("goes on")
            finally:
                closed.append("closed")

        self.has_command("numbers", numbers)
        asking = self.begins("numbers")
        asking.ends()
        self.assertEqual(closed, [])
        waiting.callback(None)
        self.assertEqual(closed, ["over: True", "closed"])

    def test_the_end_of_a_client_that_does_not_read(self) -> None:
        closed: list[bool] = []

        def numbers(call: Call) -> Iterator[Item]:
            try:
                while True:
                    asking.protocol.pauseProducing()
                    yield Row({"number": 1})
            finally:
                closed.append(True)

        self.has_command("numbers", numbers)
        asking = self.connects()
        asking.sends(question("numbers", {}))
        self.assertEqual(closed, [])
        asking.ends()
        self.assertEqual(closed, [True])

    def test_others_have_their_turn(self) -> None:
        def work(call: Call) -> Iterator[Item]:
            for number in range(5):
                self.server.clock.rightNow += 0.003  # as if the work took so long
                yield Row({"number": number})

        self.has_command("work", work)
        asking = self.begins("work")
        self.assertEqual(len(asking.answered()), 1)
        self.server.clock.pump([0.01] * 10)
        self.assertEqual(len(asking.answered()), 5)

    def test_several_at_once_and_no_more_than_the_bound(self) -> None:
        waiting: Deferred[None] = Deferred()

        async def wait(call: Call) -> None:
            await waiting
            call.session.tell("at last")

        self.has_command("wait", wait)
        all_asking = [self.begins("wait") for _ in range(MOST)]
        more = self.begins("wait")
        self.assertEqual(
            more.answered(), [{"refused": f"{MOST} others are administering this server just now."}]
        )
        more.ends()
        waiting.callback(None)
        for each in all_asking:
            self.assertEqual(each.answered(), [{"line": "at last", "values": {}}, {"done": True}])
            each.ends()
        self.assertEqual(self.factory.connections, set())


class NameTests(AdminTestCase):
    def test_a_user_without_a_name(self) -> None:
        self.assertEqual(administrator(4_000_000_000), "admin:4000000000")
