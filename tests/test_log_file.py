"""The file that is logged to."""

from __future__ import annotations

import tempfile
from pathlib import Path

from twisted.logger import LogLevel
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.service import log_file
from chatsvc.service.log_file import LogToFile


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


class LogToFileTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "log"

    def opened(self) -> LogToFile:
        log = LogToFile(self.path)
        self.addCleanup(lambda: log._file.close())
        return log

    def log(self, log: LogToFile, text: str) -> None:
        log({"log_format": text, "log_level": LogLevel.info, "log_time": 0.0})

    def read(self, path: Path) -> list[str]:
        return [line.split()[-1] for line in path.read_text().splitlines()]

    def test_it_goes_on_in_the_file_that_has_the_path(self) -> None:
        log = self.opened()
        self.log(log, "one")
        moved = self.path.rename(self.path.with_name("log-20261125"))
        self.log(log, "two")
        log.reopen()
        self.log(log, "three")
        self.assertEqual(self.read(moved), ["one", "two"])
        self.assertEqual(self.read(self.path), ["three"])

    def test_it_goes_on_in_the_old_one_if_there_can_be_no_other(self) -> None:
        log = self.opened()
        moved = self.path.rename(self.path.with_name("moved"))
        self.path.mkdir()
        self.assertRaises(OSError, log.reopen)
        self.log(log, "one")
        self.assertEqual(self.read(moved), ["one"])

    def test_who_may_read_it(self) -> None:
        log = self.opened()
        self.assertEqual(mode(self.path), 0o640)
        log.rotate()
        self.assertEqual(mode(self.path), 0o640)
        self.path.chmod(0o600)
        log.reopen()
        self.assertEqual(mode(self.path), 0o600)

    def test_no_more_files_are_kept_than_may_be(self) -> None:
        self.patch(log_file, "MOST_ROTATED", 3)
        log = self.opened()
        for number in range(6):
            self.log(log, str(number))
            log.rotate()
        self.log(log, "6")
        kept = {path.name: self.read(path) for path in self.path.parent.iterdir()}
        self.assertEqual(kept, {"log": ["6"], "log.1": ["5"], "log.2": ["4"], "log.3": ["3"]})
