"""The units for systemd."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import chatsvc

PROJECT = Path(chatsvc.__file__).parents[1]
UNITS = PROJECT / "contrib" / "systemd"
MOST_EXPOSED = 2.0  # on systemd's scale; up to 2 is safe, up to 4 is OK
ANALYZE = shutil.which("systemd-analyze")


class UnitTests(SynchronousTestCase):
    def setUp(self) -> None:
        if not UNITS.exists():
            raise self.skipTest("the units are not installed")

    def analyzed(self, *command: str) -> str:
        if ANALYZE is None:
            raise self.skipTest("systemd-analyze is not installed")
        done = subprocess.run(
            [ANALYZE, *command], capture_output=True, encoding="utf-8", check=False
        )
        return done.stdout + done.stderr

    def test_systemd_understands_them(self) -> None:
        units = [str(path) for path in UNITS.iterdir() if path.suffix != ".sysusers"]
        complaints = self.analyzed("verify", *units).splitlines()
        # chatsvc and its pages of the manual are not installed here.
        left = [
            each for each in complaints if "/opt/chatsvc/bin/" not in each and "man " not in each
        ]
        self.assertEqual([each for each in left if "chatsvc" in each], [])

    def test_little_is_exposed(self) -> None:
        for name in ("chatsvc.service", "chatsvc-backup.service"):
            told = self.analyzed("security", "--offline=true", str(UNITS / name))
            match = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
            assert match is not None, told
            self.assertLessEqual(float(match[1]), MOST_EXPOSED)

    def test_the_server_may_do_what_it_has_to(self) -> None:
        unit = (UNITS / "chatsvc.service").read_text()
        settings = [line for line in unit.splitlines() if line and line[0] != "#"]
        [start] = [line for line in settings if line.startswith("ExecStart=")]
        self.assertEqual(shlex.split(start.partition("=")[2]), ["/opt/chatsvc/bin/chatsvc-server"])
        # pyOpenSSL's callbacks need executable memory; the server raises its limit of descriptors.
        self.assertNotIn("MemoryDenyWriteExecute=yes", settings)
        self.assertFalse([line for line in settings if "~" in line and "@resources" in line])
