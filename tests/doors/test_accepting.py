"""Ports that accept a few connections at a time."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.flow.admission import TURN_CAUSES, Admission, Share
from chatsvc.doors.accepting import AT_ONCE, Acceptor
from tests.harness import Clock


class Port:
    """What an Acceptor uses of Twisted's ports: it has as many newcomers as there may be."""

    connected = True
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
        self.admission = Admission(Clock(), lambda: None, lambda: False, lambda: 0)
        self.port = Port()
        Acceptor(self.port, self.admission)

    def test_a_few_at_a_time(self) -> None:
        for turn in (1, 2, 3):
            self.port.doRead()
            self.assertEqual(self.port.accepted, turn * AT_ONCE)

    def test_when_there_is_too_much_to_do_newcomers_wait(self) -> None:
        self.admission.cause(1000, TURN_CAUSES)
        self.port.doRead()
        self.assertEqual((self.port.accepted, self.port.is_reading), (0, False))
        self.admission.note_flushed()
        self.admission.begin_turn()
        self.assertTrue(self.port.is_reading)
        self.port.doRead()
        self.assertEqual(self.port.accepted, AT_ONCE)

    def test_those_who_have_come_share_one_part_of_the_time(self) -> None:
        self.port.doRead()
        self.admission.cause(1000, TURN_CAUSES)
        other = Share()
        heard: list[bool] = []
        self.port.doRead()
        self.admission.wait(lambda: heard.append(self.port.is_reading), other, other, True)
        self.admission.note_flushed()
        self.admission.begin_turn()
        self.assertEqual((heard, self.port.is_reading), ([False], True))

    def test_a_port_that_is_closed_meanwhile(self) -> None:
        self.admission.cause(1000, TURN_CAUSES)
        self.port.doRead()
        self.port.connected = False
        self.admission.note_flushed()
        self.admission.begin_turn()
        self.assertFalse(self.port.is_reading)
