"""The settings' file, changed and kept as it is otherwise."""

from __future__ import annotations

import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.files.settings_file import MOST_BYTES, SettingsFile
from chatsvc.client.settings.checking import read

TEXT = """\
# mine
port = 5001   # of the office
notices = "osc9" # quiet

[keys] # all of them
next = "alt-n"
"""


class SettingsFileTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = self.folder / "client.toml"

    def refuses(self, file: SettingsFile, why: str) -> None:
        before = self.path.read_bytes() if self.path.is_file() else None
        kept = file.keep(("mouse",), False)
        self.assertFalse(kept.is_kept)
        self.assertIn(why, kept.note)
        self.assertEqual(self.path.read_bytes() if self.path.is_file() else None, before)
        self.assertEqual([*self.folder.glob(".client*")], [])

    def test_comments_order_and_mode_stay(self) -> None:
        self.path.write_text(TEXT)
        self.path.chmod(0o640)
        file = SettingsFile(self.path)
        for name, value in (
            (("notices",), "bell"),
            (("mouse",), False),
            (("keys", "find"), "alt-f"),
            (("keys", "next"), None),
            (("keys", "next"), None),
            (("levels", "#ops"), "all"),
            (("levels", "#OPS"), "none"),
            (("aliases", "x"), None),
        ):
            self.assertEqual(file.keep(name, value), (True, ""))
        self.assertEqual(
            self.path.read_text(),
            '# mine\nport = 5001   # of the office\nnotices = "bell" # quiet\nmouse = false\n\n'
            '[keys] # all of them\nfind = "alt-f"\n\n[levels]\n"#ops" = "none"\n',
        )
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o640)

    def test_a_new_file_is_for_its_owner_only(self) -> None:
        self.path = self.folder / "new" / "client.toml"
        self.assertEqual(SettingsFile(self.path).keep(("mouse",), False), (True, ""))
        self.assertEqual(read(self.path, True), {"mouse": False})
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.path.parent.stat().st_mode & 0o777, 0o700)

    def test_a_link_stays_one(self) -> None:
        target = self.folder / "dotfiles"
        target.write_text(TEXT)
        self.path.symlink_to(target)
        self.assertTrue(SettingsFile(self.path).keep(("mouse",), False).is_kept)
        self.assertTrue(self.path.is_symlink())
        self.assertIn("mouse = false", target.read_text())

    def test_what_others_changed_meanwhile_stays(self) -> None:
        self.path.write_text(TEXT)
        file = SettingsFile(self.path)
        self.path.write_text("align = false # new\n")
        kept = file.keep(("mouse",), False)
        self.assertEqual(
            kept, (True, f"{self.path} was changed meanwhile: that counts from the next start.")
        )
        self.assertEqual(self.path.read_text(), "align = false # new\nmouse = false\n")
        self.assertEqual(file.keep(("mouse",), True), (True, ""))

    def test_what_cannot_be_changed_stays_as_it_is(self) -> None:
        file = SettingsFile(self.path)
        for text, why in {
            "port = ": "",
            "port = 0": "'0' is not a port",
            "keys = 1": "keys",
            "#" * MOST_BYTES + "#": f"it has more than {MOST_BYTES} bytes",
        }.items():
            self.path.write_text(text)
            self.refuses(file, f"{self.path}: {why}")
        self.path.write_bytes(b"\xff")
        self.refuses(file, "is not text in UTF-8")
        self.path.write_text(TEXT)
        self.path.chmod(0o400)
        self.refuses(file, "it is read-only")
        self.refuses(SettingsFile(Path("/dev/null/client.toml")), "Not a directory")
        self.refuses(SettingsFile(None), "no folder is known for it")
