"""Attacks a server that people use meanwhile, and prints for each attack what they felt."""

from __future__ import annotations

import argparse
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import Process
from pathlib import Path
from statistics import quantiles

from benchmarks.attack import by_bytes, by_commands, by_irc, by_lines, by_web  # noqa: F401  # they are ATTACKS
from benchmarks.attack.attack import ATTACKS, FOR_EVER, Attack
from benchmarks.attack.bystanders import OPERATOR, Bystanders, Felt
from benchmarks.attack.crowd import Crowd, Doors, Step
from benchmarks.attack.turns import Turn, longest, noted, work

WARM_UP = 1.0  # seconds
CALM = 4.0  # seconds of talk before, with which that during the attack is compared
COMING = 4.0  # seconds in which those who are silent come
MOST_SILENT = 1000  # of them
REST = 0.05  # seconds before the server is ended
OF_ADDRESS = 20  # connections, at most
START = 30.0  # seconds in which the server must listen
SLOWER = 2.0  # times, at most
MEMORY = 64.0  # MiB more, at most
_OPTIONS = f"--interface 127.0.0.1 --certificate chat.pem --operator {OPERATOR}"
_PROCESSORS = sorted(os.sched_getaffinity(0))  # the first is the server's, the last all others'
_ROOT = Path(__file__).parents[2]
_EXCEPTION = re.compile(r"Traceback|#critical|Unhandled")
_HEAD = (
    "| attack | p99 before | p99 during | x | its own | in silence | until read | longest turn"
    " | MiB more | exceptions | dropped | lost | powerless | |"
)


def main() -> int:
    """Attack as the command line says; 1 if anything was worse than it may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each attack")
    parser.add_argument("--only", metavar="NAME", action="append", help="those that begin so; /")
    options = parser.parse_args()
    only = tuple(options.only or [])
    chosen = [
        each
        for each in ATTACKS
        if (each.name.startswith(only) if only else not each.name.startswith("/"))
    ]
    os.sched_setaffinity(0, {_PROCESSORS[-1]})
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(_HEAD, "|---" * 14 + "|", sep="\n", flush=True)
    worse = 0
    for each in chosen:
        outcome = _try(each, options.seconds)
        print(outcome.row(_in_silence(min(each.strangers, MOST_SILENT))), flush=True)
        worse += bool(outcome.worse)
    return 1 if worse else 0


@dataclass(frozen=True)
class Outcome:
    """What an attack came to.

    turns: of the server's reactor.
    turn: ms that the longest of them during the attack kept its processor busy.
    memory: MiB that the server took more.
    exceptions: in its log.
    ended: whether it ended.
    """

    name: str
    felt: Felt
    turns: Sequence[Turn]
    turn: float
    memory: float
    exceptions: int
    ended: bool

    def p99(self, phase: str) -> float:
        """Of the times, in ms, until bystanders' lines had come; what was lost counts for ever."""
        return _p99([each.came - each.said for each in self.felt.waits[phase]])

    @property
    def read(self) -> float:
        """The same until they were read, while the attack shares the processor of those who do."""
        return _p99([each.read - each.said for each in self.felt.waits["during"]])

    @property
    def own(self) -> float:
        """The same of the server's CPU time meanwhile, which does not depend on its machine."""
        return _p99([work(self.turns, one.said, one.came) for one in self.felt.waits["during"]])

    @property
    def slower(self) -> float:
        """How many times the p99 was what it was before."""
        return self.p99("during") / self.p99("before")

    @property
    def worse(self) -> list[str]:
        """What was worse than it may be."""
        found = {
            "slow": self.slower > SLOWER,
            "memory": self.memory > MEMORY,
            "exceptions": self.exceptions > 0,
            "dropped": self.felt.dropped > 0,
            "lost": self.felt.lost + self.felt.twice > 0,
            "powerless": self.felt.powerless > 0,
            "ended": self.ended,
        }
        return [name for name, is_so in found.items() if is_so]

    def row(self, silence: float) -> str:
        """A line of the table.

        silence: the p99 of bystanders' lines, in ms, while as many others say nothing.
        """
        cells = [
            self.name, f"{self.p99('before'):.1f} ms", f"{self.p99('during'):.1f} ms",
            f"{self.slower:.1f}", f"{self.own:.1f} ms", f"{silence:.1f} ms", f"{self.read:.1f} ms",
            f"{self.turn:.1f} ms", f"{self.memory:.0f}", self.exceptions, self.felt.dropped,
            self.felt.lost + self.felt.twice, self.felt.powerless, ", ".join(self.worse),
        ]  # fmt: skip
        return f"| {' | '.join(map(str, cells))} |"


def _p99(times: list[float]) -> float:
    """In ms, of seconds."""
    return quantiles(times, n=100)[98] * 1000 if len(times) > 1 else float("inf")


@cache
def _in_silence(strangers: int) -> float:
    """The p99 of bystanders' lines, in ms, while so many others are there and say nothing."""

    def says(stranger: int) -> Iterator[Step]:
        yield FOR_EVER

    addresses = -(-strangers // OF_ADDRESS)
    silent = Attack("silence", says, strangers=strangers, addresses=addresses)
    return _try(silent, COMING + CALM, COMING).p99("during")


def _try(attack: Attack, seconds: float, coming: float = 0.0) -> Outcome:
    """Attack for some seconds, and tell what that came to.

    coming: seconds at the beginning that belong to no phase.
    """
    with tempfile.TemporaryDirectory(prefix="chatsvc-attack-") as name:
        folder = Path(name)
        with _served(folder) as (server, doors):
            bystanders = Bystanders(doors.line)
            time.sleep(WARM_UP)
            bystanders.begin("before")
            time.sleep(CALM)
            before = _memory(server.pid)
            Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # the peak begins here
            bystanders.begin("coming" if coming else "during")
            begun = time.monotonic()
            attacking = Process(target=_attack, args=(attack, doors, seconds), daemon=True)
            attacking.start()
            if coming:
                time.sleep(coming)
                bystanders.begin("during")
            attacking.join()
            bystanders.begin("after")
            ended = server.poll() is not None
            memory = 0.0 if ended else _memory(server.pid, "VmHWM") - before
            felt = bystanders.stop()
            over = time.monotonic()
            time.sleep(REST)  # otherwise, its own end may come in a turn that has begun before
        log = (folder / "log").read_text("utf-8", "replace")
        turns = noted(folder / "turns")
        turn = longest(turns, begun, over) * 1000
    if attacking.exitcode:
        sys.exit(f"{attack.name}: the attack itself failed")
    return Outcome(attack.name, felt, turns, turn, memory, len(_EXCEPTION.findall(log)), ended)


def _attack(attack: Attack, doors: Doors, seconds: float) -> None:
    # What they take of the processors is not the server's fault: they have what nobody else needs.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    crowd = Crowd(
        doors, attack.says, door=attack.door, strangers=attack.strangers,
        addresses=attack.addresses, reads=attack.reads, comes_again=attack.comes_again,
        halves=attack.halves,
    )  # fmt: skip
    crowd.attack(time.monotonic() + seconds)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Doors]]:
    """A server as one runs it for strangers."""
    _certify(folder)
    doors = Doors(*_free_ports(5))
    words = [
        "taskset", "-c", _PROCESSORS[0], sys.executable, "-m", "benchmarks.attack.turns",
        folder / "turns", "-n", "--pidfile=", "chatsvc", "--port", doors.line, "--tls-port",
        doors.tls, "--listen", f"haproxy:tcp:{doors.proxied}:interface=127.0.0.1",
        "--irc", f"tcp:{doors.irc}:interface=127.0.0.1",
        "--web", f"tcp:{doors.web}:interface=127.0.0.1", "--max-per-address", OF_ADDRESS,
        *_OPTIONS.split(),
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            list(map(str, words)), cwd=folder, env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START
        while server.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", doors.line), 1) as first:
                if first.recv(100):
                    break
            time.sleep(0.05)
        else:
            sys.exit((folder / "log").read_text("utf-8", "replace")[-1000:])
        yield server, doors
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _certify(folder: Path) -> None:
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj /CN=localhost -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    whole = (folder / "cert.pem").read_text() + (folder / "key.pem").read_text()
    (folder / "chat.pem").write_text(whole)


def _free_ports(number: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _memory(process: int, which: str = "VmRSS") -> float:
    """In MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(rf"{which}:\s*(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
