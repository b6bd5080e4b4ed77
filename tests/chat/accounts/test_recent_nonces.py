"""The nonces of somebody's last messages, found by their hashes."""

from __future__ import annotations

import sys
import unittest
from typing import Any

from chatsvc.chat.accounts.recent_nonces import MOST_NONCES, RecentNonces
from chatsvc.chat.logs.room import Room


class RecentNoncesTests(unittest.TestCase):
    def setUp(self) -> None:
        self.nonces = RecentNonces()
        self.room = Room("#ops")

    def test_the_last_ones_are_found(self) -> None:
        for number in range(MOST_NONCES + 1):
            self.nonces.note(f"n{number}", self.room, number)
        self.assertEqual(len(self.nonces), MOST_NONCES)
        self.assertIsNone(self.nonces.find("n0"))
        for number in range(1, MOST_NONCES + 1):
            self.assertEqual(self.nonces.find(f"n{number}"), ("#ops", number))
        self.assertIsNone(self.nonces.find("another"))

    def test_one_is_forgotten(self) -> None:
        self.nonces.note("n1", self.room, 1)
        self.nonces.note("n2", self.room, 2)
        self.nonces.forget("n1")
        self.nonces.forget("another")
        self.assertIsNone(self.nonces.find("n1"))
        self.assertEqual(self.nonces.find("n2"), ("#ops", 2))

    def test_the_bytes_of_two_hashes_are_none(self) -> None:
        # A whole number that is not too large is its own hash.
        halves: list[Any] = [1 << 32, 1 << 32]
        for number, nonce in enumerate(halves):
            self.nonces.note(nonce, self.room, number)
        across: Any = 1
        self.assertIn(across.to_bytes(8, sys.byteorder), self.nonces._hashes.tobytes())
        self.assertIsNone(self.nonces.find(across))
        self.nonces.forget(across)
        self.assertEqual(len(self.nonces), 2)
