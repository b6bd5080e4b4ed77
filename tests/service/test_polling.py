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
from chatsvc.chat.flow.admission import STRANGERS_WITHIN, Rank
from chatsvc.service.polling import (
    FEW,
    HANDLED_WITHIN,
    MOST_READY,
    RESTED_WITHIN,
    Poller,
    take_turns,
)
from tests.harness import Clock
from tests.patience import PATIENCE

MANY = 10 * FEW
_CALM: Any = SimpleNamespace(is_committing=bool, is_talk=False)  # an admission
EACH = HANDLED_WITHIN / FEW / 2  # seconds of work


class Happening:
    """A poll object, to whose file descriptors something happens until it is handled."""

    def __init__(self) -> None:
        self.happened: dict[int, int] = {}
        self.wanted: dict[int, int] = {}  # what is polled for
        self.timeout = 0.0  # of the last poll

    @property
    def ready(self) -> list[tuple[int, int]]:
        """What a poll tells of."""
        return [each for each in self.happened.items() if each[0] in self.wanted]

    def poll(self, timeout: float, most: int) -> list[tuple[int, int]]:
        self.timeout = timeout
        return self.ready[:most]

    def register(self, descriptor: int, wanted: int) -> None:
        assert descriptor not in self.wanted
        self.wanted[descriptor] = wanted

    def modify(self, descriptor: int, wanted: int) -> None:
        assert descriptor in self.wanted
        self.wanted[descriptor] = wanted

    def unregister(self, descriptor: int) -> None:
        del self.wanted[descriptor]


class PollerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.happening = Happening()
        self.sockets: dict[int, Any] = {}
        self.rested: set[Any] = set()
        self.strangers: set[Any] = set()
        self.admission: Any = SimpleNamespace(is_committing=bool, is_talk=False)
        self.handled: list[int] = []
        self.reads = set(range(2 * MOST_READY))
        self.writes: set[int] = set()
        self.more: set[int] = set()  # those that have more to be read before their end
        self.each = EACH
        self.half_closes = False
        self.poller = self.made(self.clock)

    def made(self, clock: Any) -> Poller:
        return Poller(
            self.happening, self.sockets, self.reads, self.writes, self.handle, clock,
            self.rank_of, self.admission,
        )  # fmt: skip

    def test_while_people_wait_for_the_store_its_thread_may_have_the_processor(self) -> None:
        """A turn that would rest, or has the result, keeps it: others might take it for long."""
        yields: list[bool] = []
        self.patch(os, "sched_yield", lambda: yields.append(True))
        is_committing = is_wanted = False
        self.patch(self.clock, "is_wanted", lambda: is_wanted)
        self.admission.is_committing = lambda: is_committing
        self.poller = self.made(self.clock)
        self.happens(1)
        self.assertEqual((self.turn(), yields), ([1], []))
        is_committing = True
        self.happens(2)
        self.assertEqual((self.turn(), yields), ([2], [True]))
        self.assertEqual((self.turn(), yields), ([], [True]))
        self.poller.poll(0, MANY)  # no socket is ready, but there is something to do
        self.assertEqual(yields, [True, True])
        is_wanted = True
        self.happens(3)
        self.assertEqual((self.turn(), yields), ([3], [True, True]))

    def rank_of(self, transport: Any, now: float) -> Rank:
        self.assertEqual(now, self.clock.seconds())
        if transport in self.strangers:
            return Rank.STRANGER
        return Rank.RESTED if transport in self.rested else Rank.OTHER

    def happens(self, *descriptors: int) -> None:
        for each in descriptors:
            self.sockets[each] = f"socket {each}"
            self.happening.happened[each] = select.POLLIN
            self.poller.register(each, select.POLLIN)

    def handle(self, transport: Any, descriptor: int, happened: int) -> None:
        self.handled.append(descriptor)  # first: the poller catches what is raised here
        self.assertEqual(transport, self.sockets[descriptor])
        self.assertEqual(happened & ~self.happening.wanted[descriptor] & ~select.POLLHUP, 0)
        if self.half_closes and happened & select.POLLIN:
            self.reads.remove(descriptor)
            self.poller.modify(descriptor, 0)
            self.happening.happened[descriptor] = select.POLLHUP
        elif happened & select.POLLHUP and descriptor not in self.more:
            del self.sockets[descriptor]
            self.poller.unregister(descriptor)
        elif not happened & select.POLLHUP:
            del self.happening.happened[descriptor]
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
        before, self.happening.happened = self.happening.happened, {}
        self.happens(*range(MANY, 2 * MANY))
        self.happening.happened |= before
        self.assertEqual(self.turn(each=1.0), [1])

    def test_who_is_rested_does_not_wait(self) -> None:
        self.happens(*range(MANY))
        self.turn()
        self.happens(*range(MANY, 2 * MANY))
        self.rested |= {self.sockets[each] for each in range(MANY, 2 * MANY, 2)}
        handled = self.turn(each=RESTED_WITHIN / MANY)
        self.assertEqual(handled[: MANY // 2], list(range(MANY, 2 * MANY, 2)))
        self.assertEqual(len(handled), MANY // 2 + 1)  # which took their time

    def test_rested_people_wait_for_each_other_if_they_are_many(self) -> None:
        for descriptors in range(MANY), range(MANY, 2 * MANY):
            self.happens(*descriptors)
            self.rested |= {self.sockets[each] for each in descriptors}
        handled: list[int] = []
        while len(handled) < 2 * MANY:
            turn = self.turn(each=RESTED_WITHIN / 4)
            self.assertLess(len(turn), 7)
            handled += turn
        self.assertEqual(handled, list(range(2 * MANY)))

    def test_others_wait_for_them(self) -> None:
        self.happens(*range(MANY))
        self.rested |= {self.sockets[each] for each in range(0, MANY, 2)}
        handled: list[int] = []
        while len(handled) < MANY // 2:
            handled += self.turn(each=RESTED_WITHIN / 4)
        self.assertLess(sum(each % 2 for each in handled), 3)

    def test_strangers_have_less_time_while_people_talk(self) -> None:
        """Otherwise each of the turns in which a line is heard, stored and told would be longer."""
        self.happens(*range(MANY))
        self.strangers |= set(self.sockets.values())
        self.turn(each=1.0)
        for is_talk, within in ((False, HANDLED_WITHIN), (True, STRANGERS_WITHIN)):
            self.admission.is_talk = is_talk
            handled = self.turn(each=STRANGERS_WITHIN / 2)
            self.assertAlmostEqual(len(handled) / (within / self.each + 1), 1.0)

    def test_one_stranger_is_handled_in_any_case(self) -> None:
        self.happens(*range(MANY))
        self.strangers |= {self.sockets[each] for each in range(0, MANY, 2)}
        self.admission.is_talk = True
        self.turn(each=1.0)
        self.assertEqual(self.turn(each=HANDLED_WITHIN / 2 + 1e-9), [1, 3, 2])

    def test_connections_that_are_over_wait_even_if_somebody_rested_has_gone(self) -> None:
        self.happens(*range(MANY))
        self.rested |= set(self.sockets.values())
        over = range(MANY - 1)
        self.happening.happened.update(dict.fromkeys(over, select.POLLIN | select.POLLHUP))
        self.assertEqual(self.turn(each=HANDLED_WITHIN), [*over[:2], MANY - 1])
        self.assertEqual(self.turn(each=HANDLED_WITHIN), [*over[2:4]])

    def test_a_crowd_that_has_to_wait_is_not_looked_at_in_each_turn(self) -> None:
        for over in 0, select.POLLHUP:
            self.happens(*range(MANY))
            self.happening.happened |= dict.fromkeys(range(MANY), select.POLLIN | over)
            self.more = {2, 5} if over else set()  # after the first read
            handled = self.turn(each=HANDLED_WITHIN)
            self.assertEqual((handled, self.happening.ready), ([0, 1], []))
            self.reads.remove(6)  # no more is to be read from it
            self.poller.modify(6, 0)
            self.poller.modify(7, select.POLLOUT)  # something is to be written to it
            self.writes.add(7)
            self.poller.unregister(8)  # it is closed otherwise, and its number is another's
            self.sockets[8] = "a new one"
            self.happening.happened[MANY] = select.POLLIN
            self.sockets[MANY] = "one that does not wait for those that are over"
            self.poller.register(MANY, select.POLLIN)
            while self.poller._others or self.poller._strangers:
                handled += self.turn(each=HANDLED_WITHIN)
                self.assertEqual(self.happening.timeout, 0)
            self.assertEqual(MANY in handled[:6], bool(over))
            wanted = [each for each in range(MANY + 1) if each != 8]
            self.assertEqual(sorted(handled), sorted([*wanted, *([2, 5] if over else ())]))
            self.assertEqual(self.poller._taken_out, set())
            self.turn()
            self.assertEqual(self.happening.timeout, 1.0)
            self.setUp()

    def test_who_reads_no_more_of_a_connection_that_is_over_is_not_to_read_again(self) -> None:
        self.half_closes = True
        self.happens(*range(MANY))
        self.happening.happened.update(dict.fromkeys(range(MANY), select.POLLIN | select.POLLHUP))
        for _ in range(2 * MANY):
            self.turn(each=HANDLED_WITHIN)
        self.assertEqual((self.sockets, self.poller._taken_out), ({}, set()))

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
        take_turns(reactor, clock, lambda transport, now: Rank.OTHER, _CALM)
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
        take_turns(reactor, clock, lambda transport, now: Rank.OTHER, _CALM)
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
