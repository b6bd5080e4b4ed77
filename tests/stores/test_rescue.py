"""What the guide says about saving a damaged store."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from chatsvc.backup.check import checked
from tests.stores.files import FileTestCase, said

GUIDE = Path(__file__).parents[2] / "docs" / "operating.md"
MESSAGES = 2000
PAGE = 4096


class RescueTests(FileTestCase):
    def test_all_but_the_damaged_pages_is_saved(self) -> None:
        if shutil.which("sqlite3") is None:
            raise self.skipTest("sqlite3 is not installed: apt install sqlite3")
        file = self.opens()
        file.append([said(number, f"{number} {'x' * 200}") for number in range(1, MESSAGES + 1)])
        file.put("a record", "its value", 0)
        file.close()
        data = bytearray(self.path.read_bytes())
        middle = len(data) // 2 // PAGE * PAGE
        data[middle : middle + PAGE] = b"\xff" * PAGE
        self.path.write_bytes(data)
        found = re.search(r"    (\(sqlite3 .*rescued\.sqlite)\n", GUIDE.read_text(), re.DOTALL)
        assert found is not None
        self.path.rename(self.folder / "chatsvc.sqlite")
        subprocess.run(found[1], shell=True, cwd=self.folder, stderr=subprocess.PIPE, check=True)
        self.path = self.folder / "rescued.sqlite"
        self.opens()  # as a server does, which takes it for its own
        self.assertEqual(self.asks("SELECT value FROM records"), "its value")
        checked(self.path)  # nor would `restore` take it for another's
        left = len(self.ids())
        self.assertTrue(MESSAGES - 2 * PAGE // 200 <= left < MESSAGES, left)
