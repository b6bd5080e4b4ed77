"""History for programs: which messages, and how many."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.chat.history.recall import MOST_LINES, USUAL_LINES
from chatsvc.doors.web.programs.reading import history
from chatsvc.throttle import Throttle
from tests.doors.web.programs.asking import ProgramTestCase


class HistoryTests(ProgramTestCase):
    """In #ops, Bob has said 0, 1 and so on; the first has the id `first`."""

    def setUp(self) -> None:
        super().setUp()
        self.first = self.server.chat.delivery.last_id + 1
        for number in range(250):
            self.bob.types(str(number))
        for _ in range(5):
            self.hush()

    def found(self, query: str = "", **headers: str) -> tuple[list[int], bool]:
        """The numbers that he has said, and whether there are more."""
        response = self.gets(f"/rooms/ops/history{query}", **headers)
        self.assertEqual((response.status, response.headers["content-type"]), (
            200, "application/json",
        ), response.body)  # fmt: skip
        answer: dict[str, Any] = json.loads(response.body)
        events = answer["events"]
        self.assertTrue(all(each["event"] == "said" for each in events))
        said = [int(each["text"]) for each in events]
        self.assertEqual([each["id"] for each in events], [self.first + each for each in said])
        return said, answer["more"]

    def test_the_last_ones(self) -> None:
        self.assertEqual(self.found(), ([*range(250 - USUAL_LINES, 250)], True))
        self.assertEqual(self.found("?limit=2"), ([248, 249], True))
        self.assertEqual(self.found("?limit=0"), self.found())
        self.assertEqual(len(self.found(f"?limit={MOST_LINES}")[0]), MOST_LINES)

    def test_before_and_after_an_id(self) -> None:
        at = self.first + 5
        self.assertEqual(self.found(f"?before={at}"), ([0, 1, 2, 3, 4], False))
        self.assertEqual(self.found(f"?before={at}&limit=2"), ([3, 4], True))
        self.assertEqual(self.found(f"?after={at}&limit=2"), ([6, 7], True))
        self.assertEqual(self.found(f"?after={self.first + 247}"), ([248, 249], False))
        self.assertEqual(self.found(f"?after={at}&before={at + 4}"), ([6, 7, 8], False))
        self.assertEqual(self.found(f"?after={at}&before={at}"), ([], False))
        self.assertEqual(self.found("?before=1"), ([], False))
        self.assertEqual(self.found(f"?after={'9' * 18}"), ([], False))

    def test_as_text(self) -> None:
        response = self.gets("/rooms/ops/history?limit=2&format=text")
        self.assertEqual(response.headers["content-type"], "text/plain; charset=utf-8")
        first, second = response.body.split("\n")[:-1]
        self.assertRegex(first, rf"^\[{self.first + 248} \d\d:\d\d\] #ops client2: 248$")
        self.assertTrue(second.endswith("client2: 249"))

    def test_what_is_wrong(self) -> None:
        for query in (
            "limit=201", "limit=-1", "limit=x", "limit=", "before=1.5", f"after={'9' * 19}",
            "limit=1&limit=2", "format=xml",
        ):  # fmt: skip
            response = self.gets(f"/rooms/ops/history?{query}")
            self.assertEqual(response.status, 400, query)
        self.assertEqual(self.gets("/rooms/nowhere/history").status, 404)
        self.ann.types("/key #ops secret")
        self.hush()
        self.assertEqual(self.gets("/rooms/ops/history").status, 403)
        token = self.token()
        self.assertEqual(self.found("?limit=1", Authorization=token), ([249], True))
        spoken = self.token("speak")
        response = self.gets("/rooms/ops/history", Authorization=spoken)
        self.assertEqual(response.status, 403)

    def test_an_answer_has_a_bound(self) -> None:
        self.patch(history, "MOST_BYTES", 100)
        size = len("#ops client2: 249")
        said, is_more = self.found()
        self.assertEqual((said, is_more), ([*range(250 - 100 // size, 250)], True))
        self.patch(history, "MOST_BYTES", 1)
        self.assertEqual(self.found(), ([249], True))
        self.assertEqual(self.found("?after=1"), ([0], True))


class PacedHistoryTests(ProgramTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(**options | {"throttle": Throttle(2, 0.1)})

    def test_it_counts_as_several_lines_of_its_address(self) -> None:
        statuses = [self.gets("/rooms/ops/history").status for _ in range(4)]
        self.assertEqual(statuses, [200] * 4)
        response = self.gets("/rooms/ops/history")
        self.assertEqual((response.status, response.headers["retry-after"]), (429, "1"))
