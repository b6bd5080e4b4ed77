"""Passwords that wait to be hashed: how many may, who goes first, and what ends it."""

from __future__ import annotations

import threading

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatsvc.errors import ChatError, Closing
from chatsvc.passwords import passwords
from chatsvc.passwords.passwords import (
    DOUBTFUL,
    WAITING,
    Busy,
    Job,
)
from tests.passwords.hashing import SECRET, PasswordsTestCase
from tests.patience import PATIENCE


class WaitingTests(PasswordsTestCase):
    def test_so_many_wait_and_no_more(self) -> None:
        self.starts()
        asked = self.fills()
        for doing in (
            self.passwords.hash(SECRET),
            self.passwords.is_right(SECRET, self.passwords._decoy),
            self.passwords.is_right(SECRET, None),
        ):
            error = self.failureResultOf(self.begins(doing), Busy).value  # at once
        self.assertIsInstance(error, ChatError)
        self.assertEqual(
            str(error), "Too many people are logging in just now. Try again in a few seconds."
        )
        for each in asked:
            self.assertNoResult(each)
        self.hasher.gate.set()
        self.turns.result_of(asked[0])
        more = self.begins(self.passwords.hash(SECRET))
        self.assertNoResult(more)
        for each in [*asked[1:], more]:
            self.turns.result_of(each)
        self.assertEqual(len(self.hasher.calls), WAITING + 1)
        order = [f"{SECRET} {n}".encode() for n in range(WAITING)]
        self.assertEqual(self.hasher.secrets, [*order, SECRET.encode()])

    def test_the_decoy_takes_nobodys_place(self) -> None:
        self.hasher.gate.clear()
        self.passwords.start()
        self.addCleanup(self.passwords.stop)
        asked = [self.begins(self.passwords.is_right(SECRET, None)) for _ in range(WAITING)]
        self.failureResultOf(self.begins(self.passwords.hash(SECRET)), Busy)
        self.hasher.gate.set()
        self.assertEqual([self.turns.result_of(each) for each in asked], [False] * WAITING)

    def test_who_gave_up_counts_until_it_is_done(self) -> None:
        self.starts()
        asked = self.fills()
        for each in asked:
            each.cancel()
            self.failureResultOf(each)
        self.failureResultOf(self.begins(self.passwords.hash(SECRET)), Busy)
        self.hasher.gate.set()
        all_done: Deferred[None] = Deferred()
        work = self.passwords._work
        assert work is not None
        work.put(Job(lambda: self.turns.from_thread(all_done.callback, None), False))
        self.turns.result_of(all_done)
        self.assertEqual(len(self.hasher.calls), WAITING)
        self.gets(self.passwords.hash(SECRET))


class DoubtfulTests(PasswordsTestCase):
    """Those who were wrong of late."""

    def doubtful(self) -> Deferred[bool]:
        return self.begins(self.passwords.is_right("wrong", None, is_doubtful=True))

    def test_they_let_others_go_first(self) -> None:
        self.starts()
        self.hasher.gate.clear()
        held = self.begins(self.passwords.hash(SECRET))
        self.hasher.entered.get(timeout=PATIENCE)
        doubtful = [self.doubtful() for _ in range(3)]
        others = [self.begins(self.passwords.hash(SECRET)) for _ in range(3)]
        self.patch(passwords, "REST", 0)
        self.hasher.gate.set()
        self.turns.result_of(held)
        for each in others:
            self.turns.result_of(each)
        for doubt in doubtful:
            self.assertFalse(self.turns.result_of(doubt))
        self.assertEqual([call[:4] for call in self.hasher.calls], ["hash"] * 4 + ["veri"] * 3)

    def test_they_leave_the_processors_alone_for_most_of_the_time(self) -> None:
        self.patch(passwords, "REST", 1e9)
        self.starts()
        self.assertFalse(self.turns.result_of(self.doubtful()))
        second = self.doubtful()
        self.gets(self.passwords.hash(SECRET))
        self.assertNoResult(second)
        self.passwords.stop()
        self.failureResultOf(second, Closing)

    def test_who_is_right_makes_nobody_wait(self) -> None:
        self.patch(passwords, "REST", 1e9)
        self.starts()
        hashed = self.gets(self.passwords.hash(SECRET))
        for _ in range(3):
            right = self.passwords.is_right(SECRET, hashed, is_doubtful=True)
            self.assertTrue(self.turns.result_of(self.begins(right)))

    def test_no_more_wait_than_may(self) -> None:
        self.starts()
        self.hasher.gate.clear()
        asked = [self.doubtful() for _ in range(DOUBTFUL)]
        self.failureResultOf(self.doubtful(), Busy)
        asked.append(self.begins(self.passwords.is_right(SECRET, None)))
        self.patch(passwords, "REST", 0)
        self.hasher.gate.set()
        for each in asked:
            self.assertFalse(self.turns.result_of(each))


class StoppingTests(PasswordsTestCase):
    def workers(self) -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == "chatsvc-passwords"]

    def ends(self) -> None:
        for each in self.workers():
            each.join(PATIENCE)
            self.assertFalse(each.is_alive())

    def refuses(self) -> None:
        for doing in (self.passwords.hash(SECRET), self.passwords.is_right(SECRET, None)):
            self.failureResultOf(self.begins(doing), Closing)

    def test_not_begun(self) -> None:
        self.refuses()
        self.passwords.stop()
        self.refuses()

    def test_nothing_is_left_hanging(self) -> None:
        self.starts()
        asked = self.fills()
        self.passwords.stop()
        for each in asked:
            self.failureResultOf(each, Closing)
        self.refuses()
        self.hasher.gate.set()
        self.ends()
        self.assertEqual(len(self.hasher.calls), 1)  # what had begun, and no more
        self.turns.result_of(self.turn())  # and what came of it troubles nobody
        self.passwords.stop()

    def turn(self) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self.turns.from_thread(done.callback, None)
        return done

    def test_who_asks_again_when_it_ends(self) -> None:
        self.starts()
        asked = self.fills()
        again: list[Deferred[str]] = []

        def asks(failure: Failure) -> None:
            failure.trap(Closing)
            again.append(self.begins(self.passwords.hash(SECRET)))

        for each in asked:
            each.addErrback(asks)
        self.passwords.stop()
        self.assertEqual(len(again), WAITING)
        for each in again:
            self.failureResultOf(each, Closing)

    def test_again(self) -> None:
        self.starts()
        asked = self.fills()
        self.passwords.stop()
        for each in asked:
            self.failureResultOf(each, Closing)
        self.hasher.gate.set()
        self.passwords.start()
        hashed = self.gets(self.passwords.hash(SECRET))
        self.assertTrue(self.gets(self.passwords.is_right(SECRET, hashed)))
        self.passwords.stop()
        self.ends()

    def test_the_process_does_not_wait_for_it(self) -> None:
        self.starts()
        [worker] = self.workers()
        self.assertTrue(worker.daemon)
