"""A program that is forked is like one that is started."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.forking.forked import Forked, how_with
from tests.patience import PATIENCE
from tests.processes import UNMEASURED

WAYS: tuple[type[subprocess.Popen[Any]], ...] = (subprocess.Popen, Forked)
PIPE = subprocess.PIPE


class ForkedTests(SynchronousTestCase):
    def begins(
        self, way: type[subprocess.Popen[Any]], word: str, **how: Any
    ) -> subprocess.Popen[Any]:
        process = way(
            [sys.executable, "-m", "tests.forking.facts", word],
            cwd=Path(__file__).parents[2],
            env=os.environ | UNMEASURED | {"TZ": "Asia/Kathmandu", "OF_ITS_OWN": "\udcff ü"},
            **how,
        )
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.kill)
        return process

    def test_what_it_knows_and_says(self) -> None:
        ends = []
        for way in WAYS:
            piped: dict[str, Any] = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE, "text": True}
            process = self.begins(way, "0", **piped)
            self.assertIsNone(process.poll())
            out, err = process.communicate("hello\n", PATIENCE)
            ends.append((process.returncode, json.loads(out), err))
        self.assertEqual(ends[1], ends[0])
        self.assertEqual((ends[0][0], ends[0][2]), (0, "hello\n\n"))

    def test_how_it_ends(self) -> None:
        for word, status in (("0", 0), ("3", 3), ("killed", -9)):
            for way in WAYS:
                null = subprocess.DEVNULL
                process = self.begins(way, word, stdin=null, stdout=null, stderr=null)
                self.assertEqual(process.wait(PATIENCE), status)
                self.assertEqual(process.poll(), status)

    def test_it_is_waited_for_in_vain(self) -> None:
        process = self.begins(Forked, "0", stdin=PIPE, stdout=PIPE)
        with process, self.assertRaises(subprocess.TimeoutExpired):
            process.wait(0.01)

    def test_at_a_terminal(self) -> None:
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        process = self.begins(Forked, "0", stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        told = b""
        while not told.endswith(b"\n"):
            told += os.read(ours, 65536)
        facts = json.loads(told)
        self.assertEqual((facts["of a session"], facts["terminals"]), (True, [True] * 3))
        # A signal, if the terminal is that of its session. Python keeps one that comes right before
        # a read until the read ends, so there may have to be another.
        for _ in range(int(PATIENCE)):
            os.write(ours, b"\x03")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)
                break
        self.assertEqual(process.poll(), -2)

    def test_what_is_read_at_a_start_alone(self) -> None:
        for name in ("PYTHONPATH", "LANG", "LC_ALL", "LD_PRELOAD"):
            self.assertIs(how_with({"TERM": "dumb", name: ""}), subprocess.Popen)
        self.assertIs(how_with({"TERM": "dumb"}), Forked)
