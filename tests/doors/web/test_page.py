"""The page's modules that know nothing of a browser, by the tests in page/."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.doors.web.files import PAGE

TESTS = Path(__file__).parent / "page"


class ModuleTests(SynchronousTestCase):
    def test_modules(self) -> None:
        node = shutil.which("node")
        if node is None:
            raise self.skipTest("Node.js is not installed")
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copytree(PAGE, folder / "page")
        shutil.copytree(TESTS, folder / "tests")
        package = {"type": "module", "imports": {"#page/*": "./page/*"}}
        (folder / "package.json").write_text(json.dumps(package))
        tests = sorted((folder / "tests").glob("*.test.js"))
        every = folder / "every.js"  # one process for all, which starts once
        every.write_text("".join([f'import "./tests/{test.name}";\n' for test in tests]))
        done = subprocess.run([node, every], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^(#|ℹ) pass [1-9]\d")
