"""Ports that accept a few connections at a time, and have few end at once."""

from __future__ import annotations

import gc
import socket
import time
from typing import Any

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.flow.admission import TALK, TURN_CAUSES, Admission, Rank, Share
from chatsvc.chat.flow.starts import START_WITHIN
from chatsvc.doors.accepting import AT_ONCE, COLLECT_EVERY, PAUSE, Acceptor
from chatsvc.service.reactor_clock import ReactorClock
from tests.harness import Clock

MANY = 40


class Port:
    """What an Acceptor uses of Twisted's ports: it has as many newcomers as there may be."""

    connected = True
    reactor = None
    numberAccepts = 1_000  # noqa: N815 (Twisted's name)
    accepted = 0
    is_reading = True

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        self.accepted += self.numberAccepts
        self.numberAccepts += 20

    def stopReading(self) -> None:  # noqa: N802 (Twisted's name)
        self.is_reading = False

    def startReading(self) -> None:  # noqa: N802 (Twisted's name)
        self.is_reading = True


class AcceptorTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.is_committing = False
        self.admission = Admission(self.clock, lambda: None, lambda: self.is_committing, lambda: 0)
        self.port = Port()
        Acceptor(self.port, self.admission, self.clock)

    def test_a_few_at_a_time(self) -> None:
        for turn in (1, 2, 3):
            self.port.doRead()
            self.assertEqual(self.port.accepted, turn * AT_ONCE)

    def test_garbage_is_searched_for_among_few_objects(self) -> None:
        searched: list[int] = []

        def note(phase: str, info: dict[str, int]) -> None:
            searched.append(info["generation"])

        gc.disable()
        self.addCleanup(gc.enable)
        gc.callbacks.append(note)
        self.addCleanup(gc.callbacks.remove, note)
        for _ in range(2 * COLLECT_EVERY):
            self.port.doRead()
        self.assertEqual(searched, [1] * 4)  # the beginning and the end of both

    def test_when_there_is_too_much_to_do_newcomers_wait(self) -> None:
        self.admission.cause(1000, TURN_CAUSES)
        self.port.doRead()
        self.assertEqual((self.port.accepted, self.port.is_reading), (0, False))
        self.admission.note_flushed(is_talk=False)
        self.admission.begin_turn()
        self.assertTrue(self.port.is_reading)
        self.port.doRead()
        self.assertEqual(self.port.accepted, AT_ONCE)

    def test_newcomers_have_their_turn_though_others_wait_all_the_time(self) -> None:
        self.admission.wait(lambda: None, Share(), Share(), Rank.OTHER)
        self.port.doRead()
        self.assertEqual((self.port.accepted, self.port.is_reading), (0, False))
        for turn in (1, 2, 3):
            self.admission.begin_turn()
            self.assertTrue(self.port.is_reading)
            self.admission.wait(lambda: None, Share(), Share(), Rank.OTHER)
            self.port.doRead()
            self.assertEqual(self.port.accepted, turn * AT_ONCE)
            self.port.doRead()  # it has had its turn
            self.assertEqual((self.port.accepted, self.port.is_reading), (turn * AT_ONCE, False))

    def talk(self) -> None:
        """[What somebody has said is committed.]"""
        self.is_committing = True
        self.admission.note_flushed(is_talk=True)
        self.is_committing = False

    def test_while_people_talk_there_is_a_pause_after_each(self) -> None:
        self.talk()
        for turn in (1, 2, 3):
            self.port.doRead()
            self.assertEqual((self.port.accepted, self.port.is_reading), (turn, False))
            self.clock.advance(PAUSE)
            self.assertTrue(self.port.is_reading)
            self.admission.begin_turn()
        self.clock.advance(TALK)
        self.admission.begin_turn()
        self.port.doRead()
        self.assertTrue(self.port.is_reading)

    def test_a_port_that_is_closed_in_a_pause(self) -> None:
        self.talk()
        self.port.doRead()
        self.port.connected = False
        self.clock.advance(PAUSE)
        self.assertFalse(self.port.is_reading)

    def test_those_who_have_come_share_one_part_of_the_time(self) -> None:
        self.port.doRead()
        self.admission.cause(1000, TURN_CAUSES)
        other = Share()
        heard: list[bool] = []
        self.port.doRead()
        self.admission.wait(lambda: heard.append(self.port.is_reading), other, other, Rank.RESTED)
        self.admission.note_flushed(is_talk=False)
        self.admission.begin_turn()
        self.assertEqual((heard, self.port.is_reading), ([False], True))

    def test_a_port_that_is_closed_meanwhile(self) -> None:
        self.admission.cause(1000, TURN_CAUSES)
        self.port.doRead()
        self.port.connected = False
        self.admission.note_flushed(is_talk=False)
        self.admission.begin_turn()
        self.assertFalse(self.port.is_reading)


class EndTests(SynchronousTestCase):
    def test_a_crowd_that_is_aborted_ends_in_several_turns(self) -> None:
        now = [0.0]
        ended: list[Protocol] = []

        class Ending(Protocol):
            def connectionMade(self) -> None:
                made.append(self)

            def connectionLost(self, reason: Failure = connectionDone) -> None:
                ended.append(self)
                now[0] += START_WITHIN * 0.6

        made: list[Any] = []
        reactor: Any = EPollReactor()
        reactor.seconds = lambda: now[0]
        self.patch(time, "thread_time", lambda: now[0])
        clock = ReactorClock(reactor)
        clock.end_turns(reactor)
        port = reactor.listenTCP(0, ServerFactory.forProtocol(Ending), MANY, "127.0.0.1")
        self.addCleanup(
            lambda: [each.connectionLost(connectionDone) for each in reactor.removeAll()]
        )
        Acceptor(port, Admission(clock, lambda: None, bool, int), clock)
        where = port.getHost().host, port.getHost().port
        people = [socket.create_connection(where) for _ in range(MANY)]
        while len(made) < MANY:
            port.doRead()
        for each in made:
            each.transport.abortConnection()
        turns: list[int] = []
        while len(ended) < MANY:
            before = len(ended)
            now[0] += 0.001
            reactor.runUntilCurrent()
            turns.append(len(ended) - before)
        self.assertEqual(max(turns), 2)  # the second is begun in time
        self.assertCountEqual(ended, made)
        for person in people:
            with person, self.assertRaises(ConnectionResetError):
                person.recv(1)
