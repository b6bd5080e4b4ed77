"""Argon2 and PBKDF2 in a process of its own, which gives way to everything else, but not for long.

A thread would not do. With a low priority, it may wait for a processor while it holds the
interpreter's lock, and the reactor waits for it; with the normal priority, it takes turns with the
reactor. Nor would the threads do that argon2 starts dozens of times for each password: they delay
others, whatever their priority.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
import subprocess
import sys
from contextlib import suppress
from hashlib import pbkdf2_hmac
from select import POLLIN, poll
from time import process_time
from typing import Any, Literal

from argon2 import Parameters, PasswordHasher, Type, extract_parameters
from argon2.exceptions import (
    HashingError,
    InvalidHashError,
    VerificationError,
    VerifyMismatchError,
)
from argon2.low_level import core, error_to_str, ffi

LOWEST = 19  # the lowest priority of a process, which is the highest number
PATIENCE = 1.0  # seconds for which a password gets only what others leave of the processors;
TIMES = 10  # so often, as long as it is the server that takes more than half of one:
BUSY = 0.5  # people's lines come first
YIELDING = "--yielding"  # the option of the process that gives way

_ERRORS = {
    each.__name__: each
    for each in (HashingError, InvalidHashError, VerificationError, VerifyMismatchError)
}


class Child(PasswordHasher):
    """Hashes and verifies in a process, which starts with the first password.

    Where other programs leave it no processor, a second process takes over after PATIENCE, with the
    server's own priority, as nobody without privileges can raise that of the first. Where that is
    the server itself, in a flood, it takes over after TIMES as long: the server then loses only a
    hundredth of a processor to it, as most of the time goes by in waiting.

    Only for one thread at a time. Raises what PasswordHasher does, and RuntimeError if a process
    ends.
    """

    def __init__(self) -> None:
        super().__init__()
        self._yielding = _Process(YIELDING)
        self._equal = _Process()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """The hash of a password; the process makes the salt."""
        assert salt is None
        return str(self._ask("hash", password))

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 (PasswordHasher's)
        """True, or an error is raised that says why."""
        return self._ask("verify", password, hash.decode() if isinstance(hash, bytes) else hash)

    def salted_password(self, secret: bytes, salt: bytes, iterations: int) -> bytes:
        """PBKDF2 with HMAC-SHA-256; see scram.py."""
        return bytes.fromhex(str(self._ask("salt", secret, salt.hex(), iterations)))

    def close(self) -> None:
        """End the processes; the next password starts others."""
        self._yielding.close()
        self._equal.close()

    def _ask(self, what: str, password: str | bytes, *others: str | int) -> object:
        secret = password.encode() if isinstance(password, str) else password
        question = json.dumps([what, secret.hex(), *others])
        answer = self._yielding.answer(question, is_patient=False)
        if answer is None:
            answer = self._equal.answer(question)
        if isinstance(answer, list):
            kind, text = answer
            raise _ERRORS[kind](text)
        return answer


class _Process:
    """A process that answers one question after another.

    options: of its command line.
    """

    def __init__(self, *options: str) -> None:
        self._options = options
        self._running: subprocess.Popen[str] | None = None
        self._owes = False  # whether an answer that nobody waits for any longer is to come

    def answer(self, question: str, *, is_patient: bool = True) -> object:
        """The answer to a question. Raises RuntimeError if the process ends.

        It may have to answer an older question first.

        is_patient: whether to wait for any time; if not, None stands for no answer.
        """
        running = self._running or self._start()
        assert running.stdin is not None
        try:
            if self._owes:
                if not _is_readable(running, is_patient):
                    return None
                _read(running)
            self._owes = True
            running.stdin.write(f"{question}\n")
            running.stdin.flush()
            if not _is_readable(running, is_patient):
                return None
            answer = _read(running)
        except (OSError, ValueError):
            self.close()
            raise RuntimeError("the process that hashes has ended") from None
        self._owes = False
        return answer

    def _start(self) -> subprocess.Popen[str]:
        # By path, as only this process may know where the module is. In a group of its own, so that
        # Ctrl-C ends only the server; but in its session: where Linux shares a processor among
        # sessions (autogroups, sched(7)), priorities count only within each.
        self._running = subprocess.Popen(
            [sys.executable, "-P", __file__, *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="ascii",
            process_group=0,
        )
        self._owes = False
        return self._running

    def close(self) -> None:
        """End it; the next question starts another."""
        running, self._running = self._running, None
        if running is not None:
            if self._owes:
                running.kill()  # it might take long
            with suppress(OSError):  # it has ended already
                running.communicate()


def _is_readable(running: subprocess.Popen[str], is_patient: bool) -> bool:
    """Wait for an answer, which comes in one piece, and return whether it is here."""
    assert running.stdout is not None
    found = poll()  # not select, which knows no descriptors above 1023
    found.register(running.stdout, POLLIN)
    if is_patient:
        return bool(found.poll())
    for _ in range(TIMES):
        before = process_time()
        if found.poll(1000 * PATIENCE):
            return True
        if process_time() - before < BUSY * PATIENCE:
            break
    return False


def _read(running: subprocess.Popen[str]) -> object:
    assert running.stdout is not None
    return json.loads(running.stdout.readline())


class OneThread(PasswordHasher):
    """Makes and checks the same hashes as PasswordHasher, without its threads."""

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """The hash of a password. Raises HashingError."""
        secret = password.encode() if isinstance(password, str) else password
        salt = salt or secrets.token_bytes(self.salt_len)
        known = self._parameters
        facts = f"m={known.memory_cost},t={known.time_cost},p={known.parallelism}"
        parts = (f"v={known.version}", facts, _text(salt), _text(_derived(secret, salt, known)))
        return "$argon2id$" + "$".join(parts)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 (PasswordHasher's)
        """True; otherwise raises an error that says why."""
        text = hash.decode() if isinstance(hash, bytes) else hash
        secret = password.encode() if isinstance(password, str) else password
        known = extract_parameters(text)
        if known.type is not Type.ID:
            raise InvalidHashError
        try:
            salt, derived = map(_bytes, text.split("$")[-2:])
            again = _derived(secret, salt, known)
        except (ValueError, OverflowError, HashingError) as error:
            raise VerificationError(str(error)) from None
        if not hmac.compare_digest(again, derived):
            raise VerifyMismatchError
        return True


def _derived(secret: bytes, salt: bytes, known: Parameters) -> bytes:
    """The argon2id hash of a secret. Raises HashingError."""
    out = ffi.new("uint8_t[]", known.hash_len)
    pwd = ffi.new("uint8_t[]", secret)
    salted = ffi.new("uint8_t[]", salt)
    context = ffi.new(
        "argon2_context *",
        {
            "version": known.version,
            "out": out,
            "outlen": known.hash_len,
            "pwd": pwd,
            "pwdlen": len(secret),
            "salt": salted,
            "saltlen": len(salt),
            "t_cost": known.time_cost,
            "m_cost": known.memory_cost,
            "lanes": known.parallelism,
            "threads": 1,  # by default one for each lane
        },
    )
    error = core(context, Type.ID.value)
    if error:
        raise HashingError(error_to_str(error))
    return bytes(ffi.buffer(out))


def _text(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def give_way() -> None:
    """Leave the processors to every other process that wants them."""
    os.nice(LOWEST)
    if hasattr(os, "SCHED_IDLE"):
        # Linux then lets any other process run at once, not only at the end of a time slice.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def main() -> None:
    """Answer questions until standard input ends."""
    if YIELDING in sys.argv:
        give_way()
    hasher = OneThread()
    for line in sys.stdin:
        what, secret, *others = json.loads(line)
        password = bytes.fromhex(secret)
        answer: object
        try:
            if what == "hash":
                answer = hasher.hash(password)
            elif what == "verify":
                [hashed] = others
                answer = hasher.verify(hashed, password)
            else:
                salt, iterations = others
                answer = pbkdf2_hmac("sha256", password, bytes.fromhex(salt), iterations).hex()
        except (HashingError, VerificationError, InvalidHashError) as error:
            answer = [type(error).__name__, str(error)]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # the server is gone
        main()
