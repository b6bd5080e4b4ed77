"""The system's clock is set while people talk: nobody waits longer or shorter for it."""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Coroutine
from functools import partial
from subprocess import PIPE, Popen
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.bugs import spawn
from chatsvc.chat.accounts.account import Account
from chatsvc.chat.accounts.accounts import CODE_FOR, Accounts
from chatsvc.chat.accounts.gate import Gate
from chatsvc.chat.limits import Limits
from chatsvc.chat.moderation.acts import Acts
from chatsvc.chat.people.visits import PAGE
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.upkeep import PUT_RIGHT_WITHIN, TIDY_EVERY
from chatsvc.clock import PIECE, TURN_EVERY, Turns, ahead, make_steady
from chatsvc.errors import ChatError
from chatsvc.service.reactor_clock import ReactorClock
from chatsvc.store import Record
from chatsvc.stores.memory import MemoryStore
from tests.harness import ChatTestCase, Clock, Passwords
from tests.patience import PATIENCE
from tests.processes import TWISTD, ProcessTestCase, free_port

HOUR = 3600.0
YEAR = 365 * 24 * HOUR
JUMPS = (-HOUR, HOUR, 0.0)
# A program whose clock of the system is ahead of the real one by what a file says.
SET = """
import pathlib, runpy, sys, time
real, ahead = time.time, pathlib.Path(sys.argv.pop(1))
time.time = lambda: real() + float(ahead.read_text())
runpy.{}(sys.argv.pop(1), run_name="__main__")
"""


class TurnsTests(SynchronousTestCase):
    def test_all_that_takes_long_shares_the_time(self) -> None:
        clock = Clock()
        turns = Turns(clock)
        seen: list[str] = []

        async def look(who: str) -> None:
            async for number in turns.slowly(range(4), 2):
                seen.append(f"{who}{number}")  # noqa: PERF401  # one after another

        for who in "abc":
            spawn(look(who))
        self.assertEqual(seen, ["a0", "a1", "b0", "b1", "c0", "c1"])
        pieces = []
        for seconds in (0, TURN_EVERY, TURN_EVERY):
            seen.clear()
            clock.advance(seconds)
            pieces.append("".join(seen))
        self.assertEqual(pieces, ["a2a3", "b2b3", "c2c3"])  # not all at once

    def test_a_piece_of_things_that_take_long_is_shorter(self) -> None:
        clock = Clock()
        turns = Turns(clock)
        seen: list[int] = []

        async def look() -> None:
            async for number in turns.slowly(range(6), 100):
                seen.append(number)
                clock.rightNow += 0.4 * PIECE  # it takes so long

        spawn(look())
        self.assertEqual(seen, [0, 1, 2])
        clock.advance(TURN_EVERY)
        self.assertEqual(seen, [0, 1, 2, 3, 4, 5])

    def test_no_time_passes_once_they_are_closed(self) -> None:
        clock = Clock()
        turns = Turns(clock)
        for _ in range(100):  # which begin their last pieces a turn each
            spawn(turns.pause())
        turns.close()
        seen: list[int] = []

        async def look() -> None:
            async for number in turns.slowly(range(4), 1):
                seen.append(number)  # noqa: PERF401  # one after another

        spawn(look())
        clock.advance(0)
        self.assertEqual(seen, [0, 1, 2, 3])
        clock.pump([TURN_EVERY] * 100)
        self.assertEqual(clock.getDelayedCalls(), [])

    def test_what_the_reactor_brings_can_be_waited_for_though_they_are_closed(self) -> None:
        clock = Clock()
        turns = Turns(clock)
        turns.close()
        brought: list[bool] = []
        clock.callLater(0, brought.append, True)
        looks = 0

        async def look() -> None:
            nonlocal looks
            while not brought and looks < 10:
                looks += 1
                await turns.pause()

        spawn(look())
        clock.advance(0)
        self.assertEqual(looks, 1)

    def test_what_has_taken_longer_than_planned_is_not_made_up_for_in_one_turn(self) -> None:
        clock = Clock()
        turns = Turns(clock)
        seen: list[str] = []

        async def look(who: str) -> None:
            async for _ in turns.slowly(range(3), 1):
                seen.append(who)
                clock.rightNow += 10 * TURN_EVERY

        for who in "abcd":
            spawn(look(who))
        while len(seen) < 12:
            before = len(seen)
            # A turn of a reactor makes the calls that are due at its beginning, here of several.
            for call in [each for each in clock.calls if each.getTime() <= clock.seconds()]:
                clock.calls.remove(call)
                call.called = 1
                call.func(*call.args, **call.kw)
            self.assertLessEqual(len(seen), before + 1)
            clock.rightNow += TURN_EVERY
        self.assertEqual(sorted(seen), sorted("abcd" * 3))


class SteadyTests(SynchronousTestCase):
    def test_a_reactor_goes_by_a_clock_that_is_not_set(self) -> None:
        reactor: Any = SimpleNamespace(
            seconds=time.time, callLater=lambda *_: None, threadCallQueue=[]
        )
        make_steady(reactor)
        clock = ReactorClock(reactor)
        before, by = clock.seconds(), ahead(clock)
        self.assertLess(abs(clock.seconds() + by - time.time()), PATIENCE)
        self.patch(time, "time", partial(float, 1e9))
        self.assertLess(abs(clock.seconds() - before), PATIENCE)


class ServerTests(ChatTestCase):
    def test_what_is_shown_and_kept_goes_by_the_systems_clock(self) -> None:
        for seconds in (-HOUR, 5 * HOUR):
            self.server.clock.ahead = seconds
            self.ann.types("hi")
            self.ann.hears()
            now = self.server.clock.now()
            self.assertEqual(self.server.chat.lobby.log.after(0, 99)[-1].at, now - 0.2)
            self.ann.types("/history 1")
            self.assertIn(time.strftime("%H:%M", time.localtime(now)), self.ann.hears()[0])

    def test_a_flood_is_slowed_and_a_mute_ends_whatever_is_set(self) -> None:
        self.ann, self.bob, self.cat = self.start()
        self.ann.types("/join #ops")
        self.bob.types("/join #ops")
        self.ann.types("/mute client2 10m")
        self.ann.hears()
        self.bob.hears()
        for seconds in JUMPS:
            self.server.clock.ahead = seconds
            self.bob.types("hi")
            [heard] = self.bob.hears()
            self.assertIn("You are muted in #ops for 10m more, until ", heard)
            end = time.localtime(self.server.clock.now() + 600)
            self.assertIn(time.strftime("%H:%M", end), heard)
        self.server.clock.ahead = -HOUR
        self.server.clock.advance(601)
        self.bob.types("hi")
        self.assertEqual(self.bob.hears(), ["#ops client2: hi"])

    def test_nothing_is_deleted_by_a_clock_that_was_just_set(self) -> None:
        self.ann, self.bob, self.cat = self.start(keep=HOUR)
        self.ann.types("old")
        self.ann.hears()
        self.server.clock.ahead = YEAR
        self.server.clock.pump([TIDY_EVERY] * 30)
        self.server.clock.ahead = 0.0
        self.ann.types("/history 1")
        self.assertIn("old", self.ann.hears()[0])
        self.server.clock.ahead = YEAR
        self.server.clock.pump([TIDY_EVERY] * int(PUT_RIGHT_WITHIN / TIDY_EVERY + 3))
        self.ann.types("/history 1")
        self.assertIn("Nothing was said", self.ann.hears()[0])


class KeptTests(SynchronousTestCase):
    """The store keeps times of the system's clock, which was put right after the start."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1e9)
        self.clock.ahead = YEAR
        self.store = MemoryStore(10, 1000)

    def done(self, doing: Coroutine[Any, Any, object]) -> None:
        self.successResultOf(Deferred.fromCoroutine(doing))

    def again(self) -> Clock:
        """[The server is started again: the clock that waits begins with the system's.]"""
        clock = Clock()
        clock.advance(self.clock.now())
        return clock

    def test_acts(self) -> None:
        acts = Acts(self.clock, self.store)
        guest = ("guest bob",)
        self.done(acts.add("ban", "", "ann", Role.OPERATOR, "bob", guest, "", 2 * HOUR))
        [act] = acts.of("")
        line = act.line(self.clock)
        clock = self.again()
        later = Acts(clock, self.store)
        self.done(later.open())
        [same] = later.of("")
        self.assertEqual(same.line(clock), line)
        self.assertIn("for 120m more", same.rest(clock))
        clock.ahead = -HOUR
        clock.advance(2 * HOUR - 1)
        self.assertEqual(list(later.against("", "ban", guest)), [same])
        clock.advance(2)
        self.assertEqual(list(later.against("", "ban", guest)), [])

    def test_what_was_over_at_once_stays_over(self) -> None:
        acts = Acts(self.clock, self.store)
        self.done(acts.add("kick", "", "ann", Role.OPERATOR, "bob", ("guest bob",), "", 0.0))
        clock = Clock()
        clock.advance(self.clock.seconds())  # [The system's clock was a year ahead, and is not.]
        later = Acts(clock, self.store)
        self.done(later.open())
        [same] = later.of("")
        self.assertFalse(same.is_in_force(clock.seconds()))

    def test_a_code_that_is_given_back(self) -> None:
        gate = Gate(self.clock, self.store, Limits(invite_only=True))
        code = self.successResultOf(Deferred.fromCoroutine(gate.make_code(HOUR)))
        until = self.successResultOf(Deferred.fromCoroutine(gate.admit(code)))
        self.done(gate.give_back(code, until))
        later = Gate(self.again(), self.store, Limits(invite_only=True))
        self.done(later.open())
        self.assertEqual(
            self.successResultOf(Deferred.fromCoroutine(later.admit(code))), until + YEAR
        )

    def test_a_code_to_set_another_password(self) -> None:
        account = Account("ann")
        account.hashed = "a hash"
        accounts = Accounts(self.clock, self.store, Passwords())
        self.done(accounts.add(account))
        code = self.successResultOf(Deferred.fromCoroutine(accounts.make_code(account)))
        for clock in (self.again(), Clock()):
            clock.ahead = self.clock.now() - clock.seconds()
            later = Accounts(clock, self.store, Passwords())
            self.done(later.open())
            [same] = later
            self.assertEqual(same.code[1] + ahead(clock), self.clock.now() + CODE_FOR)
            self.assertEqual(same.record, same.kept)  # so it is not stored again
            clock.advance(CODE_FOR + 1)
            late = Deferred.fromCoroutine(later.set_password("ann", code, "short-horse", None))
            self.failureResultOf(late, ChatError)
        clock.rightNow -= 2
        self.done(later.set_password("ann", code, "short-horse", None))

    def test_a_lock_and_codes(self) -> None:
        gate = Gate(self.clock, self.store, Limits(invite_only=True))
        self.done(gate.lock(HOUR))
        self.done(gate.make_code(HOUR))
        clock = self.again()
        later = Gate(clock, self.store, Limits(invite_only=True))
        self.done(later.open())
        clock.ahead = HOUR
        clock.advance(HOUR - 1)
        self.assertTrue(later.is_locked)
        self.done(later.forget_old())
        self.assertEqual(len(self.successResultOf(_codes(self.store))), 1)
        clock.advance(2)
        self.assertFalse(later.is_locked)
        self.done(later.forget_old())
        self.assertEqual(len(self.successResultOf(_codes(self.store))), 0)


def _codes(store: MemoryStore) -> Deferred[dict[str, Record]]:
    return Deferred.fromCoroutine(store.records("code/"))


class SetTests(ProcessTestCase):
    """The real programs."""

    def setUp(self) -> None:
        super().setUp()
        self.sets(0.0)
        self.port = free_port()

    def sets(self, ahead: float) -> None:
        """[Somebody sets the system's clock.]"""
        new = self.folder / "ahead.new"
        new.write_text(str(ahead))
        new.rename(self.folder / "ahead")

    def runs(self, how: str, *program: Any, **options: Any) -> Popen[str]:
        """Start a program that goes by this clock."""
        code = SET.format(how)
        ahead = self.folder / "ahead"
        return self.starts(sys.executable, "-c", code, ahead, *program, **options)

    def serves_so(self) -> Popen[str]:
        program = ("run_path", TWISTD, "-n", "--pidfile=", "chatsvc", "--port", self.port)
        more = ("--interface", "127.0.0.1", "--throttle", "3/4", "--grace", "2")
        return self.runs(*program, *more)

    def test_people_talk_on(self) -> None:
        self.serves_so()
        ann = self.calls(self.port)
        ann.types("/nick ann", "here I am")
        ann.sees("ann: here I am")
        for number, seconds in enumerate(JUMPS):
            name = f"bob{number}"
            bob = self.calls(self.port)
            bob.types(f"/nick {name}", "/register correct-horse")
            bob.types(*[f"{number} {line}" for line in range(4)])
            ann.sees(f"{name}: {number} 0")  # and what is too fast waits
            self.sets(seconds)
            ann.sees(f"{name}: {number} 3")
            bob.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            bob.socket.close()
            ann.types("bob is gone")
            ann.sees("ann: bob is gone")  # and bob's place waits
            self.sets(seconds - HOUR)
            ann.sees(f"server: {name} has lost its connection.")  # after the grace

    def test_a_client_comes_back(self) -> None:
        client = ("run_module", "chatsvc.client", "127.0.0.1", self.port, "--name", "bob")
        server = self.serves_so()
        self.calls(self.port)  # [It listens.]
        bob = self.runs(*client, "--room", "#lobby", stdin=PIPE)
        assert bob.stdin is not None
        for number, seconds in enumerate(JUMPS):
            bob.stdin.write(f"{number} before\n")
            bob.stdin.flush()
            self.hears(f"bob: {number} before")
            server.kill()
            server.communicate()
            self.sets(seconds)
            bob.stdin.write(f"{number} meanwhile\n")
            bob.stdin.flush()
            server = self.serves_so()
            self.hears(f"bob: {number} meanwhile")

    def hears(self, text: str) -> None:
        """See something said, now or as what was said last."""
        heard = ""
        caller = self.calls(self.port)
        while text not in heard:
            data = caller.socket.recv(65536)
            assert data, heard
            heard += data.decode("utf-8", "replace")


class BusyTests(ChatTestCase):
    def test_who_asks_for_much_does_not_hold_up_who_keeps_order_or_comes_back(self) -> None:
        chat = self.server.chat
        for _ in range(1000):
            spawn(chat.turns.pause())
        for number in range(20):
            program = self.server.joined_by(f"10.0.1.{number}", is_new=False)
            program.types("/json", '{"do": "resume"}')
            self.server.clock.advance(0)
        self.server.clock.pump([0.01] * 10)
        told = program.transport.value().decode()
        self.assertIn('"event":"resumable"', told)
        seen: list[int] = []

        async def look() -> None:
            async for number in chat.moderation._turns.slowly(range(5), 1):
                seen.append(number)  # noqa: PERF401  # one after another

        spawn(look())
        self.server.clock.pump([0.01] * 10)
        self.assertEqual(seen, [0, 1, 2, 3, 4])

    def test_who_has_asked_for_much_does_not_hold_up_the_shutdown(self) -> None:
        chat = self.server.chat
        for number in range(10 * PAGE):  # which are stored with pauses
            chat.visits.note(f"client{number}", "192.0.2.1")
        for _ in range(1000):
            spawn(chat.turns.pause())
        closed: list[bool] = []
        chat.shut_down(lambda: closed.append(True))
        for person in (self.ann, self.bob, self.cat):
            person.drops()
        self.server.clock.advance(0)
        self.assertEqual(closed, [True])
