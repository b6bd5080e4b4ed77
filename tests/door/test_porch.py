"""The porch: whose turn it is."""

from __future__ import annotations

from chatsvc.chat.flow.admission import Rank, Share
from chatsvc.door.porch import Porch
from tests.harness import ChatTestCase

WORK = 0.002  # seconds for a request
HAD = 100_000_000  # nanoseconds of work that the talker has had


class Request:
    """A request without an address, which is handled in some time."""

    def __init__(self, case: FloodTests) -> None:
        self.is_done = False
        self._clock = case.server.clock
        self._porch = Porch(case.server.factory.entrance, self, None, self._handle)
        self._porch.hear(b"/")

    def _handle(self, _: bytes) -> None:
        self.is_done = True
        self._clock.rightNow += WORK

    def pause(self) -> None:
        """There is but one line."""

    go_on = pause


class FloodTests(ChatTestCase):
    def test_requests_without_an_address_do_not_all_go_before_whoever_has_one(self) -> None:
        """As by `--web unix:` without trusted proxies."""
        self.ann, self.bob, self.cat = self.start()
        admission = self.server.chat.delivery.admission
        talker = Share()
        admission.charge(talker, talker, HAD)
        said: list[bool] = []
        requests = [Request(self) for _ in range(20)]
        admission.wait(lambda: said.append(True), talker, talker, Rank.OTHER)
        turns = 0
        while not said and turns < 1000:
            admission.begin_turn()
            # Each connection asks again as soon as it is answered.
            requests = [Request(self) if each.is_done else each for each in requests]
            turns += 1
        self.assertTrue(said)
        self.assertLessEqual(turns, 2 * HAD / (WORK * 1e9))
