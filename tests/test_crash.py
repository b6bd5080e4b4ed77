"""A server that is killed while people talk to it has kept what anybody has seen."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.crash import crash
from tests.patience import only_long
from tests.processes import UNMEASURED


@only_long
class CrashTests(SynchronousTestCase):
    def test_three_times_with_one_store(self) -> None:
        before = 0
        with patch.dict(os.environ, UNMEASURED), tempfile.TemporaryDirectory() as folder:
            for seconds in (0.2, 0.3, 0.4):
                seen, kept = crash(Path(folder), seconds)  # raises what is wrong
                self.assertGreater(seen, 0)
                self.assertGreaterEqual(kept, before + seen)
                before = kept
