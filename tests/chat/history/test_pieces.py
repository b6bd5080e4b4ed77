"""Long answers are made bit by bit, and told together."""

from __future__ import annotations

from collections.abc import Callable

from chatsvc.chat.delivery.slices import ALONE_EVENTS
from chatsvc.chat.history.recall import MADE_AT_ONCE, MOST_LINES
from chatsvc.throttle import Throttle
from tests.harness import ChatTestCase


class PieceTests(ChatTestCase):
    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off())
        self.bob.types(*[f"line {number}" for number in range(MOST_LINES)])
        self.hush()
        self.pieces: list[Callable[[], object]] = []  # that wait for a turn that has time

    def wait(self, call: Callable[[], object], *, goes_on: bool = False) -> None:
        self.pieces.append(call)

    def test_an_answer_is_made_in_pieces_and_nothing_comes_between_its_lines(self) -> None:
        self.patch(self.server.clock, "start", self.wait)
        self.ann.types(f"/history {MOST_LINES}")
        made = 0
        while self.pieces:
            [piece] = self.pieces
            self.pieces.clear()
            piece()
            made += 1
            self.bob.types(f"meanwhile {made}")
        pieces = -(-MOST_LINES // MADE_AT_ONCE)
        # The first begins; what the store has said becomes entries, and these are worded.
        self.assertEqual(made, 1 + 2 * (pieces - 1))
        lines = self.ann.hears()
        answer = [number for number, line in enumerate(lines) if ": line " in line]
        self.assertEqual(answer, list(range(answer[0], answer[0] + MOST_LINES)))
        self.assertEqual(len(lines), MOST_LINES + made)

    def test_what_is_worded_for_one_reader_is_written_bit_by_bit(self) -> None:
        self.ann.types("/json")
        self.ann.hears()
        written: list[int] = []
        write = self.ann.transport.write

        def counts(data: bytes) -> None:
            written.append(data.count(b"\n"))
            write(data)

        self.patch(self.ann.transport, "write", counts)
        self.ann.types(f'{{"do": "history", "what": "{MOST_LINES}"}}')
        self.assertGreaterEqual(len(self.ann.hears()), MOST_LINES)
        self.assertEqual(max(written), ALONE_EVENTS)
