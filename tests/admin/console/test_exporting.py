"""Exports into a file."""

from __future__ import annotations

import errno
import os

from chatsvc.admin.answer import Line
from chatsvc.admin.console.exporting import written
from tests.disks import small_disk
from tests.processes import FolderTestCase


class ExportingTests(FolderTestCase):
    def test_a_full_disk(self) -> None:
        disk = small_disk(self, self.folder, "size=64k")
        output = disk / "lobby.jsonl"
        with self.assertRaises(OSError) as raised:
            list(written(iter([Line("x" * 100_000)] * 3), "json", str(output)))
        found = raised.exception.errno, raised.exception.filename
        self.assertEqual(found, (errno.ENOSPC, str(output)))
        self.assertEqual(os.listdir(disk), [])
