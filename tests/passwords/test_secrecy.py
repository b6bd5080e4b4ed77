"""Passwords are never told, and wrong names take the same work."""

from __future__ import annotations

from twisted.logger import capturedLogs, formatEvent
from twisted.python.failure import Failure

from chatsvc.bugs import log_bug, sum_up
from chatsvc.errors import ChatError, Closing
from chatsvc.passwords.passwords import (
    WAITING,
    Broken,
)
from tests.passwords.hashing import SECRET, PasswordsTestCase


class SecrecyTests(PasswordsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.starts()

    def test_a_bug_is_told_without_the_password(self) -> None:
        self.hasher.error = ValueError(SECRET)
        for doing in (
            self.passwords.hash(SECRET),
            self.passwords.is_right(SECRET, self.passwords._decoy),
            self.passwords.is_right(SECRET, None),
        ):
            with self.assertRaises(Broken) as raised:
                self.gets(doing)
            error = raised.exception
            self.assertEqual(str(error), "ValueError")
            self.assertNotIsInstance(error, ChatError)
            self.assertIsNone(error.__cause__)
            self.assertIsNone(error.__context__)
            failure = Failure(error)
            self.assertNotIn(SECRET, repr(error) + failure.getTraceback() + repr(failure))
            with capturedLogs() as logged:
                sum_up()  # else it is only counted, having been made before
                log_bug(error)
            self.assertNotIn(SECRET, repr(logged))
            self.assertIn("in _called", formatEvent(logged[-1]))  # it tells where

    def test_it_goes_on_after_a_bug(self) -> None:
        self.hasher.error = MemoryError()
        with self.assertRaisesRegex(Broken, "^MemoryError$"):
            self.gets(self.passwords.hash(SECRET))
        self.hasher.error = None
        hashed = self.gets(self.passwords.hash(SECRET))
        self.assertTrue(self.gets(self.passwords.is_right(SECRET, hashed)))

    def test_nothing_that_waits_shows_a_password(self) -> None:
        asked = self.fills()
        work = self.passwords._work
        assert work is not None
        waiting = [work.get_nowait() for _ in range(work.qsize())]
        self.assertEqual(len(waiting), WAITING - 1)
        shown = repr([waiting, asked, self.passwords, vars(self.passwords)])
        self.assertNotIn(SECRET, shown)
        self.passwords.stop()
        for each in asked:
            self.failureResultOf(each, Closing)


class DecoyTests(PasswordsTestCase):
    def test_made_anew_when_it_could_not_be(self) -> None:
        self.hasher.error = MemoryError()
        self.passwords.start()
        self.addCleanup(self.passwords.stop)
        with self.assertRaisesRegex(Broken, "^MemoryError$"):
            self.gets(self.passwords.is_right(SECRET, None))
        self.hasher.error = None
        self.assertIs(self.gets(self.passwords.is_right(SECRET, None)), False)
        self.assertIsNotNone(self.passwords._decoy)

    def test_it_is_made_before_the_first_password(self) -> None:
        self.passwords.start()
        self.addCleanup(self.passwords.stop)
        self.gets(self.passwords.hash(SECRET))
        self.assertEqual(self.hasher.calls, ["hash", "hash"])
        self.assertNotIn(self.hasher.secrets[0], (b"", SECRET.encode()))
