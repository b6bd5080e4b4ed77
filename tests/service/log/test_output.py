"""Where the log is written to, and what becomes of it there."""

from __future__ import annotations

import os
import resource
import signal
import stat
from pathlib import Path
from unittest import skipUnless

from twisted.logger import LogLevel

from chatsvc.service.log import formats, output
from chatsvc.service.log.output import Log, LogFile, is_journald
from tests.processes import FolderTestCase

FULL = Path("/dev/full")
OTHER = 65534  # a user, who need not exist


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


class OutputTestCase(FolderTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.folder / "log"

    def opened(self) -> LogFile:
        log = LogFile(self.path)
        self.addCleanup(log.close)
        return log

    def log(self, log: Log, text: str, name: str = "chatsvc") -> None:
        log(
            {
                "log_format": "{text}",
                "text": text,
                "log_level": LogLevel.info,
                "log_namespace": name,
                "log_time": 0.0,
            }
        )

    def read(self, path: Path) -> list[str]:
        return [line.partition("] ")[2] for line in path.read_text().splitlines()]


class LogFileTests(OutputTestCase):
    def test_it_goes_on_in_the_file_that_has_the_path(self) -> None:
        log = self.opened()
        self.log(log, "one")
        moved = self.path.rename(self.path.with_name("log-20261125"))
        self.log(log, "two")
        log.reopen()
        self.log(log, "three")
        self.assertEqual(self.read(moved), ["one", "two"])
        self.assertEqual(self.read(self.path), ["three"])

    def test_a_symbolic_link_is_followed(self) -> None:
        self.path.symlink_to(self.folder / "elsewhere")
        log = self.opened()
        self.log(log, "one")
        log.reopen()
        self.log(log, "two")
        self.assertEqual(self.read(self.folder / "elsewhere"), ["one", "two"])

    @skipUnless(os.geteuid() == 0, "only root has to beware of other users")
    def test_root_follows_no_symbolic_link_of_another_user(self) -> None:
        """Or else who may write to the folder of logs gets, or fills, whatever file of root's."""
        self.path.symlink_to(self.folder / "roots")
        os.lchown(self.path, OTHER, OTHER)
        with self.assertRaisesRegex(PermissionError, "symbolic link of another user"):
            LogFile(self.path, owner=(OTHER, OTHER))
        self.assertFalse((self.folder / "roots").exists())

    def test_it_goes_on_in_the_old_one_if_there_can_be_no_other(self) -> None:
        log = self.opened()
        moved = self.path.rename(self.path.with_name("moved"))
        self.path.mkdir()
        self.assertRaises(OSError, log.reopen)
        self.log(log, "one")
        self.assertEqual(self.read(moved), ["one"])

    def test_it_goes_on_behind_what_was_there(self) -> None:
        self.path.write_text("of yesterday\n")
        self.log(self.opened(), "one")
        self.assertEqual(self.path.read_text().splitlines()[0], "of yesterday")
        self.assertEqual(self.read(self.path)[1:], ["one"])

    def test_who_may_read_it(self) -> None:
        previous = os.umask(0)
        self.addCleanup(os.umask, previous)
        log = self.opened()
        self.assertEqual(mode(self.path), 0o640)
        self.path.chmod(0o600)
        log.reopen()
        self.assertEqual(mode(self.path), 0o600)

    def test_a_file_that_nobody_rotates_is_bounded(self) -> None:
        self.patch(output, "LARGEST", 200)
        log = self.opened()
        for number in range(100):
            self.log(log, f"{number:03}")
        old, new = self.path.with_name("log.1"), self.path
        self.assertEqual(sorted(self.folder.iterdir()), [new, old])
        kept = self.read(old) + self.read(new)
        self.assertEqual(kept, [f"{n:03}" for n in range(100 - len(kept), 100)])
        for path in (old, new):
            self.assertLess(path.stat().st_size, 300)

    def test_a_pipe_is_not_moved(self) -> None:
        self.patch(output, "LARGEST", 10)
        os.mkfifo(self.path)
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.log(self.opened(), "one")
        self.assertTrue(stat.S_ISFIFO(self.path.stat().st_mode))
        self.assertIn(b"] one\n", os.read(reader, 1000))


class FailingTests(OutputTestCase):
    """The file may have no more than some bytes, and the process then gets an error."""

    def bounded(self, size: int) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_FSIZE, (soft, hard))

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(signal.signal, signal.SIGXFSZ, signal.getsignal(signal.SIGXFSZ))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def test_a_full_disk_ends_nothing_and_is_told_afterwards(self) -> None:
        log = self.opened()
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        self.log(log, "one")
        self.bounded(self.path.stat().st_size + 50)  # the next line fits only in part
        self.log(log, "two is longer than that: it is cut")
        self.log(log, "three")
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        self.log(log, "four")
        one, two, *rest = self.read(self.path)
        self.assertEqual(one, "one")
        self.assertTrue("two is longer than that: it is cut".startswith(two), two)
        self.assertEqual(rest, ["2 more lines could not be written here: File too large.", "four"])

    def test_a_device_that_is_full(self) -> None:
        descriptor = os.open(FULL, os.O_WRONLY)
        self.addCleanup(os.close, descriptor)
        log = Log(descriptor, formats.as_json)
        for _ in range(3):
            self.log(log, "one")
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.dup2(writer, descriptor)
        os.close(writer)
        self.log(log, "two")
        apology, two = os.read(reader, 10000).splitlines()
        self.assertIn(b'"message": "3 more lines could not be written here: No space', apology)
        self.assertIn(b'"message": "two"', two)

    def test_nobody_reads_any_longer(self) -> None:
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        os.close(reader)
        self.log(Log(writer, formats.as_text), "one")


class JournaldTests(OutputTestCase):
    def test_it_is_known_by_what_systemd_says(self) -> None:
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        status = os.fstat(writer)
        stream = f"{status.st_dev}:{status.st_ino}"
        self.assertTrue(is_journald(writer, {"JOURNAL_STREAM": stream}))
        self.assertFalse(is_journald(writer, {"JOURNAL_STREAM": "1:2"}))
        self.assertFalse(is_journald(writer, {}))
