"""Passwords: hashed beside the reactor, with the same work for wrong names, and never told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import argon2
import pytest_twisted  # type: ignore[import-untyped]  # it has no annotations
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import hash_secret
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import capturedLogs, formatEvent
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.bugs import log_bug, sum_up
from chatsvc.errors import ChatError, Closing
from chatsvc.passwords import passwords
from chatsvc.passwords.passwords import (
    DOUBTFUL,
    LONGEST,
    WAITING,
    Broken,
    Busy,
    Job,
    Passwords,
    TooLong,
    _prepared,
)
from chatsvc.passwords.worker import Child, OneThread
from tests.patience import PATIENCE
from tests.stores.keeper import Turns

reactor: Any = _reactor

SECRET = "correct horse"

T = TypeVar("T")


class Watched(PasswordHasher):
    """Real Argon2, cheap, that can be held up, and tells what was asked of it, and where."""

    __slots__ = ("calls", "entered", "error", "gate", "secrets", "threads")

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.calls: list[str] = []
        self.secrets: list[str | bytes] = []
        self.threads: set[int] = set()
        self.entered: SimpleQueue[None] = SimpleQueue()  # each call that has begun
        self.gate = threading.Event()  # nothing is done while this is not set
        self.gate.set()
        self.error: Exception | None = None  # what is raised instead of any work

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self._called("hash", password)
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002
        self._called(f"verify {extract_parameters(str(hash))}", password)
        return super().verify(hash, password)

    def _called(self, what: str, password: str | bytes) -> None:
        self.entered.put(None)
        assert self.gate.wait(PATIENCE)
        self.threads.add(threading.get_ident())
        self.calls.append(what)
        self.secrets.append(password)
        if self.error is not None:
            raise self.error


class PasswordsTestCase(SynchronousTestCase):
    """Each test has passwords, and a stand-in for the reactor."""

    def setUp(self) -> None:
        super().setUp()
        self.turns = Turns()
        self.hasher = Watched()
        self.passwords = Passwords(self.turns.from_thread, self.hasher)

    def starts(self) -> None:
        """Begin, and have the decoy made."""
        self.passwords.start()
        self.addCleanup(self.passwords.stop)
        self.addCleanup(self.hasher.gate.set)
        self.gets(self.passwords.is_right("", None))
        self.hasher.calls.clear()
        self.hasher.secrets.clear()
        while not self.hasher.entered.empty():
            self.hasher.entered.get()

    def begins(self, doing: Coroutine[Any, Any, T]) -> Deferred[T]:
        return Deferred.fromCoroutine(doing)

    def gets(self, doing: Coroutine[Any, Any, T]) -> T:
        """Wait for a result; raises what it fails with."""
        return self.turns.result_of(self.begins(doing))

    def fills(self) -> list[Deferred[str]]:
        """Ask for as much as may wait, and have none of it done until the gate opens."""
        self.hasher.gate.clear()
        asked = [self.begins(self.passwords.hash(f"{SECRET} {n}")) for n in range(WAITING)]
        self.hasher.entered.get(timeout=PATIENCE)
        return asked


class HashingTests(PasswordsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.starts()

    def is_right(self, password: str, hashed: str | None) -> bool:
        return self.gets(self.passwords.is_right(password, hashed))

    def test_right_and_wrong(self) -> None:
        hashed = self.gets(self.passwords.hash(SECRET))
        self.assertTrue(hashed.startswith("$argon2id$v=19$m=8,t=1,p=1$"), hashed)
        self.assertIs(self.is_right(SECRET, hashed), True)
        self.assertIs(self.is_right(SECRET.upper(), hashed), False)
        self.assertIs(self.is_right("", hashed), False)
        self.assertNotEqual(self.gets(self.passwords.hash(SECRET)), hashed)  # it is salted

    def test_a_wrong_name_is_never_right_and_takes_what_a_wrong_password_takes(self) -> None:
        hashed = self.gets(self.passwords.hash(SECRET))
        self.hasher.calls.clear()
        self.assertIs(self.is_right("wrong", hashed), False)
        wrong_password = list(self.hasher.calls)
        self.hasher.calls.clear()
        self.assertIs(self.is_right("wrong", None), False)
        self.assertEqual(self.hasher.calls, wrong_password)
        self.assertEqual(wrong_password, [f"verify {extract_parameters(hashed)}"])
        self.assertEqual(self.hasher.secrets[-2:], [b"wrong", b"wrong"])

    def test_the_decoys_own_password_is_not_right(self) -> None:
        self.passwords._decoy = self.gets(self.passwords.hash(SECRET))
        self.assertIs(self.is_right(SECRET, None), False)
        self.assertIs(self.is_right(SECRET, self.passwords._decoy), True)

    def test_the_decoy_is_made_once(self) -> None:
        decoy = self.passwords._decoy
        for _ in range(3):
            self.is_right(SECRET, None)
        self.assertEqual(len(self.hasher.calls), 3)
        self.assertNotIn("hash", self.hasher.calls)
        self.assertIs(self.passwords._decoy, decoy)
        self.assertIsNotNone(decoy)

    def test_forms_of_one_password(self) -> None:
        hashed = self.gets(self.passwords.hash("caf\u00e9 \u212b"))
        self.assertTrue(self.is_right("cafe\u0301\u3000A\u030a", hashed))
        self.assertFalse(self.is_right("cafe A", hashed))

    def test_prepared(self) -> None:
        for spaces in ("a b", "a\u00a0b", "a\u2003b", "a\u2000b", "a\u3000b"):
            self.assertEqual(_prepared(spaces), b"a b")
        self.assertEqual(_prepared("e\u0301\U0001f600"), "\u00e9\U0001f600".encode())
        # Only canonical forms, no case, and no width.
        self.assertEqual(_prepared("\uff21\ufb01A a"), "\uff21\ufb01A a".encode())
        self.assertNotEqual(_prepared("\ud800"), _prepared("\ud801"))

    def test_whatever_can_be_typed(self) -> None:
        for password in ("", " ", "\0", "a\0b", "\ud800", "\U0001f600", "a" * LONGEST):
            hashed = self.gets(self.passwords.hash(password))
            self.assertTrue(self.is_right(password, hashed), ascii(password))
            self.assertFalse(self.is_right(password[:-1] + "?", hashed), ascii(password))

    def test_too_long(self) -> None:
        hashed = self.gets(self.passwords.hash("a" * LONGEST))
        for doing in (
            self.passwords.hash("a" * LONGEST + "b"),
            self.passwords.is_right("a" * LONGEST + "b", hashed),
            self.passwords.is_right("a" * LONGEST + "b", None),
        ):
            error = self.failureResultOf(self.begins(doing), TooLong).value
            self.assertEqual(str(error), "A password has at most 512 characters.")
        self.assertIsInstance(error, ChatError)

    def test_outdated(self) -> None:
        hashed = self.gets(self.passwords.hash(SECRET))
        self.assertIs(self.passwords.is_outdated(hashed), False)
        for other in (
            PasswordHasher(time_cost=2, memory_cost=8, parallelism=1),
            PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.I),
        ):
            older = other.hash(SECRET)
            self.assertIs(self.passwords.is_outdated(older), True)
            self.assertIs(self.is_right(SECRET, older), True)
        for damaged in ("", "x", hashed.replace("m=8", "m=?"), "é" + hashed):
            self.assertIs(self.passwords.is_outdated(damaged), True)

    def test_a_damaged_hash_is_wrong_and_logged_without_its_content(self) -> None:
        hashed = self.gets(self.passwords.hash(SECRET))
        digest = hashed.rpartition("$")[2]
        unwatched = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        passwords = Passwords(self.turns.from_thread, unwatched)
        passwords.start()
        self.addCleanup(passwords.stop)
        for damaged, reason in {
            "": "it is no hash",
            digest: "it is no hash",
            hashed + "é": "it is no hash",
            hashed.replace("argon2id", "argon3id"): "it is no hash",
            hashed.replace("m=8", "m=x"): "Decoding failed",
            hashed.removesuffix(digest): "Output is too short",
            hashed + "!": "Decoding failed",
        }.items():
            with capturedLogs() as logged:
                self.assertIs(self.gets(passwords.is_right(SECRET, damaged)), False)
            [event] = logged
            text = formatEvent(event)
            self.assertEqual(text, f"A kept password cannot be checked: {reason}")
            self.assertNotIn(digest, repr(event))
            self.assertNotIn(SECRET, repr(event))

    def test_a_wrong_password_is_not_logged(self) -> None:
        hashed = self.gets(self.passwords.hash(SECRET))
        with capturedLogs() as logged:
            self.is_right("wrong", hashed)
            self.is_right("wrong", None)
        self.assertEqual(logged, [])

    def test_the_library_has_no_reason_that_holds_the_hash(self) -> None:
        self.hasher.error = VerificationError("Memory allocation error")
        with capturedLogs() as logged:
            self.assertIs(self.is_right(SECRET, self.passwords._decoy), False)
        self.assertEqual(
            [formatEvent(event) for event in logged],
            ["A kept password cannot be checked: Memory allocation error"],
        )


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


class ThreadTests(PasswordsTestCase):
    def test_all_is_hashed_in_one_other_thread(self) -> None:
        self.starts()
        hashed = self.gets(self.passwords.hash(SECRET))
        self.gets(self.passwords.is_right(SECRET, hashed))
        self.gets(self.passwords.is_right(SECRET, None))
        self.assertEqual(len(self.hasher.threads), 1)
        self.assertNotIn(threading.get_ident(), self.hasher.threads)


class ChildTests(PasswordsTestCase):
    """The real thing, in a process of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.child = Child()
        self.addCleanup(self.child.close)
        self.passwords = Passwords(self.turns.from_thread, self.child)

    def pid(self) -> int:
        process = self.child._process
        assert process is not None
        return process.pid

    def test_it_does_what_the_library_does(self) -> None:
        hashed = self.child.hash(SECRET)
        self.assertTrue(self.child.verify(hashed, SECRET.encode()))
        self.assertTrue(PasswordHasher().verify(hashed, SECRET))
        with self.assertRaises(VerifyMismatchError):
            self.child.verify(hashed.encode(), "wrong")
        for damaged in (
            "",
            "nonsense",
            hashed[:-9],
            hashed.replace("$argon2id", "$argon2x"),
            hashed.replace("m=65536", f"m={2**40}"),
            hashed.replace("p=4", "p=0"),
            "\u00e9",
        ):
            with self.assertRaises((VerificationError, InvalidHashError)):
                self.child.verify(damaged, SECRET)
        self.assertTrue(self.child.verify(hashed, SECRET))

    def test_it_makes_the_same_hashes_without_threads(self) -> None:
        salt = b"sixteen bytes..."
        hashed = hash_secret(
            SECRET.encode(),
            salt,
            argon2.DEFAULT_TIME_COST,
            argon2.DEFAULT_MEMORY_COST,
            argon2.DEFAULT_PARALLELISM,
            argon2.DEFAULT_HASH_LENGTH,
            Type.ID,
        )
        self.assertEqual(OneThread().hash(SECRET, salt=salt), hashed.decode())
        self.child.hash(SECRET)
        hashing = threading.Thread(target=self.child.hash, args=(SECRET,))
        hashing.start()
        most = 0
        while hashing.is_alive():
            most = max(most, len(os.listdir(f"/proc/{self.pid()}/task")))
        self.assertEqual(most, 1)

    def test_everything_else_goes_first(self) -> None:
        before = os.getpriority(os.PRIO_PROCESS, 0)
        self.child.hash(SECRET)
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, self.pid()), 19)
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, 0), before)
        if hasattr(os, "SCHED_IDLE"):
            self.assertEqual(os.sched_getscheduler(self.pid()), os.SCHED_IDLE)

    def test_a_password_is_in_no_list_of_processes(self) -> None:
        self.child.hash(SECRET)
        found = Path(f"/proc/{self.pid()}/cmdline").read_text()
        self.assertIn("worker.py", found)
        self.assertNotIn(SECRET.encode().hex(), found)
        self.assertNotIn(SECRET, found)

    def test_killed(self) -> None:
        self.passwords.start()
        self.addCleanup(self.passwords.stop)
        hashed = self.gets(self.passwords.hash(SECRET))
        os.kill(self.pid(), signal.SIGKILL)
        with self.assertRaisesRegex(Broken, "^RuntimeError$"):
            self.gets(self.passwords.is_right(SECRET, hashed))
        self.assertTrue(self.gets(self.passwords.is_right(SECRET, hashed)))

    def test_it_ends_with_whoever_began_it(self) -> None:
        program = (
            "from chatsvc.passwords.worker import Child; import os, signal; child = Child();"
            "child.hash('x'); print(child._process.pid, flush=True);"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False
        )
        deadline = time.monotonic() + PATIENCE
        while os.path.exists(f"/proc/{int(done.stdout)}/cmdline"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def test_it_ends_with_the_passwords(self) -> None:
        self.passwords.start()
        self.gets(self.passwords.hash(SECRET))
        process = self.child._process
        assert process is not None
        self.passwords.stop()
        self.assertEqual(process.wait(PATIENCE), 0)


class DefaultsTests(PasswordsTestCase):
    def test_argon2id_as_the_library_has_it(self) -> None:
        passwords = Passwords(self.turns.from_thread)
        passwords.start()
        self.addCleanup(passwords.stop)
        hashed = self.gets(passwords.hash(SECRET))
        found = extract_parameters(hashed)
        self.assertEqual(found.type, Type.ID)
        self.assertEqual(found.version, 19)
        self.assertEqual(found.time_cost, argon2.DEFAULT_TIME_COST)
        self.assertEqual(found.memory_cost, argon2.DEFAULT_MEMORY_COST)
        self.assertEqual(found.parallelism, argon2.DEFAULT_PARALLELISM)
        self.assertEqual(found.hash_len, argon2.DEFAULT_HASH_LENGTH)
        self.assertEqual(found.salt_len, argon2.DEFAULT_RANDOM_SALT_LENGTH)
        self.assertFalse(passwords.is_outdated(hashed))
        self.assertFalse(PasswordHasher().check_needs_rehash(hashed))
        self.assertIs(self.gets(passwords.is_right(SECRET, None)), False)
        assert passwords._decoy is not None
        self.assertEqual(extract_parameters(passwords._decoy), found)


@pytest_twisted.ensureDeferred  # type: ignore[untyped-decorator]  # it has no annotations
async def test_with_the_reactor() -> None:
    hasher = Watched()
    passwords = Passwords(reactor.callFromThread, hasher)
    passwords.start()
    hashed = await passwords.hash(SECRET)
    assert await passwords.is_right(SECRET, hashed)
    asking = [
        Deferred.fromCoroutine(passwords.is_right(f"{SECRET}{n}", hashed)) for n in range(WAITING)
    ]
    assert await gatherResults(asking) == [False] * WAITING
    passwords.stop()
    assert threading.get_ident() not in hasher.threads
