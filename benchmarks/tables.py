"""Tables of results: medians, the spread, and chatsvc in proportion to each other server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from statistics import median
from typing import Any

from benchmarks.cases import CASES, Column, Table
from benchmarks.servers import CHATSVC, SERVERS

DISTURBED = 0.05  # the share of a run in which something else held a processor
FAULTS = ("lost", "doubled", "reordered", "corrupt", "other_orders", "disconnected")
BUSY, IDLE = 0.95, 0.9  # the load generator's limit: it is busy, and the server is not

Result = dict[str, Any]  # what one run gave: the load generator's report, and what was run


def tables(results: Sequence[Result]) -> Iterator[str]:
    """A table for each kind of case, in Markdown."""
    kinds = {case.name: case.table for case in CASES}
    for table in dict.fromkeys(kinds[result["case"]] for result in results):
        of_kind = [result for result in results if kinds[result["case"]] is table]
        yield f"{table.title}\n\n{_aligned([_head(table), *_rows(table, of_kind)])}"


def _head(table: Table) -> list[str]:
    head = ["case", "listeners", "server"]
    for column in table.columns:
        head += [column.title, "chatsvc is"] if column.compared else [column.title]
    return [*head, "runs"]


def _rows(table: Table, results: Sequence[Result]) -> Iterator[list[str]]:
    cases = [case.name for case in CASES]
    servers = [server.name for server in SERVERS]

    def what(result: Result) -> tuple[int, int]:
        return cases.index(result["case"]), result["listeners"]

    for (case, listeners), same in groupby(sorted(results, key=what), what):
        runs: dict[str, list[Result]] = {}
        for result in same:
            runs.setdefault(result["server"], []).append(result)
        for name in sorted(runs, key=servers.index):
            yield [cases[case], str(listeners), name, *_figures(table, runs, name)]


def _figures(table: Table, runs: dict[str, list[Result]], name: str) -> Iterator[str]:
    for column in table.columns:
        yield _spread(column, runs[name])
        if column.compared:
            yield "" if name == CHATSVC.name else _proportion(column, runs, name)
    yield _notes(runs[name])


def _spread(column: Column, runs: Iterable[Result]) -> str:
    values = [run[column.name] / column.unit for run in runs if column.name in run]
    if not values:
        return "-"
    middle = _number(median(values))
    if not column.compared or len(values) == 1:
        return middle
    return f"{middle} ({_number(min(values))} to {_number(max(values))})"


def _proportion(column: Column, runs: dict[str, list[Result]], name: str) -> str:
    """Of the same repetition each, as the machine is not equally fast all the time."""
    ours = {run["repetition"]: run.get(column.name) for run in runs.get(CHATSVC.name, ())}
    quotients = [
        our / their
        for run in runs[name]
        if (our := ours.get(run["repetition"])) is not None and (their := run.get(column.name))
    ]
    return f"{_number(median(quotients))} x" if quotients else "-"


def _notes(runs: Sequence[Result]) -> str:
    notes = [f"{sum(bool(run.get('ok')) for run in runs)} of {len(runs)} right"]
    disturbed = sum(
        max(run.get("server_waited", 0), run.get("generator_waited", 0)) > DISTURBED for run in runs
    )
    if disturbed:
        notes.append(f"{disturbed} disturbed")
    if any(run.get("generator_busy", 0) > BUSY and run["server_busy"] < IDLE for run in runs):
        notes.append("generator at its limit")
    faults = {fault: sum(run.get(fault, 0) for run in runs) for fault in FAULTS}
    notes += [f"{number} {fault.replace('_', ' ')}" for fault, number in faults.items() if number]
    notes += dict.fromkeys(run["error"] for run in runs if "error" in run)
    return ", ".join(notes)


def _number(value: float) -> str:
    """Three digits that count."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.3g}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"
