"""Hashing and checking passwords off the reactor: a flood of logins slows down only logins."""

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
from chatsvc.passwords.scram import keys_of, salted_password
from chatsvc.passwords.worker import Child

if TYPE_CHECKING:
    from collections.abc import Callable

    from argon2 import PasswordHasher

WAITING = 50  # unfinished passwords; each takes 0.1 to 0.2 s
DOUBTFUL = 25  # unfinished doubtful ones, whose source was wrong lately
REST = 19  # the pause after a wrong doubtful password, as a multiple of the time that it took
LONGEST = 512  # characters of a password: NFC can take quadratic time

T = TypeVar("T")


class Busy(ChatError):
    """The queue of passwords is full."""

    def __init__(self) -> None:
        super().__init__("Too many people are logging in just now. Try again in a few seconds.")


class TooLong(ChatError):
    """A password is longer than LONGEST characters."""

    def __init__(self) -> None:
        super().__init__(f"A password has at most {LONGEST} characters.")


class Broken(Exception):
    """A bug, or a lack of memory. It has only the error's kind: the text may hold a password."""


class Job(NamedTuple):
    """A call for the worker, which returns its result."""

    do: Callable[[], object]
    is_doubtful: bool


class Passwords:
    """Hashes one password after another, in a process for which a thread waits.

    Doubtful passwords wait for all others, and pause for long after each wrong one: a flood of
    wrong passwords slows down only itself. Many of one address who are right need not pause, though
    each was doubtful while those before were yet to be checked.

    from_thread: makes a call in the reactor's thread, as callFromThread does.
    hasher: hashes, with its parameters; argon2id with argon2-cffi's defaults, which are the second
        choice of RFC 9106, section 4.
    """

    _log = Logger()

    def __init__(
        self, from_thread: Callable[..., object], hasher: PasswordHasher | None = None
    ) -> None:
        self._from_thread = from_thread
        self._hasher = hasher or Child()
        self._decoy: str | None = None  # touched only by the worker
        self._asked: dict[Deferred[Any], bool] = {}  # unfinished calls, and whether doubtful
        self._work: SimpleQueue[Job | None] | None = None

    def start(self) -> None:
        """Start the worker. Before that, all calls raise Closing."""
        self._work = SimpleQueue()
        # A daemon: if the process ends without `stop`, nobody waits for unfinished work.
        threading.Thread(
            target=self._run, args=(self._work,), name="chatsvc-passwords", daemon=True
        ).start()

    def stop(self) -> None:
        """Stop. Unfinished calls fail with Closing at once, so that the shutdown need not wait.

        The thread ends after its current password.
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
        """The hash of a password. Raises Busy, Closing, TooLong and Broken.

        Passwords that differ only in the encoding of characters are the same (RFC 8265, section
        4.2, OpaqueString). What that profile forbids is not checked.
        """
        return await self._does(password, self._hasher.hash, is_doubtful=False)

    async def is_right(self, password: str, hashed: str | None, is_doubtful: bool = False) -> bool:
        """Whether a password has this hash. Raises Busy, Closing, TooLong and Broken.

        hashed: None if nobody has the name. Then a decoy is checked, so that a wrong name takes as
            long as a wrong password, and timing does not tell which names exist. An outdated hash
            may take a different time.
        is_doubtful: whether its source was wrong lately.
        """
        return await self._does(password, lambda secret: self._matches(secret, hashed), is_doubtful)

    async def scram_keys(self, password: str) -> str:
        """The keys of a password for SCRAM. Raises what `hash` does."""
        hasher = self._hasher
        salted_by = hasher.salted_password if isinstance(hasher, Child) else salted_password
        return await self._does(
            password, lambda secret: keys_of(secret, salted_by), is_doubtful=False
        )

    def is_outdated(self, hashed: str) -> bool:
        """Whether a hash has outdated parameters, and should be renewed at the next login."""
        try:
            return self._hasher.check_needs_rehash(hashed)
        except InvalidHashError:
            return True

    async def _does(self, password: str, work: Callable[[bytes], T], is_doubtful: bool) -> T:
        """Queue a call on a password for the worker."""
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

        def do() -> T | Failure:
            result: T | Failure
            self._prepare()
            try:
                result = work(secret)
            except Exception as error:
                # Only the kind of the error, and where it happened.
                broken = Broken(type(error).__name__).with_traceback(error.__traceback__)
                result = Failure(broken)
            self._from_thread(self._did, done, result)
            return result

        self._work.put(Job(do, is_doubtful))
        return await done

    def _did(self, done: Deferred[T], result: T | Failure) -> None:
        """Pass on the worker's result, unless `stop` came first."""
        if done not in self._asked:
            return
        del self._asked[done]
        if isinstance(result, Failure):
            done.errback(result)
        else:
            done.callback(result)

    def _prepare(self) -> None:
        """Make the decoy before the first password, or the first wrong name would take longer.

        If that fails, it is tried again when it is needed.
        """
        with suppress(Exception):
            self._decoy_hash()

    def _run(self, work: SimpleQueue[Job | None]) -> None:
        """Do the queued jobs, until None comes."""
        doubtful: deque[Job] = deque()
        rested = 0.0  # when the next doubtful password may be done
        while True:
            try:
                wait = max(0.0, rested - time.monotonic()) if doubtful else None
                job = work.get(timeout=wait)
            except Empty:
                begun = time.monotonic()
                if doubtful.popleft().do() is not True:
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
        # A hash with characters beyond ASCII raises UnicodeEncodeError; the secret is bytes.
        except (VerificationError, InvalidHashError, UnicodeEncodeError) as error:
            # Only a VerificationError's text is the library's own, and so holds no hash.
            reason = error if isinstance(error, VerificationError) else "it is no hash"
            self._log.error("A kept password cannot be checked: {reason}", reason=str(reason))
            return False
        return matches and hashed is not None


def _prepared(password: str) -> bytes:
    """The bytes to hash (RFC 8265, section 4.2.2): all spaces as U+0020, in NFC."""
    spaces = "".join(" " if unicodedata.category(each) == "Zs" else each for each in password)
    # Half a surrogate pair cannot be encoded, and the error would hold the password.
    return unicodedata.normalize("NFC", spaces).encode("utf-8", "surrogatepass")
