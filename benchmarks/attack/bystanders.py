"""Ordinary people who talk meanwhile, and what they feel of it."""

from __future__ import annotations

import re
import select
import socket
import struct
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from typing import NamedTuple

PAIRS = 4  # of people; those of every other pair talk in a room
PACE = 4.0  # lines a second, of each
LATE = 20.0  # seconds in which the last lines have to arrive
ROOM = "#quiet"
OPERATOR, VICTIM = "opal", "victim"
ACT_EVERY = 0.5  # seconds; the operator mutes the victim, and lets it speak again
_ACTED = re.compile(rb"server: opal has (?:muted|lifted the mute of) victim")
_LINE = re.compile(rb": bystander (\d+) says (\d+)\n")
_SO_TIMESTAMPNS = 35  # of Linux, socket(7): tells when what is received has come
_TIMESPEC = struct.Struct("qq")  # seconds, nanoseconds


class Wait(NamedTuple):
    """How long a line was on its way, in seconds by time.monotonic().

    said: when it was sent.
    came: when the kernel had it for the other one of the pair.
    read: when the other one had read it, which takes longer while others have the processor.
    """

    said: float
    came: float
    read: float


@dataclass
class Felt:
    """What bystanders felt.

    waits: of the lines of each phase.
    lost: lines that were said, and did not come to the other one.
    twice: lines that came more than once.
    dropped: bystanders whose connection ended.
    powerless: acts of an operator that were not done.
    """

    waits: dict[str, list[Wait]] = field(default_factory=lambda: defaultdict(list))
    lost: int = 0
    twice: int = 0
    dropped: int = 0
    powerless: int = 0


class Bystanders:
    """They talk from the beginning to `stop`, in a process of their own."""

    def __init__(self, port: int) -> None:
        self._pipe, theirs = Pipe()
        self._process = Process(target=_talk, args=(port, theirs), daemon=True)
        self._process.start()
        assert self._pipe.recv() == "in"

    def begin(self, phase: str) -> None:
        """From now on, what is said belongs to another phase."""
        self._pipe.send(phase)

    def stop(self) -> Felt:
        """Talk no more, wait for what is on its way, and tell what all this was like."""
        self._pipe.send("")
        felt: Felt = self._pipe.recv()
        self._process.join()
        return felt


class _Bystander:
    def __init__(self, number: int, port: int) -> None:
        self.number = number
        self.place = ROOM if number // 2 % 2 else "#lobby"
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.socket.sendall(f"/join {ROOM}\n".encode() if self.place == ROOM else b"/users\n")
        self.rest = b""
        self.came = 0.0

    def hears(self) -> list[tuple[int, int]]:
        """The lines of bystanders that came: whose, and which. Raises OSError at the end.

        Afterwards `came` is when the last of it did, in seconds by time.monotonic().
        """
        data, ancillary, *_ = self.socket.recvmsg(1 << 20, socket.CMSG_SPACE(_TIMESPEC.size))
        if not data:
            raise ConnectionError
        self.came = time.monotonic()
        for _, _, stamp in ancillary:  # none at first
            seconds, nanoseconds = _TIMESPEC.unpack(stamp)
            self.came += seconds + nanoseconds / 1e9 - time.time()
        lines, end, self.rest = (self.rest + data).rpartition(b"\n")
        return [(int(who), int(which)) for who, which in _LINE.findall(lines + end)]


class _Operator:
    """Keeps order all the time."""

    def __init__(self, port: int) -> None:
        victim = socket.create_connection(("127.0.0.1", port))
        victim.sendall(f"/nick {VICTIM}\n".encode())
        self._victim = victim
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(f"/nick {OPERATOR}\n/register correct-horse\n".encode())
        self._due = time.monotonic() + 1.0
        self.acts = self.done = 0
        self._rest = b""

    def acts_if_due(self, now: float) -> None:
        """Mute, or let speak again, once the last act was done or refused."""
        if now >= self._due:
            self._due = now + ACT_EVERY
            verb = "unmute" if self.acts % 2 else "mute"
            self.acts += 1
            self.socket.sendall(f"/{verb} server {VICTIM}\n".encode())

    def hears(self) -> None:
        """Count what was done. Raises OSError at the end."""
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError
        lines, end, self._rest = (self._rest + data).rpartition(b"\n")
        self.done += len(_ACTED.findall(lines + end))


def _talk(port: int, parent: Connection) -> None:
    people = [_Bystander(number, port) for number in range(2 * PAIRS)]
    operator = _Operator(port)
    by_socket = {person.socket: person for person in people}
    felt = Felt()
    said: dict[tuple[int, int], tuple[str, float]] = {}
    phase = "before"
    parent.send("in")
    begun = time.monotonic()
    turn = 0
    end = None
    while end is None or ((said or operator.done < operator.acts) and time.monotonic() < end):
        due = begun + turn / (PACE * len(people))
        wait = max(0.0, due - time.monotonic()) if end is None else 0.1
        readable, _, _ = select.select([*by_socket, operator.socket], [], [], wait)
        now = time.monotonic()
        if end is None:
            operator.acts_if_due(now)
        if parent.poll():
            phase = parent.recv()
            if not phase:
                end = now + LATE
        if operator.socket in readable:
            readable.remove(operator.socket)
            operator.hears()
        for each in readable:
            listener = by_socket[each]
            try:
                heard = listener.hears()
            except OSError:
                felt.dropped += 1
                del by_socket[each]
                continue
            for line in heard:
                if line[0] ^ 1 == listener.number:
                    if line in said:
                        of, at = said.pop(line)
                        felt.waits[of].append(Wait(at, listener.came, now))
                    else:
                        felt.twice += 1
        if end is None and now >= due:
            speaker = people[turn % len(people)]
            line = speaker.number, turn
            turn += 1
            words = f"/say {speaker.place} bystander {speaker.number} says {line[1]}\n"
            said[line] = phase, time.monotonic()
            with suppress(OSError):  # which it is told when it reads
                speaker.socket.sendall(words.encode())
    felt.lost = len(said)
    felt.powerless = operator.acts - operator.done
    parent.send(felt)
