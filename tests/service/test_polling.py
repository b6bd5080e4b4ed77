"""What has happened to many sockets at once is handled in several turns, the rested first."""

from __future__ import annotations

import os
import select
import socket
import sys
from types import SimpleNamespace
from typing import Any

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc import bugs
from chatsvc.service.polling import (
    FEW,
    FIRST_WITHIN,
    HANDLED_WITHIN,
    MOST_READY,
    Poller,
    take_turns,
)
from tests.harness import Clock
from tests.patience import PATIENCE

MANY = 10 * FEW
EACH = HANDLED_WITHIN / FEW / 2  # seconds of work


class Happening:
    """A poll object, to whose file descriptors something happens until it is handled."""

    def __init__(self) -> None:
        self.ready: dict[int, int] = {}
        self.timeout = 0.0  # of the last poll

    def poll(self, timeout: float, most: int) -> list[tuple[int, int]]:
        self.timeout = timeout
        return list(self.ready.items())[:most]

    def register(self, descriptor: int) -> None:
        self.ready[descriptor] = select.POLLIN

    def modify(self, descriptor: int, events: int) -> None:
        self.ready[descriptor] = events

    def unregister(self, descriptor: int) -> None:
        del self.ready[descriptor]


class PollerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.happening = Happening()
        self.sockets: dict[int, Any] = {}
        self.first: set[Any] = set()
        self.handled: list[int] = []
        self.reads = set(range(2 * MOST_READY))
        self.more: set[int] = set()  # those that have more to be read before their end
        self.each = EACH
        self.half_closes = False
        self.poller = self.made(self.clock)

    def made(self, clock: Any) -> Poller:
        return Poller(
            self.happening, self.sockets, self.reads, self.handle, clock, self.is_first, bool
        )

    def test_while_people_wait_for_the_store_its_thread_may_have_the_processor(self) -> None:
        """A turn that would rest, or has the result, keeps it: others might take it for long."""
        yields: list[bool] = []
        self.patch(os, "sched_yield", lambda: yields.append(True))
        is_committing = is_wanted = False
        self.patch(self.clock, "is_wanted", lambda: is_wanted)
        self.poller = Poller(
            self.happening, self.sockets, self.reads, self.handle, self.clock, self.is_first,
            lambda: is_committing,
        )  # fmt: skip
        self.happens(1)
        self.assertEqual((self.turn(), yields), ([1], []))
        is_committing = True
        self.happens(2)
        self.assertEqual((self.turn(), yields), ([2], [True]))
        self.assertEqual((self.turn(), yields), ([], [True]))
        is_wanted = True
        self.happens(3)
        self.assertEqual((self.turn(), yields), ([3], [True]))

    def is_first(self, transport: Any, now: float) -> bool:
        self.assertEqual(now, self.clock.seconds())
        return transport in self.first

    def happens(self, *descriptors: int) -> None:
        for each in descriptors:
            self.sockets[each] = f"socket {each}"
            self.poller.register(each)

    def handle(self, transport: Any, descriptor: int, happened: int) -> None:
        self.handled.append(descriptor)  # first: the poller catches what is raised here
        self.assertEqual(transport, self.sockets[descriptor])
        if self.half_closes and happened & select.POLLIN:
            self.reads.remove(descriptor)
        elif happened & select.POLLHUP and descriptor not in self.more:
            del self.sockets[descriptor]
            self.poller.unregister(descriptor)
        else:
            self.happening.ready.pop(descriptor, None)  # it may be taken out
        self.more.discard(descriptor)
        self.clock.advance(self.each)
        if callable(transport):
            transport()

    def turn(self, each: float = EACH) -> list[int]:
        """What is handled in a turn, when each takes so long."""
        self.handled, self.each = [], each
        self.assertEqual(self.poller.poll(1.0, 10 * MANY), ())
        return self.handled

    def test_few_are_handled_at_once(self) -> None:
        self.happens(*range(FEW))
        self.assertEqual(self.turn(), list(range(FEW)))

    def test_not_even_few_if_each_takes_long(self) -> None:
        self.happens(*range(FEW))
        self.assertEqual([self.turn(each=1.0) for _ in range(FEW)], [[0], [1], [2], [3]])

    def test_many_are_handled_at_once_if_that_is_soon_done(self) -> None:
        self.happens(*range(MANY))
        self.assertEqual(self.turn(each=0.0), list(range(MANY)))

    def test_of_many_a_turn_handles_what_fits(self) -> None:
        self.happens(*range(MANY))
        handled = len(self.turn())
        self.assertGreater(handled, FEW)
        self.assertLess(handled, 3 * FEW)

    def test_one_goes_on_however_long_each_takes(self) -> None:
        self.happens(*range(MANY))
        self.assertEqual(len(self.turn(each=1.0)), 1)

    def test_for_the_rest_nobody_asks_how_late_it_is(self) -> None:
        self.happens(*range(MANY))
        asked: list[None] = []
        seconds = self.clock.seconds

        def counts() -> float:
            asked.append(None)
            return seconds()

        clock: Any = SimpleNamespace(
            seconds=counts, busy=self.clock.busy, is_wanted=self.clock.is_wanted
        )
        self.poller = self.made(clock)
        asked.clear()
        self.assertEqual(len(self.turn(each=1.0)), 1)
        self.assertLess(len(asked), FEW)

    def test_the_results_of_other_threads_come_before_the_rest(self) -> None:
        self.happens(*range(MANY))
        self.patch(self.clock, "is_wanted", lambda: True)
        self.poller = self.made(self.clock)
        self.assertEqual(len(self.turn(each=0.0)), FEW)

    def test_the_rest_is_handled_before_what_happens_later(self) -> None:
        self.happens(*range(MANY))
        handled: list[int] = []
        for turn in range(MANY):
            handled += self.turn()
            self.happens(MANY + turn)
        self.assertEqual(handled, list(range(2 * MANY - 1)))

    def test_in_whatever_order_it_is_polled(self) -> None:
        self.happens(*range(MANY))
        self.turn(each=1.0)
        before, self.happening.ready = self.happening.ready, {}
        self.happens(*range(MANY, 2 * MANY))
        self.happening.ready |= before
        self.assertEqual(self.turn(each=1.0), [1])

    def test_who_is_first_does_not_wait(self) -> None:
        self.happens(*range(MANY))
        self.turn()
        self.happens(*range(MANY, 2 * MANY))
        self.first |= {self.sockets[each] for each in range(MANY, 2 * MANY, 2)}
        handled = self.turn(each=FIRST_WITHIN / MANY)
        self.assertEqual(handled[: MANY // 2], list(range(MANY, 2 * MANY, 2)))
        self.assertEqual(len(handled), MANY // 2 + 1)  # which took their time

    def test_those_who_are_first_wait_for_each_other_if_they_are_many(self) -> None:
        for descriptors in range(MANY), range(MANY, 2 * MANY):
            self.happens(*descriptors)
            self.first |= {self.sockets[each] for each in descriptors}
        handled: list[int] = []
        while len(handled) < 2 * MANY:
            turn = self.turn(each=FIRST_WITHIN / 4)
            self.assertLess(len(turn), 7)
            handled += turn
        self.assertEqual(handled, list(range(2 * MANY)))

    def test_strangers_wait_for_them(self) -> None:
        self.happens(*range(MANY))
        self.first |= {self.sockets[each] for each in range(0, MANY, 2)}
        handled: list[int] = []
        while len(handled) < MANY // 2:
            handled += self.turn(each=FIRST_WITHIN / 4)
        self.assertLess(sum(each % 2 for each in handled), 3)

    def test_connections_that_are_over_wait_even_if_they_are_first(self) -> None:
        self.happens(*range(MANY))
        self.first |= set(self.sockets.values())
        over = range(MANY - 1)
        self.happening.ready.update(dict.fromkeys(over, select.POLLIN | select.POLLHUP))
        self.assertEqual(self.turn(each=HANDLED_WITHIN), [*over[:2], MANY - 1, *over[2:4]])

    def test_a_crowd_that_has_gone_is_not_looked_at_in_each_turn(self) -> None:
        self.happens(*range(MANY))
        self.happening.ready.update(dict.fromkeys(range(MANY), select.POLLIN | select.POLLHUP))
        self.more = {2, 5}  # after the first read
        ended = self.turn(each=HANDLED_WITHIN)
        self.assertEqual((ended, self.happening.ready), ([0, 1, 2, 3], {}))
        self.poller.modify(7, select.POLLOUT)  # something is to be written to one of them
        self.poller.unregister(8)  # one is closed otherwise, and its number is another's
        self.sockets[8] = "a new one"
        self.happens(MANY)
        while self.poller._over:
            ended += self.turn(each=HANDLED_WITHIN)
            self.assertEqual((self.happening.timeout, self.happening.ready), (0, {}))
        self.assertIn(MANY, ended[:6])  # which does not wait for them
        wanted = [each for each in range(MANY + 1) if each != 8]
        self.assertEqual(sorted(ended), sorted([*wanted, 2, 5]))
        self.assertEqual(self.poller._taken_out, set())
        self.turn()
        self.assertEqual(self.happening.timeout, 1.0)

    def test_who_reads_no_more_of_a_connection_that_is_over_is_not_to_read_again(self) -> None:
        self.half_closes = True
        self.happens(*range(MANY))
        self.happening.ready.update(dict.fromkeys(range(MANY), select.POLLIN | select.POLLHUP))
        for _ in range(2 * MANY):
            self.turn(each=HANDLED_WITHIN)
        self.assertEqual(
            (self.sockets, self.poller._taken_out), ({0: "socket 0", 1: "socket 1"}, set())
        )

    def test_so_many_are_looked_at_in_a_turn(self) -> None:
        self.happens(*range(MOST_READY + 1))
        self.handled, self.each = [], 0.0
        self.poller.poll(1.0, 2 * MOST_READY)
        self.assertEqual(len(self.handled), MOST_READY)

    def test_a_descriptor_that_belongs_to_another_by_now(self) -> None:
        self.happens(*range(MANY))
        # [5 is closed, 6, too, and a connection is accepted, which gets 6]
        self.sockets[2] = lambda: self.sockets.pop(5)
        self.sockets[4] = lambda: self.sockets.update({6: "a new one"})
        self.assertEqual(self.turn(each=0.0), [*range(5), *range(7, MANY)])

    def test_a_bug_disturbs_no_others(self) -> None:
        self.happens(*range(MANY))
        self.sockets[2] = lambda: 1 / 0
        self.sockets[3] = sys.exit
        bugs.sum_up()  # of other tests
        self.patch(bugs, "_log", SimpleNamespace(error=lambda *args, **facts: None))
        before = bugs.number()
        self.assertEqual(self.turn(each=0.0), [*range(MANY)])
        self.assertEqual(bugs.number() - before, 2)


class Bug(Protocol):
    """A protocol with a mistake."""

    lost: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        raise {b"hello": ValueError, b"bye": SystemExit}[data]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = reason


class ReactorTests(SynchronousTestCase):
    def test_a_connection_whose_input_meets_a_bug_is_closed(self) -> None:
        reactor: Any = EPollReactor()
        clock: Any = Clock()
        clock.end_turns = lambda reactor: None
        take_turns(reactor, clock, lambda transport, now: False, bool)
        made: list[Bug] = []

        class Factory(ServerFactory):
            def buildProtocol(self, addr: object) -> Bug:
                made.append(Bug())
                return made[-1]

        port = reactor.listenTCP(0, Factory(), interface="127.0.0.1")
        self.patch(bugs, "_log", SimpleNamespace(error=lambda *args, **facts: None))
        for said, error in ((b"hello", ValueError), (b"bye", SystemExit)):
            with socket.create_connection((port.getHost().host, port.getHost().port)) as person:
                reactor.doPoll(PATIENCE)
                person.sendall(said)
                before = bugs.number()
                reactor.doPoll(PATIENCE)
                self.assertEqual(person.recv(1), b"")
            self.assertEqual(bugs.number() - before, 1)
            lost = made[-1].lost
            assert lost is not None
            self.assertTrue(lost.check(error))
        for selectable in reactor.removeAll():
            selectable.connectionLost(connectionDone)

    def test_twisteds_reactor_loses_nobody(self) -> None:
        """Each of many connections is heard, though each takes longer than a turn may."""
        reactor: Any = EPollReactor()
        heard: list[bytes] = []
        turns: list[int] = []

        class Hears(Protocol):
            def dataReceived(self, data: bytes) -> None:
                heard.append(data)
                now[0] += HANDLED_WITHIN

        now = [0.0]
        ended: list[Any] = []
        clock: Any = SimpleNamespace(
            seconds=lambda: now[0],
            busy=lambda: now[0],
            is_wanted=bool,
            end_turns=ended.append,
        )
        take_turns(reactor, clock, lambda transport, now: False, bool)
        self.assertEqual(ended, [reactor])
        factory = ServerFactory.forProtocol(Hears)
        port = reactor.listenTCP(0, factory, backlog=MANY, interface="127.0.0.1")
        port.numberAccepts = MANY
        address = port.getHost()
        people = [socket.create_connection((address.host, address.port)) for _ in range(MANY)]
        reactor.doPoll(PATIENCE)
        for number, each in enumerate(people):
            each.sendall(b"%d" % number)
        while len(heard) < MANY:
            before = len(heard)
            reactor.doPoll(PATIENCE)
            turns.append(len(heard) - before)
        self.assertLessEqual(max(turns), 2)
        self.assertEqual(sorted(heard, key=int), [b"%d" % number for number in range(MANY)])
        for person in people:
            person.close()
        for selectable in reactor.removeAll():
            selectable.connectionLost(connectionDone)
