"""Passwords are hashed beside the reactor, as the library has it."""

from __future__ import annotations

import argon2
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerificationError
from twisted.logger import capturedLogs, formatEvent

from chatsvc.errors import ChatError
from chatsvc.passwords.passwords import (
    LONGEST,
    Passwords,
    TooLong,
    _prepared,
)
from tests.passwords.hashing import SECRET, PasswordsTestCase


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
