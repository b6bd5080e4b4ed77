"""Bugs: whoever meets one is told a word, under which the log has it."""

from __future__ import annotations

from chatsvc import bugs
from chatsvc.chat.identity.logins import Logins
from chatsvc.doors.irc import running
from tests.doors.irc.irc import IrcTestCase
from tests.harness import ChatTestCase, reported


def fails(*_: object) -> None:
    raise RuntimeError


async def fails_later(*_: object) -> None:
    raise RuntimeError


class BugsTests(ChatTestCase):
    def bug(self, kind: str) -> str:
        """A bug of a kind of its own happens; returns its report."""
        return bugs.log_bug(type(kind, (Exception,), {})())

    def test_those_alike_have_one_report_until_the_summary(self) -> None:
        logged = self.logged()
        first, other, again = self.bug("A"), self.bug("B"), self.bug("A")
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertIn(f"A mistake in the server: A ({first})\n", logged[0])
        self.assertIn(f"A mistake in the server: B ({other})\n", logged[1])
        bugs.sum_up()
        self.assertEqual(logged[2:], [f"1 more mistake in the server: A ({first})"])
        self.assertNotEqual(self.bug("A"), first)

    def test_each_report_is_in_the_log_though_few_kinds_are_logged(self) -> None:
        logged = self.logged()
        reports = {self.bug(f"Kind{number}") for number in range(bugs.MOST_KINDS + 30)}
        self.assertEqual(len(logged), bugs.MOST_KINDS)
        self.assertEqual(len(reports), bugs.MOST_KINDS + 1)
        bugs.sum_up()
        for report in reports:
            self.assertEqual("\n".join(logged).count(f"({report})"), 1)

    def test_in_what_waits_for_the_store(self) -> None:
        logged = self.logged()
        self.patch(Logins, "log_in", fails_later)
        [told] = self.ann.asks("/login ann a-long-password")
        self.assertIn(f"RuntimeError ({reported(told)})", logged[0])
        self.assertEqual(len(logged), 1)
        self.ann.types("on")
        self.assertEqual(self.bob.hears(), ["client1: on"])


class IrcBugsTests(IrcTestCase):
    def test_before_and_after_registration(self) -> None:
        logged = self.logged()
        eve = self.registered("eve")
        dan = self.connected()
        self.patch(running, "_do", fails)
        for person in (dan, eve):
            told = "".join(person.asks("WHOIS eve"))
            self.assertIn(f"RuntimeError ({reported(told)})", logged[-1])
