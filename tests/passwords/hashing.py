"""Passwords that are hashed in a test."""

from __future__ import annotations

import threading
from collections.abc import Coroutine
from queue import SimpleQueue
from typing import Any, TypeVar

from argon2 import PasswordHasher, extract_parameters
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.passwords.passwords import (
    WAITING,
    Passwords,
)
from tests.patience import PATIENCE
from tests.stores.keeper import Turns

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

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 (PasswordHasher's)
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
