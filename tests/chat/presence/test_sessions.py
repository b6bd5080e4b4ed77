"""How many sessions there may be, in all and from one address."""

from __future__ import annotations

from typing import Any, cast

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.limits import Limits
from chatsvc.chat.people.user import Session
from chatsvc.chat.presence.sessions import FEW_BESIDE, Sessions
from chatsvc.errors import Crowded, Full
from chatsvc.journal import NO_JOURNAL


class Anybody:
    """Stands for a session, of which only the address counts here."""

    def __init__(self, address: str | None) -> None:
        self.address = address


class Beside:
    """Stands for connections without a session."""

    def __init__(self, number: int, is_spare: bool = True) -> None:
        self.number = number
        self._is_spare = is_spare

    def __len__(self) -> int:
        return self.number

    def give_way(self) -> bool:
        if not (self._is_spare and self.number):
            return False
        self.number -= 1
        return True


class SessionsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.sessions = Sessions(NO_JOURNAL, Limits(users=4, per_address=2))

    def come(self, *addresses: str | None) -> list[Session]:
        found: list[Any] = [Anybody(address) for address in addresses]
        for session in found:
            self.sessions.add(session)
        return cast("list[Session]", found)

    def test_only_so_many_at_once(self) -> None:
        first, *_ = self.come("a", "b", "c", "d")
        self.assertRaises(Full, self.sessions.check_space, "e")
        self.sessions.check_space("e", first)  # in place of that one
        self.sessions.remove(first)
        self.sessions.check_space("e")
        self.assertEqual(len(self.sessions), 3)
        self.assertNotIn(first, self.sessions)

    def test_only_so_many_from_one_address(self) -> None:
        first, second = self.come("a", "a")
        self.assertRaises(Crowded, self.sessions.check_space, "a")
        self.sessions.check_space("b")
        self.sessions.check_space("a", second)
        self.sessions.remove(first)
        self.sessions.check_space("a")

    def test_connections_without_a_session_count_and_give_way(self) -> None:
        spare, busy = Beside(1), Beside(FEW_BESIDE + 2, is_spare=False)
        self.sessions.beside += [spare, busy]
        self.come("a")
        self.sessions.check_space("b")  # 4 places: one session, three taken; a spare one goes
        self.assertEqual(spare.number, 0)
        self.come("b")
        self.assertRaises(Full, self.sessions.check_space, "c")
        self.assertFalse(self.sessions.is_overfull)
        busy.number += 1
        self.assertTrue(self.sessions.is_overfull)
        busy.number = FEW_BESIDE  # which take no place
        self.come("c", "d")
        self.assertFalse(self.sessions.is_overfull)
        self.assertRaises(Full, self.sessions.check_space, "e")

    def test_those_without_an_address_are_not_of_one(self) -> None:
        self.come(None, None, None)
        self.sessions.check_space(None)

    def test_no_address_is_remembered_that_nobody_has(self) -> None:
        for session in self.come("a", "a", "b"):
            self.sessions.remove(session)
        self.assertEqual(dict(self.sessions._by_address), {})
