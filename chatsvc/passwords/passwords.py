"""Hashes passwords, and checks them, beside the reactor: a flood of logins slows logins only."""

from __future__ import annotations

import secrets
import threading
import time
import unicodedata
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatsvc.errors import ChatError, Closing
from chatsvc.passwords.worker import Child

if TYPE_CHECKING:
    from collections.abc import Callable

    from argon2 import PasswordHasher

WAITING = 50  # passwords that are hashed or wait for it; each takes 0.1 to 0.2 s
DOUBTFUL = 25  # of those, from whom was wrong of late
REST = 19  # times as long as a doubtful one took, before the next of them
LONGEST = 512  # characters of a password: NFC can take time that grows with their square

T = TypeVar("T")


class Busy(ChatError):
    """As many passwords wait to be hashed as may."""

    def __init__(self) -> None:
        super().__init__("Too many people are logging in just now. Try again in a few seconds.")


class TooLong(ChatError):
    """A password has more characters than may be."""

    def __init__(self) -> None:
        super().__init__(f"A password has at most {LONGEST} characters.")


class Broken(Exception):
    """A mistake of ours, or a lack of memory. Tells its kind only: its text may hold a password."""


class Job(NamedTuple):
    """What the worker is to do, and whether for somebody who was wrong of late."""

    do: Callable[[], object]
    is_doubtful: bool


class Passwords:
    """Does one password after another: a thread waits while a process of its own has the work.

    Those that are doubtful let all others go first, and leave the processors alone for most of the
    time: a flood of wrong passwords slows down itself.

    from_thread: makes a call in the thread that uses this object, as the reactor's callFromThread
        does.
    hasher: says how much work a password is; argon2id with what argon2-cffi takes by default, which
        is the second choice of RFC 9106, section 4.
    """

    _log = Logger()

    def __init__(
        self, from_thread: Callable[..., object], hasher: PasswordHasher | None = None
    ) -> None:
        self._from_thread = from_thread
        self._hasher = hasher or Child()
        self._decoy: str | None = None  # made and used in the worker only
        self._asked: dict[Deferred[Any], bool] = {}  # what is not done, and whether it is doubtful
        self._work: SimpleQueue[Job | None] | None = None

    def start(self) -> None:
        """Begin. Before that, whatever is asked for raises Closing."""
        self._work = SimpleQueue()
        # If the process ends without `stop`, what is not done by then was promised to nobody.
        threading.Thread(
            target=self._run, args=(self._work,), name="chatsvc-passwords", daemon=True
        ).start()

    def stop(self) -> None:
        """End. What is not done fails with Closing at once, so that nobody's leaving waits for it.

        The thread ends when the password that it has begun is done.
        """
        work, self._work = self._work, None
        if work is None:
            return
        with suppress(Empty):
            while True:
                work.get_nowait()
        work.put(None)
        asked, self._asked = self._asked, {}
        for done in asked:
            done.errback(Failure(Closing()))

    async def hash(self, password: str) -> str:
        """What is to be kept of a password. Raises Busy, Closing, TooLong and Broken.

        Two that differ only in how their characters are written are one, as RFC 8265 has it in its
        section 4.2 (OpaqueString). What that forbids is not looked for.
        """
        return await self._does(password, self._hasher.hash, is_doubtful=False)

    async def is_right(self, password: str, hashed: str | None, is_doubtful: bool = False) -> bool:
        """Whether this was hashed to that. Raises Busy, Closing, TooLong and Broken.

        is_doubtful: whoever asks was wrong of late.
        hashed: None when nobody has that name. Then a decoy is checked, so that a wrong name takes
            what a wrong password takes, and no clock can tell which names there are. A hash that
            is_outdated may take another time.
        """
        return await self._does(password, lambda secret: self._matches(secret, hashed), is_doubtful)

    def is_outdated(self, hashed: str) -> bool:
        """Whether it would be made in another way today, and so should be when next it is right."""
        try:
            return self._hasher.check_needs_rehash(hashed)
        except InvalidHashError:
            return True

    async def _does(self, password: str, work: Callable[[bytes], T], is_doubtful: bool) -> T:
        """Do this with a password in the worker, after all that was asked for before."""
        if self._work is None:
            raise Closing
        if len(password) > LONGEST:
            raise TooLong
        if len(self._asked) >= WAITING:
            raise Busy
        if is_doubtful and sum(self._asked.values()) >= DOUBTFUL:
            raise Busy
        secret = _prepared(password)
        done: Deferred[T] = Deferred()
        self._asked[done] = is_doubtful

        def do() -> None:
            result: T | Failure
            self._prepare()
            try:
                result = work(secret)
            except Exception as error:
                # Where it happened is told, and nothing else.
                broken = Broken(type(error).__name__).with_traceback(error.__traceback__)
                result = Failure(broken)
            self._from_thread(self._did, done, result)

        self._work.put(Job(do, is_doubtful))
        return await done

    def _did(self, done: Deferred[T], result: T | Failure) -> None:
        """Hand over what the worker has found, unless `stop` came before."""
        if done not in self._asked:
            return
        del self._asked[done]
        if isinstance(result, Failure):
            done.errback(result)
        else:
            done.callback(result)

    def _prepare(self) -> None:
        """Make the decoy, before the first password: else the first wrong name would take longer.

        If that fails, whoever needs it makes it, and is told if that fails.
        """
        with suppress(Exception):
            self._decoy_hash()

    def _run(self, work: SimpleQueue[Job | None]) -> None:
        """Do what comes, until None comes."""
        doubtful: deque[Job] = deque()
        rested = 0.0  # when the next of those may be done
        while True:
            try:
                wait = max(0.0, rested - time.monotonic()) if doubtful else None
                job = work.get(timeout=wait)
            except Empty:
                begun = time.monotonic()
                doubtful.popleft().do()
                now = time.monotonic()
                rested = now + REST * (now - begun)
                continue
            if job is None:
                break
            if job.is_doubtful:
                doubtful.append(job)
            else:
                job.do()
        if isinstance(self._hasher, Child):
            self._hasher.close()

    def _decoy_hash(self) -> str:
        if self._decoy is None:
            self._decoy = self._hasher.hash(secrets.token_bytes())
        return self._decoy

    def _matches(self, secret: bytes, hashed: str | None) -> bool:
        try:
            matches = self._hasher.verify(self._decoy_hash() if hashed is None else hashed, secret)
        except VerifyMismatchError:
            return False
        # The last is what a hash with other characters than ASCII's raises; the secret is bytes.
        except (VerificationError, InvalidHashError, UnicodeEncodeError) as error:
            # Of these texts, only that of the first is the library's own, and so holds no hash.
            reason = error if isinstance(error, VerificationError) else "it is no hash"
            self._log.error("A kept password cannot be checked: {reason}", reason=str(reason))
            return False
        return matches and hashed is not None


def _prepared(password: str) -> bytes:
    """The bytes that are hashed (RFC 8265, section 4.2.2): spaces are spaces, and the form NFC."""
    spaces = "".join(" " if unicodedata.category(each) == "Zs" else each for each in password)
    # Half a surrogate pair cannot be encoded, and the error would hold the password.
    return unicodedata.normalize("NFC", spaces).encode("utf-8", "surrogatepass")
