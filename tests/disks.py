"""Small disks, which fill up."""

from __future__ import annotations

import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase


def small_disk(test: SynchronousTestCase, folder: Path, how: str = "size=2m") -> Path:
    """A disk for one test, in a new folder in that one.

    The test is skipped where it may not mount one.

    how: the options of tmpfs, with commas between them.
    """
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        test.skipTest("only root may mount a small disk")
    test.addCleanup(lambda: subprocess.run(["umount", "--lazy", disk], check=True))
    return disk
