"""What is left of a connection is freed at its end, and waits for no search for garbage."""

from __future__ import annotations

import gc
from typing import Any

from chatsvc.chat.people.user import Session, User
from chatsvc.door.intake import Intake
from chatsvc.door.visit import Visit
from chatsvc.doors.irc.client import Client
from chatsvc.doors.irc.door import IrcProtocol
from chatsvc.doors.line import ChatProtocol
from chatsvc.doors.writer import Writer
from tests.doors.irc.irc import IrcTestCase

KINDS = (ChatProtocol, IrcProtocol, Visit, Intake, Writer, Client, Session, User)


def left() -> dict[str, int]:
    """How many there are of each kind."""
    kinds = [type(each) for each in gc.get_objects()]
    return {kind.__name__: kinds.count(kind) for kind in KINDS}


class EndTests(IrcTestCase):
    def setUp(self) -> None:
        super().setUp()
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)

    def lets_go(self, person: Any) -> None:
        """[Twisted drops a connection that is over.]"""
        person.transport.producer = None
        person.transport.protocol = None

    def test_nothing_is_left_of_who_has_talked_and_gone(self) -> None:
        before = left()
        person = self.server.joined_by("10.0.1.1")
        person.types("hello")
        self.hush()
        person.hears()
        person.drops()
        self.lets_go(person)
        del person
        self.hush()
        self.assertEqual(left(), before)

    def test_nor_of_who_has_said_half_a_line(self) -> None:
        before = left()
        person = self.server.joined_by("10.0.1.1")
        person.sends(b"hel")
        person.drops()
        self.lets_go(person)
        del person
        self.hush()
        self.assertEqual(left(), before)

    def test_nor_of_who_asks_and_is_gone_before_the_answer(self) -> None:
        before = left()
        person = self.server.joined_by("10.0.1.1")
        person.types("/history", "/users", "hello")
        person.drops()
        self.lets_go(person)
        del person
        self.hush()
        self.assertEqual(left(), before)

    def test_nor_of_irc_clients_registered_or_not(self) -> None:
        before = left()
        there = self.registered("dan")
        there.asks("JOIN #x", "PRIVMSG #x :hello", "WHO *")
        newcomer = self.connected()
        newcomer.sends("CAP LS 302", "NICK eve")
        newcomer.hears()
        for each in (there, newcomer):
            each.protocol.connectionLost()
            self.lets_go(each)
        del each, there, newcomer
        self.hush()
        self.assertEqual(left(), before)
