"""Runs the benchmarks: every server in turn, again and again, and a table in the end."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.cases import CASES, Case
from benchmarks.servers import HERE, SERVERS, DidNotStart, Server
from benchmarks.tables import Result, tables

LOAD = HERE / "build" / "load"
SETUP = 120  # seconds for all connections of a run to come up
REST = 60  # seconds for all else in a run that is not measured


def main() -> None:
    """Run what the command line asks for."""
    options = _parse()
    servers = [server for server in options.servers if server.is_installed]
    for server in options.servers:
        if server not in servers:
            print(f"{server.name} is not installed: left out.", file=sys.stderr)
    results: list[Result] = []
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with options.output.open("w", encoding="utf-8") as file:
        for result in _run_all(options, servers):
            results.append(result)
            file.write(json.dumps(result) + "\n")
            file.flush()
    print(f"All results: {options.output}\n", file=sys.stderr)
    for table in tables(results):
        print(table)
    if not all(result.get("ok") for result in results):
        raise SystemExit("Not everything went right: see the last column.")


def _parse() -> argparse.Namespace:
    cases = {case.name: case for case in CASES}
    servers = {server.name: server for server in SERVERS}
    parser = argparse.ArgumentParser(description=__doc__)

    def add(name: str, default: str, known: dict[str, object], everything: list[object]) -> None:
        def choose(text: str) -> list[object]:
            if text == "all":
                return everything
            try:
                return [known[each] for each in text.split(",")]
            except KeyError as error:
                raise argparse.ArgumentTypeError(f"{error.args[0]} is none of them") from None

        parser.add_argument(name, type=choose, default=default, help=f"of {', '.join(known)}; all")

    add(
        "--cases",
        "one-at-a-time,ten-by-eight",
        {**cases},
        [case for case in CASES if not case.on_request],
    )
    add("--servers", "chatsvc,floor-coalescing,inspircd,twisted", {**servers}, [*SERVERS])
    parser.add_argument(
        "--listeners", type=_numbers, help="how many, such as 10,100; by default each case's own"
    )
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seconds", type=float, help="to measure; by default each case's own")
    parser.add_argument(
        "--output",
        type=Path,
        default=HERE / "build" / time.strftime("results-%Y%m%d-%H%M%S.jsonl"),
        help="where all results go, as lines of JSON",
    )
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _run_all(options: argparse.Namespace, servers: Sequence[Server]) -> Iterator[Result]:
    """Every case, repetition by repetition; in each, another server is the first."""
    for repetition in range(options.repetitions):
        first = repetition % len(servers)
        for case in options.cases:
            for listeners in options.listeners or case.listeners:
                for server in [*servers[first:], *servers[:first]]:
                    if case.suits(server, listeners):
                        result = {
                            "case": case.name,
                            "listeners": listeners,
                            "server": server.name,
                            "repetition": repetition,
                            **_run(case, server, listeners, options.seconds or case.seconds),
                        }
                        print(_in_short(case, result), file=sys.stderr)
                        yield result


def _run(case: Case, server: Server, listeners: int, seconds: float) -> Result:
    result: Result = {}
    for prefix, load in case.loads:
        try:
            with server.running(_pinned(0)) as running:
                words = [
                    *_pinned(1), str(LOAD), *case.options(load, listeners),
                    "--dialect", server.dialect, *server.load, "--opening", str(server.opening),
                    "--port", str(running.port), "--pid", str(running.process),
                    "--seconds", str(seconds), "--patience", str(SETUP),
                    *(["--spin"] if len(_processors()) > 1 else []),
                ]  # fmt: skip
                report = _report(words, seconds)
                if "error" in report:
                    report["log"] = running.last_words
        except DidNotStart as error:
            report = {"error": "did not start", "log": str(error)}
        ok = result.get("ok", True) and report.get("ok", False)
        result.update({prefix + name: value for name, value in report.items()}, ok=ok)
    return result


def _report(words: Sequence[str], seconds: float) -> Result:
    quiet = None if seconds > REST else subprocess.PIPE
    try:
        done = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=quiet, text=True,
            timeout=seconds + 2 * SETUP + REST, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"error": "did not end in time"}
    if done.returncode > 1 or done.returncode < 0:
        return {"error": (done.stderr or f"status {done.returncode}").strip()}
    report: Result = json.loads(done.stdout)
    return report


def _processors() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def _pinned(which: int) -> list[str]:
    """The words before a command that keep it on the first or the second processor."""
    processors = _processors()
    return ["taskset", "-c", str(processors[which])] if len(processors) > 1 else []


def _in_short(case: Case, result: Result) -> str:
    figures = [
        f"{column.title}: {result[column.name] / column.unit:.4g}"
        for column in case.table.columns
        if column.name in result
    ]
    state = "" if result.get("ok") else f" NOT RIGHT {result.get('error')} {result.get('log')}"
    return (
        f"{result['repetition'] + 1}. {result['case']} {result['listeners']} {result['server']}"
        f"{state}: {', '.join(figures)}"
    )


if __name__ == "__main__":
    main()
