"""What people feel of a backup of a million messages, and of the doctor."""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from benchmarks.history import fill, served

TALK = 50  # messages a second
ALONE = 20.0  # seconds of talk between two runs


def main() -> None:
    """Fill a store, and talk with and without each of them, in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        store = Path(name, "full.sqlite")
        fill(store, options.events)
        print(f"{options.events:,} messages, {store.stat().st_size / 2**20:.0f} MiB")
        at = f"--store=sqlite:{store}"
        programs = {
            "alone": ["sleep", str(ALONE)],
            "backup": [sys.executable, "-m", "chatsvc.admin", "backup", "--keep=1", at],
            "doctor": [sys.executable, "-m", "chatsvc.admin", "doctor", "--quiet", at],
        }
        times: dict[str, list[float]] = {each: [] for each in programs}
        lasted: dict[str, list[float]] = {each: [] for each in programs}
        with served(store) as (_, port, _):
            for _ in range(options.repetitions):
                for what, program in programs.items():
                    began = time.monotonic()
                    running = subprocess.Popen(program, stdout=subprocess.DEVNULL)
                    _talk(port, lambda: running.poll() is None, times[what])  # noqa: B023  # called at once
                    lasted[what].append(time.monotonic() - began)
        for what, each in times.items():
            hundredths = quantiles(each, n=100)
            print(
                f"{what}, {min(lasted[what]):.1f} to {max(lasted[what]):.1f} s: p50 / p99"
                f" {hundredths[49]:.1f} / {hundredths[98]:.1f} ms, longest {max(each):.0f} ms,"
                f" {len(each)} messages"
            )


def _talk(port: int, goes_on: Callable[[], bool], times: list[float]) -> None:
    """Say something again and again, and note how many milliseconds each is on its way."""
    with socket.create_connection(("127.0.0.1", port)) as speaker, speaker.makefile("rwb") as lines:
        count = 0
        while goes_on():
            said = f": number {count}\n".encode()
            began = time.monotonic()
            lines.write(f"/bc number {count}\n".encode())
            lines.flush()
            while not lines.readline().endswith(said):
                pass
            times.append((time.monotonic() - began) * 1000)
            time.sleep(1 / TALK)
            count += 1


if __name__ == "__main__":
    main()
