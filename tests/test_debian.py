"""The Debian package, where it can be built: what is in it, and that it fits together."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from unittest import SkipTest

from chatsvc import __version__
from tests.patience import only_long
from tests.processes import ProcessTestCase
from tests.test_wheel import PARTS, ROOT

PLACE = "usr/lib/chatsvc"
MINUTES = 10.0


@only_long
class DebianTests(ProcessTestCase):
    def test_the_package(self) -> None:
        for program in ("dpkg-buildpackage", "dh", "dpkg-deb", "/usr/bin/python3"):
            if shutil.which(program) is None:
                raise SkipTest(f"needs {program}")
        source, root = self.folder / "source", self.folder / "root"
        source.mkdir()
        for name in PARTS:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
            copy(ROOT / name, source / name)
        self.runs("sh", source / "contrib" / "debian" / "build")
        [package] = source.glob("dist/*.deb")
        self.assertTrue(package.name.startswith(f"chatsvc_{__version__}_"))
        self.runs("dpkg-deb", "--extract", package, root)

        for name in ("chatsvc", "chatsvc-admin", "chatsvc-server"):
            link = root / "usr" / "bin" / name
            self.assertEqual(link.resolve(), (root / PLACE / "bin" / name).resolve())
            self.assertEqual(link.read_text().splitlines()[0], f"#!/{PLACE}/bin/python3")
        [unit] = root.glob("**/system/chatsvc.service")
        started = re.findall(r"^ExecStart=(\S+)", unit.read_text(), re.MULTILINE)
        self.assertEqual([(root / path[1:]).exists() for path in started], [True])
        for name in ("man/man1/chatsvc-admin.1.gz", "zsh/vendor-completions/_chatsvc"):
            self.assertTrue((root / "usr" / "share" / name).exists(), name)
        [cache] = root.glob(f"{PLACE}/lib/*/site-packages/twisted/plugins/dropin.cache")
        self.assertIn(b"chatsvc_plugin", cache.read_bytes())

    def runs(self, *command: str | Path) -> None:
        process = self.starts(*command)
        out, err = process.communicate(timeout=60 * MINUTES)
        self.assertEqual(process.returncode, 0, out + err)
