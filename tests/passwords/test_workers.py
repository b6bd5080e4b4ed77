"""What hashes passwords: a thread, or a process of its own."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

import argon2
import pytest_twisted  # type: ignore[import-untyped]  # it has no annotations
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import hash_secret
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred, gatherResults

from chatsvc.passwords import scram, worker
from chatsvc.passwords.passwords import (
    WAITING,
    Broken,
    Passwords,
)
from chatsvc.passwords.worker import Child, OneThread
from tests.passwords.hashing import SECRET, PasswordsTestCase, Watched
from tests.patience import PATIENCE

reactor: Any = _reactor


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
        self.patch(worker, "PATIENCE", PATIENCE)
        self.child = Child()
        self.addCleanup(self.child.close)
        self.passwords = Passwords(self.turns.from_thread, self.child)

    def pid(self) -> int:
        process = self.child._yielding._running
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
        while True:
            self.assertEqual(len(os.listdir(f"/proc/{self.pid()}/task")), 1)
            if not hashing.is_alive():
                break
            hashing.join(0.001)  # it goes behind everything else, so this must not take it all

    def test_the_keys_of_scram_are_derived_there(self) -> None:
        """PBKDF2 takes 20 ms, which the reactor's own process does not have."""
        keys = scram.keys_of(SECRET.encode(), self.child.salted_password)
        iterations, salt, stored, _ = keys.split("$")
        salted = hashlib.pbkdf2_hmac("sha256", SECRET.encode(), b64decode(salt), int(iterations))
        expected = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
        self.assertEqual(b64decode(stored), expected)
        self.passwords.start()
        self.addCleanup(self.passwords.stop)
        self.patch(hashlib, "pbkdf2_hmac", None)
        self.assertEqual(len(self.gets(self.passwords.scram_keys(SECRET))), len(keys))

    def test_everything_else_goes_first(self) -> None:
        before = os.getpriority(os.PRIO_PROCESS, 0)
        self.child.hash(SECRET)
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, self.pid()), 19)
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, 0), before)
        if hasattr(os, "SCHED_IDLE"):
            self.assertEqual(os.sched_getscheduler(self.pid()), os.SCHED_IDLE)
        self.assertEqual(os.getsid(self.pid()), os.getsid(0))  # by which Linux groups processes
        self.assertNotEqual(os.getpgid(self.pid()), os.getpgid(0))  # or Ctrl-C would end it

    def test_where_others_leave_it_no_processor_another_takes_over(self) -> None:
        hashed = self.child.hash(SECRET)
        self.patch(worker, "PATIENCE", 0.01)
        os.kill(self.pid(), signal.SIGSTOP)  # it is as one that never gets a processor
        for _ in range(2):
            self.assertTrue(self.child.verify(hashed, SECRET))
        with self.assertRaises(VerifyMismatchError):
            self.child.verify(hashed, "wrong")
        other = self.child._equal._running
        assert other is not None
        self.assertEqual(
            os.getpriority(os.PRIO_PROCESS, other.pid), os.getpriority(os.PRIO_PROCESS, 0)
        )
        self.assertEqual(os.sched_getscheduler(other.pid), os.sched_getscheduler(0))
        first = self.child._yielding._running
        assert first is not None
        self.child.close()
        self.assertEqual((first.returncode, other.returncode), (-signal.SIGKILL, 0))

    def test_where_it_is_the_server_that_leaves_it_none_that_takes_longer(self) -> None:
        hashed = self.child.hash(SECRET)
        self.patch(worker, "PATIENCE", 0.01)
        asked: list[float] = []

        def busy() -> float:
            asked.append(0.01 * len(asked))
            return asked[-1]

        self.patch(worker, "process_time", busy)
        os.kill(self.pid(), signal.SIGSTOP)
        self.assertTrue(self.child.verify(hashed, SECRET))
        self.assertEqual(len(asked), 2 * worker.TIMES)

    def test_the_answer_that_comes_too_late_is_no_answer_to_the_next(self) -> None:
        hashed = self.child.hash(SECRET)
        self.patch(worker, "PATIENCE", 0.01)
        os.kill(self.pid(), signal.SIGSTOP)
        try:
            self.assertTrue(self.child.verify(hashed, SECRET))
        finally:
            os.kill(self.pid(), signal.SIGCONT)
        self.patch(worker, "PATIENCE", PATIENCE)
        self.patch(self.child, "_equal", None)
        with self.assertRaises(VerifyMismatchError):
            self.child.verify(hashed, "wrong")

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
            "child.hash('x'); print(child._yielding._running.pid, flush=True);"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False
        )
        deadline = time.monotonic() + PATIENCE
        # In a container there may be nobody who asks how it has ended: then this is empty.
        command = Path(f"/proc/{int(done.stdout)}/cmdline")
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            while command.read_bytes():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)

    def test_it_ends_with_the_passwords(self) -> None:
        self.passwords.start()
        self.gets(self.passwords.hash(SECRET))
        process = self.child._yielding._running
        assert process is not None
        self.passwords.stop()
        self.assertEqual(process.wait(PATIENCE), 0)


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
