"""Small disks, which fill up."""

from __future__ import annotations

import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase


def small_disk(test: SynchronousTestCase, folder: Path, size: str = "2m") -> Path:
    """A disk of some size, such as 2m, for one test, in a new folder in that one.

    The test is skipped where it may not mount one.
    """
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        test.skipTest("only root may mount a small disk")
    test.addCleanup(lambda: subprocess.run(["umount", "--lazy", disk], check=True))
    return disk
